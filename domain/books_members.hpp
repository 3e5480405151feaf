// Who stands above whom, replayed: the chain that a payment must freeze, the standing that decides who earns, and whose
// first purchase is still to come.
#pragma once

#include "domain/books_names.hpp"
#include "domain/member.hpp"
#include "domain/order.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace upline::domain {

/// Each call answers nothing, or what is broken, as a part of a sentence. Cost: constant; of binding and moving, linear
/// in the members above.
class BookedMembers {
 public:
  explicit BookedMembers(BookNames& names) : names_(names) {}

  std::optional<std::string> enrol(Name member, const MemberEnrolled& event);
  std::optional<std::string> bind(Name member, const ReferrerBound& event);
  std::optional<std::string> move(Name member, const MemberMoved& event);
  std::optional<std::string> suspend(Name member);
  std::optional<std::string> resume(Name member);
  std::optional<std::string> close(Name member);
  std::optional<std::string> erase(Name member);
  std::optional<std::string> click(const LinkClicked& event) const;

  /// A payment with which an order above 0 is paid names its buyer exactly the first time.
  std::optional<std::string> purchase(Name buyer, const std::optional<MemberId>& first_purchase);

  /// The upline is that of the buyer as it stands, `levels` long or as long as there are members.
  std::optional<std::string> check_chain(Name buyer, const std::vector<MemberId>& upline, std::size_t levels) const;
  std::optional<std::string> check_active(Name beneficiary) const;
  std::optional<std::string> check_forfeit(Name beneficiary, ForfeitReason reason) const;

  bool is_enrolled(Name member) const;
  bool is_suspended(Name member) const;
  std::size_t count() const { return count_; }

 private:
  struct BookedMember {
    std::optional<Name> referrer{};
    Standing standing{Standing::active};
    bool is_enrolled{};
    bool has_purchased{};
    bool is_erased{};
  };

  std::optional<std::string> check_referrer(Name member, const MemberId& referrer) const;
  std::optional<std::string> change_standing(Name member, Standing to);
  BookedMember& member(Name name);
  const BookedMember* find(Name name) const;

  BookNames& names_;
  std::size_t count_{};
  std::vector<BookedMember> members_;  // by name; most names are members'
};

}  // namespace upline::domain
