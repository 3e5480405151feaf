#include "api/reports.hpp"

#include "api/page.hpp"

#include <chrono>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

// Sales

constexpr Duration hour{std::int64_t{3'600} * 1'000'000};
constexpr Duration day{24 * hour.microseconds};

struct Sums {
  std::int64_t orders{};
  std::int64_t sales{};
  std::int64_t refunded{};
};
using SalesByPeriod = std::map<std::pair<Timestamp, std::string>, Sums>;

Timestamp first_of_month(Timestamp time) {
  using namespace std::chrono;
  const sys_time<microseconds> at{microseconds{time.microseconds}};
  const year_month_day date{floor<days>(at)};
  const sys_days first{date.year() / date.month() / 1};
  return {duration_cast<microseconds>(first.time_since_epoch()).count()};
}

void add(std::int64_t& sum, std::int64_t amount) {
  if (__builtin_add_overflow(sum, amount, &sum)) throw std::overflow_error("the sales of a month do not fit 64 bits");
}

SalesByPeriod sales_by_period(Reader& reader, const Call& call, bool by_month, Duration period) {
  const auto from = call.optional_time("from").value_or(timestamp_min);
  const auto to = call.optional_time("to").value_or(timestamp_max);
  SalesByPeriod sales;
  reader.models.orders().sales_over_time(call.as_of(reader), from, to, period, call.optional_id<ProductId>("product"),
                                         [&](const projections::PeriodSales& line) {
                                           const auto start = by_month ? first_of_month(line.start) : line.start;
                                           auto& sums = sales[{start, std::string(line.currency)}];
                                           add(sums.orders, line.orders);
                                           add(sums.sales, line.sales.value);
                                           add(sums.refunded, line.refunded.value);
                                         });
  return sales;
}

/// The pair is in the order of the list; the cursor names it the other way round, since a time holds colons.
std::pair<Timestamp, std::string> sales_cursor(const Call& call) {
  const auto cursor = pair_cursor(call);
  if (!cursor) return {timestamp_min, {}};
  const auto start = parse_rfc3339(cursor->second);
  if (!start) refuse_cursor();
  return {*start, cursor->first};
}

Response sales(Reader& reader, const Call& call) {
  const auto* by = call.query("by");
  const std::string step = by == nullptr ? "day" : *by;
  if (step != "hour" && step != "day" && step != "month") {
    throw Refused({400, "invalid_parameter", "'by' is hour, day or month.", "by"});
  }
  const auto all = sales_by_period(reader, call, step == "month", step == "hour" ? hour : day);
  Page page(call);
  for (auto at = all.upper_bound(sales_cursor(call)); at != all.end(); ++at) {
    const auto& [start, currency] = at->first;
    const auto time = format_rfc3339(start);
    if (!page.add({{"from", time},
                   {"currency", currency},
                   {"orders", at->second.orders},
                   {"sales_minor", at->second.sales},
                   {"refunded_minor", at->second.refunded}},
                  fmt::format("{}:{}", currency, time))) {
      break;
    }
  }
  Json json{{"by", step}};
  page.put_into(json, "sales");
  return json_response(json);
}

// Inventory

using Schedules = std::map<std::string, Json, std::less<>>;

Schedules scheduled_releases(Reader& reader, const projections::AsOf& as_of) {
  Schedules schedules;
  reader.models.inventory().scheduled_releases(as_of, [&](const projections::ScheduledRelease& release) {
    schedules[std::string(release.product)].push_back({{"batch", release.batch}, {"at", format_rfc3339(release.at)}});
  });
  return schedules;
}

Json inventory_json(const projections::Stock& stock, const Schedules& schedules) {
  const auto number = [](const std::optional<Quantity>& q) { return q ? Json(q->value) : Json(nullptr); };
  const auto scheduled = schedules.find(stock.product);
  return {{"product", stock.product},
          {"title", stock.title},
          {"fulfilment", name(stock.fulfilment)},
          {"retired", stock.retired},
          {"imported", stock.imported()},
          {"unreleased", stock.unreleased},
          {"released", stock.released},
          {"reserved", stock.reserved},
          {"delivered", stock.delivered},
          {"revoked", stock.revoked},
          {"available", stock.available()},
          {"low_stock_level", number(stock.low_stock_level)},
          {"low", stock.is_low()},
          {"units_per_member", number(stock.units_per_member)},
          {"waiting_orders", stock.waiting_orders},
          {"waiting_units", stock.waiting_units},
          {"scheduled_releases", scheduled == schedules.end() ? Json::array() : scheduled->second}};
}

Response inventory(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto schedules = scheduled_releases(reader, as_of);
  const auto after = call.optional_id<ProductId>("after");
  Page page(call);
  reader.models.inventory().stock(as_of, [&](const projections::Stock& stock) {
    if (after && stock.product <= after->value) return;
    page.add(inventory_json(stock, schedules), std::string(stock.product));
  });
  Json json = Json::object();
  page.put_into(json, "products");
  return json_response(json);
}

}  // namespace

std::vector<Route<Endpoint>> report_routes() {
  const std::string shop = "/v1/shops/{shop}";
  return {
      {"GET",
       shop + "/sales",
       {Read{sales}, readers, Importance::report, {"as_of", "by", "from", "to", "product", "limit", "after"}}},
      {"GET", shop + "/inventory", {Read{inventory}, readers, Importance::report, {"as_of", "limit", "after"}}},
  };
}

}  // namespace upline::api
