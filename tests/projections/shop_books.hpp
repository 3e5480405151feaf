// A shop with its read models in a folder of its own, and their answers as texts that a test can say.
#pragma once

#include "projections/read_models.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace upline::tests {

using Lines = std::vector<std::string>;

/// One process that writes the shop and asks its read models. Several over one folder stand for several programs.
class ShopBooks {
 public:
  explicit ShopBooks(const std::filesystem::path& folder)
      : folder_(folder), shop_(folder), models_(shop_.store(), folder / "views") {}

  ShopProcess& shop() { return shop_; }
  eventstore::EventStore& store() { return shop_.store(); }
  projections::ReadModels& models() { return models_; }
  std::filesystem::path views() const { return folder_ / "views"; }
  std::filesystem::path view(const std::string& name) const { return views() / name; }

  /// The read models, brought up to date.
  projections::ReadModels& now() {
    models_.catch_up();
    return models_;
  }

  void append(const domain::Command& command, const std::vector<std::string>& secrets = {}) {
    must_append(shop_.run(command, {}, secrets));
  }

  domain::Position head() { return store().head().position; }

 private:
  std::filesystem::path folder_;
  ShopProcess shop_;
  projections::ReadModels models_;
};

/// A shop in a temporary folder: the worked example's, before anybody buys.
class ExampleBooks : private TempFolder, public ShopBooks {
 public:
  ExampleBooks() : ShopBooks(TempFolder::path()) { set_up_worked_example(shop()); }
  const std::filesystem::path& folder() const { return TempFolder::path(); }
};

inline projections::AsOf at(domain::Timestamp time) { return {.time = time}; }

/// `carol CNY earned 99 reversed 50 pending 49 available 0`.
inline Lines balances(projections::ReadModels& models, const projections::AsOf& as_of,
                      const std::optional<domain::MemberId>& member = {}) {
  Lines lines;
  models.balances().balances(as_of, member, [&](const projections::Balance& b) {
    lines.push_back(fmt::format("{} {} earned {} reversed {} pending {} available {}", b.member, b.currency,
                                b.earned.value, b.reversed.value, b.pending.value, b.available.value));
  });
  return lines;
}

/// `bob under alice depth 1 direct 1 downline 2`.
inline Lines tree(projections::ReadModels& models, const projections::AsOf& as_of) {
  const auto forest = models.tree().forest(as_of);
  Lines lines;
  for (projections::MemberIndex i = 0; i < forest.size(); ++i) {
    const auto row = forest.row(i);
    lines.push_back(fmt::format("{} under {} depth {} direct {} downline {}", row.member,
                                row.referrer.empty() ? "nobody" : row.referrer, row.place.depth, row.place.direct_count,
                                row.place.downline_count));
  }
  return lines;
}

inline std::string text_of(const projections::Stock& s) {
  return fmt::format("{} imported {} unreleased {} released {} reserved {} delivered {} revoked {}", s.product,
                     s.imported(), s.unreleased, s.released, s.reserved, s.delivered, s.revoked);
}

/// `game imported 10 unreleased 0 released 9 reserved 0 delivered 1 revoked 0`; as of now, or of then.
inline Lines stock(projections::ReadModels& models, const std::optional<projections::AsOf>& as_of = {}) {
  Lines lines;
  const auto add = [&](const projections::Stock& s) { lines.push_back(text_of(s)); };
  if (as_of) {
    models.inventory().stock(*as_of, add);
  } else {
    models.inventory().stock(add);
  }
  return lines;
}

/// `commission_balances.entries: alice CNY 25: differs`.
inline Lines differences(projections::ReadModels& models) {
  Lines lines;
  for (const auto& difference : models.compare_with_rebuild()) {
    for (const auto& key : difference.keys) {
      lines.push_back(fmt::format("{}.{}: {}", difference.projection, difference.table, key));
    }
  }
  return lines;
}

}  // namespace upline::tests
