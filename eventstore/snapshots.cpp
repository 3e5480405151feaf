#include "eventstore/snapshots.hpp"

#include "eventstore/payload.hpp"

#include <utility>

namespace upline::eventstore {

namespace {

template <class F, Either<domain::KeyPool> T>
void count_fields(F& f, T& v) {
  f("imported", v.imported);
  f("unreleased", v.unreleased);
  f("released", v.released);
  f("reserved", v.reserved);
  f("delivered", v.delivered);
  f("revoked", v.revoked);
}

template <class F, Either<domain::StagedKeys> T>
void staged_fields(F& f, T& v) {
  f("keys", v.keys);
  f("batch", v.batch);
  f("use_limit", v.use_limit);
  f("used", v.used);
}

template <class F, Either<domain::WaitingOrder> T>
void waiting_fields(F& f, T& v) {
  f("order", v.order);
  f("quantity", v.quantity);
}

template <class F, Either<domain::OpenOrder> T>
void open_order_fields(F& f, T& v) {
  f("member", v.member);
  f("product", v.product);
  f("quantity", v.quantity);
  f("expires_at", v.expires_at);
  f("address", v.address);
}

template <class F, Either<domain::RecordedFile> T>
void file_fields(F& f, T& v) {
  f("format", v.format);
  f("digest", v.digest);
  f("rows", v.rows);
}

template <class F, Either<domain::Settlement> T>
void settlement_fields(F& f, T& v) {
  f("cutoff", v.terms.cutoff);
  f("minimum", v.terms.minimum);
  f("fee", v.terms.fee);
  f("tax", v.terms.tax);
  f("attempt", v.attempt);
  f("through", v.through);
  f("opened_by", v.opened_by);
  f("lines", v.lines);
  f("last_member", v.last_member);
  f("last_currency", v.last_currency);
  f("digest", v.digest);
  f("totals", v.totals);
  f("fixed_position", v.fixed_position);
  f("approved_by", v.approved_by);
  f("paid", v.paid);
  f("failed", v.failed);
  f("returned", v.returned);
}

/// A list as its length and its elements; `each(f, element)` names their fields.
template <class T, class Each>
void write_list(PayloadWriter& writer, const std::vector<T>& list, Each each) {
  writer("count", static_cast<std::uint32_t>(list.size()));
  for (const auto& element : list) each(writer, element);
}

template <class T, class Each>
void read_list(PayloadReader& reader, std::vector<T>& list, Each each) {
  std::uint32_t count{};
  reader("count", count);
  if (count > list_length_max) throw UndecodablePayload("a list is longer than lists may be");
  for (std::uint32_t i = 0; i < count; ++i) each(reader, list.emplace_back());
}

constexpr auto each_staged = [](auto& f, auto& v) { staged_fields(f, v); };
constexpr auto each_file = [](auto& f, auto& v) { file_fields(f, v); };
constexpr auto each_waiting = [](auto& f, auto& v) { waiting_fields(f, v); };

Snapshot snapshot_of(const PayloadWriter& writer) {
  return {snapshot_schema, {writer.bytes().begin(), writer.bytes().end()}};
}

/// Reads a state with `read`, or answers that there is none to be read.
template <class State, class Read>
std::optional<State> state_from(const Snapshot& snapshot, Read read) {
  if (snapshot.schema != snapshot_schema) return std::nullopt;
  try {
    PayloadReader reader(snapshot.state);
    State state;
    read(reader, state);
    reader.finish();
    return state;
  } catch (const UndecodablePayload&) {
    return std::nullopt;
  }
}

}  // namespace

Snapshot to_snapshot(domain::Position as_of) {
  PayloadWriter writer;
  writer("position", as_of.value);
  return snapshot_of(writer);
}

Snapshot to_snapshot(const domain::KeyPool& pool) {
  PayloadWriter writer;
  count_fields(writer, pool);
  write_list(writer, pool.waiting_for_release, each_staged);
  write_list(writer, pool.for_sale, each_staged);
  writer("scheduled", static_cast<std::uint32_t>(pool.scheduled.size()));
  for (const auto& [batch, at] : pool.scheduled) {
    writer("batch", batch);
    writer("at", at);
  }
  writer("leaving", static_cast<std::uint32_t>(pool.leaving.size()));
  for (const auto& [batch, leaving] : pool.leaving) {
    writer("batch", batch);
    writer("leaving", leaving);
  }
  write_list(writer, pool.queue, each_waiting);
  return snapshot_of(writer);
}

Snapshot to_snapshot(const domain::Turnover& turnover) {
  PayloadWriter writer;
  writer("currencies", static_cast<std::uint32_t>(turnover.received.size()));
  for (const auto& [currency, received] : turnover.received) {
    writer("currency", currency);
    writer("received", received);
  }
  return snapshot_of(writer);
}

Snapshot to_snapshot(const domain::OpenOrder& order) {
  PayloadWriter writer;
  open_order_fields(writer, order);
  return snapshot_of(writer);
}

Snapshot to_snapshot(domain::Timestamp scheduled_at) {
  PayloadWriter writer;
  writer("at", scheduled_at);
  return snapshot_of(writer);
}

Snapshot to_snapshot(CountedUnits counted) {
  PayloadWriter writer;
  writer("units", counted.units);
  return snapshot_of(writer);
}

Snapshot to_snapshot(const domain::Settlement& settlement) {
  PayloadWriter writer;
  settlement_fields(writer, settlement);
  writer("stage", static_cast<std::uint8_t>(settlement.stage));
  write_list(writer, settlement.exports, each_file);
  return snapshot_of(writer);
}

std::optional<domain::Position> position_from(const Snapshot& snapshot) {
  return state_from<domain::Position>(snapshot,
                                      [](auto& reader, auto& position) { reader("position", position.value); });
}

std::optional<domain::KeyPool> key_pool_from(const Snapshot& snapshot) {
  return state_from<domain::KeyPool>(snapshot, [](auto& reader, auto& pool) {
    count_fields(reader, pool);
    read_list(reader, pool.waiting_for_release, each_staged);
    read_list(reader, pool.for_sale, each_staged);
    std::uint32_t count{};
    reader("scheduled", count);
    for (std::uint32_t i = 0; i < count; ++i) {
      domain::BatchId batch;
      domain::Timestamp at;
      reader("batch", batch);
      reader("at", at);
      pool.scheduled.emplace(batch, at);
    }
    reader("leaving", count);
    for (std::uint32_t i = 0; i < count; ++i) {
      domain::BatchId batch;
      domain::Leaving leaving{};
      reader("batch", batch);
      reader("leaving", leaving);
      pool.leaving.emplace(batch, leaving);
    }
    read_list(reader, pool.queue, each_waiting);
  });
}

std::optional<domain::OpenOrder> open_order_from(const Snapshot& snapshot) {
  return state_from<domain::OpenOrder>(snapshot, [](auto& reader, auto& order) { open_order_fields(reader, order); });
}

std::optional<domain::Timestamp> scheduled_from(const Snapshot& snapshot) {
  return state_from<domain::Timestamp>(snapshot, [](auto& reader, auto& at) { reader("at", at); });
}

std::optional<CountedUnits> counted_units_from(const Snapshot& snapshot) {
  return state_from<CountedUnits>(snapshot, [](auto& reader, auto& counted) { reader("units", counted.units); });
}

std::optional<domain::Turnover> turnover_from(const Snapshot& snapshot) {
  return state_from<domain::Turnover>(snapshot, [](auto& reader, auto& turnover) {
    std::uint32_t count{};
    reader("currencies", count);
    for (std::uint32_t i = 0; i < count; ++i) {
      domain::Currency currency;
      domain::Minor received;
      reader("currency", currency);
      reader("received", received);
      turnover.received.emplace(currency, received);
    }
  });
}

std::optional<domain::Settlement> settlement_from(const Snapshot& snapshot) {
  return state_from<domain::Settlement>(snapshot, [](auto& reader, auto& settlement) {
    settlement_fields(reader, settlement);
    std::uint8_t stage{};
    reader("stage", stage);
    if (stage < 1 || stage > 5) throw UndecodablePayload("a settlement's stage is unknown");
    settlement.stage = static_cast<domain::SettlementStage>(stage);
    read_list(reader, settlement.exports, each_file);
  });
}

std::string pool_snapshot(const domain::ProductId& product) { return domain::to_text(domain::pool_stream(product)); }

std::string open_order_snapshot(const domain::OrderId& order) {
  return std::string(open_orders_prefix).append(order.value);
}

std::string release_snapshot(const domain::Batch& batch) {
  return std::string(releases_prefix).append(batch.first.value).append("/").append(batch.second.value);
}

std::string counted_snapshot(const Buying& buying) {
  return std::string(counted_prefix).append(buying.first.value).append("/").append(buying.second.value);
}

std::string settlement_snapshot(const domain::SettlementId& id) {
  return std::string(settlements_prefix).append(id.value);
}

std::optional<domain::Position> stored_as_of(EventStore& store) {
  const auto snapshot = store.snapshot(as_of_snapshot);
  const auto as_of = snapshot ? position_from(*snapshot) : std::nullopt;
  return as_of && *as_of > domain::Position{} && *as_of <= store.head().position ? as_of : std::nullopt;
}

std::optional<domain::Agenda> stored_agenda(EventStore& store) {
  if (!stored_as_of(store)) return std::nullopt;
  domain::Agenda agenda;
  for (const auto& [name, snapshot] : store.snapshots(open_orders_prefix)) {
    auto order = open_order_from(snapshot);
    if (!order) return std::nullopt;
    agenda.open({name.substr(open_orders_prefix.size())}, std::move(*order));
  }
  for (const auto& [name, snapshot] : store.snapshots(releases_prefix)) {
    const auto at = scheduled_from(snapshot);
    const auto batch = name.find('/', releases_prefix.size());
    if (!at || batch == std::string::npos) return std::nullopt;
    const domain::ProductId product{name.substr(releases_prefix.size(), batch - releases_prefix.size())};
    agenda.schedule({product, {name.substr(batch + 1)}}, *at);
  }
  return agenda;
}

std::optional<domain::Settlements> stored_settlements(EventStore& store) {
  if (!stored_as_of(store)) return std::nullopt;
  domain::Settlements settlements;
  for (const auto& [name, snapshot] : store.snapshots(settlements_prefix)) {
    auto settlement = settlement_from(snapshot);
    if (!settlement) return std::nullopt;
    settlements.known.emplace(domain::SettlementId{name.substr(settlements_prefix.size())}, std::move(*settlement));
  }
  return settlements;
}

}  // namespace upline::eventstore
