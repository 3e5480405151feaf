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
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

struct ServeOptions {
  ShopOptions shop;
  std::string listen{"127.0.0.1:8080"};
  double rate_per_token{};
  double rate_per_address{50};
  bool is_behind_proxy{};
  std::vector<std::string> allowed_origins;
};

constexpr std::chrono::seconds drain{10};

/// A caller may ask so many seconds' worth at once.
constexpr double burst_seconds = 4;
constexpr double rate_max = 1'000'000;

api::Rate rate_of(double per_second, const char* option) {
  if (!(per_second >= 0 && per_second <= rate_max)) {
    throw UsageError(fmt::format("{} is a number of requests a second, from 0 (no limit) to 1000000", option));
  }
  return {.per_second = per_second, .burst = per_second * burst_seconds};
}

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

/// Flags go before settings.
api::ServerOptions server_options(const ServeOptions& options) {
  const auto listen = api::parse_listen_address(options.listen);
  if (!listen) throw UsageError(listen.error());
  const auto place = locate_data(options.shop);
  const auto& settings = place.serving;
  api::ServerOptions wanted{.data = place.data, .vault_key = place.vault_key};
  wanted.transport.listen = *listen;
  wanted.admission.per_token = rate_of(options.rate_per_token, "--rate-per-token");
  wanted.admission.per_address = rate_of(options.rate_per_address, "--rate-per-address");
  wanted.is_behind_proxy = options.is_behind_proxy || settings.is_behind_proxy;
  for (const auto& text : options.allowed_origins.empty() ? settings.allowed_origins : options.allowed_origins) {
    auto origin = api::parse_origin(text);
    if (!origin) throw UsageError(origin.error());
    wanted.allowed_origins.push_back(std::move(*origin));
  }
  return wanted;
}

void serve(Context& context, const ServeOptions& options) {
  auto wanted = server_options(options);
  AskedToEnd end;
  const api::TerminationSignals signals([&] { end.ask(); });
  const auto data = wanted.data.string();
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
  } catch (const api::ServingRefused& error) {
    throw UsageError(error.what());
  }
  context.out << fmt::format("Serving {} on http://{} until it is interrupted.", data,
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
  verb->add_option("--listen", options->listen,
                   "Where to listen; beyond this machine only with access tokens, and TLS or a proxy")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  verb->add_option("--rate-per-token", options->rate_per_token,
                   "Requests a second of one token, and four seconds' worth at once; 0: no limit")
      ->type_name("NUMBER")
      ->capture_default_str();
  verb->add_option("--rate-per-address", options->rate_per_address,
                   "The same of an address without a token, other than this machine's")
      ->type_name("NUMBER")
      ->capture_default_str();
  verb->add_flag("--behind-proxy", options->is_behind_proxy,
                 "A proxy does TLS and names the client in X-Forwarded-For (UPLINE_BEHIND_PROXY)");
  verb->add_option("--allow-origin", options->allowed_origins,
                   "Whose pages may read the answers (CORS); several: once each (UPLINE_ALLOW_ORIGIN)")
      ->type_name("ORIGIN")
      ->allow_extra_args(false);
  verb->footer(
      "The shops are those that the folder holds at the start. Other verbs work on them meanwhile.\n"
      "A shop without access tokens answers whoever asks from this machine; see: upline token --help\n"
      "SIGTERM and Ctrl-C finish what was accepted.\n"
      "Examples:\n"
      "  upline serve\n"
      "  upline serve --data /srv/upline --listen 127.0.0.1:9000 --rate-per-token 500\n"
      "  upline serve --behind-proxy --allow-origin https://shop.example\n"
      "  curl http://127.0.0.1:8080/v1/shops/demo/stock");
  verb->callback([&context, options] { serve(context, *options); });
}

}  // namespace upline::cli
