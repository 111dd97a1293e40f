// The weights of the ranking formula; docs/ranking.md shows the same table, and a test compares the two.
//
//   score = 100 x impact x chance x use
//   impact = (base/10)^1.6, lifted by what proves harm:     1 - (1 - impact) x prod(1 - lift)
//   chance = 1 - (1 - base chance) x prod(1 - weight)       independent ways to be exploited
//   use    = how much of the package runs
#pragma once

#include <array>
#include <string_view>

namespace weir::rank {

struct Factor {
  std::string_view name;
  double weight;  // of chance
  double lift;    // of impact
};

inline constexpr double kImpactExponent = 1.6;
inline constexpr double kBaseChance = 0.55;

inline constexpr double kUseLoaded = 1.0;
inline constexpr double kUseUnknown = 0.78;
inline constexpr double kUseLiveRuntime = 0.70;
inline constexpr double kUseIdle = 0.585;

inline constexpr Factor kNetworkVector{"network-vector", 0.35, 0};
inline constexpr Factor kAdjacentVector{"adjacent-vector", 0.20, 0};
inline constexpr Factor kUnknownVector{"unknown-vector", 0.15, 0};
inline constexpr Factor kLocalVector{"local-vector", 0, 0};
inline constexpr Factor kKnownExploited{"known-exploited", 0.80, 0.70};
inline constexpr Factor kRansomware{"ransomware", 0.40, 0.30};
inline constexpr Factor kEpss{"epss", 0.50, 0.30};  // weight x sqrt(epss), lift x epss
inline constexpr Factor kListeningPublic{"listening-public", 0.50, 0};
inline constexpr Factor kListeningAny{"listening-any", 0.42, 0};
inline constexpr Factor kListeningPrivate{"listening-private", 0.30, 0};
inline constexpr Factor kListeningLinkLocal{"listening-link-local", 0.15, 0};
inline constexpr Factor kListeningLoopback{"listening-loopback", 0.08, 0};
inline constexpr Factor kReachedPublic{"reached-public", 0.40, 0};
inline constexpr Factor kReachedIndirectly{"reached-indirectly", 0.25, 0};
inline constexpr Factor kReachedPrivate{"reached-private", 0.20, 0};
inline constexpr Factor kReachedLocally{"reached-locally", 0.05, 0};
inline constexpr Factor kRoot{"runs-as-root", 0.15, 0};
inline constexpr Factor kPrivileged{"privileged", 0.10, 0};
inline constexpr Factor kFixAvailable{"fix-available", 0.08, 0};

inline constexpr std::array kFactors = {kNetworkVector,
                                        kAdjacentVector,
                                        kUnknownVector,
                                        kLocalVector,
                                        kKnownExploited,
                                        kRansomware,
                                        kEpss,
                                        kListeningPublic,
                                        kListeningAny,
                                        kListeningPrivate,
                                        kListeningLinkLocal,
                                        kListeningLoopback,
                                        kReachedPublic,
                                        kReachedIndirectly,
                                        kReachedPrivate,
                                        kReachedLocally,
                                        kRoot,
                                        kPrivileged,
                                        kFixAvailable};

}  // namespace weir::rank
