// What one request pays on its way for being counted, given an id and logged.
#include "api/telemetry.hpp"

#include "api/problem.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace {

using namespace upline::api;
using Clock = std::chrono::steady_clock;

Request some_request() {
  Request request{.method = "GET", .path = "/v1/shops"};
  for (const auto* name : {"Host", "User-Agent", "Accept", "Content-Type", "Authorization"}) {
    request.headers.push_back({name, "some value of a usual length"});
  }
  return request;
}

/// Nanoseconds for each answer; without telemetry the cost of the loop.
double cost(const std::shared_ptr<Telemetry>& telemetry, std::size_t requests) {
  const auto request = some_request();
  std::size_t bytes{};
  const auto began = Clock::now();
  for (std::size_t i = 0; i < requests; ++i) {
    Respond respond = [&bytes](const Response& response) { bytes += response.body.size(); };
    if (telemetry) telemetry->begin(request, respond);
    respond({.body = R"({"shops":["demo"]})"});
  }
  const auto took = std::chrono::duration<double, std::nano>(Clock::now() - began).count();
  if (bytes == 0) std::abort();
  return took / static_cast<double>(requests);
}

std::shared_ptr<Telemetry> telemetry_with(LogFormat format, LogLevel level, int file) {
  TelemetryOptions options{.log = {.format = format, .level = level}};
  options.log.write = [file](std::string_view line) {
    [[maybe_unused]] const auto written = ::write(file, line.data(), line.size());
  };
  return std::make_shared<Telemetry>(options);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What one request pays for being counted and logged");
  std::size_t requests = 200'000;
  app.add_option("--requests", requests, "How many");
  CLI11_PARSE(app, argc, argv);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const auto nothing = cost(nullptr, requests);
  const auto print = [&](std::string_view what, const std::shared_ptr<Telemetry>& telemetry) {
    const auto dropped_before = telemetry->log().dropped();
    const auto took = cost(telemetry, requests) - nothing;
    fmt::print("{:<28} {:6.0f} ns a request, {} lines dropped\n", what, took,
               telemetry->log().dropped() - dropped_before);
  };
  print("counted, an id, no log line", telemetry_with(LogFormat::text, LogLevel::warn, nowhere));
  print("and logged as text", telemetry_with(LogFormat::text, LogLevel::info, nowhere));
  print("and logged as JSON", telemetry_with(LogFormat::json, LogLevel::info, nowhere));
  ::close(nowhere);
}
