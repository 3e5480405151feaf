// A stream may go on for days. This one ends when its caller would not be let in any more: at the next piece, which a
// heartbeat is as well.
#pragma once

#include "api/http.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace upline::api {

class AdmittedStream final : public BodyStream {
 public:
  /// `admits` is asked on an I/O thread, before every piece: must not block.
  AdmittedStream(std::shared_ptr<BodyStream> stream, std::function<bool()> admits)
      : stream_(std::move(stream)), admits_(std::move(admits)) {}

  std::optional<std::string> next(Wake wake) override {
    return admits_() ? stream_->next(std::move(wake)) : std::nullopt;
  }
  void end_soon() override { stream_->end_soon(); }

 private:
  std::shared_ptr<BodyStream> stream_;
  std::function<bool()> admits_;
};

}  // namespace upline::api
