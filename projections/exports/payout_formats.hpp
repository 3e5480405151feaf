// The formats of payout files, one per source file; payout_file.cpp lists them.
#pragma once

#include "projections/exports/payout_file.hpp"

namespace upline::projections {

/// All of these throw PayoutRefused, and pass on what the batch and the sink throw.
void write_alipay(const PayoutBatch& batch, PayoutSink& sink);
void write_mybank(const PayoutBatch& batch, PayoutSink& sink);
void write_wechat(const PayoutBatch& batch, PayoutSink& sink);
void write_pain001(const PayoutBatch& batch, PayoutSink& sink);

/// The file begins with the number of that batch of the settlement that it names.
bool is_wechat_part(std::string_view head, std::size_t number);

}  // namespace upline::projections
