#include "init/config/keys.h"
#include "init/config/known_as.h"
#include "tests/unit/config/loading.h"

using namespace usher;
using namespace std::string_literals;

TEST_CASE("a text that is no TOML is explained to its author", "[config][syntax]") {
  const auto [text, message] = GENERATE(table<std::string, std::string>({
      {"[service]\nname = “web”\n", "service.toml:2:8: these are no quotes to a program; write \" or ' in their place"},
      {"[service]\nname = «web»\n", "service.toml:2:8: these are no quotes to a program; write \" or ' in their place"},
      {"[service]\nnamé = 1\n", "service.toml:2:4: only strings and comments may have other characters than ASCII's: "
                                "put it in quotes"},
      {"\xFF\xFE[\0s\0"s, "service.toml:1:1: is UTF-16; save it as UTF-8"},
      {"\xFE\xFF\0[\0s"s, "service.toml:1:1: is UTF-16; save it as UTF-8"},
      {"[\0s\0"s, "service.toml:1:1: is UTF-16; save it as UTF-8"},
      {"[service]\n# caf\xe9\n", "service.toml:2:6: is not UTF-8, but Latin-1 or the like: save it as UTF-8"},
      {"# a\0b"s, "service.toml:1:4: has a NUL character, and is no text"},
      {"[shutdown]\ntimeout = 5s\n", "service.toml:2:12: a text needs quotes: write timeout = \"5s\""},
      {"[service]\nname = web # it\n", "service.toml:2:8: a text needs quotes: write name = \"web\""},
      {"[service]\ncommand = [x]\n", "service.toml:2:12: expected a value; a text needs quotes"},
      {"[service]\nno_new_privs = True\n", "service.toml:2:16: write no_new_privs = true"},
      {"[service]\nno_new_privs = off\n", "service.toml:2:16: write no_new_privs = false"},
      {"[service]\nname = \"web\n", "service.toml:2:12: the quote is not closed in this line"},
      {"[service]\nname =\n", "service.toml:2:7: expected a value after the ="},
      {"[service]\n[log]\n[service]\n", "service.toml:3:1: [service] is there twice, first in line 1; put what "
                                        "belongs to it together"},
      {"[service]\nname = \"a\"\nname = \"b\"\n", "service.toml:3:6: name is there twice, first in line 2"},
  }));
  CAPTURE(text);
  const Texts errors = errors_of(text);
  REQUIRE(errors.size() == 1);
  // Where in the line the parser stops is its own affair.
  const auto place = [](const std::string& whole) { return whole.substr(0, whole.find(':', 13)); };
  const auto why = [](const std::string& whole) { return whole.substr(whole.find(": ")); };
  CHECK(place(errors[0]) == place(message));
  CHECK(why(errors[0]) == why(message));
}

TEST_CASE("a table in braces over several lines is told how to be written", "[config][syntax]") {
  const auto [text, header] = GENERATE(table<std::string, std::string>({
      {"[readiness]\nprobe = {\n  type = \"stdout\",\n  pattern = \"x\"\n}\n", "[readiness.probe]"},
      {"[[health]]\nname = \"a\"\nprobe = { type = \"tcp\",\n  address = \"a:1\" }\n", "[health.probe]"},
      {"probe = { # a comment\n}\n", "[probe]"},
      {"[hooks]\npre_stop = [{\n  command = [\"a\"]\n}]\n", "[[hooks.pre_stop]]"},
  }));
  CAPTURE(text);
  const Texts errors = errors_of(text + "[restart]\nmax = \"x\"\n");
  REQUIRE(errors.size() == 2);
  CHECK_THAT(errors[0], has_text("write " + header + " on a line of its own"));
  CHECK_THAT(errors[1], has_text("restart.max: expected a whole number"));
}

TEST_CASE("all mistakes are told in one run, those of the syntax too", "[config][syntax]") {
  const Texts errors = errors_of("[service\nname = 5\n[shutdown]\ntimeout = 5s\nscope = \"x\nsignals = 1\n[log]\n"
                                 "level =\n[shutdown]\ndelay = \"x\"\nlast_words = 1y\n");
  std::string lines;
  for (const std::string& error : errors) lines += error.substr(13, error.find(':', 13) - 13) + ' ';
  CHECK(lines == "1 4 5 6 8 9 10 11 ");
}

TEST_CASE("of what is missing behind a mistake nothing more is said", "[config][syntax]") {
  CHECK(errors_of("[[health]]\nname = web\nprobe = { type = \"tcp\", address = \"a:1\" }\n").size() == 1);
  CHECK(errors_of("[readiness]\nprobe = { type = \"tcp\" x }\n").size() == 1);
}

TEST_CASE("no text makes the reader go on for ever", "[config][syntax]") {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "a = b c\n[x\n";
  CHECK(errors_of(text).size() <= 50);
  CHECK(errors_of(std::string(5000, '{')).size() == 1);
  CHECK(errors_of(std::string(5000, '\n') + "]").size() == 1);
}

TEST_CASE("what others call a key is known", "[config][keys]") {
  CHECK(errors_of("[env]\nA = 1\n") == Texts{"service.toml:1:2: env: unknown key; did you mean service.environment?"});
  CHECK(errors_of("[healthcheck]\n") == Texts{"service.toml:1:2: healthcheck: unknown key; did you mean [[health]]?"});
  CHECK(errors_of("[service]\nEntryPoint = []\n") ==
        Texts{"service.toml:2:1: service.EntryPoint: unknown key; did you mean service.command?"});
  for (const KnownAs& each : names_elsewhere()) {
    CAPTURE(each.name);
    bool there = find_key(each.key) != nullptr;
    for (const Table& table : tables()) there = there || table.path == each.key;
    CHECK(there);
    CHECK(known_as(each.name) == each.key);
  }
}

TEST_CASE("of a probe those keys are listed that its kind has", "[config][keys]") {
  CHECK(errors_of("[readiness]\nprobe = { type = \"tcp\", address = \"a:1\", xyzzy = 1 }\n") ==
        Texts{"service.toml:2:42: readiness.probe.xyzzy: unknown key; known here: type, address, tls, min_days"});
}

TEST_CASE("hooks, delay and sequence share the limit of a stop", "[config][rules]") {
  const auto [text, fits] = GENERATE(table<std::string, bool>({
      {"[hooks]\npre_stop = [\"a\"]", true},
      {"[hooks]\npre_stop = [\"a\"]\ntimeout = \"5s\"", false},
      {"[hooks]\npre_stop = [{ command = [\"a\"], timeout = \"30s\" }]", false},
      {"[hooks]\npre_stop = { command = [\"a\"], timeout = \"5s\" }", false},
      {"[hooks]\npre_stop = { command = [\"a\"], timeout = \"4s\" }", true},
      {"[hooks]\npre_stop = [{ command = [\"a\"], timeout = \"3s\" }, { command = [\"b\"], timeout = \"2s\" }]", false},
      {"[hooks]\npost_stop = { command = [\"a\"], timeout = \"9s\" }", false},
      {"delay = \"3s\"\n[hooks]\npre_stop = { command = [\"a\"], timeout = \"2s\" }", false},
      {"sequence = [\"SIGINT\", \"3s\", \"SIGTERM\"]\n[hooks]\npost_stop = { command = [\"a\"], timeout = \"2s\" }", false},
      {"[hooks]\npre_start = { command = [\"a\"], timeout = \"9s\" }", true},
  }));
  CAPTURE(text);
  const Texts errors = errors_of("[shutdown]\ntimeout = \"5s\"\n" + text + "\n");
  CHECK(errors.size() == (fits ? 0 : 1));
  if (!fits) CHECK_THAT(errors[0], has_text("may take all of shutdown.timeout (5s): "));
}

TEST_CASE("readiness has to be possible within the life", "[config][rules]") {
  const std::string text = "[readiness]\nprobe = { type = \"tcp\", address = \"a:1\" }\ntimeout = \"60s\"\n[lifecycle]\n";
  CHECK_THAT(errors_of(text + "timeout = \"30s\"\n").at(0), has_text("lifecycle.timeout (30s), the limit of the whole"));
  CHECK(errors_of(text + "timeout = \"60s\"\n").empty());
  CHECK(errors_of(text + "timeout = 0\n").empty());
  CHECK(Loading().file(text).variable("LIFECYCLE_TIMEOUT=30s").errors().empty());
}
