// A shop with its read models in a folder of its own, and their answers as texts that a test can say.
#pragma once

#include "projections/read_models.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace upline::tests {

using Lines = std::vector<std::string>;

/// One process that writes the shop and asks its read models. Several over one folder stand for several programs.
class ShopBooks {
 public:
  explicit ShopBooks(const std::filesystem::path& folder)
      : folder_(folder), shop_(folder), models_(shop_.store(), folder / "views") {}

  ShopProcess& shop() { return shop_; }
  eventstore::EventStore& store() { return shop_.store(); }
  projections::ReadModels& models() { return models_; }
  std::filesystem::path views() const { return folder_ / "views"; }
  std::filesystem::path view(const std::string& name) const { return views() / name; }

  /// The read models, brought up to date.
  projections::ReadModels& now() {
    models_.catch_up();
    return models_;
  }

  void append(const domain::Command& command, const std::vector<std::string>& secrets = {}) {
    must_append(shop_.run(command, {}, secrets));
  }

  domain::Position head() { return store().head().position; }

 private:
  std::filesystem::path folder_;
  ShopProcess shop_;
  projections::ReadModels models_;
};

/// A shop in a temporary folder: the worked example's, before anybody buys.
class ExampleBooks : private TempFolder, public ShopBooks {
 public:
  ExampleBooks() : ShopBooks(TempFolder::path()) { set_up_worked_example(shop()); }
  const std::filesystem::path& folder() const { return TempFolder::path(); }
};

inline projections::AsOf at(domain::Timestamp time) { return {.time = time}; }

/// `carol CNY earned 99 reversed 50 pending 49 available 0`.
inline Lines balances(projections::ReadModels& models, const projections::AsOf& as_of,
                      const std::optional<domain::MemberId>& member = {}) {
  Lines lines;
  models.balances().balances(as_of, member, [&](const projections::Balance& b) {
    lines.push_back(fmt::format("{} {} earned {} reversed {} pending {} available {}", b.member, b.currency,
                                b.earned.value, b.reversed.value, b.pending.value, b.available.value));
  });
  return lines;
}

/// `bob under alice depth 1 direct 1 downline 2`.
inline Lines tree(projections::ReadModels& models, const projections::AsOf& as_of) {
  const auto forest = models.tree().forest(as_of);
  Lines lines;
  for (projections::MemberIndex i = 0; i < forest.size(); ++i) {
    const auto row = forest.row(i);
    lines.push_back(fmt::format("{} under {} depth {} direct {} downline {}", row.member,
                                row.referrer.empty() ? "nobody" : row.referrer, row.place.depth, row.place.direct_count,
                                row.place.downline_count));
  }
  return lines;
}

inline std::string text_of(const projections::Stock& s) {
  return fmt::format("{} imported {} unreleased {} released {} reserved {} delivered {} revoked {}", s.product,
                     s.imported(), s.unreleased, s.released, s.reserved, s.delivered, s.revoked);
}

/// `game imported 10 unreleased 0 released 9 reserved 0 delivered 1 revoked 0`; as of now, or of then.
inline Lines stock(projections::ReadModels& models, const std::optional<projections::AsOf>& as_of = {}) {
  Lines lines;
  const auto add = [&](const projections::Stock& s) { lines.push_back(text_of(s)); };
  if (as_of) {
    models.inventory().stock(*as_of, add);
  } else {
    models.inventory().stock(add);
  }
  return lines;
}

/// `course: special`; nothing behind a product that follows the shop's default.
inline Lines plans(projections::ReadModels& models, const std::optional<projections::AsOf>& as_of = {}) {
  Lines lines;
  const auto add = [&](const projections::Stock& s) { lines.push_back(fmt::format("{}: {}", s.product, s.plan)); };
  if (as_of) {
    models.inventory().stock(*as_of, add);
  } else {
    models.inventory().stock(add);
  }
  return lines;
}

inline std::string text_of(const std::optional<domain::Timestamp>& time) {
  return time ? domain::format_rfc3339(*time) : "never";
}

inline std::string text_of(const projections::OrderLine& o) {
  return fmt::format(
      "{} #{} {} x {} by {} for {} {}, placed {}, paid {} '{}' plan '{}' {}, delivered {}, refunded {}, {}",
      o.order.value, o.position.value, o.quantity.value, o.product.value, o.member.value, o.amount_due.value,
      o.currency.code, domain::format_rfc3339(o.placed_at), text_of(o.paid_at), o.channel, o.plan ? o.plan->value : "",
      o.plan_version.value, text_of(o.delivered_at), o.refunded.value, o.state);
}

inline std::string text_of(const projections::RefundLine& r) {
  return fmt::format("{} #{} {} {}", r.refund.value, r.position.value, r.amount.value,
                     domain::format_rfc3339(r.occurred_at));
}

/// Each order that is there, with its refunds.
inline Lines order_with_refunds(projections::ReadModels& models, const projections::AsOf& as_of,
                                const domain::OrderId& order) {
  Lines lines;
  if (const auto found = models.orders().order(as_of, order)) lines.push_back(text_of(*found));
  models.orders().refunds(as_of, order, [&](const projections::RefundLine& r) { lines.push_back(text_of(r)); });
  return lines;
}

inline Lines orders_of_member(projections::ReadModels& models, const projections::AsOf& as_of,
                              const domain::MemberId& member) {
  Lines lines;
  models.orders().orders_of_member(as_of, member,
                                   [&](const projections::OrderLine& o) { lines.push_back(text_of(o)); });
  return lines;
}

inline std::string text_of(const std::optional<projections::MemberCard>& card) {
  if (!card) return "no member";
  return fmt::format("{} #{} {} {} {}, under {} since {}", card->member.value, card->position.value,
                     domain::format_rfc3339(card->enrolled_at), card->code.value, name(card->standing),
                     card->referrer ? card->referrer->value : "nobody", text_of(card->bound_at));
}

/// `commission_balances.entries: alice CNY 25: differs`.
inline Lines differences(projections::ReadModels& models) {
  Lines lines;
  for (const auto& difference : models.compare_with_rebuild()) {
    for (const auto& key : difference.keys) {
      lines.push_back(fmt::format("{}.{}: {}", difference.projection, difference.table, key));
    }
  }
  return lines;
}

}  // namespace upline::tests
