#include <unistd.h>

#include <algorithm>
#include <map>

#include "advisory/update/feed_file.h"
#include "advisory/updater.h"

namespace weir::advisory {

Result<DatabaseStatus> ReadDatabaseStatus(const std::string& data_dir) {
  DatabaseStatus status;
  WEIR_ASSIGN(FeedState state, LoadFeedState(data_dir));
  status.built_at = state.built_at;
  std::map<std::string, SourceStatus> sources;
  for (const FeedFile& file : state.files) {
    SourceStatus& source = sources[file.source];
    source.name = file.source;
    if (source.url.empty()) source.url = file.url;
    if (!file.last_error.empty()) source.last_error = file.last_error;
    if (file.sha256.empty()) continue;
    // The oldest of its files says how old the source is.
    bool older = source.fetched_at.empty() || file.fetched_at < source.fetched_at;
    if (older) source.fetched_at = file.fetched_at;
    source.data_date = std::max(source.data_date, file.data_date);
    source.records += file.records;
    source.used += file.used;
    source.malformed += file.malformed;
    source.bytes += file.bytes;
  }
  std::string path = data_dir + "/advisories.idx";
  if (::access(path.c_str(), F_OK) == 0) {
    WEIR_ASSIGN(std::shared_ptr<const Index> index, Index::Open(path));
    status.index_path = path;
    status.advisories = index->advisory_count();
    status.index_bytes = index->size_bytes();
    for (const auto& [ecosystem, names] : index->ecosystems()) status.ecosystems.push_back(ecosystem);
    for (const model::SourceInfo& info : index->sources()) {
      SourceStatus& source = sources[info.name];  // the starter set is only in the index
      if (!source.name.empty()) continue;
      source.name = info.name;
      source.url = info.url;
      source.fetched_at = info.fetched_at;
      source.data_date = info.data_date;
      source.records = source.used = info.records;
    }
  }
  for (auto& [name, source] : sources) status.sources.push_back(std::move(source));
  return status;
}

}  // namespace weir::advisory
