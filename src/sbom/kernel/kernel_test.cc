#include <gtest/gtest.h>
#include <lzma.h>
#include <zstd.h>

#include "sbom/catalogers.h"
#include "sbom/kernel/decompress.h"
#include "sbom/kernel/kernel_image.h"
#include "sbom/program/testing_elf.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

std::string BzImage(std::string_view banner) {
  std::string image(0x3000, '\0');
  image.replace(0x202, 4, "HdrS");
  image.replace(0x20e, 2, EncodeInteger(0x1000, 2, false));
  image.replace(0x1200, banner.size(), banner);
  return image;
}

std::string Module() {
  std::string info;
  for (std::string_view line :
       {"license=GPL", "version=535.104.05", "name=nvidia", "vermagic=6.1.0-18-amd64 SMP mod_unload"})
    info += std::string(line) + '\0';
  return MakeElf({{".modinfo", info}});
}

std::string Xz(std::string_view text) {
  std::vector<std::uint8_t> in(text.begin(), text.end()), out(lzma_stream_buffer_bound(in.size()));
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, nullptr, in.data(), in.size(), out.data(), &size,
                                    out.size()),
            LZMA_OK);
  return std::string(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
}

std::string Zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

constexpr std::string_view kBanner =
    "6.1.0-18-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)";

TEST(Kernel, ImageWithItsModules) {
  auto cataloger = MakeKernelCataloger({});
  CatalogedFiles found = RunCataloger(
      *cataloger,
      {{"boot/vmlinuz-6.1.0-18-amd64", BzImage(kBanner)},
       {"boot/config-6.1.0-18-amd64", "CONFIG_X=y"},
       {"lib/modules/6.1.0-18-amd64/modules.dep", "kernel/a.ko: kernel/b.ko\nkernel/b.ko:\nupdates/c.ko:\n"},
       {"lib/modules/6.1.0-18-amd64/kernel/a.ko", Module()},
       {"lib/modules/6.1.0-18-amd64/updates/dkms/nvidia.ko.xz", Xz(Module())},
       {"lib/modules/6.1.0-18-amd64/extra/other.ko.zst", Zstd(Module())},
       {"srv/a.ko", Module()}});
  EXPECT_TRUE(found.problems.empty());
  ASSERT_EQ(found.packages.size(), 3U);
  const model::Package& kernel = found.packages[0];
  EXPECT_EQ(kernel.type, model::PackageType::kKernel);
  EXPECT_EQ(kernel.version, "6.1.76");
  EXPECT_EQ(kernel.cpes.at(0), "cpe:2.3:o:linux:linux_kernel:6.1.76:*:*:*:*:*:*:*");
  EXPECT_EQ(kernel.properties.back().second, "2");
  EXPECT_EQ(found.packages[1].type, model::PackageType::kKernelModule);
  EXPECT_EQ(found.packages[1].name, "nvidia");
  EXPECT_EQ(found.packages[1].version, "535.104.05");
}

TEST(Kernel, Banners) {
  EXPECT_EQ(ParseKernelBanner("5.15.0-1031-aws (buildd@x) #35 Ubuntu SMP").version, "5.15.0");
  EXPECT_EQ(ParseKernelBanner("5.14.0-362.el9.x86_64 (mockbuild@x)").version, "5.14.0");
  EXPECT_EQ(ParseKernelBanner(kBanner).release, "6.1.0-18-amd64");
  EXPECT_EQ(ParseKernelBanner("").version, "");
}

TEST(Kernel, DamageIsReported) {
  auto cataloger = MakeKernelCataloger({});
  std::string image = BzImage(kBanner);
  image.resize(0x1100);
  CatalogedFiles found = RunCataloger(
      *cataloger, {{"boot/vmlinuz-1", image}, {"lib/modules/1/extra/x.ko.xz", Xz(Module()).substr(0, 60)}});
  EXPECT_TRUE(found.packages.empty());
  EXPECT_EQ(found.problems.size(), 2U);
}

TEST(Decompress, BombsAreRefused) {
  std::string zeros(4U << 20U, '\0');
  for (const std::string& packed : {Xz(zeros), Zstd(zeros)}) {
    Result<std::string> out = Decompress(packed, 1U << 20U);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, Code::kLimitExceeded);
  }
  EXPECT_EQ(Decompress("plain text", 100).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace weir::sbom
