// Whether a client has an answer already: RFC 9110, entity tags and If-None-Match.
#pragma once

#include "api/http.hpp"
#include "eventstore/event_store.hpp"

#include <string>
#include <string_view>

namespace upline::api {

/// `W/"7-5b1e…"`: the position, and a part of the root hash, so that another log at the same position has another tag.
/// Weak, since an answer may hold a little more than the position that it states.
std::string entity_tag(const eventstore::TreeHead& head);

/// The tag of one answer at that state: what was asked for is part of it, so that a tag that another address gave never
/// fits, and one that fits was given with an answer.
std::string tag_of(std::string_view state, const Request& request);

/// Whether the list of If-None-Match has this tag. `*` names none: which answers a client has, it does not say.
bool has_already(const Request& request, std::string_view tag);

}  // namespace upline::api
