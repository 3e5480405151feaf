// Questions about the referral tree, asked of Upline (the read model in SQLite, and its arrays) and of recursive
// queries over a plain table of the same tree. Says the median and the slowest in microseconds, in JSON.
#include "bench/peers/sqlite_tree.hpp"
#include "eventstore/shop.hpp"
#include "projections/read_models.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace upline;
using projections::MemberIndex;
using projections::ReferralForest;
using Json = nlohmann::ordered_json;

constexpr std::size_t levels = 10;
constexpr std::size_t page = 50;

/// `ask` answers how much it found; asked of each member in turn.
template <class Ask>
Json timed(const std::vector<MemberIndex>& members, const Ask& ask) {
  std::vector<double> took;
  std::size_t found = 0;
  for (const auto member : members) {
    const auto began = std::chrono::steady_clock::now();
    found += ask(member);
    took.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count());
  }
  std::ranges::sort(took);
  return {{"median_us", took[took.size() / 2]}, {"slowest_us", took.back()}, {"found", found}};
}

/// Which members are asked about.
struct Questions {
  std::vector<MemberIndex> any;      // drawn evenly
  std::vector<MemberIndex> parents;  // drawn evenly among those who referred somebody
  std::vector<MemberIndex> leaders;  // whose downlines are the nearest to a tenth of all members
};

Questions questions_about(const ReferralForest& forest, std::size_t count) {
  std::mt19937_64 random(42);
  Questions questions;
  while (questions.any.size() < count) questions.any.push_back(static_cast<MemberIndex>(random() % forest.size()));
  while (questions.parents.size() < count) {
    const auto member = static_cast<MemberIndex>(random() % forest.size());
    if (!forest.children(member).empty()) questions.parents.push_back(member);
  }
  std::vector<MemberIndex> all(forest.top_down().begin(), forest.top_down().end());
  const auto wanted = static_cast<std::int64_t>(forest.size() / 10);
  const auto distance = [&](MemberIndex member) { return std::abs(forest.row(member).place.downline_count - wanted); };
  const auto leaders = std::min<std::size_t>(9, all.size());
  std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(leaders), {}, distance);
  questions.leaders.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(leaders));
  return questions;
}

class Bench {
 public:
  Bench(const eventstore::ShopLocation& location, const fs::path& scratch, std::size_t count)
      : shop_(location), models_(shop_.store(), location.views()) {
    models_.catch_up();
    as_of_ = models_.as_of(shop_.store().head().position);
    forest_ = models_.tree().forest(as_of_);
    questions_ = questions_about(forest_, count);
    const auto parent_of = [this](MemberIndex member) { return parent(member); };
    table_.emplace(scratch / fmt::format("tree-{}.db", ::getpid()), forest_.size(), parent_of);
  }

  Json measure() {
    Json told{{"members", forest_.size()}};
    told["upline"] = {{"view", timed(questions_.any, [&](auto m) { return ancestors(m); })},
                      {"arrays", timed(questions_.any, [&](auto m) { return walk_up(m); })},
                      {"table", timed(questions_.any, [&](auto m) { return table_->walk_up(m, levels); })}};
    told["children"] = {{"view", timed(questions_.parents, [&](auto m) { return children(m); })},
                        {"arrays", timed(questions_.parents, [&](auto m) { return first_children(m); })},
                        {"table", timed(questions_.parents, [&](auto m) { return table_->children(m, page); })}};
    told["count"] = {{"view", timed(questions_.leaders, [&](auto m) { return count_by_level(m); })},
                     {"arrays", timed(questions_.leaders, [&](auto m) { return count(m); })},
                     {"table", timed(questions_.leaders, [&](auto m) { return table_->count_below(m); })}};
    check(told);
    return told;
  }

 private:
  MemberIndex parent(MemberIndex member) const {
    const auto referrer = forest_.row(member).referrer;
    return referrer.empty() ? projections::no_member : forest_.find(referrer);
  }

  domain::MemberId id(MemberIndex member) const { return {std::string(forest_.row(member).member)}; }

  std::size_t ancestors(MemberIndex member) { return models_.tree().ancestors(as_of_, id(member), levels).size(); }
  std::size_t children(MemberIndex member) { return models_.tree().children(as_of_, id(member), {}, page).size(); }
  std::size_t count_by_level(MemberIndex member) {
    std::size_t sum = 0;
    for (const auto level : models_.tree().downline_by_level(as_of_, id(member))) sum += level;
    return sum;
  }

  std::size_t walk_up(MemberIndex member) const {
    std::size_t found = 0;
    for (auto at = parent(member); at != projections::no_member && found < levels; at = parent(at)) ++found;
    return found;
  }
  std::size_t first_children(MemberIndex member) const { return std::min(forest_.children(member).size(), page); }
  std::size_t count(MemberIndex member) const { return forest_.row(member).place.downline_count; }

  /// All three tell the same.
  static void check(const Json& told) {
    for (const auto* question : {"upline", "children", "count"}) {
      const auto& answers = told[question];
      if (answers["view"]["found"] == answers["table"]["found"] &&
          answers["arrays"]["found"] == answers["table"]["found"])
        continue;
      throw std::runtime_error(fmt::format("the answers to '{}' differ: {}", question, answers.dump()));
    }
  }

  eventstore::Shop shop_;
  projections::ReadModels models_;
  projections::AsOf as_of_;
  ReferralForest forest_;
  Questions questions_;
  std::optional<bench::SqliteTree> table_;
};

}  // namespace

int main(int argc, char** argv) try {
  fs::path data;
  fs::path scratch = fs::temp_directory_path();
  std::size_t count = 2000;
  CLI::App app("Asks about the referral tree of a shop.");
  app.add_option("data", data, "The folder of the shop `bench`")->required();
  app.add_option("--scratch", scratch, "Where the plain table is made");
  app.add_option("--questions", count, "of each kind")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::cout << Bench({data, "bench", data / "vault.key"}, scratch, count).measure() << '\n';
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_tree: " << error.what() << '\n';
  return EXIT_FAILURE;
}
