// A shop with a history, as bench_make_history and bench_make_shop make them, and what the buyers of the burst order
// in it. It is used in place: what is sold, and the keys for it, stay.
#pragma once

#include "bench/load/generator.hpp"
#include "eventstore/role.hpp"
#include "eventstore/shop.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace upline::bench {

/// The programs that make a shop.
struct Programs {
  std::string upline{};
  std::string make_history{};
};

/// Writes a made-up history of so many purchases beside the data folder, and imports it.
void make_standing_shop(const Programs& programs, const std::filesystem::path& data, std::uint64_t purchases);

class StandingShop {
 public:
  /// Counts members and products. Throws where there are none.
  explicit StandingShop(std::filesystem::path data);

  std::size_t members() const { return members_; }
  std::size_t products() const { return products_; }
  std::uint64_t events() const;
  /// Of the whole folder.
  std::uintmax_t bytes() const;

  /// Valid for a day.
  std::string make_token(eventstore::Role role) const;

  /// Keys for so many buyers more, a tenth and some above what they are expected to take of each product. May be called
  /// while the shop is served.
  void stock(double buyers);

  /// The buyer of this number: members in turns, far from each other; the first products sell most.
  Basket basket_of(std::size_t number) const;

 private:
  eventstore::ShopLocation location() const;
  double share_of(std::size_t product) const;
  std::string member(std::size_t index) const;

  std::filesystem::path data_;
  std::size_t member_digits_{};
  std::size_t members_{};
  std::size_t products_{};
  std::string run_;  // makes the keys of this run others than those of any other
  std::size_t batches_{};
};

}  // namespace upline::bench
