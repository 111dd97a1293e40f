// Whether a value that stands where a secret would stand is one: a reference to a
// secret kept elsewhere, a placeholder and a piece of code are not.
// Threading: pure functions.
#pragma once

#include <string_view>

namespace weir::secret {

/// What a name of a variable, key or field says of its value.
enum class KeyMeaning : unsigned char {
  kNone,        // nothing
  kPassword,    // something people choose
  kToken,       // something that is drawn at random: token, API key, client secret, private key
  kCredential,  // a whole connection string, or "auth"
};
/// KEY in any spelling: "DB_PASSWORD", "clientSecret", "spring.datasource.password", "api-key".
KeyMeaning MeaningOfKey(std::string_view key);

/// VALUE is a template, a variable, a path, a word like "changeme", a boolean, or the name of what it is.
bool IsPlaceholder(std::string_view value);
/// VALUE, unquoted, may be a password that stands beside KEY (which may be empty).
bool IsPlausiblePassword(std::string_view value, std::string_view key);
/// VALUE looks drawn at random: long, of more than one kind of character, not made of words.
bool IsPlausibleToken(std::string_view value, std::string_view key);
/// Bits a byte.
double ShannonEntropy(std::string_view text);

}  // namespace weir::secret
