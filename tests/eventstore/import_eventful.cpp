#include "tests/eventstore/import_eventful.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace upline::tests {

namespace {

constexpr int keys = 2300;

/// 2,300 keys in runs of two batches, some of them twice, and rows that cannot be read before, in and behind them.
std::string key_rows() {
  std::string rows = "broken\n";
  for (int i = 0; i < keys; ++i) {
    rows += fmt::format("{},{},S-{}\n", i % 500 == 499 ? "other" : "game", i < 1700 ? "b1" : "b2", i);
    if (i % 300 == 7) rows += fmt::format("game,b1,S-{}\nbroken\ngame,,S-x\n", i / 2);
    if (i == 1200) rows += "unknown,b1,S-unknown\n";
  }
  return rows + ",,\n";
}

std::string time_of(int minute) { return fmt::format("2026-05-{:02}T12:{:02}:00Z", 1 + minute / 60, minute % 60); }

std::string member_row(int i) {
  const auto referrer = i == 0 ? std::string{} : fmt::format("m{}", (i * 7) % i);
  return fmt::format("m{},{},{}\n", i, time_of(i), referrer);
}

/// Every third purchase stands before the one that happened earlier.
std::string purchase_row(int i) {
  const int minute = i % 3 == 1 ? i + 1 : i % 3 == 2 ? i - 1 : i;
  return fmt::format("o{},m{},{},{},{},CNY,{}\n", i, i, i % 4 == 3 ? "other" : "game", i % 5, 1000 + i,
                     time_of(minute + 1));
}

std::string refund_row(int i) { return fmt::format("r{},o{},{},{}\n", i, (i * 5) % (i + 2), 400, time_of(i + 2)); }

}  // namespace

Files eventful_files(int members) {
  Files files{
      {"plan.toml",
       "id = \"standard\"\nrates_bp = [1000, 500, 250]\nhold = \"7d\"\nproducts = [\"game\", \"nothing\"]\n"
       "[policy]\nmax_levels = 3\nmax_levels_reason = \"asked\"\n[currencies]\nUSDT = 6\n"},
      {"products.csv",
       "product_id,title,unit_price_minor,currency,fulfilment\nbroken\ngame,Game,999,CNY,\nother,Other,5,CNY,\n"
       "game,Game,1,CNY,\nthird,Third,1.0,CNY,\n"},
      {"keys.csv", "product_id,batch_id,secret\n" + key_rows()},
      {"members.csv", "member_id,joined_at,referrer_id\nearly,2026-05-01T11:00:00Z,m1\n"},
      {"purchases.csv", "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\nbroken\n"},
      {"refunds.csv", "refund_id,order_id,amount_minor,refunded_at\nr0,o0,1,yesterday\n"},
  };
  for (int i = 0; i < members; ++i) {
    files["members.csv"] += member_row(i);
    files["purchases.csv"] += purchase_row(i);
    files["refunds.csv"] += refund_row(i);
  }
  return files;
}

ImportEnd end_of(ImportShop& shop, const eventstore::import::ImportReport& report) {
  auto secrets = shop.secrets("other", 4);
  const auto others = shop.secrets("game", keys - 4);
  secrets.insert(secrets.end(), others.begin(), others.end());
  return {shop.events(), to_json(report), shop.rejects(report), shop.messages(report), std::move(secrets)};
}

ImportEnd uninterrupted(const Files& files) {
  ImportShop shop;
  return end_of(shop, shop.import(files));
}

void check_same_end(const ImportEnd& end, const ImportEnd& expected) {
  CHECK(end.report == expected.report);
  CHECK(end.rejects == expected.rejects);
  CHECK(end.messages == expected.messages);
  CHECK((end.events == expected.events));  // in parentheses: nobody reads thousands of lines
  CHECK((end.secrets == expected.secrets));
}

}  // namespace upline::tests
