#include "cli/wording.hpp"

#include <catch2/catch.hpp>

using namespace upline;

TEST_CASE("a rate is said without needless zeros", "[wording]") {
  CHECK(cli::percent_text(1000) == "10%");
  CHECK(cli::percent_text(250) == "2.5%");
  CHECK(cli::percent_text(5) == "0.05%");
  CHECK(cli::percent_text(0) == "0%");
  CHECK(cli::percent_text(10'000) == "100%");
  CHECK(cli::rate_text({domain::RateKind::basis_points, 333}) == "3.33%");
  CHECK(cli::rate_text({domain::RateKind::fixed_minor, 50}) == "50 minor a unit");
}

TEST_CASE("one is singular, and everything else is plural", "[wording]") {
  CHECK(cli::counted(0, "row") == "0 rows");
  CHECK(cli::counted(1, "row") == "1 row");
  CHECK(cli::counted(2, "row") == "2 rows");
  CHECK(cli::counted(1'000'001, "card key") == "1,000,001 card keys");
}

TEST_CASE("an event is named by its position, and a missing one by a dash", "[wording]") {
  CHECK(cli::position_text(domain::Position{1234}) == "#1234");
  CHECK(cli::position_text(std::nullopt) == "-");
}

TEST_CASE("keys are named by their numbers, those in a row by the first and the last", "[wording]") {
  CHECK(cli::keys_text({}).empty());
  CHECK(cli::keys_text({{7, 1}}) == "key 7");
  CHECK(cli::keys_text({{1, 3}}) == "keys 1-3");
  CHECK(cli::keys_text({{9, 1}, {1, 2}}) == "keys 9, 1-2");
}
