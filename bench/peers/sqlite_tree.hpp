// A referral tree as a usual program keeps it: a table of members and their sponsors, asked by recursive queries. Kept
// twice: by the members' ids, as Upline is asked, and by numbers, as SQLite is quickest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

namespace upline::bench {

class SqliteTree {
 public:
  using Member = std::uint32_t;  // from 0; UINT32_MAX is nobody
  static constexpr Member nobody = UINT32_MAX;
  enum class Keyed { by_id, by_number };

  SqliteTree(std::filesystem::path file, std::size_t members, const std::function<std::string_view(Member)>& id_of,
             const std::function<Member(Member)>& parent_of)
      : file_(std::move(file)), database_(filled(file_, members, id_of, parent_of)) {
    for (Member member = 0; member < members; ++member) numbers_.emplace(id_of(member), member);
  }
  ~SqliteTree() {
    std::error_code ignored;
    for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + suffix, ignored);
  }
  SqliteTree(const SqliteTree&) = delete;
  SqliteTree& operator=(const SqliteTree&) = delete;

  /// How many there are above, at most so many levels.
  std::size_t walk_up(Keyed keyed, const std::string& member, std::size_t levels) {
    return rows(of(keyed).up, keyed, member, levels);
  }
  std::size_t children(Keyed keyed, const std::string& member, std::size_t limit) {
    return rows(of(keyed).children, keyed, member, limit);
  }
  std::size_t count_below(Keyed keyed, const std::string& member) {
    auto& below = of(keyed).below;
    bind(below, keyed, member);
    below.executeStep();
    const auto count = below.getColumn(0).getInt64();
    below.reset();
    return static_cast<std::size_t>(count);
  }

 private:
  struct Queries {
    SQLite::Statement up;
    SQLite::Statement children;
    SQLite::Statement below;
  };

  static SQLite::Database filled(const std::filesystem::path& file, std::size_t members,
                                 const std::function<std::string_view(Member)>& id_of,
                                 const std::function<Member(Member)>& parent_of) {
    SQLite::Database database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -524288");
    database.exec(
        "CREATE TABLE member(id INTEGER PRIMARY KEY, sponsor INTEGER);"
        "CREATE TABLE named(id TEXT PRIMARY KEY, sponsor TEXT) WITHOUT ROWID; BEGIN");
    {
      SQLite::Statement insert(database, "INSERT INTO member VALUES (?, ?)");
      SQLite::Statement insert_named(database, "INSERT INTO named VALUES (?, ?)");
      for (Member member = 0; member < members; ++member) {
        const auto parent = parent_of(member);
        insert.bind(1, member);
        insert_named.bind(1, std::string(id_of(member)));
        if (parent == nobody) {
          insert.bind(2);
          insert_named.bind(2);
        } else {
          insert.bind(2, parent);
          insert_named.bind(2, std::string(id_of(parent)));
        }
        for (auto* statement : {&insert, &insert_named}) {
          statement->exec();
          statement->reset();
        }
      }
    }
    database.exec(
        "COMMIT; CREATE INDEX member_sponsor ON member(sponsor);"
        "CREATE INDEX named_sponsor ON named(sponsor, id); ANALYZE");
    return database;
  }

  Queries& of(Keyed keyed) { return keyed == Keyed::by_id ? by_id_ : by_number_; }

  void bind(SQLite::Statement& query, Keyed keyed, const std::string& member) {
    if (keyed == Keyed::by_id) {
      query.bindNoCopy(1, member);
    } else {
      query.bind(1, numbers_.at(member));
    }
  }

  std::size_t rows(SQLite::Statement& query, Keyed keyed, const std::string& member, std::size_t bound) {
    bind(query, keyed, member);
    query.bind(2, static_cast<std::int64_t>(bound));
    std::size_t count = 0;
    while (query.executeStep()) ++count;
    query.reset();
    return count;
  }

  SQLite::Statement prepare(std::string text, const std::string& table) {
    for (auto at = text.find('@'); at != std::string::npos; at = text.find('@')) text.replace(at, 1, table);
    return {database_, text};
  }

  Queries queries(const std::string& table) {
    return {prepare("WITH RECURSIVE up(id, level) AS (SELECT sponsor, 1 FROM @ WHERE id = ?1 UNION ALL "
                    "SELECT m.sponsor, level + 1 FROM up JOIN @ m ON m.id = up.id WHERE level < ?2) "
                    "SELECT id FROM up WHERE id IS NOT NULL",
                    table),
            prepare("SELECT id FROM @ WHERE sponsor = ?1 ORDER BY id LIMIT ?2", table),
            prepare("WITH RECURSIVE below(id) AS (SELECT id FROM @ WHERE sponsor = ?1 UNION ALL "
                    "SELECT m.id FROM below JOIN @ m ON m.sponsor = below.id) "
                    "SELECT count(*) FROM below",
                    table)};
  }

  std::filesystem::path file_;
  SQLite::Database database_;
  std::unordered_map<std::string, Member> numbers_{};
  Queries by_id_{queries("named")};
  Queries by_number_{queries("member")};
};

}  // namespace upline::bench
