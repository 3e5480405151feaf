#include "api/signals.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace upline::api {

TerminationSignals::TerminationSignals(std::function<void()> asked_to_end, std::function<void()> asked_to_reload) {
  ::sigemptyset(&held_back_);
  ::sigaddset(&held_back_, SIGTERM);
  ::sigaddset(&held_back_, SIGINT);
  if (asked_to_reload) ::sigaddset(&held_back_, SIGHUP);
  signals_ = ::signalfd(-1, &held_back_, SFD_CLOEXEC);
  ended_ = ::eventfd(0, EFD_CLOEXEC);
  if (signals_ < 0 || ended_ < 0) throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
  ::pthread_sigmask(SIG_BLOCK, &held_back_, &held_back_before_);
  thread_ =
      std::thread([this, end = std::move(asked_to_end), reload = std::move(asked_to_reload)] { wait(end, reload); });
}

TerminationSignals::~TerminationSignals() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(ended_, &one, sizeof one);
  thread_.join();
  ::close(signals_);
  ::close(ended_);
  ::pthread_sigmask(SIG_SETMASK, &held_back_before_, nullptr);
}

void TerminationSignals::wait(const std::function<void()>& asked_to_end,
                              const std::function<void()>& asked_to_reload) const {
  ::signalfd_siginfo next{};
  for (;;) {
    std::array<::pollfd, 2> files{{{signals_, POLLIN, 0}, {ended_, POLLIN, 0}}};
    if (::poll(files.data(), files.size(), -1) < 0) continue;
    if ((files[0].revents & POLLIN) == 0) return;
    if (::read(signals_, &next, sizeof next) != sizeof next) return;
    if (next.ssi_signo != SIGHUP) break;
    asked_to_reload();
  }
  // From here on this one thread lets the next one that ends through, to its usual effect.
  ::sigset_t ending = held_back_;
  ::sigdelset(&ending, SIGHUP);
  ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
  asked_to_end();
  // As long as this thread is there, so is the way through.
  ::pollfd ended{ended_, POLLIN, 0};
  while (::poll(&ended, 1, -1) < 0) {
  }
}

}  // namespace upline::api
