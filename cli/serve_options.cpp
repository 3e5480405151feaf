#include "cli/serve_options.hpp"

#include "domain/time.hpp"

#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace upline::cli {

namespace {

/// Longer than any balancer waits before it looks again, shorter than a supervisor waits before it kills.
constexpr std::chrono::seconds drain_delay_max{60};
constexpr std::size_t connections_most = 1'000'000;
constexpr std::size_t buffers_mib_least = 8;  // some of the largest bodies at once
constexpr std::size_t buffers_mib_most = 1'000'000;

/// A caller may ask so many seconds' worth at once.
constexpr double burst_seconds = 4;
constexpr double rate_max = 1'000'000;

api::Rate rate_of(double per_second, const char* option) {
  const bool is_rate = per_second >= 0 && per_second <= rate_max;  // and no NaN
  if (!is_rate) {
    throw UsageError(fmt::format("{} is a number of requests a second, from 0 (no limit) to 1000000", option));
  }
  return {.per_second = per_second, .burst = per_second * burst_seconds};
}

std::optional<api::TlsFiles> tls_files(const ServeOptions& options, const ServingSettings& settings) {
  api::TlsFiles files{options.tls_certificate, options.tls_key};
  if (files.certificate.empty()) files.certificate = settings.tls_certificate;
  if (files.key.empty()) files.key = settings.tls_key;
  if (files.certificate.empty() && files.key.empty()) return std::nullopt;
  if (files.key.empty()) {
    throw UsageError("TLS needs the key of the certificate too: name its file with --tls-key");
  }
  if (files.certificate.empty()) {
    throw UsageError("TLS needs the certificate of the key too: name its file with --tls-certificate");
  }
  return files;
}

std::vector<std::string> origins(const std::vector<std::string>& texts) {
  std::vector<std::string> origins;
  for (const auto& text : texts) {
    auto origin = api::parse_origin(text);
    if (!origin) throw UsageError(origin.error());
    origins.push_back(std::move(*origin));
  }
  return origins;
}

void add_place(CLI::App& verb, ServeOptions& options) {
  verb.add_option("--data", options.shop.data, "The folder of the shops (UPLINE_DATA, default ./upline-data)")
      ->type_name("DIR");
  verb.add_option("--listen", options.listen,
                  "Where to listen; beyond this machine only with access tokens, and TLS or a proxy")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  verb.add_option("--tls-certificate", options.tls_certificate,
                  "Serve HTTPS: the certificate and its chain, in PEM (UPLINE_TLS_CERTIFICATE)")
      ->type_name("FILE")
      ->check(check_not_empty);
  verb.add_option("--tls-key", options.tls_key, "The certificate's private key, in PEM (UPLINE_TLS_KEY)")
      ->type_name("FILE")
      ->check(check_not_empty);
  verb.add_flag("--behind-proxy", options.is_behind_proxy,
                "A proxy does TLS and names the client in X-Forwarded-For (UPLINE_BEHIND_PROXY)");
  verb.add_option("--allow-origin", options.allowed_origins,
                  "Whose pages may read the answers (CORS); several: once each (UPLINE_ALLOW_ORIGIN)")
      ->type_name("ORIGIN")
      ->allow_extra_args(false);
  verb.add_flag("--webhooks-to-private-addresses", options.sends_to_private_addresses,
                "Deliver webhooks to this machine and to private networks too");
}

void add_limits(CLI::App& verb, ServeOptions& options) {
  verb.add_option("--connections", options.connections, "How many clients may be connected at once")
      ->type_name("NUMBER")
      ->check(CLI::Range(std::size_t{1}, connections_most))
      ->capture_default_str();
  verb.add_option("--connections-per-address", options.connections_per_address,
                  "How many of them another address may have (IPv6: a /64)")
      ->type_name("NUMBER")
      ->check(CLI::Range(std::size_t{1}, connections_most))
      ->capture_default_str();
  verb.add_option("--buffers-mib", options.buffers_mib,
                  "MiB that the bodies and answers of all clients may take; beyond them 503 and Retry-After")
      ->type_name("NUMBER")
      ->check(CLI::Range(buffers_mib_least, buffers_mib_most))
      ->capture_default_str();
  verb.add_option("--rate-per-token", options.rate_per_token,
                  "Requests a second of one token, and four seconds' worth at once; 0: no limit")
      ->type_name("NUMBER")
      ->capture_default_str();
  verb.add_option("--rate-per-address", options.rate_per_address,
                  "The same of an address without a token, other than this machine's")
      ->type_name("NUMBER")
      ->capture_default_str();
  verb.add_option("--drain-delay", options.drain_delay,
                  "When it is to end, how long /readyz fails before no connection is accepted any more")
      ->type_name("SPAN")
      ->capture_default_str();
}

void add_log(CLI::App& verb, ServeOptions& options) {
  verb.add_option("--log-format", options.log_format, "How lines of the log read, on standard error: text or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  verb.add_option("--log-level", options.log_level,
                  "What is logged: debug, info (a line for each request), warn, error or off")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
}

}  // namespace

void add_serve_options(CLI::App& verb, ServeOptions& options) {
  add_place(verb, options);
  add_limits(verb, options);
  add_log(verb, options);
}

api::ServerOptions server_options(const ServeOptions& options) {
  const auto listen = api::parse_listen_address(options.listen);
  if (!listen) throw UsageError(listen.error());
  const auto place = locate_data(options.shop);
  const auto& settings = place.serving;
  api::ServerOptions wanted{.data = place.data, .vault_key = place.vault_key};
  wanted.transport.listen = *listen;
  wanted.transport.tls = tls_files(options, settings);
  wanted.transport.connections_max = options.connections;
  wanted.transport.connections_per_client = options.connections_per_address;
  wanted.transport.buffer_bytes_max = options.buffers_mib << 20U;
  wanted.is_behind_proxy = options.is_behind_proxy || settings.is_behind_proxy;
  wanted.webhooks.client.allows_private_addresses = options.sends_to_private_addresses;
  wanted.allowed_origins =
      origins(options.allowed_origins.empty() ? settings.allowed_origins : options.allowed_origins);
  wanted.admission.per_token = rate_of(options.rate_per_token, "--rate-per-token");
  wanted.admission.per_address = rate_of(options.rate_per_address, "--rate-per-address");
  // The choices were checked when the command line was read.
  wanted.telemetry.log.format = *api::parse_log_format(options.log_format);
  wanted.telemetry.log.level = *api::parse_log_level(options.log_level);
  return wanted;
}

std::chrono::milliseconds drain_delay_of(const ServeOptions& options) {
  const auto span = domain::parse_duration(options.drain_delay);
  if (!span || std::chrono::microseconds(span->microseconds) > drain_delay_max) {
    throw UsageError(fmt::format("--drain-delay '{}' is no span from 0s to 60s, such as 5s", options.drain_delay));
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(span->microseconds));
}

}  // namespace upline::cli
