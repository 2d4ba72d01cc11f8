#include "init/cli/schema.h"

#include <string>
#include <string_view>

#include "init/base/log_event.h"
#include "init/cli/message.h"
#include "init/config/describe.h"
#include "init/lifecycle/exit_codes.h"
#include "init/observe/alerts.h"

namespace usher {

int schema_command(int argc, char** argv) {
  const std::string_view option = argc > 0 ? argv[0] : "";
  std::string (*const made)() = argc == 0                     ? json_schema
                                : option == "--reference"     ? reference
                                : option == "--log-events"    ? log_event_reference
                                : option == "--alerts"        ? alert_reference
                                : option == "--restart-rules" ? restart_rules
                                                              : nullptr;
  if (argc > 1 || made == nullptr) return usage_error("unknown option " + std::string(argv[argc - 1]));
  print(made() + (argc == 0 ? "\n" : ""));
  return 0;
}

}  // namespace usher
