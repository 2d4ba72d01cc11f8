#include "init/cli/wait_target.h"

#include "init/config/probe_kind.h"
#include "init/text/words.h"
#include "tests/catch.h"
#include "tests/probe_settings.h"

using namespace usher;

namespace {

HttpProbe http(const std::string& url) {
  HttpProbe probe;
  probe.url = url;
  return probe;
}

RedisProbe redis(const std::string& url, const std::string& key = "") {
  RedisProbe probe;
  probe.url = url;
  probe.key = key;
  return probe;
}

}  // namespace

TEST_CASE("a target in one word is a probe", "[wait_target]") {
  const auto [text, probe] = GENERATE(table<std::string, ProbeConfig>({
      {"tcp://redis:6379", TcpProbe{"redis", 6379}},
      {"TCP://[::1]:80", TcpProbe{"::1", 80}},
      {"tls://db:5432", TcpProbe{"db", 5432, TlsSettings()}},
      {"grpcs://api:443/a.B", GrpcProbe{"api", 443, "a.B", TlsSettings()}},
      {"grpc://api:50051", GrpcProbe{"api", 50051, ""}},
      {"grpc://api:50051/echo.v1.Echo", GrpcProbe{"api", 50051, "echo.v1.Echo"}},
      {"http://web:8080/health?full=1", http("http://web:8080/health?full=1")},
      {"redis://user:secret@redis/1", redis("redis://user:secret@redis/1")},
      {"redis://redis/1?key=a%20b", redis("redis://redis/1", "a b")},
      {"{ type = \"file\", path = '/run/ready', pattern = 'up' }", FileProbe{"/run/ready", "up"}},
      {"unix:/run/app.sock", UnixProbe{"/run/app.sock"}},
      {"unix:///run/app.sock", UnixProbe{"/run/app.sock"}},
      {"unix:@name", UnixProbe{"@name"}},
      {"file:/run/ready", FileProbe{"/run/ready", ""}},
      {"file:///run/ready", FileProbe{"/run/ready", ""}},
      {"exec:pg_isready -h 'my db'", ExecProbe{{"pg_isready", "-h", "my db"}}},
  }));
  CAPTURE(text);
  const WaitTarget target = parse_wait_target(text);
  CHECK(target.problem.empty());
  CHECK((target.probe == probe));
}

TEST_CASE("what cannot be waited for is refused", "[wait_target]") {
  const std::string text = GENERATE(
      std::string(""), std::string("redis"), std::string("redis:6379"),
      std::string("tcp:redis:6379"), std::string("tcp://redis"), std::string("tcp://redis:0"),
      std::string("udp://redis:53"), std::string("https://"),
      std::string("http://user:secret@web/"), std::string("grpc://api/echo"),
      std::string("redis://"), std::string("unix:run/app.sock"), "unix:/" + std::string(107, 'x'),
      std::string("file:ready"), std::string("exec:"), std::string("exec:  "),
      std::string("exec:''"), std::string("exec:sh -c 'true"), std::string("redis://a?key="),
      std::string("redis://:secret@a?db=1"), std::string("{ type = \"tcp\" }"), std::string("{"),
      std::string("{ type = \"process\" }"),
      std::string("{ type = \"redis\", url = \"redis://:secret@a:x\" }"));
  CAPTURE(text);
  const std::string problem = parse_wait_target(text).problem;
  CHECK_FALSE(problem.empty());
  CHECK(problem.find("secret") == std::string::npos);
}

TEST_CASE("each kind that asks nothing of the service can be waited for by a URL", "[wait_target]") {
  for (const ProbeKind* const kind : probe_kinds()) {
    CAPTURE(kind->name);
    for (const std::string_view scheme : kind->schemes) {
      CHECK(kind->url_form.starts_with(kind->schemes.front()));
      const std::string problem = parse_wait_target(std::string(scheme) + ":").problem;
      CHECK_FALSE(problem.empty());
    }
  }
}

TEST_CASE("a command is split into words without a shell", "[wait_target]") {
  const auto [text, words] = GENERATE(table<std::string, std::vector<std::string>>({
      {"", {}},
      {" a  b\tc ", {"a", "b", "c"}},
      {"a 'b c' \"d e\"f", {"a", "b c", "d ef"}},
      {"a '' \"\"", {"a", "", ""}},
      {"a\\ b \"c\\\"d\" 'e\\f'", {"a b", "c\"d", "e\\f"}},
      {"echo $HOME; ls *|x", {"echo", "$HOME;", "ls", "*|x"}},
      {"a 'b", {}},
      {"a\\", {"a\\"}},
  }));
  CAPTURE(text);
  CHECK(split_words(text) == words);
}
