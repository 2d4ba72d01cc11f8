#include "init/app/farewell.h"

#include <algorithm>
#include <utility>

namespace usher {
namespace {

// The steps keep the limit themselves and say what they did not get done. Should one of them not,
// usher ends all the same.
constexpr Farewell::Millis kGrace{500};

}  // namespace

void Farewell::begin(std::vector<Step> steps, Millis limit, std::function<void()> over) {
  over_ = std::move(over);
  if (limit == Millis{0}) steps.clear();
  steps_ = std::move(steps);
  under_way_.assign(steps_.size(), true);
  if (!steps_.empty()) limit_.start(limit + kGrace, [this] { cut("shutdown.last_words has passed"); });
  beginning_ = true;
  for (std::size_t i = 0; i < steps_.size(); ++i) steps_[i].begin(limit, [this, i] { done(i); });
  beginning_ = false;
  finish_if_done();
}

void Farewell::done(std::size_t step) {
  under_way_[step] = false;
  if (!beginning_) finish_if_done();
}

void Farewell::cut(const std::string& why) {
  if (!over_) return;
  beginning_ = true;  // a step that is cut may say that it is done
  for (std::size_t i = 0; i < steps_.size(); ++i)
    if (under_way_[i]) steps_[i].cut(why);
  under_way_.assign(steps_.size(), false);
  beginning_ = false;
  finish_if_done();
}

void Farewell::finish_if_done() {
  if (std::find(under_way_.begin(), under_way_.end(), true) != under_way_.end()) return;
  if (!over_) return;
  limit_.cancel();
  is_over_ = true;
  std::exchange(over_, nullptr)();
}

}  // namespace usher
