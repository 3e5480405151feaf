// The peak: many buyers at one pool of keys, while the command line of two other processes works on the same shop.
#include "eventstore/shop.hpp"
#include "projections/read_models.hpp"
#include "projections/verification.hpp"
#include "tests/api/served_books.hpp"
#include "tests/eventstore/shop_process.hpp"
#include "tests/sanitized.hpp"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline::tests;
using namespace upline::domain;
using Json = nlohmann::json;

namespace {

constexpr int buyers = is_sanitized ? 16 : 64;
constexpr int keys_in_all = is_sanitized ? 200 : 1000;
constexpr int keys_at_first = is_sanitized ? 120 : 600;
constexpr int batches_later = 4;
constexpr int orders_each = 20;  // more wishes than keys

/// Runs the program to its end; false where it did not end with 0.
bool upline_does(const std::string& arguments) {
  return std::system(fmt::format("{} {} >/dev/null 2>&1", UPLINE_PROGRAM, arguments).c_str()) == 0;
}

std::filesystem::path keys_file(const std::filesystem::path& folder, const std::string& batch, int count) {
  const auto path = folder / (batch + ".txt");
  std::ofstream file(path);
  for (int i = 0; i < count; ++i) file << batch << "-secret-" << i << '\n';
  return path;
}

/// What the buyers were told, by order.
class Told {
 public:
  void keys(const std::string& order, const Json& keys) {
    const std::lock_guard lock(mutex_);
    for (const auto& key : keys) by_secret_[key["key"].get<std::string>()].push_back(order);
  }
  void paid(const std::string& order) {
    const std::lock_guard lock(mutex_);
    paid_.push_back(order);
  }
  const auto& by_secret() const { return by_secret_; }
  const auto& paid_orders() const { return paid_; }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> by_secret_;
  std::vector<std::string> paid_;
};

/// Places and pays order after order; each payment twice, as a gateway does.
void buy(std::uint16_t port, int buyer, Told& told, std::atomic<int>& strange) {
  ShopClient client(port);
  const auto member = fmt::format("buyer-{}", buyer);
  if (client.post("/members", {{"member", member}, {"referrer", "dave"}}).status != 201) ++strange;
  for (int i = 0; i < orders_each; ++i) {
    const auto order = fmt::format("o-{}-{}", buyer, i);
    const auto placed = client.post("/orders", {{"order", order}, {"member", member}, {"product", "card"}});
    if (placed.code() == "out_of_stock") continue;
    if (placed.status != 201) ++strange;
    const Json payment{{"payment", "p-" + order}, {"amount_minor", 999}, {"currency", "CNY"}, {"channel", "alipay"}};
    const auto paid = client.post("/orders/" + order + "/payments", payment);
    const auto again = client.post("/orders/" + order + "/payments", payment);
    if (paid.status != 201 || again.status != 200) ++strange;
    if (paid.body["order"]["keys"] != again.body["order"]["keys"]) ++strange;
    told.paid(order);
    told.keys(order, paid.body["order"]["keys"]);
  }
}

}  // namespace

TEST_CASE("64 buyers at 1,000 keys, two other processes beside them: every identity holds", "[server][concurrency]") {
  ServedBooks books;
  const TempFolder files;
  {
    auto client = books.client();
    client.post("/products",
                {{"product", "card"}, {"title", "a card"}, {"unit_price_minor", 999}, {"currency", "CNY"}});
    Json keys = Json::array();
    for (int i = 0; i < keys_at_first; ++i) keys.push_back(fmt::format("first-{}", i));
    REQUIRE(client.post("/products/card/keys", {{"batch", "first"}, {"keys", keys}, {"release", true}}).status == 201);
  }
  Told told;
  std::atomic<int> strange{};
  std::atomic<bool> selling{true};
  std::vector<std::thread> threads;
  for (int buyer = 0; buyer < buyers; ++buyer) {
    threads.emplace_back([&, buyer] { buy(books.port(), buyer, told, strange); });
  }
  std::thread importer([&] {
    for (int batch = 0; batch < batches_later; ++batch) {
      const auto name = fmt::format("later-{}", batch);
      const auto file = keys_file(files.path(), name, (keys_in_all - keys_at_first) / batches_later);
      if (!upline_does(fmt::format("keys import card --batch {} --release {} --data {} --shop kami", name,
                                   file.string(), books.data().string()))) {
        ++strange;
      }
    }
  });
  std::atomic<int> refunds{};
  std::thread refunder([&] {
    for (int buyer = 0; selling && buyer < buyers; ++buyer) {
      // Refused where that order is not paid yet: whatever comes first is right.
      const auto asked = fmt::format("order refund o-{0}-0 --refund r-{0} --amount-minor 500 --data {1} --shop kami",
                                     buyer, books.data().string());
      if (upline_does(asked)) ++refunds;
    }
  });
  for (auto& thread : threads) thread.join();
  selling = false;
  importer.join();
  refunder.join();
  CHECK(strange == 0);

  std::size_t sold = 0;
  for (const auto& [secret, orders] : told.by_secret()) {
    INFO(secret);
    CHECK(orders.size() == 1);
    sold += orders.size();
  }
  CHECK(sold == told.paid_orders().size());
  CHECK(sold >= keys_at_first);
  CHECK(sold <= keys_in_all);
  auto client = books.client();
  for (const auto& order : told.paid_orders()) {
    const auto state = client.get("/orders/" + order).body["state"].get<std::string>();
    INFO(order << " is " << state);
    CHECK((state == "delivered" || state == "partially_refunded" || state == "awaiting_stock"));
  }
  CHECK(upline_does(fmt::format("verify --data {} --shop kami", books.data().string())));
}
