#include "api/order_lookup.hpp"

#include "api/media_type.hpp"
#include "api/page.hpp"
#include "domain/order.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/order_history.hpp"
#include "eventstore/state_json.hpp"

#include <fmt/format.h>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

eventstore::BuyerLookup lookup_in(const Request& request) {
  JsonBody body(request.body);
  eventstore::BuyerLookup lookup{.contact = body.text("contact"), .secret = body.text("secret")};
  body.finish();
  for (const auto& [name, text] : {std::pair("contact", &lookup.contact), std::pair("secret", &lookup.secret)}) {
    if (text->empty()) throw BadBody(fmt::format("'{}' is empty.", name), name);
  }
  return lookup;
}

/// Placing may have been cut short after the vault was written, and the id taken by another order since.
bool was_placed_with(Reader& reader, const OrderId& id, const std::string& contact) {
  const auto history = reader.log().read_stream(to_text(stream_of(id)));
  if (history.empty()) return false;
  const auto first = eventstore::decode(history.front());
  const auto* placed = std::get_if<OrderPlaced>(&first.event);
  return placed != nullptr && placed->contact && placed->contact->fingerprint == reader.vault().fingerprint(contact);
}

/// Rows that open no order do not make a page shorter: more is asked for until it is full, or there is no more.
void fill(Page& page, Reader& reader, const eventstore::BuyerLookup& lookup, OrderId after) {
  for (;;) {
    const auto hits = reader.vault().looked_up(lookup, after, page.asked());
    for (const auto& id : hits) {
      if (!was_placed_with(reader, id, lookup.contact)) continue;
      if (!page.add(eventstore::order_json(id, eventstore::read_order(reader.log(), id)), id.value)) return;
    }
    if (hits.size() < page.asked()) return;
    after = hits.back();
  }
}

}  // namespace

Response look_up_orders(Reader& reader, const Call& call) {
  refuse_other_than_json(call.request);
  const auto lookup = lookup_in(call.request);
  auto after = call.optional_id<OrderId>("after").value_or(OrderId{});
  Page page(call);
  fill(page, reader, lookup, std::move(after));
  Json json = Json::object();
  page.put_into(json, "orders");
  auto response = json_response(json);
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace upline::api
