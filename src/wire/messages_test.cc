#include "wire/messages.h"

#include <gtest/gtest.h>

#include "wire/content.h"

namespace weir::wire {
namespace {

const Limits kLimits;

ScanRecord SampleScan() {
  ScanRecord scan;
  scan.scan_id = "scan-1";
  scan.asset = {model::AssetKind::kContainer, std::string(64, 'a')};
  scan.name = "web";
  scan.trigger = "change: var/lib/dpkg/status";
  scan.distro.id = "debian";
  scan.distro.id_like = {"linux"};
  auto symbols = std::make_shared<model::GoSymbols>(model::GoSymbols{1, 2, 0xffffffffffffffffULL});
  for (const char* name : {"example.org/a", "example.org/b"}) {
    model::Package package;
    package.type = model::PackageType::kGolang;
    package.name = name;
    package.version = "v1.2.3";
    package.scope = model::Scope::kDeclared;
    package.module_known = true;
    package.licenses = {"MIT"};
    package.locations = {{"usr/bin/tool", "sha256:1"}};
    package.digests = {{"sha256", "00"}};
    package.properties = {{"go:build:GOOS", "linux"}, {"go:build:GOOS", "again"}};
    package.go_symbols = symbols;
    package.id = model::ComputePackageId(package);
    scan.packages.push_back(package);
  }
  scan.relations = {{scan.packages[0].id, scan.packages[1].id, model::RelationKind::kDependsOn}};
  scan.problems = {{Code::kPermissionDenied, "root", "no", 3}};
  scan.stats.files = 7;
  scan.usage.full = true;
  scan.usage.others.level = model::Usage::Level::kIdle;
  model::Usage used;
  used.level = model::Usage::Level::kLoaded;
  used.pids = {12, 4194304};
  used.listening = true;
  used.listens = model::AddressScope::kAny;
  scan.usage.packages = {{scan.packages[0].id, used}};
  return scan;
}

InventoryRecord SampleInventory() {
  InventoryRecord inventory;
  inventory.full = true;
  inventory.host.name = "node-1";
  inventory.host.labels = {{"zone", "a"}};
  ProcessRow process;
  process.pid = 12;
  process.start_time_ticks = 99;
  process.listening = {{"tcp", "0.0.0.0", 443, model::AddressScope::kAny}};
  inventory.processes = {process};
  ConnectionRow connection;
  connection.process = process.Key();
  connection.inbound = true;
  connection.local_port = 65535;
  connection.remote_scope = model::AddressScope::kPublic;
  connection.count = 2;
  inventory.connections = {connection};
  model::Container container;
  container.id = std::string(64, 'b');
  container.published_ports = {{8080, 80}, {0, 81}};
  inventory.containers = {container};
  model::ImageInfo image;
  image.id = "sha256:1";
  image.names = {"a:1", "a:2"};
  image.runtime = "podman";
  image.size_bytes = 5;
  inventory.images = {image};
  return inventory;
}

TEST(Messages, ScanComesBackWhole) {
  Record record{3, SampleScan()};
  std::string line = RecordLine(record);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  Result<Record> read = ParseRecord(line, kLimits);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->sequence, 3U);
  ASSERT_TRUE(std::holds_alternative<ScanRecord>(read->body));
  const auto& scan = std::get<ScanRecord>(read->body);
  EXPECT_EQ(scan.asset, SampleScan().asset);
  ASSERT_EQ(scan.packages.size(), 2U);
  EXPECT_EQ(scan.packages[1].scope, model::Scope::kDeclared);
  EXPECT_EQ(scan.packages[1].properties.size(), 2U);
  ASSERT_NE(scan.packages[1].go_symbols, nullptr);
  EXPECT_EQ(*scan.packages[1].go_symbols, (model::GoSymbols{1, 2, 0xffffffffffffffffULL}));
  EXPECT_EQ(scan.packages[0].go_symbols, scan.packages[1].go_symbols);  // one table for both
  EXPECT_EQ(scan.relations, SampleScan().relations);
  EXPECT_EQ(scan.usage.packages, SampleScan().usage.packages);
  EXPECT_EQ(scan.usage.others, SampleScan().usage.others);
  // What is written again from what was read is the same text: no field is lost on the way.
  EXPECT_EQ(RecordLine(*read), line);
}

TEST(Messages, InventoryComesBackWhole) {
  std::string line = RecordLine({1, SampleInventory()});
  Result<Record> read = ParseRecord(line, kLimits);
  ASSERT_TRUE(read) << read.error().message;
  const auto& inventory = std::get<InventoryRecord>(read->body);
  EXPECT_EQ(inventory.processes, SampleInventory().processes);
  EXPECT_EQ(inventory.connections, SampleInventory().connections);
  EXPECT_EQ(inventory.host, SampleInventory().host);
  EXPECT_EQ(inventory.containers[0].published_ports, SampleInventory().containers[0].published_ports);
  EXPECT_EQ(inventory.images[0].names.size(), 2U);
  EXPECT_EQ(RecordLine(*read), line);
}

TEST(Messages, EveryEnumerationHasItsNames) {
  for (unsigned type = 0; type <= static_cast<unsigned>(model::PackageType::kBinary); ++type) {
    model::Package package;
    package.type = static_cast<model::PackageType>(type);
    Result<PackageText> read = ParsePackage(ToJson(package), kLimits);
    ASSERT_TRUE(read) << type << ": " << read.error().message;
    EXPECT_EQ(read->package.type, package.type);
  }
  for (unsigned code = 0; code <= static_cast<unsigned>(Code::kInternal); ++code) {
    ScanFailedRecord failed;
    failed.error = {static_cast<Code>(code), "why"};
    Result<Record> read = ParseRecord(RecordLine({1, failed}), kLimits);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(std::get<ScanFailedRecord>(read->body).error.code, failed.error.code);
  }
}

TEST(Messages, BatchIsLinesInOrder) {
  std::string text =
      BatchHeader("e1") + RecordLine({5, SampleInventory()}) + "\n" + RecordLine({6, SampleScan()}) + "\n";
  Result<Batch> batch = ParseBatch(text, kLimits);
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->epoch, "e1");
  ASSERT_EQ(batch->records.size(), 2U);
  EXPECT_EQ(batch->records[1].sequence, 6U);

  std::string falling =
      BatchHeader("e1") + RecordLine({5, UsageRecord{}}) + "\n" + RecordLine({5, UsageRecord{}});
  EXPECT_EQ(ParseBatch(falling, kLimits).error().code, Code::kMalformed);
  EXPECT_EQ(ParseBatch("{\"protocol\":2,\"epoch\":\"e\"}\n", kLimits).error().code, Code::kUnsupported);
  EXPECT_FALSE(ParseBatch("", kLimits));
  EXPECT_FALSE(ParseBatch("{\"protocol\":1}\n", kLimits));
}

TEST(Messages, WhatIsMalformedIsNamed) {
  auto error = [](std::string_view line) {
    Result<Record> read = ParseRecord(line, kLimits);
    return read ? std::string("accepted") : read.error().message;
  };
  EXPECT_EQ(error(R"({"record":"inventory","sequence":1,"full":1})"), "\"full\" is neither true nor false");
  EXPECT_EQ(error(R"({"record":"inventory","sequence":1,"processes":[{"pid":4294967296}]})"),
            "\"pid\" is not a whole number in its range");
  EXPECT_EQ(error(R"({"record":"inventory","sequence":1,"processes":[1]})"),
            "\"processes\" is not an object");
  EXPECT_EQ(error(R"({"record":"scan","sequence":1,"packages":[{"type":"x"}]})"),
            "\"type\" is not a known word");
  EXPECT_EQ(error(R"({"record":"scan","sequence":1,"packages":[{"type":"golang","go_symbols":"77"}]})"),
            "\"go_symbols\" names symbols that are not there");
  EXPECT_EQ(error(R"({"record":"scan","sequence":1,"go_symbols":{"77":"00"}})"), "symbols are cut short");
  EXPECT_EQ(error(R"({"record":"scan","sequence":1,"go_symbols":{"77":"0000000000000000"}})"),
            "\"go_symbols\" has a wrong id");
  EXPECT_EQ(error(R"({"record":"gossip","sequence":1})"), "\"record\" is of a kind that is not known here");
  EXPECT_EQ(error(R"({"record":"scan","sequence":0})"), "\"sequence\" is not a whole number above 0");
  EXPECT_NE(error(std::string(100'000, '[')), "accepted");
}

TEST(Messages, BoundsHold) {
  Limits small;
  small.list_entries = 1;
  small.text_bytes = 4;
  EXPECT_FALSE(ParseHostFacts(R"({"addresses":["1","2"]})", small));
  EXPECT_FALSE(ParseHostFacts(R"({"name":"12345"})", small));
  EXPECT_TRUE(ParseHostFacts(R"({"name":"1234","addresses":["1"]})", small));
  small.record_bytes = 3;
  EXPECT_EQ(ParseStatus("{ } ", small).error().code, Code::kLimitExceeded);
}

TEST(Messages, BytesThatAreNotTextBecomeText) {
  InventoryRecord inventory;
  inventory.host.name = "a\xff\nb";
  Result<Record> read = ParseRecord(RecordLine({1, inventory}), kLimits);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(std::get<InventoryRecord>(read->body).host.name, "a\xef\xbf\xbd\nb");
}

TEST(Messages, Tokens) {
  EnrolToken token{"id1", "s3cret", std::string(64, 'f')};
  Result<EnrolToken> read = ParseEnrolToken(token.ToString() + "\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->secret, "s3cret");
  for (const char* bad : {"", "weir1", "weir1.a.b.c", "weir2.a.b.", "weir1..b.c"})
    EXPECT_FALSE(ParseEnrolToken(bad));
  EXPECT_FALSE(ParseEnrolToken("weir1.a b.c." + std::string(64, 'f')));
  EXPECT_FALSE(ParseEnrolToken("weir1.a.c." + std::string(64, 'F')));
}

TEST(Messages, KeysTellEdgesApart) {
  ConnectionRow a = SampleInventory().connections[0], b = a;
  b.last_seen = "later";
  b.count = 9;
  EXPECT_EQ(a.Key(), b.Key());
  b.inbound = false;
  EXPECT_NE(a.Key(), b.Key());
}

model::ContentFinding SampleFinding() {
  model::ContentFinding finding;
  finding.kind = model::ContentKind::kMalware;
  finding.rule = "webshell";
  finding.title = "A webshell";
  finding.severity = model::Severity::kCritical;
  finding.confidence = model::Confidence::kHigh;
  finding.fingerprint = std::string(32, 'a');
  finding.masked = "$eval";
  finding.validation = model::Validation::kInvalid;
  finding.facts = {{"engine", "yara"}, {"family", "x"}};
  model::ContentPlace place;
  place.location = {"var/www/a.php", "sha256:1"};
  place.origin = model::Origin::kMemory;
  place.line = 3;
  place.column = 4;
  place.offset = 1ULL << 40U;
  place.decoded = "base64";
  place.removed_in = "sha256:2";
  place.commit = "abc";
  place.commit_time = "2026-01-01T00:00:00Z";
  place.pid = 12;
  place.process = "php";
  place.package = "deb:php";
  place.package_name = "php";
  place.unmodified = place.modified = place.added = true;
  place.mode = 0755;
  place.owner = 33;
  finding.places = {place, {}};
  finding.place_count = 77;
  finding.status = model::FindingStatus::kIgnored;
  finding.status_reason = "comment";
  finding.rank = {61.5, {{"severity", 40, "critical"}, {"runs", 21.5, "php runs it"}}};
  return finding;
}

TEST(Content, FindingsComeBackAsTheyWere) {
  model::ContentFinding finding = SampleFinding();
  auto again = ParseContentFinding(ToJson(finding), kLimits);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, finding);
  EXPECT_EQ(again->rank.score, 61.5);
  ASSERT_EQ(again->rank.reasons.size(), 2U);
  EXPECT_EQ(again->rank.reasons[1].detail, "php runs it");
  EXPECT_EQ(ToJson(*again), ToJson(finding));
}

TEST(Content, ScansTellWhatWasFoundAndLookedAt) {
  ScanRecord scan = SampleScan();
  scan.content = {SampleFinding()};
  model::ContentScan looked;
  looked.kind = model::ContentKind::kMalware;
  looked.rules_digest = "d";
  looked.rules = 9;
  looked.files = 100;
  looked.bytes = 1ULL << 40U;
  looked.unchanged = 50;
  looked.skipped = {{"larger than 64 MiB", 3}};
  looked.set_aside = {"slow: why"};
  looked.dropped_findings = 2;
  scan.content_scans = {looked};
  scan.content_same = scan.cut_short = true;
  auto record = ParseRecord(RecordLine({1, scan}), kLimits);
  ASSERT_TRUE(record) << record.error().message;
  const auto& again = std::get<ScanRecord>(record->body);
  EXPECT_EQ(again.content, scan.content);
  EXPECT_EQ(again.content_scans, scan.content_scans);
  EXPECT_TRUE(again.content_same);
  EXPECT_TRUE(again.cut_short);
}

TEST(Content, RulesAreHeldToTheirDigest) {
  ContentRules rules;
  rules.fingerprint_key = std::string(64, '0');
  rules.files = {{model::ContentKind::kSecret, "a.toml", std::string(200'000, 'x')}};
  rules.disabled = {{model::ContentKind::kMalware, "rule"}};
  EXPECT_FALSE(ParseContentRules(ToJson(rules), kLimits));
  rules.digest = DigestOf(rules);
  auto again = ParseContentRules(ToJson(rules), kLimits);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, rules);
  ContentRules other = rules;
  other.fingerprint_key[0] = '1';
  EXPECT_NE(DigestOf(other), DigestOf(rules));
}

}  // namespace
}  // namespace weir::wire
