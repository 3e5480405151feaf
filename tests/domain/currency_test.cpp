#include "domain/currency.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace upline::domain;

TEST_CASE("a currency code has 2 to 24 upper-case letters and digits", "[currency]") {
  for (const auto* code : {"CNY", "USDT", "T2", "99", "USDTTRC20", "ABCDEFGHIJKLMNOPQRSTUVWX"}) {
    INFO(code);
    CHECK(is_well_formed_currency(code));
  }
  for (const auto* code : {"", "A", "cny", "CN Y", "CNY ", "US-D", "U_SD", "ÜSD", "ABCDEFGHIJKLMNOPQRSTUVWXY"}) {
    INFO(code);
    CHECK(!is_well_formed_currency(code));
  }
  CHECK(!is_well_formed_currency(std::string_view{"CN\0", 3}));
}

TEST_CASE("ISO 4217 gives most currencies two decimals", "[currency]") {
  for (const auto* code : {"AED", "CNY", "EUR", "GBP", "HKD", "TWD", "USD", "MRU", "MGA", "SLE", "VES", "XCG", "ZWG"}) {
    INFO(code);
    CHECK(iso_4217_exponent(code) == Exponent{2});
  }
}

TEST_CASE("ISO 4217 gives some currencies no decimals", "[currency]") {
  for (const auto* code : {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
                           "VUV", "XAF", "XOF", "XPF"}) {
    INFO(code);
    CHECK(iso_4217_exponent(code) == Exponent{0});
  }
}

TEST_CASE("ISO 4217 gives some currencies three or four decimals", "[currency]") {
  for (const auto* code : {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}) {
    INFO(code);
    CHECK(iso_4217_exponent(code) == Exponent{3});
  }
  CHECK(iso_4217_exponent("CLF") == Exponent{4});
  CHECK(iso_4217_exponent("UYW") == Exponent{4});
}

TEST_CASE("codes without minor units have no exponent", "[currency]") {
  for (const auto* code : {"XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"}) {
    INFO(code);
    CHECK(!iso_4217_exponent(code));
  }
}

TEST_CASE("withdrawn currencies and tokens have no ISO exponent", "[currency]") {
  for (const auto* code : {"DEM", "HRK", "SLL", "VEF", "ZWL", "USDT", "BTC", "CNH", "RMB"}) {
    INFO(code);
    CHECK(!iso_4217_exponent(code));
  }
}

TEST_CASE("a code is looked up whole and in upper case", "[currency]") {
  for (const auto* code : {"", "C", "CN", "CNYY", "cny", "Cny", " CNY", "AAA", "ZZZ"}) {
    INFO(code);
    CHECK(!iso_4217_exponent(code));
  }
  CHECK(!iso_4217_exponent(std::string_view{"CNY\0", 4}));
}

TEST_CASE("an amount has all decimals of its currency", "[currency]") {
  CHECK(decimal_text({5}, {2}) == "0.05");
  CHECK(decimal_text({0}, {2}) == "0.00");
  CHECK(decimal_text({-5}, {2}) == "-0.05");
  CHECK(decimal_text({123}, {0}) == "123");
  CHECK(decimal_text({1}, {18}) == "0.000000000000000001");
  CHECK(decimal_text({INT64_MAX}, {2}) == "92233720368547758.07");
  CHECK(decimal_text({INT64_MIN}, {2}) == "-92233720368547758.08");
}
