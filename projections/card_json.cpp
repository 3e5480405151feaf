#include "projections/card_json.hpp"

#include "domain/time.hpp"

#include <nlohmann/json.hpp>

namespace upline::projections {

using domain::format_rfc3339;
using Json = nlohmann::ordered_json;

Json card_json(const MemberCard& card) {
  Json json{{"member", card.member.value},
            {"code", card.code.value},
            {"standing", domain::name(card.standing)},
            {"enrolled_at", format_rfc3339(card.enrolled_at)},
            {"referrer", card.referrer ? Json(card.referrer->value) : Json(nullptr)}};
  if (card.bound_at) json["bound_at"] = format_rfc3339(*card.bound_at);
  return json;
}

}  // namespace upline::projections
