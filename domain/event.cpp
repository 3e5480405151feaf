#include "domain/event.hpp"

#include <array>

namespace upline::domain {

namespace {

struct KindName {
  StreamKind kind;
  std::string_view name;
};

constexpr std::array kind_names{
    KindName{StreamKind::policy, "policy"},         KindName{StreamKind::plan, "plan"},
    KindName{StreamKind::product, "product"},       KindName{StreamKind::member, "member"},
    KindName{StreamKind::visitor, "visitor"},       KindName{StreamKind::pool, "pool"},
    KindName{StreamKind::order, "order"},           KindName{StreamKind::account, "account"},
    KindName{StreamKind::settlement, "settlement"},
};

}  // namespace

Event::Event() = default;
Event::Event(const Event& other) = default;
Event::Event(Event&& other) noexcept = default;
Event& Event::operator=(const Event& other) = default;
Event& Event::operator=(Event&& other) noexcept = default;
Event::~Event() = default;
bool Event::operator==(const Event& other) const = default;

StreamId stream_of(const Fingerprint& visitor) {
  constexpr std::string_view digits = "0123456789abcdef";
  StreamId stream{StreamKind::visitor, {}};
  for (const auto byte : visitor.bytes) {
    stream.id.push_back(digits[byte >> 4U]);
    stream.id.push_back(digits[byte & 15U]);
  }
  return stream;
}

std::string to_text(const StreamId& stream) {
  const auto name = kind_names[static_cast<std::size_t>(stream.kind)].name;
  std::string text;
  text.reserve(name.size() + 1 + stream.id.size());
  text.append(name);
  if (stream.kind != StreamKind::policy) text.append("/").append(stream.id);
  return text;
}

std::optional<StreamId> parse_stream(std::string_view text) {
  if (text == "policy") return policy_stream();
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  for (const auto& [kind, name] : kind_names) {
    if (kind != StreamKind::policy && name == text.substr(0, slash)) {
      return StreamId{kind, std::string(text.substr(slash + 1))};
    }
  }
  return std::nullopt;
}

}  // namespace upline::domain
