// Where the readers of formats put what they find. Threading: one thread a finder.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "secret/structured/structured.h"

namespace weir::secret {

enum class Format : unsigned char {
  kNone,
  kAssignments,  // KEY=value or key: value, a line each; sections in brackets
  kEnvironment,  // NAME=value, a line each, nothing quoted: of a process
  kCommandLine,  // words of a command
  kYaml,
  kJson,
  kXml,
  kNetrc,
  kColons,  // fields parted by ':'; see FileKind::field
  kPairs,   // name and secret on a line, parted by blanks
  kUrls,    // a URL a line
  kWhole,   // the file is the secret
};

/// One kind of file: how it is known, read, and what is found in it.
struct FileKind {
  Format format = Format::kNone;
  std::string_view name;   // of the format, for people
  std::string_view rule;   // of every password and token in it; empty: the generic ones
  unsigned field = 0;      // kColons, kPairs: which one holds the secret, from 0
  bool any_value = false;  // what stands at a secret's place is one, however simple
};

class Finder {
 public:
  static constexpr std::size_t kMaxHits = 1'000;

  Finder(const FileKind& kind, std::string_view text) : kind_(kind), text_(text) {}

  const FileKind& kind() const { return kind_; }
  std::string_view text() const { return text_; }
  bool full() const { return hits_.size() >= kMaxHits; }

  /// VALUE, which is a part of the text and means MEANT, stands beside KEY: kept where both make a secret.
  /// IN_ENVIRONMENT: it becomes a variable of a process.
  void Assignment(std::string_view key, std::string_view value, std::string_view meant,
                  bool in_environment = false);
  /// VALUE is a secret by its place alone.
  void Secret(std::string_view rule, std::string_view key, std::string_view value, std::string_view meant);

  std::vector<StructuredHit> Take() { return std::move(hits_); }

 private:
  const FileKind& kind_;
  std::string_view text_;
  std::vector<StructuredHit> hits_;
};

// Each reads the whole of finder.text(); what is malformed is passed over.
void ReadAssignments(Finder& finder);  // assignments.cc
void ReadEnvironment(Finder& finder);
void ReadCommandLine(Finder& finder);
void ReadYaml(Finder& finder);   // yaml.cc
void ReadJson(Finder& finder);   // json.cc
void ReadXml(Finder& finder);    // xml.cc
void ReadNetrc(Finder& finder);  // account_files.cc
void ReadColons(Finder& finder);
void ReadPairs(Finder& finder);
void ReadUrls(Finder& finder);
void ReadWhole(Finder& finder);

/// The file at PATH; kNone for what is not known.
FileKind KindOfFile(std::string_view path, std::string_view header);  // file_kinds.cc

}  // namespace weir::secret
