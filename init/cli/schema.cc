#include "init/cli/schema.h"

#include <string>
#include <string_view>

#include "init/cli/message.h"
#include "init/config/describe.h"

namespace usher {

int schema_command(int argc, char** argv) {
  const std::string_view option = argc > 0 ? argv[0] : "";
  if (argc > 1 || (argc == 1 && option != "--reference"))
    return usage_error("unknown option " + std::string(argv[argc - 1]));
  print(argc == 0 ? json_schema() + '\n' : reference());
  return 0;
}

}  // namespace usher
