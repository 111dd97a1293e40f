// A writer that is killed at random moments: what it acknowledged is there, once, and
// nothing else is half there.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "store/assets.h"
#include "store/finding_writer.h"
#include "store/matches.h"
#include "store/outbox.h"
#include "store/packages.h"
#include "store/sensors.h"
#include "store/testing.h"

namespace weir::store {
namespace {

constexpr int kRounds = 12;
constexpr AssetId kAssets = 8;

/// One batch, number SEQUENCE: packages of an asset change, findings with them, an event tells it.
Result<int> StoreBatch(Transaction& t, std::uint64_t sequence) {
  WEIR_ASSIGN(bool fresh, Advance(t, "sensor", "epoch", sequence));
  if (!fresh) return 0;
  std::mt19937_64 random(sequence);
  AssetInput input;
  input.key = "a" + std::to_string(random() % kAssets);
  input.name = input.key;
  WEIR_ASSIGN(AssetId asset, UpsertAsset(t, input));
  model::Sbom sbom;
  std::vector<DistinctPackage> distinct;
  for (int i = 0; i < 40; ++i) {
    if (random() % 2 == 0) continue;
    DistinctPackage value;
    value.package.type = model::PackageType::kNpm;
    value.package.name = "p" + std::to_string(i);
    value.package.version = std::to_string(random() % 3);
    sbom.packages.push_back(value.package);
    distinct.push_back(std::move(value));
  }
  WEIR_ASSIGN(std::vector<Interned> interned, InternPackages(t, distinct));
  std::vector<PackageId> ids;
  for (const Interned& one : interned) ids.push_back(one.id);
  WEIR_ASSIGN(PackageListChange change, SetAssetSbom(t, asset, sbom, ids));
  MatchWriter matches(t);
  FindingWriter findings(t);
  std::vector<std::pair<bool, MatchRef>> refs;
  for (const Interned& one : interned) {
    if (!one.is_new) continue;
    model::Finding finding;
    finding.vulnerability.id = "CVE-" + std::to_string(one.id % 17);
    finding.vulnerability.severity = static_cast<model::Severity>(one.id % 6);
    WEIR_TRY(matches.Add(one.id, finding));
  }
  WEIR_TRY(
      ForEachMatch(t, change.added, [&](std::size_t, const MatchRef& ref) { refs.emplace_back(true, ref); }));
  WEIR_TRY(ForEachMatch(t, change.removed,
                        [&](std::size_t, const MatchRef& ref) { refs.emplace_back(false, ref); }));
  for (const auto& [added, ref] : refs) {
    if (added) {
      WEIR_TRY(findings.Put(ref, asset, static_cast<double>(random() % 100), model::Usage::Level::kIdle));
    } else {
      WEIR_TRY(findings.Resolve(ref, asset, ResolvedReason::kPackageGone));
    }
  }
  WEIR_TRY(matches.Finish());
  WEIR_TRY(findings.Finish());
  WEIR_TRY(AddEvent(t, "batch", std::to_string(sequence)));
  return 1;
}

/// Stores batch after batch and writes each number to PIPE once it is stored.
[[noreturn]] void RunWriter(const std::string& folder, int pipe) {
  auto store = Store::Open(folder);
  if (!store) ::_exit(3);
  auto last = (*store)->Read([](Reader& r) {
    return r.db().Value(0, "SELECT sequence FROM sensor_position WHERE sensor = 'sensor'");
  });
  for (auto sequence = static_cast<std::uint64_t>(last ? *last : 0) + 1;; ++sequence) {
    if (!(*store)->Write([&](Transaction& t) { return StoreBatch(t, sequence); })) ::_exit(4);
    if (::write(pipe, &sequence, sizeof sequence) != sizeof sequence) ::_exit(5);
  }
}

TEST(CrashTest, WhatWasAcknowledgedIsThereOnce) {
  TemporaryFolder folder;
  std::mt19937 random(42);
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < kRounds; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      RunWriter(folder.path(), ends[1]);
    }
    ::close(ends[1]);
    std::uint64_t number = 0;
    ASSERT_EQ(::read(ends[0], &number, sizeof number), static_cast<ssize_t>(sizeof number))
        << "it did not start";
    acknowledged = number;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
    ::kill(child, SIGKILL);
    while (::read(ends[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number))
      acknowledged = number;
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);

    auto store = Store::Open(folder.path());
    ASSERT_TRUE(store) << store.error().message;
    auto faults = CheckInvariants(**store);
    ASSERT_TRUE(faults) << faults.error().message;
    for (const std::string& fault : *faults) ADD_FAILURE() << fault;
    auto stored =
        (*store)->Read([](Reader& r) { return r.db().Value(0, "SELECT sequence FROM sensor_position"); });
    ASSERT_TRUE(stored);
    EXPECT_GE(static_cast<std::uint64_t>(*stored), acknowledged);
    auto once = (*store)->Read([](Reader& r) {
      return r.db().Value(
          -1, "SELECT count(DISTINCT json) * 1000000 + count(*) - count(DISTINCT json) FROM event");
    });
    EXPECT_EQ(once, *stored * 1000000) << "an event of every batch, and of each only one";
  }
  EXPECT_GT(acknowledged, 10U);
}

}  // namespace
}  // namespace weir::store
