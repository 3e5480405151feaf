#include "api/shop_metrics.hpp"

#include <chrono>

namespace upline::api {

namespace {

using Shops = std::span<const ShopReading>;

/// One number of each shop.
template <class Number>
void add_each(MetricFamilies& families, MetricFamilyBuilder family, Shops shops, Number number) {
  for (const auto& shop : shops) family.add({{"shop", shop.name}}, number(shop));
  std::move(family).finish(families);
}

double seconds_behind(const Projecting& projecting) {
  if (!projecting.behind_since) return 0;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - *projecting.behind_since).count();
}

void add_writing(MetricFamilies& families, Shops shops) {
  add_each(families, gauge_family("upline_writer_queue_length", "Commands that wait to be written."), shops,
           [](const ShopReading& shop) { return shop.writing.queue_length; });
  add_each(families, gauge_family("upline_writer_queue_capacity", "Commands that may wait to be written."), shops,
           [](const ShopReading& shop) { return shop.writing.queue_max; });
  add_each(families, gauge_family("upline_log_position", "The position that the log has reached."), shops,
           [](const ShopReading& shop) { return shop.projecting.head.value; });
}

void add_projecting(MetricFamilies& families, Shops shops) {
  add_each(families, gauge_family("upline_projection_lag_positions", "How far the read models are behind the log."),
           shops, [](const ShopReading& shop) { return shop.projecting.positions_behind(); });
  add_each(families, gauge_family("upline_projection_lag_seconds", "How long the read models have been behind."), shops,
           [](const ShopReading& shop) { return seconds_behind(shop.projecting); });
  add_each(families, gauge_family("upline_projections_failed", "Read models that cannot be carried on."), shops,
           [](const ShopReading& shop) { return shop.projecting.failed.size(); });
}

void add_orders(MetricFamilies& families, Shops shops) {
  auto open = gauge_family("upline_open_reservations", "Orders that are placed and neither paid nor ended.");
  auto by_state = gauge_family("upline_orders", "Orders by what became of them.");
  for (const auto& shop : shops) {
    if (!shop.books) continue;
    open.add({{"shop", shop.name}}, shop.books->open_reservations());
    for (const auto& [state, orders] : shop.books->orders_by_state) {
      by_state.add({{"shop", shop.name}, {"state", state}}, orders);
    }
  }
  std::move(open).finish(families);
  std::move(by_state).finish(families);
}

void add_stock(MetricFamilies& families, Shops shops) {
  auto keys = gauge_family("upline_stock_keys", "Keys of a product that are not sold, by where they stand.");
  auto waiting = gauge_family("upline_stock_waiting_units", "Units that are paid and wait for keys.");
  for (const auto& shop : shops) {
    if (!shop.books) continue;
    for (const auto& row : shop.books->stock) {
      const MetricLabels labels{{"shop", shop.name}, {"product", row.product}};
      const auto add_keys = [&](const char* state, std::int64_t number) {
        auto with_state = labels;
        with_state.push_back({"state", state});
        keys.add(std::move(with_state), number);
      };
      add_keys("unreleased", row.unreleased);
      add_keys("available", row.available);
      add_keys("reserved", row.reserved);
      waiting.add(labels, row.waiting_units);
    }
  }
  std::move(keys).finish(families);
  std::move(waiting).finish(families);
}

}  // namespace

void add_shop_metrics(MetricFamilies& families, Shops shops) {
  add_writing(families, shops);
  add_projecting(families, shops);
  add_orders(families, shops);
  add_stock(families, shops);
}

}  // namespace upline::api
