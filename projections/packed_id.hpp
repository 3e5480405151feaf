// Ids as read models store them: a UUID in 16 bytes, any other as it is. Equal where the ids are, in no order.
#pragma once

#include "projections/read_model_database.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace upline::projections {

/// To be bound as a value, for which `id` has to live on.
class PackedId {
 public:
  explicit PackedId(std::string_view id);

  std::string_view bytes() const { return is_uuid_ ? std::string_view(uuid_.data(), uuid_.size()) : id_; }
  operator SqlValue() const { return {Blob{bytes()}}; }

 private:
  std::string_view id_;
  std::array<char, 16> uuid_{};
  bool is_uuid_;
};

std::string unpacked_id(Blob packed);

}  // namespace upline::projections
