#include "projections/exports/statement_writers.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace upline::projections {

namespace {

using Json = nlohmann::ordered_json;

/// Written line by line, so that it needs no more memory than one.
class JsonStatement : public StatementWriter {
 public:
  JsonStatement(TextSink out, StatementStyle style) : out_(std::move(out)), style_(std::move(style)) {}

  void begin(const StatementTime& time) override {
    out_("{\"member\":" + Json(time.member.value).dump() + ",\"from\":\"" + domain::format_rfc3339(time.from) +
         "\",\"until\":\"" + domain::format_rfc3339(time.until) + "\",\"currencies\":[");
  }

  void begin_currency(const domain::Currency& currency, domain::Minor opening) override {
    exponent_ = style_.exponent_of(currency);
    out_(std::string(currencies_++ == 0 ? "" : ",") + "{\"currency\":\"" + currency.code +
         "\",\"opening_minor\":" + std::to_string(opening.value) + ",\"lines\":[");
    lines_ = 0;
  }

  void line(const StatementLine& line) override {
    Json json{{"position", line.position().value},
              {"occurred_at", domain::format_rfc3339(line.occurred_at())},
              {"kind", kind_of(line)},
              {"amount_minor", line.amount().value},
              {"balance_minor", line.balance.value},
              {"explanation", explanation(line, style_.language, exponent_)}};
    if (line.entry != nullptr) {
      json["order"] = line.entry->order;
      json["level"] = line.entry->level.value;
      json["available_at"] = domain::format_rfc3339(line.entry->available_at);
    } else {
      json["settlement"] = line.payout->settlement;
    }
    out_((lines_++ == 0 ? "" : ",") + json.dump());
  }

  void end_currency(const domain::Currency&, domain::Minor closing) override {
    out_("],\"closing_minor\":" + std::to_string(closing.value) + "}");
  }

  void end() override { out_("]}\n"); }

 private:
  TextSink out_;
  StatementStyle style_;
  domain::Exponent exponent_{};
  std::uint64_t currencies_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace

std::unique_ptr<StatementWriter> statement_as_json(TextSink out, StatementStyle style) {
  return std::make_unique<JsonStatement>(std::move(out), std::move(style));
}

}  // namespace upline::projections
