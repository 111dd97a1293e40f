// Walks a target with a visitor that reads everything, what is beyond the tree included, and says how fast:
//   bench_walk_all TARGET [THREADS]
// With --archives, archives are opened, too.
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "target/archive_walk.h"
#include "target/target.h"

namespace {

using namespace weir;
using namespace weir::target;

class Reader final : public Visitor {
 public:
  explicit Reader(bool archives) : archives_(archives) {}
  bool WantsFile(const Entry&) override { return true; }
  bool WantsBeyondTree() const override { return true; }
  void VisitFile(File& file) override {
    thread_local std::vector<std::byte> buffer(256 * 1024);
    ++files[static_cast<std::size_t>(file.entry().origin)];
    if (archives_) {
      Result<std::size_t> got = file.content().ReadAt(0, std::span(buffer).first(kArchiveHeadBytes));
      ArchiveKind kind =
          got ? DetectArchive(AsText(std::span(buffer).first(*got)), file.entry().name) : ArchiveKind::kNone;
      ProblemLog problems;
      Result<ArchiveCounts> counts = WalkArchive(kind, file.content(), file.entry().path, {}, problems,
                                                 [&](ArchiveMember& member) -> Result<void> {
                                                   while (true) {
                                                     Result<std::size_t> part = member.Read(buffer);
                                                     if (!part || *part < buffer.size()) return {};
                                                   }
                                                 });
      if (counts) members += counts->members;
      if (counts) bytes += counts->bytes;
      if (kind != ArchiveKind::kNone) return;
    }
    for (std::uint64_t at = 0; at < file.size();) {
      Result<std::size_t> got = file.content().ReadAt(at, buffer);
      if (!got || *got == 0) break;
      at += *got;
      bytes += *got;
    }
  }
  std::atomic<std::uint64_t> files[8]{}, bytes{0}, members{0};

 private:
  const bool archives_;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  bool archives = std::erase(arguments, "--archives") > 0;
  if (arguments.empty()) return 64;
  Result<std::unique_ptr<Target>> target = OpenTarget(arguments[0], {});
  if (!target) {
    std::fprintf(stderr, "%s\n", target.error().message.c_str());
    return 1;
  }
  Reader reader(archives);
  Visitor* visitors[] = {&reader};
  WalkOptions options;
  if (arguments.size() > 1) options.threads = static_cast<unsigned>(std::atoi(arguments[1].c_str()));
  ProblemLog problems;
  Result<model::WalkStats> stats = (*target)->Walk(visitors, options, problems);
  if (!stats) return 1;
  struct rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const struct timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  double wall = static_cast<double>(stats->elapsed_us) / 1e6;
  std::printf("%.2f s, CPU %.2f s, %.0f MiB peak; %.1f MB read, %.0f MB/s; %zu problems\n", wall,
              seconds(usage.ru_utime) + seconds(usage.ru_stime), static_cast<double>(usage.ru_maxrss) / 1024,
              static_cast<double>(reader.bytes) / 1e6, static_cast<double>(reader.bytes) / 1e6 / wall,
              problems.Take().size());
  for (std::size_t i = 0; i < std::size(reader.files); ++i)
    if (reader.files[i] > 0)
      std::printf("  %s: %lu\n", std::string(model::OriginName(static_cast<model::Origin>(i))).c_str(),
                  static_cast<unsigned long>(reader.files[i].load()));
  if (reader.members > 0)
    std::printf("  members of archives: %lu\n", static_cast<unsigned long>(reader.members.load()));
  return 0;
}
