#include "eventstore/import/import_report.hpp"

#include "eventstore/stored_event.hpp"

#include <nlohmann/json.hpp>

namespace upline::eventstore::import {

std::string to_json(const ImportReport& report) {
  nlohmann::ordered_json json{{"import_id", report.import_id},
                              {"rows_done", report.rows_done},
                              {"complete", report.complete},
                              {"events", report.events},
                              {"rejects", report.rejects}};
  auto& files = json["files"] = nlohmann::ordered_json::object();
  for (const auto file : import_files) {
    const auto& counts = report.of(file);
    files[std::string(name(file))] = {
        {"imported", counts.imported}, {"already_there", counts.already_there}, {"rejected", counts.rejected}};
  }
  return json.dump();
}

ImportReport import_report_from(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    ImportReport report{.import_id = json.at("import_id"),
                        .rows_done = json.at("rows_done"),
                        .complete = json.at("complete"),
                        .events = json.at("events"),
                        .rejects = json.at("rejects")};
    for (const auto file : import_files) {
      const auto& counts = json.at("files").at(std::string(name(file)));
      report.of(file) = {counts.at("imported"), counts.at("already_there"), counts.at("rejected")};
    }
    return report;
  } catch (const nlohmann::json::exception& error) {
    throw DamagedStore(std::string("an import's progress cannot be read: ") + error.what());
  }
}

}  // namespace upline::eventstore::import
