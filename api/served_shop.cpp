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

/// On the thread that makes answers ready ahead, while it is at a batch; null elsewhere.
thread_local std::shared_ptr<Reader> reader_to_foresee;

eventstore::WriterOptions foreseeing_with(eventstore::HoldToForesee hold, eventstore::WriterOptions options) {
  options.hold_to_foresee = std::move(hold);
  return options;
}

}  // namespace

ServedShop::ServedShop(eventstore::ShopLocation location, ServedShopOptions options)
    : location_(std::move(location)),
      shop_(location_),
      writer_(std::make_unique<eventstore::Writer>(
          handler_of(shop_), foreseeing_with([this] { return hold_to_foresee(); }, std::move(options.writing)))),
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

/// Nothing where that cannot be: each answer opens the vault by itself then, and says what is wrong.
std::shared_ptr<void> ServedShop::hold_to_foresee() try {
  auto opened = reader();
  std::shared_ptr<void> still(opened.get(), [vault = opened->vault().hold_still()](void*) mutable {
    vault.reset();
    reader_to_foresee.reset();
  });
  reader_to_foresee = std::move(opened);
  return still;
} catch (const std::exception&) {
  return nullptr;
}

std::shared_ptr<Reader> ServedShop::reader() {
  if (reader_to_foresee) return reader_to_foresee;
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
