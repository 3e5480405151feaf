// One thread brings batches to the disk, another appends behind them, and hears how it went.
#include "eventstore/commit_aside.hpp"

#include "tests/eventstore/refunds.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>

using namespace upline::eventstore;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// A pen that calls something in front of its commit, which may fail instead. What it appends was appended before.
class PenWithCommit final : public Pen {
 public:
  PenWithCommit(std::unique_ptr<Pen> pen, std::function<void()> in_front)
      : pen_(std::move(pen)), in_front_(std::move(in_front)) {}

  const StoredEvent& append(EventDraft draft, Timestamp now) override { return pen_->append(std::move(draft), now); }
  void claim(ClaimKind kind, ClaimKey key, Position position) override { pen_->claim(kind, key, position); }
  void claim_free(ClaimKind kind, ClaimKey key, Position position) override { pen_->claim_free(kind, key, position); }
  void put_snapshot(std::string_view name, const Snapshot& snapshot) override { pen_->put_snapshot(name, snapshot); }
  void drop_snapshot(std::string_view name) override { pen_->drop_snapshot(name); }
  void drop_snapshots() override { pen_->drop_snapshots(); }
  void put_import_progress(std::string_view id, std::string_view progress) override {
    pen_->put_import_progress(id, progress);
  }
  void add_import_reject(std::string_view id, std::uint64_t number, const ImportReject& reject) override {
    pen_->add_import_reject(id, number, reject);
  }
  void commit() override { pen_->commit(); }
  void commit_aside() override {
    in_front_();
    pen_->commit_aside();
  }
  void leave() noexcept override { pen_->leave(); }

 private:
  std::unique_ptr<Pen> pen_;
  std::function<void()> in_front_;
};

}  // namespace

TEST_CASE("pens are committed aside one after the other, and whoever waits hears how it went", "[pen][concurrency]") {
  const TempFolder folder;
  const auto mine = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  const auto is_pen_free = [&] { return theirs->take_pen(std::chrono::seconds(0)) != nullptr; };
  CommitAside commits;
  CHECK(!commits.await());
  auto first = take_pen(*mine);
  append_refund(*first, "a", "r1");
  commits.start(std::move(first));
  auto second = mine->take_pen_behind(*commits.under_way());
  append_refund(*second, "a", "r2");
  CHECK(commits.await());
  CHECK(commits.under_way() == nullptr);
  CHECK(theirs->head().position == Position{1});
  commits.start(std::move(second));
  CHECK(commits.await());
  CHECK(theirs->head().position == Position{2});
  CHECK(is_pen_free());
  SQLite::Database log(folder.path() / "events.db", SQLite::OPEN_READWRITE);
  log.exec("CREATE TRIGGER is_full BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  auto third = take_pen(*mine);
  append_refund(*third, "a", "r3");
  commits.start(std::move(third));
  CHECK_THROWS_WITH(commits.await(), Catch::Contains("the disk is full"));
  CHECK(commits.under_way() == nullptr);
  CHECK(!commits.await());
  CHECK(is_pen_free());
  CHECK(mine->head().position == Position{2});
  log.exec("DROP TRIGGER is_full");
  {
    CommitAside others;
    auto fourth = take_pen(*mine);
    append_refund(*fourth, "a", "r3");
    others.start(std::move(fourth));
  }
  CHECK(theirs->head().position == Position{3});
}

TEST_CASE("a pen is sent behind one that is still under way, and fails with it", "[pen][concurrency]") {
  const TempFolder folder;
  const auto store = sqlite::open_event_store(folder.path());
  SQLite::Database log(folder.path() / "events.db", SQLite::OPEN_READWRITE);
  CommitAside commits;
  const auto send_two = [&] {
    log.exec("BEGIN IMMEDIATE");  // so that the first one cannot be through when the second one is sent
    auto first = take_pen(*store);
    append_refund(*first, "a", "first");
    CHECK(!commits.start(std::move(first)));
    auto second = store->take_pen_behind(*commits.under_way());
    append_refund(*second, "b", "second");
    std::thread intruder([&] { log.exec("COMMIT"); });
    CommitAside::Took took;
    std::exception_ptr failure;
    try {
      took = commits.start(std::move(second));
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
    intruder.join();
    if (failure) std::rethrow_exception(failure);
    return took;
  };
  log.exec("CREATE TRIGGER is_full BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  CHECK_THROWS_WITH(send_two(), Catch::Contains("the disk is full"));
  CHECK(commits.under_way() == nullptr);
  CHECK(!commits.await());
  log.exec("DROP TRIGGER is_full");
  CHECK(store->head().position == Position{0});
  CHECK(send_two());
  CHECK(commits.under_way() != nullptr);
  CHECK(commits.await());
  CHECK(commits.under_way() == nullptr);
  CHECK(streams_of(*store) == std::vector<std::string>{"order/a 1", "order/b 1"});
}

TEST_CASE("behind a batch that fails nothing is committed, and the log goes on behind the one before it",
          "[pen][concurrency]") {
  const bool may_fail_early = GENERATE(true, false);  // while the third one is made, or once that is ready to be sent
  CAPTURE(may_fail_early);
  const TempFolder folder;
  const auto mine = sqlite::open_event_store(folder.path());
  const auto theirs = sqlite::open_event_store(folder.path());
  CommitAside commits;
  auto first = take_pen(*mine);
  append_refund(*first, "a", "r1");
  commits.start(std::move(first));
  auto second = mine->take_pen_behind(*commits.under_way());
  append_refund(*second, "b", "r2");
  auto& newest = *second;
  std::promise<void> disk_is_full;
  std::vector<std::string> begun;
  const auto fail_once = [&, waits = true]() mutable {
    begun.emplace_back("second");
    if (!std::exchange(waits, false)) return;
    disk_is_full.get_future().wait();
    throw std::runtime_error("the disk is full");
  };
  CHECK(commits.start(std::make_unique<PenWithCommit>(std::move(second), fail_once)));
  CHECK(theirs->head().position == Position{1});
  if (may_fail_early) disk_is_full.set_value();
  auto third = mine->take_pen_behind(newest);
  append_refund(*third, "a", "r3");
  third->put_snapshot("turnover", {1, {3}});
  auto sent = std::make_unique<PenWithCommit>(std::move(third), [&] { begun.emplace_back("third"); });
  std::thread disk([&] {
    if (!may_fail_early) disk_is_full.set_value();
  });
  CHECK_THROWS_WITH(commits.start(std::move(sent)), "the disk is full");
  disk.join();
  CHECK(commits.under_way() == nullptr);
  CHECK(!commits.await());
  for (auto* store : {mine.get(), theirs.get()}) {
    CHECK(streams_of(*store) == std::vector<std::string>{"order/a 1"});
    CHECK(!store->claimed(ClaimKind::refund_id, claim_key("r2")));
    CHECK(!store->claimed(ClaimKind::refund_id, claim_key("r3")));
    CHECK(!store->snapshot("turnover"));
  }
  CHECK(theirs->take_pen(std::chrono::seconds(0)) != nullptr);
  auto fourth = take_pen(*mine);
  append_refund(*fourth, "a", "r3");
  commits.start(std::move(fourth));
  CHECK(commits.await());
  CHECK(begun == std::vector<std::string>{"second"});
  CHECK(streams_of(*theirs) == std::vector<std::string>{"order/a 1", "order/a 2"});
}
