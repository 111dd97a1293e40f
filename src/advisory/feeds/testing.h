// For tests of readers: a sink that keeps everything. Threading: one thread.
#pragma once

#include <utility>
#include <vector>

#include "advisory/feed.h"

namespace weir::advisory {

class KeepingSink : public RecordSink {
 public:
  void OnAdvisory(Advisory advisory) override { advisories.push_back(std::move(advisory)); }
  void OnKev(KevEntry entry) override { kev.push_back(std::move(entry)); }
  void OnEpss(EpssEntry entry) override { epss.push_back(std::move(entry)); }
  std::vector<Advisory> advisories;
  std::vector<KevEntry> kev;
  std::vector<EpssEntry> epss;
};

}  // namespace weir::advisory
