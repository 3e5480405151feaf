#include "bench/burst/standing_shop.hpp"

#include "bench/ids.hpp"
#include "eventstore/stream_states.hpp"
#include "eventstore/tokens.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace upline::bench {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t keys_a_command = 1000;
constexpr std::size_t commands_a_batch = 50;

void run(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

/// How many there are, where they are numbered from 0 without a gap.
std::size_t count_of(const std::function<bool(std::size_t)>& is_there) {
  if (!is_there(0)) return 0;
  std::size_t there = 0;
  std::size_t missing = 1;
  for (; is_there(missing); missing *= 2) there = missing;
  while (missing - there > 1) {
    const auto middle = there + (missing - there) / 2;
    (is_there(middle) ? there : missing) = middle;
  }
  return missing;
}

std::string product(std::size_t index) { return fmt::format("p{}", index); }

/// Spreads neighbouring numbers (the finaliser of SplitMix64).
std::uint64_t mixed(std::uint64_t number) {
  number += 0x9e37'79b9'7f4a'7c15;
  number = (number ^ number >> 30U) * 0xbf58'476d'1ce4'e5b9;
  number = (number ^ number >> 27U) * 0x94d0'49bb'1331'11eb;
  return number ^ number >> 31U;
}

void must_append(const std::vector<eventstore::Outcome>& outcomes) {
  for (const auto& outcome : outcomes) {
    if (outcome.failure) std::rethrow_exception(outcome.failure);
    if (outcome.rejection) throw std::runtime_error(std::string(code(outcome.rejection->reason)));
  }
}

}  // namespace

void make_standing_shop(const Programs& programs, const fs::path& data, std::uint64_t purchases) {
  const auto history = data.string() + "-history";
  run(fmt::format("'{}' '{}' --purchases {} --members {} --products {}", programs.make_history, history, purchases,
                  std::max<std::uint64_t>(1, purchases * 3 / 10), std::clamp<std::uint64_t>(purchases / 100, 1, 500)));
  const auto shop = fmt::format("--data '{}' --shop bench", data.string());
  run(fmt::format("'{}' init {} --currency CNY >/dev/null", programs.upline, shop));
  run(fmt::format("'{}' import '{}' {}", programs.upline, history, shop));
  fs::remove_all(history);
}

StandingShop::StandingShop(fs::path data)
    : data_(std::move(data)), run_(fmt::format("{:x}", Clock::now().time_since_epoch().count())) {
  eventstore::Shop shop(location());
  const auto has_member = [&](const std::string& id) {
    return !std::holds_alternative<domain::NotEnrolled>(eventstore::read_member(shop.store(), {id}));
  };
  member_digits_ = has_member("m00000000") ? 8 : 1;
  members_ = count_of([&](std::size_t index) { return has_member(member(index)); });
  products_ = count_of([&](std::size_t index) {
    return !std::holds_alternative<domain::NoProduct>(eventstore::read_product(shop.store(), {product(index)}));
  });
  if (members_ == 0 || products_ == 0) {
    throw std::runtime_error(fmt::format("{}: the shop 'bench' has no member m0 or no product p0", data_.string()));
  }
}

eventstore::ShopLocation StandingShop::location() const { return {data_, "bench", data_ / "vault.key"}; }

std::string StandingShop::member(std::size_t index) const { return fmt::format("m{:0{}}", index, member_digits_); }

std::uint64_t StandingShop::events() const {
  return static_cast<std::uint64_t>(eventstore::Shop(location()).store().head().position.value);
}

std::uintmax_t StandingShop::bytes() const {
  std::uintmax_t sum = 0;
  for (const auto& entry : fs::recursive_directory_iterator(data_)) {
    if (entry.is_regular_file()) sum += entry.file_size();
  }
  return sum;
}

std::string StandingShop::make_token(eventstore::Role role) const {
  const auto now = eventstore::system_clock_now();
  const auto tokens = eventstore::open_tokens(location().folder());
  return tokens
      ->create({.role = role,
                .label = "the burst",
                .expires_at = domain::Timestamp{now.microseconds + domain::microseconds_per_day}},
               now)
      .text;
}

void StandingShop::stock(double buyers) {
  eventstore::Shop shop(location());
  std::vector<eventstore::Request> requests;
  const auto flush = [&] { must_append(shop.handler().execute(std::exchange(requests, {}))); };
  const auto batch = fmt::format("{}-{}", run_, batches_++);
  for (std::size_t index = 0; index < products_; ++index) {
    constexpr double some = 20;
    const auto keys =
        static_cast<std::size_t>(buyers * share_of(index) * 1.1 + 6 * std::sqrt(buyers * share_of(index)) + some);
    for (std::size_t first = 0; first < keys; first += keys_a_command) {
      eventstore::Request import{
          .command = domain::ImportKeys{.product = {product(index)}, .batch = {batch}, .release = true},
          .dated = false};
      for (auto key = first; key < std::min(first + keys_a_command, keys); ++key) {
        import.secrets.push_back(fmt::format("BURST-{}-{}-{:08}", batch, index, key));
      }
      requests.push_back(std::move(import));
      if (requests.size() == commands_a_batch) flush();
    }
  }
  flush();
}

/// Of the smaller of two draws.
double StandingShop::share_of(std::size_t product) const {
  const auto all = static_cast<double>(products_);
  return (2 * (all - static_cast<double>(product)) - 1) / (all * all);
}

Basket StandingShop::basket_of(std::size_t number) const {
  constexpr std::uint64_t step = 2'654'435'761;  // a prime: all members have their turn before one has it twice
  const auto draws = mixed(number);
  const auto drawn = std::min((draws >> 32U) % products_, (draws & 0xffff'ffffU) % products_);
  return {.member = member(number * step % members_), .product = product(drawn)};
}

}  // namespace upline::bench
