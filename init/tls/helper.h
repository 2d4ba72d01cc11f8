// The process that speaks TLS for usher: this program, started by Launcher::launch_own() with its end of
// a socket pair as its stdout. By it come a request and the connection; an answer goes back and then
// plain bytes, until either side closes.
#pragma once

namespace usher {

// Returns its exit code.
int tls_helper();

}  // namespace usher
