#include "api/job.hpp"

#include "eventstore/erasure.hpp"

#include <string>
#include <utility>

namespace upline::api {

namespace {

/// The caller is told that it broke, never by what: a sentence made for an operator may name files, or quote what was
/// asked. The log has it, under the request's id.
Response broken(unsigned status, std::string code, std::string detail, const std::exception& error) {
  auto response = to_response({status, std::move(code), std::move(detail)});
  response.trouble = error.what();
  return response;
}

}  // namespace

Response answer_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const BadBody& e) {
    return to_response({400, "invalid_body", e.what(), e.field()});
  } catch (const Refused& e) {
    return to_response(e.problem());
  } catch (const eventstore::ErasureUnfinished& e) {
    auto response = busy_response("erasure_unfinished",
                                  "The erasure is recorded, but another process reads the vault, so what it holds of "
                                  "the person is destroyed later; ask again to see it done.");
    response.trouble = e.what();
    return response;
  } catch (const eventstore::StoreBusy& e) {
    auto response = busy_response("unavailable", "Another process holds the shop's files at present; try again.");
    response.trouble = e.what();
    return response;
  } catch (const eventstore::StoreUnwritable& e) {
    return broken(503, "store_unwritable", "The shop cannot be written to at present; what was asked is not recorded.",
                  e);
  } catch (const eventstore::DamagedStore& e) {
    return broken(500, "damaged_store", "The shop's files are damaged; the server's log says where.", e);
  } catch (const projections::ProjectionStopped& e) {
    return broken(500, "projection_stopped", "A read model cannot be carried on; the server's log says why.", e);
  } catch (const std::exception& e) {
    return broken(500, "internal_error", "The server failed to answer this request; its log says why.", e);
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
