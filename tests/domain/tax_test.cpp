#include "domain/tax.hpp"

#include <cstdint>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::domain;

namespace {

const Currency cny{"CNY"};

std::int64_t tax(const TaxMethod& method, std::int64_t gross) { return tax_on(method, Minor{gross}, cny)->value; }

__extension__ using Wide = __int128;

}  // namespace

TEST_CASE("labour remuneration is taxed as the specification's check values say", "[tax]") {
  struct Check {
    std::int64_t income;
    std::int64_t tax;
  };
  for (const auto& [income, expected] : std::vector<Check>{{800, 0},
                                                           {3000, 440},
                                                           {4000, 640},
                                                           {5000, 800},
                                                           {25'000, 4000},
                                                           {30'000, 5200},
                                                           {62'500, 13'000},
                                                           {80'000, 18'600}}) {
    INFO(income);
    CHECK(tax(CnLabour2018{}, income * 100) == expected * 100);
  }
}

TEST_CASE("labour remuneration up to 800 yuan is free of tax", "[tax]") {
  for (const std::int64_t gross : {0, 1, 79'999, 80'000}) CHECK(tax(CnLabour2018{}, gross) == 0);
  CHECK(tax(CnLabour2018{}, 80'002) == 0);  // 0.4 fen
  CHECK(tax(CnLabour2018{}, 80'003) == 1);  // 0.6 fen
}

TEST_CASE("the labour method is for CNY only", "[tax]") {
  CHECK_FALSE(tax_on(CnLabour2018{}, Minor{100'000}, {"USD"}));
  CHECK(tax_on(NoTax{}, Minor{100'000}, {"USD"}) == Minor{0});
}

TEST_CASE("half a minor unit of tax is rounded up", "[tax]") {
  CHECK(tax(FlatTax{{500}}, 10) == 1);  // 0.5
  CHECK(tax(FlatTax{{500}}, 9) == 0);   // 0.45
  CHECK(tax(FlatTax{{10'000}}, 7) == 7);
  CHECK(tax(FlatTax{{0}}, 1'000'000) == 0);
}

TEST_CASE("tax on the largest amount fits", "[tax]") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(tax(FlatTax{{10'000}}, most) == most);
  CHECK(tax(CnLabour2018{}, most) > 0);
  CHECK(tax(CnLabour2018{}, most) < most);
}

TEST_CASE("a flat tax is the exact share, rounded once", "[tax]") {
  rc::prop("for every rate and gross", [] {
    const auto rate = *rc::gen::inRange<std::int32_t>(0, 10'001);
    const auto gross = *rc::gen::suchThat<std::int64_t>([](std::int64_t g) { return g >= 0; });
    const Wide exact = static_cast<Wide>(gross) * rate;
    const Wide error = Wide{10'000} * tax(FlatTax{{rate}}, gross) - exact;
    RC_ASSERT(error > -5000);
    RC_ASSERT(error <= 5000);
  });
}

TEST_CASE("labour tax never falls while income rises, and never takes more than 40 per cent", "[tax]") {
  rc::prop("for every income", [] {
    const auto gross = *rc::gen::inRange<std::int64_t>(0, 20'000'000);
    RC_ASSERT(tax(CnLabour2018{}, gross) <= tax(CnLabour2018{}, gross + 1));
    RC_ASSERT(10 * tax(CnLabour2018{}, gross) <= 4 * gross);
  });
}

TEST_CASE("a tax method is read as it is written", "[tax]") {
  for (const auto* text : {"none", "flat:0", "flat:600", "flat:10000", "cn-labour-2018"}) {
    REQUIRE(parse_tax_method(text));
    CHECK(name(*parse_tax_method(text)) == text);
  }
  for (const auto* text :
       {"", "None", "flat", "flat:", "flat:-1", "flat:10001", "flat:06", "flat:6%", "flat:+6", "cn-labour"}) {
    INFO(text);
    CHECK_FALSE(parse_tax_method(text));
  }
}
