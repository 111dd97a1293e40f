#include "net/content_coding.h"

#include <gtest/gtest.h>
#include <zstd.h>

namespace weir::net {
namespace {

std::string Zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string Sample(std::size_t size) {
  std::string out;
  for (unsigned i = 0; out.size() < size; ++i) out += std::to_string(i * 2654435761U);
  out.resize(size);
  return out;
}

TEST(ContentCoding, RoundTrips) {
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{300'000}}) {
    std::string text = Sample(size);
    EXPECT_EQ(DecodeContent("gzip", GzipContent(text), size).value_or("?"), text);
    EXPECT_EQ(DecodeContent(" ZSTD ", Zstd(text), size).value_or("?"), text);
    EXPECT_EQ(DecodeContent("", text, size).value_or("?"), text);
  }
}

TEST(ContentCoding, MembersAndFramesInARowAreOneBody) {
  EXPECT_EQ(DecodeContent("gzip", GzipContent("ab") + GzipContent("c"), 3).value_or("?"), "abc");
  EXPECT_EQ(DecodeContent("zstd", Zstd("ab") + Zstd("c"), 3).value_or("?"), "abc");
}

TEST(ContentCoding, ABombEndsAtTheLimit) {
  std::string zeros(64U << 20U, '\0');
  for (const auto& [coding, body] : {std::pair{"gzip", GzipContent(zeros)}, std::pair{"zstd", Zstd(zeros)}}) {
    EXPECT_LT(body.size(), zeros.size() / 500);
    auto decoded = DecodeContent(coding, body, 1U << 20U);
    ASSERT_FALSE(decoded) << coding;
    EXPECT_EQ(decoded.error().code, Code::kLimitExceeded) << coding;
    EXPECT_TRUE(DecodeContent(coding, body, zeros.size())) << coding;
    EXPECT_FALSE(DecodeContent(coding, body, zeros.size() - 1)) << coding;
  }
}

TEST(ContentCoding, EveryCutIsMalformed) {
  std::string text = Sample(5000);
  for (const auto& [coding, body] : {std::pair{"gzip", GzipContent(text)}, std::pair{"zstd", Zstd(text)}}) {
    for (std::size_t size = 0; size < body.size(); size += 7) {
      auto decoded = DecodeContent(coding, body.substr(0, size), text.size());
      ASSERT_FALSE(decoded) << coding << size;
      EXPECT_EQ(decoded.error().code, Code::kMalformed) << coding << size;
    }
    EXPECT_FALSE(DecodeContent(coding, body + "x", text.size())) << coding;
  }
}

TEST(ContentCoding, OthersAreNotSupported) {
  for (std::string_view coding : {"br", "deflate", "gzip, gzip", "zstd,gzip"}) {
    auto decoded = DecodeContent(coding, "x", 10);
    ASSERT_FALSE(decoded) << coding;
    EXPECT_EQ(decoded.error().code, Code::kUnsupported);
  }
}

TEST(ContentCoding, KnowsWhatIsWorthCompressing) {
  for (std::string_view type : {"text/html; charset=utf-8", "application/json", "application/problem+json",
                                "image/svg+xml", "text/javascript"})
    EXPECT_TRUE(IsCompressible(type)) << type;
  for (std::string_view type :
       {"", "image/png", "font/woff2", "text/event-stream", "application/octet-stream"})
    EXPECT_FALSE(IsCompressible(type)) << type;
}

}  // namespace
}  // namespace weir::net
