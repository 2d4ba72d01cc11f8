#include "init/app/farewell.h"

#include <functional>
#include <string>
#include <vector>

#include "init/config/config.h"
#include "tests/catch.h"
#include "tests/loop_until.h"

using namespace usher;

namespace {

struct Leaving {
  Runtime runtime{[](const std::string& why) { FAIL(why); }};
  Farewell farewell{runtime};
  std::vector<std::function<void()>> begun;  // says that the step is done
  std::vector<std::string> cut;
  std::vector<Millis> limits;
  int over = 0;

  Farewell::Step step() {
    return {[this](Millis limit, std::function<void()> done) {
              limits.push_back(limit);
              begun.push_back(std::move(done));
            },
            [this](const std::string& why) { cut.push_back(why); }};
  }
  void begin(std::vector<Farewell::Step> steps, Millis limit = Millis{3'600'000}) {
    farewell.begin(std::move(steps), limit, [this] { ++over; });
  }
};

}  // namespace

TEST_CASE_METHOD(Leaving, "steps that wait for others run side by side, with one limit", "[farewell]") {
  begin({step(), step()}, Millis{3'600'000});
  CHECK(limits == std::vector{Millis{3'600'000}, Millis{3'600'000}});
  begun[1]();
  CHECK(over == 0);
  begun[0]();
  CHECK(over == 1);
  CHECK(farewell.is_over());
  CHECK(cut.empty());
}

TEST_CASE_METHOD(Leaving, "a farewell without steps or without time is over at once", "[farewell]") {
  SECTION("steps") { begin({}); }
  SECTION("time") { begin({step()}, Millis{0}); }
  CHECK(over == 1);
  CHECK(begun.empty());
  CHECK_FALSE(runtime.has_loop());
}

TEST_CASE_METHOD(Leaving, "steps that are done at once are over at once", "[farewell]") {
  const auto none = [](const std::string&) {};
  begin({{[](Millis, std::function<void()> done) { done(); }, none},
         {[](Millis, std::function<void()> done) { done(); }, none}});
  CHECK(over == 1);
}

TEST_CASE_METHOD(Leaving, "a request to stop cuts what is under way, and nothing else", "[farewell]") {
  farewell.cut("too early");
  begin({step(), step(), step()});
  begun[1]();
  farewell.cut("given up on SIGTERM");
  CHECK(over == 1);
  CHECK(cut == std::vector<std::string>{"given up on SIGTERM", "given up on SIGTERM"});
  begun[0]();  // late
  farewell.cut("once more");
  CHECK(over == 1);
  CHECK(cut.size() == 2);
}

TEST_CASE_METHOD(Leaving, "a step that says it is done while it is cut ends nothing twice", "[farewell]") {
  std::function<void()> done;
  begin({{[&](Millis, std::function<void()> say) { done = std::move(say); },
          [&](const std::string&) { done(); }}});
  farewell.cut("now");
  CHECK(over == 1);
}

TEST_CASE_METHOD(Leaving, "a step that never comes to its end does not hold up the exit", "[farewell]") {
  begin({step()}, Millis{1});
  CHECK(loop_until(runtime.loop(), [this] { return over == 1; }));
  CHECK(cut.size() == 1);
}
