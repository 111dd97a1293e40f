// A made-up host for tests: a folder with a /proc and a root file system.
// Threading: one thread.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "discovery/discovery.h"

namespace weir::discovery {

class FakeHost {
 public:
  FakeHost() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-host-XXXXXX").string();
    base_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directories(base_ / "proc");
    std::filesystem::create_directories(base_ / "root");
  }
  ~FakeHost() {
    std::error_code ignored;
    std::filesystem::remove_all(base_, ignored);
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  DiscoveryOptions options() const {
    DiscoveryOptions out;
    out.proc_root = (base_ / "proc").string();
    out.host_root = (base_ / "root").string();
    return out;
  }
  std::filesystem::path root() const { return base_ / "root"; }
  std::filesystem::path base() const { return base_; }
  std::filesystem::path Process(int pid) const { return base_ / "proc" / std::to_string(pid); }

  static void Write(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  static void Link(const std::filesystem::path& path, const std::filesystem::path& target) {
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::create_symlink(target, path);
  }

  /// A process with the files that every one has. ARGUMENTS is NUL-separated.
  std::filesystem::path AddProcess(int pid, std::string_view name, std::string_view executable,
                                   std::string_view arguments, int uid = 0) const {
    std::filesystem::path folder = Process(pid);
    std::string number = std::to_string(pid);
    Write(folder / "stat", number + " (" + std::string(name) +
                               ") S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 1000 100 1844 1 1 0\n");
    std::string id = std::to_string(uid);
    Write(folder / "status", "Name:\t" + std::string(name) + "\nUid:\t" + id + "\t" + id + "\t" + id + "\t" +
                                 id + "\nNSpid:\t" + number + "\nCapEff:\t0000000000000000\n");
    Write(folder / "cmdline", arguments);
    Write(folder / "cgroup", "0::/system.slice/x.service\n");
    Write(folder / "maps", "");
    Link(folder / "exe", std::string(executable));
    Link(folder / "root", root());
    Link(folder / "cwd", "/");
    Link(folder / "ns" / "mnt", "mnt:[1]");
    Link(folder / "ns" / "net", "net:[2]");
    std::filesystem::create_directories(folder / "fd");
    return folder;
  }

 private:
  std::filesystem::path base_;
};

}  // namespace weir::discovery
