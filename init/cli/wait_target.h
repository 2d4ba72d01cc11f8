// What `usher wait` can be told to wait for, in one word each:
//
//   tcp://host:port  http://host[:port][/path]  redis://...  grpc://host:port[/service]
//   unix:/path  unix:@name  file:/path  exec:'command arguments'
#pragma once

#include <string>
#include <string_view>

#include "init/config/config.h"

namespace usher {

struct WaitTarget {
  ProbeConfig probe;
  std::string problem;  // empty, or what is wrong; without secrets
};

WaitTarget parse_wait_target(std::string_view text);

}  // namespace usher
