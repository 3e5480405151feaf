// Questions about the referral tree, asked of Upline (the tree in memory, which the API answers from, and the read
// model) and of recursive queries over a plain table of the same tree. Says the median and the slowest in microseconds,
// in JSON.
#include "bench/peers/sqlite_tree.hpp"
#include "eventstore/shop.hpp"
#include "projections/read_models.hpp"
#include "projections/referral_live_tree.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
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
using projections::LiveTree;
using projections::Place;
using Json = nlohmann::ordered_json;

constexpr std::size_t levels = 10;
constexpr std::size_t page = 50;

double microseconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count();
}

/// Asked of each member in turn, microseconds for each.
template <class Ask>
double mean_of_a_round(const std::vector<std::string>& members, const Ask& ask, std::size_t found) {
  const auto began = std::chrono::steady_clock::now();
  std::size_t again = 0;
  for (const auto& member : members) again += ask(member);
  const auto mean = microseconds_since(began) / static_cast<double>(members.size());
  if (again != found) throw std::runtime_error("asked again, something else was found");
  return mean;
}

/// `ask` answers how much it found; asked of each member in turn. Half of what is asked is quicker than the clock can
/// tell, so the mean is that of all together: the median of rounds for a twentieth of a second, or of one that is
/// slower.
template <class Ask>
Json timed(const std::vector<std::string>& members, const Ask& ask) {
  std::vector<double> took;
  took.reserve(members.size());
  std::size_t found = 0;
  for (const auto& member : members) {
    const auto began = std::chrono::steady_clock::now();
    found += ask(member);
    took.push_back(microseconds_since(began));
  }
  std::ranges::sort(took);
  constexpr double long_enough_us = 50'000;
  std::vector<double> means;
  for (const auto began = std::chrono::steady_clock::now();
       means.empty() || microseconds_since(began) < long_enough_us;) {
    means.push_back(mean_of_a_round(members, ask, found));
  }
  std::ranges::sort(means);
  return {{"mean_us", means[means.size() / 2]},
          {"median_us", took[took.size() / 2]},
          {"slowest_us", took.back()},
          {"found", found}};
}

/// Which members are asked about.
struct Questions {
  std::vector<std::string> any;      // drawn evenly
  std::vector<std::string> parents;  // drawn evenly among those who referred somebody
  std::vector<std::string> leaders;  // whose downlines are the nearest to a tenth of all members
  std::vector<std::string> top;      // whose downline is the largest, and who heads the chain
};

Questions questions_about(const projections::ReferralForest& forest, std::size_t count) {
  std::mt19937_64 random(42);
  const auto drawn = [&] { return static_cast<projections::MemberIndex>(random() % forest.size()); };
  const auto id = [&](projections::MemberIndex member) { return std::string(forest.row(member).member); };
  Questions questions;
  while (questions.any.size() < count) questions.any.push_back(id(drawn()));
  while (questions.parents.size() < count) {
    const auto member = drawn();
    if (!forest.children(member).empty()) questions.parents.push_back(id(member));
  }
  const auto below = [&](projections::MemberIndex member) {
    return static_cast<std::int64_t>(forest.row(member).place.downline_count);
  };
  std::vector<projections::MemberIndex> all(forest.top_down().begin(), forest.top_down().end());
  const auto wanted = static_cast<std::int64_t>(forest.size() / 10);
  const auto leaders = static_cast<std::ptrdiff_t>(std::min<std::size_t>(9, all.size()));
  std::ranges::partial_sort(all, all.begin() + leaders, {},
                            [&](auto member) { return std::abs(below(member) - wanted); });
  for (std::ptrdiff_t i = 0; i < leaders; ++i) questions.leaders.push_back(id(all[static_cast<std::size_t>(i)]));
  questions.top.assign(3, id(*std::ranges::max_element(all, {}, below)));
  return questions;
}

class Bench {
 public:
  Bench(const eventstore::ShopLocation& location, const fs::path& scratch, std::size_t count)
      : shop_(location), models_(shop_.store(), location.views()) {
    models_.catch_up();
    as_of_ = models_.as_of(shop_.store().head().position);
    const auto forest = models_.tree().forest(as_of_);
    questions_ = questions_about(forest, count);
    const auto began = std::chrono::steady_clock::now();
    auto settled = models_.tree().settled(forest.size());
    fill_ms_ = microseconds_since(began) / 1000;
    tree_ = LiveTree(std::make_shared<const projections::ReferralLevels>(std::move(settled.value().levels)));
    const auto id_of = [&](std::uint32_t member) { return forest.row(member).member; };
    const auto parent_of = [&](std::uint32_t member) { return forest.referrer(member); };
    table_.emplace(scratch / fmt::format("tree-{}.db", ::getpid()), forest.size(), id_of, parent_of);
  }

  Json measure() {
    Json told{{"members", tree_.size()}, {"fill_ms", fill_ms_}};
    tell(told);
    enrol_some();
    told["new_members"] = tree_.unsettled();
    Json since;
    tell_of_memory(since);
    for (const auto* question : {"upline", "children", "count", "count_of_all"}) {
      told[question]["memory_since"] = since[question]["memory"];
    }
    const auto began = std::chrono::steady_clock::now();
    tree_.settled();
    told["settle_ms"] = microseconds_since(began) / 1000;
    told["look_up"] = timed(questions_.any, [&](const auto& m) { return std::size_t{tree_.find(m) != 0}; });
    return told;
  }

 private:
  void tell_of_memory(Json& told) {
    told["upline"]["memory"] = timed(questions_.any, [&](const auto& m) { return walk_up(m); });
    told["children"]["memory"] = timed(questions_.parents, [&](const auto& m) { return first_children(m); });
    told["count"]["memory"] = timed(questions_.leaders, [&](const auto& m) { return count(m); });
    told["count_of_all"]["memory"] = timed(questions_.top, [&](const auto& m) { return count(m); });
  }

  void tell(Json& told) {
    tell_of_memory(told);
    const auto places = places_of(questions_.any);
    std::size_t next = 0;
    told["upline"]["memory_by_number"] =
        timed(questions_.any, [&](const auto&) { return climb(places[next++ % places.size()], [](Place, Place) {}); });
    std::vector<Place> plain;
    for (Place place = 0; place <= tree_.size(); ++place) plain.push_back(place == 0 ? 0 : tree_.referrer(place));
    told["upline"]["bare_array"] = timed(questions_.any, [&](const auto&) {
      std::size_t found = 0;
      for (auto at = plain[places[next++ % places.size()]]; at != 0 && found < levels; at = plain[at]) ++found;
      return found;
    });
    told["upline"]["view"] = timed(questions_.any, [&](const auto& m) { return ancestors(m); });
    told["children"]["view"] = timed(questions_.parents, [&](const auto& m) { return children(m); });
    told["count"]["view"] = timed(questions_.leaders, [&](const auto& m) { return count_by_level(m); });
    for (auto keyed : {bench::SqliteTree::Keyed::by_id, bench::SqliteTree::Keyed::by_number}) {
      const auto* const name = keyed == bench::SqliteTree::Keyed::by_id ? "table" : "table_by_number";
      told["upline"][name] = timed(questions_.any, [&](const auto& m) { return table_->walk_up(keyed, m, levels); });
      told["children"][name] =
          timed(questions_.parents, [&](const auto& m) { return table_->children(keyed, m, page); });
      told["count"][name] = timed(questions_.leaders, [&](const auto& m) { return table_->count_below(keyed, m); });
    }
    check(told);
  }

  std::vector<Place> places_of(const std::vector<std::string>& members) const {
    std::vector<Place> places;
    places.reserve(members.size());
    for (const auto& member : members) places.push_back(tree_.find(member));
    return places;
  }

  template <class Visit>
  std::size_t climb(Place member, const Visit& visit) const {
    std::size_t found = 0;
    for (auto above = tree_.referrer(member); above != projections::above_all && found < levels; ++found) {
      visit(member, above);
      member = above;
      above = tree_.referrer(member);
    }
    return found;
  }

  // What an answer holds, in the place where it is made.

  std::size_t walk_up(const std::string& member) {
    above_.clear();
    return climb(tree_.find(member), [&](Place, Place above) { above_.push_back(tree_.id(above)); });
  }
  std::size_t first_children(const std::string& member) const {
    return tree_.level_below(tree_.find(member), 1, "", page)->size();
  }
  std::size_t count(const std::string& member) const {
    std::size_t sum = 0;
    for (const auto level : tree_.downline_by_level(tree_.find(member))) sum += level;
    return sum;
  }

  std::size_t ancestors(const std::string& member) { return models_.tree().ancestors(as_of_, {member}, levels).size(); }
  std::size_t children(const std::string& member) { return models_.tree().children(as_of_, {member}, {}, page).size(); }
  std::size_t count_by_level(const std::string& member) {
    std::size_t sum = 0;
    for (const auto level : models_.tree().downline_by_level(as_of_, {member})) sum += level;
    return sum;
  }

  /// As many as come before the tree is settled anew, below whomever.
  void enrol_some() {
    constexpr std::size_t unsettled = 8192;
    for (std::size_t i = 0; i < unsettled; ++i) {
      const auto& referrer = questions_.any[i * 7919 % questions_.any.size()];
      tree_.apply({fmt::format("new-{}", i), referrer, {{i + 1}, {}}});
    }
  }

  /// All tell the same.
  static void check(const Json& told) {
    for (const auto* question : {"upline", "children", "count"}) {
      for (const auto& [how, answer] : told[question].items()) {
        if (answer["found"] == told[question]["table"]["found"]) continue;
        throw std::runtime_error(fmt::format("the answers to '{}' differ: {}", question, told[question].dump()));
      }
    }
  }

  eventstore::Shop shop_;
  projections::ReadModels models_;
  projections::AsOf as_of_;
  LiveTree tree_;
  double fill_ms_{};
  Questions questions_;
  std::vector<std::string_view> above_;
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
