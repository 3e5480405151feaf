// Writes that belong together.
#pragma once

#include "eventstore/sqlite/database.hpp"

namespace upline::eventstore::sqlite {

/// Undone unless it is committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.begin_writing(); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (!committed_) database_.raw().tryExec("ROLLBACK");
  }
  void commit() {
    database_.execute("COMMIT");
    committed_ = true;
  }

 private:
  Database& database_;
  bool committed_{};
};

}  // namespace upline::eventstore::sqlite
