// The projector on a long way, and held up: who waits for it is told in time.
#include "api/projector.hpp"

#include "eventstore/fresh_events.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/writer.hpp"
#include "projections/read_model_database.hpp"
#include "tests/api/served_books.hpp"
#include "tests/eventstore/drafts.hpp"

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace upline;
using namespace upline::tests;
using domain::Position;
using Json = nlohmann::json;

namespace {

const std::string shop = "/v1/shops/kami";

/// Somebody else who fills a read model, and has its file to himself: the projector waits for a minute.
class HeldView {
 public:
  explicit HeldView(const std::filesystem::path& data)
      : database_(file_of(data), "inventory"), transaction_(database_.begin_write()) {}
  void let_go() { transaction_.reset(); }

 private:
  static std::filesystem::path file_of(const std::filesystem::path& data) {
    for (const auto& entry : std::filesystem::directory_iterator(data / "kami" / "views")) {
      const auto name = entry.path().filename().string();
      if (name.starts_with("inventory.") && name.ends_with(".db")) return entry.path();
    }
    throw std::logic_error("there is no inventory");
  }

  projections::ReadModelDatabase database_;
  std::optional<projections::ReadModelDatabase::Transaction> transaction_;
};

constexpr std::chrono::hours for_ever{1};

/// A projector that by itself takes only one step, until so many events are behind it.
class RestingProjector {
 public:
  explicit RestingProjector(std::uint64_t enough = 1'000'000) {
    make_kami(folder_.path());
    theirs_ = eventstore::sqlite::open_event_store(location_.folder());
    books_.emplace(location_);
    books_->store().fresh().keep();
    writer_.emplace(books_->handler());
    hot_reads_.emplace(location_, *writer_);
    projector_.emplace(location_, *hot_reads_, api::ProjectorPace{.pause = for_ever, .enough = enough});
    await([&](const api::Projecting& now) { return now.projected == books_->store().head().position; });
  }
  ~RestingProjector() { hot_reads_->stop(); }

  api::Projector& projector() { return *projector_; }
  api::HotReads& hot_reads() { return *hot_reads_; }
  Position append(const std::string& member) { return writer_->run({.command = enrol(member)}).last; }
  /// As another process does.
  Position append_elsewhere() {
    append_events(*theirs_, 1, "member/dave");
    return theirs_->head().position;
  }

  /// Until the projector is there; fails after a minute.
  template <class Predicate>
  api::Projecting await(Predicate is_there) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    for (auto now = projector_->projecting();; now = projector_->projecting()) {
      if (is_there(now)) return now;
      if (std::chrono::steady_clock::now() > end) throw std::logic_error("the projector is not there after a minute");
      std::this_thread::yield();
    }
  }

 private:
  TempFolder folder_;
  eventstore::ShopLocation location_{folder_.path(), "kami", folder_.path() / "vault.key"};
  std::optional<eventstore::Shop> books_;
  std::optional<eventstore::Writer> writer_;
  std::optional<api::HotReads> hot_reads_;
  std::optional<api::Projector> projector_;
  std::unique_ptr<eventstore::EventStore> theirs_;
};

std::string position_of(const Answer& answer) { return answer.headers.at("upline-position"); }

}  // namespace

TEST_CASE("reads are answered when their time is over, though the projector is held up", "[reading][projector]") {
  ServedBooks books;
  auto writer = books.client();
  Client reader(books.port());
  const auto before = position_of(reader.ask(get(shop + "/stock")));
  HeldView held(books.data());
  const auto position = writer.post("/members", {{"member", "erin"}}).body["position"].get<std::uint64_t>();
  REQUIRE(position > std::stoull(before));
  for (const auto* path : {"/policy", "/stock"}) {
    INFO(path);
    const auto late = reader.ask(get(fmt::format("{}{}?min_position={}&wait_ms=1", shop, path, position)));
    CHECK(late.status == 503);
    CHECK(Json::parse(late.body)["code"] == "not_there_yet");
    CHECK(Json::parse(late.body)["position"] == std::stoull(before));
    const auto plain = reader.ask(get(shop + path + "?wait_ms=1"));
    CHECK(plain.status == 200);
    CHECK(position_of(plain) == before);
  }
  reader.send(get(fmt::format("{}/stock?min_position={}&wait_ms=25000", shop, position)));
  held.let_go();
  CHECK(position_of(reader.receive()) == std::to_string(position));
}

TEST_CASE("on a long way the projector lets those go on who wait for a part of it", "[projector]") {
  const TempFolder folder;
  make_kami(folder.path());
  const eventstore::ShopLocation location{folder.path(), "kami", folder.path() / "vault.key"};
  eventstore::Shop books(location);
  const auto head = books.store().head().position;
  REQUIRE(head > Position{6});
  api::Reader(location).models.catch_up_to({1});
  eventstore::Writer writer(books.handler());
  api::HotReads hot_reads(location, writer);
  HeldView held(folder.path());
  api::Projector projector(location, hot_reads, {.step = 2});
  std::promise<api::Projected> on_the_way;
  std::promise<api::Projected> there;
  const auto deadline = api::ParkedReads::Clock::now() + std::chrono::hours{1};
  REQUIRE(projector.when_projected({3}, deadline, [&] { on_the_way.set_value(projector.projected()); }));
  REQUIRE(projector.when_projected(head, deadline, [&] { there.set_value(projector.projected()); }));
  held.let_go();
  const auto first = on_the_way.get_future().get();
  CHECK(first.position == Position{4});
  CHECK(first.tag.empty());
  const auto last = there.get_future().get();
  CHECK(last.position == head);
  CHECK(!last.tag.empty());
  hot_reads.stop();
}

TEST_CASE("a projector that rests is woken by whoever waits for a position, or for the stock", "[projector][hot]") {
  RestingProjector books;
  const auto deadline = api::ParkedReads::Clock::now() + for_ever;
  const auto arrives = [](std::promise<void>& told) {
    return told.get_future().wait_for(std::chrono::minutes(1)) == std::future_status::ready;
  };

  std::promise<void> reached;
  REQUIRE(books.projector().when_projected(books.append("erin"), deadline, [&] { reached.set_value(); }));
  REQUIRE(arrives(reached));
  const auto position = books.append("frank");
  std::promise<void> answered;
  std::optional<api::Response> stock;
  books.hot_reads().answer({.what = api::HotRead::What::stock, .at_least = position}, deadline,
                           [&](std::optional<api::Response> answer) {
                             stock = std::move(answer);
                             answered.set_value();
                           });
  REQUIRE(arrives(answered));
  REQUIRE(stock);
  CHECK(*stock->header("Upline-Position") == std::to_string(position.value));
}

TEST_CASE("a projector that rests takes in at once what another process has committed", "[projector]") {
  RestingProjector books;
  for (int i = 0; i < 3; ++i) {
    const auto own = books.append(fmt::format("own{}", i));
    const auto theirs = books.append_elsewhere();
    REQUIRE(theirs > own);
    const auto there = books.await([&](const api::Projecting& now) { return now.projected >= theirs; });
    CHECK(there.positions_behind() == 0);
    CHECK(!there.behind_since);
  }
}

TEST_CASE("a projector that rests knows how far it is behind, and lets this process's commits wait", "[projector]") {
  RestingProjector books;
  const auto sees = [&](Position position) {
    return books.await([&](const api::Projecting& now) { return now.head >= position; });
  };
  // A commit that it sees before this process has it at hand is taken in at once. It happens, but not always.
  bool waits = false;
  for (int i = 0; i < 100 && !waits; ++i) {
    const auto before = books.projector().projecting().head;
    sees(books.append(fmt::format("one{}", i)));
    const auto now = sees(books.append(fmt::format("two{}", i)));
    waits = now.projected <= before && now.positions_behind() >= 2 && now.behind_since.has_value();
  }
  CHECK(waits);
}

TEST_CASE("a projector that rests goes on when enough is behind it", "[projector]") {
  constexpr std::uint64_t enough = 20;
  RestingProjector books(enough);
  // A commit that it sees before this process has it at hand is taken in at once: then less than that is left.
  const auto before = books.projector().projecting().projected;
  auto last = before;
  for (int i = 0; last.value < before.value + enough; ++i) last = books.append(fmt::format("many{}", i));
  books.await([&](const api::Projecting& now) { return now.head >= last && now.positions_behind() < enough; });
}
