#include "projections/exports/payout_parts.hpp"

#include "eventstore/stored_event.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace upline::projections {

namespace fs = std::filesystem;

namespace {

fs::path path_of_part(const fs::path& first, std::size_t number) {
  if (number == 1) return first;
  return first.parent_path() / fmt::format("{}-{}{}", first.stem().string(), number, first.extension().string());
}

/// The number of the part that has this name; none where it is the first, or no part's name.
std::optional<std::size_t> number_of_part(const fs::path& first, std::string_view name) {
  const auto start = first.stem().string() + '-';
  if (!name.starts_with(start)) return std::nullopt;
  std::size_t number = 0;
  const auto* digits = name.data() + start.size();
  if (std::from_chars(digits, name.data() + name.size(), number).ec != std::errc{} || number < 2) return std::nullopt;
  if (path_of_part(first, number).filename().string() != name) return std::nullopt;
  return number;
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

/// Throws StoreUnwritable where the folder cannot be read.
template <class Visit>
void for_each_beside(const fs::path& first, Visit visit) {
  std::error_code error;
  for (fs::directory_iterator entry(folder_of(first), error), end; !error && entry != end; entry.increment(error)) {
    visit(*entry);
  }
  if (!error) return;
  throw eventstore::StoreUnwritable(
      fmt::format("the folder of {} cannot be read, in which parts of an earlier export may "
                  "lie: {}",
                  first.string(), error.message()));
}

std::string head_of(const fs::path& file) {
  constexpr std::size_t head_bytes = 4096;
  std::string head(head_bytes, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  return head;
}

/// All that lies there under the name of a further part, the highest number first.
std::map<std::size_t, fs::path, std::greater<>> further_parts(const fs::path& first) {
  std::map<std::size_t, fs::path, std::greater<>> found;
  for_each_beside(first, [&](const fs::directory_entry& entry) {
    const auto number = number_of_part(first, entry.path().filename().string());
    std::error_code ignored;
    if (number && entry.is_regular_file(ignored)) found.emplace(*number, path_of_part(first, *number));
  });
  return found;
}

/// Beside parts that this export does not have, too. `.payouts-2.csv.4711.part` is beside `payouts-2.csv`.
void remove_abandoned_parts(const fs::path& first) {
  std::vector<fs::path> targets;
  for_each_beside(first, [&](const fs::directory_entry& entry) {
    const auto name = entry.path().stem().stem().string();
    if (!name.starts_with('.') || !number_of_part(first, name.substr(1))) return;
    targets.push_back(entry.path().parent_path() / name.substr(1));
  });
  for (const auto& target : targets) remove_abandoned(target);
}

}  // namespace

PayoutParts::PayoutParts(fs::path first) : first_(std::move(first)) {
  begin_file();
  remove_abandoned_parts(first_);
}

fs::path PayoutParts::path(std::size_t number) const { return path_of_part(first_, number); }

void PayoutParts::begin_file() {
  files_.push_back(std::make_unique<OutputFile>(path(files_.size() + 1), Readers::owner));
}

void PayoutParts::write(std::string_view bytes) {
  files_.back()->write(bytes);
  hash_.update({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

eventstore::Hash PayoutParts::seal() {
  for (auto& file : files_) file->seal();
  return hash_.finish();
}

/// The highest number first: what an interruption leaves has no gaps.
void PayoutParts::look_for_earlier_parts() {
  for (const auto& [number, path] : further_parts(first_)) {
    if (number <= files_.size()) continue;
    (is_further_part(head_of(path), number) ? removed_ : strangers_).push_back(path.string());
  }
}

void PayoutParts::remove_earlier_parts() {
  for (const auto& path : removed_) {
    std::error_code error;
    fs::remove(path, error);
    if (error) throw eventstore::StoreUnwritable(fmt::format("{} cannot be removed: {}", path, error.message()));
  }
  if (!removed_.empty() && !sync_folder(folder_of(first_))) {
    throw eventstore::StoreUnwritable(fmt::format("the folder of {} cannot be made durable", first_.string()));
  }
}

void PayoutParts::place() {
  look_for_earlier_parts();
  if (files_.size() > 1 || !removed_.empty()) files_.front()->clear_place();
  remove_earlier_parts();
  for (std::size_t i = 1; i < files_.size(); ++i) files_[i]->place();
  files_.front()->place();
}

std::vector<std::string> PayoutParts::names() const {
  std::vector<std::string> list;
  for (std::size_t i = 1; i <= files_.size(); ++i) list.push_back(path(i).string());
  return list;
}

}  // namespace upline::projections
