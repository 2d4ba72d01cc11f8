#include "init/app/announcer.h"

#include "tests/catch.h"

using namespace usher;

namespace {

bool awaits(const char* target, const char* url, bool satisfied = false) {
  return usher::awaits({{"other", "tcp://db:5432", false, ""}, {"one", target, satisfied, ""}},
                       parse_redis_url(url).url);
}

}  // namespace

TEST_CASE("a server is awaited while a dependency on it is not there", "[announcer]") {
  CHECK(awaits("redis://redis:6379", "redis://redis:6379"));
  CHECK(awaits("redis://redis:6379", "redis://redis"));
  CHECK(awaits("redis://redis:6379/1", "redis://:secret@redis:6379/2"));
  CHECK(awaits("redis://redis:6379 key address", "redis://redis:6379"));
  CHECK(awaits("redis:6379", "redis://redis:6379"));
  CHECK(awaits("redis://[::1]:6379", "redis://[::1]"));
  CHECK(awaits("unix:///run/redis.sock key address", "unix:///run/redis.sock?db=3"));
  CHECK_FALSE(awaits("redis://redis:6379", "redis://redis:6379", true));
}

TEST_CASE("another server is not awaited", "[announcer]") {
  CHECK_FALSE(awaits("redis://redis:63790", "redis://redis:6379"));
  CHECK_FALSE(awaits("redis://other:6379", "redis://redis:6379"));
  CHECK_FALSE(awaits("unix:///run/redis.sock.old", "unix:///run/redis.sock"));
  CHECK_FALSE(awaits("", "redis://redis:6379"));
}
