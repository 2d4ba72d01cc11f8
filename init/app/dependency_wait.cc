#include "init/app/dependency_wait.h"

#include <utility>

namespace usher {

void DependencyWait::begin(std::function<void(Dependencies::Outcome)> done) {
  waiting_ = std::make_unique<Dependencies>(
      context_.runtime.loop(), context_.log, context_.config.dependencies, make_,
      [this, done = std::move(done)](Dependencies::Outcome outcome) {
        exports_ = waiting_->exports();
        done(outcome);
      },
      changed_);
}

void DependencyWait::end() {
  if (!waiting_) return;
  last_ = waiting_->states();
  waiting_.reset();
}

std::vector<Dependencies::State> DependencyWait::states() const {
  return waiting_ ? waiting_->states() : last_;
}

std::vector<DependencyView> DependencyWait::views() const {
  std::vector<DependencyView> views;
  for (const Dependencies::State& one : states())
    views.push_back({one.name, one.target, one.satisfied, one.reason});
  return views;
}

}  // namespace usher
