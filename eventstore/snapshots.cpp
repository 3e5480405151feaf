#include "eventstore/snapshots.hpp"

#include "domain/overloaded.hpp"
#include "eventstore/payload.hpp"

#include <utility>

namespace upline::eventstore {

namespace {

template <class F, Either<domain::KeyPool> T>
void pool_fields(F& f, T& v) {
  f("imported", v.imported);
  f("unreleased", v.unreleased);
  f("released", v.released);
  f("reserved", v.reserved);
  f("delivered", v.delivered);
  f("revoked", v.revoked);
  f("for_sale", v.for_sale);
}

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
  } catch (const cereal::Exception&) {
    return std::nullopt;
  }
}

}  // namespace

Snapshot to_snapshot(const domain::KeyPool& pool) {
  PayloadWriter writer;
  pool_fields(writer, pool);
  return snapshot_of(writer);
}

Snapshot to_snapshot(const domain::Turnover& turnover) {
  PayloadWriter writer;
  writer("currencies", static_cast<std::uint32_t>(turnover.due.size()));
  for (const auto& [currency, due] : turnover.due) {
    writer("currency", currency);
    writer("due", due);
  }
  return snapshot_of(writer);
}

std::optional<domain::KeyPool> key_pool_from(const Snapshot& snapshot) {
  return state_from<domain::KeyPool>(snapshot, [](auto& reader, auto& pool) { pool_fields(reader, pool); });
}

std::optional<domain::Turnover> turnover_from(const Snapshot& snapshot) {
  return state_from<domain::Turnover>(snapshot, [](auto& reader, auto& turnover) {
    std::uint32_t count{};
    reader("currencies", count);
    for (std::uint32_t i = 0; i < count; ++i) {
      domain::Currency currency;
      domain::Minor due;
      reader("currency", currency);
      reader("due", due);
      turnover.due.emplace(currency, due);
    }
  });
}

std::string pool_snapshot(const domain::ProductId& product) { return domain::to_text(domain::pool_stream(product)); }

void GrowingStates::apply(const domain::RecordedEvent& event) {
  const auto evolve_pool = [&](const domain::ProductId& product, const auto& e) {
    auto& pool = pools[product];
    pool = evolve(std::move(pool), e);
  };
  if (const auto* imported = std::get_if<domain::KeysImported>(&event.event)) {
    evolve_pool({event.stream.id}, *imported);
  } else if (const auto* released = std::get_if<domain::KeysReleased>(&event.event)) {
    evolve_pool({event.stream.id}, *released);
  } else if (const auto* delivered = std::get_if<domain::KeysDelivered>(&event.event)) {
    evolve_pool(delivered->product, *delivered);
  } else if (const auto* placed = std::get_if<domain::OrderPlaced>(&event.event)) {
    turnover = evolve(std::move(turnover), *placed);
  }
}

}  // namespace upline::eventstore
