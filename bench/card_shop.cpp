#include "bench/card_shop.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace upline::bench {

namespace fs = std::filesystem;
using eventstore::Request;

namespace {

constexpr int keys_a_command = 1000;

Request import_keys(int first, int count) {
  Request import{.command = domain::ImportKeys{.product = {"card"}, .batch = {"b"}, .release = true}, .dated = false};
  import.secrets.reserve(static_cast<std::size_t>(count));
  for (int key = first; key < first + count; ++key) import.secrets.push_back(fmt::format("KEY-{:012}", key));
  return import;
}

eventstore::ShopLocation location_in(const fs::path& scratch) {
  const auto data = scratch / fmt::format("upline-bench-{}", ::getpid());
  fs::remove_all(data);
  return {data, "bench", data / "vault.key"};
}

}  // namespace

void fill_card_shop(eventstore::Shop& shop, int buyers, int keys) {
  const auto now = eventstore::system_clock_now();
  Requests requests;
  const auto add = [&](domain::Command command) {
    requests.push_back({.command = std::move(command), .dated = false});
  };
  add(domain::OpenShop{{"CNY"}, now});
  add(domain::ChangeLevelLimit{3, "bench", now});
  add(domain::PublishPlan{{"plan"}, {.rates = domain::PercentRates{{{1000}, {500}, {250}}}}, now});
  add(domain::ChooseDefaultPlan{{"plan"}, now});
  add(domain::AddProduct{{"card"}, "Card", {999}, {"CNY"}, domain::Fulfilment::key_pool, now});
  add(domain::EnrolMember{.member = {"a"}});
  add(domain::EnrolMember{.member = {"b"}, .referrer = domain::MemberId{"a"}});
  add(domain::EnrolMember{.member = {"c"}, .referrer = domain::MemberId{"b"}});
  for (int buyer = 0; buyer < buyers; ++buyer) {
    add(domain::EnrolMember{.member = {fmt::format("m{}", buyer)}, .referrer = domain::MemberId{"c"}});
  }
  for (int key = 0; key < keys; key += keys_a_command) {
    requests.push_back(import_keys(key, std::min(keys_a_command, keys - key)));
  }
  run(shop, requests);
}

Request place(int order, int buyer) {
  return {.command = domain::PlaceOrder{.order = {fmt::format("o{:09}", order)},
                                        .member = {fmt::format("m{}", buyer)},
                                        .product = {"card"},
                                        .quantity = {1}},
          .dated = false};
}

Request pay(int order) {
  return {.command = domain::PayOrder{.payment = {fmt::format("p{:09}", order)},
                                      .order = {fmt::format("o{:09}", order)},
                                      .amount = {999},
                                      .currency = {"CNY"},
                                      .channel = "alipay"},
          .dated = false};
}

void must_append(const eventstore::Outcome& outcome) {
  if (outcome.failure) std::rethrow_exception(outcome.failure);
  if (outcome.answer == eventstore::Answer::appended) return;
  throw std::runtime_error(outcome.rejection ? std::string(code(outcome.rejection->reason)) : "nothing was appended");
}

domain::Position run(eventstore::Shop& shop, const Requests& requests) {
  domain::Position last;
  for (const auto& outcome : shop.handler().execute(requests)) {
    must_append(outcome);
    last = outcome.last;
  }
  return last;
}

ScratchShop::ScratchShop(const fs::path& scratch) : location_(location_in(scratch)) {
  eventstore::prepare_shop(location_);
}

ScratchShop::~ScratchShop() {
  std::error_code ignored;
  fs::remove_all(location_.data, ignored);
}

}  // namespace upline::bench
