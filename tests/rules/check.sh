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
rule 'hiredis beyond its reader asserts, connects and resolves' '#include <hiredis/(async|hiredis|adapters)' init probes
rule 'files that people name may be no files: init/base/file.h opens them' '\bfopen\(' init probes
rule 'no NSS in a static binary' '\b(getaddrinfo|gethostbyname|getpwnam|getpwuid|getgrnam|getgrgid|initgroups|getgrouplist)\(' init probes
rule 'newer standard libraries find one of their own by this name: in_quotes() is ours' '\bquoted\(' init probes tests
rule 'iostream costs 50 us at each start' '#include <(iostream|fstream|sstream|regex)>' init probes

outside() {  # outside "what" "pattern" "the files that may"
  what=$1
  pattern=$2
  allowed=$3
  found=$(grep -nE "$pattern" -r --include='*.h' --include='*.cc' init probes | grep -vE "^($allowed):" |
    grep -vE '::open\("/(dev|proc)/')
  [ -z "$found" ] && return
  broken=1
  printf '%s:\n%s\n\n' "$what" "$found"
}
outside 'certificates of strangers are read by the helper alone' '#include <(mbedtls|psa)/' 'init/tls/[a-z_]+\.(h|cc)'
outside 'one waiter only' '\b(waitpid|waitid|wait3|wait4)\(' 'init/os/reaper\.cc'
outside 'what is launched is known to the family of the App, or to the children of a command' 'PendingSpawn::begin|starts_?(\(\))?\.spawn\(' 'init/app/family\.cc|init/os/(children|pending_spawn)\.cc'
outside 'processes are signalled in one place' '(^|[^[:alnum:]_])((::kill|killpg|tgkill|sigqueue|pthread_kill)\(|(SYS_)?pidfd_send_signal)' 'init/os/descendants\.cc'
outside 'only one command runs the App' '#include "init/app/app\.h"' 'init/cli/run\.cc|init/app/[a-z_]+\.(h|cc)'
outside 'lines of the log are those of init/base/log_event.h' '#include <spdlog' 'init/observe/log\.cc'
outside 'one write to the state' 'state_ = |exchange\(state_' 'init/lifecycle/report\.(h|cc)|init/lifecycle/supervisor\.(h|cc)'

# Who may include whom: the last column of the table in docs/DESIGN.md. `base` allows a folder,
# `os/fd.h` one header; a folder may always include its own.
strangers=$(grep -rnE '^#include "(init|probes)/' --include='*.h' --include='*.cc' init probes |
  awk -v page=docs/DESIGN.md '
    function room(path) { sub(/^init\//, "", path); sub(/\/.*/, "", path); return path }
    BEGIN {
      while ((getline line < page) > 0) {
        if (split(line, cell, / *\| */) != 5 || cell[2] !~ /^`(init\/[a-z.]+|probes)\/?`$/) continue
        gsub(/`|\/`$/, "", cell[2])
        allowed[room(cell[2])] = ", " cell[4] ", "
      }
    }
    {
      split($0, part, ":")
      from = room(part[1]); header = $0
      sub(/^[^"]*"(init\/)?/, "", header); sub(/".*/, "", header)
      to = room(header)
      if (from == to) next
      if (!(from in allowed)) { print part[1] ": docs/DESIGN.md has no row for its folder"; next }
      if (allowed[from] ~ /^, all of these/ && allowed[from] !~ "but " to ",") next
      if (index(allowed[from], ", " to ", ") || index(allowed[from], ", " header ", ")) next
      print part[1] ":" part[2] ": " from " may not include " header
    }')
[ -z "$strangers" ] || {
  broken=1
  printf 'includes that the table in docs/DESIGN.md does not allow:\n%s\n' "$strangers"
}

# What the configuration names may lie where the service makes links: init/os/configured_path.h goes
# there. The others open what the kernel or the image has, by names of their own.
outside 'what the configuration names is opened, made, moved and removed in one place' \
  '(^|[^[:alnum:]_.>])(::open|::openat|openat2|::creat|open64|fopen|freopen|::rename|renameat2?|::unlink|unlinkat|::remove|::rmdir|::mkdir|mkdirat|::chmod|fchmodat|::chown|::lchown|fchownat|::truncate|::symlink|::link|mkfifo|mknod|mk[od]*s?temp)\(|SYS_openat' \
  'init/os/(configured_path|cgroup|fd|process_[a-z]+|terminal)\.cc|init/base/file\.cc|init/cli/report\.cc'
outside 'sockets are bound to paths in one place' '[ (!]::bind\(' \
  'init/os/(configured_path|listening_socket|notify_socket)\.cc|init/coordinate/presence\.cc'
outside 'files of the configuration are read by their owner' '[^_]read_file\(|open_regular_file\(' \
  'init/base/file\.(cc|h)|init/config/reader\.cc|init/net/hosts_file\.cc|init/os/(configured_path|exec_hint|identity|mount_table|process_tree)\.cc|init/cli/report\.cc'

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
