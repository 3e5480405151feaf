// Whatever is asked of a shop, in whatever order: the identities of the ledger specification hold at every position.
#include "tests/domain/random_commands.hpp"
#include "tests/domain/replay.hpp"

#include <set>

#include <rapidcheck/catch.h>

using namespace upline::domain;
using namespace upline::tests;

namespace {

using Log = std::vector<RecordedEvent>;
using BalanceKey = std::pair<std::string, std::string>;

/// A shop that was asked all this, one answer after the other.
Shop shop_after(const std::vector<Command>& commands) {
  auto shop = opened_shop();
  for (const auto& command : commands) (void)shop.send(command);
  return shop;
}

/// Word for word as the specification defines a balance at a position: t is the recorded_at there.
std::map<BalanceKey, MemberBalance> balances_by_definition(const Log& log) {
  std::map<BalanceKey, MemberBalance> balances;
  const auto t = log.back().recorded_at;
  for (const auto& recorded : log) {
    if (const auto* accrual = std::get_if<CommissionAccrued>(&recorded.event)) {
      auto& balance = balances[{recorded.stream.id, accrual->currency.code}];
      balance.earned.value += accrual->amount.value;
      (accrual->available_at > t ? balance.pending : balance.available).value += accrual->amount.value;
    }
    if (const auto* reversal = std::get_if<CommissionReversed>(&recorded.event)) {
      auto& balance = balances[{recorded.stream.id, reversal->currency.code}];
      balance.reversed.value += reversal->amount.value;
      (reversal->available_at > t ? balance.pending : balance.available).value -= reversal->amount.value;
    }
  }
  return balances;
}

bool moves_keys(const Command& command) {
  return std::holds_alternative<ImportKeys>(command) || std::holds_alternative<ReleaseKeys>(command) ||
         std::holds_alternative<WithdrawKeys>(command) || std::holds_alternative<RevokeKeys>(command);
}

bool has_mismatch(const std::expected<NewEvents, Rejection>& decision) {
  return decision && !decision->empty() && std::holds_alternative<PaymentMismatched>(decision->front().event);
}

/// Every entry: the accruals and reversals of a log.
std::vector<std::size_t> entries_of(const Log& log) {
  std::vector<std::size_t> entries;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i].stream.kind == StreamKind::account) entries.push_back(i);
  }
  return entries;
}

/// The keys that an order gets for itself.
std::vector<std::pair<std::string, std::uint64_t>> keys_leaving(const Event& event) {
  std::vector<std::pair<std::string, std::uint64_t>> keys;
  if (const auto* replacement = std::get_if<KeyReplaced>(&event)) {
    keys.emplace_back(replacement->product.value, replacement->new_key);
  }
  const auto* delivery = std::get_if<KeysDelivered>(&event);
  if (delivery == nullptr || delivery->shared) return keys;
  for (const auto& range : delivery->keys) {
    for (std::uint64_t i = 0; i < range.count; ++i) keys.emplace_back(delivery->product.value, range.first + i);
  }
  return keys;
}

Minor& amount_of(Event& entry) {
  if (auto* accrual = std::get_if<CommissionAccrued>(&entry)) return accrual->amount;
  return std::get<CommissionReversed>(entry).amount;
}

}  // namespace

TEST_CASE("no sequence of commands breaks an identity at any position", "[books]") {
  rc::prop("and every accepted command leaves whole deliveries and refunds", [] {
    auto shop = opened_shop();
    auto books = books_of(shop);
    for (const auto& command : *any_commands()) {
      const auto before = shop.log().size();
      (void)shop.send(command);  // refused or not: what was due has happened
      for (auto i = before; i < shop.log().size(); ++i) RC_ASSERT(books.apply(shop.log()[i]).value_or("") == "");
      RC_ASSERT(books.unfinished().value_or("") == "");
    }
  });
}

TEST_CASE("every command sent twice is answered as before, and leads to nothing more", "[books]") {
  rc::prop("but for keys, of which none is left to move, and for a payment that is told otherwise", [] {
    auto shop = opened_shop();
    for (const auto& command : *any_commands()) {
      const auto first = shop.send(command);
      if (std::holds_alternative<PayOrder>(command) && has_mismatch(first)) {
        RC_ASSERT(shop.decide(command).error().reason == Reason::payment_mismatch);
        continue;
      }
      if (moves_keys(command)) continue;
      const auto second = shop.decide(command);
      RC_ASSERT(second.has_value() == first.has_value());
      if (!second) RC_ASSERT(second.error() == first.error());
      if (second) RC_ASSERT(second->empty());
    }
  });
}

TEST_CASE("the books' balances are those of the definition", "[books]") {
  rc::prop("for every member and currency", [] {
    const auto shop = shop_after(*any_commands());
    const auto books = books_of(shop);
    const auto expected = balances_by_definition(shop.log());
    RC_ASSERT(books.balance_count() == expected.size());
    for (const auto& [key, balance] : expected) {
      RC_ASSERT(books.balance(MemberId{key.first}, Currency{key.second}) == balance);
    }
  });
}

TEST_CASE("no key is in two orders, and the books agree with the pool where each one is", "[books]") {
  rc::prop("for every product with keys", [] {
    const auto shop = shop_after(*any_commands());
    const auto books = books_of(shop);
    std::set<std::pair<std::string, std::uint64_t>> sold;
    for (const auto& recorded : shop.log()) {
      for (const auto& [product, key] : keys_leaving(recorded.event)) RC_ASSERT(sold.emplace(product, key).second);
    }
    for (const auto& product : {key_product, shared_product, limited_product}) {
      const auto& pool = shop.pool(product);
      const KeyCounts expected{pool.imported, pool.unreleased, pool.released,
                               pool.reserved, pool.delivered,  pool.revoked};
      RC_ASSERT(books.keys(product) == expected);
    }
  });
}

TEST_CASE("a sale never pays out more than it brought", "[books]") {
  rc::prop("in total and per currency", [] {
    const auto totals = books_of(shop_after(*any_commands())).totals();
    for (const auto& [currency, sums] : totals) {
      RC_ASSERT(sums.earned <= sums.sales);
      RC_ASSERT(sums.reversed <= sums.earned);
    }
  });
}

TEST_CASE("an entry that is changed by 1, or left out, never passes", "[books]") {
  rc::prop("wherever it stands in the log", [] {
    auto log = shop_after(*any_commands()).log();
    const auto entries = entries_of(log);
    RC_PRE(!entries.empty());
    const auto index = *rc::gen::elementOf(entries);
    if (*rc::gen::arbitrary<bool>()) {
      amount_of(log[index].event).value += *rc::gen::element(-1, 1);
    } else {
      log.erase(log.begin() + static_cast<std::ptrdiff_t>(index));
      std::map<StreamId, std::uint64_t> versions;
      for (std::size_t i = 0; i < log.size(); ++i) {
        log[i].position = Position{i + 1};
        log[i].version = Version{++versions[log[i].stream]};
      }
    }
    RC_ASSERT(!broken_identity(log).empty());
  });
}

TEST_CASE("replay equals live: a shop folded from its log decides as the one that wrote it", "[books]") {
  rc::prop("whatever is asked next", [] {
    const auto commands = *any_commands();
    const auto live = shop_after(commands);
    Shop replayed;
    for (const auto& recorded : live.log()) replayed.append({{recorded.stream, recorded.occurred_at, recorded.event}});
    for (const auto& command : commands) {
      const auto expected = live.decide(command);
      const auto decided = replayed.decide(command);
      RC_ASSERT(decided.has_value() == expected.has_value());
      if (expected) RC_ASSERT(std::ranges::equal(*decided, *expected, Shops::same));
      if (!expected) RC_ASSERT(decided.error() == expected.error());
    }
  });
}
