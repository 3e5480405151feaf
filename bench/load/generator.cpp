#include "bench/load/generator.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <queue>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace upline::bench {

namespace {

using Time = Clock::time_point;

constexpr std::chrono::milliseconds pay_again_after{100};
constexpr std::chrono::seconds patience{30};  // for the last answers

struct Buyer {
  std::string order{};
  Basket basket{};
  Time meant_at{};
  bool has_placed{};
};

/// The moments at which buyers come, evenly spread within each phase; every n-th is this thread's.
class Arrivals {
 public:
  Arrivals(std::vector<Phase> phases, std::size_t threads, std::size_t thread, Time begin)
      : phases_(std::move(phases)), threads_(threads), thread_(thread), phase_begin_(begin) {
    settle();
  }

  bool is_over() const { return phase_ == phases_.size(); }
  Time next() const { return next_; }
  void pass() {
    ++passed_;
    settle();
  }

 private:
  void settle() {
    while (!is_over()) {
      const auto& phase = phases_[phase_];
      const auto index = static_cast<double>(passed_ * threads_ + thread_);
      const std::chrono::duration<double> since(index / phase.per_second);
      if (since < phase.lasts) {
        next_ = phase_begin_ + std::chrono::duration_cast<Clock::duration>(since);
        return;
      }
      phase_begin_ += std::chrono::duration_cast<Clock::duration>(phase.lasts);
      ++phase_;
      passed_ = 0;
    }
  }

  std::vector<Phase> phases_;
  std::size_t threads_;
  std::size_t thread_;
  Time phase_begin_;
  std::size_t phase_{};
  std::size_t passed_{};
  Time next_{};
};

class Thread {
 public:
  Thread(const Plan& plan, std::vector<Connection>& connections, std::size_t threads, std::size_t index, Time begin)
      : plan_(plan),
        threads_(threads),
        index_(index),
        begin_(begin),
        arrivals_(plan.phases, threads, index, begin),
        poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < connections.size(); ++i) {
      lines_.push_back({connections[i], std::nullopt});
      epoll_event interest{.events = EPOLLIN, .data = {.u64 = i}};
      ::epoll_ctl(poll_, EPOLL_CTL_ADD, connections[i].socket(), &interest);
      free_.push_back(i);
    }
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() { ::close(poll_); }

  Result run() {
    while (!arrivals_.is_over() || busy_ > 0 || !waiting_.empty() || !again_.empty()) {
      welcome(Clock::now());
      while (!waiting_.empty() && !free_.empty()) serve_next();
      receive();
    }
    return std::move(result_);
  }

 private:
  struct Line {
    Connection& connection;
    std::optional<Buyer> buyer;
  };
  struct Later {
    Time at{};
    Buyer buyer{};
    bool operator>(const Later& other) const { return at > other.at; }
  };

  void welcome(Time now) {
    for (; !arrivals_.is_over() && arrivals_.next() <= now; arrivals_.pass()) {
      const auto number = count_++ * threads_ + index_;
      waiting_.push_back({.order = fmt::format("{}-{}", plan_.name, number),
                          .basket = basket_of(number),
                          .meant_at = arrivals_.next()});
    }
    for (; !again_.empty() && again_.top().at <= now; again_.pop()) waiting_.push_front(again_.top().buyer);
  }

  Basket basket_of(std::size_t number) const {
    if (plan_.basket) return plan_.basket(number);
    return {.member = fmt::format("m{}", number % plan_.members), .product = "card"};
  }

  void serve_next() {
    const auto at = free_.front();
    free_.pop_front();
    auto& line = lines_[at];
    line.buyer = std::move(waiting_.front());
    waiting_.pop_front();
    ++busy_;
    line.buyer->has_placed ? pay(line) : place(line);
  }

  void place(Line& line) const {
    const auto& [member, product] = line.buyer->basket;
    const auto& order = line.buyer->order;
    line.connection.post("/v1/shops/bench/orders",
                         fmt::format(R"({{"order":"{}","member":"{}","product":"{}"}})", order, member, product),
                         headers("place", order));
  }

  void pay(Line& line) const {
    const auto& order = line.buyer->order;
    line.connection.post(
        fmt::format("/v1/shops/bench/orders/{}/payments", order),
        fmt::format(R"({{"payment":"p-{}","amount_minor":999,"currency":"CNY","channel":"alipay"}})", order),
        headers("pay", order));
  }

  std::string headers(std::string_view what, std::string_view order) const {
    if (plan_.token.empty()) return {};
    return fmt::format("Authorization: Bearer {}\r\nIdempotency-Key: \"{}-{}\"\r\n", plan_.token, what, order);
  }

  void receive() {
    auto until = Clock::now() + patience;
    const bool is_last = arrivals_.is_over() && again_.empty();
    if (!arrivals_.is_over()) until = std::min(until, arrivals_.next());
    if (!again_.empty()) until = std::min(until, again_.top().at);
    const auto wait =
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now()).count());
    constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
    const timespec timeout{wait / nanoseconds_per_second, wait % nanoseconds_per_second};
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    if (count == 0 && is_last && wait > 0) throw std::runtime_error("buyers are left without an answer");
    for (int i = 0; i < count; ++i) receive(events.at(static_cast<std::size_t>(i)).data.u64);
  }

  void receive(std::size_t at) {
    auto& line = lines_[at];
    const auto answer = line.connection.receive();
    if (!answer) return;
    if (!line.buyer) throw std::runtime_error("an answer without a request");
    if (line.buyer->has_placed ? take_payment(line, *answer) : take_order(line, *answer)) return;
    line.buyer.reset();
    free_.push_back(at);
    --busy_;
  }

  /// True where the line goes on with the payment.
  bool take_order(Line& line, const Answer& answer) {
    if (answer.status == 201) {
      line.buyer->has_placed = true;
      pay(line);
      return true;
    }
    answer.has_retry_after ? end(*line.buyer, Fate::shed) : fail(*line.buyer, "order", answer);
    return false;
  }

  bool take_payment(Line& line, const Answer& answer) {
    constexpr std::string_view before_key = R"("key":")";
    const auto key = answer.body.find(before_key);
    if (answer.status == 201 && key != std::string::npos) {
      const auto begin = key + before_key.size();
      result_.sold.emplace_back(line.buyer->order, answer.body.substr(begin, answer.body.find('"', begin) - begin));
      end(*line.buyer, Fate::sold);
    } else if (answer.has_retry_after) {
      ++result_.payments_shed;
      again_.push({Clock::now() + pay_again_after, *line.buyer});
    } else {
      fail(*line.buyer, "payment", answer);
    }
    return false;
  }

  void fail(const Buyer& buyer, std::string_view what, const Answer& answer) {
    ++result_.failures[fmt::format("{}: {} {}", what, answer.status, answer.body.substr(0, 120))];
    end(buyer, Fate::failed);
  }

  void end(const Buyer& buyer, Fate fate) {
    result_.samples.push_back({buyer.meant_at - begin_, Clock::now() - buyer.meant_at, fate});
  }

  const Plan& plan_;
  std::size_t threads_;
  std::size_t index_;
  Time begin_;
  Arrivals arrivals_;
  int poll_;
  std::vector<Line> lines_;
  std::deque<std::size_t> free_;  // in turns, so that none idles until the server closes it
  std::deque<Buyer> waiting_;
  std::priority_queue<Later, std::vector<Later>, std::greater<>> again_;
  std::size_t busy_{};
  std::size_t count_{};
  Result result_;
};

void join(Result& all, Result&& part) {
  all.samples.insert(all.samples.end(), part.samples.begin(), part.samples.end());
  all.sold.insert(all.sold.end(), part.sold.begin(), part.sold.end());
  all.payments_shed += part.payments_shed;
  for (const auto& [what, count] : part.failures) all.failures[what] += count;
}

}  // namespace

Generator::Generator(std::uint16_t port, std::size_t connections, std::size_t threads) : connections_(threads) {
  for (std::size_t i = 0; i < connections; ++i) connections_[i % threads].emplace_back(port);
}

Result Generator::run(const Plan& plan) {
  constexpr std::chrono::milliseconds time_to_start{50};
  const auto begin = Clock::now() + time_to_start;
  Result all;
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::jthread> threads;
  threads.reserve(connections_.size());
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        auto part = Thread(plan, connections_[i], connections_.size(), i, begin).run();
        const std::lock_guard lock(mutex);
        join(all, std::move(part));
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
      }
    });
  }
  threads.clear();
  if (failure) std::rethrow_exception(failure);
  return all;
}

}  // namespace upline::bench
