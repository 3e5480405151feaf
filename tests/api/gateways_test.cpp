// Payment gateways report payments: a signature over the body is what lets them in.
#include "eventstore/gateways.hpp"

#include "api/message_signature.hpp"
#include "api/routes.hpp"
#include "eventstore/hmac.hpp"
#include "eventstore/shop.hpp"
#include "tests/api/served_books.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
namespace api = upline::api;
namespace eventstore = upline::eventstore;
using upline::domain::Timestamp;
using Json = nlohmann::json;

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t noon = 1'767'225'600;
const std::string secret = "gwsec_" + std::string(64, 'a');

api::SignatureCheck check(const std::string& header, const std::string& body, std::int64_t now = noon) {
  return api::check_signature(header, body, secret, {now * second});
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

std::int64_t now_seconds() { return eventstore::system_clock_now().microseconds / second; }

/// A shop with the gateway `alipay`, and an order that waits for 999.
class ShopWithGateway {
 public:
  ShopWithGateway() {
    eventstore::Shop shop({books.data(), "kami", books.data() / "vault.key"});
    secret_ = eventstore::create_gateway(shop.vault(), "alipay", {}).value();
    books.client().post("/orders", {{"order", "o1"}, {"member", "dave"}, {"product", "game"}});
  }

  Answer notify(const std::string& body, std::int64_t at = now_seconds(), const std::string& gateway = "alipay") {
    return send(body, api::signature_of(body, secret_, at), gateway);
  }
  Answer send(const std::string& body, const std::string& signature, const std::string& gateway = "alipay") {
    return client_.ask(post(fmt::format("/v1/shops/kami/gateways/{}/payments", gateway), body,
                            "Upline-Signature: " + signature + "\r\n"));
  }
  const std::string& gateway_secret() const { return secret_; }

  ServedBooks books;

 private:
  std::string secret_;
  Client client_{books.port()};
};

std::string payment(const std::string& id, int amount, const std::string& order = "o1") {
  return Json{{"payment", id}, {"order", order}, {"amount_minor", amount}, {"currency", "CNY"}}.dump();
}

std::string code(const Answer& answer) { return Json::parse(answer.body).value("code", ""); }

}  // namespace

TEST_CASE("HMAC-SHA-256 is that of RFC 4231", "[gateway]") {
  CHECK(eventstore::hmac_sha256_hex(std::string(20, '\x0b'), "Hi There") ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(eventstore::hmac_sha256_hex("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(
      eventstore::hmac_sha256_hex(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(eventstore::equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(eventstore::equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(eventstore::equal_in_constant_time("abc", "ab"));
}

TEST_CASE("a signature fits one body, one secret and one time", "[gateway]") {
  using api::SignatureCheck;
  const std::string body = "{\"payment\":\"p1\"}";
  const auto header = api::signature_of(body, secret, noon);
  CHECK(check(header, body) == SignatureCheck::good);
  CHECK(check(header, body + " ") == SignatureCheck::bad);
  CHECK(api::check_signature(header, body, secret + "a", {noon * second}) == SignatureCheck::bad);
  CHECK(check(replaced(header, std::to_string(noon), std::to_string(noon + 1)), body) == SignatureCheck::bad);
  auto last_digit_changed = header;
  last_digit_changed.back() = last_digit_changed.back() == '0' ? '1' : '0';
  CHECK(check(last_digit_changed, body) == SignatureCheck::bad);
  // The time counts as it is written, and the body may be anything.
  CHECK(check(replaced(header, "t=", "t=0"), body) == SignatureCheck::bad);
  CHECK(check(api::signature_of("", secret, noon), "") == SignatureCheck::good);
  CHECK(check(api::signature_of(std::string("a\0b", 3), secret, noon), std::string("a\0b", 3)) == SignatureCheck::good);
}

TEST_CASE("a signature is good for five minutes, either way", "[gateway]") {
  using api::SignatureCheck;
  const auto header = api::signature_of("{}", secret, noon);
  for (const auto offset : {-300, -299, 0, 299, 300}) CHECK(check(header, "{}", noon + offset) == SignatureCheck::good);
  for (const auto offset : {-301, 301, 100'000'000}) {
    CHECK(check(header, "{}", noon + offset) == SignatureCheck::untimely);
    CHECK(check(header, "{ }", noon + offset) == SignatureCheck::bad);
  }
}

TEST_CASE("what the header of a signature may look like", "[gateway]") {
  using api::SignatureCheck;
  const auto header = api::signature_of("{}", secret, noon);
  const auto time = header.substr(0, header.find(','));
  const auto v1 = header.substr(header.find("v1="));
  const auto wrong = "v1=" + std::string(64, '0');
  auto capitals = v1;
  for (auto& letter : capitals) letter = letter >= 'a' && letter <= 'f' ? static_cast<char>(letter - 32) : letter;
  for (const auto& good : {v1 + "," + time, time + ", " + v1, time + "," + wrong + "," + v1,
                           time + "," + v1 + "," + wrong, time + ",v0=abc," + v1 + ",x", time + "," + capitals}) {
    INFO(good);
    CHECK(check(good, "{}") == SignatureCheck::good);
  }
  std::string nine_codes = time;
  for (int i = 0; i < 8; ++i) nine_codes += "," + wrong;
  for (const auto& bad :
       {std::string(), time, v1, time + "," + time + "," + v1, "t=," + v1, "t=-1," + v1, "t=1e9," + v1,
        "t=" + std::string(400, '9') + "," + v1, time + ",v1=", time + "," + v1.substr(0, 20), time + "," + v1 + "00",
        nine_codes + "," + v1, header + "," + header, std::string(5000, ',')}) {
    INFO(bad);
    CHECK(check(bad, "{}") == SignatureCheck::bad);
  }
}

TEST_CASE("a gateway's payment delivers the order, and tells no key", "[gateway]") {
  ShopWithGateway shop;
  const auto answer = shop.notify(payment("p1", 999));
  CHECK(answer.status == 200);
  CHECK(answer.body.find("key") == std::string::npos);
  auto client = shop.books.client();
  CHECK(client.get("/orders/o1").body["state"] == "delivered");
  const auto json = Json::parse(answer.body);
  CHECK(json["outcome"] == "recorded");
  CHECK(json["payment"] == "p1");
  CHECK(json["order"] == "o1");
  const auto event =
      client.get(fmt::format("/events?after={}&limit=1", json["position"].get<int>() - 1)).body["events"][0];
  CHECK(event["type"] == "PaymentReceived");
  CHECK(event["actor"] == "gateway:alipay");
  CHECK(event.dump().find("\"channel\":\"alipay\"") != std::string::npos);
}

TEST_CASE("a gateway that repeats itself gets the same success, also for what does not fit", "[gateway]") {
  ShopWithGateway shop;
  const auto first = shop.notify(payment("p1", 999));
  const auto odd = shop.notify(payment("p1", 1));
  CHECK(odd.status == 200);
  CHECK(Json::parse(odd.body)["outcome"] == "recorded_for_review");
  shop.notify(payment("p2", 5));
  for (int time = 0; time < 2; ++time) {
    CHECK(shop.notify(payment("p1", 999)).body == first.body);
    CHECK(shop.notify(payment("p1", 999)).status == 200);
    CHECK(shop.notify(payment("p1", 1)).body == odd.body);
  }
  CHECK(shop.books.client().get("/orders/o1/payments").status == 200);
  CHECK(shop.notify(payment("p3", 999, "unknown")).status == 404);
  CHECK(shop.notify(payment("p3", 0)).status == 422);
  CHECK(code(shop.notify("{\"payment\":1}")) == "invalid_body");
  const auto unknown_field =
      Json{{"payment", "p4"}, {"order", "o1"}, {"amount_minor", 1}, {"currency", "CNY"}, {"x", 1}};
  CHECK(code(shop.notify(unknown_field.dump())) == "invalid_body");
}

TEST_CASE("who does not hold the gateway's secret learns nothing", "[gateway]") {
  ShopWithGateway shop;
  const auto body = payment("p1", 999);
  const auto wrong = shop.send(body, api::signature_of(body, secret, now_seconds()));
  CHECK(wrong.status == 401);
  CHECK(code(wrong) == "invalid_signature");
  CHECK(wrong.headers.at("www-authenticate") == "Upline-Signature");
  for (const auto& answer :
       {shop.send(body, ""), shop.send(body, "t=1,v1=00"), shop.send("not JSON", "x"),
        shop.notify(body, now_seconds(), "unknown"), shop.notify(body, now_seconds(), "a:b"),
        shop.notify(body, now_seconds(), std::string(200, 'x')),
        shop.send(body, api::signature_of(body, "gwsec_" + std::string(64, '0'), now_seconds()), "unknown")}) {
    CHECK(answer.status == 401);
    CHECK(told(answer) == told(wrong));
  }
  const auto late = shop.notify(body, noon - 100'000'000);
  CHECK(late.status == 401);
  CHECK(code(late) == "signature_expired");
  CHECK(shop.books.client().get("/orders/o1").body["state"] == "placed");
}

TEST_CASE("gateways are created and revoked beside a running server", "[gateway]") {
  ShopWithGateway shop;
  const auto upline = [&](const std::string& verb) {
    return std::system(
        fmt::format("{} gateway {} --data {} >/dev/null 2>&1", UPLINE_PROGRAM, verb, shop.books.data().string())
            .c_str());
  };
  CHECK(shop.notify(payment("p1", 999)).status == 200);
  CHECK(upline("create alipay") != 0);
  CHECK(upline("revoke alipay") == 0);
  CHECK(shop.notify(payment("p1", 999)).status == 401);
  CHECK(upline("revoke alipay") != 0);
  CHECK(upline("create alipay") == 0);
  CHECK(shop.notify(payment("p1", 999)).status == 401);  // with the secret of before
  eventstore::Shop beside({shop.books.data(), "kami", shop.books.data() / "vault.key"});
  const auto fresh = eventstore::gateway_secret(beside.vault(), "alipay").value();
  CHECK(fresh != shop.gateway_secret());
  const auto body = payment("p1", 999);
  CHECK(shop.send(body, api::signature_of(body, fresh, now_seconds())).status == 200);
}

TEST_CASE("a gateway's secret is in no file as it is, and none of it is left when it is revoked", "[gateway]") {
  const TempFolder folder;
  make_kami(folder.path());
  const eventstore::ShopLocation location{folder.path(), "kami", folder.path() / "vault.key"};
  eventstore::Shop shop(location);
  const auto made = eventstore::create_gateway(shop.vault(), "alipay", {noon * second}).value();
  CHECK(made.size() == 70);
  CHECK_FALSE(eventstore::create_gateway(shop.vault(), "alipay", {}));
  CHECK(eventstore::create_gateway(shop.vault(), "wechat.2", {}));
  CHECK(eventstore::gateway_secret(shop.vault(), "alipay") == made);
  const auto list = eventstore::gateways(shop.vault());
  REQUIRE(list.size() == 2);
  CHECK(list[0].name == "alipay");
  CHECK(list[0].created_at == Timestamp{noon * second});
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (!file.is_regular_file()) continue;
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    CHECK(bytes.find(made) == std::string::npos);
  }
  CHECK(eventstore::revoke_gateway(shop.vault(), "alipay"));
  CHECK_FALSE(eventstore::revoke_gateway(shop.vault(), "alipay"));
  CHECK_FALSE(eventstore::gateway_secret(shop.vault(), "alipay"));
  CHECK(eventstore::gateways(shop.vault()).size() == 1);
  for (const auto* good : {"a", "Ali-Pay_2.0", "01234567890123456789012345678901"}) {
    CHECK(eventstore::is_well_formed_gateway_name(good));
  }
  for (const auto* bad : {"", "a b", "a/b", "a:b", "支付宝", "012345678901234567890123456789012"}) {
    CHECK_FALSE(eventstore::is_well_formed_gateway_name(bad));
  }
}

TEST_CASE("the example of the document is what comes out", "[gateway]") {
  std::ifstream stream(UPLINE_SOURCE_DIR "/docs/api/gateways.md");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto cell = [&](const std::string& row) {
    std::smatch found;
    REQUIRE(std::regex_search(text, found, std::regex("\\| " + row + " \\| `([^`]*)` \\|")));
    return found[1].str();
  };
  const auto header = "Upline-Signature: " + api::signature_of(cell("body"), cell("secret"), std::stoll(cell("time")));
  CHECK(cell("header") == header);
}

TEST_CASE("only the gateways' route asks for a signature, and is for anybody", "[gateway]") {
  int signed_routes = 0;
  for (const auto& route : api::routes().routes()) {
    if (!route.handler.roles.are_anybody()) continue;
    ++signed_routes;
    CHECK(route.path == "/v1/shops/{shop}/gateways/{gateway}/payments");
  }
  CHECK(signed_routes == 1);
}
