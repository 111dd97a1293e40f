// Entry header of the room: the console as one object.
//
// It takes what sensors send, keeps it in one store, matches it with the advisories
// there are and again whenever new ones come, and serves the page, the REST
// interface (docs/openapi.yaml) and live events on one HTTPS port.
//
//   WEIR_ASSIGN(auto console, Console::Start(options));
//   if (auto password = console->first_run_password()) Print(*password);
//   ...
//   console->Stop();
//
// Threading: a Console is safe from every thread; Stop returns when its threads have.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace weir::console {

struct ConsoleOptions {
  std::string data_dir = "/var/lib/weir";
  std::vector<std::string> listen{"0.0.0.0:8443"};
  /// More names under which the page may be opened and the certificate is made for.
  std::vector<std::string> names;
  /// PEM texts; both or neither. Without them the console's own authority makes a certificate.
  std::string tls_certificate_pem, tls_key_pem;
  std::string database;                   // --db: another advisory index; then updates are not taken into use
  bool scheduled_updates = true;          // false: feeds are fetched only when someone asks for it
  std::vector<std::string> starter_yaml;  // texts of the built-in set, for indexes made by updates
  std::string version = "0";
  std::string openapi;                     // text served as /api/openapi.yaml; empty: the one built in
  std::function<store::TimeMs()> now;      // empty: the system's clock
  std::string program = "/proc/self/exe";  // whose hidden subcommand compiles YARA rules
  bool rate_limits = true;                 // off for benchmarks of the server
  bool reset_admin = false;                // a new one-time password for "admin", whatever it was before
  std::size_t ingest_queue = 256;          // batches that wait; beyond it sensors are told to come back
};

class Console {
 public:
  /// Opens the store, makes what is missing (authority, certificate, first user) and listens.
  static Result<std::unique_ptr<Console>> Start(ConsoleOptions options);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// The one-time password of "admin"; only where this start made or reset that user.
  const std::optional<std::string>& first_run_password() const;
  /// "https://localhost:8443"
  std::string url() const;
  std::uint16_t port() const;
  /// "ADDRESS:PORT" for a sensor on this host.
  std::string sensor_address() const;
  /// A token with which USES sensors can enrol within HOURS.
  Result<std::string> MakeEnrolmentToken(std::string_view name, int uses, int hours);
  store::Store& store();
  /// Takes no more requests, stores what was taken, ends.
  void Stop();

 private:
  struct Impl;
  explicit Console(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::console
