// Makes a shop for `upline serve` to be measured with: members in a referral tree, products with keys, orders sold
// before. Says in JSON what it made, and the tokens to ask with.
#include "bench/ids.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/tokens.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

namespace fs = std::filesystem;
using namespace upline;

struct Size {
  fs::path data;
  int members{100'000};
  int products{50};
  int keys{100'000};
  int orders{0};
  int levels{3};
  int chain{0};
  bool is_hot{};
};

constexpr std::size_t commands_a_batch = 500;
constexpr int keys_a_command = 1000;

std::string member(int index) { return fmt::format("m{}", index); }
std::string product(int index) { return fmt::format("p{}", index); }

class Maker {
 public:
  Maker(const Size& size, eventstore::Shop& shop) : size_(size), shop_(shop) {}

  void make() {
    open();
    enrol();
    stock();
    flush();
    sell();
  }

 private:
  void open() {
    const auto now = eventstore::system_clock_now();
    add(domain::OpenShop{{"CNY"}, now});
    add(domain::ChangeLevelLimit{size_.levels, "a measurement", now});
    std::vector<domain::BasisPoints> rates{{1000}, {500}, {200}};
    rates.resize(static_cast<std::size_t>(std::min(size_.levels, 3)));
    add(domain::PublishPlan{{"plan"}, {.rates = domain::PercentRates{std::move(rates)}}, now});
    add(domain::ChooseDefaultPlan{{"plan"}, now});
    for (int i = 0; i < size_.products; ++i) {
      add(domain::AddProduct{{product(i)}, "Card", {999}, {"CNY"}, domain::Fulfilment::key_pool, now});
    }
  }

  /// The first members a, b, c stand one below the other. Hot: everybody is below c. Else everybody is below somebody
  /// who was there before, drawn evenly; the first `chain` stand one below the other.
  void enrol() {
    add(domain::EnrolMember{.member = {"a"}});
    add(domain::EnrolMember{.member = {"b"}, .referrer = domain::MemberId{"a"}});
    add(domain::EnrolMember{.member = {"c"}, .referrer = domain::MemberId{"b"}});
    for (int i = 0; i < size_.members; ++i) {
      add(domain::EnrolMember{.member = {member(i)}, .referrer = domain::MemberId{referrer_of(i)}});
    }
  }

  std::string referrer_of(int index) {
    if (index == 0 || size_.is_hot) return "c";
    return member(index < size_.chain ? index - 1 : below(index));
  }

  void stock() {
    const int each = size_.keys / size_.products;
    for (int i = 0; i < size_.products; ++i) {
      for (int first = 0; first < each; first += keys_a_command) {
        eventstore::Request import{
            .command = domain::ImportKeys{.product = {product(i)}, .batch = {"b"}, .release = true}, .dated = false};
        const int last = std::min(first + keys_a_command, each);
        for (int key = first; key < last; ++key) import.secrets.push_back(fmt::format("KEY-{}-{:010}", i, key));
        add(std::move(import));
      }
    }
  }

  void sell() {
    // In turns, since a member may have few orders that are not paid.
    const int at_once = std::min<int>(commands_a_batch, size_.members);
    int buyer = 0;
    for (int left = size_.orders; left > 0; left -= at_once) {
      std::vector<std::string> orders(static_cast<std::size_t>(std::min(left, at_once)));
      std::ranges::generate(orders, [this] { return ids_.next(); });
      for (const auto& order : orders) {
        add(domain::PlaceOrder{.order = {order},
                               .member = {member(buyer)},
                               .product = {product(buyer % size_.products)},
                               .quantity = {1}},
            ids_.next());
        buyer = (buyer + 1) % size_.members;
      }
      flush();
      for (const auto& order : orders) {
        add(
            domain::PayOrder{
                .payment = {ids_.next()}, .order = {order}, .amount = {999}, .currency = {"CNY"}, .channel = "alipay"},
            ids_.next());
      }
      flush();
    }
  }

  void add(domain::Command command, std::string command_id = {}) {
    add({.command = std::move(command), .command_id = std::move(command_id), .dated = false});
  }

  void add(eventstore::Request request) {
    const bool is_large = !request.secrets.empty();
    requests_.push_back(std::move(request));
    if (requests_.size() >= commands_a_batch || is_large) flush();
  }

  void flush() {
    for (const auto& outcome : shop_.handler().execute(requests_)) {
      if (outcome.failure) std::rethrow_exception(outcome.failure);
      if (outcome.rejection) throw std::runtime_error(std::string(code(outcome.rejection->reason)));
    }
    requests_.clear();
  }

  int below(int bound) { return std::uniform_int_distribution(0, bound - 1)(random_); }

  const Size& size_;
  eventstore::Shop& shop_;
  bench::Ids ids_{bench::IdOrder::by_time};
  std::mt19937_64 random_{42};
  std::vector<eventstore::Request> requests_;
};

std::string token(eventstore::Tokens& tokens, eventstore::Role role) {
  return tokens.create({.role = role, .label = "measured with"}, eventstore::system_clock_now()).text;
}

}  // namespace

int main(int argc, char** argv) try {
  Size size;
  CLI::App app("Makes a shop to be measured with.");
  app.add_option("data", size.data, "The folder of the new shop `bench`")->required();
  app.add_option("--members", size.members, "default 100000")->check(CLI::PositiveNumber);
  app.add_option("--products", size.products, "default 50")->check(CLI::PositiveNumber);
  app.add_option("--keys", size.keys, "of all products together, default 100000");
  app.add_option("--orders", size.orders, "sold beforehand, default none");
  app.add_option("--levels", size.levels, "that earn from an order: 1 to 3");
  app.add_option("--chain", size.chain, "the first so many members stand one below the other");
  app.add_flag("--hot", size.is_hot, "one promoter above every buyer");
  CLI11_PARSE(app, argc, argv);
  const eventstore::ShopLocation location{size.data, "bench", size.data / "vault.key"};
  eventstore::prepare_shop(location);
  eventstore::Shop shop(location);
  Maker(size, shop).make();
  const auto tokens = eventstore::open_tokens(location.folder());
  std::cout << nlohmann::ordered_json{{"storefront", token(*tokens, eventstore::Role::storefront)},
                                      {"merchant", token(*tokens, eventstore::Role::merchant)},
                                      {"events", shop.store().head().position.value}}
            << '\n';
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_make_shop: " << error.what() << '\n';
  return EXIT_FAILURE;
}
