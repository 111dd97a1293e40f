// weir ps
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/strings.h"
#include "cli/command.h"
#include "discovery/discovery.h"

namespace weir::cli {
namespace {

/// Outside text on one terminal line.
std::string Clean(std::string_view text, std::size_t width) {
  std::string out = ToValidUtf8(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  if (out.size() > width) out = out.substr(0, width - 1) + "~";
  return out;
}

std::string Listens(const model::Process& process) {
  std::vector<std::string> parts;
  for (const model::ListeningSocket& socket : process.listening)
    parts.push_back(socket.protocol + " " + socket.address + ":" + std::to_string(socket.port));
  return Join(parts, ", ");
}

nlohmann::ordered_json ToJson(const model::RuntimeSnapshot& snapshot) {
  nlohmann::ordered_json json{{"host", ToValidUtf8(snapshot.host_name)},
                              {"kernel", ToValidUtf8(snapshot.kernel)},
                              {"unreadable_processes", snapshot.unreadable_processes},
                              {"processes", nlohmann::ordered_json::array()},
                              {"containers", nlohmann::ordered_json::array()}};
  for (const model::Process& process : snapshot.processes) {
    nlohmann::ordered_json row{{"pid", process.pid},
                               {"parent", process.parent},
                               {"name", ToValidUtf8(process.name)},
                               {"executable", ToValidUtf8(process.executable)},
                               {"user", ToValidUtf8(process.user_name)},
                               {"privileged", process.privileged},
                               {"container", process.container_id},
                               {"listening", nlohmann::ordered_json::array()},
                               {"connections", nlohmann::ordered_json::array()}};
    for (const std::string& argument : process.arguments) row["arguments"].push_back(ToValidUtf8(argument));
    for (const model::ListeningSocket& s : process.listening)
      row["listening"].push_back({{"protocol", s.protocol},
                                  {"address", s.address},
                                  {"port", s.port},
                                  {"scope", model::AddressScopeName(s.scope)}});
    for (const model::Connection& c : process.connections)
      row["connections"].push_back({{"protocol", c.protocol},
                                    {"local", c.local_address + ":" + std::to_string(c.local_port)},
                                    {"remote", c.remote_address + ":" + std::to_string(c.remote_port)},
                                    {"inbound", c.inbound},
                                    {"remote_scope", model::AddressScopeName(c.remote_scope)}});
    json["processes"].push_back(std::move(row));
  }
  for (const model::Container& c : snapshot.containers)
    json["containers"].push_back({{"id", c.id},
                                  {"name", ToValidUtf8(c.name)},
                                  {"image", ToValidUtf8(c.image)},
                                  {"runtime", c.runtime},
                                  {"pid", c.pid},
                                  {"state", c.state}});
  return json;
}

}  // namespace

void AddPsCommand(CLI::App& app, Session& session) {
  auto format = std::make_shared<std::string>("table");
  CLI::App& command =
      AddCommand(app, "ps", "List what runs on this host: processes, what they listen on, their containers.",
                 "weir ps\nweir ps -o json");
  command.add_option("-o,--output", *format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command.callback([format, &session] {
    session.action = [format] {
      discovery::DiscoveryOptions options;
      options.imports = false;
      Result<model::RuntimeSnapshot> snapshot = discovery::TakeSnapshot(options);
      if (!snapshot) return Fail(snapshot.error());
      if (*format == "json") {
        std::printf("%s\n",
                    ToJson(*snapshot).dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
        return static_cast<int>(kDone);
      }
      std::printf("%7s  %-12s %-16s %-14s %-28s %s\n", "PID", "USER", "NAME", "CONTAINER", "LISTENS ON",
                  "PROGRAM");
      for (const model::Process& p : snapshot->processes)
        std::printf("%7u  %-12s %-16s %-14s %-28s %s\n", p.pid, Clean(p.user_name, 12).c_str(),
                    Clean(p.name, 16).c_str(), p.container_id.substr(0, 12).c_str(),
                    Clean(Listens(p), 28).c_str(), Clean(p.executable, 60).c_str());
      for (const model::Container& c : snapshot->containers)
        std::printf("container %s  %s  %s (%s, %s)\n", c.id.substr(0, 12).c_str(), Clean(c.name, 40).c_str(),
                    Clean(c.image, 60).c_str(), c.runtime.c_str(), c.state.c_str());
      if (snapshot->unreadable_processes > 0)
        std::fprintf(stderr, "weir: %llu processes could not be read in full (run as root to see them)\n",
                     static_cast<unsigned long long>(snapshot->unreadable_processes));
      return static_cast<int>(kDone);
    };
  });
}

}  // namespace weir::cli
