// Live selling at random, over few names, so that commands meet: orders that are placed, paid in part, late, twice or
// in another currency, expire, wait for stock, are delivered, refunded, their keys replaced and taken back.
#pragma once

#include "tests/projections/shop_books.hpp"

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <rapidcheck.h>

namespace upline::tests {

/// What a command is made of, in numbers that rapidcheck makes smaller.
using SellingSeed = std::array<int, 6>;

/// Batches of commands; between two of them a day or two go by, and what is due by then is carried out.
using SellingSteps = std::vector<std::vector<SellingSeed>>;
rc::Gen<SellingSteps> any_selling();

/// A shop whose clock the test sets, with products of every kind: `game` (six keys), `licence` (a key for all), `seats`
/// (keys that serve three units each), `course` (external), `advice` (by hand) and `token` (in USDT); members m0 to m7
/// in two chains; reservations that hold for two days.
class SellingBooks {
 public:
  explicit SellingBooks(const std::filesystem::path& folder);

  ShopBooks& books() { return books_; }
  projections::ReadModels& models() { return books_.models(); }
  domain::Timestamp now() const { return *now_; }

  /// Runs a batch, and lets time go by.
  void run(const std::vector<SellingSeed>& seeds);
  void run(const SellingSteps& steps) {
    for (const auto& step : steps) run(step);
  }

  static std::string order(int number) { return "p" + std::to_string(number % 10); }
  static std::string member(int number) { return "m" + std::to_string(number % 8); }

 private:
  std::shared_ptr<domain::Timestamp> now_;
  ShopBooks books_;
};

}  // namespace upline::tests
