#include "tests/unit/config/loading.h"

using namespace usher;

namespace {

// "value  # source" of one key; empty where the key is not listed.
std::string origin_of(Loading& loading, std::string_view key) {
  loading.request.want_origins = true;
  for (const Origin& origin : loading.load().origins)
    if (origin.section + '.' + origin.key == key)
      return origin.value + "  # " + loading.without_directory(origin.source);
  return {};
}

}  // namespace

TEST_CASE("every value has an origin", "[config][origin]") {
  Loading loading;
  loading.write("base.toml", "[log]\nlevel = \"warn\"\n[profile.ci.log]\nprefix = \"ci \"\n");
  loading.file("extends = \"base.toml\"\n[service]\ncommand = [\"/bin/node\", \"${FILE:-a.js}\"]\n"
               "environment = { PORT = 80 }\n[exit]\nremap = { 143 = 0 }\n");
  loading.profile("ci").variable("SHUTDOWN_TIMEOUT=90").variable("USHER_STARTUP_RETRIES=7");
  loading.argument("restart.policy", "always");
  CHECK(origin_of(loading, "log.level") == "\"warn\"  # base.toml:2:9");
  CHECK(origin_of(loading, "log.prefix") == "\"ci \"  # profile ci base.toml:4:10");
  CHECK(origin_of(loading, "service.command") ==
        "[\"/bin/node\", \"a.js\"]  # service.toml:3:11");
  CHECK(origin_of(loading, "service.name") == "\"node\"  # default");
  CHECK(origin_of(loading, "service.environment.PORT") == "80  # service.toml:4:24");
  CHECK(origin_of(loading, "exit.remap.143") == "0  # service.toml:6:17");
  CHECK(origin_of(loading, "shutdown.timeout") == "\"90s\"  # environment SHUTDOWN_TIMEOUT");
  CHECK(origin_of(loading, "startup.retries") == "7  # environment USHER_STARTUP_RETRIES");
  CHECK(origin_of(loading, "restart.policy") == "\"always\"  # command line");
  CHECK(origin_of(loading, "shutdown.delay") == "\"0s\"  # default");
  CHECK(origin_of(loading, "service.umask") == "");
  loading.request.command = {"other", "a b"};
  CHECK(origin_of(loading, "service.command") == "[\"other\", \"a b\"]  # command line");
}

TEST_CASE("what is printed reads back as the same configuration", "[config][origin]") {
  Loading loading;
  loading.variable("DOLLARS=$${X} \"q\" \\").variable("ON=yes").variable("SHUTDOWN_TIMEOUT=9.5s");
  loading.file("[service]\ncommand = [\"a\", \"${DOLLARS}\", \"$$ $x\"]\nno_new_privs = \"${ON}\"\n"
               "environment = { \"LC_.b\" = \"${DOLLARS}\" }\nlimits = { nofile = \"1:2\" }\n"
               "[shutdown]\nrewrite = { TERM = \"\" }\nsequence = [\"TERM\", 5, \"INT\"]\n"
               "[startup]\nbackoff = { factor = 1e1 }\n[exit]\nresult = '\\$[0-9]+\\$\\{x|$$$$'\n");
  loading.request.want_origins = true;
  std::string printed;
  for (const Origin& origin : loading.load().origins)
    printed += origin.section + '.' + origin.key + " = " + origin.value + '\n';
  CAPTURE(printed);
  CHECK(config_of(printed) == loading.config());
}

TEST_CASE("passwords in URLs are not printed", "[config][origin]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"redis://:secret@host", "\"redis://:***@host\"  # service.toml:1:14"},
      {"redis://me:se@cret@host:1/2", "\"redis://me:***@host:1/2\"  # service.toml:1:14"},
      {"a redis://u:p1@h and http://u:p2@h/", "\"a redis://u:***@h and http://u:***@h/\"  # service.toml:1:14"},
      {"http://host:80/a@b", "\"http://***\"  # service.toml:1:14"},
      {"http://me@host", "\"http://***@host\"  # service.toml:1:14"},
      {"http://host/?a=b", "\"http://host/?***\"  # service.toml:1:14"},
  }));
  Loading loading;
  loading.file("log.prefix = \"" + text + "\"\n");
  CHECK(origin_of(loading, "log.prefix") == expected);
}

TEST_CASE("elements are listed one by one", "[config][origin]") {
  Loading loading;
  loading.file("readiness.interval = \"3s\"\n[[dependency]]\nname = \"a\"\n"
               "probe = { type = \"redis\", url = \"redis://:secret@a\" }\n"
               "[[health]]\nname = \"b\"\nprobe = { type = \"process\" }\n");
  loading.variable("HEALTH_CHECK_INTERVAL=9");
  CHECK(origin_of(loading, "dependency[0].name") == "\"a\"  # service.toml:3:8");
  CHECK(origin_of(loading, "dependency[0].probe") ==
        "{type = \"redis\", url = \"redis://:***@a\"}  # service.toml:4:9");
  CHECK(origin_of(loading, "dependency[0].timeout") == "\"5m\"  # default");
  CHECK(origin_of(loading, "dependency[0].interval") == "\"3s\"  # readiness.interval");
  CHECK(origin_of(loading, "health[0].interval") == "\"9s\"  # environment HEALTH_CHECK_INTERVAL");
}

TEST_CASE("what looks like a secret is not printed", "[config][origin]") {
  Loading loading;
  loading.variable("SECRET=abc");
  loading.file("[service]\nenvironment = { PGPASSWORD = \"abc\", API_TOKEN = \"${SECRET}\", PIN_SECRET = 7, "
               "LANG = \"abc\" }\n"
               "[readiness]\nprobe = { type = \"http\", url = \"http://a\", headers = { Authorization = "
               "\"abc\", Host = \"x\" } }\n");
  CHECK(origin_of(loading, "service.environment.PGPASSWORD") == "\"***\"  # service.toml:2:30");
  CHECK(origin_of(loading, "service.environment.API_TOKEN") == "\"***\"  # service.toml:2:49");
  CHECK(origin_of(loading, "service.environment.PIN_SECRET") == "\"***\"  # service.toml:2:75");
  CHECK(origin_of(loading, "service.environment.LANG") == "\"abc\"  # service.toml:2:85");
  CHECK(origin_of(loading, "readiness.probe") ==
        "{type = \"http\", url = \"http://a\", headers = {Authorization = \"***\", Host = \"x\"}}  # "
        "service.toml:4:9");
}

TEST_CASE("a secret is not printed where a variable has put it", "[config][origin]") {
  Loading loading;
  loading.variable("PINPASS=Zk9tLq").variable("API_TOKEN=7vRw7vRw");
  loading.file("[service]\ncommand = [\"x\", \"--pin=${PINPASS}\", \"--token\", \"abc\", "
               "\"--password=abc\", \"${API_TOKEN}\"]\n"
               "[log]\nprefix = \"${PINPASS}: \"\nfields = { build = \"${PINPASS}\", session_token = \"abc\" }\n"
               "[alerts]\nwebhook = \"http://relay:8080/hook/abc?token=abc\"\nwebhook_headers = { X-Key = \"abc\" }\n");
  loading.request.want_origins = true;
  std::string printed;
  for (const Origin& origin : loading.load().origins)
    printed += origin.section + '.' + origin.key + " = " + origin.value + '\n';
  CAPTURE(printed);
  CHECK_THAT(printed, !has_text("Zk9tLq") && !has_text("7vRw7vRw") && !has_text("abc"));
  CHECK_THAT(printed, has_text("http://relay:8080/***") && has_text("--pin=***"));
}
