// In which order an import tells its history, whatever the order of its files' lines.
#include "domain/overloaded.hpp"
#include "eventstore/import/timeline.hpp"
#include "tests/eventstore/import_shop.hpp"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <rapidcheck/catch.h>

namespace {

using namespace upline::tests;
using namespace upline::domain;
using upline::eventstore::import::open_import_folder;
using upline::eventstore::import::survey;
using upline::eventstore::import::Timeline;
using upline::eventstore::import::TimelineItem;

const std::string member_header = "member_id,joined_at,referrer_id\n";
const std::string purchase_header = "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\n";
const std::string refund_header = "refund_id,order_id,amount_minor,refunded_at\n";

/// `member/alice`, `order/o1`, `order/o1 OrderRefunded`: the rows that were imported, in the order of the log.
Lines told(ImportShop& shop) {
  Lines lines;
  for (const auto& line : shop.events()) {
    const auto stream = line.substr(0, line.find(' '));
    if (line.contains(" MemberEnrolled ") || line.contains(" OrderPlaced ")) lines.push_back(stream);
    if (line.contains(" OrderRefunded ")) lines.push_back(stream + " refunded");
  }
  return lines;
}

Lines told_of(const Files& files) {
  ImportShop shop;
  CHECK(shop.import(healthy_files_but(files)).rejects == 0);
  return told(shop);
}

std::string at(std::int64_t second) {
  constexpr std::int64_t first_of_may = 1'777'593'600;
  return format_rfc3339(Timestamp{(first_of_may + second) * microseconds_per_second});
}

/// Three files of rows at random times, each file without two rows of one time; sorted.
struct History {
  std::vector<std::string> members{};
  std::vector<std::string> purchases{};
  std::vector<std::string> refunds{};
};

History any_history(std::mt19937& random, int size) {
  History history;
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  for (int i = 0; i < size; ++i) {
    const auto referrer = i == 0 ? std::string{} : fmt::format("m{}", below(i));
    history.members.push_back(fmt::format("m{},{},{}\n", i, at(i), referrer));
    history.purchases.push_back(
        fmt::format("o{},m{},game,1,{},CNY,{}\n", i, below(size), 1 + below(5000), at(i + below(2) * size)));
    history.refunds.push_back(fmt::format("r{},o{},{},{}\n", i, below(size), 1 + below(3000), at(i + below(3) * size)));
  }
  return history;
}

void shuffle(History& history, std::mt19937& random) {
  for (auto* rows : {&history.members, &history.purchases, &history.refunds}) std::ranges::shuffle(*rows, random);
}

/// `00000042 1 o3`: when, in which file, and which row.
std::string text_of(const TimelineItem& item) {
  const auto id = std::visit(Overloaded{[](const EnrolMember& c) { return c.member.value; },
                                        [](const RecordPurchase& c) { return c.order.value; },
                                        [](const RefundOrder& c) { return c.refund.value; },
                                        [](const auto&) { return std::string("another command"); }},
                             item.command.value());
  return fmt::format("{:020} {} {}", item.at.microseconds, static_cast<int>(item.file), id);
}

/// Its part that orders rows.
std::string_view time_and_file(const std::string& text) { return std::string_view(text).substr(0, text.rfind(' ')); }

Files files_of(const History& history) {
  return {{"plan.toml", healthy_files().at("plan.toml")},
          {"products.csv", "product_id,title,unit_price_minor,currency\ngame,Game,999,CNY\n"},
          {"members.csv", fmt::format("{}{}", member_header, fmt::join(history.members, ""))},
          {"purchases.csv", fmt::format("{}{}", purchase_header, fmt::join(history.purchases, ""))},
          {"refunds.csv", fmt::format("{}{}", refund_header, fmt::join(history.refunds, ""))}};
}

/// Every reject as `file code message`, without its line, in the order in which they are kept.
Lines refusals(ImportShop& shop, const upline::eventstore::import::ImportReport& report) {
  Lines lines;
  shop.store().read_import_rejects(report.import_id, [&](const upline::eventstore::ImportReject& reject) {
    lines.push_back(fmt::format("{} {} {}", reject.file, reject.code, reject.message));
  });
  return lines;
}

}  // namespace

TEST_CASE("at the same second members come first, then purchases, then refunds, each in the order of its file",
          "[import]") {
  const std::string noon = "2026-05-01T12:00:00Z";
  CHECK(
      told_of({{"refunds.csv", refund_header + "r2,o2,1," + noon + "\nr1,o1,1," + noon + "\n"},
               {"purchases.csv", purchase_header + "o2,z,game,1,5,CNY," + noon + "\no1,y,game,1,5,CNY," + noon + "\n"},
               {"members.csv", member_header + "z," + noon + ",\nx," + noon + ",z\ny," + noon + ",x\n"}}) ==
      Lines{"member/z", "member/x", "member/y", "order/o2", "order/o1", "order/o2 refunded", "order/o1 refunded"});
}

TEST_CASE("an instant counts, not how it is written", "[import]") {
  CHECK(told_of({{"members.csv", member_header + "a,2026-05-01T20:00:00+08:00,\nb,2026-05-01T12:00:00.000001Z,a\n"
                                                 "c,2026-05-01T07:00:00.5-05:00,b\n"},
                 {"purchases.csv", purchase_header + "o1,a,game,1,5,CNY,2026-05-01T12:00:00Z\n"
                                                     "o2,b,game,1,5,CNY,2026-05-01T14:00:00.000001+02:00\n"},
                 {"refunds.csv", ""}}) == Lines{"member/a", "order/o1", "member/b", "order/o2", "member/c"});
}

TEST_CASE("files out of order are sorted by time, and lines of one time keep their order", "[import]") {
  CHECK(told_of({{"members.csv", member_header +
                                     "d,2026-05-01T09:00:00Z,b\nb,2026-05-01T08:00:00Z,\nc,2026-05-01T09:00:00Z,d\n"
                                     "a,2026-05-01T08:00:00Z,b\n"},
                 {"purchases.csv",
                  purchase_header + "o3,a,game,1,5,CNY,2026-05-01T10:00:00Z\no2,b,game,1,5,CNY,2026-05-01T08:30:00Z\n"
                                    "o1,b,game,1,5,CNY,2026-05-01T08:30:00Z\n"},
                 {"refunds.csv", refund_header + "r2,o3,1,2026-05-02T10:00:00Z\nr1,o2,1,2026-05-01T08:30:00Z\n"}}) ==
        Lines{"member/b", "member/a", "order/o2", "order/o1", "order/o2 refunded", "member/d", "member/c", "order/o3",
              "order/o3 refunded"});
}

TEST_CASE("a timeline is the same whatever the order of the lines", "[import]") {
  TempFolder temp;
  const auto timeline_of = [&](const History& history) {
    write_files(temp.path() / "in", files_of(history));
    const auto folder = open_import_folder(temp.path() / "in");
    Timeline timeline(folder, survey(folder));
    Lines items;
    for (TimelineItem item; timeline.next(item);) items.push_back(text_of(item));
    return items;
  };
  rc::prop("sorted or shuffled", [&](std::uint32_t seed) {
    std::mt19937 random(seed);
    auto history = any_history(random, *rc::gen::inRange(1, 200));
    const auto before = timeline_of(history);
    RC_ASSERT(std::ranges::is_sorted(before, {}, &time_and_file));
    shuffle(history, random);
    RC_ASSERT(timeline_of(history) == before);
  });
}

TEST_CASE("the same rows in any order of lines become the same events and the same refusals", "[import]") {
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    std::mt19937 random(seed);
    auto history = any_history(random, 100);
    ImportShop straight;
    const auto expected = straight.import(files_of(history));
    shuffle(history, random);
    ImportShop mixed;
    const auto report = mixed.import(files_of(history));
    CHECK(expected.rejects > 0);
    CHECK(mixed.events() == straight.events());
    CHECK(refusals(mixed, report) == refusals(straight, expected));
  }
}

TEST_CASE("a line that cannot be read is refused behind the last one before it that can", "[import]") {
  const auto rejects_with = [](const std::string& second_member) {
    ImportShop shop;
    return shop.rejects(shop.import(
        {{"members.csv", member_header + "bad,never,\na,2026-05-01T12:00:00Z,\nbad,,\n" + second_member + "\"bad\n"},
         {"purchases.csv", purchase_header + "o1,x,y,1,1,CNY,2026-05-01T11:30:00Z\n"
                                             "o2,x,y,1,1,CNY,2026-05-01T12:30:00Z\n"
                                             "o3,x,y,1,1,CNY,2026-05-01T14:00:00Z\n"}}));
  };
  const std::string unknown = " unknown_member";
  CHECK(rejects_with("b,2026-05-01T13:00:00Z,\n") ==  // in order
        Lines{"members.csv:2 invalid_time", "purchases.csv:2" + unknown, "members.csv:4 invalid_time",
              "purchases.csv:3" + unknown, "members.csv:6 bad_quoting", "purchases.csv:4" + unknown});
  CHECK(rejects_with("b,2026-05-01T11:00:00Z,\n") ==  // out of order
        Lines{"members.csv:2 invalid_time", "members.csv:6 bad_quoting", "purchases.csv:2" + unknown,
              "members.csv:4 invalid_time", "purchases.csv:3" + unknown, "purchases.csv:4" + unknown});
}

TEST_CASE("plan, products and keys are dated at the earliest time that any file names", "[import]") {
  const auto dates = [](const Files& files) {
    ImportShop shop;
    shop.import(healthy_files_but(files));
    Lines dates;
    for (const auto* type : {"PlanPublished", "DefaultPlanChosen", "ProductAdded", "KeysImported", "KeysReleased"}) {
      const auto line = shop.events_with(type).front();
      const auto type_end = line.find(type) + std::string_view(type).size() + 1;
      dates.push_back(line.substr(type_end, line.find(' ', type_end) - type_end));
    }
    CHECK(std::ranges::adjacent_find(dates, std::not_equal_to<>()) == dates.end());
    return dates.front();
  };
  CHECK(dates({}) == "2026-05-01T08:00:00Z");
  CHECK(dates({{"members.csv", member_header + "b,2026-05-02T00:00:00Z,\na,2026-05-01T00:00:00.5+08:00,\n"}}) ==
        "2026-04-30T16:00:00.500000Z");
  CHECK(dates({{"purchases.csv", purchase_header + "o1,carol,game,1,1,CNY,1997-01-01T00:00:00Z\n"}}) ==
        "1997-01-01T00:00:00Z");
  CHECK(dates({{"refunds.csv", refund_header + ",,,0001-01-01T00:00:00Z\n"}}) == "0001-01-01T00:00:00Z");
  CHECK(dates({{"refunds.csv", refund_header + "r,o,1,0001-01-01T00:00:00\n"}}) == "2026-05-01T08:00:00Z");
}

TEST_CASE("a folder without any time is dated when it is imported", "[import]") {
  ImportShop shop;
  const auto before = upline::eventstore::system_clock_now();
  shop.import({{"plan.toml", healthy_files().at("plan.toml")}, {"products.csv", healthy_files().at("products.csv")}});
  const auto after = upline::eventstore::system_clock_now();
  std::size_t events = 0;
  shop.store().read({2}, {10}, [&](const upline::eventstore::StoredEvent& stored) {
    CHECK(stored.occurred_at >= before);
    CHECK(stored.occurred_at <= after);
    return ++events > 0;
  });
  CHECK(events == 3);
}
