#include "init/app/line_watch.h"

#include <string.h>  // memrchr

#include <algorithm>
#include <utility>

#include "init/app/output.h"
#include "init/os/clock.h"
#include "init/text/literal.h"
#include "init/text/strip_ansi.h"

namespace usher {
namespace {

// For messages: the last line that is whole, else what there is of one.
std::string_view last_line_of(std::string_view bytes) {
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  const void* newline = ::memrchr(bytes.data(), '\n', bytes.size());
  if (newline != nullptr) {
    const auto end = static_cast<const char*>(newline) - bytes.data();
    bytes.remove_prefix(static_cast<std::size_t>(end) + 1);
  }
  return bytes;
}

}  // namespace

void LineWatch::add(std::size_t probe, const LineProbe& config) {
  const bool listens = config.max_silence > Millis{0};
  if (listens && config.pattern.empty() && !config.multiaddr) return listeners_.push_back(probe);
  wanted_.push_back({probe, LineMatcher(config), listens});
}

void LineWatch::add_result(const std::string& pattern) {
  result_ = Pattern::compile(pattern);
  result_literal_ = required_literal(pattern);
}

bool LineWatch::scan(std::string_view bytes) {
  if (worth_looking(bytes)) {
    scanner_.feed(bytes, [this](std::string_view line) { look(line); });
  } else {
    scanner_.pass_over(bytes);
  }
  if (scanner_.has_cut() && !std::exchange(cut_told_, true)) findings_->cut_line();
  for (const std::size_t probe : listeners_) findings_->heard(probe, monotonic_now());
  const bool goes_on = !wanted_.empty() || !listeners_.empty();
  if (goes_on && !bytes.empty() && findings_->saw(last_line_of(bytes))) wake_.send();
  return goes_on || result_;
}

// Whether any line that ends in these bytes, or begins in them, could be one that is wanted.
bool LineWatch::worth_looking(std::string_view bytes) const {
  if (has_ansi(bytes) || has_ansi(scanner_.kept())) return true;
  for (const Wanted& wanted : wanted_)
    if (may_hold(bytes, wanted.matcher.literal())) return true;
  return result_ && may_hold(bytes, result_literal_);
}

bool LineWatch::may_hold(std::string_view bytes, const std::string& literal) const {
  if (literal.empty() || bytes.find(literal) != std::string_view::npos) return true;
  const std::string_view kept = scanner_.kept();
  if (kept.empty()) return false;
  if (kept.find(literal) != std::string_view::npos) return true;
  // Half of it may stand on each side of the seam.
  const std::size_t half = literal.size() - 1;
  std::string seam(kept.substr(kept.size() - std::min(half, kept.size())));
  seam += bytes.substr(0, half);
  return seam.find(literal) != std::string::npos;
}

void LineWatch::end_of_output() {
  scanner_.finish([this](std::string_view line) { look(line); });
}

void LineWatch::look(std::string_view line) {
  bool found = false;
  for (auto wanted = wanted_.begin(); wanted != wanted_.end();) {
    UndialableMultiaddr passed_over;
    auto value = wanted->matcher.match(line, &passed_over);
    if (!passed_over.text.empty()) findings_->passed_over(std::move(passed_over));
    if (value && wanted->again) findings_->heard(wanted->probe, monotonic_now());
    if (value && !wanted->again && findings_->found(wanted->probe, std::move(*value))) {
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
