// The one door between the read models and the database beneath them. A read model's file is disposable, so a commit
// may be lost in a power cut, but never half of one.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"
#include "eventstore/stored_event.hpp"

#include <compare>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace upline::projections {

/// A view's file is not what it must be: damaged, no database, a table gone. The log makes it anew.
class UnusableView : public eventstore::DamagedStore {
 public:
  explicit UnusableView(const std::string& what)
      : DamagedStore(what + "; delete this file or run 'upline rebuild', and the log fills it again") {}
};

struct Blob {
  std::string_view bytes{};
  auto operator<=>(const Blob&) const = default;
};

/// A value on its way into a statement or out of a row. Texts and blobs are borrowed, not copied.
class SqlValue {
 public:
  using Content = std::variant<std::monostate, std::int64_t, std::string_view, Blob>;

  SqlValue() = default;  // NULL
  template <std::integral T>
  SqlValue(T value) : content_(static_cast<std::int64_t>(value)) {}
  SqlValue(std::string_view text) : content_(text) {}
  SqlValue(const std::string& text) : content_(std::string_view(text)) {}
  SqlValue(Blob blob) : content_(blob) {}
  template <class Tag>
  SqlValue(const domain::Id<Tag>& id) : content_(std::string_view(id.value)) {}
  SqlValue(const domain::Currency& currency) : content_(std::string_view(currency.code)) {}
  SqlValue(domain::Minor amount) : content_(amount.value) {}
  SqlValue(domain::Timestamp time) : content_(time.microseconds) {}
  SqlValue(domain::Position position) : SqlValue(position.value) {}
  template <class T>
  SqlValue(const std::optional<T>& value) : SqlValue(value ? SqlValue(*value) : SqlValue()) {}

  const Content& content() const { return content_; }
  bool operator==(const SqlValue&) const = default;
  auto operator<=>(const SqlValue&) const = default;

 private:
  Content content_{};
};

/// A file that is being filled is nobody else's, and is thrown away where that is cut short.
enum class FileUse { serving, filling };

using SqlValues = std::initializer_list<SqlValue>;

/// One thread at a time.
class ReadModelDatabase {
  struct Connection;
  struct Statement;

 public:
  /// The rows of one query. Texts and blobs are valid until the next call of next(). Keeps a snapshot of the file, and
  /// the file itself, until it is destroyed.
  class Rows {
   public:
    Rows(std::shared_ptr<Connection> connection, Statement& statement);
    Rows(Rows&& other) noexcept;
    Rows& operator=(Rows&&) = delete;
    ~Rows();

    /// Steps to the next row, the first included; false after the last.
    bool next();

    int columns() const;
    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    std::string_view text(int column) const;
    Blob blob(int column) const;
    SqlValue value(int column) const;

    domain::Position position(int column) const { return {static_cast<std::uint64_t>(integer(column))}; }
    domain::Minor minor(int column) const { return {integer(column)}; }
    domain::Timestamp time(int column) const { return {integer(column)}; }
    std::optional<domain::Timestamp> optional_time(int column) const {
      return is_null(column) ? std::nullopt : std::optional(time(column));
    }

   private:
    std::shared_ptr<Connection> connection_;
    Statement* statement_;
  };

  /// Undone by the destructor unless it was committed.
  class Transaction {
   public:
    Transaction(std::shared_ptr<Connection> connection, bool writes);
    Transaction(Transaction&&) noexcept = default;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    void commit();

   private:
    std::shared_ptr<Connection> connection_;
  };

  /// Opens the file, or makes it where it is missing, with the migrations of the folder migrations/<migrations>. Throws
  /// NewerStore, StoreBusy, UnusableView.
  ReadModelDatabase(std::filesystem::path file, std::string migrations, FileUse use = FileUse::serving);

  const std::filesystem::path& file() const { return file_; }

  /// Whether the file was deleted or replaced since it was opened. One system call.
  bool was_replaced() const;

  /// Opens the file anew where it was deleted or replaced, and answers whether. One system call where it was not.
  bool reopen_if_replaced();

  /// Deletes the file, whatever it holds; whoever has it open goes on with what was there.
  static void discard(const std::filesystem::path& file);

  /// Puts the new file, closed, into the place of the other, whatever that holds; as discard() for whoever has it open.
  static void replace(const std::filesystem::path& file, const std::filesystem::path& new_file);

  /// Drops what queries look rows up by. Answers the statements that make it again.
  std::vector<std::string> drop_indexes();

  /// From here the file is as any other; nothing of it is in a journal.
  void end_filling();

  /// As run(), of a statement that does not come again.
  void run_once(const std::string& sql);

  /// Runs a statement that answers with no rows. `sql` has parameters $1, $2 ... in order of appearance, is prepared
  /// once, and must outlive the database.
  void run(const char* sql, SqlValues values = {});

  /// As run(); throws DamagedStore where the statement does not touch exactly one row.
  void run_on_one_row(const char* sql, SqlValues values);

  /// The rows are read while they are asked for; queries may be nested. As for run(), `sql` is prepared once.
  Rows query(const char* sql, SqlValues values = {});

  /// The first of its rows, or nothing.
  std::optional<Rows> find(const char* sql, SqlValues values = {});

  /// The right to write, held by one connection at a time. Throws StoreBusy when another has it for a minute.
  Transaction begin_write();

  /// All queries until its end see the same state.
  Transaction begin_read();

 private:
  std::filesystem::path file_;
  std::string migrations_;
  std::shared_ptr<Connection> connection_;
};

/// Waits until the file's content is on the disk.
void sync_file(const std::filesystem::path& file);

}  // namespace upline::projections
