#include "wire/messages.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/strings.h"
#include "wire/describe.h"
#include "wire/json_text.h"

namespace weir::wire {
namespace {

constexpr std::string_view kTokenPrefix = "weir1";
constexpr std::size_t kDigestDigits = 64;
constexpr std::size_t kMaxTokenPart = 128;

constexpr std::array<const char*, 4> kRecordKinds = {"inventory", "scan", "usage", "scan_failed"};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

Result<std::string> FromHex(const std::string& text) {
  if (text.size() % 2 != 0) return Err(Code::kMalformed, "symbols: not hexadecimal");
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    int high = HexDigit(text[i]), low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return Err(Code::kMalformed, "symbols: not hexadecimal");
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

Json SymbolsJson(const SymbolTables& tables) {
  Json out = Json::object();
  for (const auto& [id, symbols] : tables) out[id] = Hex(AsBytes(PackGoSymbols(*symbols)));
  return out;
}

Result<SymbolTables> ReadSymbols(const Json& record, const Limits& limits) {
  SymbolTables tables;
  auto found = record.find("go_symbols");
  if (found == record.end()) return tables;
  if (!found->is_object() || found->size() > limits.list_entries)
    return Err(Code::kMalformed, "\"go_symbols\" is not an object");
  for (const auto& [id, text] : found->items()) {
    if (!text.is_string()) return Err(Code::kMalformed, "\"go_symbols\" has an entry that is not a text");
    WEIR_ASSIGN(std::string bytes, FromHex(text.get_ref<const std::string&>()));
    WEIR_ASSIGN(std::shared_ptr<const model::GoSymbols> symbols, UnpackGoSymbols(bytes));
    // Under the id that they have, not the one that is claimed: tables are shared between assets.
    if (GoSymbolsId(symbols.get()) != id) return Err(Code::kMalformed, "\"go_symbols\" has a wrong id");
    tables.emplace(id, std::move(symbols));
  }
  return tables;
}

template <class T>
Result<Record> ReadBody(std::uint64_t sequence, const Json& json, const Limits& limits) {
  WEIR_ASSIGN(SymbolTables symbols, ReadSymbols(json, limits));
  WEIR_ASSIGN(T body, ReadFrom<T>(json, limits, &symbols));
  return Record{sequence, std::move(body)};
}

/// Text of a number field, with a separator that none of the others contain.
void AppendField(std::string& key, std::string_view text) {
  key.append(text);
  key.push_back('\x1f');
}

}  // namespace

std::string_view ScopeName(model::Scope scope) {
  return scope == model::Scope::kDeclared ? "declared" : "installed";
}

std::string EnrolToken::ToString() const {
  return std::string(kTokenPrefix) + "." + id + "." + secret + "." + ca_digest;
}

Result<EnrolToken> ParseEnrolToken(std::string_view text) {
  std::vector<std::string_view> parts = Split(Trim(text), '.');
  auto plain = [](std::string_view part) {
    return !part.empty() && part.size() <= kMaxTokenPart &&
           std::ranges::all_of(part, [](char c) { return IsDigit(c) || IsAlpha(c) || c == '-' || c == '_'; });
  };
  if (parts.size() != 4 || parts[0] != kTokenPrefix || !plain(parts[1]) || !plain(parts[2]) ||
      parts[3].size() != kDigestDigits ||
      std::ranges::any_of(parts[3], [](char c) { return HexDigit(c) < 0; }))
    return Err(Code::kInvalidArgument,
               "not an enrolment token (\"weir1.\" and three parts; the console makes them)");
  return EnrolToken{std::string(parts[1]), std::string(parts[2]), std::string(parts[3])};
}

std::string ProcessRow::Key() const { return std::to_string(pid) + ":" + std::to_string(start_time_ticks); }

std::string ConnectionRow::Key() const {
  std::string key;
  AppendField(key, process);
  AppendField(key, protocol);
  AppendField(key, inbound ? "in" : "out");
  AppendField(key, local_address);
  AppendField(key, std::to_string(local_port));
  AppendField(key, remote_address);
  AppendField(key, std::to_string(remote_port));
  return DigestHex(DigestKind::kSha256, AsBytes(key)).substr(0, 32);
}

std::string RecordText(const RecordBody& body) {
  Json json = Json::object();
  SymbolTables symbols;
  JsonWriter writer(json, &symbols);
  std::visit([&](const auto& value) { Describe(writer, value); }, body);
  if (!symbols.empty()) json["go_symbols"] = SymbolsJson(symbols);
  json["record"] = kRecordKinds[body.index()];
  return Dump(json);
}

std::string NumberRecord(std::uint64_t sequence, std::string_view text) {
  // An object that is never empty: it names its kind.
  return "{\"sequence\":" + std::to_string(sequence) + "," + std::string(text.substr(1));
}

std::string RecordLine(const Record& record) {
  return NumberRecord(record.sequence, RecordText(record.body));
}

Result<Record> ParseRecord(std::string_view line, const Limits& limits) {
  WEIR_ASSIGN(Json json, ParseObject(line, limits.record_bytes));
  auto sequence = json.find("sequence");
  if (sequence == json.end() || !sequence->is_number_unsigned() || sequence->get<std::uint64_t>() == 0)
    return Err(Code::kMalformed, "\"sequence\" is not a whole number above 0");
  auto number = sequence->get<std::uint64_t>();
  auto kind = json.find("record");
  if (kind == json.end() || !kind->is_string()) return Err(Code::kMalformed, "\"record\" is not a text");
  const std::string& name = kind->get_ref<const std::string&>();
  if (name == kRecordKinds[0]) return ReadBody<InventoryRecord>(number, json, limits);
  if (name == kRecordKinds[1]) return ReadBody<ScanRecord>(number, json, limits);
  if (name == kRecordKinds[2]) return ReadBody<UsageRecord>(number, json, limits);
  if (name == kRecordKinds[3]) return ReadBody<ScanFailedRecord>(number, json, limits);
  return Err(Code::kUnsupported, "\"record\" is of a kind that is not known here");
}

std::string BatchHeader(std::string_view epoch) {
  return Dump(Json{{"protocol", kProtocol}, {"epoch", epoch}}) + "\n";
}

Result<Batch> ParseBatch(std::string_view text, const Limits& limits) {
  constexpr std::size_t kMaxHeader = 4096;
  WEIR_ASSIGN(Json header, ParseObject(NextLine(text), kMaxHeader));
  if (header.value("protocol", Json()) != Json(kProtocol))
    return Err(Code::kUnsupported, "the sensor speaks another version of the protocol");
  auto epoch = header.find("epoch");
  if (epoch == header.end() || !epoch->is_string() || epoch->get_ref<const std::string&>().empty())
    return Err(Code::kMalformed, "\"epoch\" is not a text");
  Batch batch;
  batch.epoch = epoch->get<std::string>();
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    if (line.empty()) continue;
    if (batch.records.size() >= limits.list_entries)
      return Err(Code::kLimitExceeded, "a batch has too many records");
    Result<Record> record = ParseRecord(line, limits);
    if (!record) return Err(record.error().Context("record " + std::to_string(batch.records.size() + 1)));
    if (!batch.records.empty() && record->sequence <= batch.records.back().sequence)
      return Err(Code::kMalformed, "\"sequence\" does not rise");
    batch.records.push_back(std::move(*record));
  }
  return batch;
}

std::string ToJson(const HostFacts& value) { return Write(value); }
std::string ToJson(const EnrolRequest& value) { return Write(value); }
std::string ToJson(const EnrolAnswer& value) { return Write(value); }
std::string ToJson(const BatchAnswer& value) { return Write(value); }
std::string ToJson(const Status& value) { return Write(value); }
std::string ToJson(const Command& value) { return Write(value); }
std::string ToJson(const model::Package& value) { return Write(value); }
std::string ToJson(const model::Usage& value) { return Write(value); }
std::string ToJson(const ProcessRow& value) { return Write(value); }
std::string ToJson(const ConnectionRow& value) { return Write(value); }
std::string ToJson(const model::Container& value) { return Write(value); }
std::string ToJson(const model::ImageInfo& value) { return Write(value); }

Result<HostFacts> ParseHostFacts(std::string_view text, const Limits& limits) {
  return Read<HostFacts>(text, limits);
}
Result<EnrolRequest> ParseEnrolRequest(std::string_view text, const Limits& limits) {
  return Read<EnrolRequest>(text, limits);
}
Result<EnrolAnswer> ParseEnrolAnswer(std::string_view text, const Limits& limits) {
  return Read<EnrolAnswer>(text, limits);
}
Result<BatchAnswer> ParseBatchAnswer(std::string_view text, const Limits& limits) {
  return Read<BatchAnswer>(text, limits);
}
Result<Status> ParseStatus(std::string_view text, const Limits& limits) { return Read<Status>(text, limits); }
Result<Command> ParseCommand(std::string_view text, const Limits& limits) {
  return Read<Command>(text, limits);
}
Result<model::Usage> ParseUsage(std::string_view text, const Limits& limits) {
  return Read<model::Usage>(text, limits);
}
Result<ProcessRow> ParseProcess(std::string_view text, const Limits& limits) {
  return Read<ProcessRow>(text, limits);
}
Result<ConnectionRow> ParseConnection(std::string_view text, const Limits& limits) {
  return Read<ConnectionRow>(text, limits);
}
Result<model::Container> ParseContainer(std::string_view text, const Limits& limits) {
  return Read<model::Container>(text, limits);
}
Result<model::ImageInfo> ParseImage(std::string_view text, const Limits& limits) {
  return Read<model::ImageInfo>(text, limits);
}

Result<PackageText> ParsePackage(std::string_view text, const Limits& limits) {
  WEIR_ASSIGN(Json json, ParseObject(text, limits.record_bytes));
  PackageText out;
  WEIR_ASSIGN(out.package, ReadFrom<model::Package>(json, limits));
  if (auto id = json.find("go_symbols"); id != json.end() && id->is_string())
    out.go_symbols_id = id->get<std::string>();
  return out;
}

std::string PackGoSymbols(const model::GoSymbols& symbols) {
  std::string bytes;
  bytes.reserve(symbols.size() * 8);
  for (std::uint64_t symbol : symbols)
    for (unsigned shift = 0; shift < 64; shift += 8)
      bytes.push_back(static_cast<char>((symbol >> shift) & 0xffU));
  return bytes;
}

Result<std::shared_ptr<const model::GoSymbols>> UnpackGoSymbols(std::string_view bytes) {
  if (bytes.size() % 8 != 0) return Err(Code::kMalformed, "symbols are cut short");
  auto symbols = std::make_shared<model::GoSymbols>();
  symbols->reserve(bytes.size() / 8);
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::uint64_t symbol = 0;
    for (std::size_t k = 8; k-- > 0;) symbol = (symbol << 8U) | static_cast<unsigned char>(bytes[i + k]);
    symbols->push_back(symbol);
  }
  if (!std::ranges::is_sorted(*symbols)) return Err(Code::kMalformed, "symbols are not sorted");
  return std::shared_ptr<const model::GoSymbols>(std::move(symbols));
}

std::string GoSymbolsId(const model::GoSymbols* symbols) {
  if (symbols == nullptr) return "";
  return DigestHex(DigestKind::kSha256, AsBytes(PackGoSymbols(*symbols))).substr(0, 32);
}

}  // namespace weir::wire
