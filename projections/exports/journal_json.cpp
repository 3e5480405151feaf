// The journal for programs: one array, a transaction a line.
#include "projections/exports/journal_formats.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace upline::projections {

namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

class JsonJournal final : public JournalWriter {
 public:
  JsonJournal(const JournalContents& contents, ByteSink out) : contents_(contents), out_(std::move(out)) {}

  void begin() override { out_("["); }

  void transaction(const JournalTransaction& transaction) override {
    Json json{{"transaction", transaction.code()},
              {"at", domain::format_rfc3339(transaction.at)},
              {"position", transaction.position.value},
              {"kind", name(transaction.kind)},
              {"payee", transaction.payee},
              {"order_id", or_null(transaction.order)},
              {"settlement_id", or_null(transaction.settlement)}};
    for (const auto& [account, amount] : transaction.postings) {
      json["postings"].push_back({{"account", plain_account(account.in_books())},
                                  {"currency", account.currency},
                                  {"amount_minor", amount.value},
                                  {"amount", domain::decimal_text(amount, contents_.exponent_of(account.currency))}});
    }
    out_((std::exchange(is_first_, false) ? "\n" : ",\n") + json.dump());
  }

  void end() override { out_(is_first_ ? "]\n" : "\n]\n"); }

 private:
  JournalContents contents_;
  ByteSink out_;
  bool is_first_{true};
};

}  // namespace

std::unique_ptr<JournalWriter> json_journal(const JournalContents& contents, ByteSink out) {
  return std::make_unique<JsonJournal>(contents, std::move(out));
}

}  // namespace upline::projections
