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
  log.info("spawned").add("pid", 7).add("message", "x\ny");
  log.error("system").add("code", -1).add("message", std::string("\xff", 1));
  CHECK(lines() ==
        "{\"ts\":\"\",\"level\":\"info\",\"event\":\"spawned\",\"service\":\"echo\",\"instance\":\"host\","
        "\"test_id\":\"a\\\"b\",\"pid\":7,\"message\":\"x\\ny\"}\n"
        "{\"ts\":\"\",\"level\":\"error\",\"event\":\"system\",\"service\":\"echo\",\"instance\":\"host\","
        "\"test_id\":\"a\\\"b\",\"code\":-1,\"message\":\"\xEF\xBF\xBD\"}\n");
}

TEST_CASE_METHOD(LogFile, "the next line is written as a reload wants it, to the same file", "[log]") {
  Log log(config, "echo", "host");
  log.debug("check");
  log.info("ready");
  LogConfig changed = config;
  changed.file = scratch.path("other");
  changed.format = LogFormat::text;
  changed.level = LogLevel::debug;
  changed.fields = {{"run", "7"}};
  log.configure(changed);
  log.debug("state");
  CHECK(lines() ==
        "{\"ts\":\"\",\"level\":\"info\",\"event\":\"ready\",\"service\":\"echo\",\"instance\":\"host\"}\n"
        " debug state service=echo run=7\n");
}

TEST_CASE_METHOD(LogFile, "text lines are for people", "[log]") {
  config.format = LogFormat::text;
  config.prefix = "usher: ";
  Log log(config, "echo", "host");
  log.warn("backoff").add("attempt", 12).add("message", "two words").add("left", "");
  CHECK(lines() == "usher:  warn backoff service=echo attempt=12 message=\"two words\" left=\"\"\n");
}

TEST_CASE_METHOD(LogFile, "nothing in a text line tells a terminal what to do", "[log]") {
  config.format = LogFormat::text;
  Log log(config, "echo", "host");
  log.warn("killing")
      .add("left", "\x1b[2J")
      .add("message", "a\rb")
      .add("file", "\xff")
      .add("key", "\u00fc\\")
      .add("value", "\xC2\x9B");
  CHECK(lines() ==
        " warn killing service=echo left=\"\\u001b[2J\" message=\"a\\rb\" file=\"\xEF\xBF\xBD\" "
        "key=\"\u00fc\\\\\" value=\"\\u009b\"\n");
}

TEST_CASE_METHOD(LogFile, "levels below the wanted one are not written", "[log]") {
  config.level = LogLevel::warn;
  Log log(config, "echo", "host");
  log.debug("state");
  log.info("ready");
  log.report([](bool json) { return json ? "\"event\":\"report\"" : "report"; });
  CHECK(lines().empty());
  log.warn("killing");
  CHECK(lines().find("\"killing\"") != std::string::npos);
}

TEST_CASE_METHOD(LogFile, "switched off, nothing is even opened", "[log]") {
  config.level = LogLevel::off;
  Log log(config, "echo", "host");
  log.error("system");
  CHECK_FALSE(std::filesystem::exists(config.file));
}

TEST_CASE_METHOD(LogFile, "lines that belong together are written at the end, or when they have to stand", "[log]") {
  config.format = LogFormat::text;
  Log log(config, "echo", "host");
  {
    const Log::Together lines_of_a_turn(log);
    log.info("spawned");
    log.info("ready");
    CHECK(lines().empty());
    log.release();
    CHECK(lines() == " info spawned service=echo\n info ready service=echo\n");
  }
  {
    const Log::Together lines_of_a_turn(log);
    log.info("stopping");
    CHECK(lines().find("stopping") == std::string::npos);
  }
  CHECK(lines().ends_with(" info stopping service=echo\n"));
  const Log::Together lines_of_a_turn(log);
  log.info("draining");
  log.verbatim("2: somebody else's form\n");
  CHECK(scratch.read("log").ends_with(" info draining service=echo\n2: somebody else's form\n"));
}

TEST_CASE_METHOD(LogFile, "the report has the configured fields as any other line has", "[log]") {
  const bool json = GENERATE(true, false);
  config.format = json ? LogFormat::json : LogFormat::text;
  config.fields = {{"test_id", "t7"}};
  Log log(config, "echo", "host");
  log.report([](bool as_json) { return as_json ? R"("event":"report","exit_code":0)" : "report exit_code=0"; });
  CHECK(lines() == (json ? "{\"ts\":\"\",\"level\":\"info\",\"event\":\"report\",\"test_id\":\"t7\",\"exit_code\":0}\n"
                         : " info report test_id=t7 exit_code=0\n"));
}
