#include "api/hot_memory.hpp"

#include "api/entity_tag.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/fresh_events.hpp"
#include "eventstore/order_history.hpp"
#include "eventstore/state_json.hpp"
#include "eventstore/stream_states.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;

constexpr std::string_view product_streams = "product/";

/// What cannot be read of other streams is no reason to hold nothing.
bool is_held(std::string_view stream) {
  constexpr std::array held{product_streams, std::string_view("order/"), std::string_view("member/"),
                            std::string_view("account/"), std::string_view("settlement/")};
  return std::ranges::any_of(held, [&](std::string_view kind) { return stream.starts_with(kind); });
}

/// Published together, so that a long way behind the log is gone in steps.
constexpr std::uint64_t events_at_once = 2'000;

std::string text_of(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace

struct HotMemory::Changes {
  std::unordered_map<ProductId, SharedProduct> products{};
  std::unordered_map<OrderId, SharedOrder> orders{};
};

HotMemory::HotMemory(Bounds bounds)
    : bounds_(bounds), orders_(bounds.orders), tree_(bounds.tree), balances_(bounds.balances) {}

void HotMemory::follow(eventstore::EventStore& log, const std::function<void()>& after_step) try {
  const auto head = log.tree_head();
  if (position_ && head.position < *position_) forget();  // another log lies in its place
  if (!position_) begin(log);
  while (*position_ < head.position) {
    const Position last{std::min(head.position.value, position_->value + events_at_once)};
    Changes changes;
    read_on(log, last, changes);
    publish(std::move(changes), last, last == head.position ? entity_tag(head) : "");
    if (after_step) after_step();
  }
} catch (...) {
  forget();
  throw;
}

/// From memory what this process has committed itself, as far as it is there.
void HotMemory::read_on(eventstore::EventStore& log, Position last, Changes& changes) {
  auto at = *position_;
  while (true) {
    const auto piece = log.fresh().behind(at, last);
    if (piece.events.empty()) break;
    for (const auto& decoded : piece.events) take_in(changes, decoded.event);
    at = piece.events.back().event.position;
  }
  if (at == last) return;
  log.read({at.value + 1}, last, [&](const eventstore::StoredEvent& event) {
    if (is_held(event.stream)) take_in(changes, eventstore::decode(event));
    return true;
  });
}

/// Orders are held from the first event on that is seen.
void HotMemory::begin(eventstore::EventStore& log) {
  const auto still = log.hold_still();
  Changes changes;
  for (const auto& stream : log.stream_names(product_streams)) {
    if (changes.products.size() == bounds_.products) break;
    const ProductId id{stream.substr(product_streams.size())};
    changes.products[id] = std::make_shared<const Product>(eventstore::read_product(log, id));
  }
  const auto head = log.tree_head();
  tree_.begin(head.position);
  balances_.begin(head.position);
  publish(std::move(changes), head.position, entity_tag(head));
}

namespace {

/// What is not held from its first event on is not held at all.
template <class Id, class State, class Step>
void fold(std::unordered_map<Id, std::shared_ptr<const State>>& changed, const Id& id,
          const std::shared_ptr<const State>& held, const RecordedEvent& event, Step step) {
  const auto hit = changed.find(id);
  const auto& before = hit != changed.end() ? hit->second : held;
  if (before == nullptr && event.version != Version{1}) return;
  changed[id] = std::make_shared<const State>(step(before ? *before : State{}, event));
}

}  // namespace

void HotMemory::take_in(Changes& changes, const RecordedEvent& event) {
  const auto kind = event.stream.kind;
  if (kind == StreamKind::order) {
    const OrderId id{event.stream.id};
    fold(changes.orders, id, held_order(id), event, eventstore::step_order);
  } else if (kind == StreamKind::product) {
    const ProductId id{event.stream.id};
    const auto held = products_.find(id);
    if (held == products_.end() && products_.size() + changes.products.size() >= bounds_.products) return;
    fold(changes.products, id, held == products_.end() ? nullptr : held->second, event, eventstore::step_product);
  } else if (kind == StreamKind::member) {
    tree_.take_in(event);
  } else if (kind == StreamKind::account || kind == StreamKind::settlement) {
    balances_.take_in(event);
  }
}

HotMemory::SharedOrder HotMemory::held_order(const OrderId& id) const {
  const std::scoped_lock lock(mutex_);
  const auto* hit = orders_.find(id);
  return hit == nullptr ? nullptr : *hit;
}

void HotMemory::publish(Changes changes, Position position, std::string tag) {
  tree_.publish(position, tag);
  balances_.publish(position);
  const std::scoped_lock lock(mutex_);
  for (auto& [id, product] : changes.products) products_[id] = std::move(product);
  for (auto& [id, order] : changes.orders) orders_.put(id, std::move(order));
  position_ = position;
  tag_ = std::move(tag);
}

void HotMemory::forget() {
  tree_.forget();
  balances_.forget();
  const std::scoped_lock lock(mutex_);
  position_.reset();
  products_.clear();
  orders_.clear();
  stock_.reset();
}

void HotMemory::put_stock(HotAnswer stock) {
  const std::scoped_lock lock(mutex_);
  stock_ = std::move(stock);
}

namespace {

bool is_of_tree(HotRead::What what) {
  using enum HotRead::What;
  return what == upline || what == downline || what == downline_level;
}

}  // namespace

bool HotMemory::has_reached(const HotRead& read) const {
  if (is_of_tree(read.what)) return tree_.has_reached(read.at_least);
  if (read.what == HotRead::What::balances) return balances_.has_reached(read);
  const std::scoped_lock lock(mutex_);
  if (read.what == HotRead::What::stock) return stock_ && stock_->position >= read.at_least;
  return position_ && *position_ >= read.at_least;
}

HotMemory::Found HotMemory::look_up(const HotRead& read) const {
  const std::scoped_lock lock(mutex_);
  if (!position_ || *position_ < read.at_least) return {};
  if (read.what == HotRead::What::order) {
    const auto* hit = orders_.find({read.id});
    return {*position_, tag_, hit == nullptr ? nullptr : *hit, nullptr};
  }
  const auto hit = products_.find({read.id});
  return {*position_, tag_, nullptr, hit == products_.end() ? nullptr : hit->second};
}

std::optional<HotAnswer> HotMemory::find(const HotRead& read) const {
  if (is_of_tree(read.what)) return tree_.find(read);
  if (read.what == HotRead::What::balances) return balances_.find(read);
  if (read.what == HotRead::What::stock) {
    const std::scoped_lock lock(mutex_);
    return stock_ && stock_->position >= read.at_least ? stock_ : std::nullopt;
  }
  const auto found = look_up(read);
  if (found.order)
    return HotAnswer{found.position, found.tag, text_of(eventstore::order_json({read.id}, *found.order))};
  const auto* listed = found.product ? std::get_if<ListedProduct>(found.product.get()) : nullptr;
  if (listed == nullptr) return std::nullopt;
  return HotAnswer{found.position, found.tag, text_of(eventstore::product_json({read.id}, *listed))};
}

}  // namespace upline::api
