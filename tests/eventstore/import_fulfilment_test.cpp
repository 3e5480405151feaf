// Keys, and products that need none: what an import puts on sale, and what its purchases take.
#include "tests/eventstore/import_shop.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using namespace upline::tests;

const std::string key_header = "product_id,batch_id,secret\n";
const std::string purchase_header = "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\n";

/// `game key-pool` for every product added, in order.
Lines fulfilments(const Files& files) {
  ImportShop shop;
  CHECK(shop.import(files).rejects == 0);
  Lines lines;
  for (const auto& line : shop.events_with(" ProductAdded ")) {
    const auto value = line.find("\"fulfilment\":\"") + std::string_view("\"fulfilment\":\"").size();
    lines.push_back(line.substr(8, line.find(' ') - 8) + " " + line.substr(value, line.find('"', value) - value));
  }
  return lines;
}

std::string key_lines(const std::string& batch, int from, int to) {
  std::string lines;
  for (int i = from; i < to; ++i) lines += fmt::format("game,{},S-{}\n", batch, i);
  return lines;
}

/// `b1 from 1: 1000` for every KeysImported, in order.
Lines key_events(ImportShop& shop) {
  Lines lines;
  for (const auto& line : shop.events_with(" KeysImported ")) lines.push_back(line.substr(line.find('{')));
  return lines;
}

std::string key_event(const std::string& batch, int first, int keys) {
  return fmt::format(R"({{"batch":"{}","first":{},"keys":{},"use_limit":0}})", batch, first, keys);
}

}  // namespace

TEST_CASE("without a word on it a product is sold from keys where the import has keys, else by somebody else",
          "[import]") {
  const Files plain{{"products.csv", "product_id,title,unit_price_minor,currency\na,A,1,CNY\n"}};
  CHECK(fulfilments(plain) == Lines{"a external"});
  auto with_keys = plain;
  with_keys["keys.csv"] = key_header;
  CHECK(fulfilments(with_keys) == Lines{"a key-pool"});
  with_keys.erase("keys.csv");
  with_keys["keys.csv.gz"] = gzipped(key_header);
  CHECK(fulfilments(with_keys) == Lines{"a key-pool"});

  const Files column{{"products.csv",
                      "fulfilment,product_id,title,unit_price_minor,currency\n,a,A,1,CNY\nkey-pool,b,B,1,CNY\n"
                      "reusable,c,C,1,CNY\nmanual,d,D,1,CNY\nexternal,e,E,1,CNY\n\"\",f,F,1,CNY\n"}};
  CHECK(fulfilments(column) == Lines{"a external", "b key-pool", "c reusable", "d manual", "e external", "f external"});
}

TEST_CASE("keys are for sale at once and leave in the order of the file, whatever their batches are called",
          "[import]") {
  ImportShop shop;
  const auto report = shop.import(
      healthy_files_but({{"keys.csv", key_header + "game,z,S-1\ngame,a,S-2\ngame,z,S-3\ngame,z,S-4\ngame,a,S-5\n"},
                         {"purchases.csv", purchase_header + "o1,carol,game,2,1998,CNY,2026-05-01T12:00:00Z\n"
                                                             "o2,bob,game,3,999,CNY,2026-05-02T12:00:00Z\n"}}));
  CHECK(report.rejects == 0);
  CHECK(key_events(shop) ==
        Lines{key_event("z", 1, 1), key_event("a", 2, 1), key_event("z", 3, 2), key_event("a", 5, 1)});
  CHECK(shop.events_with("KeysReleased").size() == 4);
  CHECK(shop.secrets("game", 5) == Lines{"S-1", "S-2", "S-3", "S-4", "S-5"});
  CHECK_THAT(shop.events_with("order/o1 KeysDelivered").front(),
             Catch::Contains(R"([{"first":1,"count":1},{"first":2,"count":1}])"));
  CHECK_THAT(shop.events_with("order/o2 KeysDelivered").front(),
             Catch::Contains(R"([{"first":3,"count":2},{"first":5,"count":1}])"));
}

TEST_CASE("keys of two products are two pools, each in the order of the file", "[import]") {
  ImportShop shop;
  const auto report = shop.import(healthy_files_but(
      {{"products.csv", "product_id,title,unit_price_minor,currency\ngame,Game,999,CNY\nother,Other,1,CNY\n"},
       {"keys.csv", key_header + "other,b1,O-1\ngame,b1,S-1\nother,b1,O-2\ngame,b1,S-2\ngame,b1,S-3\n"}}));
  CHECK(report.rejects == 0);
  CHECK(shop.secrets("game", 3) == Lines{"S-1", "S-2", "S-3"});
  CHECK(shop.secrets("other", 2) == Lines{"O-1", "O-2"});
}

TEST_CASE("a batch of many keys is cut into events of a thousand rows", "[import]") {
  ImportShop shop;
  const auto report = shop.import(
      healthy_files_but({{"keys.csv", key_header + key_lines("b1", 0, 2500) + key_lines("b2", 2500, 3500)}}));
  CHECK(report.rejects == 0);
  CHECK(key_events(shop) == Lines{key_event("b1", 1, 1000), key_event("b1", 1001, 1000), key_event("b1", 2001, 500),
                                  key_event("b2", 2501, 1000)});
  CHECK(shop.secrets("game", 3500).back() == "S-3499");
}

TEST_CASE("rows that cannot be read do not cut a batch, until they are a thousand", "[import]") {
  std::string broken;
  for (int i = 0; i < 999; ++i) broken += "broken\n";
  for (const std::size_t rows_per_commit : {1U, 7U, 2000U}) {
    ImportShop shop;
    const auto report =
        shop.import(healthy_files_but({{"keys.csv", key_header + key_lines("b1", 0, 1) + "broken\n,,\n" +
                                                        key_lines("b1", 1, 2) + broken + key_lines("b1", 2, 4)}}),
                    {.rows_per_commit = rows_per_commit});
    CHECK(report.rejects == 1001);
    CHECK(key_events(shop) == Lines{key_event("b1", 1, 2), key_event("b1", 3, 2)});
  }
}

TEST_CASE("a reusable key is shared, and products by hand or by others need none", "[import]") {
  ImportShop shop;
  const auto report = shop.import(healthy_files_but(
      {{"products.csv",
        "product_id,title,unit_price_minor,currency,fulfilment\nshared,Shared,1,CNY,reusable\nhand,Hand,1,CNY,manual\n"
        "other,Other,1,CNY,external\nempty,Empty,1,CNY,reusable\n"},
       {"keys.csv", key_header + "shared,b1,S-1\n"},
       {"purchases.csv", purchase_header + "o1,carol,shared,5,1998,CNY,2026-05-01T12:00:00Z\n"
                                           "o2,bob,shared,1,999,CNY,2026-05-02T12:00:00Z\n"
                                           "o3,bob,hand,1,999,CNY,2026-05-02T12:00:00Z\n"
                                           "o4,bob,other,1000000,999,CNY,2026-05-02T12:00:00Z\n"
                                           "o5,bob,empty,1,999,CNY,2026-05-02T12:00:00Z\n"}}));
  CHECK(shop.rejects(report) == Lines{"purchases.csv:6 out_of_stock"});
  const std::string shared = R"({"product":"shared","keys":[{"first":1,"count":1}],"shared":true,"source":"sale",)";
  CHECK(shop.events_with("Delivered ") ==
        Lines{"order/o1 KeysDelivered 2026-05-01T12:00:00Z " + shared + R"("units":5})",
              "order/o2 KeysDelivered 2026-05-02T12:00:00Z " + shared + R"("units":1})",
              "order/o3 OrderDelivered 2026-05-02T12:00:00Z {\"text\":null}",
              "order/o4 OrderDelivered 2026-05-02T12:00:00Z {\"text\":null}"});
}

TEST_CASE("a shop that sells no keys imports without any", "[import]") {
  ImportShop shop;
  const auto report = shop.import(healthy_files_but({{"keys.csv", ""},
                                                     {"products.csv",
                                                      "product_id,title,unit_price_minor,currency\ngame,Game,"
                                                      "999,CNY\n"}}));
  CHECK(report.rejects == 0);
  CHECK(shop.events_with("Keys").empty());
  CHECK(shop.events_with("OrderDelivered").size() == 2);
}

TEST_CASE("keys of a later import join the queue behind those that are there", "[import]") {
  ImportShop shop;
  shop.import(healthy_files());
  const auto report =
      shop.import({{"keys.csv", key_header + "game,b1,N-1\n"},
                   {"purchases.csv", purchase_header + "o3,bob,game,2,999,CNY,2026-06-01T12:00:00Z\n"}});
  CHECK(report.rejects == 0);
  CHECK(shop.secrets("game", 5) == Lines{"S-1", "S-2", "S-3", "S-4", "N-1"});
  CHECK_THAT(shop.events_with("order/o3 KeysDelivered").front(),
             Catch::Contains("{\"first\":4,\"count\":2}") || Catch::Contains("{\"first\":4,\"count\":1},{\"first\":5"));
}
