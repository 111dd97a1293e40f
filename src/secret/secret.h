// Entry header of the room: finds secrets in bytes.
//
// Stage one runs all rules at once over the bytes (Hyperscan or Vectorscan, ends of
// matches only); stage two looks closely at the few windows that are left: captures,
// entropy, allowlists, checksums, what surrounds it. Then what the text wraps
// (base64, hex, percent, UTF-16) is unwrapped once and looked at again.
//
//   rules ─▶ Engine ─▶ Scanner (one a thread) ─▶ Hit ─▶ FindingSet ─▶ model::ContentFinding
//
// A Hit holds the secret itself and must not outlive the scan of its file; nothing
// past FindingSet knows it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/content_finding.h"
#include "secret/rule.h"

namespace weir::secret {

struct EngineOptions {
  std::string cache_dir;  // for the compiled rules; empty: compiled anew each time
  /// How often what was unwrapped is unwrapped again.
  std::uint32_t decode_depth = 1;
  std::uint64_t max_decoded_bytes = 16ULL << 20U;  // of one file
  std::uint32_t max_hits = 1'000;                  // of one file; the rest is counted
  bool honour_comments = true;                     // "gitleaks:allow", "weir:ignore" and the like
  bool structured = true;                          // keys and values of known file formats
};

/// Rules made ready. Immutable: shared by all threads.
class Engine {
 public:
  /// Rules that no matcher takes are left out and remarked. An Error where none is left.
  static Result<std::shared_ptr<const Engine>> Make(RuleSet rules, const EngineOptions& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const std::vector<Rule>& rules() const;
  const std::vector<RuleRemark>& remarks() const;
  /// Of everything that decides what is found: for caches of results. 32 hexadecimal digits.
  const std::string& digest() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  Engine();
  std::unique_ptr<Impl> impl_;
};

struct Source {
  std::string_view path;  // as shown; path rules and allowlists look at it
  model::Origin origin = model::Origin::kFile;
  std::string_view commit;  // git
};

struct Hit {
  const Rule* rule = nullptr;  // the engine's
  std::string secret;          // its own text; empty where the path alone decided
  std::uint64_t offset = 0;    // of the secret, or of what wraps it
  std::uint64_t length = 0;
  std::uint32_t line = 0, column = 0;  // as in ContentPlace
  std::string decoded;
  model::Severity severity = model::Severity::kUnknown;  // the rule's, unless what was found says otherwise
  model::Confidence confidence = model::Confidence::kLow;
  std::vector<std::pair<std::string, std::string>> facts;  // sorted; hold no part of the secret
  std::string allowed;  // why it is no secret all the same, e.g. "comment gitleaks:allow"; shown as ignored
};

/// Scans one source after another. One a thread.
class Scanner {
 public:
  explicit Scanner(std::shared_ptr<const Engine> engine);
  ~Scanner();
  Scanner(Scanner&&) noexcept;
  Scanner& operator=(Scanner&&) noexcept;

  void Begin(const Source& source);
  /// The next bytes. Chunks of any size find the same.
  void Feed(Bytes bytes);
  struct Result {
    std::vector<Hit> hits;      // by offset, then rule
    std::uint64_t dropped = 0;  // beyond max_hits
    std::string problem;        // what could not be looked at: a bound that was met; else empty
  };
  Result Finish();
  /// All of that for a source that is in memory whole: quickest, for nothing is copied.
  Result Scan(const Source& source, Bytes whole);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// The key of fingerprints: with it, and only with it, it can be told whether two findings are the same
/// secret.
class FingerprintKey {
 public:
  /// TEXT: 64 hexadecimal digits.
  static weir::Result<FingerprintKey> Parse(std::string_view text);
  static FingerprintKey Random();
  std::string ToString() const;
  /// 8 hexadecimal digits that tell keys apart and nothing else.
  std::string Id() const;
  /// 32 hexadecimal digits: HMAC-SHA256 of rule and secret, cut.
  std::string Fingerprint(std::string_view rule, std::string_view secret) const;

 private:
  std::string bytes_;
};

/// What may be shown of SECRET: for long ones their public prefix and no more than a sixth of it, for short
/// ones nothing. The length shown says nothing either.
std::string MaskSecret(std::string_view secret);

/// Joins the hits of one asset by fingerprint. Safe from several threads.
class FindingSet {
 public:
  FindingSet(std::shared_ptr<const Engine> engine, FingerprintKey key, std::size_t max_findings = 10'000);
  ~FindingSet();
  /// PLACE: what is known of the source; line, column, offset and decoded come from each hit. The secrets of
  /// HITS are overwritten: nobody needs them any more.
  void Add(std::span<Hit> hits, const model::ContentPlace& place);
  /// Adds what an earlier scan with the same key and rules found in an unchanged file.
  void Add(const model::ContentFinding& finding);
  /// For each distinct secret, once, before it is forgotten: FN may ask the issuer.
  using Ask = std::function<model::Validation(const Rule& rule, const std::string& secret)>;
  void SetAsk(Ask ask);
  /// Sorted by rule and fingerprint. Ends the set.
  std::vector<model::ContentFinding> Take();
  std::uint64_t dropped() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::secret
