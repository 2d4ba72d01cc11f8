#include "probes/distant_look.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/open_descriptors.h"
#include "tests/scratch.h"
#include "tests/unit/probes/probe_world.h"

using namespace usher;

namespace {

struct LookWorld : ProbeWorld {
  DistantLook distant{context};
  std::optional<ProbeResult> answer;

  std::optional<std::string> begin(const std::function<ProbeResult()>& look) {
    answer.reset();
    return distant.start(look, [this](ProbeResult result) { answer = std::move(result); });
  }
  ProbeResult take(const std::function<ProbeResult()>& look) {
    REQUIRE_FALSE(begin(look));
    CHECK_FALSE(answer);
    turn_until([this] { return answer.has_value(); });
    return *answer;
  }
  void until_nobody_is_left() {
    turn_until([] { return !Reaper::has_children(); });
  }
};

ProbeResult never() {
  for (;;) ::pause();
}

// A file system whose server never answers, gone with the object.
struct DeafMount {
  Scratch scratch;
  Fd server;
  bool made = false;

  DeafMount() {
    server = Fd(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
    if (!server || ::unshare(CLONE_NEWNS) != 0) return;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
    const std::string options =
        "fd=" + std::to_string(server.get()) + ",rootmode=40000,user_id=0,group_id=0";
    made = ::mount("none", path().c_str(), "fuse.deaf", 0, options.c_str()) == 0;
  }
  ~DeafMount() {
    if (made) ::umount2(path().c_str(), MNT_DETACH);
  }
  std::string path(std::string_view below = "") const {
    return scratch.path("") + std::string(below);
  }
};

}  // namespace

TEST_CASE_METHOD(LookWorld, "what a look has found comes back from the child", "[distant_look]") {
  const std::string large(300'000, 'x');
  const ProbeResult found = take([&] { return ProbeResult{Verdict::pass, {}, large, {}}; });
  CHECK(found.verdict == Verdict::pass);
  CHECK(found.value == large);
  const ProbeResult missed = take([] {
    return ProbeResult{Verdict::misconfigured, "it is a directory", {}, {}};
  });
  CHECK(missed.verdict == Verdict::misconfigured);
  CHECK(missed.reason == "it is a directory");
  until_nobody_is_left();
}

TEST_CASE_METHOD(LookWorld, "the child holds no descriptor of ours", "[distant_look]") {
  const auto before = open_descriptors();
  const ProbeResult seen = take([] {
    return ProbeResult{Verdict::pass, std::to_string(open_descriptors()), {}, {}};
  });
  CHECK(seen.reason == "2");  // where it answers, and the directory that it counts in
  CHECK(open_descriptors() == before);
}

TEST_CASE_METHOD(LookWorld, "a child that ends without an answer has none", "[distant_look]") {
  const ProbeResult result = take([]() -> ProbeResult { ::_exit(0); });
  CHECK(result.verdict == Verdict::not_yet);
  CHECK_THAT(result.reason, has_text("without an answer"));
}

TEST_CASE_METHOD(LookWorld, "one that is given up is killed, and none begins beside it",
                 "[distant_look]") {
  REQUIRE_FALSE(begin(never));
  distant.give_up();
  const auto refused = begin(never);
  REQUIRE(refused);
  CHECK_THAT(*refused, has_text("an earlier look"));
  until_nobody_is_left();
  CHECK_FALSE(answer);
  CHECK(take([] { return ProbeResult{Verdict::pass, {}, {}, {}}; }).verdict == Verdict::pass);
}

TEST_CASE_METHOD(ProbeWorld, "a file system that hangs holds nobody up", "[distant_look]") {
  const DeafMount deaf;
  if (!deaf.made) return;  // without privileges, or without FUSE
  const auto before = open_descriptors();
  const ProbeConfig config = FileProbe{deaf.path("ready"), GENERATE("", "x")};
  {
    const auto probe = make_probe(config, context);
    probe->watch([] {});
    for (int i = 0; i < 2; ++i) {
      const ProbeResult result = ask(*probe, Millis{200});
      CHECK(result.verdict == Verdict::not_yet);
      CHECK_THAT(result.reason, has_text("no answer about " + deaf.path("ready")));
      turn_until([] { return !Reaper::has_children(); });
    }
    probe->start(Millis{60'000}, [](ProbeResult) { FAIL("it was cancelled"); });
  }
  turn_until([] { return !Reaper::has_children(); });
  CHECK(open_descriptors() == before);
}
