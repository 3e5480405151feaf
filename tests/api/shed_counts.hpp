// What a server says in /metrics of what it shed.
#pragma once

#include "tests/api/client.hpp"
#include "tests/api/metrics_text.hpp"

#include <cstdint>
#include <string>

namespace upline::tests {

/// The server makes its page anew for every scrape, or was not asked for one before.
inline double shed(std::uint16_t port, const std::string& request_class, const std::string& reason) {
  Client scraper(port);
  const MetricsText page(scraper.ask(get("/metrics")).body);
  return page.sum("upline_http_shed_requests_total", {{"class", request_class}, {"reason", reason}});
}

inline double shed(Client& scraper) {
  return MetricsText(scraper.ask(get("/metrics")).body).sum("upline_http_shed_requests_total");
}

}  // namespace upline::tests
