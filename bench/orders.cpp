// Orders placed and paid over HTTP by a fixed number of clients, each on a connection of its own, in a closed loop.
// Drives `upline serve` and the floor alike, so that both pay the same for their client. Says in JSON what it saw, and
// how much of a core the clients took: near 1, they are what is measured.
#include "bench/load/buyers.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace {

using namespace upline::bench;
using Json = nlohmann::ordered_json;
using Seconds = std::chrono::duration<double>;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// One reader beside the buyers: asks again and again for a read model as of the newest answer, and so sees how long it
/// takes until what was written can be read.
class Reader {
 public:
  Reader(const BuyersPlan& plan, std::string path, const Buyers& buyers)
      : connection_(plan.port),
        path_(std::move(path)),
        headers_(plan.token.empty() ? "" : fmt::format("Authorization: Bearer {}\r\n", plan.token)),
        buyers_(buyers),
        thread_([this](const std::stop_token& stop) { read(stop); }) {}

  Latencies stop() {
    thread_.request_stop();
    thread_.join();
    latencies_.sort();
    return latencies_;
  }

 private:
  void read(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto began = Clock::now();
      const bool counts = buyers_.is_measuring();
      connection_.get(fmt::format("{}?min_position={}", path_, buyers_.newest_position()), headers_);
      std::optional<Answer> answer;
      while (!answer) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
        answer = connection_.receive();
      }
      if (counts && answer->status == 200) latencies_.add(Clock::now() - began);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  Connection connection_;
  std::string path_;
  std::string headers_;
  const Buyers& buyers_;
  Latencies latencies_;
  std::jthread thread_;
};

Json json_of(const Latencies& latencies) {
  return {{"p50", latencies.percentile(50)}, {"p99", latencies.percentile(99)}, {"max", latencies.percentile(100)}};
}

Json measure(const BuyersPlan& plan, const std::string& read_path) {
  Buyers buyers(plan);
  std::optional<Reader> reader;
  if (!read_path.empty()) reader.emplace(plan, read_path, buyers);
  const auto cpu_before = cpu_seconds();
  const auto began = Clock::now();
  const auto result = buyers.run();
  const Seconds took = Clock::now() - began;
  const auto cpu = (cpu_seconds() - cpu_before) / took.count();
  Json json{{"orders_per_s", static_cast<double>(result.orders) / result.measured.count()},
            {"orders", result.orders},
            {"shed", result.shed},
            {"client_cores", cpu},
            {"newest_order", result.newest_order},
            {"place_ms", json_of(result.placing)},
            {"pay_ms", json_of(result.paying)},
            {"order_ms", json_of(result.whole)}};
  if (reader) json["read_ms"] = json_of(reader->stop());
  return json;
}

}  // namespace

int main(int argc, char** argv) try {
  BuyersPlan plan{.connections = 64, .members = 100'000, .products = 50};
  double warm_up = 1;
  double lasts = 5;
  std::string read_path;
  CLI::App app("Orders placed and paid over HTTP, as fast as they are answered.");
  app.add_option("port", plan.port, "of the server on 127.0.0.1")->required();
  app.add_option("--connections", plan.connections, "Clients at once")->capture_default_str();
  app.add_option("--members", plan.members, "m0, m1 ... buy")->capture_default_str();
  app.add_option("--products", plan.products, "p0, p1 ... are bought")->capture_default_str();
  app.add_option("--ids", plan.ids, "of orders, payments and commands: time, random")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, IdOrder>{{"time", IdOrder::by_time}, {"random", IdOrder::random}}));
  app.add_option("--warm-up", warm_up, "Seconds before it counts")->capture_default_str();
  app.add_option("--seconds", lasts, "that count")->capture_default_str();
  app.add_option("--read", read_path, "A path that is read all the while, as of the newest answer");
  app.add_option("--token", plan.token, "An access token")->envname("UPLINE_BENCH_TOKEN");
  CLI11_PARSE(app, argc, argv);
  plan.warm_up = Seconds(warm_up);
  plan.lasts = Seconds(lasts);
  std::cout << measure(plan, read_path) << '\n';
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_orders: " << error.what() << '\n';
  return EXIT_FAILURE;
}
