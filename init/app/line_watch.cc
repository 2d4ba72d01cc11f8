#include "init/app/line_watch.h"

#include "init/app/output.h"

namespace usher {

void LineWatch::add(std::size_t probe, const LineProbe& config) {
  wanted_.push_back({probe, LineMatcher(config)});
}

void LineWatch::add_result(const std::string& pattern) { result_ = Pattern::compile(pattern); }

bool LineWatch::scan(std::string_view bytes) {
  scanner_.feed(bytes, [this](std::string_view line) { look(line); });
  return !wanted_.empty() || result_;
}

void LineWatch::end_of_output() {
  scanner_.finish([this](std::string_view line) { look(line); });
}

void LineWatch::look(std::string_view line) {
  bool found = false;
  if (!wanted_.empty()) findings_->saw(line);
  for (auto wanted = wanted_.begin(); wanted != wanted_.end();) {
    if (auto value = wanted->matcher.match(line)) {
      findings_->found(wanted->probe, std::move(*value));
      wanted = wanted_.erase(wanted);
      found = true;
    } else {
      ++wanted;
    }
  }
  if (result_ && result_->matches(line)) {
    findings_->found_result();
    result_.reset();
    found = true;
  }
  if (found) wake_.send();
}

}  // namespace usher
