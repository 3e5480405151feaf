#include "api/accounts.hpp"

#include "api/known_member.hpp"
#include "api/page.hpp"
#include "domain/text.hpp"
#include "projections/member_audit.hpp"
#include "projections/member_audit_json.hpp"
#include "projections/statement.hpp"

#include <utility>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

Json balance_json(const projections::Balance& balance) {
  return {{"member", balance.member},
          {"currency", balance.currency},
          {"earned_minor", balance.earned.value},
          {"reversed_minor", balance.reversed.value},
          {"pending_minor", balance.pending.value},
          {"available_minor", balance.available.value},
          {"scheduled_minor", balance.scheduled.value},
          {"paid_minor", balance.paid.value}};
}

Response balances_of(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto id = known_member(reader, call, as_of).member;
  auto balances = Json::array();
  reader.models.balances().balances(
      as_of, id, [&](const projections::Balance& balance) { balances.push_back(balance_json(balance)); });
  return json_response({{"member", id.value}, {"balances", std::move(balances)}});
}

Response balances_of_all(Reader& reader, const Call& call) {
  const auto after = pair_cursor(call).value_or(PairCursor{});
  Page page(call);
  reader.models.balances().balances(call.as_of(reader), {.member = after.second, .currency = after.first}, page.asked(),
                                    [&](const projections::Balance& balance) {
                                      page.add(balance_json(balance),
                                               fmt::format("{}:{}", balance.currency, balance.member));
                                    });
  Json json = Json::object();
  page.put_into(json, "balances");
  return json_response(json);
}

Json entry_json(const projections::Entry& entry) {
  Json json{{"position", entry.position.value},
            {"version", entry.version.value},
            {"kind", name(entry.kind)},
            {"amount_minor", entry.amount.value},
            {"currency", entry.currency},
            {"occurred_at", format_rfc3339(entry.occurred_at)},
            {"available_at", format_rfc3339(entry.available_at)},
            {"order", entry.order},
            {"level", entry.level.value},
            {"plan", entry.plan}};
  if (!entry.refund.empty()) json["refund"] = entry.refund;
  return json;
}

/// "CNY:17", the currency and position of the last entry that was seen.
void go_on_behind_cursor(projections::EntryPage& part, const Call& call) {
  const auto after = pair_cursor(call);
  if (!after) return;
  part.after_currency = after->first;
  const auto position = whole_number<std::uint64_t>(after->second);
  if (!position || *position > INT64_MAX) refuse_cursor();
  part.after_position = {*position};
}

Response entries(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const auto id = known_member(reader, call, as_of).member;
  Page page(call);
  projections::EntryPage part{.limit = page.asked()};
  go_on_behind_cursor(part, call);
  reader.models.balances().entries(as_of, id, part, [&](const projections::Entry& entry) {
    page.add(entry_json(entry), fmt::format("{}:{}", entry.currency, entry.position.value));
  });
  Json json{{"member", id.value}};
  page.put_into(json, "entries");
  return json_response(json);
}

/// What a promoter is told of a payout: its own money, and why it moved.
Json move_json(const projections::StatementLine& line) {
  const auto& move = *line.payout;
  Json json{{"position", move.happened.position.value},
            {"kind", kind_of(line)},
            {"amount_minor", move.amount.value},
            {"currency", move.currency},
            {"occurred_at", format_rfc3339(move.happened.at)},
            {"settlement", move.settlement},
            {"gross_minor", move.amounts.gross.value},
            {"tax_minor", move.amounts.tax.value},
            {"fee_minor", move.amounts.fee.value},
            {"net_minor", move.amounts.net.value}};
  if (!move.text.empty()) json["text"] = move.text;
  return json;
}

/// In each currency: what was there at `from`, the lines from then on up to `to`, and what is there then. Its sums are
/// those of the whole time, on every page.
Response statement(Reader& reader, const Call& call) {
  const auto as_of = call.as_of(reader);
  const projections::StatementTime time{.member = known_member(reader, call, as_of).member,
                                        .from = call.optional_time("from").value_or(timestamp_min),
                                        .until = call.optional_time("to").value_or(timestamp_max)};
  Page page(call);
  projections::EntryPage part{.from = time.from, .until = time.until, .limit = page.asked()};
  go_on_behind_cursor(part, call);
  const auto balances = reader.models.balances();
  const auto payouts = reader.models.payouts();
  const auto snapshot = balances.hold_still();
  auto currencies = Json::array();
  for (const auto& sums : projections::statement_sums(balances, payouts, as_of, time)) {
    currencies.push_back({{"currency", sums.currency.code},
                          {"opening_minor", sums.opening.value},
                          {"closing_minor", sums.closing.value}});
  }
  projections::statement_lines(balances, payouts, as_of, time.member, part,
                               [&](const projections::StatementLine& line) {
                                 page.add(line.entry != nullptr ? entry_json(*line.entry) : move_json(line),
                                          fmt::format("{}:{}", line.currency(), line.position().value));
                               });
  Json json{{"member", time.member.value}, {"currencies", std::move(currencies)}};
  page.put_into(json, "lines");
  return json_response(json);
}

/// Moves, entries and forfeits are paged together; the rest is the same on every page.
Response audit(Reader& reader, const Call& call) {
  PositionPage page(call);
  const auto audit = projections::audit_member(reader.log(), reader.models.balances(), call.id<MemberId>("member"),
                                               call.as_of(reader), {.after = page.after(), .limit = page.asked()});
  if (!audit) refuse_unknown("unknown_member", fmt::format("There is no member {}.", call.path("member")));
  auto json = projections::member_audit_json(*audit);
  for (const auto* list : {"moves", "entries", "forfeits"}) {
    for (auto& item : std::exchange(json[list], Json::array())) {
      const Position position{item["position"].get<std::uint64_t>()};
      page.add(list, position, std::move(item));
    }
  }
  page.put_into(json);
  return json_response(json);
}

}  // namespace

std::vector<Route<Endpoint>> account_routes() {
  const std::string shop = "/v1/shops/{shop}";
  const std::string member = shop + "/members/{member}";
  return {
      {"GET",
       member + "/balances",
       {Read{balances_of}, readers_and_the_promoter, Importance::lookup, {"as_of"}, Caching::by_time}},
      {"GET",
       member + "/entries",
       {Read{entries}, readers_and_the_promoter, Importance::lookup, {"as_of", "limit", "after"}}},
      {"GET",
       member + "/statement",
       {Read{statement}, readers_and_the_promoter, Importance::lookup, {"as_of", "from", "to", "limit", "after"}}},
      {"GET", member + "/audit", {Read{audit}, readers, Importance::report, {"as_of", "limit", "after"}}},
      {"GET",
       shop + "/balances",
       {Read{balances_of_all}, readers, Importance::report, {"as_of", "limit", "after"}, Caching::by_time}},
  };
}

}  // namespace upline::api
