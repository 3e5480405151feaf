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

TerminationSignals::TerminationSignals(std::function<void()> asked_to_end) {
  ::sigemptyset(&both_);
  ::sigaddset(&both_, SIGTERM);
  ::sigaddset(&both_, SIGINT);
  signals_ = ::signalfd(-1, &both_, SFD_CLOEXEC);
  ended_ = ::eventfd(0, EFD_CLOEXEC);
  if (signals_ < 0 || ended_ < 0) throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
  ::pthread_sigmask(SIG_BLOCK, &both_, &held_back_before_);
  thread_ = std::thread([this, call = std::move(asked_to_end)] { wait(call); });
}

TerminationSignals::~TerminationSignals() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(ended_, &one, sizeof one);
  thread_.join();
  ::close(signals_);
  ::close(ended_);
  ::pthread_sigmask(SIG_SETMASK, &held_back_before_, nullptr);
}

void TerminationSignals::wait(const std::function<void()>& asked_to_end) const {
  std::array<::pollfd, 2> files{{{signals_, POLLIN, 0}, {ended_, POLLIN, 0}}};
  int ready = -1;
  while (ready < 0) ready = ::poll(files.data(), files.size(), -1);
  if ((files[0].revents & POLLIN) == 0) return;
  ::signalfd_siginfo first{};
  if (::read(signals_, &first, sizeof first) != sizeof first) return;
  // From here on this one thread lets them through, to their usual effect.
  ::pthread_sigmask(SIG_UNBLOCK, &both_, nullptr);
  asked_to_end();
}

}  // namespace upline::api
