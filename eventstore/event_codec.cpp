#include "eventstore/event_codec.hpp"

#include "eventstore/payload.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore {

namespace {

template <class E>
domain::Event decode_as(PayloadReader& reader) {
  E event;
  reader.read(event);
  return event;
}

/// In the order of domain::Event's alternatives, one current format each.
constexpr std::array current_formats{
    EventFormat{1, 1, "ShopOpened", &decode_as<domain::ShopOpened>},
    EventFormat{2, 1, "CurrencyDeclared", &decode_as<domain::CurrencyDeclared>},
    EventFormat{3, 1, "LevelLimitChanged", &decode_as<domain::LevelLimitChanged>},
    EventFormat{4, 1, "DefaultPlanChosen", &decode_as<domain::DefaultPlanChosen>},
    EventFormat{5, 1, "ReferralPolicyChanged", &decode_as<domain::ReferralPolicyChanged>},
    EventFormat{6, 1, "ReservationPolicyChanged", &decode_as<domain::ReservationPolicyChanged>},
    EventFormat{10, 1, "PlanPublished", &decode_as<domain::PlanPublished>},
    EventFormat{20, 1, "ProductAdded", &decode_as<domain::ProductAdded>},
    EventFormat{21, 1, "PlanAssigned", &decode_as<domain::PlanAssigned>},
    EventFormat{22, 1, "ProductRepriced", &decode_as<domain::ProductRepriced>},
    EventFormat{23, 1, "ProductRetired", &decode_as<domain::ProductRetired>},
    EventFormat{24, 1, "ProductRelisted", &decode_as<domain::ProductRelisted>},
    EventFormat{25, 1, "PurchasesLimited", &decode_as<domain::PurchasesLimited>},
    EventFormat{26, 1, "LowStockLevelSet", &decode_as<domain::LowStockLevelSet>},
    EventFormat{30, 1, "MemberEnrolled", &decode_as<domain::MemberEnrolled>},
    EventFormat{31, 1, "ReferrerBound", &decode_as<domain::ReferrerBound>},
    EventFormat{32, 1, "MemberSuspended", &decode_as<domain::MemberSuspended>},
    EventFormat{33, 1, "MemberResumed", &decode_as<domain::MemberResumed>},
    EventFormat{34, 1, "MemberClosed", &decode_as<domain::MemberClosed>},
    EventFormat{35, 1, "MemberMoved", &decode_as<domain::MemberMoved>},
    EventFormat{36, 1, "LinkClicked", &decode_as<domain::LinkClicked>},
    EventFormat{37, 1, "MemberErased", &decode_as<domain::MemberErased>},
    EventFormat{40, 1, "KeysImported", &decode_as<domain::KeysImported>},
    EventFormat{41, 1, "KeysReleased", &decode_as<domain::KeysReleased>},
    EventFormat{42, 1, "ReleaseScheduled", &decode_as<domain::ReleaseScheduled>},
    EventFormat{43, 1, "ScheduleEnded", &decode_as<domain::ScheduleEnded>},
    EventFormat{44, 1, "KeysWithdrawn", &decode_as<domain::KeysWithdrawn>},
    EventFormat{45, 1, "KeysRevoked", &decode_as<domain::KeysRevoked>},
    EventFormat{50, 1, "OrderPlaced", &decode_as<domain::OrderPlaced>},
    EventFormat{51, 1, "PaymentReceived", &decode_as<domain::PaymentReceived>},
    EventFormat{52, 1, "KeysDelivered", &decode_as<domain::KeysDelivered>},
    EventFormat{53, 1, "OrderDelivered", &decode_as<domain::OrderDelivered>},
    EventFormat{54, 1, "CommissionForfeited", &decode_as<domain::CommissionForfeited>},
    EventFormat{55, 1, "CommissionWithheld", &decode_as<domain::CommissionWithheld>},
    EventFormat{56, 1, "OrderRefunded", &decode_as<domain::OrderRefunded>},
    EventFormat{57, 1, "PaymentMismatched", &decode_as<domain::PaymentMismatched>},
    EventFormat{58, 1, "PaymentReturned", &decode_as<domain::PaymentReturned>},
    EventFormat{59, 1, "OrderExpired", &decode_as<domain::OrderExpired>},
    EventFormat{70, 1, "OrderCancelled", &decode_as<domain::OrderCancelled>},
    EventFormat{71, 1, "StockAwaited", &decode_as<domain::StockAwaited>},
    EventFormat{72, 1, "StockNoLongerAwaited", &decode_as<domain::StockNoLongerAwaited>},
    EventFormat{73, 1, "KeyReplaced", &decode_as<domain::KeyReplaced>},
    EventFormat{74, 1, "DeliveredKeysRevoked", &decode_as<domain::DeliveredKeysRevoked>},
    EventFormat{60, 1, "CommissionAccrued", &decode_as<domain::CommissionAccrued>},
    EventFormat{61, 1, "CommissionReversed", &decode_as<domain::CommissionReversed>},
    EventFormat{80, 1, "SettlementPolicyChanged", &decode_as<domain::SettlementPolicyChanged>},
    EventFormat{81, 1, "SettlementOpened", &decode_as<domain::SettlementOpened>},
    EventFormat{82, 1, "LinesScheduled", &decode_as<domain::LinesScheduled>},
    EventFormat{83, 1, "SettlementFixed", &decode_as<domain::SettlementFixed>},
    EventFormat{84, 1, "SettlementAbandoned", &decode_as<domain::SettlementAbandoned>},
    EventFormat{85, 1, "SettlementApproved", &decode_as<domain::SettlementApproved>},
    EventFormat{86, 1, "SettlementExported", &decode_as<domain::SettlementExported>},
    EventFormat{87, 1, "SettlementCancelled", &decode_as<domain::SettlementCancelled>},
    EventFormat{90, 1, "PayoutScheduled", &decode_as<domain::PayoutScheduled>},
    EventFormat{91, 1, "PayoutPaid", &decode_as<domain::PayoutPaid>},
    EventFormat{92, 1, "PayoutFailed", &decode_as<domain::PayoutFailed>},
    EventFormat{93, 1, "PayoutReturned", &decode_as<domain::PayoutReturned>},
};
static_assert(current_formats.size() == std::variant_size_v<domain::AnyEvent>);

template <std::size_t... I>
constexpr bool in_order(std::index_sequence<I...>) {
  return ((current_formats[I].decode == &decode_as<std::variant_alternative_t<I, domain::AnyEvent>>) && ...);
}
static_assert(in_order(std::make_index_sequence<current_formats.size()>{}));

/// Fixed-width little-endian numbers and length-prefixed bytes, into memory that has room for all of them.
class LeafWriter {
 public:
  explicit LeafWriter(std::uint8_t* to) : to_(to) {}

  template <class T>
  LeafWriter& number(T value) {
    return bytes(&value, sizeof value);
  }
  LeafWriter& raw(std::span<const std::uint8_t> data) { return bytes(data.data(), data.size()); }
  LeafWriter& text(std::string_view data) {
    return number(static_cast<std::uint8_t>(data.size())).bytes(data.data(), data.size());
  }

  std::uint8_t* end() const { return to_; }

 private:
  static_assert(std::endian::native == std::endian::little);

  LeafWriter& bytes(const void* data, std::size_t size) {
    if (size != 0) std::memcpy(to_, data, size);
    to_ += size;
    return *this;
  }

  std::uint8_t* to_;
};

constexpr std::uint8_t leaf_format = 1;

/// More than everything takes that has one size: numbers, lengths, salt, the digest of a command.
constexpr std::size_t leaf_fixed_max = 128;

std::span<const std::uint8_t> write_leaf(const StoredEvent& event, std::vector<std::uint8_t>& bytes) {
  const auto command_id = event.command ? std::string_view(event.command->id) : std::string_view();
  const auto room =
      leaf_fixed_max + event.stream.size() + event.actor.size() + command_id.size() + event.payload.size();
  if (bytes.size() < room) bytes.resize(room);
  LeafWriter leaf(bytes.data());
  leaf.number(leaf_format)
      .number(event.position.value)
      .number(event.recorded_at.microseconds)
      .number(event.occurred_at.microseconds)
      .number(event.type)
      .number(event.schema)
      .number(event.version.value)
      .text(event.stream)
      .text(event.actor)
      .text(command_id);
  if (event.command) leaf.raw(event.command->digest.bytes);
  leaf.raw(event.salt).number(static_cast<std::uint32_t>(event.payload.size())).raw(event.payload);
  return {bytes.data(), leaf.end()};
}

/// Today's formats by their numbers, so that reading an event does not search for its own.
constexpr std::size_t type_numbers = 256;
constexpr auto place_of_type = [] {
  std::array<std::uint8_t, type_numbers> places{};
  for (std::size_t i = 0; i < current_formats.size(); ++i)
    places.at(current_formats.at(i).type) = static_cast<std::uint8_t>(i);
  return places;
}();

const EventFormat* find_format(std::span<const EventFormat> formats, std::uint16_t type, std::uint16_t schema) {
  const auto is_it = [&](const EventFormat& format) { return format.type == type && format.schema == schema; };
  if (type < type_numbers && place_of_type.at(type) < formats.size()) {
    const auto& likely = formats[place_of_type.at(type)];
    if (is_it(likely)) return &likely;
  }
  const auto found = std::ranges::find_if(formats, is_it);
  return found == formats.end() ? nullptr : &*found;
}

}  // namespace

std::span<const EventFormat> event_formats() { return current_formats; }

const EventFormat& format_of(const domain::Event& event) { return current_formats[event.index()]; }

std::vector<std::uint8_t> encode_payload(const domain::Event& event) {
  thread_local PayloadWriter writer;
  writer.restart();
  std::visit([&](const auto& e) { writer.write(e); }, event);
  return {writer.bytes().begin(), writer.bytes().end()};
}

domain::Event decode_payload(std::span<const EventFormat> formats, std::uint16_t type, std::uint16_t schema,
                             std::span<const std::uint8_t> payload) {
  const auto* format = find_format(formats, type, schema);
  if (format == nullptr) {
    throw NewerStore(
        fmt::format("holds an event of type {} in schema {}, which this program does not know", type, schema));
  }
  PayloadReader reader(payload);
  auto event = format->decode(reader);
  reader.finish();
  return event;
}

std::vector<std::uint8_t> leaf_bytes(const StoredEvent& event) {
  std::vector<std::uint8_t> bytes;
  const auto leaf = write_leaf(event, bytes);
  return {leaf.begin(), leaf.end()};
}

Hash hash_of(const StoredEvent& event) {
  thread_local std::vector<std::uint8_t> bytes;
  return leaf_hash(write_leaf(event, bytes));
}

domain::RecordedEvent decode(const StoredEvent& event) {
  const auto at = event.position.value;
  if (event.is_damaged) throw DamagedStore(fmt::format("position {}: the event does not match its hash", at));
  auto stream = domain::parse_stream(event.stream);
  if (!stream) throw DamagedStore(fmt::format("position {}: the stream's name is no stream", at));
  try {
    return {event.position,    std::move(*stream),
            event.version,     event.occurred_at,
            event.recorded_at, decode_payload(event_formats(), event.type, event.schema, event.payload)};
  } catch (const UndecodablePayload& e) {
    throw DamagedStore(fmt::format("position {}: {}", at, e.what()));
  } catch (const NewerStore& e) {
    throw NewerStore(fmt::format("position {} {}; update Upline", at, e.what()));
  }
}

}  // namespace upline::eventstore
