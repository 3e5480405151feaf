// What each event does to the payouts' tables of commission_balances.
#include "domain/overloaded.hpp"
#include "projections/payouts.hpp"

namespace upline::projections {

using domain::RecordedEvent;
using domain::Standing;

namespace {

/// Later than every instant that is asked for.
constexpr std::int64_t never = INT64_MAX;

constexpr const char* insert_attempt =
    "INSERT INTO attempts (settlement_id, attempt, fixed_position, fixed_at, cancelled_position, cancelled_at) "
    "VALUES ($1, $2, 0, $3, 0, $3)";

constexpr const char* fix_attempt =
    "UPDATE attempts SET fixed_position = $1, fixed_at = $2 WHERE settlement_id = $3 AND attempt = $4";

constexpr const char* cancel_attempt =
    "UPDATE attempts SET cancelled_position = $1, cancelled_at = $2 WHERE settlement_id = $3 AND fixed_at < $4";

constexpr const char* insert_payout =
    "INSERT INTO payouts (member_id, currency, position, version, settlement_id, attempt, gross_minor, tax_minor, "
    "fee_minor, net_minor, paid_position, paid_at, reference, ended_position, ended_at, reason) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, NULL, 0, $11, NULL)";

void schedule(ReadModelDatabase& database, const RecordedEvent& event, const domain::PayoutScheduled& e) {
  database.run(insert_payout, {event.stream.id, e.currency, event.position, event.version.value, e.settlement,
                               e.attempt.value, e.amounts.gross, e.amounts.tax, e.amounts.fee, e.amounts.net, never});
}

constexpr const char* pay_payout =
    "UPDATE payouts SET paid_position = $1, paid_at = $2, reference = $3 "
    "WHERE member_id = $4 AND currency = $5 AND settlement_id = $6 AND attempt = $7";

void pay(ReadModelDatabase& database, const RecordedEvent& event, const domain::PayoutPaid& e) {
  database.run_on_one_row(pay_payout, {event.position, event.occurred_at, e.reference, event.stream.id, e.currency,
                                       e.settlement, e.attempt.value});
}

constexpr const char* end_payout =
    "UPDATE payouts SET ended_position = $1, ended_at = $2, reason = $3 "
    "WHERE member_id = $4 AND currency = $5 AND settlement_id = $6 AND attempt = $7";

template <class Ending>
void end(ReadModelDatabase& database, const RecordedEvent& event, const Ending& e) {
  database.run_on_one_row(end_payout, {event.position, event.occurred_at, e.reason, event.stream.id, e.currency,
                                       e.settlement, e.attempt.value});
}

constexpr const char* insert_standing = "INSERT INTO standings (member_id, position, standing) VALUES ($1, $2, $3)";

void stand(ReadModelDatabase& database, const RecordedEvent& event, Standing standing) {
  database.run(insert_standing, {event.stream.id, event.position, static_cast<int>(standing)});
}

}  // namespace

void apply_payouts(ReadModelDatabase& database, const RecordedEvent& event) {
  std::visit(domain::Overloaded{
                 [&](const domain::MemberSuspended&) { stand(database, event, Standing::suspended); },
                 [&](const domain::MemberResumed&) { stand(database, event, Standing::active); },
                 [&](const domain::MemberClosed&) { stand(database, event, Standing::closed); },
                 [&](const domain::MemberErased&) { stand(database, event, Standing::closed); },
                 [&](const domain::SettlementOpened& e) {
                   database.run(insert_attempt, {event.stream.id, e.attempt.value, never});
                 },
                 [&](const domain::SettlementFixed& e) {
                   database.run_on_one_row(fix_attempt,
                                           {event.position, event.occurred_at, event.stream.id, e.attempt.value});
                 },
                 [&](const domain::SettlementCancelled&) {
                   database.run_on_one_row(cancel_attempt, {event.position, event.occurred_at, event.stream.id, never});
                 },
                 [&](const domain::PayoutScheduled& e) { schedule(database, event, e); },
                 [&](const domain::PayoutPaid& e) { pay(database, event, e); },
                 [&](const domain::PayoutFailed& e) { end(database, event, e); },
                 [&](const domain::PayoutReturned& e) { end(database, event, e); },
                 [](const auto&) {},
             },
             event.event);
}

}  // namespace upline::projections
