#include "api/served_shop.hpp"

#include "eventstore/fresh_events.hpp"

#include <chrono>

namespace upline::api {

namespace {

WebhookOptions with_traces(WebhookOptions options, const RecentTraces& traces) {
  options.trace_of = [&traces](domain::Position position) { return traces.of(position); };
  return options;
}

/// What a buyer may be kept waiting because somebody was erased while another process reads the vault.
constexpr std::chrono::milliseconds erasing_patience{50};

/// Read models and memory follow what it commits.
eventstore::CommandHandler& handler_of(eventstore::Shop& shop) {
  shop.store().fresh().keep();
  shop.set_handler_options({.erasing_patience = erasing_patience, .reads_members_ahead = true});
  return shop.handler();
}

}  // namespace

ServedShop::ServedShop(eventstore::ShopLocation location, ServedShopOptions options)
    : location_(std::move(location)),
      shop_(location_),
      writer_(std::make_unique<eventstore::Writer>(handler_of(shop_), std::move(options.writing))),
      settlements_(std::make_unique<SettlementRunner>(location_, *writer_, std::move(options.settling), options.warn)),
      hot_reads_(location_, *writer_),
      tail_(location_, std::move(options.streams)),
      projector_(location_, hot_reads_),
      webhooks_(location_, with_traces(std::move(options.webhooks), traces_)) {}

ServedShop::~ServedShop() {
  settlements_.reset();  // it waits for the writer's answers
  hot_reads_.stop();
  writer_.reset();  // writes what it was given
}

std::shared_ptr<Reader> ServedShop::reader() {
  std::unique_ptr<Reader> found;
  {
    const std::lock_guard lock(readers_mutex_);
    if (!idle_readers_.empty()) {
      found = std::move(idle_readers_.back());
      idle_readers_.pop_back();
    }
  }
  if (!found) found = std::make_unique<Reader>(location_);
  return {found.release(), [this](Reader* reader) {
            std::unique_ptr<Reader> back(reader);
            const std::lock_guard lock(readers_mutex_);
            idle_readers_.push_back(std::move(back));
          }};
}

}  // namespace upline::api
