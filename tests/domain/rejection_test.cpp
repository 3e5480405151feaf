#include "domain/rejection.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

using namespace upline::domain;

namespace {

/// The list is in alphabetical order, and this is its end.
constexpr auto last_reason = Reason::unknown_tax_method;

std::vector<Reason> all_reasons() {
  std::vector<Reason> reasons;
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(last_reason); ++i) reasons.push_back(static_cast<Reason>(i));
  return reasons;
}

bool is_snake_case(std::string_view text) {
  return !text.empty() && text.front() != '_' && text.back() != '_' && !text.contains("__") &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

TEST_CASE("every reason has a code of its own, in snake case", "[rejection]") {
  std::set<std::string_view> codes;
  for (const auto reason : all_reasons()) {
    INFO(code(reason));
    CHECK(is_snake_case(code(reason)));
    CHECK(codes.insert(code(reason)).second);
  }
}

TEST_CASE("every reason has a sentence of its own, from a capital letter to a full stop", "[rejection]") {
  std::set<std::string_view> sentences;
  for (const auto reason : all_reasons()) {
    const auto text = sentence(reason);
    INFO(text);
    REQUIRE(text.size() > 10);
    CHECK((text.front() >= 'A' && text.front() <= 'Z'));
    CHECK(text.back() == '.');
    CHECK_FALSE(text.contains('\n'));
    CHECK(sentences.insert(text).second);
  }
}

TEST_CASE("the codes that programs compare have not changed", "[rejection]") {
  CHECK(code(Reason::out_of_stock) == "out_of_stock");
  CHECK(code(Reason::conflict) == "conflict");
  CHECK(code(Reason::refund_too_large) == "refund_too_large");
  CHECK(code(Reason::unknown_member) == "unknown_member");
  CHECK(code(Reason::unknown_product) == "unknown_product");
  CHECK(code(Reason::unknown_order) == "unknown_order");
  CHECK(code(Reason::currency_mismatch) == "currency_mismatch");
  CHECK(code(Reason::duplicate_key) == "duplicate_key");
}

TEST_CASE("a refusal carries its reason and what it is about", "[rejection]") {
  const std::expected<int, Rejection> refused = refuse(Reason::unknown_order, "o1");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error() == Rejection{Reason::unknown_order, "o1"});
}
