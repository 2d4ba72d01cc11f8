// A loop and questions to Redis servers on it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "init/redis/redis_link.h"
#include "tests/catch.h"
#include "tests/loop_until.h"

namespace usher {

struct RedisFixture {
  Loop loop;
  Resolver resolver{loop};

  std::unique_ptr<RedisLink> link_to(const std::string& url) {
    const auto parsed = parse_redis_url(url);
    REQUIRE(parsed.problem == "");
    return std::make_unique<RedisLink>(loop, resolver, parsed.url);
  }
  RedisAnswer ask(RedisLink& link, std::vector<RedisCommand> commands,
                  std::chrono::milliseconds limit = std::chrono::seconds(60)) {
    std::optional<RedisAnswer> got;
    link.ask(std::move(commands), limit, [&](RedisAnswer answer) { got = std::move(answer); });
    CHECK(!got);  // never from inside ask()
    REQUIRE(loop_until(loop, [&] { return got.has_value(); }));
    return std::move(*got);
  }
  // The reply to one command over a connection of its own.
  RedisReply say(const std::string& url, RedisCommand command) {
    const RedisAnswer answer = ask(*link_to(url), {std::move(command)});
    INFO(answer.problem);
    REQUIRE(answer.replies.size() == 1);
    return answer.replies.front();
  }
};

}  // namespace usher
