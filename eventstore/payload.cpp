#include "eventstore/payload.hpp"

namespace upline::eventstore {

namespace {

std::span<const std::uint8_t> with_its_mark(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) throw UndecodablePayload("a payload has at least one byte");
  if (bytes.front() != little_endian_mark) {
    throw UndecodablePayload("a payload starts with the mark of little-endian bytes");
  }
  return bytes;
}

template <class Enum>
void check_range(Enum v, Enum first, Enum last) {
  if (v < first || v > last) throw UndecodablePayload("a number names no known alternative");
}

}  // namespace

PayloadReader::PayloadReader(std::span<const std::uint8_t> bytes) : archive_(with_its_mark(bytes)) {}

void PayloadReader::finish() const {
  if (archive_.left() != 0) throw UndecodablePayload("bytes are left over after the last field");
}

void PayloadReader::throw_missing() { throw UndecodablePayload("bytes are missing"); }

bool PayloadReader::flag() {
  std::uint8_t v{};
  read(v);
  if (v > 1) throw UndecodablePayload("a flag is neither 0 nor 1");
  return v == 1;
}

void PayloadReader::text(std::string& v, std::size_t size) {
  need(size);
  v.resize(size);
  archive_(cereal::binary_data(v.data(), size));
}

void PayloadReader::short_text(std::string& v) {
  std::uint8_t size{};
  read(size);
  text(v, size);
}

void PayloadReader::read(domain::Rates& v) {
  std::uint8_t kind{};
  read(kind);
  if (kind == 1) return fields(*this, v.emplace<domain::PercentRates>());
  if (kind == 2) return fields(*this, v.emplace<domain::FixedRates>());
  throw UndecodablePayload("a plan's rates are of no known kind");
}

void PayloadReader::check(domain::Fulfilment v) {
  check_range(v, domain::Fulfilment::key_pool, domain::Fulfilment::external);
}

void PayloadReader::check(domain::RateKind v) {
  check_range(v, domain::RateKind::basis_points, domain::RateKind::fixed_minor);
}

void PayloadReader::check(domain::ForfeitReason v) {
  check_range(v, domain::ForfeitReason::suspended, domain::ForfeitReason::closed);
}

void PayloadReader::check(domain::BindingRule v) {
  check_range(v, domain::BindingRule::at_enrolment, domain::BindingRule::at_first_purchase);
}

void PayloadReader::check(domain::Leaving v) { check_range(v, domain::Leaving::withdrawn, domain::Leaving::revoked); }

void PayloadReader::check(domain::KeySource v) { check_range(v, domain::KeySource::sale, domain::KeySource::waiting); }

void PayloadReader::check(domain::PaymentEffect v) {
  check_range(v, domain::PaymentEffect::pays, domain::PaymentEffect::owed_back);
}

void PayloadReader::check(domain::RefundKind v) {
  check_range(v, domain::RefundKind::refund, domain::RefundKind::chargeback);
}

}  // namespace upline::eventstore
