// Live selling at random, and an accountant between two batches: settlements that are opened, interrupted, carried on,
// approved, cancelled, and whose payouts are paid, fail and come back.
#pragma once

#include "tests/projections/random_selling.hpp"

#include <filesystem>
#include <vector>

#include <rapidcheck.h>

namespace upline::tests {

struct SettlingStep {
  std::vector<SellingSeed> selling;
  std::vector<SellingSeed> accountant;
};

using SettlingSteps = std::vector<SettlingStep>;
rc::Gen<SettlingSteps> any_settling();

/// A selling shop in which commissions in two currencies have become available before the first step.
class SettlingBooks {
 public:
  explicit SettlingBooks(const std::filesystem::path& folder);

  ShopBooks& books() { return selling_.books(); }
  void run(const SettlingSteps& steps);

 private:
  void run_accountant(const SellingSeed& seed);
  void settle(const SellingSeed& seed);
  void record_results(const SellingSeed& seed);

  SellingBooks selling_;
};

}  // namespace upline::tests
