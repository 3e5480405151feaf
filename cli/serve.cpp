#include "api/server.hpp"
#include "api/signals.hpp"
#include "cli/serve_options.hpp"
#include "cli/verbs.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string_view>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

constexpr std::chrono::seconds drain{10};

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

void serve(Context& context, const ServeOptions& options) {
  auto wanted = server_options(options);
  const auto drain_delay = drain_delay_of(options);
  const auto data = wanted.data.string();
  const bool has_tls = wanted.transport.tls.has_value();
  Wishes wishes;
  const api::TerminationSignals signals([&] { wishes.ask_to_end(); },
                                        has_tls ? std::function<void()>([&] { wishes.ask_to_reload(); }) : nullptr);
  wanted.telemetry.log.write = [&err = context.err](std::string_view line) { err << line << std::flush; };
  std::optional<api::Server> server;
  try {
    server.emplace(std::move(wanted));
  } catch (const api::ListenError& error) {
    throw UsageError(fmt::format("{}; choose another place with --listen", error.what()));
  } catch (const api::ServingRefused& error) {
    throw UsageError(error.what());
  } catch (const api::TlsError& error) {
    throw UsageError(error.what());
  }
  context.out << fmt::format("Serving {} on {}://{} until it is interrupted.", data, has_tls ? "https" : "http",
                             api::to_string(server->address()))
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
  add_serve_options(*verb, *options);
  verb->footer(
      "The shops are those that the folder holds at the start. Other verbs work on them meanwhile.\n"
      "A shop without access tokens answers whoever asks from this machine; see: upline token --help\n"
      "SIGTERM and Ctrl-C finish what was accepted. SIGHUP reads the certificate again.\n"
      "GET /livez, /readyz and /metrics say how it is doing; no line of the log holds a key, a contact or a query.\n"
      "Examples:\n"
      "  upline serve\n"
      "  upline serve --data /srv/upline --listen 127.0.0.1:9000\n"
      "  upline serve --tls-certificate shop.pem --tls-key shop.key --drain-delay 5s\n"
      "  upline serve --log-format json --log-level warn 2>>upline.log\n"
      "  upline serve --connections 4000 --connections-per-address 100 --buffers-mib 512\n"
      "  upline serve --behind-proxy --allow-origin https://shop.example\n"
      "  upline serve --webhooks-to-private-addresses\n"
      "  curl http://127.0.0.1:8080/v1/shops/demo/stock");
  verb->callback([&context, options] { serve(context, *options); });
}

}  // namespace upline::cli
