// What the overview has counted lately, so that many open pages cost one count.
// Threading: safe from every thread.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "console/routes.h"
#include "store/views.h"

namespace weir::console {

class OverviewCache {
 public:
  Result<store::UseCounts> Use(store::Reader& r, store::TimeMs now);
  /// What assets' facts say of coverage: reads all of them.
  struct Blind {
    std::vector<store::Gap> gaps;
    std::int64_t failed_scans = 0;
  };
  Result<Blind> BlindSpots(store::Reader& r, store::TimeMs now);

 private:
  friend Answer GetOverview(Services&, Call&);
  std::mutex mutex_;  // guards what follows
  std::string text_;
  store::TimeMs at_ = 0, use_at_ = 0, blind_at_ = 0;
  std::int64_t event_ = -1;  // the newest one when it was made
  store::UseCounts use_;
  Blind blind_;
};

}  // namespace weir::console
