// Whole files: a header that is not the right one, another encoding, compression, and files that are not there.
#include "eventstore/import/rows.hpp"
#include "tests/eventstore/import_shop.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace {

using namespace upline::tests;
using namespace std::string_literals;
using upline::eventstore::import::columns_of;
using upline::eventstore::import::import_files;
using upline::eventstore::import::ImportFile;
using upline::eventstore::import::InputError;
using upline::eventstore::import::open_import_folder;

constexpr const char* byte_order_mark = "\xEF\xBB\xBF";

const std::vector<ImportFile> csv_files{ImportFile::products, ImportFile::keys, ImportFile::members,
                                        ImportFile::purchases, ImportFile::refunds};

Lines titles_of(ImportFile file) {
  const auto columns = columns_of(file);
  return {columns.required.begin(), columns.required.end()};
}

std::string file_name(ImportFile file) { return std::string(name(file)); }

std::string line_of(const Lines& cells) { return fmt::format("{}\n", fmt::join(cells, ",")); }

/// The healthy files, this one with another header above the same rows.
Files with_header(ImportFile file, const std::string& header) {
  auto files = healthy_files();
  auto& bytes = files.at(file_name(file));
  bytes.replace(0, bytes.find('\n') + 1, header);
  return files;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The healthy files, every CSV changed like this.
template <class Change>
Files changed(Change change) {
  auto files = healthy_files();
  for (const auto file : csv_files) files.at(file_name(file)) = change(files.at(file_name(file)));
  return files;
}

Lines events_of(const Files& files) {
  ImportShop shop;
  const auto report = shop.import(files);
  CHECK(report.rejects == 0);
  return shop.events();
}

const Lines& healthy_events() {
  static const auto events = events_of(healthy_files());
  return events;
}

/// The error must name the file and the header's line, whatever else it says.
void check_header_error(ImportShop& shop, ImportFile file, const std::string& header, const std::string& what) {
  INFO(header.substr(0, 200));
  const auto said = input_error_of(shop, with_header(file, header));
  CHECK_THAT(said, Catch::Contains("/" + file_name(file) + ": line 1: ") && Catch::Contains(what));
}

}  // namespace

TEST_CASE("a header without a column that must be there ends the import before anything is written", "[import]") {
  ImportShop shop;
  for (const auto file : csv_files) {
    for (const auto& missing : titles_of(file)) {
      auto titles = titles_of(file);
      std::erase(titles, missing);
      check_header_error(shop, file, line_of(titles), "the column " + missing + " is missing");
    }
  }
}

TEST_CASE("a header that names a column twice ends the import before anything is written", "[import]") {
  ImportShop shop;
  for (const auto file : csv_files) {
    for (const auto& twice : titles_of(file)) {
      auto titles = titles_of(file);
      titles.push_back(twice);
      check_header_error(shop, file, line_of(titles), "the column " + twice + " stands there twice");
    }
  }
  check_header_error(shop, ImportFile::products, "product_id,title,unit_price_minor,currency,fulfilment,fulfilment\n",
                     "the column fulfilment stands there twice");
}

TEST_CASE("a header with an unknown or misspelt column is refused, not guessed at", "[import]") {
  ImportShop shop;
  for (const auto file : csv_files) {
    const auto titles = titles_of(file);
    for (std::size_t i = 0; i < titles.size(); ++i) {
      for (const auto& wrong : {"X" + titles[i], " " + titles[i], titles[i] + " ", "\"\""s, "卡密"s}) {
        auto others = titles;
        others[i] = wrong;
        check_header_error(shop, file, line_of(others), fmt::format("the title of column {} is none of", i + 1));
      }
    }
    auto more = titles;
    more.emplace_back("note");
    check_header_error(shop, file, line_of(more), fmt::format("the title of column {} is none of", more.size()));
  }
}

TEST_CASE("a file that does not begin with a header that can be read is refused", "[import]") {
  ImportShop shop;
  for (const auto file : csv_files) {
    const auto titles = line_of(titles_of(file));
    check_header_error(shop, file, "\n" + titles, "the line is blank");
    check_header_error(shop, file, "\0"s + titles, "nul_byte");
    check_header_error(shop, file, "\xBF\xA8\xC3\xDC," + titles, "bad_encoding");
    check_header_error(shop, file, "caf\xE9," + titles, "bad_encoding");
    check_header_error(shop, file, "\xFF\xFEm\0e\0m\0b\0e\0r\0\n\0"s, "nul_byte");  // UTF-16
    check_header_error(shop, file, "\"" + titles, "bad_quoting");
    check_header_error(shop, file, std::string(10'000'000, 'x') + "\n", "line_too_long");
  }
}

TEST_CASE("an empty file is refused: it does not say that there are no rows", "[import]") {
  ImportShop shop;
  for (const auto file : csv_files) {
    auto files = healthy_files();
    files[file_name(file)] = "";
    CHECK_THAT(input_error_of(shop, files), Catch::Contains("/" + file_name(file) + ": line 1: the file is empty"));
    files[file_name(file)] = byte_order_mark;
    CHECK_THAT(input_error_of(shop, files), Catch::Contains("/" + file_name(file) + ": line 1: the file is empty"));
  }
}

TEST_CASE("files of a header alone are an import without rows", "[import]") {
  Files files;
  for (const auto file : csv_files) files[file_name(file)] = line_of(titles_of(file));
  ImportShop shop;
  const auto report = shop.import(files);
  CHECK(report.complete);
  CHECK(report.rows_done == 0);
  CHECK(report.events == 0);
  CHECK(shop.events().empty());
  CHECK(to_json(shop.import(files)) == to_json(report));
}

TEST_CASE("CR LF, a byte order mark, quotes and another order of columns change nothing", "[import]") {
  CHECK(events_of(changed([](const auto& bytes) { return replaced(bytes, "\n", "\r\n"); })) == healthy_events());
  CHECK(events_of(changed([](const auto& bytes) { return byte_order_mark + bytes; })) == healthy_events());
  CHECK(events_of(changed([](const auto& bytes) {
          const auto quoted = replaced(replaced(bytes, ",", "\",\""), "\n", "\"\n\"");
          return "\"" + quoted.substr(0, quoted.size() - 1);
        })) == healthy_events());
  CHECK(events_of(changed([](const auto& bytes) { return bytes.substr(0, bytes.size() - 1); })) == healthy_events());
  CHECK(events_of(changed([](const auto& bytes) { return bytes + "\n"; })) == healthy_events());
  auto files = healthy_files();
  files["members.csv"] =
      "referrer_id,member_id,joined_at\n,alice,2026-05-01T08:00:00Z\nalice,bob,2026-05-01T09:00:00Z\n"
      "bob,carol,2026-05-01T10:00:00Z\n";
  CHECK(events_of(files) == healthy_events());
}

TEST_CASE("a blank line between rows is a reject; as the last line it is nothing", "[import]") {
  for (const auto file : csv_files) {
    auto files = healthy_files();
    auto& bytes = files.at(file_name(file));
    bytes.insert(bytes.find('\n') + 1, "\n");
    bytes += "\r\n";
    ImportShop shop;
    const auto report = shop.import(files);
    CHECK(shop.rejects(report) == Lines{file_name(file) + ":2 wrong_column_count"});
    CHECK(shop.events() == healthy_events());
  }
}

TEST_CASE("a quoted field may span lines, and the lines behind it keep their numbers", "[import]") {
  auto files = healthy_files();
  files["products.csv"] =
      "product_id,title,unit_price_minor,currency\n\"game\",\"Game\",\"999\",\"CNY\"\na,\"two\nlines, and "
      "\"\"more\"\"\","
      "1,CNY\nb,Fine,x,CNY\n";
  ImportShop shop;
  CHECK(shop.rejects(shop.import(files)) == Lines{"products.csv:3 invalid_text", "products.csv:5 invalid_amount"});
  CHECK(shop.events() == healthy_events());
}

TEST_CASE("a secret may hold commas, quotes and line ends", "[import]") {
  auto files = healthy_files();
  files["keys.csv"] =
      "product_id,batch_id,secret\ngame,b1,\"user,pass\"\ngame,b1,\"line 1\nline 2\"\ngame,b1,\"say \"\"hi\"\"\"\n"
      "game,b2,卡密 \xF0\x9F\x94\x91\n";
  ImportShop shop;
  CHECK(shop.import(files).rejects == 0);
  CHECK(shop.secrets("game", 4) == Lines{"user,pass", "line 1\nline 2", "say \"hi\"", "卡密 \xF0\x9F\x94\x91"});
}

TEST_CASE("any of the files may be compressed, and its lines count as those of the plain one", "[import]") {
  Files files;
  for (const auto& [file, bytes] : healthy_files()) {
    files[file == "plan.toml" ? file : file + ".gz"] = file == "plan.toml" ? bytes : gzipped(bytes);
  }
  CHECK(events_of(files) == healthy_events());

  ImportShop shop;
  auto mixed = healthy_files();
  mixed.erase("members.csv");
  mixed["members.csv.gz"] = gzipped("member_id,joined_at,referrer_id\na,2026-05-01T08:00:00Z,\n,,\n");
  CHECK(shop.rejects(shop.import(mixed)).front() == "members.csv:3 invalid_id");
}

TEST_CASE("a file that is there plain and compressed is refused: nobody knows which one is meant", "[import]") {
  ImportShop shop;
  for (const auto file : csv_files) {
    auto files = healthy_files();
    files[file_name(file) + ".gz"] = gzipped(files.at(file_name(file)));
    CHECK_THAT(input_error_of(shop, files),
               Catch::Contains("both " + file_name(file) + " and " + file_name(file) + ".gz"));
  }
}

TEST_CASE("a compressed plan is refused, since without a plan nobody earns", "[import]") {
  ImportShop shop;
  auto files = healthy_files();
  files["plan.toml.gz"] = gzipped(files.at("plan.toml"));
  CHECK_THAT(input_error_of(shop, files), Catch::Contains("/plan.toml.gz: "));
  files.erase("plan.toml");
  CHECK_THAT(input_error_of(shop, files), Catch::Contains("/plan.toml.gz: "));
}

TEST_CASE("damaged compression is found before anything is written", "[import]") {
  ImportShop shop;
  for (const auto file : csv_files) {
    auto files = healthy_files();
    const auto plain = files.at(file_name(file));
    files.erase(file_name(file));
    auto& bytes = files[file_name(file) + ".gz"];
    const auto good = gzipped(plain);
    const auto in_the_middle = good.size() / 2;
    for (const auto& damaged : {good.substr(0, good.size() - 1), good.substr(0, in_the_middle), plain, ""s,
                                good + "tail", good.substr(0, in_the_middle) + "\xFF\xFF" + good.substr(in_the_middle),
                                good.substr(0, good.size() - 8) + "12345678"}) {
      bytes = damaged;
      CHECK_THAT(input_error_of(shop, files), Catch::Contains("/" + file_name(file) + ".gz: the gzip data"));
    }
  }
}

TEST_CASE("a folder that is none, or holds nothing to import, is refused", "[import]") {
  ImportShop shop;
  const auto folder = shop.put({{"notes.txt", "hello"}});
  const auto error_for = [&](const std::filesystem::path& path) {
    try {
      shop.import_from(path);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return "imported"s;
  };
  CHECK_THAT(error_for(folder), Catch::Contains(folder.string() + ": holds none of"));
  CHECK_THAT(error_for(folder / "missing"), Catch::Contains("there is no such folder"));
  CHECK_THAT(error_for(folder / "notes.txt"), Catch::Contains("there is no such folder"));
  std::filesystem::create_directory(folder / "members.csv");
  CHECK_THAT(error_for(folder), Catch::Contains("/members.csv: cannot be read"));
  CHECK(shop.head() == 1);
}

TEST_CASE("the same files are the same import wherever they lie, and any other byte or name makes another",
          "[import]") {
  TempFolder temp;
  const auto id_of = [&](const Files& files) {
    write_files(temp.path() / "here", files);
    return open_import_folder(temp.path() / "here").id;
  };
  const auto id = id_of(healthy_files());
  write_files(temp.path() / "there", healthy_files_but({{"notes.txt", "not of the import"}}));
  CHECK(open_import_folder(temp.path() / "there").id == id);
  CHECK(id.size() == 64);
  for (const auto file : import_files) {
    INFO(name(file));
    const auto bytes = healthy_files().at(file_name(file));
    CHECK(id_of(healthy_files_but({{file_name(file), bytes + "\n"}})) != id);
    CHECK(id_of(healthy_files_but({{file_name(file), ""}})) != id);
  }
  const std::string megabyte(1'000'000, 'x');
  CHECK(id_of({{"members.csv", megabyte + "1"}}) != id_of({{"members.csv", megabyte + "2"}}));
  auto swapped = healthy_files();
  std::swap(swapped["members.csv"], swapped["refunds.csv"]);
  CHECK(id_of(swapped) != id);
  auto packed = healthy_files();
  packed["members.csv.gz"] = packed["members.csv"];
  packed.erase("members.csv");
  CHECK(id_of(packed) != id);
}
