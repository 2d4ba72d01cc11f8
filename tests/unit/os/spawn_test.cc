#include "init/os/spawn.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "init/cli/child_watch.h"
#include "init/os/fd.h"
#include "init/os/pending_spawn.h"
#include "tests/catch.h"
#include "tests/scratch.h"
#include "tests/unit/probes/probe_world.h"

using namespace usher;

namespace {

struct SpawnWorld : ProbeWorld {
  Scratch scratch;
  SpawnRequest request;
  PendingSpawns& starts = children.starts();

  Fd file(const std::string& text) {
    return Fd(::open(scratch.write(text, text).c_str(), O_RDONLY | O_CLOEXEC));
  }
  // What a shell prints, to a file.
  std::string print(const std::string& script) {
    request.argv = {"/bin/sh", "-c", script};
    request.signals = inherited;
    const Fd out(::open(scratch.path("out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    request.output = out.get();
    const SpawnResult result = starts.spawn(request);
    REQUIRE(result.error == 0);
    turn_until([] { return !Reaper::has_children(); });
    return scratch.read("out");
  }
};

}  // namespace

TEST_CASE_METHOD(SpawnWorld, "descriptors are placed where they are wanted, whatever they were",
                 "[spawn]") {
  const Fd a = file("a"), b = file("b"), c = file("c");
  REQUIRE(std::min({a.get(), b.get(), c.get()}) > 2);
  // They change places, and one stays where it is.
  request.descriptors = {{a.get(), b.get()}, {b.get(), a.get()}, {c.get(), c.get()}};
  const auto cat = [](const Fd& fd) {
    return "cat /proc/self/fd/" + std::to_string(fd.get()) + "; ";
  };
  CHECK(print(cat(a) + cat(b) + cat(c)) == "bac");
}

TEST_CASE_METHOD(SpawnWorld,
                 "a placed descriptor may have the number that our end of the output has",
                 "[spawn]") {
  const Fd a = file("a");
  Fd next(::fcntl(a.get(), F_DUPFD_CLOEXEC, 3));
  const int out = next.get();  // print() opens its file there
  request.descriptors = {{a.get(), out}};
  next.reset();
  CHECK(print("cat /proc/self/fd/" + std::to_string(out)) == "a");
}

TEST_CASE_METHOD(SpawnWorld, "nothing but what was placed reaches the child", "[spawn]") {
  const Fd a = file("a"), b = file("b");
  request.descriptors = {{a.get(), 40}};
  const std::string seen = print("ls /proc/self/fd | tr '\\n' ' '");
  CHECK_THAT(seen, has_text(" 40 "));
  CHECK_THAT(seen, !has_text(' ' + std::to_string(b.get()) + " 4"));
}

TEST_CASE_METHOD(SpawnWorld, "a descriptor that is not open is a failed start", "[spawn]") {
  request.argv = {"/bin/true"};
  request.signals = inherited;
  request.descriptors = {{12345, 40}};
  const SpawnResult result = starts.spawn(request);
  CHECK(result.pid == -1);
  CHECK(result.stage == SpawnStage::descriptors);
  CHECK(result.error == EBADF);
  CHECK(describe(result, request) == "cannot set up its descriptors: Bad file descriptor");
  turn_until([] { return !Reaper::has_children(); });
}
