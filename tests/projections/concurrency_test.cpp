// Any process may project, and several do at once: each event counts exactly once.
#include "projections/verification.hpp"
#include "tests/projections/shop_books.hpp"

#include <atomic>
#include <exception>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// Runs each on a thread of its own and throws what one of them threw.
void at_once(const std::vector<std::function<void()>>& jobs) {
  std::vector<std::exception_ptr> failures(jobs.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      threads.emplace_back([&, i] {
        try {
          jobs[i]();
        } catch (...) {
          failures[i] = std::current_exception();
        }
      });
    }
  }
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

/// Tells the other threads to end, also where this one fails.
class EndsWithScope {
 public:
  explicit EndsWithScope(std::atomic<bool>& going_on) : going_on_(going_on) {}
  EndsWithScope(const EndsWithScope&) = delete;
  EndsWithScope& operator=(const EndsWithScope&) = delete;
  ~EndsWithScope() { going_on_ = false; }

 private:
  std::atomic<bool>& going_on_;
};

/// Numbered, so that several threads' orders do not meet.
std::vector<Command> sales(const std::string& prefix, int count) {
  std::vector<Command> commands;
  for (int i = 0; i < count; ++i) {
    const auto order = fmt::format("{}{}", prefix, i);
    commands.push_back(purchase({.order = order, .product = "course"}));
    if (i % 3 == 0) commands.push_back(refund("r" + order, order, 500));
  }
  return commands;
}

void run_all(ShopProcess& shop, const std::vector<Command>& commands) {
  for (const auto& outcome : shop.run_batch(commands)) must_append(outcome);
}

}  // namespace

TEST_CASE("two processes that catch up by turns see the same", "[projecting][concurrency]") {
  ExampleBooks first;
  ShopBooks second(first.folder());
  for (int turn = 0; turn < 6; ++turn) {
    auto& writer = turn % 3 == 0 ? second : first;
    writer.append(purchase({.order = fmt::format("o{}", turn)}));
    auto& projector = turn % 2 == 0 ? first : second;
    projector.models().catch_up();
    CHECK(balances(first.models(), at(may(1))) == balances(second.models(), at(may(1))));
  }
  CHECK(differences(first.models()).empty());
}

TEST_CASE("many who fill the same empty files at once fill them once", "[projecting][concurrency]") {
  ExampleBooks books;
  run_all(books.shop(), sales("o", 4000));
  const int round = GENERATE(1, 2, 3);
  INFO("round " << round);
  const auto fill = [&] {
    ShopBooks own(books.folder());
    own.models().catch_up();
    if (!own.models().stopped().empty()) throw ProjectionStopped(own.models().stopped().front());
  };
  at_once({fill, fill, fill, fill});
  CHECK(differences(books.models()).empty());
}

TEST_CASE("projecting while others write, project and delete loses nothing", "[projecting][concurrency]") {
  ExampleBooks books;
  std::atomic<bool> writing{true};
  const auto write = [&](const std::string& prefix) {
    ShopProcess own(books.folder());
    for (int batch = 0; batch < 15; ++batch) run_all(own, sales(fmt::format("{}{}-", prefix, batch), 40));
  };
  const auto follow = [&](bool deleting) {
    ShopBooks own(books.folder());
    for (int round = 0; writing; ++round) {
      if (deleting && round % 5 == 4) std::filesystem::remove(own.view("orders.v4.db"));
      own.models().catch_up();
      if (!own.models().stopped().empty()) throw ProjectionStopped(own.models().stopped().front());
    }
  };
  at_once({[&] {
             const EndsWithScope end(writing);
             at_once({[&] { write("a"); }, [&] { write("b"); }});
           },
           [&] { follow(false); }, [&] { follow(true); }});
  CHECK(differences(books.models()).empty());
  ShopBooks another(books.folder());
  CHECK(differences(another.models()).empty());
  CHECK(books.now().totals().totals().orders == 2 * 15 * 40);
}

TEST_CASE("readers see the old answer or the new one while others rebuild", "[projecting][concurrency]") {
  ExampleBooks books;
  run_all(books.shop(), sales("o", 1000));
  const auto expected = balances(books.now(), at(may(3)));
  std::atomic<bool> rebuilding{true};
  const auto rebuild = [&] {
    ShopBooks own(books.folder());
    for (int i = 0; i < 4; ++i) own.models().rebuild();
  };
  const auto read = [&] {
    ShopBooks own(books.folder());
    while (rebuilding) {
      if (balances(own.models(), at(may(3))) != expected) throw std::runtime_error("a reader saw half a rebuild");
      own.models().catch_up();
    }
  };
  at_once({[&] {
             const EndsWithScope end(rebuilding);
             at_once({rebuild, rebuild});
           },
           read, read});
  CHECK(differences(books.models()).empty());
}

TEST_CASE("a comparison is right while others write and project", "[projecting][concurrency]") {
  ExampleBooks books;
  run_all(books.shop(), sales("o", 500));
  std::atomic<bool> comparing{true};
  const auto write = [&] {
    ShopBooks own(books.folder());
    for (int batch = 0; comparing; ++batch) {
      run_all(own.shop(), sales(fmt::format("w{}-", batch), 10));
      own.models().catch_up();
    }
  };
  const auto compare = [&] {
    const EndsWithScope end(comparing);
    ShopBooks own(books.folder());
    Lines found;
    for (int i = 0; i < 5 && found.empty(); ++i) found = differences(own.models());
    if (!found.empty()) throw std::runtime_error(found.front());
  };
  at_once({write, compare});
}

TEST_CASE("a verification finds all well while others write", "[projecting][concurrency]") {
  ExampleBooks books;
  run_all(books.shop(), sales("o", 2500));  // enough for several readers
  std::atomic<bool> verifying{true};
  const auto write = [&] {
    ShopProcess own(books.folder());
    for (int batch = 0; verifying && batch < 100; ++batch) run_all(own, sales(fmt::format("w{}-", batch), 5));
  };
  const auto check = [&] {
    const EndsWithScope end(verifying);
    ShopBooks own(books.folder());
    for (int round = 0; round < 2; ++round) {
      const auto result = verify(own.store(), &own.shop().vault(), own.models());
      if (!result.all_is_well()) throw std::runtime_error("something was found in a log that nobody touched");
    }
  };
  at_once({write, check});
}
