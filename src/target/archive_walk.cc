#include "target/archive_walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <clocale>
#include <cstring>
#include <memory>
#include <vector>

#include "base/file.h"
#include "base/strings.h"
#include "target/file_content.h"
#include "target/spool.h"

namespace weir::target {
namespace {

constexpr std::size_t kInputChunk = 64 * 1024;
constexpr std::size_t kMaxName = 4096;                 // bytes of a member's path in its archive
constexpr std::uint64_t kRatioFrom = 16ULL << 20U;     // small archives may be packed very tightly
constexpr unsigned kMaxBadHeaders = 100;               // in a row
constexpr std::size_t kIsoHeadBytes = 0x8001 + 5 + 1;  // up to and with its magic

struct FreeArchive {
  void operator()(archive* reader) const { ::archive_read_free(reader); }
};
using ArchivePtr = std::unique_ptr<archive, FreeArchive>;

/// libarchive turns names into the thread's character set; in the "C" locale those beyond ASCII would be
/// lost.
class Utf8Names {
 public:
  Utf8Names() {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 != nullptr) before_ = ::uselocale(utf8);
  }
  ~Utf8Names() {
    if (before_ != nullptr) ::uselocale(before_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t before_ = nullptr;
};

/// What bounds one walk, at all depths together.
class Budget {
 public:
  Budget(const ArchiveOptions& options, std::string_view path, ProblemLog& problems)
      : options_(options),
        path_(path),
        problems_(problems),
        memory_left_(options.limits.max_memory_file_bytes),
        start_(std::chrono::steady_clock::now()) {}

  bool Continue() {
    if (stopped_) return false;
    if (options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed)) {
      stopped_ = true;  // whoever cancelled says so
    } else if (options_.max_seconds > 0 &&
               std::chrono::steady_clock::now() - start_ >= std::chrono::seconds(options_.max_seconds)) {
      Stop(Code::kDeadlineExceeded, "reading the archive took longer than " +
                                        std::to_string(options_.max_seconds) + " s and was cut short");
    }
    return !stopped_;
  }
  bool CountEntry() {
    if (++entries_ > options_.limits.max_archive_entries)
      Stop(Code::kLimitExceeded, "more than " + std::to_string(options_.limits.max_archive_entries) +
                                     " entries; the rest of the archive was not read");
    return Continue();
  }
  bool CountUnpacked(std::uint64_t bytes) {
    unpacked_ += bytes;
    if (unpacked_ > options_.max_bytes)
      Stop(Code::kLimitExceeded, "unpacks to more than " + std::to_string(options_.max_bytes) +
                                     " bytes; the rest of the archive was not read");
    double packed = static_cast<double>(std::max<std::uint64_t>(packed_, 1));
    if (unpacked_ > kRatioFrom && static_cast<double>(unpacked_) / packed > options_.limits.max_ratio)
      Stop(Code::kLimitExceeded, "unpacks to more than " +
                                     std::to_string(static_cast<std::uint64_t>(options_.limits.max_ratio)) +
                                     " times its size; the rest of the archive was not read");
    return !stopped_;
  }
  /// POSITION: how far the archive has been read. Going back and reading again packs no more into it.
  void CountPacked(std::uint64_t position) { packed_ = std::max(packed_, position); }
  bool stopped() const { return stopped_; }
  std::uint64_t unpacked() const { return unpacked_; }
  std::uint64_t& memory_left() { return memory_left_; }

 private:
  void Stop(Code code, std::string_view message) {
    if (!std::exchange(stopped_, true)) problems_.Add(code, path_, message);
  }

  const ArchiveOptions& options_;
  const std::string_view path_;
  ProblemLog& problems_;
  std::uint64_t entries_ = 0, unpacked_ = 0, packed_ = 0, memory_left_;
  bool stopped_ = false;
  const std::chrono::steady_clock::time_point start_;
};

/// Where libarchive takes the bytes of an archive from.
class Input {
 public:
  virtual ~Input() = default;
  /// The next bytes; empty at the end.
  virtual Result<Bytes> Next() = 0;
  virtual bool seekable() const { return false; }
  virtual std::int64_t Seek(std::int64_t, int) { return ARCHIVE_FATAL; }
  virtual std::int64_t Skip(std::int64_t) { return 0; }
};

class SourceInput final : public Input {
 public:
  /// OUTERMOST: what it reads is what the ratio is measured against.
  SourceInput(ByteSource& source, Budget& budget, bool outermost)
      : source_(source),
        budget_(budget),
        outermost_(outermost),
        buffer_(static_cast<std::size_t>(std::clamp<std::uint64_t>(source.size(), 1, kInputChunk))) {}
  Result<Bytes> Next() override {
    if (!budget_.Continue()) return Err(Code::kLimitExceeded, "stopped");
    WEIR_ASSIGN(std::size_t got, source_.ReadAt(position_, buffer_));
    position_ += got;
    if (outermost_) budget_.CountPacked(position_);
    return Bytes(buffer_).first(got);
  }
  bool seekable() const override { return true; }
  std::int64_t Seek(std::int64_t offset, int from) override {
    std::int64_t base = 0, size = static_cast<std::int64_t>(source_.size());
    if (from == SEEK_CUR) base = static_cast<std::int64_t>(position_);
    if (from == SEEK_END) base = size;
    std::int64_t to = 0;
    if (__builtin_add_overflow(base, offset, &to) || to < 0) return ARCHIVE_FATAL;
    position_ = static_cast<std::uint64_t>(std::min(to, size));
    return static_cast<std::int64_t>(position_);
  }
  std::int64_t Skip(std::int64_t count) override {
    std::int64_t left = static_cast<std::int64_t>(source_.size() - position_);
    std::int64_t step = std::clamp<std::int64_t>(count, 0, left);
    position_ += static_cast<std::uint64_t>(step);
    return step;
  }

 private:
  ByteSource& source_;
  Budget& budget_;
  const bool outermost_;
  std::vector<std::byte> buffer_;
  std::uint64_t position_ = 0;
};

class MemberInput final : public Input {
 public:
  explicit MemberInput(ArchiveMember& member) : member_(member), buffer_(kInputChunk) {}
  Result<Bytes> Next() override {
    WEIR_ASSIGN(std::size_t got, member_.Read(buffer_));
    return Bytes(buffer_).first(got);
  }

 private:
  ArchiveMember& member_;
  std::vector<std::byte> buffer_;
};

la_ssize_t ReadCallback(archive* reader, void* data, const void** out) {
  Result<Bytes> got = static_cast<Input*>(data)->Next();
  if (!got) {
    ::archive_set_error(reader, EIO, "%s", got.error().message.c_str());
    return ARCHIVE_FATAL;
  }
  *out = got->data();
  return static_cast<la_ssize_t>(got->size());
}
la_int64_t SeekCallback(archive*, void* data, la_int64_t offset, int from) {
  return static_cast<Input*>(data)->Seek(offset, from);
}
la_int64_t SkipCallback(archive*, void* data, la_int64_t count) {
  return static_cast<Input*>(data)->Skip(count);
}

/// ARCHIVE_WARN from a filter says that it would run a program.
bool EnableFilters(archive* reader) {
  using Support = int (*)(archive*);
  constexpr Support kFilters[] = {::archive_read_support_filter_gzip, ::archive_read_support_filter_bzip2,
                                  ::archive_read_support_filter_xz,   ::archive_read_support_filter_lzma,
                                  ::archive_read_support_filter_lzip, ::archive_read_support_filter_zstd,
                                  ::archive_read_support_filter_lz4,  ::archive_read_support_filter_compress};
  return std::all_of(std::begin(kFilters), std::end(kFilters),
                     [&](Support support) { return support(reader) == ARCHIVE_OK; });
}

bool EnableFormats(archive* reader, ArchiveKind kind) {
  switch (kind) {
    case ArchiveKind::kZip:
      return ::archive_read_support_format_zip(reader) == ARCHIVE_OK;
    case ArchiveKind::kTar:
      return ::archive_read_support_format_tar(reader) == ARCHIVE_OK;
    case ArchiveKind::kCpio:
      return ::archive_read_support_format_cpio(reader) == ARCHIVE_OK;
    case ArchiveKind::kAr:
      return ::archive_read_support_format_ar(reader) == ARCHIVE_OK;
    case ArchiveKind::kRpm:
      return EnableFilters(reader) && ::archive_read_support_filter_rpm(reader) == ARCHIVE_OK &&
             ::archive_read_support_format_cpio(reader) == ARCHIVE_OK;
    case ArchiveKind::kCompressed:
      return EnableFilters(reader) && ::archive_read_support_format_tar(reader) == ARCHIVE_OK &&
             ::archive_read_support_format_cpio(reader) == ARCHIVE_OK &&
             ::archive_read_support_format_raw(reader) == ARCHIVE_OK &&
             ::archive_read_support_format_empty(reader) == ARCHIVE_OK;
    case ArchiveKind::kSevenZip:
      return ::archive_read_support_format_7zip(reader) == ARCHIVE_OK;
    case ArchiveKind::kRar:
      return ::archive_read_support_format_rar(reader) == ARCHIVE_OK &&
             ::archive_read_support_format_rar5(reader) == ARCHIVE_OK;
    case ArchiveKind::kIso:
      return ::archive_read_support_format_iso9660(reader) == ARCHIVE_OK;
    case ArchiveKind::kNone:
      break;
  }
  return false;
}

bool NeedsSeeking(ArchiveKind kind) {
  return kind == ArchiveKind::kZip || kind == ArchiveKind::kSevenZip || kind == ArchiveKind::kRar ||
         kind == ArchiveKind::kIso;
}

std::string MessageOf(archive* reader) {
  const char* text = ::archive_error_string(reader);
  return text != nullptr && *text != '\0' ? ToValidUtf8(text) : "the archive cannot be read";
}

/// "app.log" for "app.log.gz", what a compressed file alone is called by everyone.
std::string NameWithin(std::string_view path) {
  std::string_view name = path.substr(path.find_last_of("/!") + 1);
  std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && dot > 0 ? std::string(name.substr(0, dot)) : "data";
}

std::string CleanName(const char* raw) {
  std::string_view name = raw;
  if (std::optional<std::string> normal = NormalizePath(name); normal && !normal->empty()) return *normal;
  return std::string(name.empty() ? "data" : name);
}

std::string_view LastComponent(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// What libarchive is about to unpack.
class StreamedMember final : public ArchiveMember {
 public:
  StreamedMember(archive* reader, archive_entry* entry, std::string path, std::string name, Budget& budget,
                 std::uint64_t max_bytes, ProblemLog& problems)
      : reader_(reader),
        path_(std::move(path)),
        name_(std::move(name)),
        budget_(budget),
        max_bytes_(max_bytes),
        problems_(problems),
        mode_(::archive_entry_perm(entry)),
        owner_(static_cast<std::uint32_t>(::archive_entry_uid(entry))) {
    if (::archive_entry_size_is_set(entry) != 0)
      size_ = static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_size(entry), 0));
  }
  std::string_view path() const override { return path_; }
  std::string_view name() const override { return LastComponent(name_); }
  std::optional<std::uint64_t> size() const override { return size_; }
  std::uint32_t mode() const override { return mode_; }
  std::uint32_t owner() const override { return owner_; }
  ArchiveKind kind() const override { return ArchiveKind::kNone; }
  Result<std::size_t> Read(std::span<std::byte> out) override {
    std::size_t done = std::min(out.size(), head_.size() - head_used_);
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(head_used_), done, out.begin());
    head_used_ += done;
    if (done == out.size()) return done;
    Result<std::size_t> more = Unpack(out.subspan(done));
    if (!more && done > 0) return done;  // met again by the next call
    if (!more) return more;
    return done + *more;
  }

  /// The first bytes, which Read will still give.
  std::string_view Peek() {
    head_.resize(kArchiveHeadBytes);
    Result<std::size_t> got = Unpack(head_);
    head_.resize(got ? *got : 0);
    return AsText(head_);
  }
  const std::optional<Error>& error() const { return error_; }
  bool fatal() const { return fatal_; }

 private:
  Result<std::size_t> Unpack(std::span<std::byte> out) {
    if (error_) return Err(*error_);
    la_ssize_t got = ARCHIVE_RETRY;
    for (int tries = 0; got == ARCHIVE_RETRY && tries < 10; ++tries)
      got = ::archive_read_data(reader_, out.data(), out.size());
    if (got < 0) {
      fatal_ = got == ARCHIVE_FATAL;
      return Fail(
          {::archive_errno(reader_) == ENOMEM ? Code::kLimitExceeded : Code::kMalformed, MessageOf(reader_)});
    }
    std::size_t count = static_cast<std::size_t>(got);
    unpacked_ += count;
    if (!budget_.CountUnpacked(count) || !budget_.Continue()) {
      error_ = Error{Code::kLimitExceeded, "the archive was not read further"};
      return Err(*error_);
    }
    if (unpacked_ > max_bytes_)
      return Fail({Code::kLimitExceeded,
                   "more than " + std::to_string(max_bytes_) + " bytes; the rest was not read"});
    return count;
  }
  Result<std::size_t> Fail(Error error) {
    if (!budget_.stopped()) problems_.Add(error, path_);
    error_ = std::move(error);
    return Err(*error_);
  }

  archive* const reader_;
  const std::string path_, name_;
  Budget& budget_;
  const std::uint64_t max_bytes_;
  ProblemLog& problems_;
  const std::uint32_t mode_, owner_;
  std::optional<std::uint64_t> size_;
  std::vector<std::byte> head_;
  std::size_t head_used_ = 0;
  std::uint64_t unpacked_ = 0;
  std::optional<Error> error_;
  bool fatal_ = false;
};

/// An archive in the archive that is held whole.
class HeldMember final : public ArchiveMember {
 public:
  HeldMember(const StreamedMember& member, ArchiveKind kind, ByteSource& content)
      : member_(member), kind_(kind), content_(content) {}
  std::string_view path() const override { return member_.path(); }
  std::string_view name() const override { return member_.name(); }
  std::optional<std::uint64_t> size() const override { return content_.size(); }
  std::uint32_t mode() const override { return member_.mode(); }
  std::uint32_t owner() const override { return member_.owner(); }
  ArchiveKind kind() const override { return kind_; }
  Result<std::size_t> Read(std::span<std::byte> out) override {
    WEIR_ASSIGN(std::size_t got, content_.ReadAt(position_, out));
    position_ += got;
    return got;
  }

 private:
  const StreamedMember& member_;
  const ArchiveKind kind_;
  ByteSource& content_;
  std::uint64_t position_ = 0;
};

class FileSource final : public ByteSource {
 public:
  FileSource(UniqueFd fd, std::uint64_t size) : fd_(std::move(fd)), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    return ReadFully(fd_.get(), offset, out);
  }
  int descriptor() const override { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::uint64_t size_;
};

class ArchiveWalk {
 public:
  ArchiveWalk(const ArchiveOptions& options, std::string_view path, ProblemLog& problems,
              const ArchiveVisitor& visit)
      : options_(options), problems_(problems), visit_(visit), budget_(options, path, problems) {}

  Result<ArchiveCounts> Run(ArchiveKind kind, ByteSource& content, std::string_view path) {
    SourceInput input(content, budget_, true);
    WEIR_TRY(Walk(kind, input, path, 1));
    counts_.bytes = budget_.unpacked();
    return counts_;
  }

 private:
  Result<void> Walk(ArchiveKind kind, Input& input, std::string_view path, unsigned depth);
  Result<void> HandleEntry(archive* reader, archive_entry* entry, std::string_view path, unsigned depth,
                           bool& go_on);
  Result<void> Descend(ArchiveKind kind, StreamedMember& member, unsigned depth);
  Result<std::unique_ptr<ByteSource>> Hold(StreamedMember& member, std::uint64_t& memory);
  void Report(Code code, std::string_view path, std::string_view message) {
    if (!budget_.stopped()) problems_.Add(code, path, message);
  }

  const ArchiveOptions& options_;
  ProblemLog& problems_;
  const ArchiveVisitor& visit_;
  Budget budget_;
  ArchiveCounts counts_;
};

Result<void> ArchiveWalk::Walk(ArchiveKind kind, Input& input, std::string_view path, unsigned depth) {
  ArchivePtr reader(::archive_read_new());
  if (!reader || !EnableFormats(reader.get(), kind)) {
    Report(Code::kUnsupported, path,
           "archives of this kind cannot be read by the libarchive that is installed");
    return {};
  }
  ::archive_read_set_read_callback(reader.get(), ReadCallback);
  if (input.seekable()) {
    ::archive_read_set_seek_callback(reader.get(), SeekCallback);
    ::archive_read_set_skip_callback(reader.get(), SkipCallback);
  }
  ::archive_read_set_callback_data(reader.get(), &input);
  if (::archive_read_open1(reader.get()) != ARCHIVE_OK) {
    Report(Code::kMalformed, path, MessageOf(reader.get()));
    return {};
  }
  for (unsigned bad = 0; bad < kMaxBadHeaders;) {
    archive_entry* entry = nullptr;
    int status = ::archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF || !budget_.CountEntry()) break;
    if (status < ARCHIVE_WARN) {
      bool encrypted = ::archive_read_has_encrypted_entries(reader.get()) > 0;
      Report(encrypted ? Code::kUnsupported : Code::kMalformed, path,
             (encrypted ? "encrypted: " : "") + MessageOf(reader.get()));
      if (status == ARCHIVE_FATAL) break;
      ++bad;
      continue;
    }
    bad = 0;
    bool go_on = true;
    WEIR_TRY(HandleEntry(reader.get(), entry, path, depth, go_on));
    if (!go_on) break;
  }
  return {};
}

Result<void> ArchiveWalk::HandleEntry(archive* reader, archive_entry* entry, std::string_view path,
                                      unsigned depth, bool& go_on) {
  bool raw = ::archive_format(reader) == ARCHIVE_FORMAT_RAW;
  if (::archive_entry_hardlink(entry) != nullptr || (!raw && ::archive_entry_filetype(entry) != AE_IFREG))
    return {};
  const char* stated = ::archive_entry_pathname(entry);
  if (stated == nullptr) stated = ::archive_entry_pathname_utf8(entry);
  std::string name = raw ? NameWithin(path) : CleanName(stated != nullptr ? stated : "");
  if (name.size() > kMaxName) {
    Report(Code::kLimitExceeded, path, "a member's name is longer than 4096 bytes; the member was not read");
    return {};
  }
  StreamedMember member(reader, entry, std::string(path) + "!" + name, name, budget_,
                        options_.limits.max_file_bytes, problems_);
  if (::archive_entry_is_encrypted(entry) != 0) {
    Report(Code::kUnsupported, member.path(), "encrypted; it was not read");
    return {};
  }
  if (member.size().value_or(0) > options_.limits.max_file_bytes) {
    Report(Code::kLimitExceeded, member.path(),
           std::to_string(*member.size()) + " bytes, more than the limit; the member was not read");
    return {};
  }
  ArchiveKind inner = DetectArchive(member.Peek(), member.name());
  if (inner != ArchiveKind::kNone && depth >= options_.limits.max_archive_depth) {
    Report(Code::kLimitExceeded, member.path(),
           "an archive within more than " + std::to_string(depth - 1) + " others was not opened");
    inner = ArchiveKind::kNone;
  }
  if (inner != ArchiveKind::kNone) {
    WEIR_TRY(Descend(inner, member, depth));
  } else if (!member.error()) {
    ++counts_.members;
    WEIR_TRY(visit_(member));
  }
  go_on = !member.fatal() && budget_.Continue();
  return {};
}

Result<void> ArchiveWalk::Descend(ArchiveKind kind, StreamedMember& member, unsigned depth) {
  if (!options_.offer_archives && !NeedsSeeking(kind)) {
    MemberInput input(member);
    return Walk(kind, input, member.path(), depth + 1);
  }
  std::uint64_t memory = 0;
  Result<std::unique_ptr<ByteSource>> content = Hold(member, memory);
  if (!content) {
    Report(content.error().code, member.path(), content.error().message);
    return {};
  }
  budget_.memory_left() -= memory;
  Result<void> done;
  if (kind == ArchiveKind::kIso) {
    // So far only its name said so.
    Result<std::string> head =
        (*content)->ReadRange(0, std::min<std::uint64_t>((*content)->size(), kIsoHeadBytes));
    kind = head ? DetectArchive(*head, {}) : ArchiveKind::kNone;
  }
  if (options_.offer_archives || kind == ArchiveKind::kNone) {
    HeldMember held(member, kind, **content);
    if (kind == ArchiveKind::kNone) ++counts_.members;
    done = visit_(held);
  }
  if (done && kind != ArchiveKind::kNone) {
    SourceInput input(**content, budget_, false);
    done = Walk(kind, input, member.path(), depth + 1);
  }
  budget_.memory_left() += memory;
  return done;
}

/// All of MEMBER, or what could be read of it. MEMORY: how much of the memory allowed it takes.
Result<std::unique_ptr<ByteSource>> ArchiveWalk::Hold(StreamedMember& member, std::uint64_t& memory) {
  std::string bytes;
  std::uint64_t most = budget_.memory_left();
  if (member.size().value_or(0) <= most) bytes.reserve(static_cast<std::size_t>(member.size().value_or(0)));
  std::vector<std::byte> chunk(kInputChunk);
  UniqueFd file;
  std::uint64_t size = 0;
  while (true) {
    Result<std::size_t> got = member.Read(chunk);
    if (!got || *got == 0) break;  // what is there of a zip archive that ends early can still be read
    std::string_view text = AsText(Bytes(chunk).first(*got));
    size += *got;
    if (!file && size <= most) {
      bytes += text;
      continue;
    }
    if (!file) {
      WEIR_ASSIGN(file, MakeTemporaryFile(options_.temporary_dir));
      WEIR_TRY(WriteAll(file.get(), bytes, "a temporary file"));
      bytes = std::string();
    }
    WEIR_TRY(WriteAll(file.get(), text, "a temporary file"));
  }
  if (file) return std::make_unique<FileSource>(std::move(file), size);
  memory = size;
  return MakeMemorySource(std::move(bytes));
}

}  // namespace

Result<std::string> ArchiveMember::ReadAll(std::uint64_t limit) {
  std::string out;
  if (size().value_or(0) <= limit) out.reserve(static_cast<std::size_t>(size().value_or(0)));
  std::vector<std::byte> chunk(kInputChunk);
  while (true) {
    WEIR_ASSIGN(std::size_t got, Read(chunk));
    if (got == 0) return out;
    if (out.size() + got > limit)
      return Err(Code::kLimitExceeded, "more than the limit of " + std::to_string(limit) + " bytes");
    out += AsText(Bytes(chunk).first(got));
  }
}

Result<ArchiveCounts> WalkArchive(ArchiveKind kind, ByteSource& content, std::string_view path,
                                  const ArchiveOptions& options, ProblemLog& problems,
                                  const ArchiveVisitor& visit) {
  if (kind == ArchiveKind::kNone) return ArchiveCounts{};
  Utf8Names names;
  return ArchiveWalk(options, path, problems, visit).Run(kind, content, path);
}

Result<ArchiveCounts> WalkArchive(ArchiveKind kind, Bytes content, std::string_view path,
                                  const ArchiveOptions& options, ProblemLog& problems,
                                  const ArchiveVisitor& visit) {
  return WalkArchive(kind, *MakeBorrowedSource(AsText(content)), path, options, problems, visit);
}

}  // namespace weir::target
