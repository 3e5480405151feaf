#include "api/download_places.hpp"
#include "api/file_stream.hpp"
#include "api/idempotency_key.hpp"
#include "api/media_type.hpp"
#include "api/settlement_writes.hpp"
#include "api/writing.hpp"
#include "eventstore/hex.hpp"
#include "eventstore/merkle.hpp"
#include "projections/exports/settlement_payouts.hpp"
#include "projections/exports/temporary_file.hpp"

#include <cstdint>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;

struct ExportWish {
  const projections::PayoutFormat* format{};
  std::uint64_t part{1};
  std::optional<std::string> sha256{};  // of the file that other parts were taken of
  projections::Payer payer{};
};

const projections::PayoutFormat& format_in(JsonBody& body) {
  const auto wanted = body.text("format");
  if (const auto* format = projections::find_payout_format(wanted)) return *format;
  std::vector<std::string_view> names;
  for (const auto& format : projections::payout_formats()) names.push_back(format.name);
  throw BadBody(fmt::format("'format' is one of {}.", fmt::join(names, ", ")), "format");
}

std::optional<std::string> sha256_in(JsonBody& body) {
  constexpr std::size_t digits = 64;
  auto text = body.optional_text("sha256");
  if (text && (text->size() != digits || text->find_first_not_of("0123456789abcdef") != std::string::npos)) {
    throw BadBody("'sha256' is 64 hexadecimal digits in lower case, as Upline-File-Sha256 says them.", "sha256");
  }
  return text;
}

ExportWish wish_in(JsonBody& body) {
  ExportWish wish{.format = &format_in(body)};
  const auto part = body.optional_integer("part").value_or(1);
  if (part < 1) throw BadBody("'part' is a number from 1 on.", "part");
  wish.part = static_cast<std::uint64_t>(part);
  wish.sha256 = sha256_in(body);
  wish.payer = {.name = body.optional_text("payer_name").value_or(""),
                .account = body.optional_text("payer_account").value_or(""),
                .bic = body.optional_text("payer_bic").value_or(""),
                .wechat_appid = body.optional_text("payer_appid").value_or("")};
  return wish;
}

/// Keeps the part that was asked for, on disk, and the hash of all parts, one behind the other: what the log records.
class ExportedPart : public projections::PayoutSink {
 public:
  ExportedPart(std::uint64_t wanted, std::shared_ptr<void> place)
      : wanted_(wanted), place_(std::move(place)), out_(file_.path(), std::ios::binary) {}

  void begin_file() override { ++parts_; }

  void write(std::string_view bytes) override {
    hash_.update({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (parts_ == wanted_) out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  void finish() {
    out_.close();
    if (!out_)
      throw eventstore::StoreUnwritable("the payouts cannot be written to a temporary file: is the disk full?");
    digest_ = hash_.finish();
  }

  std::uint64_t parts() const { return parts_; }
  const eventstore::Hash& digest() const { return digest_; }
  std::shared_ptr<BodyStream> stream() { return std::make_shared<FileStream>(file_, std::move(place_)); }

 private:
  std::uint64_t wanted_;
  std::uint64_t parts_{1};
  std::shared_ptr<void> place_;
  projections::TemporaryFile file_;
  std::ofstream out_;
  eventstore::Sha256 hash_;
  eventstore::Hash digest_{};
};

Settlement approved(Reader& reader, const SettlementId& id) {
  auto settlement = projections::approved_settlement(reader.log(), id);
  if (!settlement) throw Refused(problem_of(settlement.error()));
  return std::move(*settlement);
}

/// In this order: a part that is not there any more is a sign of a file that changed.
void check_wanted(const ExportWish& wish, const ExportedPart& part) {
  if (wish.sha256 && *wish.sha256 != eventstore::to_hex(part.digest())) {
    throw Refused({409, "payout_file_changed",
                   "The file that is made now has another SHA-256, since a member was erased or a payee account or the "
                   "payer changed: take all of its parts anew, and use none of the ones before.",
                   "sha256"});
  }
  if (wish.part > part.parts()) throw BadBody(fmt::format("There are {} parts.", part.parts()), "part");
}

projections::FilePayouts write_file(Reader& reader, const SettlementId& id, const Settlement& settlement,
                                    const ExportWish& wish, ExportedPart& part) {
  try {
    auto payouts = projections::payouts_of(reader.log(), reader.vault(), id, settlement, wish.payer);
    wish.format->write(payouts.batch, part);
    part.finish();
    check_wanted(wish, part);
    return payouts;
  } catch (const projections::PayoutRefused& refusal) {
    throw Refused({409, "payout_file_refused", fmt::format("{}.", refusal.what())});
  }
}

/// The file is personal data: nobody on the way keeps it.
Response answer(const Job& job, const ExportWish& wish, ExportedPart& part, std::size_t left_out,
                const eventstore::Outcome& outcome) {
  if (outcome.failure) std::rethrow_exception(outcome.failure);
  if (outcome.rejection) return answer_rejected(outcome);
  Response response{.status = status_of(outcome), .content_type = std::string(wish.format->content_type)};
  const auto name = fmt::format("{}-{}{}.{}", job.match.path["settlement"], wish.format->name,
                                wish.part == 1 ? "" : fmt::format("-{}", wish.part), wish.format->extension);
  const auto position = outcome_json(*job.shop.reader(), outcome)["position"].get<std::uint64_t>();
  response.headers = {{"Upline-Position", std::to_string(position)},
                      {"Upline-File-Sha256", eventstore::to_hex(part.digest())},
                      {"Upline-File-Parts", std::to_string(part.parts())},
                      {"Upline-Left-Out", std::to_string(left_out)},
                      {"Content-Disposition", fmt::format("attachment; filename=\"{}\"", name)},
                      {"Cache-Control", "no-store"}};
  if (outcome.answer == eventstore::Answer::repeated) response.headers.push_back({replayed_header, "true"});
  response.stream = part.stream();
  return response;
}

}  // namespace

/// File first, then the event that names it, then the answer: whoever has the file finds it in the log.
void submit_export(const SharedJob& job, WorkerPool& workers) {
  refuse_other_than_json(job->request);
  JsonBody body(job->request.body);
  const auto wish = wish_in(body);
  body.finish();
  const auto reader = job->shop.reader();
  const auto id = job->call().id<SettlementId>("settlement");
  const auto settlement = approved(*reader, id);
  auto place = take_download_place();
  if (!place) return job->respond(no_download_place());
  const auto part = std::make_shared<ExportedPart>(wish.part, std::move(place));
  const auto payouts = write_file(*reader, id, settlement, wish, *part);
  submit_command(
      {.command = RecordExport{.settlement = id,
                               .format = std::string(wish.format->name),
                               .digest = {part->digest().bytes},
                               .rows = payouts.lines,
                               .totals = payouts.totals},
       .actor = actor_of(*job),
       .dated = false},
      job, workers,
      [wish, part, left_out = payouts.left_out.size()](const Job& asked, const eventstore::Outcome& outcome) {
        return answer(asked, wish, *part, left_out, outcome);
      });
}

}  // namespace upline::api
