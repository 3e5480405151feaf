#include "cli/progress.hpp"

#include <sstream>

#include <catch2/catch.hpp>

using namespace upline;

namespace {

/// What is written while something of two steps is shown.
std::string shown(bool on_terminal, cli::Pace pace) {
  std::ostringstream out;
  std::ostringstream err;
  cli::Context context{.out = out, .err = err, .shows_progress = on_terminal};
  {
    cli::Progress progress(context, "importing", pace);
    progress.show(1'000, 2'000);
    progress.show(2'000, 2'000);
  }
  CHECK(out.str().empty());
  return err.str();
}

constexpr cli::Pace at_once{.quiet = {}, .repaint = {}};

}  // namespace

TEST_CASE("progress is for a terminal: nothing of it reaches a file", "[progress]") {
  CHECK(shown(false, at_once).empty());
}

TEST_CASE("what is done soon shows no progress", "[progress]") {
  CHECK(shown(true, {.quiet = std::chrono::hours(1), .repaint = {}}).empty());
}

TEST_CASE("progress says how far it is, how fast, and how long it will take, and wipes itself away", "[progress]") {
  CHECK_THAT(shown(true, at_once), Catch::Matches("\r\x1b\\[Kimporting: 1,000 of 2,000, [0-9,]+/s, [0-9]+ s left"
                                                  "\r\x1b\\[Kimporting: 2,000 of 2,000, [0-9,]+/s, 0 s left"
                                                  "\r\x1b\\[K"));
}

TEST_CASE("progress is painted no more often than a person can read", "[progress]") {
  CHECK(shown(true, {.quiet = {}, .repaint = std::chrono::hours(1)}).empty());
}
