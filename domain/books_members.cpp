#include "domain/books_members.hpp"

namespace upline::domain {

namespace {

using Finding = std::optional<std::string>;

}  // namespace

BookedMembers::BookedMember& BookedMembers::member(Name name) {
  if (name.value >= members_.size()) members_.resize(name.value + std::size_t{1});
  return members_[name.value];
}

const BookedMembers::BookedMember* BookedMembers::find(Name name) const {
  return name.value < members_.size() ? &members_[name.value] : nullptr;
}

bool BookedMembers::is_enrolled(Name name) const {
  const auto* known = find(name);
  return known != nullptr && known->is_enrolled;
}

bool BookedMembers::is_suspended(Name name) const {
  const auto* known = find(name);
  return known != nullptr && known->standing == Standing::suspended;
}

Finding BookedMembers::enrol(Name name, const MemberEnrolled& event) {
  for (const auto& referrer : {event.referrer, event.invited_by}) {
    if (!referrer) continue;
    if (auto found = check_referrer(name, *referrer)) return found;
  }
  auto& enrolled = member(name);
  enrolled.is_enrolled = true;
  if (event.referrer) enrolled.referrer = names_.number_of(event.referrer->value);
  ++count_;
  return std::nullopt;
}

/// Nobody stands below a new member, so only those that are there need the walk.
Finding BookedMembers::check_referrer(Name name, const MemberId& referrer) const {
  auto above = names_.find(referrer.value);
  if (!above || (above != name && !is_enrolled(*above))) return "the referrer is no member";
  if (!is_enrolled(name)) return above == name ? Finding("the member stands above itself") : std::nullopt;
  for (; above; above = find(*above)->referrer) {
    if (above == name) return "the member stands above itself";
  }
  return std::nullopt;
}

Finding BookedMembers::bind(Name name, const ReferrerBound& event) {
  if (member(name).referrer) return "the member had a referrer before";
  if (auto found = check_referrer(name, event.referrer)) return found;
  member(name).referrer = names_.number_of(event.referrer.value);
  return std::nullopt;
}

Finding BookedMembers::move(Name name, const MemberMoved& event) {
  if (auto found = check_referrer(name, event.referrer)) return found;
  member(name).referrer = names_.number_of(event.referrer.value);
  return std::nullopt;
}

Finding BookedMembers::change_standing(Name name, Standing to) {
  auto& changed = member(name);
  if (changed.standing == Standing::closed) return "a closed member changes its standing";
  if (changed.standing == to) return "the member is " + std::string(domain::name(to)) + " already";
  changed.standing = to;
  return std::nullopt;
}

Finding BookedMembers::suspend(Name name) { return change_standing(name, Standing::suspended); }
Finding BookedMembers::resume(Name name) { return change_standing(name, Standing::active); }
Finding BookedMembers::close(Name name) { return change_standing(name, Standing::closed); }

Finding BookedMembers::erase(Name name) {
  auto& erased = member(name);
  if (erased.is_erased) return "the member was erased before";
  erased.is_erased = true;
  erased.standing = Standing::closed;
  return std::nullopt;
}

Finding BookedMembers::click(const LinkClicked& event) const {
  const auto referrer = names_.find(event.referrer.value);
  if (!referrer || !is_enrolled(*referrer)) return "the link is no member's";
  return std::nullopt;
}

Finding BookedMembers::purchase(Name buyer, const std::optional<MemberId>& first_purchase) {
  auto& purchaser = member(buyer);
  if (first_purchase.has_value() == purchaser.has_purchased) {
    return purchaser.has_purchased ? "a later purchase is told as the buyer's first one"
                                   : "the buyer's first purchase is not told as that";
  }
  if (first_purchase && first_purchase->value != names_.text(buyer)) return "the first purchase is another member's";
  purchaser.has_purchased = true;
  return std::nullopt;
}

Finding BookedMembers::check_chain(Name buyer, const std::vector<MemberId>& upline, std::size_t levels) const {
  auto above = find(buyer)->referrer;
  for (const auto& frozen : upline) {
    if (!above || names_.text(*above) != frozen.value) return "the frozen chain is not the one above the buyer";
    above = find(*above)->referrer;
  }
  if (above && upline.size() < levels) return "the frozen chain is shorter than the one above the buyer";
  return std::nullopt;
}

Finding BookedMembers::check_active(Name beneficiary) const {
  if (find(beneficiary)->standing == Standing::active) return std::nullopt;
  return "the member is " + std::string(name(find(beneficiary)->standing));
}

Finding BookedMembers::check_forfeit(Name beneficiary, ForfeitReason reason) const {
  const auto standing = reason == ForfeitReason::closed ? Standing::closed : Standing::suspended;
  if (find(beneficiary)->standing == standing) return std::nullopt;
  return "a member forfeits that is not " + std::string(name(reason));
}

}  // namespace upline::domain
