#include "cli/keys_import.hpp"

#include "cli/queries.hpp"
#include "cli/stock_out.hpp"
#include "cli/text_input.hpp"
#include "cli/wording.hpp"
#include "cli/writing.hpp"
#include "domain/command.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/import/input_error.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace upline::cli {

namespace {

using namespace domain;
using eventstore::Answer;
using eventstore::Outcome;

struct ImportOptions {
  WriteOptions write;
  std::string product;
  std::string batch;
  std::string file;
  bool release{};
  std::uint32_t use_limit{};
};

/// Commands of up to 1000 keys that are committed together: at most 80 MB of the longest keys, 1 MB of usual ones.
constexpr std::size_t commands_at_once = 20;

/// Room behind the caller's command id for the number of the command.
constexpr std::size_t command_number_digits = 8;

constexpr std::size_t ranges_shown = 10;

/// Some keys as the file has them, on their way into the shop.
struct Part {
  std::vector<eventstore::Request> requests{};
  std::vector<std::vector<std::uint64_t>> lines{};  // of each request's keys
};

/// What became of the keys so far.
struct Sum {
  std::uint64_t imported{};
  std::vector<std::uint64_t> duplicate_lines{};
  bool appended{};
  bool repeated{};
  Position first{};
  Position last{};
  std::optional<Rejection> rejection{};  // for another reason than that the keys are there
};

/// `lines 3-5, 9`: where more than a few, only how many more.
std::string lines_text(const std::vector<std::uint64_t>& lines) {
  std::vector<std::string> texts;
  std::size_t shown = 0;
  for (std::size_t first = 0; first < lines.size() && texts.size() < ranges_shown; first = shown) {
    auto last = first;
    while (last + 1 < lines.size() && lines[last + 1] == lines[last] + 1) ++last;
    texts.push_back(first == last ? std::to_string(lines[first]) : fmt::format("{}-{}", lines[first], lines[last]));
    shown = last + 1;
  }
  auto text = fmt::format("{} {}", lines.size() == 1 ? "line" : "lines", fmt::join(texts, ", "));
  if (shown < lines.size()) text += fmt::format(" and {} more", grouped(lines.size() - shown));
  return text;
}

class KeysImport {
 public:
  KeysImport(Context& context, const ImportOptions& options)
      : context_(context), options_(options), shop_(open_shop(options.write.shop)), lines_(options.file) {
    if (options.write.command_id.size() > id_length_max - command_number_digits) {
      throw UsageError(
          fmt::format("--command-id is too long: every 1000 keys get an id made of it; use at most {} "
                      "characters",
                      id_length_max - command_number_digits));
    }
  }

  void run() {
    try {
      for (auto part = next_part(); !part.requests.empty(); part = next_part()) {
        add(part, shop_->handler().execute(part.requests));
        if (sum_.rejection) break;
      }
    } catch (const eventstore::import::InputError&) {
      if (sum_.appended) tell_sum();
      throw;
    }
    if (commands_ == 0)
      throw UsageError(fmt::format("{} holds no key", options_.file == "-" ? "standard input" : options_.file));
    finish();
  }

 private:
  Part next_part() {
    Part part;
    while (part.requests.size() < commands_at_once) {
      std::vector<std::uint64_t> lines;
      auto request = next_request(lines);
      if (!request) break;
      part.requests.push_back(std::move(*request));
      part.lines.push_back(std::move(lines));
    }
    return part;
  }

  std::optional<eventstore::Request> next_request(std::vector<std::uint64_t>& lines) {
    std::vector<std::string> secrets;
    while (secrets.size() < keys_per_event_max) {
      auto line = lines_.next();
      if (!line) break;
      lines.push_back(line->number);
      secrets.push_back(std::move(line->secret));
    }
    if (secrets.empty()) return std::nullopt;
    ++commands_;
    auto request = request_of(ImportKeys{.product = {options_.product},
                                         .batch = {options_.batch},
                                         .release = options_.release,
                                         .use_limit = options_.use_limit},
                              options_.write);
    request.secrets = std::move(secrets);
    request.actor = actor_of(options_.write);
    request.command_id = commands_ == 1 ? options_.write.command_id
                                        : command_id_for(options_.write.command_id, std::to_string(commands_));
    return request;
  }

  void add(const Part& part, const std::vector<Outcome>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size() && !sum_.rejection; ++i) {
      const auto& outcome = outcomes[i];
      if (outcome.answer == Answer::failed) std::rethrow_exception(outcome.failure);
      for (const auto key : outcome.duplicates) sum_.duplicate_lines.push_back(part.lines[i][key]);
      if (outcome.answer == Answer::rejected) {
        if (outcome.rejection->reason != Reason::duplicate_key) sum_.rejection = outcome.rejection;
        continue;
      }
      (outcome.answer == Answer::repeated ? sum_.repeated : sum_.appended) = true;
      sum_.imported += keys_in(outcome.first);
      if (sum_.first == Position{0}) sum_.first = outcome.first;
      sum_.last = outcome.last;
    }
  }

  std::uint64_t keys_in(Position position) {
    const auto stored = shop_->store().read_one(position);
    return std::get<KeysImported>(eventstore::decode(*stored).event).keys.size();
  }

  Outcome outcome_of_all() const {
    const auto answer = sum_.appended ? Answer::appended : sum_.repeated ? Answer::repeated : Answer::rejected;
    return {.answer = answer, .first = sum_.first, .last = sum_.last};
  }

  void tell_sum() {
    const auto one = sum_.imported == 1;
    Told told{fmt::format("{} of batch {} {} imported into {}{}; {}.", counted(sum_.imported, "key"), options_.batch,
                          one ? "is" : "are", options_.product, options_.release ? " and released" : "",
                          stock_text(read_pool(shop_->store(), {options_.product})))};
    told.more["imported"] = sum_.imported;
    told.more["duplicate_lines"] = sum_.duplicate_lines;
    if (outcome_of_all().answer == Answer::rejected) {
      told.more["code"] = code(sum_.rejection ? sum_.rejection->reason : Reason::duplicate_key);
    }
    tell(context_, *shop_, outcome_of_all(), options_.write, told);
  }

  void finish() {
    const bool nothing = !sum_.appended && !sum_.repeated;
    if (!nothing || options_.write.format == Format::json) tell_sum();
    context_.out.flush();
    if (sum_.rejection) throw CommandRefused(*sum_.rejection);
    if (sum_.duplicate_lines.empty()) return;
    const auto count = sum_.duplicate_lines.size();
    context_.err << fmt::format("upline: duplicate_key: {}{} {} imported before and {} left out: {}\n",
                                nothing && count > 1 ? "all " : "", counted(count, "key"), count == 1 ? "was" : "were",
                                count == 1 ? "is" : "are", lines_text(sum_.duplicate_lines));
    context_.exit_code = nothing ? refused : had_rejects;
  }

  Context& context_;
  const ImportOptions& options_;
  std::unique_ptr<eventstore::Shop> shop_;
  KeyLines lines_;
  std::uint64_t commands_{};
  Sum sum_{};
};

}  // namespace

void add_keys_import(CLI::App& keys, Context& context) {
  auto options = std::make_shared<ImportOptions>();
  auto* verb = keys.add_subcommand("import", "Take a file of card keys into a product's stock, one key a line");
  verb->add_option("product", options->product, "The product's id")->required()->type_name("PRODUCT");
  verb->add_option("file", options->file, "The file, .gz too, or - for standard input")
      ->required()
      ->type_name("FILE|-")
      ->check(check_not_empty);
  verb->add_option("--batch", options->batch, "The delivery that they came with, by which they are released, withdrawn")
      ->required()
      ->type_name("BATCH");
  verb->add_flag("--release", options->release, "Put them on sale at once");
  verb->add_option("--use-limit", options->use_limit, "Of a reusable product: units that one key serves")
      ->type_name("N")
      ->check(check_positive);
  add_write_options(*verb, options->write);
  verb->footer(
      "Keys that are anywhere in the shop already are left out and told by their line numbers: exit code 3, or 1 "
      "where\n"
      "no key is new. 20,000 keys are committed at a time; cut short and run again, it takes in what is missing.\n"
      "Examples:\n"
      "  upline keys import game keys.txt --batch 2026-05 --release\n"
      "  gpg -d keys.txt.gpg | upline keys import game - --batch 2026-06\n"
      "  upline keys import vpn account.txt --batch a7 --use-limit 50 --release");
  verb->callback([&context, options] { KeysImport(context, *options).run(); });
}

}  // namespace upline::cli
