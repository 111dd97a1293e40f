#include "discovery/proc_parse.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/strings.h"

namespace weir::discovery {
namespace {

constexpr std::size_t kIdLength = 64;

std::optional<std::uint64_t> ParseHex(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : text) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9')
      digit = static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<unsigned>(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
      digit = static_cast<unsigned>(c - 'A') + 10;
    else
      return std::nullopt;
    value = (value << 4U) | digit;
  }
  return value;
}

/// Takes the next word off REST; empty at the end.
std::string_view NextWord(std::string_view& rest) {
  std::size_t begin = rest.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    rest = {};
    return {};
  }
  rest.remove_prefix(begin);
  std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

std::string TextOfV6(const in6_addr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&address))
    return ::inet_ntop(AF_INET, &address.s6_addr[12], text.data(), text.size()) != nullptr ? text.data() : "";
  return ::inet_ntop(AF_INET6, &address, text.data(), text.size()) != nullptr ? text.data() : "";
}

/// "0100007F:1F90": the kernel prints each 32-bit word as it lies in memory.
bool ParseEndpoint(std::string_view text, std::string& address, std::uint16_t& port) {
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || (colon != 8 && colon != 32)) return false;
  auto port_value = ParseHex(text.substr(colon + 1));
  if (!port_value || *port_value > 0xffff) return false;
  port = static_cast<std::uint16_t>(*port_value);
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i * 8 < colon; ++i) {
    auto word = ParseHex(text.substr(i * 8, 8));
    if (!word) return false;
    words[i] = static_cast<std::uint32_t>(*word);
  }
  if (colon == 32) {
    in6_addr v6{};
    std::memcpy(&v6, words.data(), sizeof v6);
    address = TextOfV6(v6);
    return true;
  }
  std::array<char, INET_ADDRSTRLEN> out{};
  in_addr v4{words[0]};
  if (::inet_ntop(AF_INET, &v4, out.data(), out.size()) == nullptr) return false;
  address = out.data();
  return true;
}

bool IsContainerId(std::string_view text) {
  return text.size() == kIdLength &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

struct IdPrefix {
  std::string_view prefix, runtime;
};
constexpr std::array<IdPrefix, 5> kIdPrefixes = {{
    {"docker-", "docker"},
    {"libpod-", "podman"},
    {"cri-containerd-", "containerd"},
    {"crio-", "cri-o"},
    {"nerdctl-", "containerd"},
}};

/// What one component of a cgroup path names; PARENT is the component before it.
std::optional<CgroupContainer> ContainerOfComponent(std::string_view component, std::string_view parent) {
  if (component.ends_with(".scope")) component.remove_suffix(6);
  // systemd driver without systemd: "kubepods-burstable-podUID.slice:cri-containerd:ID".
  std::size_t colon = component.rfind(':');
  if (colon != std::string_view::npos) {
    std::string_view left = component.substr(0, colon);
    std::string_view name = left.substr(left.rfind(':') == std::string_view::npos ? 0 : left.rfind(':') + 1);
    component.remove_prefix(colon + 1);
    if (!IsContainerId(component)) return std::nullopt;
    return CgroupContainer{std::string(component), name == "cri-containerd" ? "containerd" : std::string()};
  }
  for (const IdPrefix& known : kIdPrefixes)
    if (component.starts_with(known.prefix) && IsContainerId(component.substr(known.prefix.size())))
      return CgroupContainer{std::string(component.substr(known.prefix.size())), std::string(known.runtime)};
  if (!IsContainerId(component)) return std::nullopt;
  CgroupContainer out{std::string(component), {}};
  if (parent == "docker") out.runtime = "docker";
  if (parent == "libpod" || parent == "libpod_parent") out.runtime = "podman";
  if (parent == "k8s.io" || parent == "default") out.runtime = "containerd";
  return out;
}

}  // namespace

std::optional<ProcStat> ParseStat(std::string_view text) {
  // The name stands in parentheses and may itself hold ") (": its end is the last one of the line.
  std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  ProcStat out;
  auto pid = ParseUint(Trim(text.substr(0, open)));
  if (!pid || *pid > UINT32_MAX) return std::nullopt;
  out.pid = static_cast<std::uint32_t>(*pid);
  out.name = std::string(text.substr(open + 1, close - open - 1));
  std::string_view rest = text.substr(close + 1);
  NextWord(rest);  // state
  auto parent = ParseUint(NextWord(rest));
  if (!parent || *parent > UINT32_MAX) return std::nullopt;
  out.parent = static_cast<std::uint32_t>(*parent);
  constexpr int kFieldsBetween = 17;  // pgrp (5) .. itrealvalue (21); starttime is field 22
  for (int i = 0; i < kFieldsBetween; ++i) NextWord(rest);
  auto start = ParseUint(Trim(NextWord(rest)));
  if (!start) return std::nullopt;
  out.start_time_ticks = *start;
  return out;
}

std::optional<ProcStatus> ParseStatus(std::string_view text) {
  ProcStatus out;
  bool found_uid = false;
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    std::string_view key = NextPiece(line, ':');
    if (key == "Uid") {
      NextWord(line);  // real
      auto uid = ParseUint(NextWord(line));
      if (!uid || *uid > UINT32_MAX) return std::nullopt;
      out.effective_uid = static_cast<std::uint32_t>(*uid);
      found_uid = true;
    } else if (key == "CapEff") {
      out.effective_capabilities = ParseHex(Trim(line)).value_or(0);
    } else if (key == "NSpid") {
      for (std::string_view word = NextWord(line); !word.empty() && out.namespace_pids.size() < 32;
           word = NextWord(line))
        if (auto pid = ParseUint(word); pid && *pid <= UINT32_MAX)
          out.namespace_pids.push_back(static_cast<std::uint32_t>(*pid));
    }
  }
  if (!found_uid) return std::nullopt;
  return out;
}

bool StripDeleted(std::string_view& path) {
  constexpr std::string_view kDeleted = " (deleted)";
  if (!path.ends_with(kDeleted)) return false;
  path.remove_suffix(kDeleted.size());
  // rpm moves a busy file aside as "name;5f3a1b2c" before it removes it.
  std::size_t mark = path.rfind(';');
  if (mark != std::string_view::npos && path.size() - mark == 9 && ParseHex(path.substr(mark + 1)))
    path = path.substr(0, mark);
  return true;
}

bool IsCodeFile(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  std::size_t so = name.find(".so");
  if (so != std::string_view::npos && (so + 3 == name.size() || name[so + 3] == '.')) return true;
  for (std::string_view suffix : {".jar", ".war", ".ear", ".aar", ".hpi", ".jpi", ".nar", ".par", ".jmod",
                                  ".egg", ".whl", ".pyz", ".phar", ".dll", ".node", ".asar", ".gem"})
    if (name.size() > suffix.size() && EqualsIgnoreCase(name.substr(name.size() - suffix.size()), suffix))
      return true;
  return false;
}

std::optional<MappedPath> ParseMapsLine(std::string_view line) {
  NextWord(line);  // addresses
  std::string_view permissions = NextWord(line);
  NextWord(line);  // offset
  NextWord(line);  // device
  std::string_view inode = NextWord(line);
  if (permissions.size() < 4 || inode.empty() || inode == "0") return std::nullopt;
  std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos || line[begin] != '/') return std::nullopt;
  MappedPath out{line.substr(begin), permissions[2] == 'x', false};
  out.deleted = StripDeleted(out.path);
  for (std::string_view not_a_file : {"/dev/", "/memfd:", "/SYSV", "/anon_hugepage", "/[", "/proc/", "/sys/"})
    if (out.path.starts_with(not_a_file)) return std::nullopt;
  return out;
}

std::optional<CgroupContainer> ParseCgroup(std::string_view text) {
  std::optional<CgroupContainer> found;
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    NextPiece(line, ':');  // hierarchy
    NextPiece(line, ':');  // controllers
    std::string_view parent;
    std::optional<CgroupContainer> innermost;
    while (!line.empty()) {
      std::string_view component = NextPiece(line, '/');
      if (auto here = ContainerOfComponent(component, parent)) innermost = std::move(here);
      if (!component.empty()) parent = component;
    }
    // One line may name the runtime where another only has the id.
    if (innermost && (!found || (found->runtime.empty() && !innermost->runtime.empty())))
      found = std::move(innermost);
  }
  return found;
}

std::optional<SocketLine> ParseSocketLine(std::string_view line) {
  std::string_view slot = NextWord(line);
  if (slot.empty() || slot.back() != ':') return std::nullopt;
  SocketLine out;
  if (!ParseEndpoint(NextWord(line), out.local_address, out.local_port)) return std::nullopt;
  if (!ParseEndpoint(NextWord(line), out.remote_address, out.remote_port)) return std::nullopt;
  auto state = ParseHex(NextWord(line));
  if (!state || *state > 0xff) return std::nullopt;
  out.state = static_cast<unsigned>(*state);
  for (int i = 0; i < 5; ++i) NextWord(line);  // queues, timer, retransmits, uid, timeout
  auto inode = ParseUint(NextWord(line));
  if (!inode) return std::nullopt;
  out.inode = *inode;
  return out;
}

std::vector<std::string> ParseFibTrieLocals(std::string_view text) {
  std::vector<std::string> out;
  std::string_view address;
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    if (std::size_t leaf = line.find("|-- "); leaf != std::string_view::npos) {
      address = Trim(line.substr(leaf + 4));
    } else if (Trim(line) == "/32 host LOCAL" && !address.empty()) {
      std::string found(address);
      in_addr checked{};
      if (::inet_pton(AF_INET, found.c_str(), &checked) == 1 &&
          std::find(out.begin(), out.end(), found) == out.end())
        out.push_back(std::move(found));
      if (out.size() >= 4096) break;
    }
  }
  return out;
}

std::vector<std::string> ParseIfInet6(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty() && out.size() < 4096) {
    std::string_view line = NextLine(text);
    std::string_view digits = NextWord(line);
    if (digits.size() != 32) continue;
    in6_addr address{};
    bool good = true;
    for (std::size_t i = 0; i < 16; ++i) {
      auto byte = ParseHex(digits.substr(i * 2, 2));
      good = good && byte.has_value();
      address.s6_addr[i] = static_cast<std::uint8_t>(byte.value_or(0));
    }
    if (good) out.push_back(TextOfV6(address));
  }
  return out;
}

}  // namespace weir::discovery
