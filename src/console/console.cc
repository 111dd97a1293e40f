#include "console/console.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "console/accounts.h"
#include "console/advisory_service.h"
#include "console/enrolment.h"
#include "console/event_hub.h"
#include "console/gate.h"
#include "console/housekeeper.h"
#include "console/ingest.h"
#include "console/match_service.h"
#include "console/overview.h"
#include "console/rule_service.h"
#include "console/sensor_hub.h"
#include "console/server_identity.h"
#include "console/services.h"
#include "console/settings.h"
#include "console/webhooks.h"
#include "net/http_server.h"
#include "store/retention.h"

namespace weir::console {
namespace {

std::string ServerMetrics(const net::ServerStatistics& s) {
  std::string text;
  auto add = [&](std::string_view name, std::string_view type, std::uint64_t value) {
    text += "# TYPE " + std::string(name) + " " + std::string(type) + "\n" + std::string(name) + " " +
            std::to_string(value) + "\n";
  };
  add("weir_http_open_connections", "gauge", s.open_connections);
  add("weir_http_open_streams", "gauge", s.open_streams);
  add("weir_http_connections_total", "counter", s.connections);
  add("weir_http_requests_total", "counter", s.requests);
  add("weir_http_handshakes_failed_total", "counter", s.handshakes_failed);
  add("weir_http_connections_refused_total", "counter", s.connections_refused);
  add("weir_http_requests_refused_total", "counter", s.requests_refused);
  add("weir_http_overloads_total", "counter", s.overloads);
  add("weir_http_timeouts_total", "counter", s.timeouts);
  add("weir_http_streams_dropped_total", "counter", s.streams_dropped);
  return text;
}

/// "0.0.0.0:8443" as something that can be connected to from this host.
std::string LocalAddress(const std::string& listening) {
  std::size_t colon = listening.rfind(':');
  std::string host = listening.substr(0, colon), port = listening.substr(colon);
  if (host == "0.0.0.0") return "127.0.0.1" + port;
  if (host == "[::]") return "[::1]" + port;
  return listening;
}

}  // namespace

// Members end in the reverse order of their lines: what is used by others stands before them.
struct Console::Impl {
  Impl(ConsoleOptions given, std::unique_ptr<store::Store> opened, net::CertificateAuthority ca)
      : options(std::move(given)),
        store(std::move(opened)),
        authority(std::move(ca)),
        names(OwnNames(options.names)),
        settings(*store),
        rules(*store, options.data_dir, options.program),
        accounts(*store),
        match(*store),
        events(*store, accounts),
        sensors(*store, events),
        ingest({*store, match, events, sensors}, options.ingest_queue),
        advisories({options, *store, settings, match, events}),
        webhooks(*store, settings),
        services{
            options,  *store,  settings,  accounts,   match,
            events,   sensors, ingest,    advisories, webhooks,
            overview, rules,   authority, names,      [this] { return ServerMetrics(server->statistics()); }},
        gate(services) {}

  ConsoleOptions options;
  std::unique_ptr<store::Store> store;
  net::CertificateAuthority authority;
  std::vector<std::string> names;
  Settings settings;
  RuleService rules;
  Accounts accounts;
  MatchService match;
  EventHub events;
  SensorHub sensors;
  Ingest ingest;
  AdvisoryService advisories;
  WebhookSender webhooks;
  OverviewCache overview;
  Services services;
  Gate gate;
  std::unique_ptr<net::HttpServer> server;
  std::unique_ptr<Housekeeper> housekeeper;
  std::optional<std::string> first_password;
  bool stopped = false;

  Result<net::KeyAndCertificate> Page(bool& made) {
    if (!options.tls_certificate_pem.empty())
      return net::KeyAndCertificate{options.tls_key_pem, options.tls_certificate_pem};
    return PageCertificate(authority, options.data_dir + "/tls", names, store->Now() / 1000, made);
  }

  Result<void> Listen() {
    bool made = false;
    WEIR_ASSIGN(net::KeyAndCertificate page, Page(made));
    net::ServerOptions server_options;
    server_options.listen = options.listen;
    WEIR_ASSIGN(server_options.identities, Identities(authority, page));
    server_options.body_limit = &Gate::BodyLimit;
    WEIR_ASSIGN(server, net::HttpServer::Start(server_options,
                                               [this](net::ServerRequest request, net::Responder responder) {
                                                 gate.Handle(std::move(request), std::move(responder));
                                               }));
    return {};
  }

  /// Certificates of the console's own authority end one day; the page's is made anew before.
  void RenewCertificates() {
    bool made = false;
    auto page = Page(made);
    if (!page || !made) return;
    auto identities = Identities(authority, *page);
    if (!identities) return;
    if (auto replaced = server->ReplaceIdentities(*identities); !replaced)
      Log(LogLevel::kError, "certificate.failed", {{"error", replaced.error().message}});
  }

  void Stop() {
    if (std::exchange(stopped, true)) return;
    if (housekeeper) housekeeper->Stop();
    events.Stop();
    ingest.Stop();
    if (server) server->Stop();
    webhooks.Stop();
    advisories.Stop();
  }
};

Result<std::unique_ptr<Console>> Console::Start(ConsoleOptions options) {
  if (options.tls_certificate_pem.empty() != options.tls_key_pem.empty())
    return Err(Code::kInvalidArgument, "a certificate needs its key, and a key its certificate");
  WEIR_TRY(MakeDirectories(options.data_dir + "/tls"));
  // What is in here is for this program alone.
  static_cast<void>(::chmod((options.data_dir + "/tls").c_str(), 0700));
  store::StoreOptions store_options;
  store_options.now = options.now;
  WEIR_ASSIGN(auto store, store::Store::Open(options.data_dir, store_options));
  WEIR_ASSIGN(net::CertificateAuthority authority,
              net::CertificateAuthority::LoadOrCreate(options.data_dir + "/tls"));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(store), std::move(authority));
  WEIR_TRY(impl->settings.Load());
  WEIR_TRY(impl->rules.Start());
  WEIR_TRY(impl->store->Write([](store::Transaction& t) { return store::FailInterruptedUpdates(t); }));
  WEIR_TRY(impl->advisories.Start());
  if (auto listening = impl->Listen(); !listening) {
    impl->Stop();
    return Err(listening.error());
  }
  // Last of all: a start that fails after this would take the only copy of the password with it.
  auto password = impl->options.reset_admin ? impl->accounts.ResetAdmin() : impl->accounts.EnsureFirstAdmin();
  if (!password) {
    impl->Stop();
    return Err(password.error());
  }
  impl->first_password = std::move(*password);
  impl->housekeeper =
      std::make_unique<Housekeeper>(impl->services, [raw = impl.get()] { raw->RenewCertificates(); });
  return std::unique_ptr<Console>(new Console(std::move(impl)));
}

Console::Console(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Console::~Console() { Stop(); }
void Console::Stop() { impl_->Stop(); }

const std::optional<std::string>& Console::first_run_password() const { return impl_->first_password; }
std::uint16_t Console::port() const { return impl_->server->port(); }
store::Store& Console::store() { return *impl_->store; }

std::string Console::url() const {
  if (std::string url = impl_->settings.Now()->public_url; !url.empty()) return url;
  const std::string& address = impl_->server->addresses().front();
  std::string local = LocalAddress(address);
  bool is_loopback = local.starts_with("127.") || local.starts_with("[::1]");
  return "https://" + (is_loopback ? "localhost" + local.substr(local.rfind(':')) : local);
}

std::string Console::sensor_address() const { return LocalAddress(impl_->server->addresses().front()); }

Result<std::string> Console::MakeEnrolmentToken(std::string_view name, int uses, int hours) {
  WEIR_ASSIGN(std::vector<store::User> users,
              impl_->store->Read([](store::Reader& r) { return store::ListUsers(r); }));
  auto admin =
      std::find_if(users.begin(), users.end(), [](const store::User& user) { return user.role == "admin"; });
  if (admin == users.end()) return Err(Code::kNotFound, "there is no admin");
  WEIR_ASSIGN(MadeEnrolment made,
              MakeEnrolment(*impl_->store, impl_->authority, admin->id, name, uses, hours));
  return made.text;
}

}  // namespace weir::console
