#include "init/timeline/page.h"

#include "tests/catch.h"
#include "tests/unit/timeline/lives.h"

using namespace usher;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++found;
  return found;
}

}  // namespace

TEST_CASE("a page has a picture for each life, with a title and a description", "[page]") {
  const std::string page = report_page(lay_out(suite()));
  CHECK_THAT(page, has_text("<title>3 services in 8.0 s</title>"));
  CHECK(count(page, "<section>") == 3);
  CHECK(count(page, "role=\"img\"") == 3);
  CHECK_THAT(
      page,
      has_text("aria-labelledby=\"row0-title row0-desc\">\n<title id=\"row0-title\">redis over "
               "time</title>\n"
               "<desc id=\"row0-desc\">starting 100 ms, ready 7.8 s, stopping 100 ms</desc>"));
  CHECK(page.find("<h2>redis") < page.find("<h2>py-test-harness"));
  CHECK_THAT(page,
             has_text("<rect x=\"37.625%\" width=\"50.000%\""));  // ready from 3.01 s to 7.01 s
}

TEST_CASE("a page asks nobody for anything", "[page]") {
  const std::string page = report_page(lay_out(suite()));
  for (const char* part :
       {"<script", "http:", "https:", "url(", "@import", "<link", "<img", " src=", " href="})
    CHECK(count(page, part) == 0);
  CHECK_THAT(page, has_text("prefers-color-scheme:dark"));
}

TEST_CASE("nothing from a report is more than text on a page", "[page]") {
  const std::string evil = "</title><script>alert(\"1\")</script>'\x01&";
  LifeRecord life = life_of(evil, 0, {span_of(Phase::ready, 0, 10, evil)});
  life.instance = life.reason = life.signal = life.stopped_by = life.ready_value = evil;
  life.spans[0].state = evil;
  life.attempts = 2;
  life.checks = {{evil, 1, 1}};
  life.dependencies = {{evil, evil, false, std::chrono::seconds(1), evil}};
  const std::string page = report_page(lay_out({life}));
  CHECK(count(page, "<script") == 0);
  CHECK(count(page, "\x01") == 0);
  CHECK(count(page, "</title>") == 3);  // of the page, the picture and its one bar
  CHECK(count(page, "&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;\\x01&amp;") >=
        9);
}

TEST_CASE("a bar too short to be seen is a few pixels wide, within the picture", "[page]") {
  const std::string page = report_page(
      lay_out({life_of("a", 0,
                       {span_of(Phase::starting, 0, 1), span_of(Phase::ready, 1, 99'999),
                        span_of(Phase::stopping, 99'999, 100'000)})}));
  CHECK_THAT(page, has_text("<rect x=\"0.000%\" width=\"3\""));
  CHECK_THAT(page, has_text("<rect x=\"99.600%\" width=\"3\""));
}
