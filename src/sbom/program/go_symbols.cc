#include "sbom/program/go_symbols.h"

#include <algorithm>
#include <unordered_set>

#include "base/hash.h"
#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxFunctions = 4'000'000, kMaxNameBytes = 256U << 20U, kMaxSymbols = 1'000'000;
constexpr std::size_t kMaxNameLength = 4'096;
constexpr std::uint64_t kWindow = 64U << 10U, kFreeReads = 16U << 20U;

/// Small reads near each other, from a part of a file, through one buffer.
class Window {
 public:
  Window(target::ByteSource& file, const Region& region) : file_(file), region_(region) {}

  /// Up to LENGTH (at most half a window) bytes at OFFSET; fewer at the end of the part.
  Result<std::string_view> Get(std::uint64_t offset, std::uint64_t length) {
    if (offset >= region_.size) return Err(Code::kMalformed, "the Go function table points outside itself");
    length = std::min(length, region_.size - offset);
    if (offset < start_ || offset + length > start_ + buffer_.size()) {
      std::uint64_t want = std::min(kWindow, region_.size - offset);
      // Real tables are read through once, or nearly so; one that jumps about would take hours.
      if (want > budget_) return Err(Code::kLimitExceeded, "the Go function table is in no order");
      budget_ -= want;
      WEIR_ASSIGN(buffer_, file_.ReadRange(region_.offset + offset, want));
      start_ = offset;
    }
    return std::string_view(buffer_).substr(offset - start_, length);
  }

 private:
  target::ByteSource& file_;
  const Region& region_;
  std::uint64_t start_ = 0, budget_ = kFreeReads + 4 * region_.size;
  std::string buffer_;
};

/// Collects hashes; forgets doubles now and then so that memory stays with what is distinct.
class SymbolSet {
 public:
  explicit SymbolSet(std::string_view main_package) : main_package_(main_package) {}
  void Add(std::string_view symbol) {
    GoSymbolName name = NormalizeGoSymbol(symbol);
    if (name.package.empty() || hashes_.size() >= kMaxSymbols) return;
    if (name.package == "main" && !main_package_.empty()) name.package = main_package_;
    if (name.package != last_package_) {
      last_package_ = name.package;
      hashes_.insert(Hash64(name.package + ".*"));
    }
    if (!name.name.empty()) hashes_.insert(Hash64(name.package + "." + name.name));
  }
  std::shared_ptr<const model::GoSymbols> Take() {
    auto sorted = std::make_shared<model::GoSymbols>(hashes_.begin(), hashes_.end());
    std::sort(sorted->begin(), sorted->end());
    return sorted;
  }

 private:
  std::string_view main_package_;
  std::string last_package_;
  std::unordered_set<std::uint64_t> hashes_;
};

/// Names that stand one after the other, each ended by a zero byte.
Result<void> ReadNameTable(target::ByteSource& file, const Region& table, SymbolSet& symbols) {
  if (table.size > kMaxNameBytes)
    return Err(Code::kLimitExceeded, "the table of Go function names is too long");
  std::string pending;
  for (std::uint64_t at = 0; at < table.size; at += kWindow) {
    WEIR_ASSIGN(std::string chunk, file.ReadRange(table.offset + at, std::min(kWindow, table.size - at)));
    std::string_view rest = chunk;
    for (std::size_t end = rest.find('\0'); end != std::string_view::npos; end = rest.find('\0')) {
      if (pending.empty()) {
        symbols.Add(rest.substr(0, end));
      } else {
        pending.append(rest.substr(0, end));
        symbols.Add(pending);
        pending.clear();
      }
      rest.remove_prefix(end + 1);
    }
    if (pending.size() < kMaxNameLength) pending.append(rest);
  }
  return {};
}

/// Go 1.2 to 1.15: the names lie between the functions' records.
Result<void> ReadOldTable(target::ByteSource& file, const Region& table, bool big_endian, bool wide,
                          SymbolSet& symbols) {
  std::uint64_t word = wide ? 8 : 4;
  Window entries(file, table), records(file, table), names(file, table);
  WEIR_ASSIGN(std::string_view head, entries.Get(8, word));
  std::uint64_t count = WordReader(head, big_endian, wide).Word();
  if (count > kMaxFunctions || count > table.size / (2 * word))
    return Err(Code::kMalformed, "the Go function table claims too many functions");
  for (std::uint64_t i = 0; i < count; ++i) {
    WEIR_ASSIGN(std::string_view entry, entries.Get(8 + word + i * 2 * word, 2 * word));
    WordReader entry_reader(entry, big_endian, wide);
    entry_reader.Word();
    std::uint64_t record_at = entry_reader.Word();
    if (record_at > table.size) return Err(Code::kMalformed, "the Go function table points outside itself");
    WEIR_ASSIGN(std::string_view record, records.Get(record_at + word, 4));
    std::uint32_t name_at = WordReader(record, big_endian, wide).U32();
    WEIR_ASSIGN(std::string_view name, names.Get(name_at, kMaxNameLength));
    symbols.Add(name.substr(0, name.find('\0')));
  }
  return {};
}

struct TableHead {
  bool big_endian = false;
  std::uint32_t magic = 0;
};

constexpr std::uint32_t kGo12 = 0xfffffffb, kGo116 = 0xfffffffa, kGo118 = 0xfffffff0, kGo120 = 0xfffffff1;

/// Eight bytes that begin a table: magic, two zeros, instruction size, pointer size.
bool ParseTableHead(std::string_view head, TableHead& out) {
  if (head.size() < 8 || head[4] != 0 || head[5] != 0) return false;
  if (head[6] != 1 && head[6] != 2 && head[6] != 4) return false;
  if (head[7] != 4 && head[7] != 8) return false;
  for (bool big : {false, true}) {
    std::uint32_t magic = WordReader(head, big, false).U32();
    if (magic != kGo12 && magic != kGo116 && magic != kGo118 && magic != kGo120) continue;
    out = {big, magic};
    return true;
  }
  return false;
}

/// PE has no section for the table: it lies aligned somewhere in read-only data.
Region ScanForTable(target::ByteSource& file, const Region& region) {
  constexpr std::uint64_t kMaxScan = 256U << 20U, kAlign = 16;
  Region found;
  std::uint64_t length = std::min(region.size, kMaxScan);
  for (std::uint64_t at = 0; at + 8 <= length; at += kWindow) {
    Result<std::string> chunk = file.ReadRange(region.offset + at, std::min(kWindow, length - at));
    if (!chunk) return found;
    for (std::size_t i = 0; i + 8 <= chunk->size(); i += kAlign) {
      TableHead head;
      if (!ParseTableHead(std::string_view(*chunk).substr(i, 8), head)) continue;
      found = region;
      found.offset += at + i;
      found.size -= at + i;
      return found;
    }
  }
  return found;
}

Region LocateTable(target::ByteSource& file, const Image& image) {
  for (const char* name : {".gopclntab", ".data.rel.ro.gopclntab", "__gopclntab"})
    if (const Region* section = image.FindSection(name); section != nullptr) return *section;
  if (image.format == ImageFormat::kPe)
    for (const Region& section : image.sections)
      if (!section.executable && !section.writable)
        if (Region table = ScanForTable(file, section); table.size != 0) return table;
  return {};
}

/// The end of a package path: the first dot after its last slash. Type arguments and
/// receivers may hold slashes of other packages' paths; they come after it.
std::size_t PackageEnd(std::string_view symbol) {
  std::size_t bound = std::min(symbol.find('['), symbol.find('('));
  std::size_t slash = symbol.substr(0, std::min(bound, symbol.size())).rfind('/');
  return symbol.find('.', slash == std::string_view::npos ? 0 : slash);
}

/// The compiler escapes dots and odd bytes of a path's last part as %2e.
std::string UnescapePath(std::string_view path) {
  auto value = [](char c) { return IsDigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size() && value(path[i + 1]) >= 0 && value(path[i + 2]) >= 0) {
      out += static_cast<char>(value(path[i + 1]) * 16 + value(path[i + 2]));
      i += 2;
    } else {
      out += path[i];
    }
  }
  return out;
}

std::string WithoutTypeArguments(std::string_view text) {
  std::string out;
  std::size_t depth = 0;
  for (char c : text) {
    if (c == '[') ++depth;
    if (depth == 0) out += c;
    if (c == ']' && depth > 0) --depth;
  }
  return out;
}

/// "func1", "2", "gowrap1", "deferwrap1", "" : parts that name a closure, not a method.
bool NamesClosure(std::string_view part) {
  for (std::string_view prefix : {"func", "gowrap", "deferwrap"})
    if (part.starts_with(prefix)) {
      part.remove_prefix(prefix.size());
      break;
    }
  return part.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view WithoutCompilerMarks(std::string_view part) {
  part = part.substr(0, part.find("\xc2\xb7"));  // middle dot: "F·dwrap·1"
  return part.substr(0, part.find('-'));         // "Method-fm", "F-range1"
}

}  // namespace

GoSymbolName NormalizeGoSymbol(std::string_view symbol) {
  GoSymbolName out;
  std::size_t end = PackageEnd(symbol);
  if (end == std::string_view::npos || end == 0) return out;
  std::string_view package = symbol.substr(0, end);
  // "type:.eq.", "go:itab." and, before Go 1.20, "type..eq.".
  if (package.find(':') != std::string_view::npos || symbol.starts_with("type..")) return out;
  out.package = UnescapePath(package);
  std::string rest = WithoutTypeArguments(symbol.substr(end + 1));
  std::string_view text = rest;
  std::string_view first;
  if (text.starts_with('(')) {
    std::size_t close = text.find(')');
    if (close == std::string_view::npos) return out;
    first = text.substr(1, close - 1);
    if (first.starts_with('*')) first.remove_prefix(1);
    text.remove_prefix(close + 1);
    if (text.starts_with('.')) text.remove_prefix(1);
  } else {
    first = NextPiece(text, '.');
  }
  std::string_view second = NextPiece(text, '.');
  first = WithoutCompilerMarks(first);
  second = WithoutCompilerMarks(second);
  // Closures of package-level variables ("glob..func1") belong to no function.
  if (first.empty() || (first == "glob" && second.empty())) return out;
  out.name = first;
  if (!second.empty() && !NamesClosure(second)) out.name.append(".").append(second);
  return out;
}

Result<std::shared_ptr<const model::GoSymbols>> ReadGoSymbols(target::ByteSource& file, const Image& image,
                                                              std::string_view main_package) {
  Region table = LocateTable(file, image);
  if (table.size < 64) return Err(Code::kNotFound, "no Go function table");
  WEIR_ASSIGN(std::string head, file.ReadRange(table.offset, 64));
  TableHead found;
  if (!ParseTableHead(head, found)) return Err(Code::kUnsupported, "a Go function table of an unknown kind");
  bool wide = head[7] == 8;
  SymbolSet symbols(main_package);
  if (found.magic == kGo12) {
    WEIR_TRY(ReadOldTable(file, table, found.big_endian, wide, symbols));
    return symbols.Take();
  }
  WordReader reader(head, found.big_endian, wide);
  reader.bytes().Skip(8);
  reader.Word();                             // functions
  reader.Word();                             // files
  if (found.magic != kGo116) reader.Word();  // start of the text
  std::uint64_t names_at = reader.Word(), names_end = reader.Word();
  if (names_at >= names_end || names_end > table.size)
    return Err(Code::kMalformed, "the table of Go function names lies outside the function table");
  Region names = table;
  names.offset += names_at;
  names.size = names_end - names_at;
  WEIR_TRY(ReadNameTable(file, names, symbols));
  return symbols.Take();
}

}  // namespace weir::sbom
