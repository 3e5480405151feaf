#include "eventstore/import/timeline.hpp"

#include "eventstore/import/csv_reader.hpp"
#include "eventstore/sqlite/disk_sorter.hpp"

#include <charconv>
#include <string>
#include <utility>

namespace upline::eventstore::import {

namespace {

std::expected<domain::Command, RowError> command_of(ImportFile file, RowFields fields) {
  const auto widen = [](auto row) -> std::expected<domain::Command, RowError> {
    if (!row) return std::unexpected(std::move(row.error()));
    return std::move(*row);
  };
  switch (file) {
    case ImportFile::members:
      return widen(member_row(fields));
    case ImportFile::purchases:
      return widen(purchase_row(fields));
    case ImportFile::refunds:
      return widen(refund_row(fields));
    case ImportFile::plan:
    case ImportFile::products:
    case ImportFile::keys:
      break;
  }
  std::unreachable();
}

RowError error_of(RowFault fault) { return {code(fault), std::string(sentence(fault))}; }

TimelineItem item_of(ImportFile file, const CsvRow& row, domain::Timestamp at) {
  if (row.fault) return {file, row.line, at, std::unexpected(error_of(*row.fault))};
  return {file, row.line, at, command_of(file, row.fields)};
}

class FileRows final : public RowSource {
 public:
  FileRows(ImportFile file, const std::filesystem::path& path) : file_(file), reader_(path, columns_of(file)) {}

  bool next(TimelineItem& item) override {
    if (!reader_.next(row_)) return false;
    at_ = time_of_row(file_, row_.fields).value_or(at_);
    item = item_of(file_, row_, at_);
    return true;
  }

 private:
  ImportFile file_;
  CsvReader reader_;
  CsvRow row_;
  domain::Timestamp at_{domain::timestamp_min};
};

/// A row as bytes for the sorter: line, time, fault, then each field behind its length.
class RowBytes {
 public:
  static std::string pack(const CsvRow& row, domain::Timestamp at) {
    std::string bytes;
    number(bytes, static_cast<std::int64_t>(row.line));
    number(bytes, at.microseconds);
    number(bytes, row.fault ? static_cast<std::int64_t>(*row.fault) : no_fault);
    for (const auto field : row.fields) {
      number(bytes, static_cast<std::int64_t>(field.size()));
      bytes.append(field);
    }
    return bytes;
  }

  /// The fields are views into `bytes`.
  static std::pair<CsvRow, domain::Timestamp> unpack(std::string_view bytes) {
    CsvRow row;
    row.line = static_cast<std::uint64_t>(number(bytes));
    const domain::Timestamp at{number(bytes)};
    if (const auto fault = number(bytes); fault != no_fault) row.fault = static_cast<RowFault>(fault);
    while (!bytes.empty()) {
      const auto size = static_cast<std::size_t>(number(bytes));
      row.fields.push_back(bytes.substr(0, size));
      bytes.remove_prefix(size);
    }
    return {std::move(row), at};
  }

 private:
  static constexpr std::int64_t no_fault = -1;

  static void number(std::string& bytes, std::int64_t value) { bytes.append(std::to_string(value)).push_back(';'); }

  static std::int64_t number(std::string_view& bytes) {
    std::int64_t value{};
    const auto [stop, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), value);
    bytes.remove_prefix(static_cast<std::size_t>(stop - bytes.data()) + 1);
    return value;
  }
};

class SortedRows final : public RowSource {
 public:
  SortedRows(ImportFile file, const std::filesystem::path& path) : file_(file) {
    CsvReader reader(path, columns_of(file));
    CsvRow row;
    auto at = domain::timestamp_min;
    while (reader.next(row)) {
      at = time_of_row(file, row.fields).value_or(at);
      sorter_.add(at, RowBytes::pack(row, at));
    }
  }

  bool next(TimelineItem& item) override {
    if (!sorter_.next(bytes_)) return false;
    const auto [row, at] = RowBytes::unpack(bytes_);
    item = item_of(file_, row, at);
    return true;
  }

 private:
  ImportFile file_;
  sqlite::DiskSorter sorter_;
  std::string bytes_;
};

}  // namespace

std::unique_ptr<RowSource> rows_of(ImportFile file, const std::filesystem::path& path, bool in_order) {
  if (in_order) return std::make_unique<FileRows>(file, path);
  return std::make_unique<SortedRows>(file, path);
}

Timeline::Timeline(const ImportFolder& folder, const Survey& survey) {
  for (const auto file : {ImportFile::members, ImportFile::purchases, ImportFile::refunds}) {
    const auto& path = folder.path(file);
    if (!path) continue;
    auto& head = heads_.emplace_back(rows_of(file, *path, survey.of(file).in_order), TimelineItem{}, false);
    head.has_item = head.source->next(head.item);
  }
}

bool Timeline::next(TimelineItem& item) {
  Head* first = nullptr;
  for (auto& head : heads_) {
    if (head.has_item && (first == nullptr || head.item.at < first->item.at)) first = &head;
  }
  if (first == nullptr) return false;
  item = std::move(first->item);
  first->has_item = first->source->next(first->item);
  return true;
}

}  // namespace upline::eventstore::import
