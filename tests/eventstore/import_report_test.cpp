// What an import notes of itself beside the log, and what it learns of its files before it writes anything.
#include "eventstore/import/import_report.hpp"

#include "eventstore/import/survey.hpp"
#include "tests/eventstore/import_shop.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

namespace {

using namespace upline::tests;
using upline::domain::parse_rfc3339;
using upline::eventstore::DamagedStore;
using upline::eventstore::import::import_files;
using upline::eventstore::import::import_report_from;
using upline::eventstore::import::ImportFile;
using upline::eventstore::import::ImportReport;
using upline::eventstore::import::InputError;
using upline::eventstore::import::open_import_folder;
using upline::eventstore::import::Survey;

Survey survey_of(const Files& files) {
  TempFolder temp;
  write_files(temp.path() / "in", files);
  return upline::eventstore::import::survey(open_import_folder(temp.path() / "in"));
}

const std::string member_header = "member_id,joined_at,referrer_id\n";

bool are_in_order(const std::string& member_rows) {
  return survey_of({{"members.csv", member_header + member_rows}}).of(ImportFile::members).in_order;
}

}  // namespace

TEST_CASE("a report comes back from its JSON as it was", "[import]") {
  rc::prop("whatever its numbers are", [](bool complete) {
    const auto number = [] { return *rc::gen::arbitrary<std::uint64_t>(); };
    ImportReport report{.import_id = std::string(64, 'a'),
                        .rows_done = number(),
                        .complete = complete,
                        .events = number(),
                        .rejects = number()};
    for (const auto file : import_files) report.of(file) = {number(), number(), number()};
    const auto back = import_report_from(to_json(report));
    RC_ASSERT(to_json(back) == to_json(report));
    RC_ASSERT(back.rows_done == report.rows_done);
    RC_ASSERT(back.of(ImportFile::refunds).rejected == report.of(ImportFile::refunds).rejected);
  });
}

TEST_CASE("a report that is damaged stops the import that would continue from it", "[import]") {
  const auto good = to_json(ImportReport{.import_id = "x"});
  CHECK_NOTHROW(import_report_from(good));
  for (const auto& text : {std::string(), std::string("{}"), std::string("[]"), std::string("null"),
                           std::string("\xFF"), good.substr(0, good.size() - 1), good + "x"}) {
    CHECK_THROWS_AS(import_report_from(text), DamagedStore);
  }
  for (const auto* key : {"rows_done", "complete", "events", "rejects", "files", "members.csv", "already_there"}) {
    auto text = good;
    text.replace(text.find(key), 1, "X");
    CHECK_THROWS_AS(import_report_from(text), DamagedStore);
  }
  ImportShop shop;
  const auto folder = shop.put(healthy_files());
  const auto pen = [&] { return shop.store().take_pen(std::chrono::milliseconds(1000)); };
  {
    const auto writer = pen();
    writer->put_import_progress(open_import_folder(folder).id, "nonsense");
    writer->commit();
  }
  CHECK_THROWS_AS(shop.import_from(folder), DamagedStore);
  CHECK(shop.head() == 1);
}

TEST_CASE("a survey counts every row, good or not, and finds the earliest time", "[import]") {
  const auto survey = survey_of(healthy_files_but(
      {{"members.csv", member_header + "a,2026-05-02T08:00:00Z,\nbroken\nb,never,\n\nc,2026-05-01T07:00:00Z,"}}));
  CHECK(survey.of(ImportFile::members).rows == 5);
  CHECK(survey.of(ImportFile::keys).rows == 4);
  CHECK(survey.of(ImportFile::plan).rows == 0);
  CHECK(survey.rows() == 1 + 4 + 5 + 2 + 2);
  CHECK(survey.earliest == parse_rfc3339("2026-05-01T07:00:00Z"));
  CHECK(!survey_of({{"products.csv", healthy_files().at("products.csv")}}).earliest);
}

TEST_CASE("a file is in order until a time goes back, whatever cannot be read in between", "[import]") {
  CHECK(are_in_order(""));
  CHECK(are_in_order("a,2026-05-01T08:00:00Z,\nb,2026-05-01T08:00:00Z,\nc,2026-05-01T08:00:00.000001Z,\n"));
  CHECK(are_in_order("x,never,\na,2026-05-01T08:00:00Z,\nbroken\nx,,\nb,2026-05-01T08:00:00Z,\n"));
  CHECK(are_in_order("a,2026-05-01T08:00:00+08:00,\nb,2026-05-01T01:00:00Z,\n"));
  CHECK(!are_in_order("a,2026-05-01T08:00:00Z,\nb,2026-05-01T07:59:59.999999Z,\nc,2026-05-02T08:00:00Z,\n"));
  CHECK(!are_in_order("a,2026-05-01T08:00:00Z,\nx,never,\nb,2026-05-01T07:00:00Z,\n"));
  CHECK(!are_in_order("a,2026-05-01T08:00:00Z,\nb,2026-05-01T08:30:00+01:00,\n"));
}

TEST_CASE("trouble at the very end of the last file is found by the survey", "[import]") {
  auto files = healthy_files();
  const auto packed = gzipped(files.at("refunds.csv"));
  files.erase("refunds.csv");
  files["refunds.csv.gz"] = packed.substr(0, packed.size() - 1);
  CHECK_THROWS_AS(survey_of(files), InputError);
}
