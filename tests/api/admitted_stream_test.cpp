#include "api/admitted_stream.hpp"

#include "tests/api/guarded_shop.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

using namespace upline;
using namespace upline::tests;
using eventstore::Role;

namespace {

class Endless final : public api::BodyStream {
 public:
  std::optional<std::string> next(Wake) override { return "more"; }
};

}  // namespace

TEST_CASE("a stream ends once its caller would not be let in", "[events][authentication]") {
  bool admits = true;
  api::AdmittedStream stream(std::make_shared<Endless>(), [&] { return admits; });
  CHECK(stream.next({}) == "more");
  admits = false;
  CHECK(stream.next({}) == std::nullopt);
}

TEST_CASE("a token that is revoked ends the streams that were opened with it, and no other",
          "[events][authentication]") {
  GuardedShop books(
      [](api::ServerOptions& options) { options.event_streams.heartbeat = std::chrono::milliseconds{20}; });
  const auto open = [&](Role role) {
    Client client(books.server().address().port);
    client.send(get("/v1/shops/kami/events/stream", bearer(books.token(role))));
    CHECK(client.receive_header().status == 200);
    return client;
  };
  auto revoked = open(Role::auditor);
  auto kept = open(Role::accountant);
  const auto id = eventstore::parse_token(books.token(Role::auditor))->id;
  eventstore::open_tokens(books.folder())->revoke(id, eventstore::system_clock_now());
  revoked.receive_until("\r\n0\r\n\r\n");
  for (int i = 0; i < 3; ++i) CHECK_NOTHROW(kept.receive_until(":"));
}
