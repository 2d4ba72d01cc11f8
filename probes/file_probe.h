// A file is there, and maybe some line of it is the right one.
#pragma once

#include <string>

#include "init/config/probe_config.h"

namespace usher {

struct FileProbe {
  std::string path;
  std::string pattern;  // some line of it matches; empty: it only has to exist
  bool ignore_case = false;
  bool operator==(const FileProbe&) const = default;
};
const ProbeKind& probe_kind_of(const FileProbe& probe);

}  // namespace usher
