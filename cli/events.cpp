#include "cli/rows_out.hpp"
#include "cli/verbs.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/event_json.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

struct EventsOptions {
  ShopOptions shop;
  std::uint64_t from{1};
  std::uint64_t limit{100};
  Format format{Format::table};
};

/// Written without commas, as `--from` takes it. A position never exceeds 63 bits.
std::int64_t as_number(std::uint64_t place) { return static_cast<std::int64_t>(place); }

void events_as_json(Context& context, eventstore::EventStore& store, domain::Position from, domain::Position to) {
  bool first = true;
  context.out << '[';
  store.read(from, to, [&](const eventstore::StoredEvent& event) {
    context.out << (first ? "\n" : ",\n") << eventstore::event_json(event).dump();
    first = false;
    return true;
  });
  context.out << (first ? "]\n" : "\n]\n") << std::flush;
}

void events(Context& context, const EventsOptions& options) {
  const auto shop = open_shop(options.shop);
  const auto end = shop->store().head().position.value + 1;
  const domain::Position from{std::min(options.from, end)};
  const domain::Position to{from.value + std::min(options.limit, end - from.value) - 1};
  if (options.format == Format::json) return events_as_json(context, shop->store(), from, to);
  const auto rows = row_writer(options.format, context,
                               {{"position", "position"},
                                {"occurred_at", "occurred at"},
                                {"stream", "stream"},
                                {"version", "version"},
                                {"type", "event"},
                                {"payload", "payload"}});
  shop->store().read(from, to, [&](const eventstore::StoredEvent& stored) {
    const auto event = eventstore::decode(stored);
    rows->row({as_number(event.position.value), domain::format_rfc3339(event.occurred_at), stored.stream,
               as_number(event.version.value), std::string(eventstore::format_of(event.event).name),
               FreeText{eventstore::payload_json(event.event).dump()}});
    return true;
  });
  rows->end();
}

}  // namespace

void add_events(CLI::App& app, Context& context) {
  auto options = std::make_shared<EventsOptions>();
  auto* verb = app.add_subcommand("events", "Show the log itself");
  add_shop_options(*verb, options->shop);
  verb->add_option("--from", options->from, "The first position (default 1)")
      ->type_name("POSITION")
      ->check(check_positive);
  verb->add_option("--limit", options->limit, "How many events (default 100)")->type_name("N")->check(check_positive);
  add_format_option(*verb, options->format);
  verb->footer(
      "Examples:\n"
      "  upline events --limit 20\n"
      "  upline events --from 1000 --limit 50 --format json");
  verb->callback([&context, options] { events(context, *options); });
}

}  // namespace upline::cli
