// A shop in which two processes take turns, and time goes on between them.
#pragma once

#include "tests/eventstore/drafts.hpp"
#include "tests/eventstore/random_commands.hpp"
#include "tests/eventstore/shop_process.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace upline::tests {

class TwoProcesses {
 public:
  /// Opens the shop: reservations have ended, batches wait for their release.
  explicit TwoProcesses(const std::filesystem::path& folder,
                        std::uint64_t states_every = eventstore::HandlerOptions{}.states_every)
      : options_{.clock = [this] { return now_; }, .states_every = states_every},
        one_(folder, options_),
        other_(folder, options_) {
    one_.handler().execute(opening_commands());
    one_.handler().execute(orders_that_will_expire());
    now_ = now_ + domain::Duration{600 * domain::microseconds_per_second};
    other_.handler().execute(sale_of_the_rest());
  }
  TwoProcesses(const TwoProcesses&) = delete;
  TwoProcesses& operator=(const TwoProcesses&) = delete;

  /// Hands each batch that the seeds come to, with its last seed, to `execute(batch, seed)`.
  template <typename Execute>
  void live(const std::vector<Seed>& seeds, Execute execute) {
    std::vector<eventstore::Request> batch;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      batch.push_back(request_from(seeds[i]));
      if (seeds[i][5] % 3 != 0 && i + 1 < seeds.size()) continue;
      execute(batch, seeds[i]);
      now_ = now_ + domain::Duration{seeds[i][3] % 8 * 60 * domain::microseconds_per_second};
      batch.clear();
    }
  }

  /// Whose turn it is.
  ShopProcess& at_turn(const Seed& seed) { return seed[4] % 2 == 0 ? one_ : other_; }

  /// After an hour in which nobody did anything.
  void sweep() {
    now_ = now_ + domain::Duration{3600 * domain::microseconds_per_second};
    other_.handler().execute({});
  }

  eventstore::EventStore& store_of_one() { return one_.store(); }
  eventstore::EventStore& store_of_other() { return other_.store(); }

  const eventstore::HandlerOptions& options() const { return options_; }

 private:
  domain::Timestamp now_{may(32)};
  eventstore::HandlerOptions options_;
  ShopProcess one_;
  ShopProcess other_;
};

}  // namespace upline::tests
