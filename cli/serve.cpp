#include "api/server.hpp"
#include "api/signals.hpp"
#include "cli/context.hpp"
#include "cli/verbs.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

struct ServeOptions {
  ShopOptions shop;
  std::string listen{"127.0.0.1:8080"};
  std::string log_format{"text"};
  std::string log_level{"info"};
};

constexpr std::chrono::seconds drain{10};

/// Told once, waited for by whoever serves.
class AskedToEnd {
 public:
  void ask() {
    const std::lock_guard lock(mutex_);
    asked_ = true;
    changed_.notify_all();
  }
  void await() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return asked_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_{};
};

/// The choices were checked when the command line was read.
api::LogOptions log_options(Context& context, const ServeOptions& options) {
  return {.format = *api::parse_log_format(options.log_format),
          .level = *api::parse_log_level(options.log_level),
          .write = [&err = context.err](std::string_view line) { err << line << std::flush; }};
}

void serve(Context& context, const ServeOptions& options) {
  const auto listen = api::parse_listen_address(options.listen);
  if (!listen) throw UsageError(listen.error());
  const auto place = locate_data(options.shop);
  AskedToEnd end;
  const api::TerminationSignals signals([&] { end.ask(); });
  api::ServerOptions wanted{.data = place.data, .vault_key = place.vault_key};
  wanted.transport.listen = *listen;
  wanted.telemetry.log = log_options(context, options);
  std::optional<api::Server> server;
  try {
    server.emplace(std::move(wanted));
  } catch (const api::ListenError& error) {
    throw UsageError(fmt::format("{}; choose another place with --listen", error.what()));
  }
  context.out << fmt::format("Serving {} on http://{} until it is interrupted.", place.data.string(),
                             api::to_string(server->address()))
              << std::endl;
  end.await();
  context.out << "Finishing what was accepted." << std::endl;
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
  verb->add_option("--log-format", options->log_format, "How lines of the log read, on standard error: text or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  verb->add_option("--log-level", options->log_level,
                   "What is logged: debug, info (a line for each request), warn, error or off")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
  verb->footer(
      "The shops are those that the folder holds at the start. Other verbs work on them meanwhile.\n"
      "SIGTERM and Ctrl-C finish what was accepted.\n"
      "GET /livez, /readyz and /metrics say how it is doing; no line of the log holds a key, a contact or a query.\n"
      "Examples:\n"
      "  upline serve\n"
      "  upline serve --data /srv/upline --listen 127.0.0.1:9000\n"
      "  upline serve --log-format json --log-level warn 2>>upline.log\n"
      "  curl http://127.0.0.1:8080/v1/shops/demo/stock");
  verb->callback([&context, options] { serve(context, *options); });
}

}  // namespace upline::cli
