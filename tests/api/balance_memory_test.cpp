// A balance in memory is what the read models say, at any moment.
#include "api/balance_memory.hpp"

#include "api/balance_reading.hpp"
#include "tests/api/routed.hpp"
#include "tests/api/served_books.hpp"
#include "tests/api/settled_books.hpp"
#include "tests/await.hpp"
#include "tests/eventstore/shop_process.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <rapidcheck/catch.h>

using namespace upline;
using namespace upline::tests;
using api::BalanceMemory;
using api::HeldBalance;
using api::HotRead;

namespace {

/// The worked example's shop, a clock, and its balances in memory.
class Books {
 public:
  Books() {
    make_kami(folder_.path());
    shop_.emplace(location());
    shop_->set_handler_options(test_options());
    reader_.emplace(location());
    followed_ = shop_->store().head().position;
    memory.begin(followed_);
  }

  void run(domain::Command command) {
    shop_->handler().execute(std::vector<eventstore::Request>{{.command = std::move(command), .actor = "tester"}});
  }

  void follow() {
    const auto head = shop_->store().head().position;
    shop_->store().read({followed_.value + 1}, head, [&](const eventstore::StoredEvent& event) {
      if (event.stream.starts_with("account/") || event.stream.starts_with("settlement/"))
        memory.take_in(decode(event));
      return true;
    });
    followed_ = head;
    memory.publish(head);
  }

  HeldBalance read(const std::string& member, domain::Position position) {
    reader_->models.catch_up();
    return api::read_balance(*reader_, {member}, position, now);
  }

  void fill(const std::string& member) {
    memory.find({.what = HotRead::What::balances, .id = member});
    const auto wanted = memory.begin_filling();
    for (const auto& one : wanted.members) memory.fill(one, read(one, wanted.at_least));
    memory.end_filling();
  }

  std::string in_memory(const std::string& member) {
    const auto found = memory.find({.what = HotRead::What::balances, .id = member});
    return found ? found->body : "not in memory";
  }

  /// As the route says it, at the clock's time.
  std::string in_read_model(const std::string& member) {
    reader_->models.catch_up();
    auto balances = nlohmann::ordered_json::array();
    const projections::AsOf as_of{.time = now, .occurred_until = domain::timestamp_max};
    const domain::MemberId id{member};
    reader_->models.balances().balances(as_of, id, [&](const projections::Balance& b) {
      balances.push_back({{"member", b.member},
                          {"currency", b.currency},
                          {"earned_minor", b.earned.value},
                          {"reversed_minor", b.reversed.value},
                          {"pending_minor", b.pending.value},
                          {"available_minor", b.available.value},
                          {"scheduled_minor", b.scheduled.value},
                          {"paid_minor", b.paid.value}});
    });
    return nlohmann::ordered_json{{"member", member}, {"balances", balances}}.dump() + '\n';
  }

  domain::Timestamp now{may(3)};
  BalanceMemory memory{{.members = 10, .wanted = 2}, [this] { return now; }};

 private:
  eventstore::ShopLocation location() const { return {folder_.path(), "kami", folder_.path() / "vault.key"}; }

  TempFolder folder_;
  std::optional<eventstore::Shop> shop_;
  std::optional<api::Reader> reader_;
  domain::Position followed_{};
};

domain::Command sale(int number, domain::Timestamp at) {
  return purchase({.order = fmt::format("o{}", number), .product = "course", .at = at});
}

constexpr const char* nothing_held = "not in memory";

}  // namespace

TEST_CASE("a balance in memory is that of the read models, whatever was sold and refunded, at any time",
          "[hot][balances][property]") {
  Books books;
  int orders = 0;
  int answers_from_memory = 0;
  rc::prop("any history", [&] {
    books.follow();
    books.fill("carol");
    const auto steps = *rc::gen::inRange(1, 8);
    for (int i = 0; i < steps; ++i) {
      if (orders > 0 && *rc::gen::inRange(0, 4) == 0) {
        const auto order = fmt::format("o{}", *rc::gen::inRange(0, orders));
        books.run(refund(fmt::format("r{}-{}", order, orders), order, *rc::gen::inRange(1, 300),
                         may(*rc::gen::inRange(1, 30))));
      } else {
        books.run(sale(orders++, may(*rc::gen::inRange(1, 30))));
      }
      if (*rc::gen::inRange(0, 3) == 0) books.follow();
    }
    books.follow();
    for (int i = 0; i < 5; ++i) {
      const auto held = books.in_memory("carol");
      if (held != nothing_held) {
        ++answers_from_memory;
        REQUIRE(held == books.in_read_model("carol"));
      }
      books.now = books.now + domain::Duration{*rc::gen::inRange<std::int64_t>(0, 4) * 3'600'000'000};
    }
  });
  CHECK(answers_from_memory > 100);
}

TEST_CASE("a commission moves from pending to available in memory when its hold is over", "[hot][balances]") {
  Books books;
  books.run(sale(1, may(1)));
  books.follow();
  books.fill("carol");
  books.run(sale(2, may(2)));
  books.follow();
  for (const auto& [day, pending, available] : {std::tuple{3, 198, 0}, {8, 99, 99}, {9, 0, 198}}) {
    books.now = may(day);
    const auto balance = nlohmann::json::parse(books.in_memory("carol"))["balances"][0];
    CHECK(balance["pending_minor"] == pending);
    CHECK(balance["available_minor"] == available);
    CHECK(books.in_memory("carol") == books.in_read_model("carol"));
  }
}

TEST_CASE("what happened while a balance was read is added to it", "[hot][balances]") {
  Books books;
  books.run(sale(1, may(1)));
  books.follow();
  CHECK(books.in_memory("carol") == nothing_held);
  const auto wanted = books.memory.begin_filling();
  CHECK(wanted.members == std::vector<std::string>{"carol"});
  books.run(sale(2, may(2)));
  books.follow();
  auto read = books.read("carol", wanted.at_least);
  books.run(sale(3, may(2)));
  books.follow();
  books.memory.fill("carol", std::move(read));
  books.memory.end_filling();
  CHECK(books.in_memory("carol") == books.in_read_model("carol"));
  CHECK(nlohmann::json::parse(books.in_memory("carol"))["balances"][0]["earned_minor"] == 297);
}

TEST_CASE("of many pending commissions the next are kept, and behind them the balance is read again",
          "[hot][balances]") {
  constexpr int more = static_cast<int>(HeldBalance::next_max) + 6;
  HeldBalance balance({7}, may(1) + days(-1));
  balance.begin_with({.member = "carol", .currency = "CNY", .earned = {more}, .pending = {more}});
  std::vector<api::BalanceEntry> pending;
  for (int i = 0; i < more; ++i) pending.push_back({{7}, "CNY", {1}, may(1) + days(i)});
  balance.begin_pending(std::move(pending));
  const auto available_on = [&](int day) {
    return nlohmann::json::parse(balance.text("carol", may(1) + days(day)))["balances"][0]["available_minor"];
  };
  CHECK(available_on(-1) == 0);
  CHECK(available_on(9) == 10);
  CHECK(!balance.is_known_at(may(1) + days(-2)));
  CHECK(balance.is_known_at(may(1) + days(HeldBalance::next_max - 1)));
  CHECK(!balance.is_known_at(may(1) + days(HeldBalance::next_max)));
  for (std::size_t i = 0; i <= HeldBalance::next_max; ++i) {
    CHECK(!balance.is_too_large());
    balance.add({{8 + i}, "CNY", {1}, may(1)});
  }
  CHECK(balance.is_too_large());
}

TEST_CASE("an entry that was there when the balance was read is not added again", "[hot][balances]") {
  HeldBalance balance({7}, may(1));
  balance.add({{7}, "CNY", {5}, may(1)});
  CHECK(balance.text("carol", may(2)) == "{\"member\":\"carol\",\"balances\":[]}\n");
  balance.add({{8}, "CNY", {5}, may(1)});
  CHECK(nlohmann::json::parse(balance.text("carol", may(2)))["balances"][0]["earned_minor"] == 5);
}

TEST_CASE("no more balances are read at once than that, and nobody waits for one that is not held", "[hot][balances]") {
  Books books;
  for (const auto* member : {"alice", "bob", "carol"}) CHECK(books.in_memory(member) == nothing_held);
  CHECK(books.memory.begin_filling().members.size() == 2);
  books.memory.end_filling();
  HotRead read{.what = HotRead::What::balances, .id = "carol", .at_least = {1'000'000}};
  CHECK(books.memory.has_reached(read));
  books.fill("carol");
  CHECK(!books.memory.has_reached(read));
  CHECK(!books.memory.find(read));
}

TEST_CASE("a served balance in memory is the read model's through a settlement's whole life",
          "[server][hot][balances][settlements][concurrency]") {
  SettledBooks books;
  auto client = books.client();
  Client reader(books.port());
  const auto must_be_the_same = [&] {
    for (const auto* member : {"alice", "bob", "carol", "dave"}) {
      const auto path = fmt::format("/v1/shops/kami/members/{}/balances", member);
      const auto usual = reader.ask(get(path, "If-None-Match: \"other\"\r\n"));
      for (int i = 0; i < 20; ++i) REQUIRE(reader.ask(get(path)).body == usual.body);
    }
  };
  must_be_the_same();
  sell(client, "o2", "2026-05-02T12:00:00Z");
  must_be_the_same();
  settle(client, "s1");
  must_be_the_same();
  REQUIRE(client.post("/settlements/s1/cancel", {{"reason", "test"}}).status < 300);
  must_be_the_same();
  sell(client, "o3", "2026-05-02T12:00:00Z");
  must_be_the_same();
}

TEST_CASE("the thread that keeps memory reads the balances that are asked for", "[hot][balances][concurrency]") {
  const TempFolder folder;
  make_kami(folder.path());
  api::ServedShop served({folder.path(), "kami", folder.path() / "vault.key"});
  std::optional<api::Response> found;
  REQUIRE(await([&] {
    served.hot_reads().answer({.what = HotRead::What::balances, .id = "carol"}, {},
                              [&](std::optional<api::Response> answer) {
                                if (answer) found = std::move(answer);
                              });
    return found.has_value();
  }));
  CHECK(found->body == "{\"member\":\"carol\",\"balances\":[]}\n");
  CHECK(found->header("ETag") == nullptr);
}
