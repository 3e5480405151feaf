#include "bench/burst/watch.hpp"

#include "bench/load/connection.hpp"

#include <charconv>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

namespace upline::bench {

namespace {

constexpr std::chrono::milliseconds pause{250};
constexpr int patience_ms = 30'000;

/// Of all series of this name.
double sum_of(std::string_view page, std::string_view name) {
  double sum = 0;
  for (auto at = page.find(name); at != std::string_view::npos; at = page.find(name, at + 1)) {
    const bool begins_line = at == 0 || page[at - 1] == '\n';
    const auto line = page.substr(at, page.find('\n', at) - at);
    const auto after = line.substr(name.size(), 1);
    if (!begins_line || (after != "{" && after != " ")) continue;
    const auto number = line.substr(line.rfind(' ') + 1);
    double value{};
    std::from_chars(number.data(), number.data() + number.size(), value);
    sum += value;
  }
  return sum;
}

Reading ask(Connection& connection, const std::string& token) {
  connection.get("/metrics", fmt::format("Authorization: Bearer {}\r\n", token));
  for (;;) {
    pollfd readable{.fd = connection.socket(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, patience_ms) == 0) throw std::runtime_error("/metrics is not answered");
    const auto answer = connection.receive();
    if (!answer) continue;
    if (answer->status != 200) throw std::runtime_error(fmt::format("/metrics is answered {}", answer->status));
    const std::string_view page(answer->body);
    return {.lag_ms = 1000 * sum_of(page, "upline_projection_lag_seconds"),
            .lag_positions = sum_of(page, "upline_projection_lag_positions"),
            .log_position = sum_of(page, "upline_log_position"),
            .queue = sum_of(page, "upline_writer_queue_length"),
            .orders = sum_of(page, "upline_orders"),
            .memory_bytes = sum_of(page, "process_resident_memory_bytes")};
  }
}

}  // namespace

Reading read_metrics(std::uint16_t port, const std::string& token) {
  Connection connection(port);
  return ask(connection, token);
}

Watch::Watch(std::uint16_t port, std::string token)
    : port_(port), token_(std::move(token)), thread_([this](const std::stop_token& stop) {
        try {
          run(stop);
        } catch (...) {
          failure_ = std::current_exception();
        }
      }) {}

void Watch::run(const std::stop_token& stop) {
  Connection connection(port_);
  for (auto next = Clock::now(); !stop.stop_requested(); next += pause) {
    const auto second = std::chrono::duration<double>(Clock::now() - begin_).count();
    readings_.push_back(ask(connection, token_));
    readings_.back().second = second;
    std::this_thread::sleep_until(next + pause);
  }
}

std::vector<Reading> Watch::end() {
  thread_.request_stop();
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  return std::move(readings_);
}

}  // namespace upline::bench
