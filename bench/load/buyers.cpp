#include "bench/load/buyers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace upline::bench {

namespace {

constexpr std::chrono::milliseconds again_after{20};
constexpr std::chrono::seconds patience{30};

/// Steps through all of `bound` before one comes twice, in no order that a cache would like.
std::uint64_t scattered(std::uint64_t index, std::uint64_t bound) {
  constexpr std::uint64_t step = 2'654'435'761;  // a prime
  return index * step % bound;
}

std::uint64_t position_in(std::string_view body) {
  constexpr std::string_view before = R"("position":)";
  const auto at = body.find(before);
  std::uint64_t position{};
  if (at != std::string_view::npos) std::from_chars(body.data() + at + before.size(), body.end(), position);
  return position;
}

std::string key_in(std::string_view body) {
  constexpr std::string_view before = R"("key":")";
  const auto at = body.find(before);
  if (at == std::string_view::npos) return {};
  const auto rest = body.substr(at + before.size());
  return std::string(rest.substr(0, rest.find('"')));
}

}  // namespace

Buyers::Buyers(BuyersPlan plan) : plan_(std::move(plan)), ids_(plan_.ids), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  for (std::size_t i = 0; i < plan_.connections; ++i) {
    lines_.push_back({.connection = Connection(plan_.port)});
    epoll_event interest{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, lines_.back().connection.socket(), &interest);
  }
}

Buyers::~Buyers() { ::close(poll_); }

BuyersResult Buyers::run() {
  begin_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(plan_.warm_up);
  end_ = begin_ + std::chrono::duration_cast<Clock::duration>(plan_.lasts);
  for (auto& line : lines_) place(line);
  while (busy_ > 0) {
    const auto now = Clock::now();
    is_measuring_ = is_within(now);
    send_again(now);
    wait(now);
  }
  result_.measured = plan_.lasts;
  for (auto* latencies : {&result_.placing, &result_.paying, &result_.whole}) latencies->sort();
  return std::move(result_);
}

void Buyers::wait(Clock::time_point now) {
  using std::chrono::milliseconds;
  const auto until = later_.empty() ? now + patience : later_.front().at;
  const auto left = std::chrono::ceil<milliseconds>(std::max(until - now, Clock::duration::zero()));
  std::array<epoll_event, 256> events{};
  const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), static_cast<int>(left.count()));
  if (count == 0 && later_.empty()) throw std::runtime_error("requests are left without an answer");
  for (int i = 0; i < count; ++i) take(events.at(static_cast<std::size_t>(i)).data.u64);
}

void Buyers::send_again(Clock::time_point now) {
  for (; !later_.empty() && later_.front().at <= now; later_.pop_front()) send(lines_[later_.front().line]);
}

void Buyers::take(std::size_t index) {
  auto& line = lines_[index];
  const auto answer = line.connection.receive();
  if (!answer) return;
  const auto now = Clock::now();
  if (answer->has_retry_after) {
    ++result_.shed;
    later_.push_back({now + again_after, index});
    return;
  }
  if (answer->status != 201) {
    throw std::runtime_error(fmt::format("answered {} {}", answer->status, answer->body.substr(0, 300)));
  }
  newest_position_ = position_in(answer->body);
  if (line.has_placed) {
    finish(line, *answer, now);
  } else {
    if (is_within(now)) result_.placing.add(now - line.sent);
    pay(line);
  }
}

void Buyers::place(Line& line) {
  if (line.is_idle) ++busy_;
  line.is_idle = false;
  line.has_placed = false;
  line.order = ids_.next();
  line.path = "/v1/shops/bench/orders";
  line.body = fmt::format(R"({{"order":"{}","member":"m{}","product":"p{}"}})", line.order,
                          scattered(buyers_, plan_.members), scattered(buyers_, plan_.products));
  ++buyers_;
  line.began = Clock::now();
  line.headers = fmt::format("Idempotency-Key: \"{}\"\r\n", ids_.next());
  send(line);
}

void Buyers::pay(Line& line) {
  line.has_placed = true;
  line.path = fmt::format("/v1/shops/bench/orders/{}/payments", line.order);
  line.body = fmt::format(R"({{"payment":"{}","amount_minor":999,"currency":"CNY","channel":"alipay"}})", ids_.next());
  line.headers = fmt::format("Idempotency-Key: \"{}\"\r\n", ids_.next());
  send(line);
}

void Buyers::send(Line& line) {
  if (!plan_.token.empty() && !line.headers.starts_with("Authorization")) {
    line.headers.insert(0, fmt::format("Authorization: Bearer {}\r\n", plan_.token));
  }
  line.sent = Clock::now();
  line.connection.post(line.path, line.body, line.headers);
}

void Buyers::finish(Line& line, const Answer& answer, Clock::time_point now) {
  auto key = key_in(answer.body);
  if (key.empty()) throw std::runtime_error("a payment was answered without a key: " + answer.body.substr(0, 300));
  if (!keys_.insert(std::move(key)).second) throw std::runtime_error("a key was given twice, to " + line.order);
  if (is_within(now)) {
    ++result_.orders;
    result_.paying.add(now - line.sent);
    result_.whole.add(now - line.began);
  }
  result_.newest_order = line.order;
  if (has_ended(now)) {
    line.is_idle = true;
    --busy_;
  } else {
    place(line);
  }
}

}  // namespace upline::bench
