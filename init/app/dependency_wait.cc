#include "init/app/dependency_wait.h"

#include <algorithm>
#include <utility>

namespace usher {

namespace {

using State = Dependencies::State;
using Export = std::pair<std::string, std::string>;

// What was not looked at again stays as it was.
template <typename Item>
void take(std::vector<Item>& known, std::vector<Item> fresh, bool (*same)(const Item&, const Item&)) {
  for (Item& one : fresh) {
    const auto old = std::find_if(known.begin(), known.end(), [&](const Item& each) { return same(each, one); });
    if (old == known.end())
      known.push_back(std::move(one));
    else
      *old = std::move(one);
  }
}

bool same_name(const State& a, const State& b) { return a.name == b.name; }
bool same_variable(const Export& a, const Export& b) { return a.first == b.first; }

}  // namespace

bool DependencyWait::begin(bool first_start, std::function<void(Dependencies::Outcome)> done) {
  wanted_.clear();
  for (const DependencyConfig& each : context_.config.dependencies)
    if (first_start || each.before == DependencyBefore::each_start) wanted_.push_back(each);
  if (wanted_.empty()) return false;
  waiting_ = std::make_unique<Dependencies>(
      context_.runtime.loop(), context_.log, wanted_, make_,
      [this, done = std::move(done)](Dependencies::Outcome outcome) {
        take(exports_, waiting_->exports(), same_variable);
        done(outcome);
      },
      changed_);
  return true;
}

void DependencyWait::end() {
  if (!waiting_) return;
  last_ = states();
  waiting_.reset();
}

std::vector<State> DependencyWait::states() const {
  std::vector<State> all = last_;
  if (waiting_) take(all, waiting_->states(), same_name);
  return all;
}

std::vector<DependencyView> DependencyWait::views() const {
  std::vector<DependencyView> views;
  for (const Dependencies::State& one : states())
    views.push_back({one.name, one.target, one.satisfied, one.reason});
  return views;
}

}  // namespace usher
