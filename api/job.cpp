#include "api/job.hpp"

#include <fmt/format.h>

namespace upline::api {

Response answer_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const BadBody& e) {
    return to_response({400, "invalid_body", e.what(), e.field()});
  } catch (const Refused& e) {
    return to_response(e.problem());
  } catch (const eventstore::StoreBusy& e) {
    return busy_response("unavailable", e.what());
  } catch (const eventstore::StoreUnwritable& e) {
    return to_response({503, "store_unwritable", e.what()});
  } catch (const eventstore::DamagedStore& e) {
    return to_response({500, "damaged_store", fmt::format("The shop's files are damaged: {}.", e.what())});
  } catch (const projections::ProjectionStopped& e) {
    return to_response({500, "projection_stopped", e.what()});
  } catch (const std::exception& e) {
    return to_response({500, "internal_error", e.what()});
  }
}

Response answer_with(const std::function<Response()>& work) {
  try {
    return work();
  } catch (...) {
    return answer_of(std::current_exception());
  }
}

}  // namespace upline::api
