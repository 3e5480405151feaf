// A referral tree as a usual program keeps it: a table of members and their sponsors, asked by recursive queries.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

namespace upline::bench {

class SqliteTree {
 public:
  using Member = std::uint32_t;  // from 0; UINT32_MAX is nobody
  static constexpr Member nobody = UINT32_MAX;

  SqliteTree(std::filesystem::path file, std::size_t members, const std::function<Member(Member)>& parent_of)
      : file_(std::move(file)), database_(filled(file_, members, parent_of)) {}
  ~SqliteTree() {
    std::error_code ignored;
    for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + suffix, ignored);
  }
  SqliteTree(const SqliteTree&) = delete;
  SqliteTree& operator=(const SqliteTree&) = delete;

  /// How many there are above, at most so many levels.
  std::size_t walk_up(Member member, std::size_t levels) { return rows(up_, member, levels); }
  std::size_t children(Member member, std::size_t limit) { return rows(children_, member, limit); }
  std::size_t count_below(Member member) {
    below_.bind(1, member);
    below_.executeStep();
    const auto count = below_.getColumn(0).getInt64();
    below_.reset();
    return static_cast<std::size_t>(count);
  }

 private:
  static SQLite::Database filled(const std::filesystem::path& file, std::size_t members,
                                 const std::function<Member(Member)>& parent_of) {
    SQLite::Database database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
    database.exec("CREATE TABLE member(id INTEGER PRIMARY KEY, sponsor INTEGER); BEGIN");
    {
      SQLite::Statement insert(database, "INSERT INTO member VALUES (?, ?)");
      for (Member member = 0; member < members; ++member) {
        insert.bind(1, member);
        const auto parent = parent_of(member);
        parent == nobody ? insert.bind(2) : insert.bind(2, parent);
        insert.exec();
        insert.reset();
      }
    }
    database.exec("COMMIT; CREATE INDEX member_sponsor ON member(sponsor); ANALYZE");
    return database;
  }

  static std::size_t rows(SQLite::Statement& query, Member member, std::size_t bound) {
    query.bind(1, member);
    query.bind(2, static_cast<std::int64_t>(bound));
    std::size_t count = 0;
    while (query.executeStep()) ++count;
    query.reset();
    return count;
  }

  std::filesystem::path file_;
  SQLite::Database database_;
  SQLite::Statement up_{
      prepare("WITH RECURSIVE up(id, level) AS (SELECT sponsor, 1 FROM member WHERE id = ?1 UNION ALL "
              "SELECT m.sponsor, level + 1 FROM up JOIN member m ON m.id = up.id WHERE level < ?2) "
              "SELECT id FROM up WHERE id IS NOT NULL")};
  SQLite::Statement children_{prepare("SELECT id FROM member WHERE sponsor = ?1 ORDER BY id LIMIT ?2")};
  SQLite::Statement below_{
      prepare("WITH RECURSIVE below(id) AS (SELECT id FROM member WHERE sponsor = ?1 UNION ALL "
              "SELECT m.id FROM below JOIN member m ON m.sponsor = below.id) "
              "SELECT count(*) FROM below")};

  SQLite::Statement prepare(const char* text) { return {database_, text}; }
};

}  // namespace upline::bench
