// One shop's access tokens in memory, as they were at the last look at its file.
#pragma once

#include "api/caller.hpp"
#include "domain/time.hpp"
#include "eventstore/tokens.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace upline::api {

class ShopTokens {
 public:
  /// Looks for the first time. Throws what opening the file throws.
  explicit ShopTokens(std::filesystem::path folder);
  ShopTokens(const ShopTokens&) = delete;
  ShopTokens& operator=(const ShopTokens&) = delete;

  // From any thread; no file is touched:

  /// Whether there is a token, or was one since the shop was made or this object: nobody gets in without one any more.
  bool is_guarded() const { return is_guarded_; }
  /// Whose token it is; nothing for one that is none, unknown, revoked or expired. About half a microsecond.
  std::optional<Caller> caller_of(std::string_view token, domain::Timestamp now) const;

  bool is_valid(std::string_view token_id, domain::Timestamp now) const;

  // From one thread at a time:

  /// Reads the file where it has changed. Throws what reading throws, and keeps the tokens as they were.
  void refresh();
  /// Writes when each token was last used, where that is later by `at_least` than what is written. Throws StoreBusy.
  void write_down_uses(domain::Duration at_least);

 private:
  struct Use {
    std::atomic<std::int64_t> at{};  // microseconds, as domain::Timestamp
    std::int64_t written{};          // of refresh() and write_down_uses()
  };
  struct Known {
    eventstore::Token token{};
    std::shared_ptr<Use> use{};  // the same from one look to the next
  };
  using Set = std::map<std::string, Known, std::less<>>;  // by id
  struct FileIdentity {
    std::uint64_t device{};
    std::uint64_t inode{};
    auto operator<=>(const FileIdentity&) const = default;
  };

  std::shared_ptr<const Set> known() const;
  void replace(Set set);
  Set read(eventstore::Tokens& file) const;
  static std::optional<FileIdentity> identity_of(const std::filesystem::path& file);

  std::filesystem::path folder_;
  std::unique_ptr<eventstore::Tokens> file_;
  std::optional<FileIdentity> opened_;
  std::optional<std::int64_t> version_;
  std::atomic<bool> is_guarded_{};
  mutable std::mutex mutex_;
  std::shared_ptr<const Set> set_{std::make_shared<const Set>()};
};

}  // namespace upline::api
