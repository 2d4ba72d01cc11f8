#include "init/config/keys.h"

#include <csignal>
#include <set>

#include "init/config/decode.h"
#include "init/config/probe_kind.h"
#include "init/config/reader.h"
#include "tests/unit/config/loading.h"

using namespace usher;

namespace {

// Every key of the file, each with a value that is not its default.
constexpr char kEveryKey[] = R"(
[service]
name = "echo"
type = "job"
command = ["node"]
user = "node"
workdir = "/app"
umask = "0027"
no_new_privs = true
capabilities = ["CHOWN"]
environment = { A = "b" }
environment_files = ["/run/env"]
limits = { nofile = 10 }
notify_access = "all"
pid_file = "/run/p"
secrets = ["PIN"]
[[dependency]]
name = "redis"
probe = { type = "tcp", address = "a:1" }
[readiness]
probe = { type = "stdout", pattern = "x" }
require_signal_handlers = ["SIGTERM"]
timeout = "1s"
interval = "1s"
[readiness.publish.redis]
url = "redis://a"
user = "u"
password = "p"
key = "b"
command = "lpush"
ttl = "1s"
value = "c"
replace_address = true
remove_on_stop = true
clear_at_start = true
tls = { ca_file = "/t" }
[[health]]
name = "process"
probe = { type = "process" }
[startup]
retries = 9
final_exit_codes = [3]
progress = "9s"
backoff = { initial = "7s", factor = 3.0, max = "8s", jitter = 0.5 }
[shutdown]
timeout = "90s"
signals = ["SIGHUP"]
sequence = ["SIGTERM"]
rewrite = { SIGHUP = "" }
scope = "group"
delay = "1s"
stragglers = "kill"
last_words = "9s"
cleanup = { files = ["/run/x"], redis_keys = ["a"] }
[resources]
on_oom = "exit"
interval = "5s"
[alerts]
memory = 0.9
cpu = 0.8
descriptors = 0.7
sustained = "2m"
coordination = "1m"
repeat = "2h"
min_interval = "2m"
hook = ["a"]
webhook = "http://a/b"
webhook_headers = { A = "b" }
webhook_timeout = "1s"
webhook_tls = { server_name = "t" }
[hooks]
pre_start = ["a"]
post_ready = ["a"]
pre_stop = ["a"]
post_stop = ["a"]
timeout = "1s"
[lifecycle]
stdin = "stop"
timeout = "1s"
[restart]
policy = "always"
max = 7
stable_after = "1s"
[exit]
remap = { "1" = 2 }
on_stop = "zero_if_result"
result = "x"
[report]
termination_message = "keep"
record = false
file = "/a"
termination_file = "/b"
[log]
level = "debug"
format = "json"
file = "/c"
prefix = "d"
fields = { e = "f" }
health = "1m"
[control]
enabled = false
socket = "@a"
[metrics]
listen = "127.0.0.1:1"
push = "http://a"
push_labels = { b = "c" }
push_headers = { D = "e" }
push_tls = { verify = false }
[traces]
enabled = false
shared = false
endpoint = "http://a"
tls = { certificate = "/t", key = "/u" }
[tls]
ca_file = "/t"
certificate = "/u"
key = "/v"
server_name = "w"
verify = false
[coordination]
tls = { verify = true }
redis = "redis://a"
user = "u"
password = "p"
namespace = "b"
ttl = "1s"
expects = ["c"]
)";

Value settings_of(std::string_view text) {
  Problems problems;
  auto root = read_toml(text, "every.toml", problems);
  REQUIRE(root);
  return *root;
}

void read_value(const Key& key, Value value, Config& config) {
  const Environment environment(nullptr);
  Problems problems;
  DecodeContext context{problems, environment};
  Site site{context, key, std::string(key.path)};
  key.read(site, value, &config);
  for (const ConfigError& error : problems.take()) FAIL_CHECK(to_string(error));
}

}  // namespace

TEST_CASE("each key can be set, and changes what its row says", "[config][keys]") {
  Value settings = settings_of(kEveryKey);
  for (const Key& key : keys()) {
    CAPTURE(key.path);
    const Value* const value = find_path(settings, key.path);
    REQUIRE(value);
    Config config = Loading().config();
    const Config before = config;
    read_value(key, *value, config);
    CHECK_FALSE(config == before);
  }
  CHECK(errors_of(kEveryKey).empty());
}

TEST_CASE("the defaults in the table are the defaults in the code", "[config][keys]") {
  Config config = config_of(kEveryKey);
  for (const Key& key : keys()) {
    CAPTURE(key.path, key.fallback);
    if (key.fallback.empty()) continue;
    const auto value = read_toml_value(key.fallback, Place{});
    REQUIRE(value);
    read_value(key, *value, config);
  }
  config.service.name.clear();  // the keys without a default
  config.service.command.clear();
  config.coordination.space.clear();
  config.service.umask.reset();
  config.service.no_new_privs.reset();
  config.service.capabilities.reset();
  config.shutdown.timeout_given = false;
  CHECK(config == Loading().config());
}

TEST_CASE("the defaults of elements are the defaults in the code", "[config][keys]") {
  const auto [list, mandatory] = GENERATE(table<std::string, std::string>({
      {"dependency", "name = \"a\"\nprobe = { type = \"http\", url = \"http://a\" }\n"},
      {"health", "name = \"a\"\nprobe = { type = \"notify\" }\n"},
  }));
  std::string all;
  for (const Key& key : find_key(list)->element())
    if (!key.fallback.empty()) all += std::string(key.path) + " = " + std::string(key.fallback) + '\n';
  const std::string header = "[[" + list + "]]\n" + mandatory;
  CHECK(config_of(header + all) == config_of(header));
}

TEST_CASE("the defaults of probes are the defaults in the code", "[config][keys]") {
  const auto [kind, mandatory] = GENERATE(table<std::string, std::string>({
      {"stdout", "match = \"multiaddr\"\n"},
      {"redis", "url = \"redis://a\"\n"},
      {"http", "url = \"http://a\"\n"},
      {"grpc", "address = \"a:1\"\n"},
      {"process", ""},
      {"notify", ""},
  }));
  std::string all;
  REQUIRE(find_probe_kind(kind));
  for (const Key& key : find_probe_kind(kind)->keys)
    if (!key.fallback.empty()) all += std::string(key.path) + " = " + std::string(key.fallback) + '\n';
  const std::string header = "[readiness.probe]\ntype = \"" + kind + "\"\n" + mandatory;
  CHECK(config_of(header + all) == config_of(header));
}

TEST_CASE("the table is well formed", "[config][keys]") {
  std::set<std::string_view> seen, tables_seen;
  for (const Table& table : tables()) {
    CAPTURE(table.path);
    CHECK(tables_seen.insert(table.path).second);
    CHECK(table.help.ends_with('.'));
    const Key* const key = find_key(table.path);
    CHECK((key == nullptr || is_tables(key->type)));
  }
  for (const Key& key : keys()) {
    CAPTURE(key.path);
    CHECK(seen.insert(key.path).second);
    CHECK(tables_seen.contains(key.path.substr(0, key.path.rfind('.'))));
    CHECK(key.help.ends_with('.'));
    CHECK(key.read != nullptr);
    CHECK(!key.choices.empty() == (key.type == KeyType::choice));
    if (key.type == KeyType::integer || key.type == KeyType::number) CHECK(key.least < key.most);
    CHECK(find_key(key.path) == &key);
    CHECK(is_variable_of(key, variable_name(key)));
  }
}

TEST_CASE("the kinds of probe are well formed", "[config][keys]") {
  std::set<std::string_view> names, schemes;
  for (const ProbeKind* const kind : probe_kinds()) {
    CAPTURE(kind->name);
    CHECK(names.insert(kind->name).second);
    CHECK(find_probe_kind(kind->name) == kind);
    CHECK(kind->schemes.empty() == kind->asks_service);
    CHECK(kind->schemes.empty() == kind->url_form.empty());
    for (const std::string_view scheme : kind->schemes) CHECK(schemes.insert(scheme).second);
    std::set<std::string_view> keys;
    for (const Key& key : kind->keys) {
      CAPTURE(key.path);
      CHECK(keys.insert(key.path).second);
      CHECK(key.help.ends_with('.'));
      CHECK(key.read != nullptr);
      CHECK(!key.choices.empty() == (key.type == KeyType::choice));
      // The reference says it once for all kinds.
      for (const auto& [other, row] : kinds_with(key.path)) {
        CHECK(row->help == key.help);
        CHECK(row->fallback == key.fallback);
        CHECK(row->needed == key.needed);
      }
    }
  }
}

TEST_CASE("keys and their variables find each other", "[config][keys]") {
  const Key* const key = find_key("startup.backoff.initial");
  REQUIRE(key);
  CHECK(variable_name(*key) == "USHER_STARTUP_BACKOFF_INITIAL");
  CHECK_FALSE(is_variable_of(*key, "USHER_STARTUP_BACKOFF_INITIAX"));
  CHECK_FALSE(is_variable_of(*key, "USHER_STARTUP_BACKOFF"));
  CHECK(find_key("startup.backoff") == nullptr);
  CHECK(find_map_key("exit.remap.143") == find_key("exit.remap"));
  CHECK(find_map_key("exit.remap") == nullptr);
  CHECK(find_map_key("exit.remaps.1") == nullptr);
  CHECK(find_map_key("shutdown.timeout.x") == nullptr);
}
