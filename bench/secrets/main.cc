// How fast secrets are looked for, in one thread and from the page cache. See README.md.
//
//   bench_secrets [--rules FILE] [--cache DIR] [--rounds N] [--hits] [--check] [--only read|stage1|whole]
//   PATH...
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "base/strings.h"
#include "secret/rules.h"
#include "secret/scan_state.h"
#include "secret/secret.h"

namespace weir::bench {
namespace {

using Clock = std::chrono::steady_clock;

double ProcessorSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double MemoryMib(std::string_view key) {
  Result<std::string> text = ReadFile("/proc/self/status", 1U << 20U);
  std::size_t at = text ? text->find(key) : std::string::npos;
  return at == std::string::npos ? 0 : std::strtod(text->c_str() + at + key.size(), nullptr) / 1024;
}

template <class T>
T Must(Result<T> result, const char* what) {
  if (!result) {
    std::fprintf(stderr, "%s: %s\n", what, result.error().message.c_str());
    std::exit(1);
  }
  return std::move(*result);
}

struct Options {
  std::string rules, cache = "/tmp/weir-bench-secrets", only;
  std::vector<std::string> paths;
  int rounds = 3;
  bool hits = false, check = false;
};

Options Parse(int argc, char** argv) {
  Options out;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
    if (word == "--rules")
      out.rules = value();
    else if (word == "--cache")
      out.cache = value();
    else if (word == "--only")
      out.only = value();
    else if (word == "--rounds")
      out.rounds = std::max(1, std::atoi(value().c_str()));
    else if (word == "--check")
      out.check = true;
    else if (word == "--hits")
      out.hits = true;
    else
      out.paths.push_back(word);
  }
  return out;
}

std::vector<std::string> Files(const std::vector<std::string>& paths) {
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error)) out.push_back(path);
    std::filesystem::recursive_directory_iterator at(path, error), end;
    for (; !error && at != end; at.increment(error))
      if (at->is_regular_file(error) && !at->is_symlink(error)) out.push_back(at->path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// The bytes of PATH in BUFFER, which keeps its memory from file to file.
std::string_view Read(const std::string& path, std::string& buffer) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  std::size_t size = 0;
  while (true) {
    if (buffer.size() - size < 64 * 1024) buffer.resize(std::max<std::size_t>(buffer.size() * 2, 1U << 20U));
    ssize_t got = ::read(fd.get(), buffer.data() + size, buffer.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  return {buffer.data(), size};
}

void Measure(const char* name, const Options& options, const std::vector<std::string>& files,
             const std::function<void(const std::string&, std::string_view)>& work) {
  if (!options.only.empty() && options.only != name) return;
  std::string buffer;
  double best = 1e300;
  std::uint64_t bytes = 0;
  for (int round = 0; round < options.rounds; ++round) {
    bytes = 0;
    double start = ProcessorSeconds();
    for (const std::string& path : files) {
      std::string_view text = Read(path, buffer);
      bytes += text.size();
      work(path, text);
    }
    best = std::min(best, ProcessorSeconds() - start);
  }
  std::printf("%-8s %8zu files %9.1f MB %8.3f s CPU %7.3f GB/s\n", name, files.size(),
              static_cast<double>(bytes) / 1e6, best, static_cast<double>(bytes) / best / 1e9);
  std::fflush(stdout);
}

using HitKey = std::tuple<std::string, std::uint64_t, std::string>;

std::set<HitKey> Keys(const secret::Scanner::Result& result) {
  std::set<HitKey> out;
  for (const secret::Hit& hit : result.hits) out.emplace(hit.rule->id, hit.offset, hit.secret);
  return out;
}

/// Whether stage one loses anything, or adds something: the same files without it.
int Check(const std::shared_ptr<const secret::Engine>& engine, const std::vector<std::string>& files) {
  secret::Scanner::Impl quick(engine), slow(engine);
  slow.exhaustive = true;
  slow.max_work = UINT64_MAX;
  std::string buffer;
  std::uint64_t same = 0, lost = 0, added = 0;
  for (const std::string& path : files) {
    std::string_view text = Read(path, buffer);
    secret::Source source;
    source.path = path;
    std::set<HitKey> sets[2];
    int i = 0;
    for (secret::Scanner::Impl* one : {&quick, &slow}) {
      one->Begin(source);
      sets[i++] = Keys(one->Finish(text, 0));
    }
    for (const HitKey& key : sets[1]) {
      bool found = sets[0].contains(key);
      ++(found ? same : lost);
      if (!found)
        std::printf("lost  %s %s at %llu\n", path.c_str(), std::get<0>(key).c_str(),
                    static_cast<unsigned long long>(std::get<1>(key)));
    }
    for (const HitKey& key : sets[0])
      if (!sets[1].contains(key)) {
        ++added;
        std::printf("added %s %s at %llu\n", path.c_str(), std::get<0>(key).c_str(),
                    static_cast<unsigned long long>(std::get<1>(key)));
      }
  }
  std::printf("check    %zu files: %llu hits the same, %llu lost, %llu added\n", files.size(),
              static_cast<unsigned long long>(same), static_cast<unsigned long long>(lost),
              static_cast<unsigned long long>(added));
  return lost + added == 0 ? 0 : 1;
}

int Run(const Options& options) {
  secret::RuleSet rules =
      options.rules.empty() ? secret::BuiltInRules() : Must(secret::ReadRules(options.rules), "rules");
  secret::EngineOptions settings;
  settings.cache_dir = options.cache;
  auto make = [&] {
    Clock::time_point start = Clock::now();
    double processor = ProcessorSeconds();
    auto engine = Must(secret::Engine::Make(rules, settings), "engine");
    secret::Scanner scanner(engine);
    std::printf("start    %zu rules, %.1f ms, of the processor %.1f ms\n", engine->rules().size(),
                std::chrono::duration<double, std::milli>(Clock::now() - start).count(),
                (ProcessorSeconds() - processor) * 1e3);
    return engine;
  };
  make();
  auto engine = make();  // now from the cache in any case
  for (const secret::RuleRemark& remark : engine->remarks())
    std::printf("left out %s: %s\n", remark.rule.c_str(), remark.message.c_str());
  std::printf("memory   %.0f MiB before\n", MemoryMib("VmRSS:"));

  std::vector<std::string> files = Files(options.paths);
  if (options.check) return Check(engine, files);
  Measure("read", options, files, [](const std::string&, std::string_view) {});
  secret::Scanner::Impl stage_one(engine);
  std::uint64_t windows = 0, window_bytes = 0;
  std::map<std::string, std::uint64_t> by_rule;
  Measure("stage1", options, files, [&](const std::string&, std::string_view text) {
    for (std::size_t from = 0; from < text.size(); from += secret::kBlockBytes) {
      stage_one.walked = 0;
      stage_one.FindWindows(text, from, std::min(text.size(), from + secret::kBlockBytes));
      windows += stage_one.windows.size();
      for (const secret::Window& window : stage_one.windows) {
        window_bytes += window.to - window.from;
        if (options.hits) by_rule[engine->rules()[window.rule].id] += 1;
      }
    }
  });
  std::printf("windows  %.0f of %.1f MB in all, a round\n", static_cast<double>(windows) / options.rounds,
              static_cast<double>(window_bytes) / 1e6 / options.rounds);
  for (const auto& [rule, count] : by_rule)
    std::printf("  windows %8.0f %s\n", static_cast<double>(count) / options.rounds, rule.c_str());
  secret::Scanner scanner(engine);
  std::map<std::string, std::uint64_t> hits;
  std::uint64_t problems = 0;
  Measure("whole", options, files, [&](const std::string& path, std::string_view text) {
    secret::Source source;
    source.path = path;
    secret::Scanner::Result result = scanner.Scan(source, AsBytes(text));
    problems += result.problem.empty() ? 0U : 1U;
    for (const secret::Hit& hit : result.hits)
      ++hits[hit.rule->id + (hit.decoded.empty() ? "" : " " + hit.decoded) +
             (hit.allowed.empty() ? "" : " allowed")];
  });
  std::uint64_t sum = 0;
  for (const auto& [rule, count] : hits) {
    sum += count;
    if (options.hits)
      std::printf("  hits %8.0f %s\n", static_cast<double>(count) / options.rounds, rule.c_str());
  }
  std::printf("hits     %.0f, files with a problem %.0f\n", static_cast<double>(sum) / options.rounds,
              static_cast<double>(problems) / options.rounds);
  std::printf("memory   %.0f MiB at most\n", MemoryMib("VmHWM:"));
  return 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::Run(weir::bench::Parse(argc, argv)); }
