#include "api/batch.hpp"

#include "api/batch_line.hpp"
#include "api/batch_text.hpp"
#include "api/idempotency_key.hpp"
#include "api/media_type.hpp"
#include "api/worker_pool.hpp"
#include "api/writing.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

namespace upline::api {

namespace {

std::vector<BatchLine> lines_of(std::string_view body) {
  std::vector<BatchLine> lines;
  for (const auto& [number, text] : split_batch(body)) lines.emplace_back(number, std::string(text));
  return lines;
}

/// The commands of a request, from the writer's queue to the answer. Whoever settles the last of them answers.
class Batch : public std::enable_shared_from_this<Batch> {
 public:
  Batch(SharedJob job, WorkerPool& workers)
      : job_(std::move(job)), workers_(workers), lines_(lines_of(job_->request.body)) {}

  void submit() {
    std::vector<BatchLine*> with_command;
    std::vector<eventstore::Writer::Submission> submissions;
    for (auto& line : lines_) {
      auto command = line.command(*job_);
      if (!command) continue;
      with_command.push_back(&line);
      submissions.push_back({std::move(*command), [self = shared_from_this(), &line](eventstore::Outcome outcome) {
                               self->job_->came_to(outcome);
                               line.came_to(std::move(outcome));
                               self->settle(1);
                             }});
    }
    unsettled_ = with_command.size() + 1;
    const auto taken = job_->shop.writer().submit_all(std::move(submissions));
    shed_ = with_command.size() - taken;
    for (auto i = taken; i < with_command.size(); ++i) {
      with_command[i]->refuse(
          shed_response(ShedFor::pen_queue, "queue_full", "The shop has too many commands waiting; try again."));
    }
    settle(with_command.size() - taken + 1);
  }

 private:
  void settle(std::size_t count) {
    if (unsettled_.fetch_sub(count) != count) return;
    respond_from(workers_, std::move(job_->respond),
                 [self = shared_from_this()] { return answer_with([&] { return self->answer(); }); });
  }

  Response answer() const {
    const auto reader = job_->shop.reader();
    Response response{.content_type = "application/x-ndjson"};
    for (const auto& line : lines_) line.add_answer(*reader, response);
    if (shed_ > 0) response.shed = Shed{ShedFor::pen_queue, shed_};
    return response;
  }

  SharedJob job_;
  WorkerPool& workers_;
  std::vector<BatchLine> lines_;
  std::size_t shed_{};  // lines for which the queue had no room
  std::atomic<std::size_t> unsettled_{};
};

void submit_batch(const SharedJob& job, WorkerPool& workers) {
  refuse_other_than_ndjson(job->request);
  if (job->request.header(idempotency_header) != nullptr) {
    throw Refused({400, "invalid_idempotency_key", "In a batch each line has an idempotency_key of its own.",
                   idempotency_header});
  }
  std::make_shared<Batch>(job, workers)->submit();
}

}  // namespace

std::vector<Route<Endpoint>> batch_routes() {
  return {{"POST", "/v1/shops/{shop}/commands", {JobWrite{submit_batch}, sellers, Importance::order}}};
}

}  // namespace upline::api
