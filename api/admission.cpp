#include "api/admission.hpp"

#include "api/client_address.hpp"
#include "api/problem.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

namespace {

/// The less important comes back the later. In seconds, by importance.
constexpr std::array<unsigned, 4> retry_after{5, 2, 1, 1};

Response too_many(ShedFor reason, std::chrono::milliseconds wait, std::string detail) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  auto response = to_response({429, "rate_limited", std::move(detail)});
  response.headers.push_back({"Retry-After", std::to_string(std::max<std::int64_t>(1, seconds))});
  response.shed = Shed{reason};
  return response;
}

/// Room taken at up to two gates, given back once.
class Place {
 public:
  explicit Place(Gate& entered) : server_(&entered) {}
  Place(Place&& other) noexcept
      : server_(std::exchange(other.server_, nullptr)), pen_(std::exchange(other.pen_, nullptr)) {}
  Place& operator=(Place&&) = delete;
  ~Place() { give_back(); }

  bool also_take(Gate& pen, Importance importance) {
    if (!pen.enter(importance)) return false;
    pen_ = &pen;
    return true;
  }

  void give_back() {
    if (auto* gate = std::exchange(server_, nullptr)) gate->leave();
    if (auto* gate = std::exchange(pen_, nullptr)) gate->leave();
  }

 private:
  Gate* server_;
  Gate* pen_{};
};

}  // namespace

Admission::Admission(AdmissionOptions options, SteadyClock clock)
    : tokens_(options.per_token, 4096, clock),
      addresses_(options.per_address, 65'536, clock),
      gate_(options.gate, std::move(clock)) {}

std::optional<Response> Admission::limit(const Caller& caller) {
  if (!caller.token.empty()) {
    const auto wait = tokens_.take(caller.token);
    if (!wait) return std::nullopt;
    return too_many(ShedFor::token, *wait, "This token was used too often; come again later.");
  }
  const auto client = client_of(caller.address);
  if (!client) return std::nullopt;
  const auto wait = addresses_.take(*client);
  if (!wait) return std::nullopt;
  return too_many(ShedFor::address, *wait, "This address asked too often; come again later.");
}

std::optional<Response> Admission::let_in(Importance importance, Gate* pen, Respond& respond) {
  const auto come_again = retry_after.at(static_cast<std::size_t>(importance));
  if (!gate_.enter(importance)) {
    return shed_response(ShedFor::server, "overloaded", "The server has more to do than it can take on; try again.",
                         come_again);
  }
  Place place(gate_);
  if (pen != nullptr && !place.also_take(*pen, importance)) {
    return shed_response(ShedFor::shop, "overloaded", "The shop has too many commands waiting; try again.", come_again);
  }
  admitted_.at(static_cast<std::size_t>(importance)).fetch_add(1, std::memory_order_relaxed);
  respond = [place = std::move(place), respond = std::move(respond)](Response response) mutable {
    place.give_back();
    respond(std::move(response));
  };
  return std::nullopt;
}

AdmissionCounts Admission::counts() const {
  AdmissionCounts counts;
  for (std::size_t i = 0; i < AdmissionCounts::importances; ++i) {
    counts.admitted.at(i) = admitted_.at(i).load(std::memory_order_relaxed);
  }
  return counts;
}

}  // namespace upline::api
