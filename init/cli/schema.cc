#include "init/cli/schema.h"

#include <string>
#include <string_view>

#include "init/base/log_event.h"
#include "init/cli/message.h"
#include "init/config/describe.h"

namespace usher {

int schema_command(int argc, char** argv) {
  const std::string_view option = argc > 0 ? argv[0] : "";
  const bool of_log = option == "--log-events";
  if (argc > 1 || (argc == 1 && option != "--reference" && !of_log))
    return usage_error("unknown option " + std::string(argv[argc - 1]));
  print(argc == 0 ? json_schema() + '\n' : of_log ? log_event_reference() : reference());
  return 0;
}

}  // namespace usher
