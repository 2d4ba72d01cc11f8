// What `usher wait` can be told to wait for, in one word each:
// a URL of a kind of probe, see ProbeKind::url_form, or a probe as a configuration has it:
// { type = "http", url = "http://web/", pattern = 'up' }.
#pragma once

#include <string>
#include <string_view>

#include "init/config/probe_config.h"

namespace usher {

struct WaitTarget {
  ProbeConfig probe;
  std::string problem;  // empty, or what is wrong; without secrets
};

WaitTarget parse_wait_target(std::string_view text);

}  // namespace usher
