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
  explicit ShopBooks(const std::filesystem::path& folder, eventstore::HandlerOptions options = test_options())
      : folder_(folder), shop_(folder, std::move(options)), models_(shop_.store(), folder / "views") {}

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

/// One event by itself.
inline void take_in(const projections::Projection& projection, projections::ReadModelDatabase& database,
                    const domain::RecordedEvent& event) {
  const auto intake = projection.begin(database);
  intake->apply(event);
  intake->flush();
}

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

/// `game: 999 CNY key-pool, plan '', retired false, 2 a member, low at -: false, 1 orders of 2 waiting`.
inline Lines products(projections::ReadModels& models, const std::optional<projections::AsOf>& as_of = {}) {
  Lines lines;
  const auto limit = [](const std::optional<domain::Quantity>& quantity) {
    return quantity ? std::to_string(quantity->value) : std::string("-");
  };
  const auto add = [&](const projections::Stock& s) {
    lines.push_back(fmt::format(
        "{}: {} {} {}, plan '{}', retired {}, {} a member, low at {}: {}, {} orders of {} waiting", s.product,
        s.unit_price.value, s.currency, name(s.fulfilment), s.plan, s.retired, limit(s.units_per_member),
        limit(s.low_stock_level), s.is_low(), s.waiting_orders, s.waiting_units));
  };
  if (as_of) {
    models.inventory().stock(*as_of, add);
  } else {
    models.inventory().stock(add);
  }
  return lines;
}

/// `game b2 at 2026-05-03T12:00:00Z`.
inline Lines scheduled_releases(projections::ReadModels& models, const projections::AsOf& as_of) {
  Lines lines;
  models.inventory().scheduled_releases(as_of, [&](const projections::ScheduledRelease& r) {
    lines.push_back(fmt::format("{} {} at {}", r.product, r.batch, domain::format_rfc3339(r.at)));
  });
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
             "{} #{} {} x {} by {} for {} {}, placed {} until {}, paid {} '{}' plan '{}' {}, waited {}, ended {}, ",
             o.order.value, o.position.value, o.quantity.value, o.product.value, o.member.value, o.amount_due.value,
             o.currency.code, domain::format_rfc3339(o.placed_at), text_of(o.expires_at), text_of(o.paid_at), o.channel,
             o.plan ? o.plan->value : "", o.plan_version.value, text_of(o.waited_since), text_of(o.ended_at)) +
         fmt::format("delivered {} {} keys, revoked {}, received {}, refunded {}, owed {}, awaiting {}, {}",
                     text_of(o.delivered_at), o.keys, text_of(o.revoked_at), o.received.value, o.refunded.value,
                     o.owed_back.value, o.awaiting_stock.value, o.state);
}

inline std::string text_of(const projections::RefundLine& r) {
  return fmt::format("{} {} #{} {} {}", name(r.kind), r.refund.value, r.position.value, r.amount.value,
                     domain::format_rfc3339(r.occurred_at));
}

inline std::string text_of(const projections::PaymentLine& p) {
  return fmt::format("payment {} #{} {} {} '{}' {} {}", p.payment ? p.payment->value : "-", p.position.value,
                     p.amount.value, p.currency.code, p.channel, name(p.effect), domain::format_rfc3339(p.occurred_at));
}

inline std::string text_of(const projections::ReturnLine& r) {
  return fmt::format("return {} #{} {} {} '{}' {}", r.id.value, r.position.value, r.amount.value, r.currency.code,
                     r.channel, domain::format_rfc3339(r.occurred_at));
}

inline std::string text_of(const projections::MismatchLine& m) {
  return fmt::format("mismatch {} #{} names {} {} {} {}", m.payment.value, m.position.value, m.named_order.value,
                     m.amount.value, m.currency.code, domain::format_rfc3339(m.occurred_at));
}

/// An order, if it is there, with all that came in and went back: payments, returns, mismatches, refunds.
inline Lines order_with_money(projections::ReadModels& models, const projections::AsOf& as_of,
                              const domain::OrderId& order) {
  Lines lines;
  const auto orders = models.orders();
  const auto add = [&](const auto& line) { lines.push_back(text_of(line)); };
  if (const auto found = orders.order(as_of, order)) add(*found);
  orders.payments(as_of, order, add);
  orders.returns(as_of, order, add);
  orders.mismatches(as_of, order, add);
  orders.refunds(as_of, order, add);
  return lines;
}

/// `p1 CNY owed 500 awaiting 0`.
inline Lines liabilities(projections::ReadModels& models, const projections::AsOf& as_of) {
  Lines lines;
  models.orders().liabilities(as_of, [&](const projections::Liability& l) {
    lines.push_back(fmt::format("{} {} owed {} awaiting {}", l.order.value, l.currency.code, l.owed_back.value,
                                l.awaiting_stock.value));
  });
  return lines;
}

/// The ids of a list.
inline Lines listed(projections::ReadModels& models, const projections::AsOf& as_of,
                    const projections::OrderFilter& filter, const projections::OrderPage& page = {}) {
  Lines lines;
  models.orders().list(as_of, filter, page, [&](const projections::OrderLine& o) { lines.push_back(o.order.value); });
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
