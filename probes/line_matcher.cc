#include "probes/line_matcher.h"

#include "init/text/literal.h"
#include "init/text/strip_ansi.h"

namespace usher {

LineMatcher::LineMatcher(const LineProbe& config)
    : multiaddr_(config.multiaddr), allow_loopback_(config.allow_loopback) {
  if (!multiaddr_) pattern_ = Pattern::compile(config.pattern, {config.ignore_case});
  literal_ = multiaddr_ ? "/" : required_literal(config.pattern, {config.ignore_case});
}

std::optional<std::string> LineMatcher::match(std::string_view line,
                                              UndialableMultiaddr* passed_over) const {
  return has_ansi(line) ? look(strip_ansi(line), passed_over) : look(line, passed_over);
}

std::optional<std::string> LineMatcher::look(std::string_view plain,
                                             UndialableMultiaddr* passed_over) const {
  if (multiaddr_) return find_multiaddr(plain, allow_loopback_, passed_over);
  return pattern_ ? pattern_->find(plain) : std::nullopt;
}

}  // namespace usher
