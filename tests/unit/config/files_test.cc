// Files as they come: their bytes, their templates, their profiles.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "tests/unit/config/loading.h"

using namespace usher;
using namespace std::chrono_literals;

TEST_CASE("without a file every key has its default", "[config]") {
  LoadRequest request;
  request.command = {"/usr/bin/node", "server.js"};
  const Loaded loaded = load_config(request);
  CHECK(loaded.errors.empty());
  CHECK(loaded.warnings.empty());
  Config expected;
  expected.service.name = "node";
  expected.service.command = {"/usr/bin/node", "server.js"};
  expected.shutdown.signals = {SIGTERM, SIGINT};
  CHECK(loaded.config == expected);
}

TEST_CASE("an empty file is a file without settings", "[config]") {
  const std::string text = GENERATE("", "\n", "# nothing\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF# nothing");
  Config expected;
  expected.shutdown.signals = {SIGTERM, SIGINT};
  CHECK(config_of(text) == expected);
}

TEST_CASE("a byte order mark and lines that end as in DOS are fine", "[config]") {
  const Config config =
      config_of("\xEF\xBB\xBF[shutdown]\r\ntimeout = \"7s\"\r\n[service]\r\nname = \"a\"\r\n");
  CHECK(config.shutdown.timeout == 7s);
  CHECK(config.service.name == "a");
  CHECK(errors_of("\xEF\xBB\xBF[shutdown]\r\ntimeout = -1\r\n") ==
        Texts{"service.toml:2:11: shutdown.timeout: expected a duration such as \"30s\" or whole "
              "seconds, got -1"});
}

TEST_CASE("bytes that are not UTF-8 are a mistake with a place", "[config]") {
  const std::string text = GENERATE("[service]\nname = \"\xff\"\n", "[service]\nname = \"\xc3(\"\n");
  const Texts errors = errors_of(text);
  REQUIRE(errors.size() == 1);
  CHECK_THAT(errors[0], has_text("service.toml:2:"));
  CHECK_THAT(errors[0], has_text("is not UTF-8"));
}

TEST_CASE("text that is not TOML is a mistake with a place", "[config]") {
  const auto [text, place] = GENERATE(table<std::string, std::string>({
      {"[service\n", "service.toml:1:9: "},
      {"[service]\nname = \n", "service.toml:2:8: "},
      {"[service]\nname = \"a\nb\"\n", "service.toml:2:"},
      {"[service]\nname = \"a\"\nname = \"b\"\n", "service.toml:3:"},
      {"[service]\nname = \"a\"\n[service]\n", "service.toml:3:"},
      {"key value\n", "service.toml:1:5: "},
  }));
  CAPTURE(text);
  const Texts errors = errors_of(text);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].substr(0, place.size()) == place);
  CHECK(errors[0].size() > place.size());
}

TEST_CASE("neither depth nor size can harm", "[config]") {
  std::string dotted = "a";
  for (int i = 0; i < 100'000; ++i) dotted += ".a";
  CHECK(errors_of("# one\n" + dotted + " = 1\n") ==
        Texts{"service.toml:2:66: a key has more than 32 dots"});
  CHECK(errors_of("a = " + std::string(50'000, '[')).size() == 1);
  CHECK(errors_of("a = " + std::string(2'000'000, ' ')) ==
        Texts{"service.toml: cannot read: is larger than 1 MiB"});
}

TEST_CASE("letters of other alphabets need quotes", "[config]") {
  const std::string why = "only strings and comments may have other characters than ASCII's: put it in quotes";
  CHECK(errors_of("\xC3\xA9 = 1\n") == Texts{"service.toml:1:1: " + why});
  CHECK(errors_of("[log]\nlevel = \xD2\x89\n") == Texts{"service.toml:2:9: " + why});
  CHECK(errors_of("# \xC3\xA9\n[log]\nfields = { '\xC3\xA9' = 'x', \xC2\xA0y = 1 }\n") ==
        Texts{"service.toml:3:23: " + why});
  const auto config = config_of("\xEF\xBB\xBF# \xC3\xA9\n[service.environment]\n"
                                "A = '\xC3\xA9' # \xC3\xA9\nB = \"\"\"\n\xC3\xA9\"\"\"\n");
  CHECK(config.service.environment.at("A") == "\xC3\xA9");
  CHECK(config.service.environment.at("B") == "\xC3\xA9");
}

TEST_CASE("a file with as many keys as fit into it is read, right or wrong", "[config]") {
  std::string good = "[service.environment]\n", wrong;
  for (int i = 0; i < 20'000; ++i) {
    good += "VARIABLE_" + std::to_string(i) + " = \"${UNSET:-x}\"\n";
    if (i < 3'000) wrong += "wrong_" + std::to_string(i) + " = 1\n";
  }
  CHECK(config_of(good).service.environment.size() == 20'000);
  CHECK(errors_of(wrong).size() == 1000);  // then enough has been said
}

TEST_CASE("what is no file is refused, and not waited for", "[config]") {
  Loading loading;
  loading.request.file = loading.scratch.path("fifo");
  REQUIRE(::mkfifo(loading.request.file.c_str(), 0600) == 0);
  CHECK(loading.errors() == Texts{"fifo: cannot read: is a FIFO, not a regular file"});
  loading.file("extends = \"fifo\"\n");
  CHECK(loading.errors() == Texts{"service.toml:1:11: extends: cannot read fifo: is a FIFO, not "
                                  "a regular file"});
}

TEST_CASE("a file that cannot be read says why", "[config]") {
  Loading loading;
  loading.request.file = loading.scratch.path("absent.toml");
  CHECK(loading.errors() == Texts{"absent.toml: cannot read: No such file or directory"});
  loading.request.file = loading.scratch.path("directory");
  REQUIRE(::mkdir(loading.request.file.c_str(), 0755) == 0);
  CHECK(loading.errors() == Texts{"directory: cannot read: is a directory, not a regular file"});
  if (::geteuid() == 0) return;  // whom no mode keeps out
  loading.file("");
  REQUIRE(::chmod(loading.request.file.c_str(), 0) == 0);
  CHECK(loading.errors() == Texts{"service.toml: cannot read: Permission denied"});
}

TEST_CASE("a file that cannot be read is not also said to lack a command", "[config]") {
  Loading loading;
  loading.request.need_command = true;
  loading.request.file = loading.scratch.path("absent.toml");
  CHECK(loading.errors().size() == 1);
  CHECK(loading.file("[log]\n").errors() ==
        Texts{"service.toml: service.command: no command to run; set it here, or give one as in "
              "`usher -- COMMAND`"});
  CHECK(loading.file("[service]\ncommand = []\n").errors() ==
        Texts{"service.toml:2:11: service.command: expected the program to run, got an empty array"});
  loading.request.command = {"true"};
  CHECK(loading.file("[log]\n").config().service.command == Argv{"true"});
}

TEST_CASE("a template gives what the file does not say", "[config][extends]") {
  Loading loading;
  loading.write("base.toml", "[shutdown]\ntimeout = \"9s\"\ndelay = \"1s\"\n"
                             "[service]\nenvironment = { A = \"base\", B = \"base\" }\n");
  loading.file("extends = \"base.toml\"\n[shutdown]\ntimeout = \"8s\"\n"
               "[service]\nenvironment = { B = \"own\" }\n");
  const Config config = loading.config();
  CHECK(config.shutdown.timeout == 8s);
  CHECK(config.shutdown.delay == 1s);
  CHECK(config.service.environment == std::map<std::string, std::string>{{"A", "base"}, {"B", "own"}});
}

TEST_CASE("templates extend templates, later ones win, lists are replaced", "[config][extends]") {
  Loading loading;
  REQUIRE(::mkdir(loading.scratch.path("sub").c_str(), 0755) == 0);
  loading.write("sub/first.toml", "extends = \"../root.toml\"\n[log]\nlevel = \"warn\"\n");
  loading.write("root.toml", "[log]\nlevel = \"error\"\nprefix = \"root\"\n"
                             "[shutdown]\nsignals = [\"SIGTERM\", \"SIGQUIT\"]\n");
  loading.write("second.toml", "[log]\nlevel = \"debug\"\n[shutdown]\nsignals = [\"SIGHUP\"]\n");
  const Config config =
      loading.file("extends = [\"sub/first.toml\", \"${SECOND:-second}.toml\"]\n").config();
  CHECK(config.log.level == LogLevel::debug);
  CHECK(config.log.prefix == "root");
  CHECK(config.shutdown.signals == std::vector{SIGHUP});
}

TEST_CASE("two templates may share a third", "[config][extends]") {
  Loading loading;
  loading.write("base.toml", "[log]\nprefix = \"base\"\n");
  loading.write("a.toml", "extends = \"base.toml\"\n").write("b.toml", "extends = \"base.toml\"\n");
  CHECK(loading.file("extends = [\"a.toml\", \"b.toml\"]\n").config().log.prefix == "base");
}

TEST_CASE("a file that extends itself is a mistake", "[config][extends]") {
  Loading loading;
  CHECK(loading.file("extends = \"service.toml\"\n").errors() ==
        Texts{"service.toml:1:11: extends: a file extends itself: service.toml -> service.toml"});
  loading.write("a.toml", "extends = \"./b.toml\"\n").write("b.toml", "extends = \"x/../a.toml\"\n");
  CHECK(loading.file("extends = \"a.toml\"\n").errors() ==
        Texts{"./b.toml:1:11: extends: a file extends itself: service.toml -> a.toml -> ./b.toml -> "
              "./x/../a.toml"});
}

TEST_CASE("chains and trees of templates end", "[config][extends]") {
  Loading loading;
  for (int i = 0; i < 30; ++i)
    loading.write(std::to_string(i) + ".toml", "extends = \"" + std::to_string(i + 1) + ".toml\"\n");
  Texts errors = loading.file("extends = \"0.toml\"\n").errors();
  REQUIRE(errors.size() == 1);
  CHECK_THAT(errors[0], has_text("14.toml:1:11: extends: more than 16 files deep: service.toml -> 0.toml"));
  for (int i = 0; i < 8; ++i) {
    const std::string next = "\"n" + std::to_string(i + 1) + ".toml\"";
    loading.write("n" + std::to_string(i) + ".toml", "extends = [" + next + ", " + next + "]\n");
  }
  errors = loading.write("n8.toml", "").file("extends = \"n0.toml\"\n").errors();
  REQUIRE_FALSE(errors.empty());
  CHECK_THAT(errors[0], has_text("extends: more than 64 files in all"));
}

TEST_CASE("templates that cannot be had are said where they are named", "[config][extends]") {
  Loading loading;
  CHECK(loading.file("extends = [\"absent.toml\", 5, \"\", \"${UNSET}\", \"${X\"]\n").errors() ==
        Texts{"service.toml:1:12: extends: cannot read absent.toml: No such file or directory",
              "service.toml:1:27: extends: expected the name of a file or a list of them, got 5",
              "service.toml:1:30: extends: expected the name of a file or a list of them, got \"\"",
              "service.toml:1:34: extends: UNSET is not set; set it, or give a default with "
              "${UNSET:-...}",
              "service.toml:1:46: extends: cannot read \"${X\"; write ${NAME}, ${NAME:-default}, "
              "${NAME:?message} or ${file:/PATH}, and $$ for a dollar"});
}

TEST_CASE("mistakes of a template stand under its own name", "[config][extends]") {
  Loading loading;
  loading.write("base.toml", "[log]\nlevl = \"warn\"\n[shutdown]\ntimeout = true\n");
  CHECK(loading.file("extends = \"base.toml\"\n[shutdown]\ntimeout = \"x\"\n").errors() ==
        Texts{"base.toml:2:1: log.levl: unknown key; did you mean log.level?",
              "base.toml:4:11: shutdown.timeout: expected a duration such as \"30s\" or whole seconds, "
              "got true",
              "service.toml:3:11: shutdown.timeout: expected a duration such as \"30s\" or whole "
              "seconds, got \"x\""});
}

TEST_CASE("a profile lies over the rest when it is named", "[config][profile]") {
  const std::string text =
      "[shutdown]\ntimeout = \"9s\"\n[service]\nenvironment = { A = \"1\", B = \"1\" }\n"
      "[profile.ci.shutdown]\ntimeout = \"2s\"\n[profile.ci.service]\nenvironment = { B = \"2\" }\n"
      "[profile.production]\nlog.level = \"warn\"\n";
  CHECK(config_of(text).shutdown.timeout == 9s);
  const Config ci = Loading().file(text).profile("ci").config();
  CHECK(ci.shutdown.timeout == 2s);
  CHECK(ci.service.environment == std::map<std::string, std::string>{{"A", "1"}, {"B", "2"}});
  CHECK(Loading().file(text).variable("USHER_PROFILE=production").config().log.level ==
        LogLevel::warn);
  Loading both;
  both.file(text).variable("USHER_PROFILE=production").profile("ci");
  CHECK(both.config().log.level == LogLevel::info);
  CHECK(both.config().shutdown.timeout == 2s);
}

TEST_CASE("the profile of a template lies over the file that extends it", "[config][profile]") {
  Loading loading;
  loading.write("base.toml", "[profile.ci.shutdown]\ntimeout = \"2s\"\ndelay = \"1s\"\n");
  loading.file("extends = \"base.toml\"\n[shutdown]\ntimeout = \"8s\"\n"
               "[profile.ci.shutdown]\ndelay = \"500ms\"\n");
  const Config config = loading.profile("ci").config();
  CHECK(config.shutdown.timeout == 2s);
  CHECK(config.shutdown.delay == 500ms);
}

TEST_CASE("a profile that is not there is a mistake that names those that are", "[config][profile]") {
  const std::string text = "[profile.production]\n[profile.ci]\n";
  CHECK(Loading().file(text).profile("cj").errors() ==
        Texts{"service.toml: profile: no profile \"cj\"; known: ci, production"});
  CHECK(Loading().file("").profile("ci").errors() ==
        Texts{"service.toml: profile: no profile \"ci\"; the file has none"});
  CHECK(Loading().profile("ci").errors() ==
        Texts{"command line: profile \"ci\" means nothing without a file"});
  CHECK(Loading().variable("USHER_PROFILE=ci").load().warnings ==
        Texts{"environment USHER_PROFILE: profile \"ci\" means nothing without a file"});
  CHECK(errors_of("profile = 5\n") ==
        Texts{"service.toml:1:11: profile: expected tables such as [profile.ci], got 5"});
  CHECK(errors_of("[profile]\nci = 5\n") ==
        Texts{"service.toml:2:6: profile.ci: expected a table, got 5"});
}

TEST_CASE("mistakes in a profile that is not in use are found too", "[config][profile]") {
  CHECK(errors_of("[profile.\"a b\".shutdown]\ntimeuot = \"2s\"\nsignals = [\"SIGKILL\"]\n") ==
        Texts{"service.toml:2:1: profile.\"a b\".shutdown.timeuot: unknown key; did you mean "
              "shutdown.timeout?",
              "service.toml:3:12: profile.\"a b\".shutdown.signals[0]: SIGKILL cannot be received"});
  // ... but not variables that only that profile needs.
  CHECK(errors_of("[profile.ci.log]\nprefix = \"${UNSET}\"\n").empty());
  CHECK(Loading().file("[profile.ci.log]\nprefix = \"${UNSET}\"\n").profile("ci").errors().size() == 1);
  CHECK(errors_of("[profile.ci]\nextends = \"x\"\n").size() == 1);
  CHECK(errors_of("[profile.ci.profile.x]\n").size() == 1);
}

TEST_CASE("the file that is used without being named", "[config]") {
  const char* const named[] = {"USHER_CONFIG=/some/where.toml", nullptr};
  CHECK(default_config_file(named) == "/some/where.toml");
  if (::access("/etc/usher/service.toml", F_OK) != 0) {
    const char* const empty[] = {"USHER_CONFIG=", nullptr};
    CHECK(default_config_file(empty) == "");
    CHECK(default_config_file(nullptr) == "");
  }
}
