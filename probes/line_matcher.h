#pragma once
#include <optional>
#include "init/config/config.h"
#include "probes/pattern.h"
namespace usher {
class LineMatcher {
 public:
  explicit LineMatcher(const LineProbe& p) : p_(Pattern::compile(p.multiaddr ? "/ip4/[^ ]*" : p.pattern)) {}
  std::optional<std::string> match(std::string_view l) const { return p_->find(l); }
 private: std::optional<Pattern> p_;
};
}
