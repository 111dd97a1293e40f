// The target of an HTTP request in origin form (RFC 9112 section 3.2.1) and its
// parts. Pure. Threading: functions are independent of each other.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::net {

struct RequestTarget {
  std::string path;  // decoded; starts with '/', no ".", ".." or empty components, none at the end either
  std::vector<std::pair<std::string, std::string>> query;  // decoded, '+' as a space
};

constexpr std::size_t kMaxQueryParameters = 256;

/// Nothing for any other form, for what leaves the root, and where decoding leads to a control character or
/// to something that is not UTF-8.
std::optional<RequestTarget> ParseRequestTarget(std::string_view target);

/// The host_name of a TLS server_name extension's content (RFC 6066 section 3), in lower case; nothing where
/// it is malformed.
std::optional<std::string> ParseServerNameExtension(std::string_view bytes);

/// True where an Accept-Encoding field allows CODING (lower case) by name or by "*".
bool AcceptsCoding(std::string_view accept_encoding, std::string_view coding);

}  // namespace weir::net
