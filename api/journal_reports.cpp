#include "api/journal_reports.hpp"

#include "api/download_places.hpp"
#include "api/file_stream.hpp"
#include "api/reader.hpp"
#include "eventstore/exponents.hpp"
#include "projections/exports/journal_export.hpp"
#include "projections/exports/temporary_file.hpp"
#include "projections/journal_report.hpp"

#include <fstream>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;
using Json = nlohmann::ordered_json;

// Reports

template <projections::Report (*make)(const projections::Journal&, const projections::AsOf&)>
Response report(Reader& reader, const Call& call) {
  const auto made = make(reader.models.journal(), call.as_of(reader));
  Json json{{"lines", Json::array()}, {"totals", Json::array()}};
  for (const auto& line : made.lines) {
    json["lines"].push_back({{"account", line.account},
                             {"title", line.title},
                             {"currency", line.currency},
                             {"debit_minor", line.debit.value},
                             {"credit_minor", line.credit.value}});
  }
  for (const auto& total : made.totals) {
    json["totals"].push_back(
        {{"currency", total.currency}, {"debit_minor", total.debit.value}, {"credit_minor", total.credit.value}});
  }
  return json_response(json);
}

// The journal

const projections::JournalFormat& format_of(const Call& call) {
  const auto* name = call.query("format");
  const auto* format = projections::find_journal_format(name == nullptr ? "json" : *name);
  if (format != nullptr) return *format;
  throw Refused({400, "invalid_parameter", "'format' is hledger, ledger, beancount, csv, xlsx or json.", "format"});
}

projections::JournalPeriod period_of(const Call& call) {
  projections::JournalPeriod period;
  period.from = call.optional_time("from").value_or(period.from);
  period.until = call.optional_time("to").value_or(period.until);
  if (period.until > period.from) return period;
  throw Refused({400, "invalid_parameter", "'to' is not after 'from'.", "to"});
}

/// Made whole before it is sent, so that nobody takes a part for the whole: on disk, whatever its size.
Response journal(Reader& reader, const Call& call) {
  const auto& format = format_of(call);
  const projections::JournalRequest request{.period = period_of(call),
                                            .exponent_of = eventstore::exponents_of(reader.log())};
  auto place = take_download_place();
  if (!place) return no_download_place();
  const projections::TemporaryFile file;
  std::ofstream out(file.path(), std::ios::binary);
  try {
    projections::export_journal(reader.models.journal(), request, format, [&](std::string_view bytes) {
      out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    });
  } catch (const projections::ExportRefused& refusal) {
    throw Refused({409, "format_too_small", refusal.what(), "format"});
  }
  out.close();
  if (!out) throw eventstore::StoreUnwritable("the journal cannot be written to a temporary file: is the disk full?");
  Response response{.content_type = std::string(format.content_type)};
  response.stream = std::make_shared<FileStream>(file, std::move(place));
  return response;
}

}  // namespace

std::vector<Route<Endpoint>> journal_routes() {
  const std::string shop = "/v1/shops/{shop}";
  const auto of = [&](const char* name, Read read) {
    return Route<Endpoint>{
        "GET", shop + "/reports/" + name, {read, readers, Importance::report, {"as_of"}, Caching::by_time}};
  };
  return {
      of("trial-balance", report<projections::trial_balance>),
      of("income", report<projections::income>),
      of("liabilities", report<projections::liabilities>),
      {"GET", shop + "/journal", {Read{journal}, readers, Importance::report, {"format", "from", "to"}}},
  };
}

}  // namespace upline::api
