// The worked example's shop, selling live at a clock that the test sets, and the commands of live orders, said short.
#pragma once

#include "tests/projections/shop_books.hpp"

#include <memory>
#include <string>
#include <utility>

namespace upline::tests {

namespace live {

/// Holds the folder, so that it is there before the shop is opened in it.
struct FolderAndClock {
  TempFolder folder;
  std::shared_ptr<domain::Timestamp> time{std::make_shared<domain::Timestamp>(may(2))};

  eventstore::HandlerOptions options() const {
    auto options = test_options();
    options.clock = [clock = time] { return *clock; };
    return options;
  }
};

}  // namespace live

/// It is noon of 2 May until the test says otherwise; an order is held for ten minutes.
class LiveBooks : private live::FolderAndClock, public ShopBooks {
 public:
  LiveBooks() : ShopBooks(folder.path(), options()) { set_up_worked_example(shop()); }

  domain::Timestamp clock() const { return *time; }

  /// What is due by then is carried out.
  void wait_until(domain::Timestamp moment) {
    *time = moment;
    shop().handler().execute({});
  }

  /// dave orders games.
  void place(const std::string& order, std::int64_t quantity = 1, const std::string& product = "game") {
    append(domain::PlaceOrder{
        .order = {order}, .member = {"dave"}, .product = {product}, .quantity = {quantity}, .occurred_at = clock()});
  }

  void pay(const std::string& payment, const std::string& order, std::int64_t amount,
           const std::string& currency = "CNY") {
    append(domain::PayOrder{{payment}, {order}, {amount}, {currency}, "alipay", clock()});
  }

  void give_back(const std::string& id, const std::string& order, std::int64_t amount,
                 const std::string& currency = "CNY") {
    append(domain::ReturnPayment{{id}, {order}, {amount}, {currency}, "alipay", clock()});
  }

  projections::OrderLine order(const std::string& id, const projections::AsOf& as_of = {}) {
    return now().orders().order(as_of, {id}).value();
  }
  std::string state(const std::string& id, const projections::AsOf& as_of = {}) { return order(id, as_of).state; }

  /// All games but so many are sold.
  void sell_out(std::int64_t left = 0) {
    append(purchase({.order = "sold-out", .member = "alice", .quantity = 10 - left, .at = may(1, 20)}));
  }
};

}  // namespace upline::tests
