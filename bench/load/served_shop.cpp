#include "bench/load/served_shop.hpp"

#include "bench/card_shop.hpp"
#include "bench/load/connection.hpp"
#include "eventstore/order_history.hpp"
#include "eventstore/shop.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <variant>

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace upline::bench {

namespace {

namespace fs = std::filesystem;

eventstore::ShopLocation location_in(const fs::path& data) { return {data, "bench", data / "vault.key"}; }

void fill(const fs::path& data, std::size_t members, std::size_t keys) {
  eventstore::prepare_shop(location_in(data));
  eventstore::Shop shop(location_in(data));
  fill_card_shop(shop, static_cast<int>(members), static_cast<int>(keys));
}

/// Waits for the answer.
Answer ask(Connection& connection, std::string_view path, const std::string& headers) {
  connection.get(path, headers);
  for (;;) {
    pollfd readable{.fd = connection.socket(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, -1);
    if (auto answer = connection.receive()) return *std::move(answer);
  }
}

std::string read_line(int from) {
  std::string line;
  for (char letter{}; ::read(from, &letter, 1) == 1 && letter != '\n';) line += letter;
  return line;
}

}  // namespace

cpu_set_t cores(std::size_t first, std::size_t count) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (auto core = first; core < first + count; ++core) CPU_SET(core, &set);
  return set;
}

ServedShop::ServedShop(std::string program, fs::path data, std::size_t members, std::size_t keys)
    : program_(std::move(program)), data_(std::move(data)) {
  fs::remove_all(data_);
  fill(data_, members, keys);
}

ServedShop::ServedShop(std::string program, fs::path data, std::string token)
    : program_(std::move(program)), data_(std::move(data)), token_(std::move(token)), stays_(true) {}

ServedShop::~ServedShop() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  if (stays_) return;
  std::error_code ignored;
  fs::remove_all(data_, ignored);
}

void ServedShop::start(const cpu_set_t& on) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  process_ = ::fork();
  if (process_ == 0) {
    ::sched_setaffinity(0, sizeof on, &on);
    ::dup2(ends[1], STDOUT_FILENO);
    const auto data = data_.string();
    ::execl(program_.c_str(), program_.c_str(), "serve", "--data", data.c_str(), "--listen", "127.0.0.1:0",
            "--log-level", "warn", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  const auto line = read_line(ends[0]);
  ::close(ends[0]);
  constexpr std::string_view before_port = "127.0.0.1:";
  const auto at = line.find(before_port);
  if (at == std::string::npos) throw std::runtime_error("the server did not start: " + line);
  std::from_chars(line.data() + at + before_port.size(), line.data() + line.size(), port_);
  await_read_models();
}

/// They are filled from the log at the first start, which is no part of what is measured.
void ServedShop::await_read_models() const {
  const auto headers = token_.empty() ? std::string() : fmt::format("Authorization: Bearer {}\r\n", token_);
  Connection connection(port_);
  while (ask(connection, "/v1/shops/bench/policy", headers).status != 200) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void ServedShop::stop() {
  ::kill(process_, SIGTERM);
  int status{};
  ::waitpid(std::exchange(process_, 0), &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("the server did not end with 0");
}

void ServedShop::check(const std::vector<std::pair<std::string, std::string>>& sold, bool verifies) const {
  eventstore::Shop shop(location_in(data_));
  std::set<std::string> keys;
  for (const auto& [order, key] : sold) {
    if (!keys.insert(key).second) throw std::runtime_error("a key was given twice, the second time to " + order);
    const auto state = eventstore::read_order(shop.store(), {order});
    if (!std::holds_alternative<domain::DeliveredOrder>(state)) throw std::runtime_error("order lost: " + order);
  }
  if (!verifies) return;
  const auto verify = fmt::format("'{}' verify --data '{}' --shop bench >/dev/null", program_, data_.string());
  if (std::system(verify.c_str()) != 0) throw std::runtime_error("upline verify found something");
}

}  // namespace upline::bench
