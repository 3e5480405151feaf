// What holds whatever is asked of a shop, in whatever order, by however many processes.
#include "tests/eventstore/random_commands.hpp"

#include "domain/books.hpp"
#include "eventstore/hex.hpp"
#include "eventstore/log_check.hpp"
#include "eventstore/members_ahead.hpp"
#include "eventstore/order_history.hpp"
#include "eventstore/snapshots.hpp"
#include "eventstore/state_json.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/eventstore/two_processes.hpp"

#include <algorithm>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <rapidcheck/catch.h>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// Seven symbols that tell the n-th proposal of a run, so that two runs propose alike.
ReferralCode numbered_code(std::uint64_t number) {
  ReferralCode code;
  for (std::size_t i = 0; i < referral_code_length; ++i, number /= referral_code_symbols.size()) {
    code.value.push_back(referral_code_symbols[number % referral_code_symbols.size()]);
  }
  return code;
}

/// What came of a command: how it was refused, or every event that it led to. Ciphertexts differ from run to run.
std::string told(EventStore& store, const Outcome& outcome) {
  if (outcome.answer == Answer::rejected) return "refused: " + refusal(outcome) + ' ' + outcome.rejection->detail;
  auto text = "answer " + std::to_string(static_cast<int>(outcome.answer)) + " at " +
              std::to_string(outcome.first.value) + " to " + std::to_string(outcome.last.value) + '\n';
  if (outcome.answer != Answer::appended) return text;
  store.read(outcome.first, outcome.last, [&](const StoredEvent& stored) {
    const auto recorded = decode(stored);
    auto event = recorded.event;
    if (auto* imported = std::get_if<KeysImported>(&event)) {
      for (auto& key : imported->keys) key = {};
    } else if (auto* enrolled = std::get_if<MemberEnrolled>(&event)) {
      enrolled->code = {};
    } else if (auto* placed = std::get_if<OrderPlaced>(&event); placed != nullptr && placed->address) {
      placed->address = Fingerprint{};  // two vaults hash alike only what is equal
    }
    text += stored.stream + ' ' + std::to_string(stored.version.value) + ' ' + format_rfc3339(stored.occurred_at) +
            ' ' + hex(encode_payload(event)) + '\n';
    return true;
  });
  return text;
}

std::vector<Request> requests_from(const std::vector<Seed>& seeds) {
  std::vector<Request> requests;
  for (const auto& seed : seeds) requests.push_back(request_from(seed));
  return requests;
}

/// One process, one batch, one commit.
std::vector<std::string> told_by_one(const std::filesystem::path& folder, const std::vector<Request>& requests) {
  ShopProcess shop(folder);
  shop.handler().execute(opening_commands());
  std::vector<std::string> all;
  for (const auto& outcome : shop.handler().execute(requests)) all.push_back(told(shop.store(), outcome));
  return all;
}

/// Two processes that live through everything, and a third that is started anew each time, take turns as the seeds say:
/// a few commands each, in one batch.
std::vector<std::string> told_by_many(const std::filesystem::path& folder, const std::vector<Seed>& seeds) {
  auto options = test_options();
  options.reads_members_ahead = true;
  ShopProcess one(folder, options);
  ShopProcess other(folder);
  one.handler().execute(opening_commands());
  std::vector<std::string> all;
  std::vector<Request> batch;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    batch.push_back(request_from(seeds[i]));
    if (seeds[i][5] % 3 != 0 && i + 1 < seeds.size()) continue;
    std::unique_ptr<ShopProcess> fresh;
    if (seeds[i][4] % 3 == 0) fresh = std::make_unique<ShopProcess>(folder);
    auto& process = fresh ? *fresh : seeds[i][4] % 3 == 1 ? one : other;
    for (const auto& outcome : process.handler().execute(batch)) all.push_back(told(process.store(), outcome));
    batch.clear();
  }
  return all;
}

using Decision = std::expected<NewEvents, Rejection>;

bool are_alike(const Decision& a, const Decision& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a) return a.error() == b.error();
  return std::ranges::equal(*a, *b, [](const NewEvent& x, const NewEvent& y) {
    return x.stream == y.stream && x.occurred_at == y.occurred_at && x.event == y.event;
  });
}

/// What is told of an order, in words.
std::string told(const OrderId& id, const Order& order) {
  if (terms_of(order) == nullptr) return "none";
  auto text = order_json(id, order).dump();
  const auto* delivered = std::get_if<DeliveredOrder>(&order);
  if (delivered == nullptr) return text;
  for (const auto& keys : delivered->keys)
    text += " keys " + std::to_string(keys.first) + '+' + std::to_string(keys.count);
  for (const auto& held : delivered->accruals)
    text += ' ' + held.beneficiary.value + ' ' + std::to_string(held.kept.value);
  return text;
}

/// The order that an outcome tells is the one that its events left in the log. Answers whether it told one.
bool tells_what_the_log_has(EventStore& store, const Outcome& outcome) {
  if (!outcome.left) return false;
  std::optional<OrderId> id;
  store.read(outcome.first, outcome.last, [&](const StoredEvent& stored) {
    const auto stream = decode(stored).stream;
    if (stream.kind == StreamKind::order) id = OrderId{stream.id};
    return !id;
  });
  RC_ASSERT(id.has_value());
  RC_ASSERT(outcome.left->id == *id);
  RC_ASSERT(told(*id, outcome.left->order) == told(*id, read_order(store, *id, outcome.last)));
  return true;
}

/// Two handlers take turns, so that reservations end and scheduled batches go on sale between them.
void live(const std::filesystem::path& folder, const std::vector<Seed>& seeds) {
  TwoProcesses processes(folder);
  processes.live(seeds, [&](const std::vector<Request>& batch, const Seed& seed) {
    processes.at_turn(seed).handler().execute(batch);
  });
  processes.sweep();
}

/// A shop's log after random commands, decoded.
std::vector<RecordedEvent> random_log(const std::filesystem::path& folder, const std::vector<Seed>& seeds) {
  live(folder, seeds);
  return all_events(ShopProcess(folder).store());
}

}  // namespace

TEST_CASE("an outcome tells the order as the log has it, where that was asked", "[handler]") {
  int orders = 0;
  rc::prop("random batches", [&] {
    const TempFolder folder;
    ShopProcess shop(folder.path());
    shop.handler().execute(opening_commands());
    auto requests = requests_from(*any_seeds());
    for (auto& request : requests) request.tells_order = true;
    for (const auto& outcome : shop.handler().execute(requests)) {
      orders += tells_what_the_log_has(shop.store(), outcome) ? 1 : 0;
    }
  });
  CHECK(orders > 0);
}

TEST_CASE("however commands are spread over processes, they are decided alike", "[handler]") {
  rc::prop("one batch of one process against many processes in turn", [] {
    const auto seeds = *any_seeds();
    const TempFolder alone;
    const TempFolder together;
    const auto expected = told_by_one(alone.path(), requests_from(seeds));
    const auto found = told_by_many(together.path(), seeds);
    RC_ASSERT(found == expected);
  });
}

TEST_CASE("a state that lived through everything decides like one that has just been loaded", "[handler]") {
  std::size_t known_heads = 0;
  rc::prop("state by state", [&] {
    const auto seeds = *any_seeds();
    const TempFolder folder;
    ShopProcess shop(folder.path());
    shop.handler().execute(opening_commands());
    ShopState lived(shop.store());
    MembersAhead members_ahead(shop.store());
    const auto live = [&] {
      lived.catch_up();
      members_ahead.supply(lived);
    };
    live();
    std::vector<Request> batch;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      batch.push_back(request_from(seeds[i]));
      const CodeSource propose = [&] { return numbered_code(i); };
      ShopState fresh(shop.store());
      fresh.catch_up();
      RC_ASSERT(
          are_alike(decide_on(lived, batch.back().command, propose), decide_on(fresh, batch.back().command, propose)));
      if (batch.size() < 3) continue;
      shop.handler().execute(batch);
      live();
      batch.clear();
      for (const auto& stream : shop.store().stream_names("account/")) {
        const auto end = lived.known_head(account_stream({stream.substr(stream.find('/') + 1)}));
        if (!end) continue;
        const auto expected = shop.store().stream_head(stream);
        RC_ASSERT((end->position == expected.position && end->version == expected.version));
        ++known_heads;
      }
    }
  });
  CHECK(known_heads > 0);
}

TEST_CASE("the ledger's identities hold at every position of any log", "[handler]") {
  rc::prop("after random commands", [] {
    const TempFolder folder;
    const auto events = random_log(folder.path(), *any_seeds());
    Books books;
    for (const auto& event : events) {
      const auto broken = books.apply(event);
      if (broken) RC_FAIL(*broken);
    }
    RC_ASSERT(!books.unfinished().has_value());
  });
}

TEST_CASE("no key is ever in two orders, and none is sold that was not imported", "[handler]") {
  rc::prop("after random commands", [] {
    const TempFolder folder;
    std::map<std::string, std::uint64_t> imported;
    std::set<std::pair<std::string, std::uint64_t>> sold;
    for (const auto& event : random_log(folder.path(), *any_seeds())) {
      if (const auto* keys = std::get_if<KeysImported>(&event.event)) {
        RC_ASSERT(keys->first == imported[event.stream.id] + 1);
        imported[event.stream.id] += keys->keys.size();
      } else if (const auto* replaced = std::get_if<KeyReplaced>(&event.event)) {
        RC_ASSERT(sold.insert({replaced->product.value, replaced->new_key}).second);
      }
      const auto* delivered = std::get_if<KeysDelivered>(&event.event);
      if (delivered == nullptr || delivered->shared) continue;
      for (const auto& range : delivered->keys) {
        for (auto key = range.first; key < range.first + range.count; ++key) {
          RC_ASSERT(key <= imported[delivered->product.value]);
          RC_ASSERT(sold.insert({delivered->product.value, key}).second);
        }
      }
    }
  });
}

TEST_CASE("a wholly refunded order leaves nobody a commission, however it was refunded", "[handler]") {
  rc::prop("after random commands", [] {
    const TempFolder folder;
    std::map<OrderId, std::int64_t> left_to_refund;
    std::map<OrderId, std::int64_t> kept;
    for (const auto& event : random_log(folder.path(), *any_seeds())) {
      if (const auto* placed = std::get_if<OrderPlaced>(&event.event)) {
        left_to_refund[{event.stream.id}] = placed->amount_due.value;
      } else if (const auto* refunded = std::get_if<OrderRefunded>(&event.event)) {
        left_to_refund[{event.stream.id}] -= refunded->amount.value;
      } else if (const auto* accrued = std::get_if<CommissionAccrued>(&event.event)) {
        kept[accrued->order] += accrued->amount.value;
      } else if (const auto* reversed = std::get_if<CommissionReversed>(&event.event)) {
        kept[reversed->order] -= reversed->amount.value;
      }
    }
    for (const auto& [order, left] : left_to_refund) {
      RC_ASSERT(left >= 0);
      RC_ASSERT(kept[order] >= 0);
      RC_ASSERT(kept[order] <= left);
    }
  });
}

TEST_CASE("snapshots, streams, claims, tree and vault agree with any log", "[handler][check]") {
  rc::prop("after random commands of many processes", [] {
    const TempFolder folder;
    if (*rc::gen::arbitrary<bool>()) {
      told_by_many(folder.path(), *any_seeds());
    } else {
      live(folder.path(), *any_seeds());
    }
    ShopProcess shop(folder.path());
    LogCheck check(shop.store(), &shop.vault());
    GrowingStates folded;
    shop.store().read({1}, shop.store().head().position, [&](const StoredEvent& stored) {
      check.apply(stored, decode(stored));
      folded.apply(decode(stored));
      return true;
    });
    check.finish(shop.store().tree_head());
    RC_ASSERT(check.findings().empty());
    RC_ASSERT(turnover_from(shop.store().snapshot(turnover_snapshot).value()) == folded.turnover);
    for (const auto& [product, pool] : folded.pools) {
      RC_ASSERT(key_pool_from(shop.store().snapshot(pool_snapshot(product)).value()) == pool);
    }
    const auto agenda = stored_agenda(shop.store()).value();
    RC_ASSERT(agenda.orders() == folded.agenda.orders());
    RC_ASSERT(agenda.releases() == folded.agenda.releases());
    for (const auto& [buying, counted] : folded.counted) {
      RC_ASSERT(counted_units_from(shop.store().snapshot(counted_snapshot(buying)).value()) == counted);
    }
  });
}
