#include "init/os/environment.h"

#include <sys/stat.h>

#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {
const char* const kGiven[] = {"PATH=/bin", "HOME=/root", "A=given", "not a pair", nullptr};
}

TEST_CASE("what was given is passed on unchanged", "[environment]") {
  const auto result = service_environment({}, nullptr, kGiven);
  CHECK(result.entries == std::vector<std::string>{"PATH=/bin", "HOME=/root", "A=given", "not a pair"});
}

TEST_CASE("files win over what was given, later files over earlier, the table over all",
          "[environment]") {
  const Scratch scratch;
  ServiceConfig config;
  config.environment_files = {scratch.write("one", "A=one\nB=one\nC=one\n"),
                              scratch.write("two", "B=two\nC=two\n")};
  config.environment = {{"C", "table"}};
  const auto result = service_environment(config, nullptr, kGiven);
  CHECK(result.entries == std::vector<std::string>{"PATH=/bin", "HOME=/root", "A=one", "not a pair",
                                                   "B=two", "C=table"});
}

TEST_CASE("another user has its own home, unless the configuration says otherwise", "[environment]") {
  Identity node;
  node.name = "node";
  node.home = "/home/node";
  ServiceConfig config;
  config.environment = {{"USER", "else"}};
  const auto entries = service_environment(config, &node, kGiven).entries;
  const auto has = [&](const char* entry) {
    return std::find(entries.begin(), entries.end(), entry) != entries.end();
  };
  CHECK(has("HOME=/home/node"));
  CHECK(has("LOGNAME=node"));
  CHECK(has("USER=else"));
}

TEST_CASE("a number without an entry is a user, too", "[environment]") {
  Identity number;
  number.uid = 1234;
  const auto entries = service_environment({}, &number, kGiven).entries;
  const auto has = [&](const char* entry) {
    return std::find(entries.begin(), entries.end(), entry) != entries.end();
  };
  CHECK(has("HOME=/"));
  CHECK(has("USER=1234"));
  CHECK(has("LOGNAME=1234"));
}

TEST_CASE("settings of usher's own that may hold a secret are not passed on", "[environment]") {
  const char* const given[] = {"USHER_COORDINATION_REDIS=redis://:x@y", "USHER_ALERTS_WEBHOOK=http://x/token",
                               "USHER_METRICS_PUSH=http://x", "USHER_READINESS_PUBLISH_REDIS_URL=redis://:x@y",
                               "USHER_LOG_LEVEL=debug", "USHER_CONFIG=/c.toml", "USHER_APP=own", nullptr};
  CHECK(service_environment({}, nullptr, given).entries ==
        std::vector<std::string>{"USHER_LOG_LEVEL=debug", "USHER_CONFIG=/c.toml", "USHER_APP=own"});
}

TEST_CASE("hooks have the files that are there already", "[environment]") {
  const Scratch scratch;
  ServiceConfig config;
  config.environment_files = {scratch.path("absent"), scratch.write("one", "A=one\n")};
  const auto result = service_environment(config, nullptr, kGiven, AbsentFiles::passed_over);
  CHECK(result.problem.empty());
  CHECK(result.entries[2] == "A=one");
  config.environment_files = {"/tmp"};
  CHECK_THAT(service_environment(config, nullptr, kGiven, AbsentFiles::passed_over).problem,
             has_text("not a regular file"));
}

TEST_CASE("a file that cannot be used is named, with the line", "[environment]") {
  const Scratch scratch;
  ServiceConfig config;
  const auto problem = [&](const std::string& path) {
    config.environment_files = {path};
    return service_environment(config, nullptr, kGiven).problem;
  };
  CHECK_THAT(problem(scratch.path("absent")), has_text("absent") && has_text("No such file"));
  CHECK_THAT(problem("/tmp"), has_text("not a regular file"));
  CHECK_THAT(problem(scratch.write("bad", "A=1\n=2\n")), has_text("bad:2"));
  const std::string fifo = scratch.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THAT(problem(fifo), has_text("not a regular file"));  // and nobody waited for a writer
}
