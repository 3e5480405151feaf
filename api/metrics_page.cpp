#include "api/metrics_page.hpp"

#include "api/metric_families.hpp"
#include "api/problem.hpp"
#include "api/process_metrics.hpp"
#include "api/shop_metrics.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <prometheus/text_serializer.h>

namespace upline::api {

namespace {

constexpr std::size_t scrapers_max = 16;
/// Making the page takes no more than this part of a thread's time.
constexpr int rest_per_work = 10;

void add_build_info(MetricFamilies& families) {
  auto info = gauge_family("upline_build_info", "Which program this is; always 1.");
  info.add({{"version", UPLINE_VERSION}, {"compiler", __VERSION__}}, 1);
  std::move(info).finish(families);
}

void add_shops_up(MetricFamilies& families, const std::vector<ShopReading>& shops,
                  const std::vector<std::string>& not_open) {
  auto up = gauge_family("upline_shop_up", "Whether a shop of the data folder is served.");
  for (const auto& shop : shops) up.add({{"shop", shop.name}}, 1);
  for (const auto& shop : not_open) up.add({{"shop", shop}}, 0);
  std::move(up).finish(families);
}

void add_work_queue(MetricFamilies& families, const WorkQueueReading& queue) {
  auto length = gauge_family("upline_work_queue_length", "Requests that wait for a worker.");
  length.add({}, queue.waiting);
  std::move(length).finish(families);
  auto capacity = gauge_family("upline_work_queue_capacity", "Requests that may wait for a worker.");
  capacity.add({}, queue.queue_max);
  std::move(capacity).finish(families);
}

void add_shed(MetricFamilies& families, const std::vector<ShedCount>& counts) {
  auto shed = counter_family("upline_http_shed_requests_total", "Requests that were refused to make room for others.");
  for (const auto& count : counts) {
    shed.add({{"class", std::string(count.request_class)}, {"reason", std::string(count.reason)}}, count.requests);
  }
  std::move(shed).finish(families);
}

void add_breakers(MetricFamilies& families, const std::vector<BreakerReading>& breakers) {
  constexpr std::array states{std::pair("closed", BreakerState::closed), std::pair("open", BreakerState::open),
                              std::pair("half_open", BreakerState::half_open)};
  auto family = gauge_family("upline_webhook_breaker_state", "1 for the state that a webhook's circuit breaker is in.");
  for (const auto& breaker : breakers) {
    for (const auto& [name, state] : states) {
      family.add({{"shop", breaker.shop}, {"target", breaker.target}, {"state", name}}, breaker.state == state ? 1 : 0);
    }
  }
  std::move(family).finish(families);
}

template <class Number>
void add_one(MetricFamilies& families, MetricFamilyBuilder family, Number number) {
  family.add({}, number);
  std::move(family).finish(families);
}

std::vector<prometheus::MetricFamily> collect(const Metrics& metrics, const MetricSources& sources) {
  auto families = metrics.collect();
  add_build_info(families);
  add_process_metrics(families);
  if (sources.shops) {
    const auto shops = sources.shops();
    add_shops_up(families, shops, sources.shops_not_open ? sources.shops_not_open() : std::vector<std::string>{});
    add_shop_metrics(families, shops);
  }
  if (sources.work_queue) add_work_queue(families, sources.work_queue());
  if (sources.log_lines_dropped) {
    add_one(families, counter_family("upline_log_lines_dropped_total", "Log lines that came faster than the log."),
            sources.log_lines_dropped());
  }
  if (sources.shed) add_shed(families, sources.shed());
  if (sources.breakers) add_breakers(families, sources.breakers());
  if (sources.event_streams) {
    add_one(families, gauge_family("upline_http_event_streams_open", "Clients that follow the events live."),
            sources.event_streams());
  }
  return families;
}

std::string text_of(std::vector<prometheus::MetricFamily> families, const MetricsScope& scope) {
  keep_visible(families, scope);
  return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace

std::string metrics_text(const Metrics& metrics, const MetricSources& sources, const MetricsScope& scope) {
  return text_of(collect(metrics, sources), scope);
}

MetricsPage::MetricsPage(const Metrics& metrics, const MetricSources& sources, std::chrono::milliseconds fresh_for)
    : metrics_(metrics), sources_(sources), fresh_for_(fresh_for), thread_(1, scrapers_max) {}

void MetricsPage::answer(MetricsScope scope, Respond respond) {
  respond_from(thread_, std::move(respond), [this, scope = std::move(scope)] {
    return Response{200, "text/plain; version=0.0.4; charset=utf-8", {}, text(scope)};
  });
}

const std::string& MetricsPage::text(const MetricsScope& scope) {
  if (Clock::now() >= fresh_until_) refresh();
  const auto [known, is_new] = texts_.try_emplace(scope);
  if (is_new) known->second = text_of(families_, scope);
  return known->second;
}

void MetricsPage::refresh() {
  const auto began = Clock::now();
  texts_.clear();
  families_ = collect(metrics_, sources_);
  const auto done = Clock::now();
  if (fresh_for_ > Clock::duration::zero()) {
    fresh_until_ = done + std::max<Clock::duration>(fresh_for_, rest_per_work * (done - began));
  }
}

}  // namespace upline::api
