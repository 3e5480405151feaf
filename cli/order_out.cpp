#include "cli/order_out.hpp"

#include "cli/rows_out.hpp"
#include "cli/wording.hpp"
#include "domain/overloaded.hpp"
#include "eventstore/state_json.hpp"

#include <algorithm>
#include <ostream>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using namespace domain;

/// `partially_refunded` as people say it.
std::string state_words(const Order& order) {
  std::string words(state_name(order));
  std::ranges::replace(words, '_', ' ');
  return words;
}

/// `, 9.99 CNY to be paid by <time>`, `: keys 1-2`: what the state alone does not say.
std::string what_follows(const Order& order, const ExponentOf& exponent_of) {
  return std::visit(Overloaded{
                        [&](const PlacedOrder& o) {
                          const auto& currency = o.terms.currency;
                          const Minor missing{o.terms.amount_due.value - o.money.received.value};
                          return fmt::format(", {} to be paid by {}",
                                             to_text(Money{missing, currency, exponent_of(currency)}),
                                             format_rfc3339(o.expires_at));
                        },
                        [](const DeliveredOrder& o) { return o.keys.empty() ? "" : ": " + keys_text(o.keys); },
                        [](const auto&) { return std::string(); },
                    },
                    order);
}

std::vector<std::pair<Currency, Minor>> all_owed_back(const Order& order) {
  std::vector<std::pair<Currency, Minor>> all;
  const auto add = [&](const Currency& currency) {
    if (const auto amount = owed_back(order, currency); amount > Minor{0}) all.emplace_back(currency, amount);
  };
  add(terms_of(order)->currency);
  for (const auto& [currency, amount] : money_of(order)->elsewhere) add(currency);
  return all;
}

Minor refunded(const Order& order) {
  if (const auto* paid = std::get_if<PaidOrder>(&order)) return paid->refunded;
  if (const auto* delivered = std::get_if<DeliveredOrder>(&order)) return delivered->refunded;
  return {};
}

}  // namespace

std::string order_sentence(const OrderId& id, const Order& order, const ExponentOf& exponent_of) {
  auto text = fmt::format("Order {} is {}{}", id.value, state_words(order), what_follows(order, exponent_of));
  for (const auto& [currency, amount] : all_owed_back(order)) {
    text += fmt::format("; {} owed back", to_text(Money{amount, currency, exponent_of(currency)}));
  }
  return text + ".";
}

void print_order(std::ostream& out, const OrderId& id, const Order& order, const ExponentOf& exponent_of) {
  const auto& terms = *terms_of(order);
  const auto money = [&](Minor amount) { return to_text(Money{amount, terms.currency, exponent_of(terms.currency)}); };
  out << order_sentence(id, order, exponent_of) << '\n';
  out << fmt::format("  {} ordered {} x {} for {} at {}\n", terms.member.value, terms.quantity.value,
                     terms.product.value, money(terms.amount_due), format_rfc3339(terms.placed_at));
  const auto& paid = *money_of(order);
  const auto returned = paid.returned > Minor{0} ? fmt::format(", returned {}", money(paid.returned)) : std::string();
  out << fmt::format("  received {}{}, refunded {}\n", money(paid.received), returned, money(refunded(order)));
  const auto* delivered = std::get_if<DeliveredOrder>(&order);
  if (delivered == nullptr) return;
  for (const auto& replaced : delivered->replaced) {
    out << fmt::format("  key {} was replaced by key {}\n", replaced.old_key, replaced.new_key);
  }
  if (delivered->text) out << "  delivered with a text\n";
}

nlohmann::ordered_json order_answer(const OrderId& id, const Order& order) {
  auto json = eventstore::order_json(id, order);
  const auto* delivered = std::get_if<DeliveredOrder>(&order);
  if (delivered == nullptr) return json;
  auto& keys = json["keys"] = nlohmann::ordered_json::array();
  for (const auto& range : delivered->keys) {
    for (std::uint64_t i = 0; i < range.count; ++i) keys.push_back({{"number", range.first + i}});
  }
  return json;
}

}  // namespace upline::cli
