// A configuration file and the templates it extends.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "init/base/file.h"
#include "init/config/expand.h"
#include "init/config/value.h"

namespace usher {

struct Document {
  std::string name;  // as it is opened and shown
  Value settings;    // without `extends` and `profile`
  Value profiles;    // a table of tables, each value marked with its profile
  bool whole = true;  // false: something in it is no TOML, and is missing here
};

// Templates before the files that extend them, the file itself last. What cannot be read or is not
// TOML is left out and told to `problems`. Values hold views of the names, hence the pointers. `pipes`:
// of the file itself; a template is none.
using Documents = std::vector<std::unique_ptr<Document>>;
Documents read_documents(const std::string& file, Pipes pipes, const Environment& environment,
                         Problems& problems);

}  // namespace usher
