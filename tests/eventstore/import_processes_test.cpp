// Imports in processes of their own: killed at any moment, two of the same folder at once, four of different ones.
#include "tests/eventstore/import_eventful.hpp"

#include <csignal>
#include <functional>
#include <iostream>
#include <random>
#include <stdexcept>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace upline::tests;
namespace fs = std::filesystem;
using upline::eventstore::ShopLocation;
using upline::eventstore::import::ImportOptions;

/// Ends with 0 when `work` returns, with 1 when it throws. Nothing of this process's own ending is run.
pid_t start(const std::function<void()>& work) {
  std::cout.flush();  // or the child may say it again
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process can be started");
  if (child != 0) return child;
  try {
    work();
    ::_exit(0);
  } catch (...) {
    ::_exit(1);
  }
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

bool ended_well(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
bool was_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

/// A way to say that something happened, or to wait until all others let go of it.
class Pipe {
 public:
  Pipe() {
    if (::pipe(ends_) != 0) throw std::runtime_error("no pipe");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    close_writer();
  }

  void say() const { (void)!::write(ends_[1], "x", 1); }
  /// False when nobody is left who could say it.
  bool hear() const {
    char said{};
    return ::read(ends_[0], &said, 1) == 1;
  }
  void close_reader() { close(0); }
  void close_writer() { close(1); }

 private:
  void close(int end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }
  int ends_[2]{-1, -1};
};

/// The n-th call of it is the process's last.
std::function<void()> deadly(int call) {
  return [left = call]() mutable {
    if (--left == 0) ::raise(SIGKILL);
  };
}

/// Where a process kills itself: before a batch is decided, in the middle of one, or right behind its commit.
enum class Moment { begin, middle, behind };

void import_until(const ShopLocation& location, const fs::path& folder, Moment moment, int call,
                  std::size_t rows_per_commit) {
  const auto die = deadly(call);
  auto handling = fixed_clock();
  ImportOptions options{.rows_per_commit = rows_per_commit};
  if (moment == Moment::begin) handling.clock = [die, usual = handling.clock] { return die(), usual(); };
  if (moment == Moment::middle) {
    handling.propose_code = [die] { return die(), upline::eventstore::random_referral_code(); };
  }
  if (moment == Moment::behind) options.progress = [die](std::uint64_t, std::uint64_t) { die(); };
  ImportShop shop(location);
  shop.reopen(handling);
  shop.import_from(folder, options);
}

/// Imports in a process that is killed from outside after some commits, wherever it is by then. Answers its status.
int kill_from_outside(const ShopLocation& location, const fs::path& folder, int commits, std::size_t rows_per_commit) {
  Pipe commit;
  const auto child = start([&] {
    commit.close_reader();
    ImportShop shop(location);
    shop.import_from(
        folder, {.rows_per_commit = rows_per_commit, .progress = [&](std::uint64_t, std::uint64_t) { commit.say(); }});
  });
  commit.close_writer();
  while (commits > 0 && commit.hear()) --commits;
  ::kill(child, SIGKILL);
  return wait_for(child);
}

/// Runs `work` in so many processes, all let go at once.
void run_at_once(int processes, const std::function<void(int)>& work) {
  Pipe gate;
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    children.push_back(start([&, i] {
      gate.close_writer();
      gate.hear();
      work(i);
    }));
  }
  gate.close_writer();
  for (const auto child : children) CHECK(ended_well(wait_for(child)));
}

/// One of several shops' worth of files: ids and secrets begin with the prefix, the plan is everybody's.
Files files_of(const std::string& prefix, int rows) {
  auto files = healthy_files();
  files["products.csv"] = fmt::format("product_id,title,unit_price_minor,currency\n{}game,Game,999,CNY\n", prefix);
  files["keys.csv"] = "product_id,batch_id,secret\n";
  files["members.csv"] = "member_id,joined_at,referrer_id\n";
  files["purchases.csv"] = "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\n";
  files["refunds.csv"] = "refund_id,order_id,amount_minor,refunded_at\n";
  for (int i = 0; i < rows; ++i) {
    files["keys.csv"] += fmt::format("{0}game,b1,{0}-{1}\n", prefix, i);
    const auto referrer = i == 0 ? std::string{} : fmt::format("{}m{}", prefix, i / 2);
    files["members.csv"] += fmt::format("{}m{},2026-05-01T12:{:02}:00Z,{}\n", prefix, i, i % 60, referrer);
    files["purchases.csv"] += fmt::format("{0}o{1},{0}m{1},{0}game,1,999,CNY,2026-05-02T12:00:00Z\n", prefix, i);
    files["refunds.csv"] += fmt::format("{0}r{1},{0}o{1},{1},2026-05-03T12:00:00Z\n", prefix, i);
  }
  return files;
}

/// The events of the streams whose names begin with the prefix.
Lines events_of(ImportShop& shop, const std::string& prefix) { return shop.events_with("/" + prefix); }

void check_positions_and_versions(ImportShop& shop) {
  std::uint64_t position = 0;
  std::map<std::string, std::uint64_t> versions;
  shop.store().read({1}, shop.store().head().position, [&](const upline::eventstore::StoredEvent& stored) {
    CHECK(stored.position.value == ++position);
    CHECK(stored.version.value == ++versions[stored.stream]);
    return true;
  });
  CHECK(position == shop.head());
}

}  // namespace

TEST_CASE("an import that kills itself in the middle of its batches, run again, ends like an uninterrupted one",
          "[import][concurrency]") {
  const auto files = eventful_files();
  const auto expected = uninterrupted(files);
  std::mt19937 random(7);
  for (int attempt = 0; attempt < 4; ++attempt) {
    ImportShop shop;
    const auto folder = shop.put(files);
    shop.close();
    int killed = 0;
    const auto run = [&] {
      const auto moment = static_cast<Moment>(random() % 3);
      const auto call = static_cast<int>(1 + random() % 8);
      const auto rows_per_commit = 1 + random() % 20;
      const auto status =
          wait_for(start([&] { import_until(shop.location(), folder, moment, call, rows_per_commit); }));
      CHECK((was_killed(status) || ended_well(status)));
      return ended_well(status);
    };
    while (!run() && killed < 500) ++killed;
    CHECK(killed > 0);
    shop.reopen();
    check_same_end(end_of(shop, shop.import_from(folder)), expected);
  }
}

TEST_CASE("an import that is killed from outside, wherever it is, ends like an uninterrupted one",
          "[import][concurrency]") {
  const auto files = eventful_files(60);
  const auto expected = uninterrupted(files);
  std::mt19937 random(11);
  for (int attempt = 0; attempt < 4; ++attempt) {
    ImportShop shop;
    const auto folder = shop.put(files);
    shop.close();
    int killed = 0;
    while (
        was_killed(kill_from_outside(shop.location(), folder, static_cast<int>(1 + random() % 5), 1 + random() % 20))) {
      REQUIRE(++killed < 500);
    }
    CHECK(killed > 0);
    shop.reopen();
    check_same_end(end_of(shop, shop.import_from(folder)), expected);
  }
}

TEST_CASE("of two processes that import the same folder at once one does it, and both report the same",
          "[import][concurrency]") {
  const auto files = eventful_files(40);
  const auto expected = uninterrupted(files);
  ImportShop shop;
  const auto folder = shop.put(files);
  TempFolder notes;
  shop.close();
  run_at_once(2, [&](int process) {
    int commits = 0;
    ImportShop mine(shop.location());
    const auto report =
        mine.import_from(folder, {.rows_per_commit = 10, .progress = [&](std::uint64_t, std::uint64_t) { ++commits; }});
    write_files(notes.path() / std::to_string(process),
                {{"report", to_json(report)}, {"work", commits > 0 ? "did it" : "waited"}});
  });
  const auto note = [&](const char* process, const char* file) { return read_bytes(notes.path() / process / file); };
  CHECK(note("0", "report") == expected.report);
  CHECK(note("1", "report") == expected.report);
  CHECK(note("0", "work") != note("1", "work"));
  shop.reopen();
  check_same_end(end_of(shop, shop.import_from(folder)), expected);
}

TEST_CASE("four processes that import four folders into one shop at once lose nothing", "[import][concurrency]") {
  constexpr int rows = 60;
  const Lines prefixes{"w-", "x-", "y-", "z-"};
  ImportShop shop;
  TempFolder folders;
  for (const auto& prefix : prefixes) write_files(folders.path() / prefix, files_of(prefix, rows));
  shop.close();
  run_at_once(4, [&](int process) {
    ImportShop mine(shop.location());
    mine.import_from(folders.path() / prefixes.at(static_cast<std::size_t>(process)), {.rows_per_commit = 7});
  });
  shop.reopen();
  check_positions_and_versions(shop);
  std::uint64_t events = 1;  // ShopOpened
  for (const auto& prefix : prefixes) {
    INFO(prefix);
    const auto report = shop.import_from(folders.path() / prefix);
    events += report.events;
    CHECK(report.complete);
    CHECK(report.rejects == 1);  // the refund of 0
    ImportShop alone;
    alone.import(files_of(prefix, rows));
    CHECK((events_of(shop, prefix) == events_of(alone, prefix)));
    CHECK((shop.secrets(prefix + "game", rows) == alone.secrets(prefix + "game", rows)));
  }
  CHECK(shop.head() == events);
  CHECK(shop.events_with("PlanPublished").size() == 1);
}
