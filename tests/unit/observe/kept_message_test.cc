#include "init/observe/kept_message.h"

#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

constexpr const char* kReport = R"({"event":"report","format":1,"reason":"exited"})";

// What write() makes of it.
std::string page(std::string text) {
  text.resize(KeptMessage::kMost, ' ');
  return text + '\n';
}

}  // namespace

TEST_CASE("a kept message is one line of one length", "[kept_message]") {
  const Scratch scratch;
  KeptMessage message;
  REQUIRE(message.open(scratch.write("file", "")));
  message.write("a longer one");
  message.write("short");
  CHECK(scratch.read("file") == page("short"));
  message.write(std::string(KeptMessage::kSize, 'x'));
  CHECK(scratch.read("file") == page("short"));
  message.write(std::string(KeptMessage::kMost, 'x'));
  CHECK(scratch.read("file") == std::string(KeptMessage::kMost, 'x') + '\n');
}

TEST_CASE("only what is usher's, or nobody's, is taken for a kept message", "[kept_message]") {
  const Scratch scratch;
  KeptMessage message;
  CHECK(!message.open(scratch.path("absent")));
  CHECK(!message.open(scratch.path("")));
  CHECK(!message.open("/dev/null"));
  CHECK(!message.open(scratch.write("others", "quota used up")));
  CHECK(!message.open(scratch.write("both", std::string("quota used up\n") + kReport)));
  CHECK(!message.open(scratch.write("long", std::string(4097, ' '))));
  CHECK(message.open(scratch.write("blank", " \n")));
  CHECK(message.open(scratch.write("kept", page(kReport))));
  const std::string file = scratch.write("file", kReport + std::string(4000, ' '));
  REQUIRE(message.open(file));
  message.write("new");
  CHECK(scratch.read("file") == page("new"));
}

TEST_CASE("who writes to the file of a kept message has it", "[kept_message]") {
  const Scratch scratch;
  KeptMessage message;
  const std::string file = scratch.write("file", "");
  REQUIRE(message.open(file));
  message.write("kept");
  scratch.write("file", "quota");  // as a shell's > does
  message.write("not to be seen");
  CHECK(!message.is_open());
  CHECK(scratch.read("file") == "quota");
  message.write("nor this");
  message.withdraw();
  CHECK(scratch.read("file") == "quota");
}

TEST_CASE("what is written over the beginning of a kept message stands alone at the end", "[kept_message]") {
  const Scratch scratch;
  KeptMessage message;
  const std::string file = scratch.write("file", "");
  REQUIRE(message.open(file));
  message.write("kept, and longer than what comes");
  std::fstream(file, std::ios::in | std::ios::out) << "quota";
  message.close();
  CHECK(scratch.read("file") == "quota");
}

TEST_CASE("a kept message that is not wanted any more is gone", "[kept_message]") {
  const Scratch scratch;
  KeptMessage message;
  const std::string file = scratch.write("file", "");
  REQUIRE(message.open(file));
  message.write("kept");
  message.withdraw();
  CHECK(scratch.read("file") == "");
  CHECK(!message.is_open());
}
