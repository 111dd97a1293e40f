#include "advisory/feeds/debian_release.h"

#include <array>

namespace weir::advisory {
namespace {

struct Release {
  std::string_view codename, number;
};

constexpr std::array kReleases = std::to_array<Release>({
    {"sarge", "3.1"},
    {"etch", "4"},
    {"lenny", "5"},
    {"squeeze", "6"},
    {"wheezy", "7"},
    {"jessie", "8"},
    {"stretch", "9"},
    {"buster", "10"},
    {"bullseye", "11"},
    {"bookworm", "12"},
    {"trixie", "13"},
    {"forky", "14"},
    {"duke", "15"},
    {"sid", "sid"},
});

}  // namespace

std::string DebianEcosystem(std::string_view codename) {
  for (const Release& release : kReleases)
    if (release.codename == codename) return "Debian:" + std::string(release.number);
  return {};
}

}  // namespace weir::advisory
