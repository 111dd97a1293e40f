#include "sensor/scan_job.h"

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/json_guard.h"
#include "base/strings.h"

namespace weir::sensor {
namespace {

using Json = nlohmann::json;

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Both ends are this program, but a report passes through a process that read hostile files: what is not as
/// it should be is an Error.
class Reader {
 public:
  explicit Reader(std::string_view text) {
    if (CheckJsonDepth(text, 16)) json_ = Json::parse(text, nullptr, false);
    ok_ = json_.is_object();
  }
  explicit Reader(Json json) : json_(std::move(json)), ok_(json_.is_object()) {}
  bool ok() const { return ok_; }

  void Text(const char* key, std::string& out) {
    if (const Json* value = Find(key, &Json::is_string)) out = value->get<std::string>();
  }
  template <class N>
  void Number(const char* key, N& out) {
    if (const Json* value = Find(key, &Json::is_number)) out = value->get<N>();
  }
  void Bool(const char* key, bool& out) {
    if (const Json* value = Find(key, &Json::is_boolean)) out = value->get<bool>();
  }
  void Texts(const char* key, std::vector<std::string>& out) {
    const Json* list = Find(key, &Json::is_array);
    if (list == nullptr) return;
    for (const Json& value : *list) {
      if (!value.is_string()) ok_ = false;
      if (value.is_string() && out.size() < kMaxEntries) out.push_back(value.get<std::string>());
    }
  }
  const Json* Find(const char* key, bool (Json::*is)() const noexcept) {
    if (!json_.is_object()) return nullptr;
    auto found = json_.find(key);
    if (found == json_.end()) return nullptr;
    if (((*found).*is)()) return &*found;
    ok_ = false;
    return nullptr;
  }

 private:
  static constexpr std::size_t kMaxEntries = 100'000;
  Json json_;
  bool ok_ = false;
};

Code ParseCode(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Code::kInternal); ++i)
    if (CodeName(static_cast<Code>(i)) == name) return static_cast<Code>(i);
  return Code::kInternal;
}

Json SubjectJson(const ScanSubject& subject) {
  Json labels = Json::array();
  for (const auto& [key, value] : subject.labels) labels.push_back({key, value});
  return {{"kind", model::AssetKindName(subject.asset.kind)},
          {"key", subject.asset.key},
          {"target", subject.target},
          {"name", subject.name},
          {"image", subject.image},
          {"image_id", subject.image_id},
          {"labels", std::move(labels)}};
}

bool ReadSubject(const Json& json, ScanSubject& out) {
  Reader reader(json);
  std::string kind;
  reader.Text("kind", kind);
  for (model::AssetKind known :
       {model::AssetKind::kHost, model::AssetKind::kContainer, model::AssetKind::kImage})
    if (model::AssetKindName(known) == kind) out.asset.kind = known;
  reader.Text("key", out.asset.key);
  reader.Text("target", out.target);
  reader.Text("name", out.name);
  reader.Text("image", out.image);
  reader.Text("image_id", out.image_id);
  if (const Json* labels = reader.Find("labels", &Json::is_array))
    for (const Json& label : *labels)
      if (label.is_array() && label.size() == 2 && label[0].is_string() && label[1].is_string())
        out.labels.emplace_back(label[0].get<std::string>(), label[1].get<std::string>());
  return reader.ok();
}

Json ContentJson(const ScanContent& content) {
  return {{"packages", content.packages},
          {"secrets", content.secrets},
          {"malware", content.malware},
          {"waits_for_key", content.waits_for_key},
          {"fingerprint_key", content.fingerprint_key},
          {"secret_rules", content.secret_rules},
          {"malware_rules", content.malware_rules},
          {"disabled_secret_rules", content.disabled_secret_rules},
          {"disabled_malware_rules", content.disabled_malware_rules},
          {"clamd_socket", content.clamd_socket},
          {"process_memory", content.process_memory}};
}

bool ReadContent(const Json& json, ScanContent& out) {
  Reader reader(json);
  reader.Bool("packages", out.packages);
  reader.Bool("secrets", out.secrets);
  reader.Bool("malware", out.malware);
  reader.Bool("waits_for_key", out.waits_for_key);
  reader.Text("fingerprint_key", out.fingerprint_key);
  reader.Texts("secret_rules", out.secret_rules);
  reader.Texts("malware_rules", out.malware_rules);
  reader.Texts("disabled_secret_rules", out.disabled_secret_rules);
  reader.Texts("disabled_malware_rules", out.disabled_malware_rules);
  reader.Text("clamd_socket", out.clamd_socket);
  reader.Bool("process_memory", out.process_memory);
  return reader.ok();
}

}  // namespace

std::string ToJson(const ScanJob& job) {
  Json subjects = Json::array();
  for (const ScanSubject& subject : job.subjects) subjects.push_back(SubjectJson(subject));
  return Dump({{"usage", job.kind == ScanJob::Kind::kUsage},
               {"scan_id", job.scan_id},
               {"trigger", job.trigger},
               {"started_at", job.started_at},
               {"subjects", std::move(subjects)},
               {"full", job.full},
               {"minor", job.minor},
               {"state_folder", job.state_folder},
               {"work_folder", job.work_folder},
               {"cache_folder", job.cache_folder},
               {"exclude", job.exclude},
               {"content", ContentJson(job.content)},
               {"processor_percent", job.budget.processor_percent},
               {"memory_bytes", job.budget.memory_bytes},
               {"nice", job.budget.nice},
               {"max_seconds", job.budget.max_seconds},
               {"cgroups", job.cgroups},
               {"parent", job.parent}});
}

Result<ScanJob> ParseScanJob(std::string_view text) {
  Reader reader(text);
  ScanJob job;
  bool usage = false;
  reader.Bool("usage", usage);
  job.kind = usage ? ScanJob::Kind::kUsage : ScanJob::Kind::kScan;
  reader.Text("scan_id", job.scan_id);
  reader.Text("trigger", job.trigger);
  reader.Text("started_at", job.started_at);
  reader.Bool("full", job.full);
  reader.Bool("minor", job.minor);
  reader.Text("state_folder", job.state_folder);
  reader.Text("work_folder", job.work_folder);
  reader.Text("cache_folder", job.cache_folder);
  reader.Texts("exclude", job.exclude);
  reader.Number("processor_percent", job.budget.processor_percent);
  reader.Number("memory_bytes", job.budget.memory_bytes);
  reader.Number("nice", job.budget.nice);
  reader.Number("max_seconds", job.budget.max_seconds);
  reader.Texts("cgroups", job.cgroups);
  reader.Number("parent", job.parent);
  bool ok = reader.ok();
  if (const Json* content = reader.Find("content", &Json::is_object))
    ok = ReadContent(*content, job.content) && ok;
  if (const Json* subjects = reader.Find("subjects", &Json::is_array))
    for (const Json& subject : *subjects) ok = ReadSubject(subject, job.subjects.emplace_back()) && ok;
  if (!ok || job.work_folder.empty() || job.state_folder.empty())
    return Err(Code::kMalformed, "not a scan job");
  return job;
}

std::string ToJson(const ScanReport& report) {
  Json json{{"phase", report.phase}, {"files", report.files}, {"bytes", report.bytes}};
  if (report.fraction >= 0) json["fraction"] = report.fraction;
  if (report.phase == "failed")
    json.update({{"code", CodeName(report.error.code)}, {"message", report.error.message}});
  if (report.phase == "done") json.update({{"watch", report.watch}, {"changed", report.changed}});
  return Dump(json);
}

Result<ScanReport> ParseScanReport(std::string_view text) {
  Reader reader(text);
  ScanReport report;
  std::string code;
  reader.Text("phase", report.phase);
  reader.Number("files", report.files);
  reader.Number("bytes", report.bytes);
  reader.Number("fraction", report.fraction);
  reader.Text("code", code);
  reader.Text("message", report.error.message);
  report.error.code = ParseCode(code);
  reader.Texts("watch", report.watch);
  reader.Bool("changed", report.changed);
  if (!reader.ok() || report.phase.empty()) return Err(Code::kMalformed, "not a scan report");
  return report;
}

std::string AssetFileName(const wire::AssetRef& asset) {
  std::string text = std::string(model::AssetKindName(asset.kind)) + ":" + asset.key;
  return DigestHex(DigestKind::kSha256, AsBytes(text)).substr(0, 32);
}

}  // namespace weir::sensor
