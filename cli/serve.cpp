#include "api/server.hpp"
#include "api/signals.hpp"
#include "cli/context.hpp"
#include "cli/verbs.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

struct ServeOptions {
  ShopOptions shop;
  std::string listen{"127.0.0.1:8080"};
  std::string tls_certificate{};
  std::string tls_key{};
  std::size_t connections{api::TransportOptions{}.connections_max};
  std::string drain_delay{"0s"};
};

constexpr std::chrono::seconds drain{10};
/// Longer than any balancer waits before it looks again, shorter than a supervisor waits before it kills.
constexpr std::chrono::seconds drain_delay_max{60};

/// Told by signals, waited for by whoever serves.
class Wishes {
 public:
  enum class Wish { end, reload };

  void ask_to_end() {
    const std::lock_guard lock(mutex_);
    end_ = true;
    changed_.notify_all();
  }
  void ask_to_reload() {
    const std::lock_guard lock(mutex_);
    reload_ = true;
    changed_.notify_all();
  }
  Wish await() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return end_ || reload_; });
    if (end_) return Wish::end;
    reload_ = false;
    return Wish::reload;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool end_{};
  bool reload_{};
};

/// Both or none, from the options, then UPLINE_TLS_CERTIFICATE and UPLINE_TLS_KEY, then upline.toml.
std::optional<api::TlsFiles> tls_files(const ServeOptions& options, const DataLocation& place) {
  api::TlsFiles files{options.tls_certificate, options.tls_key};
  if (files.certificate.empty()) files.certificate = place.tls_certificate;
  if (files.key.empty()) files.key = place.tls_key;
  if (files.certificate.empty() && files.key.empty()) return std::nullopt;
  if (files.key.empty()) {
    throw UsageError("TLS needs the key of the certificate too: name its file with --tls-key");
  }
  if (files.certificate.empty()) {
    throw UsageError("TLS needs the certificate of the key too: name its file with --tls-certificate");
  }
  return files;
}

std::chrono::milliseconds drain_delay_of(const ServeOptions& options) {
  const auto span = domain::parse_duration(options.drain_delay);
  if (!span || std::chrono::microseconds(span->microseconds) > drain_delay_max) {
    throw UsageError(fmt::format("--drain-delay '{}' is no span from 0s to 60s, such as 5s", options.drain_delay));
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(span->microseconds));
}

void serve(Context& context, const ServeOptions& options) {
  const auto listen = api::parse_listen_address(options.listen);
  if (!listen) throw UsageError(listen.error());
  const auto place = locate_data(options.shop);
  const auto tls = tls_files(options, place);
  const auto drain_delay = drain_delay_of(options);
  Wishes wishes;
  const api::TerminationSignals signals([&] { wishes.ask_to_end(); },
                                        tls ? std::function<void()>([&] { wishes.ask_to_reload(); }) : nullptr);
  api::ServerOptions wanted{.data = place.data, .vault_key = place.vault_key};
  wanted.transport.listen = *listen;
  wanted.transport.tls = tls;
  wanted.transport.connections_max = options.connections;
  std::mutex mutex;
  wanted.transport.warn = [&](const std::string& what) {
    const std::lock_guard lock(mutex);
    context.err << "upline: " << what << std::endl;
  };
  std::optional<api::Server> server;
  try {
    server.emplace(std::move(wanted));
  } catch (const api::ListenError& error) {
    throw UsageError(fmt::format("{}; choose another place with --listen", error.what()));
  } catch (const api::TlsError& error) {
    throw UsageError(error.what());
  }
  context.out << fmt::format("Serving {} on {}://{} until it is interrupted.", place.data.string(),
                             tls ? "https" : "http", api::to_string(server->address()))
              << std::endl;
  while (wishes.await() == Wishes::Wish::reload) server->reload_certificate();
  context.out << "Finishing what was accepted." << std::endl;
  server->send_away();
  std::this_thread::sleep_for(drain_delay);
  server->stop(drain);
}

}  // namespace

void add_serve(CLI::App& app, Context& context) {
  auto options = std::make_shared<ServeOptions>();
  auto* verb = app.add_subcommand("serve", "Serve the shops of a data folder over HTTP");
  verb->add_option("--data", options->shop.data, "The folder of the shops (UPLINE_DATA, default ./upline-data)")
      ->type_name("DIR");
  verb->add_option("--listen", options->listen, "Where to listen: on this machine only, until there are access tokens")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  verb->add_option("--tls-certificate", options->tls_certificate,
                   "Serve HTTPS: the certificate and its chain, in PEM (UPLINE_TLS_CERTIFICATE)")
      ->type_name("FILE")
      ->check(check_not_empty);
  verb->add_option("--tls-key", options->tls_key, "The certificate's private key, in PEM (UPLINE_TLS_KEY)")
      ->type_name("FILE")
      ->check(check_not_empty);
  verb->add_option("--connections", options->connections, "How many clients may be connected at once")
      ->type_name("NUMBER")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  verb->add_option("--drain-delay", options->drain_delay,
                   "When it is to end, how long /readyz fails before no connection is accepted any more")
      ->type_name("SPAN")
      ->capture_default_str();
  verb->footer(
      "The shops are those that the folder holds at the start. Other verbs work on them meanwhile.\n"
      "SIGTERM and Ctrl-C finish what was accepted. SIGHUP reads the certificate again.\n"
      "Examples:\n"
      "  upline serve\n"
      "  upline serve --data /srv/upline --listen 127.0.0.1:9000\n"
      "  upline serve --tls-certificate shop.pem --tls-key shop.key --drain-delay 5s\n"
      "  curl http://127.0.0.1:8080/v1/shops/demo/stock");
  verb->callback([&context, options] { serve(context, *options); });
}

}  // namespace upline::cli
