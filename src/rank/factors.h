// The weights of the ranking formula; docs/ranking.md shows the same table, and a test compares the two.
//
//   score = 100 x impact x chance x use
//   impact = (base/10)^1.6, lifted by what proves harm:     1 - (1 - impact) x prod(1 - lift)
//   chance = 1 - (1 - base chance) x prod(1 - weight)       independent ways to be exploited
//   use    = how much of the package runs; for secrets and malware: what speaks against it
#pragma once

#include <array>
#include <cstdint>
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

// Of secrets and malware, besides listening, being reached, root and privilege.
inline constexpr double kHighConfidence = 0.60;
inline constexpr double kMediumConfidence = 0.45;
inline constexpr double kLowConfidence = 0.20;

inline constexpr Factor kValidated{"validated", 0.80, 0.60};
inline constexpr Factor kNoPassPhrase{"no-pass-phrase", 0.20, 0};
inline constexpr Factor kInProcess{"in-process", 0.35, 0};
inline constexpr Factor kNamedByProcess{"named-by-process", 0.20, 0};
inline constexpr Factor kWorldReadable{"world-readable", 0.12, 0};
inline constexpr Factor kInImageConfig{"in-image-config", 0.12, 0};
inline constexpr Factor kManyPlaces{"many-places", 0.10, 0};
inline constexpr Factor kRunning{"running", 0.70, 0.70};
inline constexpr Factor kAdded{"added-while-running", 0.45, 0.40};
inline constexpr Factor kChangedPackageFile{"changed-package-file", 0.45, 0.40};
inline constexpr Factor kWebRoot{"web-root", 0.35, 0.20};
inline constexpr Factor kTempFolder{"temp-folder", 0.25, 0};
inline constexpr Factor kSetuid{"setuid", 0.25, 0.20};
inline constexpr Factor kOwnedByRoot{"owned-by-root", 0.05, 0};

/// Of the weights of listening and being reached, where a process gets at a secret only because root
/// reads every file, or where it is its neighbour that listens.
inline constexpr double kIndirectShare = 0.5;
/// So many places count as many.
inline constexpr std::uint64_t kManyPlacesFrom = 3;

/// What speaks against a finding: the score is multiplied by TIMES.
struct Discount {
  std::string_view name;
  double times;
};

inline constexpr Discount kRefused{"refused-by-issuer", 0.05};
inline constexpr Discount kKnownSample{"known-sample", 0.05};
inline constexpr Discount kPackageFile{"package-file", 0.10};
inline constexpr Discount kExpired{"expired", 0.30};
inline constexpr Discount kSampleFolder{"sample-folder", 0.35};
inline constexpr Discount kCacheFolder{"cache-folder", 0.50};
inline constexpr Discount kLibraryFolder{"library-folder", 0.60};
inline constexpr Discount kRemovedFile{"removed-file", 0.90};
inline constexpr Discount kInHistory{"in-history", 0.90};

inline constexpr std::array kDiscounts = {kRefused,       kKnownSample,  kPackageFile,
                                          kExpired,       kSampleFolder, kCacheFolder,
                                          kLibraryFolder, kRemovedFile,  kInHistory};

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
                                        kFixAvailable,
                                        kValidated,
                                        kNoPassPhrase,
                                        kInProcess,
                                        kNamedByProcess,
                                        kWorldReadable,
                                        kInImageConfig,
                                        kManyPlaces,
                                        kRunning,
                                        kAdded,
                                        kChangedPackageFile,
                                        kWebRoot,
                                        kTempFolder,
                                        kSetuid,
                                        kOwnedByRoot};

}  // namespace weir::rank
