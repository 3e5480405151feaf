#include "domain/books.hpp"

#include "domain/books_members.hpp"
#include "domain/books_names.hpp"
#include "domain/books_orders.hpp"
#include "domain/books_settlements.hpp"
#include "domain/books_stock.hpp"
#include "domain/overloaded.hpp"
#include "domain/turnover.hpp"

#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

namespace upline::domain {

namespace {

using Finding = std::optional<std::string>;

template <class E, class Events>
constexpr bool is_one_of = false;
template <class E, class... Alternatives>
constexpr bool is_one_of<E, std::variant<Alternatives...>> = (std::is_same_v<E, Alternatives> || ...);

/// The kind of stream that an event stands in. An event without one does not compile.
template <class E>
constexpr StreamKind home() {
  if constexpr (is_one_of<E, PolicyEvent>) return StreamKind::policy;
  if constexpr (std::is_same_v<E, PlanPublished>) return StreamKind::plan;
  if constexpr (is_one_of<E, ProductEvent>) return StreamKind::product;
  if constexpr (is_one_of<E, MemberEvent>) return StreamKind::member;
  if constexpr (std::is_same_v<E, LinkClicked>) return StreamKind::visitor;
  if constexpr (is_one_of<E, KeyPoolEvent>) return StreamKind::pool;
  if constexpr (is_one_of<E, OrderEvent>) return StreamKind::order;
  if constexpr (is_one_of<E, AccountEvent>) return StreamKind::account;
  if constexpr (is_one_of<E, SettlementEvent>) return StreamKind::settlement;
}

/// What the streams of their kind begin with, and never hold again.
template <class E>
constexpr bool is_opening = is_one_of<E, std::variant<ShopOpened, ProductAdded, MemberEnrolled, OrderPlaced>>;

constexpr bool has_opening(StreamKind kind) {
  return kind == StreamKind::policy || kind == StreamKind::product || kind == StreamKind::member ||
         kind == StreamKind::order;
}

/// Nothing that the books keep depends on these.
template <class E>
concept LeavesBooksAlone =
    is_one_of<E, std::variant<ShopOpened, CurrencyDeclared, LevelLimitChanged, ReferralPolicyChanged,
                              ReservationPolicyChanged, PurchasesLimited, LowStockLevelSet, PaymentMismatched>>;

constexpr const char* lines_without_sums = "lines of a settlement stand without their sums";

template <class Count>
Finding follow(Count& last, std::uint64_t version) {
  if (version != std::uint64_t{last} + 1) {
    return "version " + std::to_string(version) + " of the stream does not follow " + std::to_string(last);
  }
  ++last;
  return std::nullopt;
}

}  // namespace

class Books::Replay {
 public:
  Finding apply(const RecordedEvent& recorded);

  Position position{};
  BookNames names;
  BookedAccounts accounts{names};
  BookedOrders orders{names};
  BookedStock stock{names};
  BookedMembers members{names};
  BookedSettlements settlements{names, accounts, members};

 private:
  Finding take_in(const RecordedEvent& recorded);
  Finding check_place(const RecordedEvent& recorded);
  Finding check_stream(const RecordedEvent& recorded);
  Finding dispatch(const RecordedEvent& recorded);

  Finding choose_plan(std::optional<Name>& of, const PlanId& plan);
  Finding place(const RecordedEvent& recorded, const OrderPlaced& event);
  Finding pay(const RecordedEvent& recorded, const PaymentReceived& event);
  Finding freeze(BookedOrder& order, const PaymentReceived& event);
  Finding return_payment(const RecordedEvent& recorded, const PaymentReturned& event);
  Finding expire(const RecordedEvent& recorded, const OrderExpired& event);
  Finding cancel(const RecordedEvent& recorded, const OrderCancelled& event);
  Finding await_stock(const RecordedEvent& recorded, const StockAwaited& event);
  Finding leave_queue(const RecordedEvent& recorded, const StockNoLongerAwaited& event);
  Finding deliver_keys(const RecordedEvent& recorded, const KeysDelivered& event);
  Finding deliver_without_keys(const RecordedEvent& recorded);
  Finding deliver(const RecordedEvent& recorded);
  Finding forfeit(const RecordedEvent& recorded, const CommissionForfeited& event);
  Finding refund(const RecordedEvent& recorded, const OrderRefunded& event);
  Finding replace_key(const RecordedEvent& recorded, const KeyReplaced& event);
  Finding revoke_delivered(const RecordedEvent& recorded, const DeliveredKeysRevoked& event);
  Finding accrue(const RecordedEvent& recorded, const CommissionAccrued& event);
  Finding reverse(const RecordedEvent& recorded, const CommissionReversed& event);
  Finding book(const RecordedEvent& recorded, std::string_view currency);

  BookedOrder& order_of(const RecordedEvent& recorded) { return orders.order(recorded.stream.id); }
  Name id_of(const RecordedEvent& recorded) { return names.number_of(recorded.stream.id); }

  Finding broken_;
  Timestamp recorded_at_{INT64_MIN};
  Turnover turnover_;
  std::optional<Name> default_plan_;
  std::unordered_map<std::uint64_t, std::uint64_t> versions_;  // by kind and id of stream; orders keep their own
};

Finding Books::Replay::apply(const RecordedEvent& recorded) {
  if (broken_) return broken_;
  if (auto found = take_in(recorded)) {
    broken_ =
        "Position " + std::to_string(recorded.position.value) + ", " + to_text(recorded.stream) + ": " + *found + ".";
  }
  return broken_;
}

Finding Books::Replay::take_in(const RecordedEvent& recorded) {
  if (auto found = check_place(recorded)) return found;
  if (auto found = check_stream(recorded)) return found;
  if (orders.is_unsettled() && !orders.settles(recorded)) return orders.what_is_missing();
  if (settlements.is_in_chunk() && !settlements.continues_chunk(recorded)) return lines_without_sums;
  if (auto found = accounts.pass_time(recorded.recorded_at)) return found;
  return dispatch(recorded);
}

Finding Books::Replay::check_place(const RecordedEvent& recorded) {
  if (recorded.position.value != position.value + 1) {
    return "the position does not follow " + std::to_string(position.value);
  }
  if (recorded.recorded_at < recorded_at_) return "the event was recorded before the one in front of it";
  if (recorded.occurred_at < timestamp_min || recorded.occurred_at > timestamp_max) {
    return "the event occurred outside the years 1 to 9999";
  }
  position = recorded.position;
  recorded_at_ = recorded.recorded_at;
  return std::nullopt;
}

Finding Books::Replay::check_stream(const RecordedEvent& recorded) {
  const auto kind = recorded.stream.kind;
  const auto [event_home, opens] =
      std::visit([]<class E>(const E&) { return std::pair{home<E>(), is_opening<E>}; }, recorded.event);
  if (event_home != kind) return "the event belongs to another kind of stream";
  const auto version = recorded.version.value;
  if (has_opening(kind) && opens != (version == 1)) return "the event that opens a stream is missing or repeated";
  if (kind == StreamKind::order) return follow(order_of(recorded).version, version);
  return follow(versions_[both(Name{static_cast<std::uint32_t>(kind)}, names.number_of(recorded.stream.id))], version);
}

Finding Books::Replay::dispatch(const RecordedEvent& recorded) {
  const auto done = Finding{};
  return std::visit(
      Overloaded{
          [&](const LeavesBooksAlone auto&) { return done; },
          [&](const PlanPublished& e) { return orders.publish(recorded, e); },
          [&](const DefaultPlanChosen& e) { return choose_plan(default_plan_, e.plan); },
          [&](const ProductAdded& e) { return stock.add(id_of(recorded), e), done; },
          [&](const PlanAssigned& e) { return choose_plan(stock.find(id_of(recorded))->plan, e.plan); },
          [&](const ProductRepriced& e) { return stock.find(id_of(recorded))->unit_price = e.unit_price, done; },
          [&](const ProductRetired&) { return stock.find(id_of(recorded))->is_retired = true, done; },
          [&](const ProductRelisted&) { return stock.find(id_of(recorded))->is_retired = false, done; },
          [&](const MemberEnrolled& e) { return members.enrol(id_of(recorded), e); },
          [&](const ReferrerBound& e) { return members.bind(id_of(recorded), e); },
          [&](const MemberSuspended&) { return members.suspend(id_of(recorded)); },
          [&](const MemberResumed&) { return members.resume(id_of(recorded)); },
          [&](const MemberClosed&) { return members.close(id_of(recorded)); },
          [&](const MemberMoved& e) { return members.move(id_of(recorded), e); },
          [&](const LinkClicked& e) { return members.click(e); },
          [&](const MemberErased&) { return members.erase(id_of(recorded)); },
          [&](const KeysImported& e) { return stock.import(id_of(recorded), e); },
          [&](const KeysReleased& e) { return stock.pool(id_of(recorded)).release(e.keys); },
          [&](const ReleaseScheduled& e) { return stock.schedule(id_of(recorded), recorded, e); },
          [&](const ScheduleEnded& e) { return stock.end_schedule(id_of(recorded), e); },
          [&](const KeysWithdrawn& e) { return stock.pool(id_of(recorded)).withdraw(e); },
          [&](const KeysRevoked& e) { return stock.pool(id_of(recorded)).revoke(e); },
          [&](const OrderPlaced& e) { return place(recorded, e); },
          [&](const PaymentReceived& e) { return pay(recorded, e); },
          [&](const PaymentReturned& e) { return return_payment(recorded, e); },
          [&](const OrderExpired& e) { return expire(recorded, e); },
          [&](const OrderCancelled& e) { return cancel(recorded, e); },
          [&](const StockAwaited& e) { return await_stock(recorded, e); },
          [&](const StockNoLongerAwaited& e) { return leave_queue(recorded, e); },
          [&](const KeysDelivered& e) { return deliver_keys(recorded, e); },
          [&](const OrderDelivered&) { return deliver_without_keys(recorded); },
          [&](const CommissionForfeited& e) { return forfeit(recorded, e); },
          [&](const CommissionWithheld& e) { return orders.withhold(order_of(recorded), e); },
          [&](const OrderRefunded& e) { return refund(recorded, e); },
          [&](const KeyReplaced& e) { return replace_key(recorded, e); },
          [&](const DeliveredKeysRevoked& e) { return revoke_delivered(recorded, e); },
          [&](const CommissionAccrued& e) { return accrue(recorded, e); },
          [&](const CommissionReversed& e) { return reverse(recorded, e); },
          [&](const SettlementPolicyChanged& e) { return settlements.change(e), done; },
          [&](const SettlementOpened& e) { return settlements.open(recorded, e); },
          [&](const LinesScheduled& e) { return settlements.close_chunk(recorded, e); },
          [&](const SettlementFixed& e) { return settlements.fix(recorded, e); },
          [&](const SettlementAbandoned& e) { return settlements.abandon(recorded, e); },
          [&](const SettlementApproved& e) { return settlements.approve(recorded, e); },
          [&](const SettlementExported& e) { return settlements.export_lines(recorded, e); },
          [&](const SettlementCancelled&) { return settlements.cancel(recorded); },
          [&](const PayoutScheduled& e) { return settlements.schedule(recorded, e); },
          [&](const PayoutPaid& e) { return settlements.pay(recorded, e); },
          [&](const PayoutFailed& e) { return settlements.fail(recorded, e); },
          [&](const PayoutReturned& e) { return settlements.give_back(recorded, e); },
      },
      recorded.event);
}

Finding Books::Replay::choose_plan(std::optional<Name>& of, const PlanId& plan) {
  of = names.number_of(plan.value);
  if (!orders.is_published(*of)) return "the plan that is chosen was never published";
  return std::nullopt;
}

Finding Books::Replay::place(const RecordedEvent& recorded, const OrderPlaced& event) {
  auto& order = order_of(recorded);
  if (auto found = orders.place(order, recorded, event)) return found;
  if (!members.is_enrolled(order.buyer)) return "the order's buyer is no member";
  return stock.place(order, recorded, event);
}

Finding Books::Replay::pay(const RecordedEvent& recorded, const PaymentReceived& event) {
  auto& order = order_of(recorded);
  if (auto found = orders.pay(order, recorded, event)) return found;
  if (event.effect == PaymentEffect::pays) {
    if (auto found = freeze(order, event)) return found;
    const bool by_hand = order.is_live && stock.find(order.product)->fulfilment == Fulfilment::manual;
    if (!by_hand) orders.await_handing_over(OrderId{recorded.stream.id});
  }
  if (!with_added(turnover_, event.currency, event.amount)) return "the payments do not fit 64 bits";
  turnover_ = evolve(std::move(turnover_), event);
  return book(recorded, event.currency.code);
}

/// Of a gift neither the chain nor the purchase counts.
Finding Books::Replay::freeze(BookedOrder& order, const PaymentReceived& event) {
  const auto own_plan = stock.find(order.product)->plan;
  if (auto found = orders.freeze(order, event.chain, own_plan ? own_plan : default_plan_)) return found;
  if (event.chain) {
    const auto levels = orders.frozen_level_count(order);
    if (auto found = members.check_chain(order.buyer, event.chain->upline, levels)) return found;
  }
  if (order.amount_due > Minor{0}) return members.purchase(order.buyer, event.first_purchase);
  return event.first_purchase ? Finding("a gift is told as a first purchase") : std::nullopt;
}

Finding Books::Replay::return_payment(const RecordedEvent& recorded, const PaymentReturned& event) {
  if (auto found = orders.return_payment(order_of(recorded), recorded, event)) return found;
  return book(recorded, event.currency.code);
}

Finding Books::Replay::expire(const RecordedEvent& recorded, const OrderExpired& event) {
  if (auto found = orders.expire(order_of(recorded), recorded)) return found;
  return stock.free(order_of(recorded), event.product, event.freed);
}

Finding Books::Replay::cancel(const RecordedEvent& recorded, const OrderCancelled& event) {
  if (auto found = orders.cancel(order_of(recorded))) return found;
  return stock.free(order_of(recorded), event.product, event.freed);
}

Finding Books::Replay::await_stock(const RecordedEvent& recorded, const StockAwaited& event) {
  if (auto found = orders.await_stock(order_of(recorded))) return found;
  return stock.await(order_of(recorded), recorded, event);
}

Finding Books::Replay::leave_queue(const RecordedEvent& recorded, const StockNoLongerAwaited& event) {
  if (auto found = orders.leave_queue()) return found;
  return stock.leave_queue(order_of(recorded), recorded, event);
}

Finding Books::Replay::deliver_keys(const RecordedEvent& recorded, const KeysDelivered& event) {
  if (auto found = deliver(recorded)) return found;
  return stock.deliver(order_of(recorded), recorded, event);
}

Finding Books::Replay::deliver_without_keys(const RecordedEvent& recorded) {
  if (auto found = stock.deliver_without_keys(order_of(recorded))) return found;
  return deliver(recorded);
}

Finding Books::Replay::deliver(const RecordedEvent& recorded) {
  auto& order = order_of(recorded);
  if (auto found = orders.deliver(order, recorded)) return found;
  accounts.count_sale(order.currency, order.amount_due);
  return book(recorded, names.text(order.currency));
}

Finding Books::Replay::forfeit(const RecordedEvent& recorded, const CommissionForfeited& event) {
  if (auto found = orders.forfeit(order_of(recorded), event)) return found;
  return members.check_forfeit(names.number_of(event.beneficiary.value), event.reason);
}

Finding Books::Replay::refund(const RecordedEvent& recorded, const OrderRefunded& event) {
  auto& order = order_of(recorded);
  if (auto found = orders.refund(order, recorded, event)) return found;
  accounts.count_refund(order.currency, event.amount);
  return book(recorded, names.text(order.currency));
}

Finding Books::Replay::replace_key(const RecordedEvent& recorded, const KeyReplaced& event) {
  return stock.replace(order_of(recorded), event);
}

Finding Books::Replay::revoke_delivered(const RecordedEvent& recorded, const DeliveredKeysRevoked& event) {
  if (auto found = orders.check_revocation(recorded, event)) return found;
  return stock.revoke(order_of(recorded), event);
}

Finding Books::Replay::accrue(const RecordedEvent& recorded, const CommissionAccrued& event) {
  if (auto found = orders.accrue(recorded, event)) return found;
  if (auto found = members.check_active(id_of(recorded))) return found;
  const BalanceEntry entry{recorded.stream.id, event.currency.code, event.amount, event.available_at};
  if (auto found = accounts.enter(entry, postings(recorded, {}))) return found;
  return accounts.check(event.currency.code);
}

Finding Books::Replay::reverse(const RecordedEvent& recorded, const CommissionReversed& event) {
  if (auto found = orders.reverse(recorded, event)) return found;
  const BalanceEntry entry{recorded.stream.id, event.currency.code, Minor{-event.amount.value}, event.available_at};
  if (auto found = accounts.enter(entry, postings(recorded, {}))) return found;
  return accounts.check(event.currency.code);
}

Finding Books::Replay::book(const RecordedEvent& recorded, std::string_view currency) {
  if (auto found = accounts.book(postings(recorded, orders.in_books(order_of(recorded))))) return found;
  return accounts.check(currency);
}

Books::Books() : replay_(std::make_unique<Replay>()) {}
Books::~Books() = default;
Books::Books(Books&&) noexcept = default;
Books& Books::operator=(Books&&) noexcept = default;

Finding Books::apply(const RecordedEvent& recorded) { return replay_->apply(recorded); }

Finding Books::unfinished() const {
  if (replay_->settlements.is_in_chunk()) {
    return "After position " + std::to_string(position().value) + ": " + lines_without_sums + ".";
  }
  if (!replay_->orders.is_unsettled()) return std::nullopt;
  return "After position " + std::to_string(position().value) + ": " + replay_->orders.what_is_missing() + ".";
}

Position Books::position() const { return replay_->position; }
std::size_t Books::member_count() const { return replay_->members.count(); }
std::size_t Books::order_count() const { return replay_->orders.count(); }
std::size_t Books::balance_count() const { return replay_->accounts.balance_count(); }
std::map<Currency, CurrencyTotals> Books::totals() const { return replay_->accounts.totals(); }

MemberBalance Books::balance(const MemberId& member, const Currency& currency) const {
  return replay_->accounts.balance(member.value, currency.code);
}

Minor Books::sum(const LedgerAccount& account, const Currency& currency) const {
  return replay_->accounts.sum(account, currency.code);
}

KeyCounts Books::keys(const ProductId& product) const {
  const auto name = replay_->names.find(product.value);
  return name ? replay_->stock.counts(*name) : KeyCounts{};
}

}  // namespace upline::domain
