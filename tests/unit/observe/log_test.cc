#include "init/observe/log.h"

#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

struct LogFile {
  Scratch scratch;
  LogConfig config;
  LogFile() {
    config.file = scratch.path("log");
    config.format = LogFormat::json;
  }
  // The lines without their time stamps, which always have the same length.
  std::string lines() const {
    std::string text = scratch.read("log"), out;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      std::string line = text.substr(at, end - at);
      const auto stamp = line.find("2");
      out += line.erase(stamp, 24) + '\n';
      at = end + 1;
    }
    return out;
  }
};

}  // namespace

TEST_CASE_METHOD(LogFile, "an event is one JSON object on one line", "[log]") {
  config.fields = {{"test_id", "a\"b"}};
  Log log(config, "echo", "host");
  log.info("spawned").add("pid", 7).add("text", "x\ny");
  log.error("odd").add_raw("list", "[1]").add("bytes", std::string("\xff", 1));
  CHECK(lines() ==
        "{\"ts\":\"\",\"level\":\"info\",\"event\":\"spawned\",\"service\":\"echo\",\"instance\":\"host\","
        "\"test_id\":\"a\\\"b\",\"pid\":7,\"text\":\"x\\ny\"}\n"
        "{\"ts\":\"\",\"level\":\"error\",\"event\":\"odd\",\"service\":\"echo\",\"instance\":\"host\","
        "\"test_id\":\"a\\\"b\",\"list\":[1],\"bytes\":\"\xEF\xBF\xBD\"}\n");
}

TEST_CASE_METHOD(LogFile, "the next line is written as a reload wants it, to the same file", "[log]") {
  Log log(config, "echo", "host");
  log.debug("unseen");
  log.info("first");
  LogConfig changed = config;
  changed.file = scratch.path("other");
  changed.format = LogFormat::text;
  changed.level = LogLevel::debug;
  changed.fields = {{"run", "7"}};
  log.configure(changed);
  log.debug("second");
  CHECK(lines() ==
        "{\"ts\":\"\",\"level\":\"info\",\"event\":\"first\",\"service\":\"echo\",\"instance\":\"host\"}\n"
        " debug second service=echo run=7\n");
}

TEST_CASE_METHOD(LogFile, "text lines are for people", "[log]") {
  config.format = LogFormat::text;
  config.prefix = "usher: ";
  Log log(config, "echo", "host");
  log.warn("slow").add("ms", 12).add("why", "two words").add("none", "");
  CHECK(lines() == "usher:  warn slow service=echo ms=12 why=\"two words\" none=\"\"\n");
}

TEST_CASE_METHOD(LogFile, "nothing in a text line tells a terminal what to do", "[log]") {
  config.format = LogFormat::text;
  Log log(config, "echo", "host");
  log.warn("odd")
      .add("esc", "\x1b[2J")
      .add("cr", "a\rb")
      .add("byte", "\xff")
      .add("word", "\u00fc\\")
      .add("c1", "\xC2\x9B");
  CHECK(lines() ==
        " warn odd service=echo esc=\"\\u001b[2J\" cr=\"a\\rb\" byte=\"\xEF\xBF\xBD\" "
        "word=\"\u00fc\\\\\" c1=\"\\u009b\"\n");
}

TEST_CASE_METHOD(LogFile, "levels below the wanted one are not written", "[log]") {
  config.level = LogLevel::warn;
  Log log(config, "echo", "host");
  log.debug("a");
  log.info("b");
  log.report([](bool json) { return json ? "\"event\":\"report\"" : "report"; });
  CHECK(lines().empty());
  log.warn("c");
  CHECK(lines().find("\"c\"") != std::string::npos);
}

TEST_CASE_METHOD(LogFile, "switched off, nothing is even opened", "[log]") {
  config.level = LogLevel::off;
  Log log(config, "echo", "host");
  log.error("a");
  CHECK_FALSE(std::filesystem::exists(config.file));
}

TEST_CASE_METHOD(LogFile, "lines that belong together are written at the end, or when they have to stand", "[log]") {
  config.format = LogFormat::text;
  Log log(config, "echo", "host");
  {
    const Log::Together lines_of_a_turn(log);
    log.info("one");
    log.info("two");
    CHECK(lines().empty());
    log.release();
    CHECK(lines() == " info one service=echo\n info two service=echo\n");
  }
  {
    const Log::Together lines_of_a_turn(log);
    log.info("three");
    CHECK(lines().find("three") == std::string::npos);
  }
  CHECK(lines().ends_with(" info three service=echo\n"));
  const Log::Together lines_of_a_turn(log);
  log.info("four");
  log.verbatim("2: somebody else's form\n");
  CHECK(scratch.read("log").ends_with(" info four service=echo\n2: somebody else's form\n"));
}
