// The inits that usher replaces under their own names: each has its own command line, environment,
// words and exit codes, and all become a Config for the one App.
#pragma once

#include <string>
#include <string_view>

#include "init/app/dialect.h"
#include "init/config/config.h"
#include "init/os/signals.h"

namespace usher {

using PeerCommand = int (*)(int argc, char** argv, const InheritedSignals& inherited);

// Whose name the last part of `argv0` is; null where it is nobody's.
PeerCommand find_peer(std::string_view argv0) noexcept;

int tini_command(int argc, char** argv, const InheritedSignals& inherited);
int dumb_init_command(int argc, char** argv, const InheritedSignals& inherited);
int catatonit_command(int argc, char** argv, const InheritedSignals& inherited);

// What all of them do: every signal goes to the service and none asks for a stop, nothing of ours
// is logged or reported. What the service leaves behind would die with us as PID 1, so there it
// gets a short while to end; elsewhere it goes to the next reaper, as it does with them.
Config peer_config(char** command);

std::string pid_text();

}  // namespace usher
