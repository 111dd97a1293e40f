// Opens a scan target and walks it once for all visitors.
//
// A Target is a rooted file tree from the outside world: a directory, the host,
// a running container or an image's merged layers. Everything in it is hostile:
// links never lead out of the root, every size, depth and count is bounded by
// Limits, and what could not be read becomes a model::Problem, never a failure of
// the whole walk.
//
// Paths are relative to the root, '/'-separated, without leading slash, as bytes
// of the file system (not necessarily UTF-8).
//
// Threading: Walk calls WantsFile/VisitLink/VisitDirectory from one or several
// threads and VisitFile from several threads at once, each file once; visitors
// lock what they share. A Target itself is used by one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/content_finding.h"
#include "model/runtime.h"
#include "model/sbom.h"

namespace weir::target {

struct Limits {
  std::uint64_t max_file_bytes = 2ULL << 30U;  // a larger file is reported, not read
  std::uint64_t max_memory_file_bytes =
      64ULL << 20U;  // ReadAll refuses more; larger stream members go to a temporary file
  std::uint64_t max_layer_bytes = 64ULL << 30U;  // uncompressed bytes of one layer
  std::uint64_t max_image_bytes = 256ULL << 30U;
  double max_ratio = 1000;         // uncompressed : compressed, beyond the first 16 MiB
  std::uint32_t max_depth = 4096;  // folders below the root
  std::uint64_t max_entries = 200'000'000;
  std::uint32_t max_archive_depth = 8;  // jars in jars
  std::uint64_t max_archive_entries = 1'000'000;
  std::uint64_t max_problems = 10'000;  // beyond it only counted
  std::uint64_t max_seconds = 0;        // whole walk; 0 = no limit
};

/// Collects problems from many threads; folds repeated messages at one path.
class ProblemLog {
 public:
  explicit ProblemLog(std::uint64_t limit = 10'000) : limit_(limit) {}
  void Add(Code code, std::string_view path, std::string_view message);
  void Add(const Error& error, std::string_view path) { Add(error.code, path, error.message); }
  /// Sorted by path and message; the overflow, if any, as one last problem.
  std::vector<model::Problem> Take();

 private:
  std::mutex mutex_;
  std::uint64_t limit_, dropped_ = 0;
  std::vector<model::Problem> problems_;
};

/// Random access to bytes of known length. Reads are safe from several threads.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  /// Fills OUT from OFFSET; returns how many bytes there were (fewer only at the end).
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) = 0;
  /// A descriptor whose content from offset 0 is this source, or -1. Owned by the source.
  virtual int descriptor() const { return -1; }

  /// All bytes; kLimitExceeded above LIMIT.
  Result<std::string> ReadAll(std::uint64_t limit);
  /// LENGTH bytes from OFFSET; kMalformed where there are fewer.
  Result<std::string> ReadRange(std::uint64_t offset, std::uint64_t length);
};

/// Bytes in memory that the source owns.
std::unique_ptr<ByteSource> MakeMemorySource(std::string bytes);
/// Bytes in memory that must outlive the source.
std::unique_ptr<ByteSource> MakeBorrowedSource(std::string_view bytes);
/// LENGTH bytes of PARENT from OFFSET; PARENT must outlive it.
std::unique_ptr<ByteSource> MakeSliceSource(ByteSource& parent, std::uint64_t offset, std::uint64_t length);

struct Entry {
  std::string_view path;    // whole path from the root
  std::string_view name;    // last component
  std::string_view parent;  // path of the folder; empty for the root
  std::string_view layer;   // diff id, empty outside images
  /// What is no file of the tree is offered only to visitors that ask for it (Visitor::WantsBeyondTree).
  model::Origin origin = model::Origin::kFile;
  std::string_view removed_in = {};  // kRemovedFile: diff id of the layer that removed or replaced it
  std::string_view commit = {};      // kCommit: id of the first commit that has it
  std::int64_t commit_time = 0;      // seconds since 1970
  std::uint32_t pid = 0;             // kEnvironment, kCommandLine
  std::string_view process = {};     // its name
  bool added = false;                // containers: written since the container was started
};

/// What tells one state of a file from another without reading it, as it was before the file was opened. Only
/// live trees on file systems that keep change times have it.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;  // mtime and ctime since 1970
  bool operator==(const FileIdentity&) const = default;
};

/// A regular file during VisitFile.
class File {
 public:
  virtual ~File() = default;
  virtual const Entry& entry() const = 0;
  virtual std::uint64_t size() const = 0;
  virtual std::uint32_t mode() const = 0;   // permission bits and set-id bits
  virtual std::uint32_t owner() const = 0;  // uid
  /// Opened at the first read. The walk reports its I/O errors; a visitor need not.
  virtual ByteSource& content() = 0;
  /// Nothing where sameness cannot be told.
  virtual std::optional<FileIdentity> identity() const { return std::nullopt; }
  /// Opening or reading it failed: what was made of it must not be kept.
  virtual bool failed() const { return false; }
  model::Location location() const { return {std::string(entry().path), std::string(entry().layer)}; }
};

class Visitor {
 public:
  virtual ~Visitor() = default;
  /// Called for every regular file, by name alone, before any I/O on it; must be fast.
  /// True asks for VisitFile.
  virtual bool WantsFile(const Entry& entry) = 0;
  virtual void VisitFile(File& file) = 0;
  /// True: also offered what is beyond the tree of now. Images: files of every layer that a layer above
  /// removed or replaced, and the texts of the config (environment, labels, history). Hosts, containers,
  /// processes: the environment and command line of processes that see this root. Git repositories: every
  /// version of every file.
  virtual bool WantsBeyondTree() const { return false; }
  /// TARGET is the link's own text.
  virtual void VisitLink(const Entry& entry, std::string_view link_target) {
    static_cast<void>(entry);
    static_cast<void>(link_target);
  }
};

struct WalkOptions {
  Limits limits;
  std::vector<std::string> exclude;  // globs over whole paths, as in base GlobMatch
  unsigned threads = 0;              // 0: one per processor, at most 8
  bool one_file_system = false;      // do not cross mounts (always on for pseudo file systems)
  /// A git repository met on the way is walked as git:PATH is, for visitors that ask for what is beyond the
  /// tree; its paths stand behind "dir/.git!". In live trees it is told by HEAD, objects and refs, in images
  /// by its object files, those that a layer above removed included.
  bool git_history = false;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(const model::WalkStats&)> progress;  // may be empty; called a few times a second
};

class Target {
 public:
  virtual ~Target() = default;
  virtual const model::Asset& asset() const = 0;
  /// One pass over everything. Problems met go to PROBLEMS. An error only where nothing could be walked.
  virtual Result<model::WalkStats> Walk(std::span<Visitor* const> visitors, const WalkOptions& options,
                                        ProblemLog& problems) = 0;
  /// One file by path, links followed inside the root only. kNotFound where it is not there.
  /// Works before and after Walk. On images it is quick after Walk for the files that name a
  /// distribution, and reads the layers again for any other.
  virtual Result<std::string> ReadFile(std::string_view path, std::uint64_t max_bytes) = 0;
  /// The tree as a descriptor of its root folder, or -1 for images.
  virtual int root_descriptor() const { return -1; }
  /// Container or process targets: the pid whose view this is; 0 otherwise.
  virtual std::uint32_t pid() const { return 0; }
};

struct RegistryAuth {
  std::string username, password;  // basic, and to obtain tokens; empty = anonymous
  std::string token;               // bearer token given by the user
  std::string config_path;         // docker config.json / containers auth.json; empty = the usual places
};

struct OpenOptions {
  Limits limits;
  RegistryAuth registry_auth;
  std::string ca_file;        // further trusted CA for registries, PEM
  bool plain_http = false;    // allow http:// for the registry
  bool insecure_tls = false;  // do not verify the registry's certificate (said in the report)
  std::string platform = "linux/amd64";
  std::string temporary_dir;  // for spilled members and layers; empty = $TMPDIR or /var/tmp
};

/// Opens TARGET:
///   dir:PATH  host  docker-archive:PATH  oci-archive:PATH  oci-dir:PATH
///   registry:REF  docker:NAME  podman:NAME  containerd:NAME  container:NAME  pid:N
///   docker-image:NAME  podman-image:NAME  containerd-image:NAME  (see OpenLocalImage)
///   git:PATH  (the history of a repository, bare or with a work tree: only entries of origin kCommit)
/// Without a scheme: an existing folder (an OCI layout is recognised), an existing
/// archive by its content, "host", a pid, a running container, else a registry reference.
/// SBOM files ("sbom:PATH") are not file trees: see sbom::ReadSbom; IsSbomFile tells.
/// Containers by name are found by the discovery room: kUnsupported here, see OpenContainer.
Result<std::unique_ptr<Target>> OpenTarget(std::string_view target, const OpenOptions& options);

/// A container that discovery found: through its first process, or its merged root folder.
Result<std::unique_ptr<Target>> OpenContainer(const model::Container& container, const OpenOptions& options);

/// An image that discovery found in the store of a container runtime, read where it lies and never run. Gives
/// the same asset and packages as the archive that the runtime would save. podman: the layers' folders;
/// docker: what its socket saves, in a temporary file without a name; containerd: blobs, or unpacked layers
/// where the blobs were let go. kNotFound where it has been removed since.
Result<std::unique_ptr<Target>> OpenLocalImage(const model::ImageInfo& image, const OpenOptions& options);

struct TargetName {
  std::string scheme;  // as above without ':'; "archive" for an archive of a kind its content tells, "sbom"
  std::string rest;
  bool exact = false;  // written out; else guessed, "registry" where nothing else fitted
};
/// How OpenTarget understands TARGET. A guessed "registry" may as well be a container's name.
TargetName ParseTargetName(std::string_view target);

/// True where TARGET is "sbom:PATH", or an existing regular file that starts like a CycloneDX or SPDX JSON
/// document.
bool IsSbomFile(std::string_view target);

}  // namespace weir::target
