// A shop with everything that a format could stumble over: ids with `:` `-` `.`, titles and channels in Chinese with
// quotes, commas and signs, currencies of 0, 3 and 8 decimals, payments that came twice, refunds, debts of members.
#pragma once

#include "projections/exports/journal_export.hpp"
#include "tests/projections/shop_books.hpp"

#include <map>
#include <string>
#include <string_view>

namespace upline::tests {

class OddBooks : private TempFolder, public ShopBooks {
 public:
  OddBooks() : ShopBooks(TempFolder::path()) {
    set_up_worked_example(shop());
    append(domain::DeclareCurrency{{"BTC8"}, {8}, may(1)});
    append(domain::DeclareCurrency{{"1INCH"}, {18}, may(1)});
    add("v:ip-1.", "月卡 \"充值\", 5% (x); =SUM(A1) | \\ 🎮", "CNY");
    add("jp", "=1+1", "JPY");
    add("kw", "دينار", "KWD");
    add("bit", "比特 币", "BTC8");
    add("inch", "@token", "1INCH");
    append(enrol("-x", "alice"));
    append(enrol("m:1-a.b", "-x"));
    append(enrol("upline", "m:1-a.b"));
    sell("o:1-", "v:ip-1.", 999, "CNY", "支付 宝;  x)");
    sell("-o2", "jp", 12'345, "JPY", "stripe");
    sell("o3", "kw", 9'999, "KWD", "stripe");
    sell("o4", "bit", 123'456'789, "BTC8", "Кошелёк");
    sell("o5", "inch", 1'500'000'000'000'000'000, "1INCH", "wallet");
    append(refund("r1", "o:1-", 500));
    append(refund("r2", "o:1-", 499, may(20)));
    append(refund("r3", "o4", 100'000'001, may(9)));
  }

  const std::filesystem::path& folder() const { return TempFolder::path(); }

  projections::JournalRequest request() {
    return {.exponent_of = [](std::string_view currency) {
      static const std::map<std::string, int, std::less<>> digits{
          {"CNY", 2}, {"JPY", 0}, {"KWD", 3}, {"BTC8", 8}, {"1INCH", 18}};
      return domain::Exponent{digits.find(currency)->second};
    }};
  }

  std::string exported(std::string_view format) { return exported(format, request()); }
  std::string exported(std::string_view format, const projections::JournalRequest& request) {
    std::string text;
    projections::export_journal(now().journal(), request, *projections::find_journal_format(format),
                                [&](std::string_view bytes) { text += bytes; });
    return text;
  }

 private:
  void add(const std::string& product, const std::string& title, const std::string& currency) {
    append(domain::AddProduct{{product}, title, {999}, {currency}, domain::Fulfilment::external, may(1)});
  }
  /// On the same day at a time that says the order.
  void sell(const std::string& order, const std::string& product, std::int64_t amount, const std::string& currency,
            const std::string& channel) {
    append(domain::RecordPurchase{{order}, {"upline"}, {product}, {1}, {amount}, {currency}, channel, may(1, 13)});
  }
};

}  // namespace upline::tests
