#include "eventstore/command_digest.hpp"

#include "eventstore/payload.hpp"

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
  void operator()(const PublishPlan& c) { add("PublishPlan", c.plan, c.terms, c.occurred_at); }
  void operator()(const AddProduct& c) {
    add("AddProduct", c.product, c.title, c.unit_price, c.currency, c.fulfilment, c.occurred_at);
  }
  void operator()(const AssignPlan& c) { add("AssignPlan", c.product, c.plan, c.occurred_at); }
  void operator()(const EnrolMember& c) { add("EnrolMember", c.member, c.referrer, c.referrer_code, c.occurred_at); }
  void operator()(const BindReferrer& c) { add("BindReferrer", c.member, c.referrer, c.occurred_at); }
  void operator()(const SuspendMember& c) { add("SuspendMember", c.member, c.reason, c.occurred_at); }
  void operator()(const ResumeMember& c) { add("ResumeMember", c.member, c.occurred_at); }
  void operator()(const CloseMember& c) { add("CloseMember", c.member, c.reason, c.occurred_at); }
  void operator()(const ImportKeys& c) {
    add("ImportKeys", c.product, c.batch, c.release, c.occurred_at);
    for (const auto& key : c.keys) writer_.write(key.fingerprint);
  }
  void operator()(const RecordPurchase& c) {
    add("RecordPurchase", c.order, c.member, c.product, c.quantity, c.amount, c.currency, c.channel, c.occurred_at);
  }
  void operator()(const RefundOrder& c) { add("RefundOrder", c.refund, c.order, c.amount, c.reason, c.occurred_at); }

  std::span<const std::uint8_t> bytes() const { return writer_.bytes(); }

 private:
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
  return Sha256().update(salt).update(content.bytes()).finish();
}

}  // namespace upline::eventstore
