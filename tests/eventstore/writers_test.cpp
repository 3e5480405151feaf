// Four writers on one shop, each a process or a thread with everything of its own: none starves, nothing is lost.
#include "eventstore/command_handler.hpp"
#include "tests/eventstore/own_process.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"
#include "tests/eventstore/whole_log.hpp"

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

constexpr int writers = 4;
constexpr int batches = 40;
constexpr int commands_per_batch = 32;  // so many that a thread that the machine keeps waiting is not overtaken by many

/// Others' batches that may be written between asking for the pen and getting it.
constexpr std::uint64_t waits_max = 64;

std::string member_name(int writer, int batch, int command) {
  return "w" + std::to_string(writer) + "-" + std::to_string(batch) + "-" + std::to_string(command);
}

/// Each command enrols one member, so that a batch is commands_per_batch events. Counts in events, never in time.
bool write_batches(const std::filesystem::path& folder, int writer) {
  ShopProcess shop(folder);
  for (int batch = 0; batch < batches; ++batch) {
    std::vector<Command> commands;
    for (int i = 0; i < commands_per_batch; ++i) {
      const auto referrer = i == 0 ? std::string("root") : member_name(writer, batch, i - 1);
      commands.push_back(enrol(member_name(writer, batch, i), referrer));
    }
    const auto asked_at = shop.store().head().position.value;
    const auto outcomes = shop.run_batch(commands);
    const auto waited = (outcomes.front().first.value - 1 - asked_at) / commands_per_batch;
    if (waited > waits_max) return false;
    for (const auto& outcome : outcomes) must_append(outcome);
    if (outcomes.back().last.value - outcomes.front().first.value != commands_per_batch - 1) return false;
  }
  return true;
}

void open_with_root(const std::filesystem::path& folder) {
  ShopProcess shop(folder);
  must_append(shop.run(open_shop()));
  must_append(shop.run(enrol("root")));
}

void everything_is_there(const std::filesystem::path& folder) {
  ShopProcess shop(folder);
  const auto events = all_events(shop.store());
  REQUIRE(events.size() == 2 + writers * batches * commands_per_batch);
  std::map<std::string, int> members;
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].position.value == i + 1);
    CHECK(events[i].version == Version{1});
    ++members[events[i].stream.id];
  }
  for (int writer = 0; writer < writers; ++writer) {
    for (int batch = 0; batch < batches; ++batch) {
      for (int i = 0; i < commands_per_batch; ++i) CHECK(members[member_name(writer, batch, i)] == 1);
    }
  }
  CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
}

}  // namespace

TEST_CASE("four processes write one shop at once, none starves and nothing is lost", "[pen][concurrency]") {
  const TempFolder folder;
  open_with_root(folder.path());
  std::vector<OwnProcess> processes;
  for (int writer = 0; writer < writers; ++writer) {
    processes.emplace_back([&folder, writer] { return write_batches(folder.path(), writer); });
  }
  for (auto& process : processes) CHECK(process.went_well());
  everything_is_there(folder.path());
}

TEST_CASE("four threads with stores of their own write one shop at once, none starves and nothing is lost",
          "[pen][concurrency]") {
  const TempFolder folder;
  open_with_root(folder.path());
  std::atomic<int> went_well{};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&, writer] { went_well += write_batches(folder.path(), writer) ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  CHECK(went_well == writers);
  everything_is_there(folder.path());
}

TEST_CASE("processes that sell from one pool at once sell each key once", "[pen][concurrency]") {
  const TempFolder folder;
  constexpr int keys = 120;
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    must_append(shop.run(import_keys("game", "b2"), {}, secrets_of("b2", keys - 10)));
  }
  std::vector<OwnProcess> processes;
  for (int writer = 0; writer < writers; ++writer) {
    processes.emplace_back([&folder, writer] {
      ShopProcess shop(folder.path());
      int sold = 0;
      for (int sale = 0; sale < keys / writers; ++sale) {
        const auto order = "o" + std::to_string(writer) + "-" + std::to_string(sale);
        sold += shop.run(purchase({.order = order})).answer == Answer::appended ? 1 : 0;
      }
      return sold == keys / writers;
    });
  }
  for (auto& process : processes) CHECK(process.went_well());
  ShopProcess shop(folder.path());
  std::map<std::uint64_t, int> sold;
  for (const auto& event : all_events(shop.store())) {
    const auto* delivered = std::get_if<KeysDelivered>(&event.event);
    if (delivered == nullptr) continue;
    for (const auto& range : delivered->keys) {
      for (auto key = range.first; key < range.first + range.count; ++key) ++sold[key];
    }
  }
  CHECK(sold.size() == keys);
  for (const auto& [key, times] : sold) CHECK(times == 1);
  CHECK(refusal(shop.run(purchase({.order = "one-more"}))) == "out_of_stock");
  CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
}

TEST_CASE("processes that open a new shop at once make one log and one vault", "[pen][concurrency]") {
  for (int round = 0; round < 10; ++round) {
    const TempFolder folder;
    const Signal go;
    std::vector<OwnProcess> processes;
    for (int writer = 0; writer < writers; ++writer) {
      processes.emplace_back([&] {
        go.await();
        ShopProcess shop(folder.path());
        const auto answer = shop.run(open_shop()).answer;
        return answer == Answer::appended || answer == Answer::already_there;
      });
    }
    for (int writer = 0; writer < writers; ++writer) go.give();
    for (auto& process : processes) CHECK(process.went_well());
    ShopProcess shop(folder.path());
    CHECK(shop.store().head().position == Position{1});
  }
}

namespace {

/// Places, and pays or gives up, as fast as it can; another process's gateway may pay the same order meanwhile.
bool places_and_pays(const std::filesystem::path& folder, int writer, int orders) {
  ShopProcess shop(folder);
  for (int i = 0; i < orders; ++i) {
    const OrderId order{"live" + std::to_string(writer) + "-" + std::to_string(i)};
    const MemberId buyer{"m" + std::to_string(writer)};
    must_append(shop.run(PlaceOrder{order, buyer, {"game"}, {2}, {}, {}, {}, may(32)}));
    if (i % 3 == 0) {
      must_append(shop.run(CancelOrder{order, "", may(32)}));
      continue;
    }
    const PayOrder payment{{"p-" + order.value}, order, {1998}, {"CNY"}, "alipay", may(32)};
    must_append(shop.run(payment));
    if (shop.run(payment).answer != Answer::already_there) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("processes that place, pay and cancel at once deliver each key once and keep to every limit",
          "[pen][concurrency]") {
  const TempFolder folder;
  constexpr int orders = 15;  // each process: ten paid, five cancelled
  {
    ShopProcess shop(folder.path());
    set_up_worked_example(shop);
    must_append(shop.run(import_keys("game", "b2"), {}, secrets_of("b2", 20 * writers - 10)));
    must_append(shop.run(LimitPurchases{{"game"}, 20, may(1)}));
    for (int writer = 0; writer < writers; ++writer) must_append(shop.run(enrol("m" + std::to_string(writer), "dave")));
  }
  std::vector<OwnProcess> processes;
  for (int writer = 0; writer < writers; ++writer) {
    processes.emplace_back([&folder, writer] { return places_and_pays(folder.path(), writer, orders); });
  }
  for (auto& process : processes) CHECK(process.went_well());
  ShopProcess shop(folder.path());
  CHECK(refusal(shop.run(PlaceOrder{{"more"}, {"m0"}, {"game"}, {1}, {}, {}, {}, may(32)})) ==
        "purchase_limit_exceeded");
  CHECK(refusal(shop.run(PlaceOrder{{"more"}, {"dave"}, {"game"}, {1}, {}, {}, {}, may(32)})) == "out_of_stock");
  CHECK(what_is_wrong_with(shop.store(), &shop.vault()).empty());
}
