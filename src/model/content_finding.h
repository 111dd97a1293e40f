// What was found in the contents of an asset: a secret, or malware. Unlike a
// Finding it belongs to no package; one of them stands for all places of one
// asset where the same thing lies.
// A secret's own text is never in here: `masked` is what may be shown.
// Threading: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/finding.h"
#include "model/package.h"
#include "model/severity.h"

namespace weir::model {

enum class ContentKind : std::uint8_t { kSecret, kMalware };
std::string_view ContentKindName(ContentKind kind);  // "secret", "malware"

/// How sure the rule is that what it found is what it says.
enum class Confidence : std::uint8_t { kLow, kMedium, kHigh };
std::string_view ConfidenceName(Confidence confidence);  // "low", "medium", "high"
Confidence ParseConfidence(std::string_view name);       // kLow for any other text

/// Where in an asset the bytes were.
enum class Origin : std::uint8_t {
  kFile,
  kRemovedFile,  // in a layer of an image; a layer above has removed or replaced it
  kImageConfig,  // environment, labels, history, command of an image
  kEnvironment,  // of a process
  kCommandLine,  // of a process
  kCommit,       // a version of a file in a git repository
  kMemory,       // of a process
};
std::string_view OriginName(Origin origin);  // "file", "removed-file", "image-config", "environment", ...
Origin ParseOrigin(std::string_view name);   // kFile for any other text

struct ContentPlace {
  /// path: as in every Location, members of archives behind '!' ("backup.tar.gz!etc/app.env").
  /// kImageConfig: "image-config:Env[3]"; kEnvironment, kCommandLine: "proc/<pid>/environ".
  Location location;
  Origin origin = Origin::kFile;
  std::uint32_t line = 0, column = 0;  // from 1, in bytes; 0 where the content is no text
  std::uint64_t offset = 0;            // in the file or archive member
  std::string decoded;                 // how it was wrapped: "base64", "hex", "percent", "utf-16"; else empty
  std::string removed_in;              // kRemovedFile: diff id of the layer that removed or replaced it
  std::string commit;                  // kCommit: the first one that has it
  std::string commit_time;             // RFC 3339
  std::uint32_t pid = 0;               // kEnvironment, kCommandLine, kMemory
  std::string process;                 // its name
  std::string package;                 // id of the OS package that installed the file; else empty
  std::string package_name;
  bool unmodified = false;            // the file is what the package brought: its digest is the package's
  bool modified = false;              // it is not: its digest is another; neither of the two: not known
  bool added = false;                 // containers: written since the container was started
  std::uint32_t mode = 0, owner = 0;  // of the file; permission bits and uid
  bool operator==(const ContentPlace&) const = default;
};

enum class Validation : std::uint8_t { kNotTried, kValid, kInvalid, kUnknown };
std::string_view ValidationName(Validation validation);  // "not-tried", "valid", "invalid", "unknown"
Validation ParseValidation(std::string_view name);       // kNotTried for any other text

struct ContentFinding {
  static constexpr std::size_t kMaxPlaces = 20;

  ContentKind kind = ContentKind::kSecret;
  std::string rule;   // id, as its rule file spells it
  std::string title;  // what it is, for people: "GitHub personal access token"
  Severity severity = Severity::kUnknown;
  Confidence confidence = Confidence::kLow;
  /// Names it within an asset, and across assets where the key is the same. 32 hexadecimal digits.
  /// Secrets: of a keyed hash of rule and secret. Malware: of rule and SHA-256 of the content.
  std::string fingerprint;
  std::string masked;  // secrets: what may be shown of it; malware: names of the strings that matched
  Validation validation = Validation::kNotTried;
  std::vector<std::pair<std::string, std::string>>
      facts;                                    // sorted: {"account","1234"}, {"pass-phrase","none"}
  std::vector<ContentPlace> places;             // most telling first, at most kMaxPlaces
  std::uint64_t place_count = 0;                // of all places
  FindingStatus status = FindingStatus::kOpen;  // kOpen or kIgnored
  std::string status_reason;
  Rank rank;
  bool operator==(const ContentFinding&) const;  // all but the rank
};

/// What one kind of content scan looked at. Where there is none of a kind, it was not looked for.
struct ContentScan {
  ContentKind kind = ContentKind::kSecret;
  std::string rules_digest;  // of everything that decides what is found
  std::uint64_t rules = 0;   // in use
  std::uint64_t files = 0;   // looked at, members of archives included
  std::uint64_t bytes = 0;
  std::uint64_t unchanged = 0;  // files taken over from the scan before
  /// Files not looked at, by reason: {"larger than 64 MiB", 3}. Sorted.
  std::vector<std::pair<std::string, std::uint64_t>> skipped;
  std::vector<std::string> set_aside;  // rules not in use, and why: "name: takes 40 times the median"
  std::uint64_t dropped_findings = 0;  // beyond the bound on their number
  bool operator==(const ContentScan&) const = default;
};

}  // namespace weir::model
