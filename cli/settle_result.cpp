#include "cli/confirmation.hpp"
#include "cli/settle.hpp"
#include "cli/text_input.hpp"
#include "cli/wording.hpp"
#include "cli/writing.hpp"
#include "eventstore/import/payout_results.hpp"
#include "eventstore/settlement_lines.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using namespace domain;
using eventstore::Answer;
using eventstore::Request;
using eventstore::import::check_payout_text;
using eventstore::import::CsvReader;
using eventstore::import::CsvRow;
using eventstore::import::payout_result_columns;
using eventstore::import::payout_result_of;

struct ResultOptions {
  WriteOptions write;
  std::string id;
  std::string file;
  bool yes{};
};

struct Report {
  std::uint64_t recorded{};
  std::uint64_t already_there{};
  std::uint64_t refused{};
};

/// Commits many rows at once; each stands alone.
class Results {
 public:
  Results(Context& context, eventstore::Shop& shop, const ResultOptions& options)
      : context_(context), shop_(shop), options_(options) {}

  void take(const CsvRow& row) {
    auto command = payout_result_of(row, {options_.id});
    if (!command) return refuse(row.line, command.error());
    if (auto checked = check_payout_text(shop_.vault(), *command); !checked) {
      return refuse(row.line, CommandRefused(checked.error()).what());
    }
    lines_.push_back(row.line);
    requests_.push_back({.command = std::move(*command), .actor = actor_of(options_.write), .dated = false});
    constexpr std::size_t rows_per_commit = 1000;
    if (requests_.size() == rows_per_commit) write_rows();
  }

  Report finish() {
    write_rows();
    return report_;
  }

 private:
  void write_rows() {
    if (requests_.empty()) return;
    const auto outcomes = shop_.handler().execute(requests_);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const auto& outcome = outcomes[i];
      if (outcome.answer == Answer::failed) std::rethrow_exception(outcome.failure);
      if (outcome.answer == Answer::rejected) {
        refuse(lines_[i], CommandRefused(*outcome.rejection).what());
      } else {
        ++(outcome.answer == Answer::appended ? report_.recorded : report_.already_there);
      }
    }
    requests_.clear();
    lines_.clear();
  }

  void refuse(std::uint64_t line, const std::string& why) {
    ++report_.refused;
    context_.err << fmt::format("{}, line {}: {}\n", options_.file, line, why);
  }

  Context& context_;
  eventstore::Shop& shop_;
  const ResultOptions& options_;
  std::vector<Request> requests_;
  std::vector<std::uint64_t> lines_;
  Report report_;
};

/// `2 paid, 1 failed`, of the rows that are results.
std::string counts_by_result(const ResultOptions& options) {
  CsvReader reader(open_input(options.file), options.file, payout_result_columns());
  std::map<PayoutResult, std::uint64_t> counts;
  for (CsvRow row; reader.next(row);) {
    if (const auto command = payout_result_of(row, {options.id})) ++counts[command->result];
  }
  std::string text;
  for (const auto& [result, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name(result));
  }
  return text.empty() ? "no result" : text;
}

/// A script has read the bank's file already, and standard input cannot be read twice: only a person is asked.
bool is_agreed(Context& context, const ResultOptions& options) {
  if (options.yes || options.file == "-" || !is_on_terminal()) return true;
  const auto summary =
      fmt::format("Settlement {}, as {} has it: {}.\n", options.id, options.file, counts_by_result(options));
  return ask_on_terminal(context, summary, "Record these results?");
}

void record(Context& context, const ResultOptions& options) {
  CsvReader reader(open_input(options.file), options.file, payout_result_columns());
  const auto shop = open_shop(options.write.shop);
  if (!eventstore::read_settlement(shop->store(), {options.id})) {
    throw CommandRefused({Reason::unknown_settlement, options.id});
  }
  if (!is_agreed(context, options)) throw UsageError("nothing was done");
  Results results(context, *shop, options);
  for (CsvRow row; reader.next(row);) results.take(row);
  const auto report = results.finish();
  const auto settlement = eventstore::read_settlement(shop->store(), {options.id}).value();
  if (options.write.format == Format::json) {
    print_json(context, {{"settlement", options.id},
                         {"recorded", report.recorded},
                         {"already_there", report.already_there},
                         {"refused", report.refused},
                         {"open_lines", open_lines(settlement)}});
  } else {
    context.out << fmt::format("{} recorded, {} already there, {} refused; {} still without a result.\n",
                               counted(report.recorded, "result"), report.already_there, report.refused,
                               counted(open_lines(settlement), "line"));
  }
  if (report.refused > 0) context.exit_code = had_rejects;
}

}  // namespace

void add_settle_result(CLI::App& settle, Context& context) {
  auto options = std::make_shared<ResultOptions>();
  auto* verb = settle.add_subcommand("result", "Record what became of a settlement's payouts, from a CSV file");
  verb->add_option("id", options->id, "The settlement's id")->required()->type_name("ID");
  verb->add_option("file", options->file, "The file, or - for standard input")->required()->type_name("FILE");
  verb->add_flag("--yes", options->yes, "Do not ask");
  add_undated_write_options(*verb, options->write);
  verb->footer(
      "Columns: member_id, currency, status (paid, failed or returned), reference_or_reason, and optionally\n"
      "net_minor, which must then be what the settlement pays. The same file again records nothing anew.\n"
      "A text that repeats the member's payee account is refused: the log is for ever.\n"
      "Example:\n"
      "  upline settle result 2026-10 results.csv");
  verb->callback([&context, options] { record(context, *options); });
}

}  // namespace upline::cli
