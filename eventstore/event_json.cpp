#include "eventstore/event_json.hpp"

#include "eventstore/event_codec.hpp"
#include "eventstore/event_fields.hpp"
#include "eventstore/hex.hpp"
#include "eventstore/payload.hpp"

#include <nlohmann/json.hpp>

namespace upline::eventstore {

namespace {

using Json = nlohmann::ordered_json;

class JsonWriter {
 public:
  Json object = Json::object();

  template <class T>
  void operator()(const char* name, const T& value) {
    object[name] = json(value);
  }

 private:
  template <detail::Number T>
  static Json json(const T& v) {
    return v;
  }
  template <detail::WrappedNumber T>
  static Json json(const T& v) {
    return v.value;
  }
  template <detail::RawBytes T>
  static Json json(const T& v) {
    return hex(v.bytes);
  }
  template <class Tag>
  static Json json(const domain::Id<Tag>& v) {
    return v.value;
  }
  static Json json(const domain::Currency& v) { return v.code; }
  static Json json(const domain::Exponent& v) { return v.digits; }
  static Json json(const domain::Timestamp& v) { return domain::format_rfc3339(v); }
  static Json json(const domain::Duration& v) { return v.microseconds; }
  static Json json(const std::string& v) { return v; }
  static Json json(domain::Fulfilment v) { return domain::name(v); }
  static Json json(domain::ForfeitReason v) { return domain::name(v); }
  static Json json(domain::RateKind v) { return v == domain::RateKind::basis_points ? "basis_points" : "fixed_minor"; }
  static Json json(domain::BindingRule v) { return domain::name(v); }
  static Json json(domain::PaymentEffect v) { return domain::name(v); }
  static Json json(domain::RefundKind v) { return domain::name(v); }
  static Json json(domain::KeySource v) { return domain::name(v); }
  template <class T>
  static Json json(const std::optional<T>& v) {
    return v ? json(*v) : Json(nullptr);
  }
  template <class T>
  static Json json(const std::vector<T>& v) {
    Json list = Json::array();
    for (const auto& element : v) list.push_back(json(element));
    return list;
  }
  static Json json(const domain::Rates& v) {
    return std::visit([](const auto& rates) { return json(rates); }, v);
  }
  template <class T>
    requires requires(JsonWriter& f, const T& v) { fields(f, v); }
  static Json json(const T& v) {
    JsonWriter nested;
    fields(nested, v);
    return std::move(nested.object);
  }
};

}  // namespace

Json payload_json(const domain::Event& event) {
  JsonWriter writer;
  std::visit([&](const auto& e) { fields(writer, e); }, event);
  return std::move(writer.object);
}

Json event_json(const StoredEvent& event) {
  const auto recorded = decode(event);
  Json json{{"position", event.position.value},
            {"stream", event.stream},
            {"version", event.version.value},
            {"type", format_of(recorded.event).name},
            {"schema", event.schema},
            {"occurred_at", domain::format_rfc3339(event.occurred_at)},
            {"recorded_at", domain::format_rfc3339(event.recorded_at)},
            {"actor", event.actor}};
  if (event.command) {
    json["command_id"] = event.command->id;
    json["command_digest"] = to_hex(event.command->digest);
  }
  json["salt"] = hex(event.salt);
  json["leaf_hash"] = to_hex(event.leaf_hash);
  json["payload"] = payload_json(recorded.event);
  return json;
}

}  // namespace upline::eventstore
