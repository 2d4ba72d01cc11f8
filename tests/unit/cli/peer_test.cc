#include "init/cli/compat/peer.h"

#include "tests/catch.h"

using namespace usher;

TEST_CASE("the last part of a name decides whose command line it is", "[peer]") {
  CHECK(find_peer("tini") == &tini_command);
  CHECK(find_peer("/usr/bin/tini-static") == &tini_command);
  CHECK(find_peer("/sbin/docker-init") == &tini_command);
  CHECK(find_peer("./dumb-init") == &dumb_init_command);
  CHECK(find_peer("/usr/libexec/podman/catatonit") == &catatonit_command);
  CHECK(find_peer("/run/podman-init") == &catatonit_command);
  for (const char* const other : {"", "usher", "/tini/usher", "tini/", "tini2", "mini-tini", "TINI"})
    CHECK(find_peer(other) == nullptr);
}

TEST_CASE("what a program leaves behind does not use up the ten seconds of an engine", "[peer]") {
  char name[] = "program";
  char* command[] = {name, nullptr};
  const Config config = peer_config(command);
  CHECK(config.service.command == Argv{"program"});
  CHECK(config.shutdown.timeout > Millis{0});
  CHECK(config.shutdown.timeout <= Millis{5'000});
}
