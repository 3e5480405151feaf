// Every order's money, replayed: due, received, refunded, and what each level above the buyer keeps of it.
#pragma once

#include "domain/books_names.hpp"
#include "domain/commission.hpp"
#include "domain/event.hpp"
#include "domain/journal.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace upline::domain {

/// A level of an order's frozen chain. What it comes to is known at delivery, and then accrues or is forfeited.
struct BookedLevel {
  enum class Fate : std::uint8_t { open, accrued, forfeited };

  Minor share{};
  Minor kept{};
  Name beneficiary{};
  Fate fate{Fate::open};
};

struct BookedOrder {
  enum class Stage : std::uint8_t { none, placed, delivered };

  Minor amount_due{};
  Minor received{};
  Minor refunded{};
  Minor refunded_before_delivery{};
  Timestamp delivered_at{};
  std::uint64_t levels_first{};
  std::uint32_t version{};  // of the order's stream
  Name product{};
  Name channel{};
  Name currency{};
  std::uint32_t quantity{};
  std::uint32_t terms{};  // one past the place of the frozen terms; 0 where no plan applies
  std::uint8_t level_count{};
  Stage stage{Stage::none};
};

/// A call that can find something broken answers it as a part of a sentence, else nothing. Cost: constant, but for the
/// order's levels. An order takes about 200 bytes with a chain of two.
class BookedOrders {
 public:
  explicit BookedOrders(BookNames& names) : names_(names) {}

  std::optional<std::string> publish(const RecordedEvent& recorded, const PlanPublished& event);
  std::optional<std::string> place(BookedOrder& order, const OrderPlaced& event);
  std::optional<std::string> pay(BookedOrder& order, const PaymentReceived& event);
  std::optional<std::string> deliver(BookedOrder& order, const RecordedEvent& recorded);
  std::optional<std::string> forfeit(BookedOrder& order, const CommissionForfeited& event);
  std::optional<std::string> withhold(const BookedOrder& order, const CommissionWithheld& event) const;
  std::optional<std::string> refund(BookedOrder& order, const RecordedEvent& recorded, const OrderRefunded& event);
  std::optional<std::string> accrue(const RecordedEvent& recorded, const CommissionAccrued& event);
  std::optional<std::string> reverse(const RecordedEvent& recorded, const CommissionReversed& event);

  /// A delivery is followed by what each level earns or forfeits, a refund by what each level gives back: until then
  /// the order is unsettled, and nothing else may happen.
  bool is_unsettled() const { return settling_.has_value(); }
  bool settles(const RecordedEvent& recorded) const;
  std::string what_is_missing() const;

  /// The record of the order, made when it is asked for the first time.
  BookedOrder& order(const std::string& id);
  OrderInBooks in_books(const BookedOrder& order) const;
  std::size_t count() const { return orders_.size(); }

 private:
  struct Terms {
    Name plan{};
    PlanVersion version{};
    PlanTerms terms{};
  };
  struct Settling {
    OrderId order{};
    std::optional<RefundId> refund{};  // none: the delivery is settled
    Timestamp occurred_at{};
    std::size_t levels_left{};
  };

  const Terms* terms_of(const BookedOrder& order) const;
  BookedLevel* level_of(const BookedOrder& order, Level level);
  Minor target(const BookedOrder& order, const BookedLevel& held, Level level) const;
  bool follows(const BookedOrder& order, const PlanId& plan, PlanVersion version) const;
  std::optional<std::string> freeze(BookedOrder& order, const FrozenChain& chain);
  std::size_t share_out(const BookedOrder& order);
  std::optional<std::string> settle_level(const BookedOrder& order, Minor share);
  std::optional<std::string> check_accrual(const BookedOrder& order, const BookedLevel* level,
                                           const RecordedEvent& recorded, const CommissionAccrued& event) const;
  std::optional<std::string> check_reversal(const BookedOrder& order, const BookedLevel* level,
                                            const RecordedEvent& recorded, const CommissionReversed& event) const;
  std::optional<std::string> check_cap(const BookedOrder& order) const;

  BookNames& names_;
  std::unordered_map<std::string, BookedOrder> orders_;
  std::pair<const std::string, BookedOrder>* last_order_{};  // events of an order come in a row
  std::deque<BookedLevel> levels_;
  std::vector<Terms> terms_;
  std::unordered_map<std::uint64_t, std::uint32_t> terms_places_;  // by plan and version, one past the place
  CommissionBasis basis_{};                                        // reused, so that a delivery allocates little
  std::optional<Settling> settling_;
};

}  // namespace upline::domain
