#include "init/text/http_url.h"

#include "tests/catch.h"

using namespace usher;

TEST_CASE("an http URL is taken apart", "[http_url]") {
  const auto [text, url] = GENERATE(table<std::string, HttpUrl>({
      {"http://web", {"web", 80, "/"}},
      {"HTTP://web:8080/", {"web", 8080, "/"}},
      {"http://web/a/b?c=d#e", {"web", 80, "/a/b?c=d"}},
      {"http://web?c=d/e", {"web", 80, "/?c=d/e"}},
      {"http://[::1]:8080/x", {"::1", 8080, "/x"}},
      {"http://127.0.0.1#x", {"127.0.0.1", 80, "/"}},
      {"http://unix:/run/web.sock", {"", 80, "/", "/run/web.sock"}},
      {"http://unix:/run/web.sock:/a?b=c:d", {"", 80, "/a?b=c:d", "/run/web.sock"}},
      {"http://unix:@web:?b", {"", 80, "/?b", "@web"}},
      {"https://web", {"web", 443, "/", "", true}},
      {"HTTPS://web:8443/a", {"web", 8443, "/a", "", true}},
  }));
  CAPTURE(text);
  const auto [parsed, problem] = parse_http_url(text);
  CHECK(problem.empty());
  CHECK(parsed == url);
}

TEST_CASE("what a probe cannot ask is refused without quoting it", "[http_url]") {
  const auto [text, why] = GENERATE(table<std::string, std::string>({
      {"", "expected http://"},
      {"web:80", "expected http://"},
      {"http://", "names no host"},
      {"http://:80/", "names no host"},
      {"https://", "names no host"},
      {"https://unix:/run/web.sock", "port"},
      {"https://user:secret@web/", "Authorization"},
      {"http://user:secret@web/", "Authorization"},
      {"http://web:0/", "1 to 65535"},
      {"http://web:65536/", "1 to 65535"},
      {"http://web:8x/", "1 to 65535"},
      {"http://[::1/", "bracket"},
      {"http://[::1]8/", "only a port"},
      {"http://web/a b", "%20"},
      {"http://web/\r\nX: y", "%20"},
      {"http://web/" + std::string(5000, 'x'), "4096"},
  }));
  CAPTURE(text);
  const std::string problem = parse_http_url(text).problem;
  CHECK_THAT(problem, has_text(why));
  CHECK(problem.find("secret") == std::string::npos);
}

TEST_CASE("what is shown of a URL has no query", "[http_url]") {
  CHECK(parse_http_url("http://web:8080/health?token=secret").url.display() ==
        "http://web:8080/health");
  CHECK(parse_http_url("http://[::1]/").url.display() == "http://[::1]/");
  CHECK(parse_http_url("https://web:443/a").url.display() == "https://web/a");
  CHECK(parse_http_url("https://web:80/").url.authority() == "web:80");
  CHECK(parse_http_url("http://unix:/w.sock:/a?b").url.display() == "http://unix:/w.sock:/a");
  CHECK(parse_http_url("http://unix:/w.sock:/a?b").url.authority() == "localhost");
}

TEST_CASE("a location is seen from the page that it came with", "[http_url]") {
  const HttpUrl from{"web", 8080, "/a/b?c"};
  const auto [location, to] = GENERATE(table<std::string, HttpUrl>({
      {"/x?y", {"web", 8080, "/x?y"}},
      {"x", {"web", 8080, "/a/x"}},
      {"?z", {"web", 8080, "/a/b?z"}},
      {"", {"web", 8080, "/a/b?c"}},
      {"#top", {"web", 8080, "/a/b?c"}},
      {"//other/x", {"other", 80, "/x"}},
      {"http://web/x", {"web", 80, "/x"}},
      {"x?u=http://other/", {"web", 8080, "/a/x?u=http://other/"}},
  }));
  CAPTURE(location);
  const auto [url, problem] = resolve_location(from, location);
  CHECK(problem.empty());
  CHECK(url == to);
  CHECK(resolve_location(from, "https://web/").url == HttpUrl{"web", 443, "/", "", true});
  CHECK(resolve_location({"web", 443, "/", "", true}, "//other").url == HttpUrl{"other", 443, "/", "", true});
  CHECK_FALSE(resolve_location(from, "/a\r\nb").problem.empty());
  const HttpUrl socket{"", 80, "/a", "/run/web.sock"};
  CHECK(resolve_location(socket, "b").url == HttpUrl{"", 80, "/b", "/run/web.sock"});
  CHECK(resolve_location(socket, "http://localhost/b").url == HttpUrl{"localhost", 80, "/b"});
}
