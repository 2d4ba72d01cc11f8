// Whether a line is the one that a readiness probe waits for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "init/config/config.h"
#include "init/text/multiaddr_finder.h"
#include "init/text/pattern.h"

namespace usher {

class LineMatcher {
 public:
  // A pattern that does not compile (the configuration has refused it) matches nothing.
  explicit LineMatcher(const LineProbe& config);

  // Text without which no line can match; empty where there is none.
  const std::string& literal() const { return literal_; }

  // What was found: the multiaddr, or what Pattern::find gives. Colours do not count.
  // `passed_over` gets a multiaddr that does not count, if there was one.
  std::optional<std::string> match(std::string_view line,
                                   UndialableMultiaddr* passed_over = nullptr) const;

 private:
  std::optional<std::string> look(std::string_view plain, UndialableMultiaddr* passed_over) const;

  bool multiaddr_, allow_loopback_;
  std::string literal_;
  std::optional<Pattern> pattern_;
};

}  // namespace usher
