#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "init/os/fd.h"
#include "tests/scratch.h"
#include "tests/unit/probes/probe_world.h"

using namespace usher;

namespace {

struct FileWorld : ProbeWorld {
  Scratch scratch;
  std::unique_ptr<FileProbe> config;
  std::unique_ptr<Probe> probe;
  int changes = 0;

  // Turns the loop until the watch has said that something changed.
  void watch(const std::string& path) {
    config = std::make_unique<FileProbe>(FileProbe{path, ""});
    probe = make_probe_of(*config);
    probe->watch([this] { ++changes; });
  }
  std::unique_ptr<Probe> make_probe_of(const FileProbe& file) {
    probe_config = file;
    return make_probe(probe_config, context);
  }
  void wait_for_change() {
    turn_until([&] { return changes > 0; });
    changes = 0;
  }
  ProbeConfig probe_config;
};

}  // namespace

TEST_CASE_METHOD(FileWorld, "a file has to be there", "[file_probe]") {
  const std::string path = scratch.path("ready");
  const ProbeResult before = ask(FileProbe{path, ""});
  CHECK(before.verdict == Verdict::not_yet);
  CHECK(before.reason == path + " does not exist");
  scratch.write("ready", "");
  CHECK(ask(FileProbe{path, ""}).verdict == Verdict::pass);
}

TEST_CASE_METHOD(FileWorld, "anything may be what has to be there", "[file_probe]") {
  REQUIRE(::mkfifo(scratch.path("fifo").c_str(), 0600) == 0);
  CHECK(ask(FileProbe{scratch.path("fifo"), ""}).verdict == Verdict::pass);
  CHECK(ask(FileProbe{"/dev/null", ""}).verdict == Verdict::pass);
  CHECK(ask(FileProbe{"/", ""}).verdict == Verdict::pass);
}

TEST_CASE_METHOD(FileWorld, "some line of the file has to match", "[file_probe]") {
  const std::string path = scratch.write("state", "starting\nlistening on port 4001");
  const ProbeResult found = ask(FileProbe{path, "port ([0-9]+)$"});
  CHECK(found.verdict == Verdict::pass);
  CHECK(ask(FileProbe{path, "^STARTING$"}).verdict == Verdict::not_yet);
  CHECK(ask(FileProbe{path, "^STARTING$", true}).verdict == Verdict::pass);
  CHECK(found.value == "4001");
  const ProbeResult missed = ask(FileProbe{path, "^port"});
  CHECK(missed.verdict == Verdict::not_yet);
  CHECK(missed.reason == "no line of " + path + " matches \"^port\"");
}

TEST_CASE_METHOD(FileWorld, "of a large file the beginning is read", "[file_probe]") {
  const std::string filler(2 << 20, '\n');
  CHECK(ask(FileProbe{scratch.write("a", "ready\n" + filler), "ready"}).verdict == Verdict::pass);
  const ProbeResult result = ask(FileProbe{scratch.write("b", filler + "ready\n"), "ready"});
  CHECK(result.verdict == Verdict::not_yet);
  CHECK_THAT(result.reason, has_text("first mebibyte"));
}

TEST_CASE_METHOD(FileWorld, "what could hold us up is not opened", "[file_probe]") {
  REQUIRE(::mkfifo(scratch.path("fifo").c_str(), 0600) == 0);
  const std::string path =
      GENERATE_COPY(scratch.path("fifo"), std::string("/dev/zero"), std::string("/"));
  const ProbeResult result = ask(FileProbe{path, "x"});
  CHECK(result.verdict == Verdict::misconfigured);
  CHECK_THAT(result.reason, has_text("not a regular file"));
}

TEST_CASE_METHOD(FileWorld, "a file that comes is heard of", "[file_probe]") {
  watch(scratch.path("ready"));
  SECTION("created") { scratch.write("ready", ""); }
  SECTION("moved there") {
    std::filesystem::rename(scratch.write("other", ""), scratch.path("ready"));
  }
  wait_for_change();
  CHECK(ask(*probe).verdict == Verdict::pass);
}

TEST_CASE_METHOD(FileWorld, "a file that is written to is heard of", "[file_probe]") {
  watch(scratch.write("log", ""));
  std::ofstream log(scratch.path("log"), std::ios::app);
  log << "one" << std::flush;
  wait_for_change();
  log << "two" << std::flush;  // within the pause, and heard of after it
  wait_for_change();
}

TEST_CASE_METHOD(FileWorld, "a directory that is not there yet is waited for", "[file_probe]") {
  watch(scratch.path("a/a/a"));
  std::filesystem::create_directory(scratch.path("a"));
  wait_for_change();
  std::filesystem::create_directory(scratch.path("a/a"));
  wait_for_change();
  scratch.write("a/a/a", "");
  wait_for_change();
  CHECK(ask(*probe).verdict == Verdict::pass);
}

TEST_CASE_METHOD(FileWorld, "a directory that comes again is watched again", "[file_probe]") {
  std::filesystem::create_directory(scratch.path("run"));
  watch(scratch.path("run/ready"));
  std::filesystem::remove(scratch.path("run"));
  wait_for_change();
  std::filesystem::create_directory(scratch.path("run"));
  wait_for_change();
  scratch.write("run/ready", "");
  wait_for_change();
}

TEST_CASE_METHOD(FileWorld, "other files do not concern the watch", "[file_probe]") {
  watch(scratch.path("ready"));
  scratch.write("other", "text");
  scratch.write("ready", "");
  wait_for_change();
  for (int i = 0; i < 100; ++i) uv_run(&loop.uv(), UV_RUN_NOWAIT);
  CHECK(changes == 0);
}
