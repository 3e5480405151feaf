#include "eventstore/batch_answers.hpp"

#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <utility>

namespace upline::eventstore {

BatchAnswers::BatchAnswers(std::vector<Submission> submissions, std::vector<Outcome> outcomes)
    : submissions_(std::move(submissions)), outcomes_(std::move(outcomes)) {}

bool BatchAnswers::is_worth_foreseeing() const {
  return std::ranges::any_of(submissions_, [](const Submission& one) { return static_cast<bool>(one.foreseen); });
}

void BatchAnswers::foresee(const HoldToForesee& hold) {
  {
    const std::lock_guard lock(mutex_);
    if (is_settled_) return;
    is_foreseeing_ = true;
  }
  auto held = hold ? hold() : nullptr;
  for (std::size_t i = 0; i < submissions_.size() && !is_settled_; ++i) {
    if (submissions_[i].foreseen) submissions_[i].foreseen(outcomes_[i]);
  }
  held.reset();
  {
    const std::lock_guard lock(mutex_);
    is_foreseeing_ = false;
    if (!is_settled_) return;
  }
  tell_all();
}

void BatchAnswers::tell(const std::exception_ptr& failure) {
  {
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    is_settled_ = true;
    if (is_foreseeing_) return;
  }
  tell_all();
}

void BatchAnswers::tell_all() {
  if (failure_) outcomes_.assign(submissions_.size(), {.answer = Answer::failed, .failure = failure_});
  for (std::size_t i = 0; i < submissions_.size(); ++i) submissions_[i].done(std::move(outcomes_[i]));
  submissions_.clear();  // a foresight that is late finds nothing to keep
  outcomes_.clear();
}

Foresight::Foresight(HoldToForesee hold) : hold_(std::move(hold)), thread_([this] { work(); }) {}

Foresight::~Foresight() {
  batches_.abandon();
  thread_.join();
}

void Foresight::take(std::shared_ptr<BatchAnswers> batch) { batches_.put(std::move(batch)); }

void Foresight::work() {
  name_this_thread("foresight");
  while (const auto batch = batches_.take()) (*batch)->foresee(hold_);
}

}  // namespace upline::eventstore
