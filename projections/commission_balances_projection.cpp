// How the commission balances are filled from the log.
#include "domain/overloaded.hpp"
#include "projections/account_entries_writer.hpp"
#include "projections/commission_balances.hpp"
#include "projections/payouts.hpp"

#include <array>
#include <memory>

namespace upline::projections {

using domain::RecordedEvent;

namespace {

constexpr std::array tables{
    OwnedTable{.name = "accounts",
               .select_all = "SELECT * FROM accounts ORDER BY member_id, currency",
               .key_columns = 2,
               .delete_all = "DELETE FROM accounts"},
    OwnedTable{.name = "orders",
               .select_all = "SELECT * FROM orders ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM orders"},
    OwnedTable{.name = "terms",
               .select_all = "SELECT * FROM terms ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM terms"},
    OwnedTable{.name = "newest",
               .select_all = "SELECT * FROM newest ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM newest"},
    OwnedTable{.name = "blocks",
               .select_all = "SELECT * FROM blocks ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM blocks"},
    OwnedTable{.name = "heads",
               .select_all = "SELECT * FROM heads ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM heads"},
    OwnedTable{.name = "sections",
               .select_all = "SELECT * FROM sections ORDER BY number",
               .key_columns = 1,
               .delete_all = "DELETE FROM sections"},
    OwnedTable{.name = "forfeits",
               .select_all = "SELECT * FROM forfeits ORDER BY member_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM forfeits"},
    OwnedTable{.name = "attempts",
               .select_all = "SELECT * FROM attempts ORDER BY settlement_id, attempt",
               .key_columns = 2,
               .delete_all = "DELETE FROM attempts"},
    OwnedTable{.name = "payouts",
               .select_all = "SELECT * FROM payouts ORDER BY member_id, currency, position",
               .key_columns = 3,
               .delete_all = "DELETE FROM payouts"},
    OwnedTable{.name = "standings",
               .select_all = "SELECT * FROM standings ORDER BY member_id, position",
               .key_columns = 2,
               .delete_all = "DELETE FROM standings"},
};

constexpr const char* insert_forfeit =
    "INSERT INTO forfeits (member_id, position, order_id, level, amount_minor, currency, reason, occurred_at, plan_id, "
    "plan_version, rate_kind, rate_value, base_minor) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

void forfeit(ReadModelDatabase& database, const RecordedEvent& event, const domain::CommissionForfeited& e) {
  database.run(insert_forfeit, {e.beneficiary, event.position, event.stream.id, e.level.value, e.amount, e.currency,
                                static_cast<int>(e.reason), event.occurred_at, e.plan, e.plan_version.value,
                                static_cast<int>(e.rate.kind), e.rate.value, e.base});
}

class CommissionBalancesIntake final : public Intake {
 public:
  explicit CommissionBalancesIntake(ReadModelDatabase& database) : database_(database), entries_(database) {}

  void apply(const RecordedEvent& event) override {
    std::visit(domain::Overloaded{
                   [&](const domain::CommissionAccrued& e) { entries_.add(event, e); },
                   [&](const domain::CommissionReversed& e) { entries_.add(event, e); },
                   [&](const domain::CommissionForfeited& e) { forfeit(database_, event, e); },
                   [&](const auto&) { apply_payouts(database_, event); },
               },
               event.event);
  }

  void flush() override { entries_.flush(); }

 private:
  ReadModelDatabase& database_;
  AccountEntriesWriter entries_;
};

class CommissionBalancesProjection final : public Projection {
 public:
  std::string_view name() const override { return "commission_balances"; }
  int version() const override { return 4; }
  std::span<const OwnedTable> tables() const override { return projections::tables; }
  std::unique_ptr<Intake> begin(ReadModelDatabase& database) const override {
    return std::make_unique<CommissionBalancesIntake>(database);
  }
};

}  // namespace

const Projection& commission_balances_projection() {
  static const CommissionBalancesProjection projection;
  return projection;
}

}  // namespace upline::projections
