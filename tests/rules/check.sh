#!/bin/sh
# The rules of docs/DESIGN.md that a grep can hold. Prints each line that breaks one.
set -u
cd "$1" || exit 2
broken=0

# rule "what" "pattern" paths... : no line of the paths may match.
rule() {
  what=$1
  pattern=$2
  shift 2
  found=$(grep -nE "$pattern" -r --include='*.h' --include='*.cc' "$@")
  [ -z "$found" ] && return
  broken=1
  printf '%s:\n%s\n\n' "$what" "$found"
}

rule 'config and lifecycle decide; they know no operating system, loop or log' \
  '#include <(uv\.h|sys/|hiredis|spdlog|unistd)' init/config init/lifecycle
rule 'only one file reads TOML' '#include <toml' init/app init/base init/cli init/lifecycle init/loop init/net init/observe init/os init/redis init/text probes
rule 'only one file reads JSON' '#include <nlohmann' init/app init/cli init/config init/control init/lifecycle init/loop init/net init/observe init/os init/redis init/text probes
rule 'only one file reads YAML' '#include <yaml' init/app init/base init/cli init/config init/control init/lifecycle init/loop init/net init/observe init/os init/redis init/text probes
rule 'libuv would wait for children behind our back' 'uv_spawn|uv_process_t|uv_getaddrinfo' init probes
rule 'PID 1 does not sleep' '\b(sleep|usleep|nanosleep|sleep_for|sleep_until)\(' init probes
rule 'probes decide nothing about the life of the service' '#include "init/lifecycle/' probes
rule 'hiredis beyond its reader asserts, connects and resolves' '#include <hiredis/(async|hiredis|adapters)' init probes
rule 'files that people name may be no files: init/base/file.h opens them' '\bfopen\(' init probes
rule 'no NSS in a static binary' '\b(getaddrinfo|gethostbyname|getpwnam|getpwuid|getgrnam|getgrgid|initgroups|getgrouplist)\(' init probes
rule 'newer standard libraries find one of their own by this name: in_quotes() is ours' '\bquoted\(' init probes tests
rule 'iostream costs 50 us at each start' '#include <(iostream|fstream|sstream|regex)>' init probes

outside() {  # outside "what" "pattern" "the files that may"
  what=$1
  pattern=$2
  allowed=$3
  found=$(grep -nE "$pattern" -r --include='*.h' --include='*.cc' init probes | grep -vE "^($allowed):")
  [ -z "$found" ] && return
  broken=1
  printf '%s:\n%s\n\n' "$what" "$found"
}
outside 'one waiter only' '\b(waitpid|waitid|wait3|wait4)\(' 'init/os/reaper\.cc'
outside 'processes are signalled in one place' '(^|[^[:alnum:]_])((::kill|killpg|tgkill|sigqueue|pthread_kill)\(|(SYS_)?pidfd_send_signal)' 'init/os/descendants\.cc'
outside 'only one command runs the App' '#include "init/app/app\.h"' 'init/cli/run\.cc|init/app/[a-z_]+\.(h|cc)'
outside 'one write to the state' 'state_ = |exchange\(state_' 'init/lifecycle/report\.(h|cc)|init/lifecycle/supervisor\.(h|cc)'

# Two types of one name link into one program without a word, and then destroy each other's objects.
twice=$(find init probes -name '*.h' -o -name '*.cc' | xargs awk '
  FNR == 1 || /^}  \/\/ namespace/ { hidden = 0 }
  /^namespace/ && !/^namespace usher \{/ { hidden = 1 }
  /^template/ { shaped = FNR + 1 }
  !hidden && FNR != shaped && /^(struct|class|enum class) [A-Z][A-Za-z]*( final)?( : [^{;]*)? \{/ {
    sub(/^enum /, ""); print $2
  }' | sort | uniq -d)
[ -z "$twice" ] || {
  broken=1
  printf 'a type is defined once, or in a namespace of its own:\n%s\n' "$twice"
}

[ "$(grep -cE 'exchange\(state_' init/lifecycle/supervisor.cc)" = 1 ] || {
  broken=1
  echo 'init/lifecycle/supervisor.cc: the state is written in one place'
}
exit $broken
