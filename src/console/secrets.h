// Random secrets, their hashes, and passwords.
//
// Secrets that the console makes have 256 random bits: a plain SHA-256 of them is
// what is stored. Passwords are chosen by people: argon2id (RFC 9106).
// Threading: safe from every thread; one password is hashed at a time, so that a
// burst of logins costs time, not memory.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::console {

/// BYTES random bytes, base64url without padding.
std::string RandomSecret(std::size_t bytes = 32);
std::string RandomHex(std::size_t bytes);
/// For people to type once: 20 letters and digits in groups of five, about 98 bits.
std::string OneTimePassword();
/// SHA-256, lower-case hexadecimal.
std::string HashSecret(std::string_view secret);
/// Takes the same time wherever they differ; not for secrets of unlike length.
bool EqualInConstantTime(std::string_view a, std::string_view b);
/// Lower-case hexadecimal.
std::string HmacSha256(std::string_view key, std::string_view text);

/// The encoded form "$argon2id$...", with its own random salt.
Result<std::string> HashPassword(std::string_view password);
/// False for a wrong password and for a hash that cannot be read. Takes as long for an empty HASH (no such
/// user) as for any other.
bool VerifyPassword(std::string_view password, const std::string& hash);
/// Why PASSWORD must not be used by USER; empty where it may.
std::string PasswordFault(std::string_view password, std::string_view user);

}  // namespace weir::console
