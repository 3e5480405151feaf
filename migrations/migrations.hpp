// The SQL files of this folder, compiled into the program: migrations/<database>/NNNN_name.sql.
#pragma once

#include <string_view>
#include <vector>

namespace upline::migrations {

struct Migration {
  std::string_view database;  // the folder: "events", "vault", or a read model's name
  int number;                 // 1, 2, 3 ... without a gap within a database; stored as SQLite's user_version
  std::string_view name;
  std::string_view sql;
};

/// Every migration, ordered by database and number.
const std::vector<Migration>& all();

}  // namespace upline::migrations
