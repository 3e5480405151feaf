// plan.toml read as commands: what it may say, and where the trouble is when it says something else.
#include "eventstore/import/input_error.hpp"
#include "eventstore/import/plan_file.hpp"
#include "tests/eventstore/import_shop.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using namespace upline::domain;
using namespace upline::tests;
using namespace std::string_literals;
using upline::eventstore::import::InputError;
using upline::eventstore::import::PlanFile;
using upline::eventstore::import::read_plan_file;

constexpr Timestamp at{1'777'593'600'000'000};  // 1 May 2026

PlanFile read(const std::string& bytes) {
  TempFolder temp;
  write_files(temp.path() / "in", {{"plan.toml", bytes}});
  return read_plan_file(temp.path() / "in" / "plan.toml", at);
}

/// `4: 'hold' is missing`: the error without the folder's name, or "no error".
std::string error_of(const std::string& bytes) {
  try {
    read(bytes);
  } catch (const InputError& error) {
    const std::string said = error.what();
    const auto name = said.find("/plan.toml:");
    REQUIRE(name != std::string::npos);
    return said.substr(name + "/plan.toml:"s.size());
  }
  return "no error";
}

const std::string plan = "id = \"p\"\nrates_bp = [1000, 500]\nhold = \"7d\"\n";

/// The plan with this line instead of the one that begins with its key.
std::string plan_but(const std::string& line) {
  const auto key = line.substr(0, line.find(' ') + 1);
  auto bytes = "\n" + plan;
  const auto begin = bytes.find("\n" + key) + 1;
  bytes.replace(begin, bytes.find('\n', begin) - begin, line);
  return bytes.substr(1);
}

const PublishPlan& published(const PlanFile& file) {
  for (const auto& command : file.before_products) {
    if (const auto* publish = std::get_if<PublishPlan>(&command)) return *publish;
  }
  throw std::logic_error("no plan is published");
}

}  // namespace

TEST_CASE("a plan file is the plan and the shop's default, dated as asked", "[import]") {
  const auto file = read(plan);
  REQUIRE(file.before_products.size() == 2);
  const auto& publish = std::get<PublishPlan>(file.before_products[0]);
  CHECK(publish.plan == PlanId{"p"});
  CHECK(publish.terms == PlanTerms{PercentRates{{{1000}, {500}}}, {10'000}, {7 * microseconds_per_day}});
  CHECK(publish.occurred_at == at);
  const auto& chosen = std::get<ChooseDefaultPlan>(file.before_products[1]);
  CHECK(chosen.plan == PlanId{"p"});
  CHECK(chosen.occurred_at == at);
  CHECK(file.after_products.empty());
}

TEST_CASE("currencies and policy come before the plan that may need them", "[import]") {
  const auto file =
      read(plan +
           "payout_cap_bp = 2000\nproducts = [\"a\", \"b\"]\n[policy]\nmax_levels = 3\nmax_levels_reason = "
           "\"asked the lawyer\"\n[currencies]\nUSDT = 6\nWEI = 18\n");
  REQUIRE(file.before_products.size() == 4);
  const auto& usdt = std::get<DeclareCurrency>(file.before_products[0]);
  CHECK(usdt.currency == Currency{"USDT"});
  CHECK(usdt.exponent == Exponent{6});
  CHECK(usdt.occurred_at == at);
  CHECK(std::get<DeclareCurrency>(file.before_products[1]).exponent == Exponent{18});
  const auto& limit = std::get<ChangeLevelLimit>(file.before_products[2]);
  CHECK(limit.max_levels == 3);
  CHECK(limit.reason == "asked the lawyer");
  CHECK(limit.occurred_at == at);
  CHECK(published(file).terms.payout_cap == BasisPoints{2000});
}

TEST_CASE("products named by the plan are assigned to it, and the shop gets no default", "[import]") {
  const auto file = read(plan + "products = [\n\"a\",\n\"b\"]\n");
  CHECK(file.before_products.size() == 1);
  REQUIRE(file.after_products.size() == 2);
  CHECK(file.after_products[0].command.product == ProductId{"a"});
  CHECK(file.after_products[0].command.plan == PlanId{"p"});
  CHECK(file.after_products[0].command.occurred_at == at);
  CHECK(file.after_products[0].line == 5);
  CHECK(file.after_products[1].command.product == ProductId{"b"});
  CHECK(file.after_products[1].line == 6);
  CHECK(read(plan + "products = []\n").before_products.size() == 1);
}

TEST_CASE("a hold is read in every unit, up to its longest", "[import]") {
  const auto hold = [](const std::string& span) {
    return published(read(plan_but("hold = \"" + span + "\""))).terms.hold;
  };
  CHECK(hold("0s") == Duration{0});
  CHECK(hold("45s") == Duration{45'000'000});
  CHECK(hold("12h") == Duration{12 * 3600 * microseconds_per_second});
  CHECK(hold("2w") == Duration{14 * microseconds_per_day});
  CHECK(hold("36525d") == duration_max);
}

TEST_CASE("what the rules say of a plan is not the reader's business", "[import]") {
  CHECK(error_of(plan_but("rates_bp = []")) == "no error");
  CHECK(error_of(plan_but("rates_bp = [10000, 10000]")) == "no error");
  CHECK(error_of(plan_but("id = \"\"")) == "no error");
  CHECK(error_of(plan + "[policy]\nmax_levels = -1\n") == "no error");
  CHECK(error_of(plan + "[currencies]\nusdt = 6\n") == "no error");
}

TEST_CASE("comments, CR LF and a byte order mark are allowed in a plan", "[import]") {
  CHECK(error_of("\xEF\xBB\xBF# 分成\r\nid = 'p'\r\nrates_bp = [\r\n1_000, # direct\r\n]\r\nhold = \"7d\"\r\n") ==
        "no error");
}

TEST_CASE("a plan without id, rates or hold is an error", "[import]") {
  CHECK(error_of("rates_bp = [1]\nhold = \"7d\"\n") == "1: 'id' is missing");
  CHECK(error_of("id = \"p\"\nhold = \"7d\"\n") == "1: 'rates_bp' is missing");
  CHECK(error_of("id = \"p\"\nrates_bp = [1]\n") == "1: 'hold' is missing");
  CHECK(error_of("") == "1: 'id' is missing");
  CHECK(error_of("# nothing\n") == "1: 'id' is missing");
  CHECK(error_of(plan + "\n[policy]\nmax_levels_reason = \"why not\"\n") == "5: 'max_levels' is missing");
}

TEST_CASE("an unknown key of a plan is an error with its line", "[import]") {
  CHECK_THAT(error_of(plan + "rate_bp = [1]\n"),
             Catch::StartsWith("4: unknown key 'rate_bp'; known are: id, rates_bp"));
  CHECK_THAT(error_of("\n\nname = \"x\"\n" + plan), Catch::StartsWith("3: unknown key 'name'"));
  CHECK_THAT(error_of(plan + "[policy]\nmax_levels = 3\nmax_depth = 3\n"),
             Catch::StartsWith("6: unknown key 'max_depth'; known are: max_levels, max_levels_reason"));
  CHECK_THAT(error_of(plan + "[plan]\nid = 1\n"), Catch::StartsWith("4: unknown key 'plan'"));
  CHECK_THAT(error_of(plan + "[[policies]]\n"), Catch::StartsWith("4: unknown key 'policies'"));
}

TEST_CASE("a value of the wrong type is an error with its line", "[import]") {
  const std::string text = "must be a text in quotes";
  for (const auto* value : {"7", "[\"p\"]", "true", "2026-05-01", "{}", "1.5"}) {
    CHECK(error_of(plan_but(fmt::format("id = {}", value))) == "1: 'id' " + text);
    CHECK(error_of(plan_but(fmt::format("hold = {}", value))) == "3: 'hold' " + text);
    CHECK(error_of(plan + fmt::format("products = [\"a\",\n{}]\n", value)) == "5: 'products' " + text);
    CHECK(error_of(plan + fmt::format("[policy]\nmax_levels = 3\nmax_levels_reason = {}\n", value)) ==
          "6: 'max_levels_reason' " + text);
  }
  for (const auto* value : {"\"3\"", "3.0", "[3]", "true", "1e2", "nan", "12:00:00"}) {
    const std::string number = "must be a whole number";
    CHECK(error_of(plan_but(fmt::format("rates_bp = [1, {}]", value))) ==
          "2: each of 'rates_bp' " + number + " of basis points: 1250 is 12.5 %");
    CHECK(error_of(plan + fmt::format("payout_cap_bp = {}\n", value)) == "4: 'payout_cap_bp' " + number);
    CHECK(error_of(plan + fmt::format("[policy]\nmax_levels = {}\n", value)) == "5: 'max_levels' " + number);
    CHECK(error_of(plan + fmt::format("[currencies]\nUSDT = {}\n", value)) == "5: 'USDT' " + number);
  }
  CHECK(error_of(plan_but("rates_bp = 1000")) == "2: 'rates_bp' must be a list in brackets");
  CHECK(error_of(plan + "products = \"game\"\n") == "4: 'products' must be a list in brackets");
  CHECK(error_of("policy = 3\n" + plan) == "1: 'policy' must be a table: [policy]");
  CHECK(error_of("currencies = [\"USDT\"]\n" + plan) == "1: 'currencies' must be a table: [currencies]");
  CHECK(error_of(plan + "[[policy]]\nmax_levels = 3\n") == "4: 'policy' must be a table: [policy]");
}

TEST_CASE("a number out of range is an error with its line", "[import]") {
  for (const auto* value : {"-1", "10001", "9223372036854775807", "-9223372036854775808", "4294967297"}) {
    const std::string range = "must be from 0 to 10000 basis points";
    CHECK(error_of(plan_but(fmt::format("rates_bp = [{}]", value))) == "2: 'rates_bp' " + range);
    CHECK(error_of(plan + fmt::format("payout_cap_bp = {}\n", value)) == "4: 'payout_cap_bp' " + range);
  }
  for (const auto* value : {"-1", "19", "4294967302", "9223372036854775807"}) {
    CHECK(error_of(plan + fmt::format("[currencies]\nUSDT = {}\n", value)) == "5: 'USDT' must have 0 to 18 decimals");
  }
  CHECK_THAT(error_of(plan_but("rates_bp = [9223372036854775808]")), Catch::StartsWith("2: "));
}

TEST_CASE("a hold that is no span, or too long, is an error with its line", "[import]") {
  for (const auto* span : {"", "7", "d", "-7d", "+7d", "7 d", "7D", "7days", "1.5d", " 7d", "7d12h", "36526d",
                           "99999999999999999999d", "7\\n", "٧d"}) {
    CHECK(error_of(plan_but(fmt::format("hold = \"{}\"", span))) ==
          "3: 'hold' must be a span such as \"7d\", \"12h\" or \"0s\"");
  }
}

TEST_CASE("what is not TOML is an error with its line", "[import]") {
  for (const auto& line : {"just text"s, "="s, "x ="s, "x = \"open"s, "x = [1, 2"s, "[open"s, "x = 1 2"s, "x = 0777"s,
                           "caf\xE9 = 1"s, "x = \"\xBF\xA8\xC3\xDC\""s, "x = \"a\0b\""s, "id = \"twice\""s}) {
    INFO(line);
    CHECK_THAT(error_of(plan + line + "\n"), Catch::Matches("[45]: .+"));
  }
  CHECK_THAT(error_of("\xFF\xFEi\0d\0"s), Catch::StartsWith("1: "));
  CHECK_THAT(error_of(plan + "x = " + std::string(100'000, '[') + "\n"), Catch::StartsWith("4: "));
  CHECK_THAT(error_of(plan + std::string(10'000'000, 'x') + "\n"), Catch::Matches("[45]: .+"));
}

TEST_CASE("a plan that cannot be opened is an error that names it", "[import]") {
  TempFolder temp;
  CHECK_THROWS_AS(read_plan_file(temp.path() / "plan.toml", at), InputError);
  std::filesystem::create_directory(temp.path() / "plan.toml");
  CHECK_THROWS_AS(read_plan_file(temp.path() / "plan.toml", at), InputError);
}
