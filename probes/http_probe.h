// An answer to an HTTP request has the right status, and maybe the right body.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "init/base/tls.h"
#include "init/config/probe_config.h"

namespace usher {

struct HttpProbe {
  std::string url;               // http://host[:port][/path][?query]
  std::string method = "GET";    // GET or HEAD
  std::vector<std::pair<int, int>> status{{200, 399}};  // ranges, both ends included
  std::map<std::string, std::string> headers;           // of the request
  std::string pattern;           // some line of the body matches; empty: not asked
  unsigned redirects = 0;        // how many to follow, on the same host
  TlsSettings tls = {};          // where the URL says https
  bool ignore_case = false;      // in the pattern
  bool operator==(const HttpProbe&) const = default;
};
const ProbeKind& probe_kind_of(const HttpProbe& probe);

}  // namespace usher
