#include "api/signals.hpp"

#include "tests/eventstore/own_process.hpp"

#include <csignal>
#include <future>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

using namespace upline::api;
using namespace upline::tests;

TEST_CASE("the first signal asks to end, whichever it is", "[signals]") {
  for (const int signal : {SIGTERM, SIGINT}) {
    OwnProcess process([signal] {
      std::promise<void> asked;
      const TerminationSignals signals([&] { asked.set_value(); });
      ::kill(::getpid(), signal);
      asked.get_future().wait();
      return true;
    });
    CHECK(process.went_well());
  }
}

TEST_CASE("nobody asks and nobody is asked to end", "[signals]") {
  bool is_asked = false;
  {
    const TerminationSignals signals([&] { is_asked = true; });
  }
  CHECK(!is_asked);
}

TEST_CASE("a second signal ends the program at once, though the first is still being answered", "[signals]") {
  const auto child = ::fork();
  if (child == 0) {
    // The test program has a use of its own for them.
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    const TerminationSignals signals([] {
      ::kill(::getpid(), SIGTERM);
      for (;;) ::pause();
    });
    ::kill(::getpid(), SIGINT);
    for (;;) ::pause();
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}
