#include "net/event_reader.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

std::vector<ServerEvent> ReadInPieces(std::string_view text, std::size_t size) {
  EventReader reader;
  std::vector<ServerEvent> events;
  for (std::size_t at = 0; at < text.size(); at += size)
    EXPECT_TRUE(reader.Feed(text.substr(at, size), events));
  return events;
}

TEST(EventReader, ReadsEventsHoweverTheyAreCut) {
  constexpr std::string_view kText =
      "\xef\xbb\xbf: hello\nid: 1\nevent: scan\ndata: a\ndata:  b\r\n\r\ndata\rdata:c\r\rid\ndata:{}\n\n"
      "event: lonely\n\nunknown: x\ndata: unfinished\n";
  std::vector<ServerEvent> expected = {
      {"scan", "a\n b", "1"}, {"message", "\nc", "1"}, {"message", "{}", ""}};
  for (std::size_t size : {1U, 2U, 3U, 7U, 1000U}) EXPECT_EQ(ReadInPieces(kText, size), expected) << size;
}

TEST(EventReader, KeepsIdAndRetry) {
  EventReader reader;
  std::vector<ServerEvent> events;
  ASSERT_TRUE(reader.Feed("id: 7\nretry: 1500\n\nretry: x\nretry: 99999999999999999999\n", events));
  EXPECT_TRUE(events.empty());
  EXPECT_EQ(reader.last_id(), "7");
  EXPECT_EQ(reader.retry(), std::chrono::milliseconds(1500));
  using namespace std::string_view_literals;
  ASSERT_TRUE(reader.Feed("id: a\0b\n"sv, events));
  EXPECT_EQ(reader.last_id(), "7");
}

TEST(EventReader, LinesAndEventsAreBounded) {
  std::vector<ServerEvent> events;
  EventReader lines({.line_bytes = 10, .event_bytes = 100});
  EXPECT_TRUE(lines.Feed("data: 1234", events));
  EXPECT_FALSE(lines.Feed("5", events));
  EventReader whole({.line_bytes = 10, .event_bytes = 9});
  EXPECT_TRUE(whole.Feed("data: abcd\ndata: abcd\n", events));
  auto more = whole.Feed("data: a\n", events);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Code::kLimitExceeded);
}

TEST(EventReader, ReadsWhatFormatEventWrites) {
  for (std::string_view data : {"", "x", "a\nb", "a\r\nb\r", "\n", " leading"}) {
    std::vector<ServerEvent> events = ReadInPieces(FormatEvent("finding", "12", data), 3);
    ASSERT_EQ(events.size(), 1U) << data;
    EXPECT_EQ(events[0].name, "finding");
    EXPECT_EQ(events[0].id, "12");
  }
  EXPECT_EQ(FormatEvent("", "", "a\r\nb"), "data: a\ndata: b\n\n");
}

}  // namespace
}  // namespace weir::net
