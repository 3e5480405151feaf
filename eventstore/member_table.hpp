// Members as a shop's state keeps them: a row of 64 bytes each, one line of the processor's cache, and referrers as
// numbers of rows, so that who buys and who stands above costs little more than a read of memory each.
#pragma once

#include "domain/ids.hpp"
#include "domain/member.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/known_member.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace upline::eventstore {

/// Number of a row, from 0.
using MemberNumber = std::uint32_t;
constexpr MemberNumber nobody = UINT32_MAX;

/// Rows by id. Who is only named, as somebody's referrer, has a row as well, and is not known. A row takes 64 bytes and
/// 16 to 32 for finding it; what is rare lies apart.
class MemberRows {
 public:
  /// nobody where there is no row. Two reads of memory.
  MemberNumber find(std::string_view id) const;

  /// The row of that id, a new one where there was none.
  MemberNumber name(std::string_view id);
  void put(MemberNumber number, const KnownMember& known);

  std::size_t size() const { return rows_.size(); }
  /// What it takes of memory, in rows: what lies beside a row takes about two.
  std::size_t room() const { return rows_.size() + 2 * (more_.size() + long_ids_.size()); }
  std::string_view id(MemberNumber number) const;

  bool is_known(MemberNumber number) const { return rows_[number].is_known; }
  /// All of it; of who is known, as is all below.
  KnownMember known(MemberNumber number) const;
  domain::Member state(MemberNumber number) const;
  bool is_enrolled(MemberNumber number) const { return rows_[number].is_enrolled; }
  /// Of who is enrolled.
  domain::Standing standing(MemberNumber number) const { return rows_[number].standing; }
  /// nobody where there is none.
  MemberNumber referrer(MemberNumber number) const { return rows_[number].referrer; }

  std::optional<bool> has_purchased(MemberNumber number) const;
  void set_purchased(MemberNumber number, bool has_purchased);
  std::optional<StreamHead> account_head(MemberNumber number) const;
  void set_account_head(MemberNumber number, const StreamHead& end);

 private:
  static constexpr std::size_t short_id_max = 37;  // a UUID has 36
  static constexpr std::uint8_t long_id = UINT8_MAX;

  struct alignas(64) Row {
    std::uint64_t account_position{};
    std::int64_t enrolled_at{};
    std::uint32_t account_version{};
    MemberNumber referrer{nobody};
    domain::Standing standing{domain::Standing::active};
    bool is_known : 1 {};
    bool is_enrolled : 1 {};
    bool is_erased : 1 {};
    bool knows_purchases : 1 {};
    bool has_purchased : 1 {};
    bool knows_account : 1 {};
    bool has_more : 1 {};
    std::uint8_t id_size{};
    std::array<char, short_id_max> id{};
  };
  static_assert(sizeof(Row) == 64);

  /// What fits into no row.
  struct More {
    std::optional<domain::MemberId> enrolled_under{};
    std::optional<domain::MemberId> invited_by{};
    std::optional<domain::Fingerprint> visitor{};
  };

  struct Slot {
    std::uint32_t hash{};
    MemberNumber number{nobody};  // nobody: the slot is free
  };

  std::size_t slot_of(std::string_view id, std::uint32_t hash) const;
  void grow();
  void put_state(MemberNumber number, const domain::EnrolledMember& member);

  std::vector<Row> rows_{};
  std::vector<Slot> slots_{};  // a power of two, half of them free at least
  std::unordered_map<MemberNumber, More> more_{};
  std::unordered_map<MemberNumber, std::string> long_ids_{};
};

/// Rows that forget who was not used lately: two generations, the older one dropped whole when the younger is full,
/// which it is when it takes as much room as `generation_max` rows, some 84 bytes each.
class MemberTable {
 public:
  explicit MemberTable(std::size_t generation_max) : generation_max_(generation_max) {}

  /// nobody where the member is not known. A number is valid until the next call of this or put().
  MemberNumber find(std::string_view id);
  MemberNumber put(std::string_view id, const KnownMember& known);

  /// Takes those that are not known yet, all or none: none where there is no room for all, or where somebody was
  /// forgotten before, who may be one of them as he was then.
  void merge(const std::vector<MemberRead>& others);

  /// Where the numbers are rows of.
  MemberRows& rows() { return young_; }

  void clear();
  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  std::size_t generation_max_;
  MemberRows young_{};
  MemberRows old_{};
  bool has_forgotten_{};
};

}  // namespace upline::eventstore
