#include "init/cli/help.h"

#include "init/cli/message.h"

namespace usher {

int help_command() {
  print(
      "usher - PID 1 of a container: starts one service, knows when it is ready, ends with it\n"
      "\n"
      "  usher [run] [options] [--] COMMAND [ARG...]\n"
      "      -c, --config FILE     configuration (else USHER_CONFIG, else /etc/usher/service.toml)\n"
      "      -p, --profile NAME    overlay [profile.NAME] (else USHER_PROFILE)\n"
      "      --TABLE.KEY VALUE     set any key, for example --shutdown.timeout 5s\n"
      "  usher health [CHECK...] [--wait[=DURATION]] [--json]\n"
      "      ask the running usher: exit 0 healthy, 1 not; --wait holds the answer until it is ready\n"
      "      health system asks for every service of the coordination namespace\n"
      "  usher status [--all] [--json] [--watch]\n"
      "      state, checks and dependencies of the service; --watch shows each change; --all shows\n"
      "      every service of the coordination namespace\n"
      "  usher metrics\n"
      "      what there is to measure, as OpenMetrics text\n"
      "  usher stop | restart | reload | signal SIG\n"
      "      command the running usher, as root or its own user, and wait for the outcome\n"
      "  usher wait TARGET... [--timeout DURATION] [--interval DURATION]\n"
      "      until all are there: tcp://host:port http://host[:port][/path] redis://host[:port]\n"
      "      grpc://host:port[/service] unix:/path file:/path exec:'command arguments'\n"
      "      --timeout (300s; 0: none) ends with 92; --interval (2s) is the longest pause\n"
      "  usher check [FILE...] [--print] [--profile NAME]\n"
      "      validate configurations; --print shows every value and where it comes from\n"
      "  usher check [FILE...] --compose COMPOSE\n"
      "      whether a Compose file goes with the configurations of its services\n"
      "  usher report FILE... [--html[=FILE]]\n"
      "      what reports tell, as a timeline; -: stdin; --html makes one page of it\n"
      "  usher schema\n"
      "      JSON Schema of the configuration, for editors\n"
      "  usher version | help\n"
      "\n"
      "Exit codes: the service's own (128+N: ended by signal N); 90 command line, 91 configuration,\n"
      "92 dependency, 93 never ready, 94 ended before ready, 95 unhealthy, 96 lifecycle.timeout,\n"
      "97 refused by the system, 98 pre_start hook, 99 internal, 126 cannot execute, 127 not found,\n"
      "137 killed after shutdown.timeout.\n");
  return 0;
}

}  // namespace usher
