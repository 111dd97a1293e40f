// What has to be done from time to time: masks that end, old rows, silent sensors,
// the day's counts, certificates.
//
// Threading: one thread of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "console/services.h"

namespace weir::console {

class Housekeeper {
 public:
  /// RENEW is called about once an hour.
  Housekeeper(Services& services, std::function<void()> renew);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;
  void Stop();

 private:
  void Run();
  void EveryMinute();
  void EveryHour();

  Services& services_;
  std::function<void()> renew_;
  std::mutex mutex_;  // guards stopping_
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace weir::console
