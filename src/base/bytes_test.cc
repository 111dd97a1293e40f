#include "base/bytes.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Bytes, ReadsBothOrders) {
  ByteReader reader(std::string_view("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\xff", 12));
  EXPECT_EQ(reader.Le16(), 0x0201);
  EXPECT_EQ(reader.Be16(), 0x0304);
  EXPECT_EQ(reader.Be32(), 0x05060708U);
  EXPECT_EQ(reader.U8(), 9);
  EXPECT_EQ(reader.TakeText(2), "\x0a\x0b");
  EXPECT_EQ(reader.remaining(), 1U);
  EXPECT_TRUE(reader.ok());
}

TEST(Bytes, PastTheEndFailsAndStays) {
  ByteReader reader(std::string_view("abc"));
  EXPECT_EQ(reader.Le32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.position(), 0U) << "a failed read takes nothing";
  EXPECT_EQ(reader.U8(), 'a');
  EXPECT_FALSE(reader.ok()) << "one failure is remembered";

  ByteReader other(std::string_view("abc"));
  EXPECT_TRUE(other.Seek(3));
  EXPECT_FALSE(other.Seek(4));
  EXPECT_FALSE(other.Skip(static_cast<std::size_t>(-1)));
  EXPECT_TRUE(other.Take(1).empty());
}

TEST(Bytes, Uvarint) {
  ByteReader reader(std::string_view("\x00\x7f\xac\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 14));
  EXPECT_EQ(reader.Uvarint(), 0U);
  EXPECT_EQ(reader.Uvarint(), 127U);
  EXPECT_EQ(reader.Uvarint(), 300U);
  EXPECT_EQ(reader.Uvarint(), 0xffffffffffffffffU);
  EXPECT_TRUE(reader.ok());
  ByteReader endless(std::string_view("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12));
  EXPECT_EQ(endless.Uvarint(), 0U);
  EXPECT_FALSE(endless.ok());
  ByteReader cut(std::string_view("\x80"));
  EXPECT_EQ(cut.Uvarint(), 0U);
  EXPECT_FALSE(cut.ok());
}

}  // namespace
}  // namespace weir
