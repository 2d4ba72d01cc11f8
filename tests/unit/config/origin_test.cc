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

namespace {

FileText a_secret_file(const std::string& path, std::size_t) {
  if (path == "/run/secrets/key") return {"Qz8/w@Lk\n", "", false};
  if (path == "/run/secrets/short") return {"no\n", "", false};
  return {"", "No such file or directory", true};
}

std::string all_printed(Loading& loading) {
  loading.request.want_origins = true;
  std::string printed;
  const Loaded loaded = loading.load();
  for (const ConfigError& error : loaded.errors) printed += to_string(error) + '\n';
  for (const Origin& origin : loaded.origins) printed += origin.section + '.' + origin.key + " = " + origin.value + '\n';
  return printed;
}

}  // namespace

TEST_CASE("what a file holds is printed nowhere", "[config][origin][secrets]") {
  Loading loading;
  loading.request.read_file = a_secret_file;
  loading.file("[service]\ncommand = [\"x\", \"a${file:/run/secrets/key}\", \"Qz8/w@Lk\"]\n"
               "environment = { LANG = \"${file:/run/secrets/short}\" }\n"
               "[log]\nprefix = \"${file:/run/secrets/short}\"\n"
               "[coordination]\nredis = \"redis://h\"\nnamespace = \"n\"\npassword = \"${file:/run/secrets/key}\"\n");
  CHECK(loading.config().coordination.password == "Qz8/w@Lk");
  CHECK(loading.config().service.environment.at("LANG") == "no");
  const std::string printed = all_printed(loading);
  CAPTURE(printed);
  CHECK_THAT(printed, !has_text("Qz8") && !has_text("\"no\""));
  CHECK_THAT(printed, has_text("service.command = [\"x\", \"***\", \"***\"]") && has_text("log.prefix = \"***\""));
}

TEST_CASE("no message quotes what a file holds", "[config][origin][secrets]") {
  for (const char* const text :
       {"service.name = \"${file:/run/secrets/key}\"", "coordination.redis = \"${file:/run/secrets/key}\"",
        "log.level = \"${file:/run/secrets/short}\"", "startup.retries = \"${file:/run/secrets/short}\"",
        "shutdown.timeout = \"${file:/run/secrets/short}\"", "exit.result = \"(${file:/run/secrets/short}\"",
        "service.umask = \"${file:/run/secrets/short}\"", "shutdown.signals = [\"${file:/run/secrets/short}\"]",
        "service.limits = { nofile = \"${file:/run/secrets/short}\" }"}) {
    Loading loading;
    loading.request.read_file = a_secret_file;
    const Texts errors = loading.file(text).errors();
    CAPTURE(text);
    REQUIRE(errors.size() == 1);
    CAPTURE(errors[0]);
    CHECK_THAT(errors[0], !has_text("\"no\"") && !has_text("Qz8") && !has_text("(no"));
  }
}

TEST_CASE("variables that end in _FILE name the file of a secret", "[config][environment][secrets]") {
  Loading loading;
  loading.request.read_file = a_secret_file;
  loading.file("coordination = { redis = \"redis://h\", namespace = \"n\" }\n");
  loading.variable("USHER_COORDINATION_PASSWORD_FILE=/run/secrets/key");
  CHECK(loading.config().coordination.password == "Qz8/w@Lk");
  CHECK(origin_of(loading, "coordination.password") ==
        "\"***\"  # environment USHER_COORDINATION_PASSWORD_FILE");
  loading.variable("USHER_COORDINATION_PASSWORD=x");
  CHECK(loading.errors() == Texts{"environment USHER_COORDINATION_PASSWORD_FILE: USHER_COORDINATION_PASSWORD is "
                                  "set, too; give one of the two"});
  // It is the name of a key, and nothing that holds a secret.
  CHECK(Loading().variable("USHER_LOG_FILE=/x").config().log.file == "/x");
}

TEST_CASE("a file of a secret that is not there is a mistake, or told where it may be absent",
          "[config][secrets]") {
  Loading loading;
  loading.file("[readiness]\nprobe = { type = \"redis\", url = \"redis://h\", user = \"u\", password = "
               "\"${file:/run/secrets/gone}\" }\n[coordination]\nredis = \"redis://${file:/run/secrets/gone}@h\"\n"
               "namespace = \"n\"\n[profile.ci]\nlog.prefix = \"${file:/run/secrets/gone}\"\n");
  CHECK(loading.errors().empty());  // for those who need none of it
  loading.request.read_file = a_secret_file;
  const std::string why = ": cannot read \"/run/secrets/gone\": No such file or directory";
  CHECK(loading.errors() == Texts{"service.toml:2:69: readiness.probe.password" + why,
                                  "service.toml:4:9: coordination.redis" + why});
  loading.request.files_may_be_absent = true;
  const Loaded loaded = loading.load();
  CHECK(loaded.errors.empty());
  CHECK(loaded.warnings.size() == 2);
}

TEST_CASE("a variable that service.secrets names is a secret", "[config][origin][secrets]") {
  Loading loading;
  loading.variable("PIN=4711a").variable("USHER_SERVICE_SECRETS=PIN,CODE,ODD");
  loading.file("[service]\ncommand = [\"x\", \"${PIN}\", \"9bcd3\"]\nenvironment = { CODE = \"9bcd3\", ODD = \"a\" }\n"
               "name = \"a/${PIN}\"\n");
  const std::string printed = all_printed(loading);
  CAPTURE(printed);
  CHECK_THAT(printed, !has_text("4711a") && !has_text("9bcd3") && has_text("service.environment.ODD = \"***\""));
}
