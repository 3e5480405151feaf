#include "tests/eventstore/import_shop.hpp"

#include "eventstore/event_codec.hpp"
#include "eventstore/event_json.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

namespace upline::tests {

namespace fs = std::filesystem;
using eventstore::import::ImportOptions;
using eventstore::import::ImportReport;

Files healthy_files() {
  return {
      {"plan.toml", "id = \"standard\"\nrates_bp = [1000, 500]\nhold = \"7d\"\n"},
      {"products.csv", "product_id,title,unit_price_minor,currency,fulfilment\ngame,Game,999,CNY,key-pool\n"},
      {"keys.csv", "product_id,batch_id,secret\ngame,b1,S-1\ngame,b1,S-2\ngame,b1,S-3\ngame,b2,S-4\n"},
      {"members.csv",
       "member_id,joined_at,referrer_id\nalice,2026-05-01T08:00:00Z,\nbob,2026-05-01T09:00:00Z,alice\n"
       "carol,2026-05-01T10:00:00Z,bob\n"},
      {"purchases.csv",
       "order_id,member_id,product_id,quantity,amount_minor,currency,paid_at\n"
       "o1,carol,game,2,1998,CNY,2026-05-01T12:00:00Z\no2,bob,game,1,999,CNY,2026-05-02T12:00:00Z\n"},
      {"refunds.csv",
       "refund_id,order_id,amount_minor,refunded_at\nr1,o1,999,2026-05-03T12:00:00Z\nr2,o2,1,2026-05-04T12:00:00Z\n"},
  };
}

Files healthy_files_but(const Files& others) {
  auto files = healthy_files();
  for (const auto& [name, bytes] : others) {
    if (bytes.empty()) {
      files.erase(name);
    } else {
      files[name] = bytes;
    }
  }
  return files;
}

void write_files(const fs::path& folder, const Files& files) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& [name, bytes] : files) {
    std::ofstream out(folder / name, std::ios::binary);
    out << bytes;
    out.close();
    if (!out) throw std::runtime_error("cannot write " + name);
  }
}

std::string read_bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string gzipped(const std::string& bytes) {
  constexpr int gzip_format = 16 + MAX_WBITS;
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_format, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

eventstore::HandlerOptions fixed_clock() {
  return {.clock = [] { return domain::Timestamp{4'102'444'800 * domain::microseconds_per_second}; }};
}

std::string text_of(const eventstore::StoredEvent& stored) {
  auto json = eventstore::event_json(stored);
  auto& payload = json["payload"];
  if (json["type"] == "MemberEnrolled") payload.erase("code");
  if (json["type"] == "KeysImported") payload["keys"] = payload["keys"].size();
  return fmt::format("{} {} {} {}", stored.stream, json["type"].get<std::string>(),
                     json["occurred_at"].get<std::string>(), payload.dump());
}

ImportShop::ImportShop(const std::string& currency) : temp_(std::in_place) {
  location_ = {temp_->path() / "data", "shop", temp_->path() / "data" / "vault.key"};
  prepare_shop(location_);
  reopen();
  const std::vector<eventstore::Request> requests{{.command = domain::OpenShop{{currency}, {0}}, .actor = "tester"}};
  shop_->handler().execute(requests);
}

ImportShop::ImportShop(const eventstore::ShopLocation& location) : location_(location) { reopen(); }

void ImportShop::reopen(eventstore::HandlerOptions options) {
  shop_.reset();
  shop_ = std::make_unique<eventstore::Shop>(location_);
  shop_->set_handler_options(std::move(options));
}

fs::path ImportShop::put(const Files& files) {
  const auto folder = location_.data.parent_path() / "files";
  write_files(folder, files);
  return folder;
}

ImportReport ImportShop::import(const Files& files, const ImportOptions& options) {
  return import_from(put(files), options);
}

ImportReport ImportShop::import_from(const fs::path& folder, const ImportOptions& options) {
  return eventstore::import::import_folder(*shop_, folder, options);
}

Lines ImportShop::events() {
  Lines lines;
  store().read({2}, store().head().position, [&](const eventstore::StoredEvent& stored) {
    lines.push_back(text_of(stored));
    return true;
  });
  return lines;
}

Lines ImportShop::events_with(const std::string& part) {
  auto lines = events();
  std::erase_if(lines, [&](const std::string& line) { return !line.contains(part); });
  return lines;
}

Lines ImportShop::rejects(const ImportReport& report) {
  Lines lines;
  store().read_import_rejects(report.import_id, [&](const eventstore::ImportReject& reject) {
    lines.push_back(fmt::format("{}:{} {}", reject.file, reject.line, reject.code));
  });
  return lines;
}

Lines ImportShop::messages(const ImportReport& report) {
  Lines lines;
  store().read_import_rejects(report.import_id,
                              [&](const eventstore::ImportReject& reject) { lines.push_back(reject.message); });
  return lines;
}

Lines ImportShop::secrets(const std::string& product, std::uint64_t count) {
  return shop_->vault().reveal({product}, {1, count});
}

std::string input_error_of(ImportShop& shop, const Files& files) {
  const auto before = shop.head();
  const auto folder = shop.put(files);
  std::string said;
  try {
    shop.import_from(folder);
  } catch (const eventstore::import::InputError& error) {
    said = error.what();
    CHECK(shop.head() == before);
  }
  return said;
}

}  // namespace upline::tests
