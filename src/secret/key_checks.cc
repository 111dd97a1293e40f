// Private keys: whole or cut short, of what kind and size, with or without a pass phrase.
// Formats: RFC 7468 (PEM), RFC 8017 (RSA), RFC 5915 (EC), RFC 5958 (PKCS #8), OpenSSH's
// PROTOCOL.key, RFC 9580 (OpenPGP), PuTTY's PPK. Only lengths and public parts are read.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/strings.h"
#include "secret/checks.h"
#include "secret/codec.h"

namespace weir::secret {
namespace {

constexpr std::size_t kMaxKey = 64U << 10U;

struct Der {
  unsigned tag = 0;
  std::string_view body;
};

// One element off the front of REST.
std::optional<Der> NextDer(std::string_view& rest) {
  if (rest.size() < 2) return std::nullopt;
  Der out;
  out.tag = static_cast<unsigned char>(rest[0]);
  std::size_t length = static_cast<unsigned char>(rest[1]);
  std::size_t at = 2;
  if (length >= 0x80) {
    const std::size_t count = length & 0x7fU;
    if (count == 0 || count > 3 || rest.size() < 2 + count) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = (length << 8U) | static_cast<unsigned char>(rest[2 + i]);
    at += count;
  }
  if (rest.size() - at < length) return std::nullopt;
  out.body = rest.substr(at, length);
  rest.remove_prefix(at + length);
  return out;
}

std::size_t BitsOf(std::string_view integer) {
  while (!integer.empty() && integer[0] == '\0') integer.remove_prefix(1);
  if (integer.empty()) return 0;
  std::size_t bits = integer.size() * 8;
  for (unsigned top = static_cast<unsigned char>(integer[0]); (top & 0x80U) == 0; top <<= 1U) --bits;
  return bits;
}

struct Algorithm {
  std::string_view oid, name;
};
using namespace std::string_view_literals;
constexpr std::array<Algorithm, 14> kAlgorithms = {{{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv, "RSA"},
                                                    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"sv, "RSA-PSS"},
                                                    {"\x2a\x86\x48\xce\x38\x04\x01"sv, "DSA"},
                                                    {"\x2a\x86\x48\xce\x3d\x02\x01"sv, "EC"},
                                                    {"\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01"sv, "DH"},
                                                    {"\x2b\x65\x6e"sv, "X25519"},
                                                    {"\x2b\x65\x6f"sv, "X448"},
                                                    {"\x2b\x65\x70"sv, "Ed25519"},
                                                    {"\x2b\x65\x71"sv, "Ed448"},
                                                    {"\x2a\x86\x48\xce\x3d\x03\x01\x07"sv, "P-256"},
                                                    {"\x2b\x81\x04\x00\x22"sv, "P-384"},
                                                    {"\x2b\x81\x04\x00\x23"sv, "P-521"},
                                                    {"\x2b\x81\x04\x00\x0a"sv, "secp256k1"},
                                                    {"\x2b\x81\x04\x00\x21"sv, "P-224"}}};

std::string_view NameOfOid(std::string_view oid) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (algorithm.oid == oid) return algorithm.name;
  }
  return "other";
}

struct Key {
  std::string kind;
  std::size_t bits = 0;
  std::string curve;
  std::optional<bool> encrypted;
};

// RFC 8017 A.1.2 and, with other numbers, what OpenSSL writes for DSA.
bool ReadRsaOrDsa(std::string_view der, std::string_view kind, std::size_t least, Key& key) {
  const std::optional<Der> outer = NextDer(der);
  if (!outer || outer->tag != 0x30) return false;
  std::string_view rest = outer->body;
  std::size_t integers = 0;
  while (!rest.empty() && integers < 12) {
    const std::optional<Der> item = NextDer(rest);
    if (!item) return false;
    if (item->tag != 0x02) break;
    if (integers == 1) key.bits = BitsOf(item->body);
    ++integers;
  }
  key.kind = kind;
  return integers >= least && key.bits >= 256;
}

bool ReadEc(std::string_view der, Key& key) {
  const std::optional<Der> outer = NextDer(der);
  if (!outer || outer->tag != 0x30) return false;
  std::string_view rest = outer->body;
  const std::optional<Der> version = NextDer(rest);
  const std::optional<Der> secret = NextDer(rest);
  if (!version || version->tag != 0x02 || !secret || secret->tag != 0x04 || secret->body.size() < 16)
    return false;
  key.kind = "EC";
  key.bits = secret->body.size() * 8;
  while (!rest.empty()) {
    const std::optional<Der> item = NextDer(rest);
    if (!item) return false;
    if (item->tag == 0xa0) {
      std::string_view inner = item->body;
      if (const std::optional<Der> oid = NextDer(inner); oid && oid->tag == 0x06)
        key.curve = NameOfOid(oid->body);
    }
  }
  return true;
}

bool ReadPkcs8(std::string_view der, Key& key) {
  const std::optional<Der> outer = NextDer(der);
  if (!outer || outer->tag != 0x30) return false;
  std::string_view rest = outer->body;
  const std::optional<Der> version = NextDer(rest);
  const std::optional<Der> algorithm = NextDer(rest);
  const std::optional<Der> secret = NextDer(rest);
  if (!version || version->tag != 0x02 || !algorithm || algorithm->tag != 0x30 || !secret ||
      secret->tag != 0x04) {
    return false;
  }
  std::string_view names = algorithm->body;
  const std::optional<Der> oid = NextDer(names);
  if (!oid || oid->tag != 0x06) return false;
  const std::string_view name = NameOfOid(oid->body);
  if (name.starts_with("RSA")) return ReadRsaOrDsa(secret->body, name, 9, key);
  if (name == "EC") {
    if (!ReadEc(secret->body, key)) return false;
    if (const std::optional<Der> curve = NextDer(names); curve && curve->tag == 0x06)
      key.curve = NameOfOid(curve->body);
    return true;
  }
  key.kind = name;
  if (name == "Ed25519" || name == "X25519") key.bits = 256;
  return secret->body.size() >= 16;
}

bool ReadEncryptedPkcs8(std::string_view der, Key& key) {
  const std::optional<Der> outer = NextDer(der);
  if (!outer || outer->tag != 0x30) return false;
  std::string_view rest = outer->body;
  const std::optional<Der> algorithm = NextDer(rest);
  const std::optional<Der> secret = NextDer(rest);
  key.kind = "PKCS8";
  key.encrypted = true;
  return algorithm && algorithm->tag == 0x30 && secret && secret->tag == 0x04 && secret->body.size() >= 16;
}

// Strings of SSH's wire format (RFC 4251).
std::optional<std::string_view> NextSshText(ByteReader& in) {
  const std::uint32_t size = in.Be32();
  if (!in.ok() || size > in.remaining()) return std::nullopt;
  return in.TakeText(size);
}

bool ReadOpenSsh(std::string_view bytes, Key& key) {
  constexpr std::string_view kMagic = "openssh-key-v1\0"sv;
  if (!bytes.starts_with(kMagic)) return false;
  ByteReader in(bytes.substr(kMagic.size()));
  const auto cipher = NextSshText(in);
  const auto kdf = NextSshText(in);
  const auto options = NextSshText(in);
  const std::uint32_t count = in.Be32();
  if (!cipher || !kdf || !options || !in.ok() || count == 0 || count > 16) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto blob = NextSshText(in);
    if (!blob) return false;
    if (i > 0) continue;
    ByteReader parts(*blob);
    const auto kind = NextSshText(parts);
    if (!kind || kind->size() > 64) return false;
    key.kind = ToValidUtf8(*kind);
    if (*kind == "ssh-rsa") {
      const auto exponent = NextSshText(parts);
      const auto modulus = NextSshText(parts);
      if (exponent && modulus) key.bits = BitsOf(*modulus);
    } else if (*kind == "ssh-ed25519") {
      key.bits = 256;
    }
  }
  const auto secret = NextSshText(in);
  key.encrypted = *cipher != "none";
  return secret && secret->size() >= 16;
}

// Skips what of the public part says how long it is; the octet after it tells of the pass phrase.
bool SkipPgpPublicPart(ByteReader& in, unsigned algorithm, Key& key) {
  const auto mpi = [&in] {
    const std::uint16_t bits = in.Be16();
    in.Skip((static_cast<std::size_t>(bits) + 7) / 8);
    return static_cast<std::size_t>(bits);
  };
  const auto oid = [&in] { in.Skip(in.U8()); };
  switch (algorithm) {
    case 1:
    case 2:
    case 3:
      key.kind = "PGP RSA";
      key.bits = mpi();
      mpi();
      break;
    case 16:
    case 17:
      key.kind = algorithm == 16 ? "PGP ElGamal" : "PGP DSA";
      key.bits = mpi();
      for (unsigned i = algorithm == 16 ? 1 : 0; i < 3; ++i) mpi();
      break;
    case 18:
      key.kind = "PGP ECDH";
      oid();
      mpi();
      in.Skip(in.U8());
      break;
    case 19:
    case 22:
      key.kind = algorithm == 19 ? "PGP ECDSA" : "PGP EdDSA";
      oid();
      mpi();
      break;
    default:
      return false;
  }
  return in.ok();
}

bool ReadPgp(std::string_view bytes, Key& key) {
  ByteReader in(bytes);
  const unsigned tag = in.U8();
  if ((tag & 0x80U) == 0) return false;
  const bool new_format = (tag & 0x40U) != 0;
  if ((new_format ? tag & 0x3fU : (tag >> 2U) & 0xfU) != 5) return false;  // secret key
  std::size_t length = 0;
  if (new_format) {
    length = in.U8();
    if (length >= 192 && length < 224) {
      length = ((length - 192) << 8U) + in.U8() + 192;
    } else if (length == 255) {
      length = in.Be32();
    }
  } else {
    const unsigned kind = tag & 3U;
    length = kind == 0 ? in.U8() : kind == 1 ? in.Be16() : in.Be32();
  }
  if (!in.ok() || length > in.remaining()) return false;
  key.kind = "PGP";
  const unsigned version = in.U8();
  in.Skip(4);
  if (version != 4) return in.ok();
  const unsigned algorithm = in.U8();
  if (!SkipPgpPublicPart(in, algorithm, key)) return in.ok();
  key.encrypted = in.U8() != 0;
  return in.ok();
}

// The lines of a PEM text as they may stand in source, JSON, YAML or an environment: real or written-out line
// ends, indented, quoted, joined by '+', commented.
std::string Lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == 'r')) {
      out += '\n';
      ++i;
    } else if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '/') {
      continue;
    } else {
      out += text[i] == '\r' ? '\n' : text[i];
    }
  }
  return out;
}

std::string_view Bare(std::string_view line) {
  const auto odd = [](char c) {
    return c == ' ' || c == '\t' || c == '"' || c == '\'' || c == ',' || c == '\\' || c == '`' || c == '|' ||
           c == '>' || c == '#' || c == '*' || c == ';';
  };
  while (!line.empty() && odd(line.front())) line.remove_prefix(1);
  for (;;) {
    while (!line.empty() && odd(line.back())) line.remove_suffix(1);
    if (line == "+" || line == "." || line == "&") return {};
    // "..." + is how sources go on; a '+' of base64 does not follow a quote.
    if (line.size() > 2 && line.back() == '+' &&
        (line[line.size() - 2] == ' ' || line[line.size() - 2] == '"')) {
      line.remove_suffix(1);
      continue;
    }
    return line;
  }
}

struct Pem {
  std::string label;
  std::string body;        // base64, joined
  bool encrypted = false;  // RFC 1421 headers
};

std::optional<Pem> ReadPem(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kDashes = "-----";
  const std::size_t begin = text.find(kBegin);
  if (begin == text.npos) return std::nullopt;
  const std::size_t label = begin + kBegin.size();
  const std::size_t dashes = text.find(kDashes, label);
  if (dashes == text.npos || dashes - label > 64) return std::nullopt;
  Pem pem;
  pem.label = std::string(text.substr(label, dashes - label));
  const std::size_t body = dashes + kDashes.size();
  const std::size_t end = text.find("-----END " + pem.label + std::string(kDashes), body);
  if (end == text.npos || end - body > kMaxKey) return std::nullopt;
  const std::string lines = Lines(text.substr(body, end - body));
  std::string_view rest = lines;
  while (!rest.empty()) {
    const std::string_view line = Bare(NextLine(rest));
    const std::size_t colon = line.find(':');
    if (colon != line.npos) {
      if (line.starts_with("Proc-Type") && line.find("ENCRYPTED") != line.npos) pem.encrypted = true;
      continue;
    }
    if (line.size() == 5 && line[0] == '=') continue;  // OpenPGP's CRC
    for (const char c : line) {
      if (c != ' ' && c != '\t') pem.body += c;
    }
  }
  return pem;
}

bool ReadKey(const Pem& pem, std::string_view bytes, Key& key) {
  if (pem.label.starts_with("PGP")) return ReadPgp(bytes, key);
  if (pem.label == "OPENSSH PRIVATE KEY") return ReadOpenSsh(bytes, key);
  if (pem.label == "ENCRYPTED PRIVATE KEY") return ReadEncryptedPkcs8(bytes, key);
  if (pem.encrypted) {
    key.kind = pem.label.substr(0, pem.label.find(' '));
    key.encrypted = true;
    return bytes.size() >= 32 && bytes.size() % 8 == 0;  // of a block cipher
  }
  key.encrypted = false;
  if (pem.label == "RSA PRIVATE KEY") return ReadRsaOrDsa(bytes, "RSA", 9, key);
  if (pem.label == "DSA PRIVATE KEY") return ReadRsaOrDsa(bytes, "DSA", 6, key);
  if (pem.label == "EC PRIVATE KEY") return ReadEc(bytes, key);
  if (pem.label == "PRIVATE KEY") return ReadPkcs8(bytes, key);
  // SSH2, SSH.com and what else there is: a body of some length.
  key.kind = "other";
  key.encrypted = std::nullopt;
  return bytes.size() >= 64;
}

ChecksumResult Tell(const Key& key) {
  ChecksumResult result;
  result.passed = true;
  result.confidence = model::Confidence::kHigh;
  result.facts.emplace_back("key-type", key.kind);
  if (key.bits != 0) result.facts.emplace_back("bits", std::to_string(key.bits));
  if (!key.curve.empty()) result.facts.emplace_back("curve", key.curve);
  if (key.encrypted) {
    result.facts.emplace_back("pass-phrase", *key.encrypted ? "yes" : "none");
    if (*key.encrypted) result.severity = model::Severity::kMedium;
  }
  // Too short to guard anything: of a test, or of another age.
  const bool toy = (key.kind == "RSA" || key.kind == "DSA") && key.bits < 1024;
  if (toy || (key.kind == "EC" && key.bits < 256)) result.severity = model::Severity::kMedium;
  std::sort(result.facts.begin(), result.facts.end());
  return result;
}

}  // namespace

ChecksumResult CheckPrivateKey(std::string_view text) {
  const std::optional<Pem> pem = ReadPem(text.substr(0, kMaxKey));
  if (!pem) return {};
  const std::optional<std::string> bytes = DecodeBase64(pem->body);
  Key key;
  if (!bytes || !ReadKey(*pem, *bytes, key)) return {};
  return Tell(key);
}

ChecksumResult CheckBase64Key(std::string_view text) {
  const std::optional<std::string> bytes = DecodeBase64(text);
  return bytes ? CheckPrivateKey(*bytes) : ChecksumResult{};
}

ChecksumResult CheckPuttyKey(std::string_view text) {
  text = text.substr(0, kMaxKey);
  Key key;
  std::string_view rest = text;
  std::size_t lines = 0;
  std::string body;
  bool mac = false;
  while (!rest.empty()) {
    const std::string_view line = Trim(NextLine(rest));
    if (line.starts_with("PuTTY-User-Key-File-")) {
      const std::size_t colon = line.find(':');
      if (colon != line.npos) key.kind = ToValidUtf8(Trim(line.substr(colon + 1, 64)));
    } else if (line.starts_with("Encryption:")) {
      key.encrypted = Trim(line.substr(11)) != "none";
    } else if (line.starts_with("Private-Lines:")) {
      lines = ParseUint(Trim(line.substr(14))).value_or(0);
      for (std::size_t i = 0; i < lines && i < 1000 && !rest.empty(); ++i) body += Trim(NextLine(rest));
    } else if (line.starts_with("Private-MAC:") || line.starts_with("Private-Hash:")) {
      mac = true;
    }
  }
  const std::optional<std::string> bytes = DecodeBase64(body);
  if (key.kind.empty() || !key.encrypted || !mac || !bytes || bytes->size() < 16) return {};
  return Tell(key);
}

}  // namespace weir::secret
