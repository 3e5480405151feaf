#include "eventstore/command_digest.hpp"

#include "eventstore/payload.hpp"

#include <optional>
#include <string_view>

namespace upline::eventstore {

namespace {

using namespace domain;

/// Names and fields of every command. The names are hashed; they never change.
class Content {
 public:
  void operator()(const OpenShop& c) { add("OpenShop", c.currency, c.occurred_at); }
  void operator()(const DeclareCurrency& c) { add("DeclareCurrency", c.currency, c.exponent, c.occurred_at); }
  void operator()(const ChangeLevelLimit& c) { add("ChangeLevelLimit", c.max_levels, c.reason, c.occurred_at); }
  void operator()(const ChooseDefaultPlan& c) { add("ChooseDefaultPlan", c.plan, c.occurred_at); }
  void operator()(const ChangeReferralPolicy& c) {
    add("ChangeReferralPolicy", c.binds, c.click_window, c.link_needs_purchase, c.reason, c.occurred_at);
  }
  void operator()(const ChangeReservationPolicy& c) {
    add("ChangeReservationPolicy", c.reserve_for, c.open_per_buyer, c.open_per_address, c.reason, c.occurred_at);
  }
  void operator()(const ChangeSettlementPolicy& c) {
    add("ChangeSettlementPolicy", c.four_eyes, c.reason, c.occurred_at);
  }
  void operator()(const PublishPlan& c) { add("PublishPlan", c.plan, c.terms, c.occurred_at); }
  void operator()(const AddProduct& c) {
    add("AddProduct", c.product, c.title, c.unit_price, c.currency, c.fulfilment, c.occurred_at);
  }
  void operator()(const AssignPlan& c) { add("AssignPlan", c.product, c.plan, c.occurred_at); }
  void operator()(const RepriceProduct& c) { add("RepriceProduct", c.product, c.unit_price, c.occurred_at); }
  void operator()(const RetireProduct& c) { add("RetireProduct", c.product, c.reason, c.occurred_at); }
  void operator()(const RelistProduct& c) { add("RelistProduct", c.product, c.occurred_at); }
  void operator()(const LimitPurchases& c) { add("LimitPurchases", c.product, c.units_per_member, c.occurred_at); }
  void operator()(const SetLowStockLevel& c) { add("SetLowStockLevel", c.product, c.keys, c.occurred_at); }
  void operator()(const EnrolMember& c) {
    add("EnrolMember", c.member, c.referrer, c.referrer_code, c.visitor, c.occurred_at);
  }
  void operator()(const BindReferrer& c) { add("BindReferrer", c.member, c.referrer, c.occurred_at); }
  void operator()(const SuspendMember& c) { add("SuspendMember", c.member, c.reason, c.occurred_at); }
  void operator()(const ResumeMember& c) { add("ResumeMember", c.member, c.occurred_at); }
  void operator()(const CloseMember& c) { add("CloseMember", c.member, c.reason, c.occurred_at); }
  void operator()(const MoveMember& c) { add("MoveMember", c.member, c.referrer, c.reason, c.occurred_at); }
  void operator()(const EraseMember& c) { add("EraseMember", c.member, c.reason, c.occurred_at); }
  void operator()(const RecordClick& c) { add("RecordClick", c.visitor, c.code, c.occurred_at); }
  void operator()(const ReleaseKeys& c) { add("ReleaseKeys", c.product, c.batch, c.at, c.occurred_at); }
  void operator()(const WithdrawKeys& c) { add("WithdrawKeys", c.product, c.batch, c.reason, c.occurred_at); }
  void operator()(const RevokeKeys& c) { add("RevokeKeys", c.product, c.batch, c.reason, c.occurred_at); }
  void operator()(const ImportKeys& c) {
    add("ImportKeys", c.product, c.batch, c.release, c.use_limit, c.occurred_at);
    for (const auto& key : c.keys) writer_.write(key.fingerprint);
  }
  void operator()(const RecordPurchase& c) {
    add("RecordPurchase", c.order, c.member, c.product, c.quantity, c.amount, c.currency, c.channel, c.occurred_at);
  }
  void operator()(const PlaceOrder& c) {
    add("PlaceOrder", c.order, c.member, c.product, c.quantity, c.address, print_of(c.contact), c.occurred_at);
    if (c.query_secret) writer_.write(*c.query_secret);  // an order without one keeps the digest that it always had
  }
  void operator()(const PayOrder& c) {
    add("PayOrder", c.payment, c.order, c.amount, c.currency, c.channel, c.occurred_at);
  }
  void operator()(const DeliverOrder& c) { add("DeliverOrder", c.order, print_of(c.text), c.occurred_at); }
  void operator()(const CancelOrder& c) { add("CancelOrder", c.order, c.reason, c.occurred_at); }
  void operator()(const RefundOrder& c) {
    add("RefundOrder", c.refund, c.order, c.amount, c.reason, c.kind, c.revoke_keys, c.occurred_at);
  }
  void operator()(const ReturnPayment& c) {
    add("ReturnPayment", c.id, c.order, c.amount, c.currency, c.channel, c.occurred_at);
  }
  void operator()(const OpenSettlement& c) {
    add("OpenSettlement", c.settlement, c.terms.cutoff, c.terms.minimum, c.terms.fee, c.terms.tax, c.occurred_at);
  }
  void operator()(const SchedulePayouts& c) {
    add("SchedulePayouts", c.settlement, c.attempt, c.lines_before, c.occurred_at);
    for (const auto& line : c.lines) {
      writer_.write(line.member);
      writer_.write(line.currency);
      writer_.write(line.gross);
    }
  }
  void operator()(const FixSettlement& c) { add("FixSettlement", c.settlement, c.attempt, c.lines, c.occurred_at); }
  void operator()(const AbandonSettlement& c) {
    add("AbandonSettlement", c.settlement, c.attempt, c.reason, c.occurred_at);
  }
  void operator()(const ApproveSettlement& c) { add("ApproveSettlement", c.settlement, c.occurred_at); }
  void operator()(const RecordExport& c) {
    add("RecordExport", c.settlement, c.format, c.digest, c.rows, c.totals, c.occurred_at);
  }
  void operator()(const CancelSettlement& c) {
    add("CancelSettlement", c.settlement, c.reason, c.occurred_at);
    if (c.although_exported) writer_.write(c.although_exported);  // one without it keeps the digest that it always had
  }
  void operator()(const RecordPayoutResult& c) {
    add("RecordPayoutResult", c.settlement, c.member, c.currency, std::string(name(c.result)), c.text, c.net,
        c.occurred_at);
  }
  void operator()(const ReplaceKey& c) { add("ReplaceKey", c.order, c.key, c.reason, c.occurred_at); }

  std::span<const std::uint8_t> bytes() const { return writer_.bytes(); }

 private:
  /// Equal texts have equal fingerprints; their ciphertexts never are.
  static std::optional<Fingerprint> print_of(const std::optional<SealedText>& text) {
    return text ? std::optional(text->fingerprint) : std::nullopt;
  }

  template <class... Fields>
  void add(std::string_view name, const Fields&... values) {
    writer_.write(std::string(name));
    (writer_.write(values), ...);
  }

  PayloadWriter writer_;
};

}  // namespace

Hash command_digest(const Command& command, const Salt& salt) {
  Content content;
  std::visit(content, command);
  thread_local Sha256 hasher;
  return hasher.update(salt).update(content.bytes()).finish();
}

}  // namespace upline::eventstore
