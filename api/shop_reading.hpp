// A served shop in numbers, for whoever watches it.
#pragma once

#include "api/served_shop.hpp"
#include "eventstore/writer.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace upline::api {

/// Keys of one product, or of several together.
struct StockReading {
  std::string product{};
  std::int64_t unreleased{};
  std::int64_t available{};
  std::int64_t reserved{};
  std::int64_t waiting_units{};  // paid, in the queue for keys
};

/// What the read models know.
struct BooksReading {
  std::map<std::string, std::uint64_t> orders_by_state{};
  std::vector<StockReading> stock{};  // at most products_max, and one more for all others

  /// Orders that hold keys, or may, and are not paid.
  std::uint64_t open_reservations() const;
};

struct ShopReading {
  std::string name{};
  eventstore::WriterStats writing{};
  Projecting projecting{};
  std::optional<BooksReading> books{};  // nothing while they are too far behind, or cannot be read
};

/// More products than that are summed up.
constexpr std::size_t products_max = 200;

/// No product can be called that.
constexpr const char* other_products = "(other)";

/// Beyond so many positions behind, the read models are left alone: carrying them on would take a while.
constexpr std::uint64_t lag_max = 10'000;

/// Reads files: not for an I/O thread. Some milliseconds where there are thousands of products.
ShopReading read_shop(const std::string& name, ServedShop& shop);

/// The retired products, and those behind the first so many by id, are one.
std::vector<StockReading> bounded_stock(const projections::Inventory& inventory);

}  // namespace upline::api
