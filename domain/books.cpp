#include "domain/books.hpp"

#include "domain/books_names.hpp"
#include "domain/books_orders.hpp"
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
  if constexpr (is_one_of<E, KeyPoolEvent>) return StreamKind::pool;
  if constexpr (is_one_of<E, OrderEvent>) return StreamKind::order;
  if constexpr (is_one_of<E, AccountEvent>) return StreamKind::account;
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
    is_one_of<E, std::variant<ShopOpened, CurrencyDeclared, LevelLimitChanged, DefaultPlanChosen, PlanAssigned,
                              ReferrerBound, MemberSuspended, MemberResumed, MemberClosed>>;

bool takes_keys(const std::optional<Fulfilment>& fulfilment) {
  return fulfilment == Fulfilment::key_pool || fulfilment == Fulfilment::reusable;
}

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
  std::size_t member_count{};
  BookNames names;
  BookedAccounts accounts{names};
  BookedOrders orders{names};
  std::unordered_map<std::uint32_t, BookedKeys> pools;  // by product

 private:
  Finding take_in(const RecordedEvent& recorded);
  Finding check_place(const RecordedEvent& recorded);
  Finding check_stream(const RecordedEvent& recorded);
  Finding dispatch(const RecordedEvent& recorded);
  Finding place(const RecordedEvent& recorded, const OrderPlaced& event);
  Finding pay(const RecordedEvent& recorded, const PaymentReceived& event);
  Finding deliver_keys(const RecordedEvent& recorded, const KeysDelivered& event);
  Finding deliver_without_keys(const RecordedEvent& recorded);
  Finding deliver(const RecordedEvent& recorded);
  Finding refund(const RecordedEvent& recorded, const OrderRefunded& event);
  Finding accrue(const RecordedEvent& recorded, const CommissionAccrued& event);
  Finding reverse(const RecordedEvent& recorded, const CommissionReversed& event);
  Finding book(const RecordedEvent& recorded, std::string_view currency);

  BookedOrder& order_of(const RecordedEvent& recorded) { return orders.order(recorded.stream.id); }
  BookedKeys& pool_of(const RecordedEvent& recorded) { return pools[names.number_of(recorded.stream.id).value]; }
  std::optional<Fulfilment> fulfilment_of(Name product) const;

  Finding broken_;
  Timestamp recorded_at_{INT64_MIN};
  Turnover turnover_;
  std::unordered_map<std::uint64_t, std::uint64_t> versions_;  // by kind and id of stream; orders keep their own
  std::unordered_map<std::uint32_t, Fulfilment> fulfilments_;  // by product
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
  return std::visit(Overloaded{
                        [](const LeavesBooksAlone auto&) { return Finding{}; },
                        [&](const PlanPublished& e) { return orders.publish(recorded, e); },
                        [&](const ProductAdded& e) {
                          fulfilments_.emplace(names.number_of(recorded.stream.id).value, e.fulfilment);
                          return Finding{};
                        },
                        [&](const MemberEnrolled&) {
                          ++member_count;
                          return Finding{};
                        },
                        [&](const KeysImported& e) { return pool_of(recorded).import(e); },
                        [&](const KeysReleased& e) { return pool_of(recorded).release(e.keys); },
                        [&](const OrderPlaced& e) { return place(recorded, e); },
                        [&](const PaymentReceived& e) { return pay(recorded, e); },
                        [&](const KeysDelivered& e) { return deliver_keys(recorded, e); },
                        [&](const OrderDelivered&) { return deliver_without_keys(recorded); },
                        [&](const CommissionForfeited& e) { return orders.forfeit(order_of(recorded), e); },
                        [&](const CommissionWithheld& e) { return orders.withhold(order_of(recorded), e); },
                        [&](const OrderRefunded& e) { return refund(recorded, e); },
                        [&](const CommissionAccrued& e) { return accrue(recorded, e); },
                        [&](const CommissionReversed& e) { return reverse(recorded, e); },
                    },
                    recorded.event);
}

Finding Books::Replay::place(const RecordedEvent& recorded, const OrderPlaced& event) {
  if (!fulfilment_of(names.number_of(event.product.value))) return "the order's product was never added";
  if (auto found = orders.place(order_of(recorded), event)) return found;
  if (!with_added(turnover_, event.currency, event.amount_due)) return "the amounts due do not fit 64 bits";
  turnover_ = evolve(std::move(turnover_), event);
  return std::nullopt;
}

Finding Books::Replay::pay(const RecordedEvent& recorded, const PaymentReceived& event) {
  if (auto found = orders.pay(order_of(recorded), event)) return found;
  return book(recorded, event.currency.code);
}

Finding Books::Replay::deliver_keys(const RecordedEvent& recorded, const KeysDelivered& event) {
  const auto& order = order_of(recorded);
  const auto product = names.number_of(event.product.value);
  const auto fulfilment = fulfilment_of(product);
  if (product != order.product) return "the keys are not of the order's product";
  if (!takes_keys(fulfilment)) return "keys are delivered of a product that has none";
  if (event.shared != (fulfilment == Fulfilment::reusable)) return "a key is shared that may not be, or the reverse";
  std::uint64_t count = 0;
  for (const auto& range : event.keys) {
    if (auto found = pools[product.value].deliver(range, event.shared)) return found;
    count += range.count;
  }
  const std::uint64_t sold = event.shared ? 1 : order.quantity;
  if (count != sold) return std::to_string(count) + " keys are delivered where " + std::to_string(sold) + " were sold";
  return deliver(recorded);
}

Finding Books::Replay::deliver_without_keys(const RecordedEvent& recorded) {
  if (takes_keys(fulfilment_of(order_of(recorded).product))) return "an order of keys is delivered without one";
  return deliver(recorded);
}

Finding Books::Replay::deliver(const RecordedEvent& recorded) {
  auto& order = order_of(recorded);
  if (auto found = orders.deliver(order, recorded)) return found;
  accounts.count_sale(order.currency, order.amount_due);
  return book(recorded, names.text(order.currency));
}

Finding Books::Replay::refund(const RecordedEvent& recorded, const OrderRefunded& event) {
  auto& order = order_of(recorded);
  if (auto found = orders.refund(order, recorded, event)) return found;
  accounts.count_refund(order.currency, event.amount);
  return book(recorded, names.text(order.currency));
}

Finding Books::Replay::accrue(const RecordedEvent& recorded, const CommissionAccrued& event) {
  if (auto found = orders.accrue(recorded, event)) return found;
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

std::optional<Fulfilment> Books::Replay::fulfilment_of(Name product) const {
  const auto found = fulfilments_.find(product.value);
  return found == fulfilments_.end() ? std::nullopt : std::optional(found->second);
}

Books::Books() : replay_(std::make_unique<Replay>()) {}
Books::~Books() = default;
Books::Books(Books&&) noexcept = default;
Books& Books::operator=(Books&&) noexcept = default;

Finding Books::apply(const RecordedEvent& recorded) { return replay_->apply(recorded); }

Finding Books::unfinished() const {
  if (!replay_->orders.is_unsettled()) return std::nullopt;
  return "After position " + std::to_string(position().value) + ": " + replay_->orders.what_is_missing() + ".";
}

Position Books::position() const { return replay_->position; }
std::size_t Books::member_count() const { return replay_->member_count; }
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
  const auto found = name ? replay_->pools.find(name->value) : replay_->pools.end();
  return found == replay_->pools.end() ? KeyCounts{} : found->second.counts();
}

}  // namespace upline::domain
