// What the shop's rules say to imported rows, within one import and between several.
#include "tests/eventstore/import_shop.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using namespace upline::tests;
using upline::eventstore::import::ImportFile;
using upline::eventstore::import::ImportReport;

const std::string key_header = "product_id,batch_id,secret\n";
const std::string member_header = "member_id,joined_at,referrer_id\n";
const std::string product_header = "product_id,title,unit_price_minor,currency,fulfilment\n";
const std::string purchase_header = "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\n";
const std::string refund_header = "refund_id,order_id,amount_minor,refunded_at\n";

/// Imports the healthy files with these rows in this file instead of its own, and tells the rejects.
Lines rejects_with(const std::string& file, const std::string& bytes) {
  ImportShop shop;
  return shop.rejects(shop.import(healthy_files_but({{file, bytes}})));
}

std::string counts_of(const ImportReport& report, ImportFile file) {
  const auto& counts = report.of(file);
  return fmt::format("{} imported, {} there, {} rejected", counts.imported, counts.already_there, counts.rejected);
}

}  // namespace

TEST_CASE("a row about a member, product or order that nobody knows is refused, each with its own code", "[import]") {
  CHECK(rejects_with("members.csv", member_header + "alice,2026-05-01T08:00:00Z,\nbob,2026-05-01T09:00:00Z,alice\n"
                                                    "carol,2026-05-01T10:00:00Z,bob\nd,2026-05-01T11:00:00Z,nobody\n"
                                                    "e,2026-05-01T11:00:00Z,e\n") ==
        Lines{"members.csv:5 unknown_referrer", "members.csv:6 referral_cycle"});
  CHECK(rejects_with("keys.csv", key_header + "game,b1,S-1\nunknown,b1,S-2\ngame,b1,S-3\ngame,b1,S-4\n") ==
        Lines{"keys.csv:3 unknown_product"});
  CHECK(rejects_with("purchases.csv", purchase_header + "o1,carol,game,1,999,CNY,2026-05-01T12:00:00Z\n"
                                                        "o2,nobody,game,1,999,CNY,2026-05-01T13:00:00Z\n"
                                                        "o3,carol,nothing,1,999,CNY,2026-05-01T13:00:00Z\n"
                                                        "o4,nobody,nothing,0,-1,USD,2026-05-01T13:00:00Z\n") ==
        Lines{"purchases.csv:3 unknown_member", "purchases.csv:4 unknown_product", "purchases.csv:5 unknown_member",
              "refunds.csv:3 unknown_order"});
}

TEST_CASE("a referrer who enrolled later, or buys before enrolling, is unknown then", "[import]") {
  CHECK(rejects_with("members.csv", member_header +
                                        "bob,2026-05-01T07:59:59.999999Z,alice\nalice,2026-05-01T08:00:00Z,\n"
                                        "carol,2026-05-01T12:00:00.000001Z,alice\n") ==
        Lines{"members.csv:2 unknown_referrer", "purchases.csv:2 unknown_member", "purchases.csv:3 unknown_member",
              "refunds.csv:2 unknown_order", "refunds.csv:3 unknown_order"});
}

TEST_CASE("a purchase in another currency than its product's is refused", "[import]") {
  CHECK(rejects_with("purchases.csv", purchase_header + "o1,carol,game,1,1998,CNY,2026-05-01T12:00:00Z\n"
                                                        "o2,bob,game,1,999,USD,2026-05-02T12:00:00Z\n") ==
        Lines{"purchases.csv:3 currency_mismatch", "refunds.csv:3 unknown_order"});
}

TEST_CASE("too little stock refuses the whole order and leaves the keys to the next one", "[import]") {
  ImportShop shop;
  const auto report = shop.import(
      healthy_files_but({{"purchases.csv", purchase_header + "o1,carol,game,3,2997,CNY,2026-05-01T12:00:00Z\n"
                                                             "o2,bob,game,2,1998,CNY,2026-05-01T13:00:00Z\n"
                                                             "o3,bob,game,1,999,CNY,2026-05-01T14:00:00Z\n"
                                                             "o4,bob,game,1,999,CNY,2026-05-01T15:00:00Z\n"}}));
  CHECK(shop.rejects(report) ==
        Lines{"purchases.csv:3 out_of_stock", "purchases.csv:5 out_of_stock", "refunds.csv:3 unknown_order"});
  CHECK(shop.events_with("KeysDelivered") ==
        Lines{"order/o1 KeysDelivered 2026-05-01T12:00:00Z "
              R"({"product":"game","keys":[{"first":1,"count":3}],"shared":false,"source":"sale","units":3})",
              "order/o3 KeysDelivered 2026-05-01T14:00:00Z "
              R"({"product":"game","keys":[{"first":4,"count":1}],"shared":false,"source":"sale","units":1})"});
  CHECK(shop.events_with("order/o2").empty());
}

TEST_CASE("a refund that is too large, alone or with those before it, is refused", "[import]") {
  CHECK(rejects_with("refunds.csv", refund_header +
                                        "r1,o1,1999,2026-05-03T12:00:00Z\nr2,o1,1998,2026-05-03T13:00:00Z\n"
                                        "r3,o1,1,2026-05-03T14:00:00Z\nr4,o2,1000,2026-05-03T15:00:00Z\n") ==
        Lines{"refunds.csv:2 refund_too_large", "refunds.csv:4 refund_too_large", "refunds.csv:5 refund_too_large"});
}

TEST_CASE("a refund dated before its purchase finds no order", "[import]") {
  CHECK(rejects_with("refunds.csv", refund_header + "r1,o1,1,2026-05-01T11:59:59Z\nr2,o1,1,2026-05-01T12:00:00Z\n") ==
        Lines{"refunds.csv:2 unknown_order"});
}

TEST_CASE("a secret twice in one file is one key, in whatever product or batch it comes again", "[import]") {
  ImportShop shop;
  const auto report = shop.import(healthy_files_but(
      {{"products.csv", product_header + "game,Game,999,CNY,\nother,Other,1,CNY,\n"},
       {"keys.csv", key_header + "game,b1,S-1\ngame,b1,S-1\ngame,b1,S-2\ngame,b1,S-3\ngame,b2,S-2\nother,b1,S-3\n"}}));
  CHECK(shop.rejects(report) ==
        Lines{"keys.csv:3 duplicate_key", "keys.csv:6 duplicate_key", "keys.csv:7 duplicate_key"});
  CHECK(counts_of(report, ImportFile::keys) == "3 imported, 0 there, 3 rejected");
  CHECK(shop.secrets("game", 3) == Lines{"S-1", "S-2", "S-3"});
}

TEST_CASE("a secret from another import is refused there, and the new ones around it are taken", "[import]") {
  ImportShop shop;
  shop.import(healthy_files());
  const auto report = shop.import(
      healthy_files_but({{"keys.csv", key_header + "game,b9,N-1\ngame,b9,S-2\ngame,b9,N-2\ngame,b9,S-4\n"}}));
  CHECK(shop.rejects(report) == Lines{"keys.csv:3 duplicate_key", "keys.csv:5 duplicate_key"});
  CHECK(shop.secrets("game", 6) == Lines{"S-1", "S-2", "S-3", "S-4", "N-1", "N-2"});
}

TEST_CASE("keys that are refused together are refused line by line, where their event would stand", "[import]") {
  ImportShop shop;
  const auto report = shop.import(healthy_files_but(
      {{"keys.csv", key_header + "unknown,b1,S-7\nbroken\nunknown,b1,S-8\ngame,b1,S-1\ngame,b1,S-2\ngame,b1,S-3\n"
                                 "game,b2,S-1\ngame,b2,S-2\n"}}));
  CHECK(shop.rejects(report) == Lines{"keys.csv:2 unknown_product", "keys.csv:4 unknown_product",
                                      "keys.csv:3 wrong_column_count", "keys.csv:8 duplicate_key",
                                      "keys.csv:9 duplicate_key"});
  CHECK(counts_of(report, ImportFile::keys) == "3 imported, 0 there, 5 rejected");
}

TEST_CASE("keys for a product that is not fulfilled with keys are refused", "[import]") {
  ImportShop shop;
  const auto report = shop.import(healthy_files_but(
      {{"products.csv", product_header + "game,Game,999,CNY,\ncourse,Course,1,CNY,external\nhand,Hand,1,CNY,manual\n"},
       {"keys.csv", key_header + "course,b1,S-9\nhand,b1,S-9\ngame,b1,S-1\ngame,b1,S-2\ngame,b1,S-9\n"}}));
  CHECK(shop.rejects(report) == Lines{"keys.csv:2 not_key_product", "keys.csv:3 not_key_product"});
  CHECK(shop.secrets("game", 3).back() == "S-9");
}

TEST_CASE("the same rows in another folder are already there, and nothing is appended for them", "[import]") {
  ImportShop shop;
  shop.import(healthy_files());
  const auto before = shop.head();
  auto files = healthy_files_but({{"keys.csv", ""}});
  for (auto& [name, bytes] : files) bytes += "\n";  // another folder
  const auto report = shop.import(files);
  CHECK(shop.head() == before);
  CHECK(report.rejects == 0);
  CHECK(report.events == 0);
  CHECK(counts_of(report, ImportFile::plan) == "0 imported, 2 there, 0 rejected");
  CHECK(counts_of(report, ImportFile::products) == "0 imported, 1 there, 0 rejected");
  CHECK(counts_of(report, ImportFile::members) == "0 imported, 3 there, 0 rejected");
  CHECK(counts_of(report, ImportFile::purchases) == "0 imported, 2 there, 0 rejected");
  CHECK(counts_of(report, ImportFile::refunds) == "0 imported, 2 there, 0 rejected");
}

TEST_CASE("the same id with another content is a conflict, from another folder or the same", "[import]") {
  const Files others{
      {"products.csv", product_header + "game,Game,999,CNY,key-pool\ngame,Renamed,999,CNY,key-pool\n"
                                        "game,Game,998,CNY,key-pool\ngame,Game,999,USD,key-pool\n"
                                        "game,Game,999,CNY,external\n"},
      {"members.csv", member_header + "alice,2026-05-01T08:00:00Z,\nalice,2026-05-01T08:00:01Z,\n"
                                      "bob,2026-05-01T09:00:00Z,\ncarol,2026-05-01T10:00:00Z,alice\n"},
      {"purchases.csv", purchase_header + "o1,bob,game,2,1998,CNY,2026-05-01T12:00:00Z\n"
                                          "o1,carol,game,1,1998,CNY,2026-05-01T12:00:00Z\n"
                                          "o1,carol,game,2,1997,CNY,2026-05-01T12:00:00Z\n"
                                          "o1,carol,game,2,1998,CNY,2026-05-01T12:00:01Z\n"},
      {"refunds.csv", refund_header + "r1,o2,999,2026-05-03T12:00:00Z\nr1,o1,998,2026-05-03T12:00:00Z\n"
                                      "r1,o1,999,2026-05-03T12:00:01Z\n"},
  };
  ImportShop shop;
  shop.import(healthy_files());
  const auto before = shop.head();
  const auto report = shop.import(others);
  CHECK(shop.head() == before);
  CHECK(shop.rejects(report) == Lines{"products.csv:3 conflict", "products.csv:4 conflict", "products.csv:5 conflict",
                                      "products.csv:6 conflict", "members.csv:3 conflict", "members.csv:4 conflict",
                                      "members.csv:5 conflict", "purchases.csv:2 conflict", "purchases.csv:3 conflict",
                                      "purchases.csv:4 conflict", "purchases.csv:5 conflict", "refunds.csv:2 conflict",
                                      "refunds.csv:3 conflict", "refunds.csv:4 conflict"});
}

TEST_CASE("the same time with another offset is the same content", "[import]") {
  ImportShop shop;
  shop.import(healthy_files());
  const auto report = shop.import({{"members.csv", member_header + "bob,2026-05-01T17:00:00+08:00,alice\n"},
                                   {"refunds.csv", refund_header + "r1,o1,999,2026-05-03t07:00:00.0-05:00\n"}});
  CHECK(report.rejects == 0);
  CHECK(report.events == 0);
}

TEST_CASE("the same folder again appends nothing and repeats its report, also after reopening and from elsewhere",
          "[import]") {
  auto files = healthy_files();
  files["members.csv"] += "dave,yesterday,\n";
  files["keys.csv"] += "game,b1,S-1\n";
  ImportShop shop;
  const auto report = shop.import(files);
  const auto head = shop.head();
  const auto rejects = shop.rejects(report);
  CHECK(rejects == Lines{"keys.csv:6 duplicate_key", "members.csv:5 invalid_time"});
  CHECK(shop.store().import_progress(report.import_id) == to_json(report));
  for (int again = 0; again < 3; ++again) {
    CHECK(to_json(shop.import(files, {.rows_per_commit = 1})) == to_json(report));
    shop.reopen();
  }
  TempFolder elsewhere;
  write_files(elsewhere.path() / "copy", files);
  CHECK(to_json(shop.import_from(elsewhere.path() / "copy")) == to_json(report));
  CHECK(shop.head() == head);
  CHECK(shop.rejects(report) == rejects);
}

TEST_CASE("the report counts every row once, and every event", "[import]") {
  auto files = healthy_files();
  files["members.csv"] += "alice,2026-05-01T08:00:00Z,\nalice,2026-05-02T08:00:00Z,\n,,\n";
  ImportShop shop;
  const auto report = shop.import(files);
  CHECK(report.complete);
  CHECK(report.rows_done == 2 + 1 + 4 + 6 + 2 + 2);
  CHECK(report.events == shop.events().size());
  CHECK(report.rejects == 2);
  CHECK(counts_of(report, ImportFile::plan) == "2 imported, 0 there, 0 rejected");
  CHECK(counts_of(report, ImportFile::products) == "1 imported, 0 there, 0 rejected");
  CHECK(counts_of(report, ImportFile::keys) == "4 imported, 0 there, 0 rejected");
  CHECK(counts_of(report, ImportFile::members) == "3 imported, 1 there, 2 rejected");
  CHECK(counts_of(report, ImportFile::purchases) == "2 imported, 0 there, 0 rejected");
  CHECK(counts_of(report, ImportFile::refunds) == "2 imported, 0 there, 0 rejected");
}
