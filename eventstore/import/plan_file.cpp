#include "eventstore/import/plan_file.hpp"

#include "eventstore/import/input_error.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace upline::eventstore::import {

namespace {

using namespace domain;

class PlanReader {
 public:
  PlanReader(const std::filesystem::path& file, Timestamp occurred_at) : file_(file), at_(occurred_at) {}

  PlanFile read() {
    const auto root = parse();
    allow_only(root, {"id", "rates_bp", "hold", "payout_cap_bp", "products", "policy", "currencies"});
    PlanFile plan;
    add_currencies(root, plan);
    add_policy(root, plan);
    add_plan(root, plan);
    return plan;
  }

 private:
  [[noreturn]] void fail(const toml::source_region& where, std::string_view what) const {
    throw InputError(fmt::format("{}:{}: {}", file_.string(), where.begin.line, what));
  }

  toml::table parse() const {
    try {
      return toml::parse_file(file_.string());
    } catch (const toml::parse_error& error) {
      fail(error.source(), error.description());
    }
  }

  void allow_only(const toml::table& table, std::initializer_list<std::string_view> names) const {
    for (const auto& [key, value] : table) {
      if (std::ranges::find(names, key.str()) == names.end()) {
        fail(key.source(), fmt::format("unknown key '{}'; known are: {}", key.str(), fmt::join(names, ", ")));
      }
    }
  }

  const toml::node& need(const toml::table& table, std::string_view name) const {
    const auto* node = table.get(name);
    if (node == nullptr) fail(table.source(), fmt::format("'{}' is missing", name));
    return *node;
  }

  std::string text(const toml::node& node, std::string_view name) const {
    if (!node.is_string()) fail(node.source(), fmt::format("'{}' must be a text in quotes", name));
    return node.as_string()->get();
  }

  std::int64_t integer(const toml::node& node, std::string_view name) const {
    if (!node.is_integer()) fail(node.source(), fmt::format("'{}' must be a whole number", name));
    return node.as_integer()->get();
  }

  BasisPoints basis_points(const toml::node& node, std::string_view name) const {
    const auto value = integer(node, name);
    if (value < 0 || value > basis_points_whole) {
      fail(node.source(), fmt::format("'{}' must be from 0 to {} basis points", name, basis_points_whole));
    }
    return {static_cast<std::int32_t>(value)};
  }

  const toml::array& array(const toml::node& node, std::string_view name) const {
    if (!node.is_array()) fail(node.source(), fmt::format("'{}' must be a list in brackets", name));
    return *node.as_array();
  }

  const toml::table* table(const toml::table& root, std::string_view name) const {
    const auto* node = root.get(name);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) fail(node->source(), fmt::format("'{}' must be a table: [{}]", name, name));
    return node->as_table();
  }

  void add_currencies(const toml::table& root, PlanFile& plan) const {
    const auto* currencies = table(root, "currencies");
    if (currencies == nullptr) return;
    for (const auto& [code, exponent] : *currencies) {
      const auto digits = integer(exponent, code.str());
      if (digits < 0 || digits > exponent_max.digits) {
        fail(exponent.source(), fmt::format("'{}' must have 0 to {} decimals", code.str(), exponent_max.digits));
      }
      plan.before_products.emplace_back(
          DeclareCurrency{Currency{std::string(code.str())}, Exponent{static_cast<int>(digits)}, at_});
    }
  }

  void add_policy(const toml::table& root, PlanFile& plan) const {
    const auto* policy = table(root, "policy");
    if (policy == nullptr) return;
    allow_only(*policy, {"max_levels", "max_levels_reason"});
    const auto* reason = policy->get("max_levels_reason");
    plan.before_products.emplace_back(
        ChangeLevelLimit{integer(need(*policy, "max_levels"), "max_levels"),
                         reason == nullptr ? std::string{} : text(*reason, "max_levels_reason"), at_});
  }

  void add_plan(const toml::table& root, PlanFile& plan) const {
    const PlanId id{text(need(root, "id"), "id")};
    PercentRates rates;
    for (const auto& rate : array(need(root, "rates_bp"), "rates_bp")) {
      if (!rate.is_integer()) {
        fail(rate.source(), "each of 'rates_bp' must be a whole number of basis points: 1250 is 12.5 %");
      }
      rates.by_level.push_back(basis_points(rate, "rates_bp"));
    }
    const auto& hold_node = need(root, "hold");
    const auto hold = parse_duration(text(hold_node, "hold"));
    if (!hold) fail(hold_node.source(), "'hold' must be a span such as \"7d\", \"12h\" or \"0s\"");
    PlanTerms terms{.rates = std::move(rates), .hold = *hold};
    if (const auto* cap = root.get("payout_cap_bp")) terms.payout_cap = basis_points(*cap, "payout_cap_bp");
    plan.before_products.emplace_back(PublishPlan{id, std::move(terms), at_});

    const auto* products = root.get("products");
    if (products == nullptr) {
      plan.before_products.emplace_back(ChooseDefaultPlan{id, at_});
      return;
    }
    for (const auto& product : array(*products, "products")) {
      const auto line = product.source().begin.line;
      plan.after_products.push_back({line, {ProductId{text(product, "products")}, id, at_}});
    }
  }

  const std::filesystem::path& file_;
  Timestamp at_;
};

}  // namespace

PlanFile read_plan_file(const std::filesystem::path& file, Timestamp occurred_at) {
  return PlanReader(file, occurred_at).read();
}

}  // namespace upline::eventstore::import
