#include "secret/database.h"

#include <fcntl.h>
#include <hs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/fd.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"

namespace weir::secret {
namespace {

constexpr std::string_view kMagic = "weir secrets database 1\n";
constexpr std::uint64_t kMaxFileBytes = 256ULL << 20U;
constexpr std::size_t kMaxDatabases = 256, kDigestHex = 64;

unsigned Flags(const Expression& expression) {
  return (expression.once ? HS_FLAG_SINGLEMATCH : 0U) | (expression.caseless ? HS_FLAG_CASELESS : 0U);
}

std::string Escaped(std::string_view literal) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (char c : literal) {
    auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

/// Everything that decides whether a serialised database can be used in its place.
std::string CacheKey(const std::vector<std::vector<Expression>>& groups) {
  ByteWriter out;
  out.Text(kMagic);
  out.Text(hs_version());
  hs_platform_info_t platform{};
  if (hs_populate_platform(&platform) == HS_SUCCESS) {
    out.Uvarint(platform.tune);
    out.Le64(platform.cpu_features);
  }
  out.Uvarint(groups.size());
  for (const auto& group : groups) {
    out.Uvarint(group.size());
    for (const Expression& expression : group) {
      out.Text(expression.text);
      out.Text(expression.fallback);
      out.Uvarint(expression.id);
      out.Uvarint(expression.subject);
      out.Uvarint(Flags(expression));
      out.U8(expression.literal ? 1 : 0);
    }
  }
  return DigestHex(DigestKind::kSha256, AsBytes(out.text()));
}

/// Compiles LIST, leaving out what is refused.
Result<DatabasePtr> Compile(const std::vector<Expression>& list, std::vector<Refusal>& refusals) {
  struct Item {
    std::string text;
    unsigned flags;
    const Expression* expression;
    int attempt = 0;
  };
  std::vector<Item> items;
  for (const Expression& expression : list)
    items.push_back(
        {expression.literal ? Escaped(expression.text) : expression.text, Flags(expression), &expression});
  while (!items.empty()) {
    std::vector<const char*> texts;
    std::vector<unsigned> flags, ids;
    for (const Item& item : items) {
      texts.push_back(item.text.c_str());
      flags.push_back(item.flags);
      ids.push_back(item.expression->id);
    }
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    hs_error_t code =
        hs_compile_multi(texts.data(), flags.data(), ids.data(), static_cast<unsigned>(texts.size()),
                         HS_MODE_BLOCK, nullptr, &database, &error);
    if (code == HS_SUCCESS) return DatabasePtr(database);
    std::string message = error != nullptr && error->message != nullptr ? error->message : "no memory";
    int at = error != nullptr ? error->expression : -1;
    hs_free_compile_error(error);
    if (at < 0 || static_cast<std::size_t>(at) >= items.size()) return Err(Code::kInternal, message);
    Item& item = items[static_cast<std::size_t>(at)];
    // An approximation of what it cannot do (look-around, sizes) is as good: stage two is exact.
    ++item.attempt;
    if (item.attempt == 1 && !item.expression->exact) {
      item.flags |= HS_FLAG_PREFILTER;
      continue;
    }
    if (!item.expression->exact && item.attempt == 2 && !item.expression->fallback.empty()) {
      item.text = item.expression->fallback;
      item.flags = Flags(*item.expression);
      continue;
    }
    refusals.push_back({item.expression->subject, message});
    items.erase(items.begin() + at);
  }
  return DatabasePtr();
}

Result<std::string> Serialise(const hs_database* database) {
  char* bytes = nullptr;
  std::size_t length = 0;
  if (database == nullptr) return std::string();
  if (hs_serialize_database(database, &bytes, &length) != HS_SUCCESS)
    return Err(Code::kInternal, "cannot serialise a rule database");
  std::string out(bytes, length);
  std::free(bytes);  // NOLINT: Hyperscan's allocator is malloc
  return out;
}

bool Load(std::string_view text, std::string_view key, std::size_t groups, DatabaseSet& out) {
  Result<DatabaseFile> file = ParseDatabaseFile(text, key);
  if (!file || file->databases.size() != groups) return false;
  for (std::string_view bytes : file->databases) {
    hs_database_t* database = nullptr;
    if (!bytes.empty() && hs_deserialize_database(bytes.data(), bytes.size(), &database) != HS_SUCCESS) {
      out.databases.clear();
      return false;
    }
    out.databases.emplace_back(database);
  }
  out.refusals = std::move(file->refusals);
  out.from_cache = true;
  return true;
}

void Save(const DatabaseSet& set, const std::string& directory, const std::string& path,
          std::string_view key) {
  std::vector<std::string> texts;
  for (const DatabasePtr& database : set.databases) {
    Result<std::string> bytes = Serialise(database.get());
    if (!bytes) return;
    texts.push_back(std::move(*bytes));
  }
  DatabaseFile file;
  file.databases.assign(texts.begin(), texts.end());
  file.refusals = set.refusals;
  Result<void> done = MakeDirectories(directory);
  if (done) done = WriteFileAtomically(path, WriteDatabaseFile(file, key), 0600);
  if (!done) Log(LogLevel::kInfo, "secret.cache", {{"path", path}, {"error", done.error().message}});
}

}  // namespace

void FreeDatabase::operator()(hs_database* database) const { hs_free_database(database); }

std::string WriteDatabaseFile(const DatabaseFile& file, std::string_view key) {
  ByteWriter out;
  out.Raw(kMagic);
  out.Text(key);
  out.Uvarint(file.refusals.size());
  for (const Refusal& refusal : file.refusals) {
    out.Uvarint(refusal.subject);
    out.Text(refusal.message);
  }
  out.Uvarint(file.databases.size());
  for (std::string_view bytes : file.databases) out.Text(bytes);
  out.Raw(DigestHex(DigestKind::kSha256, AsBytes(out.text())));
  return out.Take();
}

Result<DatabaseFile> ParseDatabaseFile(std::string_view text, std::string_view key) {
  if (!text.starts_with(kMagic) || text.size() < kMagic.size() + kDigestHex)
    return Err(Code::kMalformed, "no database of secret rules");
  std::string_view digest = text.substr(text.size() - kDigestHex);
  text.remove_suffix(kDigestHex);
  ByteReader in(text.substr(kMagic.size()));
  if (in.Text() != key) return Err(Code::kNotFound, "a database of other rules");
  if (DigestHex(DigestKind::kSha256, AsBytes(text)) != digest)
    return Err(Code::kMalformed, "a damaged database of secret rules");
  DatabaseFile out;
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    std::uint64_t subject = in.Uvarint();
    out.refusals.push_back({static_cast<std::uint32_t>(subject), std::string(in.Text())});
  }
  std::size_t count = in.Count();
  if (count > kMaxDatabases) return Err(Code::kMalformed, "too many databases");
  for (; count > 0 && in.ok(); --count) out.databases.push_back(in.Text());
  if (!in.ok() || !in.empty()) return Err(Code::kMalformed, "a damaged database of secret rules");
  return out;
}

Result<std::string> ReadDatabaseFile(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return Err(ErrnoError(errno, path));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return Err(ErrnoError(errno, path));
  if (!S_ISREG(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return Err(Code::kPermissionDenied, path + ": others could have written it");
  return ReadAll(fd.get(), kMaxFileBytes, path);
}

Result<DatabaseSet> MakeDatabases(const std::vector<std::vector<Expression>>& groups,
                                  const std::string& cache_dir, const Validate& validate) {
  DatabaseSet out;
  std::string key = CacheKey(groups);
  std::string path = cache_dir + "/secrets-" + key.substr(0, 32) + ".hsdb";
  if (!cache_dir.empty()) {
    Result<std::string> text = ReadDatabaseFile(path);
    if (text && Load(*text, key, groups.size(), out)) return out;
    if (!text && text.error().code != Code::kNotFound)
      Log(LogLevel::kWarn, "secret.cache", {{"path", path}, {"error", text.error().message}});
  }
  for (const auto& group : groups) {
    std::vector<Expression> good;
    for (const Expression& expression : group) {
      bool asked = validate && expression.subject != UINT32_MAX;
      std::string refused = asked ? validate(expression.subject) : std::string();
      if (refused.empty())
        good.push_back(expression);
      else
        out.refusals.push_back({expression.subject, std::move(refused)});
    }
    WEIR_ASSIGN(DatabasePtr database, Compile(good, out.refusals));
    out.databases.push_back(std::move(database));
  }
  if (!cache_dir.empty()) Save(out, cache_dir, path, key);
  return out;
}

Scratch::~Scratch() { hs_free_scratch(scratch_); }
Scratch::Scratch(Scratch&& other) noexcept : scratch_(std::exchange(other.scratch_, nullptr)) {}
Scratch& Scratch::operator=(Scratch&& other) noexcept {
  if (this != &other) {
    hs_free_scratch(scratch_);
    scratch_ = std::exchange(other.scratch_, nullptr);
  }
  return *this;
}

bool Scratch::Fit(const hs_database* database) {
  return database == nullptr || hs_alloc_scratch(database, &scratch_) == HS_SUCCESS;
}

bool ScanBytes(const hs_database* database, std::string_view bytes, const Scratch& scratch, OnMatch fn,
               void* context) {
  if (database == nullptr || bytes.empty()) return true;
  struct Call {
    OnMatch fn;
    void* context;
  } call{fn, context};
  auto on_match = [](unsigned id, unsigned long long, unsigned long long to, unsigned, void* data) {
    const Call& made = *static_cast<const Call*>(data);
    return made.fn(made.context, id, to) ? 1 : 0;
  };
  hs_error_t code =
      hs_scan(database, bytes.data(), static_cast<unsigned>(bytes.size()), 0, scratch.get(), on_match, &call);
  return code == HS_SUCCESS || code == HS_SCAN_TERMINATED;
}

}  // namespace weir::secret
