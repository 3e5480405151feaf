#include "api/idempotency_key.hpp"
#include "api/media_type.hpp"
#include "api/settlement_writes.hpp"
#include "api/writing.hpp"
#include "eventstore/hex.hpp"
#include "eventstore/import/payout_results.hpp"
#include "eventstore/merkle.hpp"
#include "eventstore/settlement_lines.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;
using eventstore::Answer;
using eventstore::Outcome;

constexpr std::size_t rows_max = 10'000;
constexpr std::size_t rows_per_commit = 256;
constexpr const char* queue_full = "The shop has too many commands waiting; try again.";

struct ResultRow {
  std::uint64_t number{};  // in a list from 1 on; in a file its line
  std::optional<RecordPayoutResult> command{};
  std::string fault{};                   // where there is none
  std::optional<Rejection> rejection{};  // before it came to the writer
  std::optional<Outcome> outcome{};      // nothing where the writer's queue had no room for it
};

// What a body says

[[noreturn]] void refuse_too_many() {
  throw Refused({413, "too_many_rows", fmt::format("A request has {} results at most; send several.", rows_max)});
}

RecordPayoutResult result_in(JsonBody& body, const SettlementId& settlement, std::size_t index) {
  RecordPayoutResult command{.settlement = settlement,
                             .member = body.id<MemberId>("member"),
                             .currency = {body.text("currency")},
                             .text = body.optional_text("reference_or_reason").value_or("")};
  const auto status = body.text("status");
  const auto result = parse_payout_result(status);
  if (!result) {
    const auto field = fmt::format("results[{}].status", index);
    throw BadBody(fmt::format("'{}' is paid, failed or returned.", field), field);
  }
  command.result = *result;
  if (const auto net = body.optional_integer("net_minor")) command.net = Minor{*net};
  body.finish();
  return command;
}

std::vector<ResultRow> rows_of_json(const std::string& text, const SettlementId& settlement) {
  JsonBody body(text);
  auto list = body.objects("results");
  body.finish();
  if (list.size() > rows_max) refuse_too_many();
  std::vector<ResultRow> rows;
  rows.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i)
    rows.push_back({.number = i + 1, .command = result_in(list[i], settlement, i)});
  return rows;
}

class BodyBytes : public eventstore::import::ByteSource {
 public:
  explicit BodyBytes(std::string_view left) : left_(left) {}

  std::size_t read(std::span<char> into) override {
    const auto count = std::min(into.size(), left_.size());
    std::ranges::copy(left_.substr(0, count), into.begin());
    left_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view left_;
};

std::vector<ResultRow> rows_of_csv(const std::string& text, const SettlementId& settlement) try {
  using namespace eventstore::import;
  CsvReader reader(std::make_unique<BodyBytes>(text), "the body", payout_result_columns());
  std::vector<ResultRow> rows;
  for (CsvRow row; reader.next(row);) {
    if (rows.size() == rows_max) refuse_too_many();
    auto command = payout_result_of(row, settlement);
    rows.push_back({.number = row.line});
    if (command) {
      rows.back().command = std::move(*command);
    } else {
      rows.back().fault = std::move(command.error());
    }
  }
  return rows;
} catch (const eventstore::import::InputError& error) {
  throw BadBody(error.what(), {});
}

/// Before any row is written: what would refuse them all.
void check_settlement(const Job& job, const SettlementId& id) {
  const auto settlement = eventstore::read_settlement(job.shop.reader()->log(), id);
  if (!settlement) throw Refused(problem_of({Reason::unknown_settlement, id.value}));
  if (settlement->stage == SettlementStage::approved) return;
  const auto reason =
      settlement->stage == SettlementStage::cancelled ? Reason::settlement_cancelled : Reason::settlement_not_approved;
  throw Refused(problem_of({reason, id.value}));
}

void check_texts(const Job& job, std::vector<ResultRow>& rows) {
  const auto reader = job.shop.reader();
  for (auto& row : rows) {
    if (!row.command) continue;
    auto checked = eventstore::import::check_payout_text(reader->vault(), *row.command);
    if (!checked) row.rejection = std::move(checked.error());
  }
}

/// The first row has the request's own key, so that one that named another command is found before anything is written;
/// the others have keys that follow from it.
std::string key_of_row(const std::string& key, std::size_t place) {
  if (key.empty() || place == 0) return key;
  const auto text = fmt::format("{}\n{}", key, place);
  const auto hash =
      eventstore::Sha256().update({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}).finish();
  return eventstore::to_hex(hash);
}

/// The rows of a request on their way through the writer, some hundreds in a commit, others' commands between them.
class Results : public std::enable_shared_from_this<Results> {
 public:
  Results(SharedJob job, WorkerPool& workers, std::vector<ResultRow> rows)
      : job_(std::move(job)),
        workers_(workers),
        id_(job_->call().id<SettlementId>("settlement")),
        rows_(std::move(rows)),
        key_(idempotency_key(job_->request)),
        hold_(hold_or_refuse(job_->shop.keys_in_flight(), key_, idempotency_header)) {
    for (auto& row : rows_) {
      if (row.command && !row.rejection) with_command_.push_back(&row);
    }
  }

  /// On a worker's thread.
  void go_on() {
    if (next_ == with_command_.size()) return respond([this] { return answer(); });
    const auto first = next_;
    const bool tries_key = first == 0 && !key_.empty();
    next_ = std::min(with_command_.size(), first + (tries_key ? 1 : rows_per_commit));
    auto submissions = submissions_of(first);
    const auto count = submissions.size();
    unanswered_ = count + 1;
    const auto taken = job_->shop.writer().submit_all(std::move(submissions));
    is_shed_ = taken < count;
    one_answered(count - taken + 1);
  }

 private:
  std::vector<eventstore::Writer::Submission> submissions_of(std::size_t first) {
    std::vector<eventstore::Writer::Submission> submissions;
    for (auto i = first; i < next_; ++i) {
      auto* row = with_command_[i];
      submissions.push_back(
          {{.command = *row->command, .command_id = key_of_row(key_, i), .actor = actor_of(*job_), .dated = false},
           [self = shared_from_this(), row](Outcome outcome) {
             self->job_->came_to(outcome);
             row->outcome = std::move(outcome);
             self->one_answered(1);
           }});
    }
    return submissions;
  }

  /// The last of a commit's rows hands on to the next ones, on a worker: the writer's thread does not wait.
  void one_answered(std::size_t count) {
    if (unanswered_.fetch_sub(count) != count) return;
    const auto& first = with_command_.front()->outcome;
    if (!first) return respond([] { return shed_response(ShedFor::pen_queue, "queue_full", queue_full); });
    if (first->rejection && first->rejection->reason == Reason::command_id_reused) {
      return respond([this] { return answer_rejected(*with_command_.front()->outcome); });
    }
    if (is_shed_ || !workers_.submit([self = shared_from_this()] { self->go_on(); }))
      respond([this] { return answer(); });
  }

  void respond(std::function<Response()> work) {
    hold_.reset();
    respond_from(workers_, std::move(job_->respond),
                 [self = shared_from_this(), work = std::move(work)] { return answer_with(work); });
  }

  Response answer() const {
    std::uint64_t recorded = 0;
    std::uint64_t already_there = 0;
    bool is_replay = false;
    Position position{0};
    auto refused = nlohmann::ordered_json::array();
    std::size_t shed = 0;
    for (const auto& row : rows_) {
      if (row.outcome && row.outcome->failure) std::rethrow_exception(row.outcome->failure);
      if (!row.outcome || row.outcome->rejection) {
        refused.push_back(refusal_of(row));
        if (row.command && !row.rejection && !row.outcome) ++shed;
        continue;
      }
      position = std::max(position, row.outcome->last);
      ++(row.outcome->answer == Answer::already_there ? already_there : recorded);
      is_replay = is_replay || row.outcome->answer == Answer::repeated;
    }
    const auto reader = job_->shop.reader();
    if (position == Position{0}) position = reader->log().head().position;
    const auto settlement = eventstore::read_settlement(reader->log(), id_).value();
    auto response = json_response({{"position", position.value},
                                   {"settlement", id_.value},
                                   {"recorded", recorded},
                                   {"already_there", already_there},
                                   {"refused", std::move(refused)},
                                   {"open_lines", open_lines(settlement)}},
                                  recorded > 0 ? 201 : 200);
    if (shed > 0) response.shed = Shed{ShedFor::pen_queue, shed};
    if (is_replay) response.headers.push_back({replayed_header, "true"});
    return response;
  }

  static Problem problem_with(const ResultRow& row) {
    if (row.rejection) return problem_of(*row.rejection);
    return row.outcome ? problem_of(*row.outcome->rejection) : Problem{503, "queue_full", queue_full};
  }

  static nlohmann::ordered_json refusal_of(const ResultRow& row) {
    if (!row.command) {
      return {{"row", row.number}, {"code", "invalid_row"}, {"detail", fmt::format("In this row {}.", row.fault)}};
    }
    const auto problem = problem_with(row);
    return {{"row", row.number},
            {"member", row.command->member.value},
            {"currency", row.command->currency.code},
            {"code", problem.code},
            {"detail", problem.detail}};
  }

  SharedJob job_;
  WorkerPool& workers_;
  SettlementId id_;
  std::vector<ResultRow> rows_;
  std::vector<ResultRow*> with_command_;
  std::string key_;
  KeysInFlight::Hold hold_;
  std::size_t next_{};
  bool is_shed_{};
  std::atomic<std::size_t> unanswered_{};
};

}  // namespace

void submit_results(const SharedJob& job, WorkerPool& workers) {
  const auto id = job->call().id<SettlementId>("settlement");
  const auto& text = job->request.body;
  auto rows = is_csv_else_json(job->request) ? rows_of_csv(text, id) : rows_of_json(text, id);
  check_settlement(*job, id);
  check_texts(*job, rows);
  std::make_shared<Results>(job, workers, std::move(rows))->go_on();
}

}  // namespace upline::api
