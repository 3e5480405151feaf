#include "api/health.hpp"

#include "api/problem.hpp"
#include "eventstore/event_store.hpp"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using Json = nlohmann::ordered_json;
using eventstore::WriterStats;

Check check(std::string name, std::string failure) {
  const auto state = failure.empty() ? CheckState::ok : CheckState::failed;
  return {std::move(name), state, std::move(failure)};
}

std::string of_shop(const ShopHealth& shop, std::string_view what) {
  return fmt::format("shop {}: {}", shop.name, what);
}

Check shop_is_open(const ShopHealth& shop, bool is_served_without) {
  auto name = of_shop(shop, "open");
  if (shop.is_open) return check(std::move(name), {});
  return {std::move(name), is_served_without ? CheckState::warning : CheckState::failed,
          "The shop could not be opened and is not served; the log says why."};
}

std::string trouble_of_queue(const WriterStats& writing) {
  if (writing.queue_max == 0 || writing.queue_length < writing.queue_max) return {};
  return fmt::format("All {} places for waiting commands are taken.", writing.queue_max);
}

/// The text of the exception may name files: it is for the log.
std::string trouble_of_store(const std::exception_ptr& trouble) {
  if (!trouble) return {};
  try {
    std::rethrow_exception(trouble);
  } catch (const eventstore::StoreBusy&) {
    return "Another program holds the shop's pen.";
  } catch (const eventstore::StoreUnwritable&) {
    return "The shop's files cannot be written to; the log says why.";
  } catch (const eventstore::DamagedStore&) {
    return "The shop's files are damaged; the log says how.";
  } catch (...) {
    return "The last write failed; the log says why.";
  }
}

std::string trouble_of_projections(const Projecting& projecting) {
  if (!projecting.failed.empty()) {
    return fmt::format("These read models cannot be carried on: {}.", fmt::join(projecting.failed, ", "));
  }
  if (projecting.positions_behind() <= ready_lag_max) return {};
  return fmt::format("The read models are {} positions behind the log.", projecting.positions_behind());
}

std::string trouble_of_writer(const WriterStats& writing, std::chrono::steady_clock::time_point now) {
  if (!writing.busy_since || now - *writing.busy_since < stuck_after) return {};
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(now - *writing.busy_since);
  return fmt::format("The same batch has been written for {} minutes.", minutes.count());
}

std::string_view name_of(CheckState state) {
  switch (state) {
    case CheckState::ok:
      return "ok";
    case CheckState::warning:
      return "warning";
    case CheckState::failed:
      return "failed";
  }
  std::unreachable();
}

Json to_json(const std::vector<Check>& checks) {
  auto json = Json::array();
  for (const auto& check : checks) {
    Json row{{"name", check.name}, {"state", name_of(check.state)}};
    if (!check.detail.empty()) row["detail"] = check.detail;
    json.push_back(std::move(row));
  }
  return json;
}

/// The first failure names the problem; the checks tell them all.
Response answer(const std::vector<Check>& checks, std::string_view good, std::string code) {
  const auto failed = std::ranges::find(checks, CheckState::failed, &Check::state);
  const bool is_good = failed == checks.end();
  Json json{{"status", good}};
  Response response{.headers = {{"Cache-Control", "no-store"}}};
  if (!is_good) {
    response = busy_response(code, {});
    json = api::to_json(Problem{503, std::move(code), failed->detail});
    response.headers.push_back({"Cache-Control", "no-store"});
  }
  json["checks"] = to_json(checks);
  response.body = json.dump() + '\n';
  return response;
}

}  // namespace

std::vector<Check> liveness(const ServerHealth& health) {
  std::vector<Check> checks;
  for (const auto& shop : health.shops) {
    if (shop.is_open) checks.push_back(check(of_shop(shop, "writer"), trouble_of_writer(shop.writing, health.now)));
  }
  return checks;
}

std::vector<Check> readiness(const ServerHealth& health) {
  std::vector<Check> checks{check("server", health.is_ending ? "The server is shutting down." : "")};
  const bool is_any_open = std::ranges::any_of(health.shops, &ShopHealth::is_open);
  for (const auto& shop : health.shops) {
    checks.push_back(shop_is_open(shop, is_any_open));
    if (!shop.is_open) continue;
    checks.push_back(check(of_shop(shop, "store"), trouble_of_store(shop.writing.trouble)));
    checks.push_back(check(of_shop(shop, "queue"), trouble_of_queue(shop.writing)));
    checks.push_back(check(of_shop(shop, "projections"), trouble_of_projections(shop.projecting)));
  }
  return checks;
}

Response livez(const ServerHealth& health) { return answer(liveness(health), "alive", "not_alive"); }

Response readyz(const ServerHealth& health) {
  return answer(readiness(health), "ready", health.is_ending ? "shutting_down" : "not_ready");
}

}  // namespace upline::api
