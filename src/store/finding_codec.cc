#include "store/finding_codec.h"

#include <bit>
#include <cmath>

#include "store/byte_writer.h"

namespace weir::store {
namespace {

constexpr std::uint8_t kFormat = 1;

tl::unexpected<Error> Damaged() { return Err(Code::kMalformed, "a stored match is damaged"); }

void WriteReal(ByteWriter& out, double value) { out.Le64(std::bit_cast<std::uint64_t>(value)); }
double ReadReal(ByteReader& in) {
  auto value = std::bit_cast<double>(in.Le64());
  return std::isfinite(value) ? value : 0;
}

void WriteTexts(ByteWriter& out, const std::vector<std::string>& list) {
  out.Uvarint(list.size());
  for (const std::string& text : list) out.Text(text);
}

std::string ReadText(ByteReader& in) {
  std::uint64_t length = in.Uvarint();
  return std::string(in.TakeText(length));
}

std::vector<std::string> ReadTexts(ByteReader& in) {
  std::vector<std::string> out;
  std::uint64_t count = in.Uvarint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) out.push_back(ReadText(in));
  return out;
}

template <class E>
bool ReadEnum(ByteReader& in, E last, E& out) {
  std::uint8_t value = in.U8();
  if (value > static_cast<std::uint8_t>(last)) return false;
  out = E{value};
  return true;
}

}  // namespace

std::string EncodeVulnerability(const model::Vulnerability& v) {
  ByteWriter out;
  out.U8(kFormat);
  for (const std::string* text : {&v.id, &v.source, &v.summary, &v.severity_source, &v.published, &v.modified,
                                  &v.known_exploited_since})
    out.Text(*text);
  out.U8(static_cast<std::uint8_t>(v.severity));
  out.U8(static_cast<std::uint8_t>((v.known_exploited ? 1 : 0) | (v.ransomware ? 2 : 0) | (v.epss ? 4 : 0) |
                                   (v.epss_percentile ? 8 : 0)));
  if (v.epss) WriteReal(out, *v.epss);
  if (v.epss_percentile) WriteReal(out, *v.epss_percentile);
  out.Uvarint(v.cvss.size());
  for (const model::Cvss& cvss : v.cvss) out.Text(cvss.vector);
  WriteTexts(out, v.aliases);
  WriteTexts(out, v.cwes);
  WriteTexts(out, v.references);
  return out.Take();
}

Result<model::Vulnerability> DecodeVulnerability(Bytes bytes) {
  model::Vulnerability v;
  ByteReader in(bytes);
  if (in.U8() != kFormat) return Damaged();
  for (std::string* text : {&v.id, &v.source, &v.summary, &v.severity_source, &v.published, &v.modified,
                            &v.known_exploited_since})
    *text = ReadText(in);
  if (!ReadEnum(in, model::Severity::kCritical, v.severity)) return Damaged();
  std::uint8_t flags = in.U8();
  v.known_exploited = (flags & 1U) != 0;
  v.ransomware = (flags & 2U) != 0;
  if ((flags & 4U) != 0) v.epss = ReadReal(in);
  if ((flags & 8U) != 0) v.epss_percentile = ReadReal(in);
  for (const std::string& vector : ReadTexts(in))
    if (std::optional<model::Cvss> cvss = model::ParseCvss(vector)) v.cvss.push_back(std::move(*cvss));
  v.aliases = ReadTexts(in);
  v.cwes = ReadTexts(in);
  v.references = ReadTexts(in);
  if (!in.ok()) return Damaged();
  return v;
}

std::string EncodeMatch(const model::Finding& f) {
  ByteWriter out;
  out.U8(kFormat);
  out.U8(static_cast<std::uint8_t>(f.match));
  out.U8(static_cast<std::uint8_t>(f.fix_state));
  out.U8(static_cast<std::uint8_t>(f.status));
  for (const std::string* text : {&f.matched_name, &f.matched_ecosystem, &f.affected_range, &f.status_reason})
    out.Text(*text);
  WriteTexts(out, f.fixed_versions);
  return out.Take();
}

Result<void> DecodeMatch(Bytes bytes, model::Finding& f) {
  ByteReader in(bytes);
  if (in.U8() != kFormat) return Damaged();
  if (!ReadEnum(in, model::MatchKind::kCpe, f.match) ||
      !ReadEnum(in, model::FixState::kWontFix, f.fix_state) ||
      !ReadEnum(in, model::FindingStatus::kUnderInvestigation, f.status))
    return Damaged();
  for (std::string* text : {&f.matched_name, &f.matched_ecosystem, &f.affected_range, &f.status_reason})
    *text = ReadText(in);
  f.fixed_versions = ReadTexts(in);
  if (!in.ok()) return Damaged();
  return {};
}

}  // namespace weir::store
