// Ten thousand who are connected and say nothing.
#include "api/transport.hpp"
#include "tests/api/client.hpp"
#include "tests/api/handlers.hpp"
#include "tests/eventstore/own_process.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <unistd.h>

using namespace upline::api;
using namespace upline::tests;

namespace {

constexpr std::size_t many = 10'000;
constexpr std::size_t files_beside = 200;
// What the sanitizers keep beside each block of memory is not the server's.
#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UPLINE_MEMORY_IS_NOT_ITS_OWN
#endif
#endif

/// As many files as the hard limit allows, for this process and those that it starts.
std::size_t raise_file_limit() {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<::rlim_t>(limit.rlim_max, many + 2 * files_beside);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t resident_bytes() {
  std::size_t pages = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// A transport in a process of its own, whose /memory says how much it has.
class TransportProcess {
 public:
  TransportProcess() {
    if (::pipe(told_) != 0) throw std::runtime_error("cannot make a pipe");
    process_.emplace([this] {
      const Transport transport({}, [](const Request&, Respond respond) {
        respond({200, "text/plain", {}, std::to_string(resident_bytes())});
      });
      const auto port = transport.port();
      if (::write(told_[1], &port, sizeof port) != sizeof port) return false;
      while (true) ::pause();
    });
    ::close(told_[1]);
    if (::read(told_[0], &port_, sizeof port_) != sizeof port_) throw std::runtime_error("no server");
  }
  TransportProcess(const TransportProcess&) = delete;
  TransportProcess& operator=(const TransportProcess&) = delete;
  ~TransportProcess() { ::close(told_[0]); }

  std::uint16_t port() const { return port_; }
  std::size_t memory() const { return std::stoul(Client(port_).ask(get("/memory")).body); }

 private:
  int told_[2]{};
  std::uint16_t port_{};
  std::optional<OwnProcess> process_;
};

}  // namespace

TEST_CASE("10,000 idle connections cost little, and requests are answered beside them", "[transport][idle]") {
  const auto count = std::min(many, raise_file_limit() - files_beside);
  const TransportProcess server;
  const auto before = server.memory();
  std::vector<Client> idle;
  idle.reserve(count);
  // Each has been answered once: the server has taken it up, and holds what it holds between two requests.
  for (std::size_t i = 0; i < count; ++i) {
    idle.emplace_back(server.port());
    REQUIRE(idle.back().ask(get("/once")).status == 200);
  }
  const auto after = server.memory();
  const auto each = (after - before) / count;
  WARN(count << " idle connections, " << each << " bytes each");
#ifndef UPLINE_MEMORY_IS_NOT_ITS_OWN
  CHECK(each < 16'384);
#endif
  for (std::size_t i = 0; i < count; i += count / 100) CHECK(idle[i].ask(get("/again")).status == 200);
}
