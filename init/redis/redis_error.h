// What it means when a Redis server answers with an error.
#pragma once

#include <string>

#include "init/redis/redis_reply.h"
#include "init/text/redis_url.h"

namespace usher {

struct RedisRefusal {
  std::string reason;  // for people; without secrets, also where the server repeats one
  bool misconfigured;  // will not get better by itself: a password, a permission
};

RedisRefusal explain_error(const RedisReply& error, const RedisUrl& url);
// The same for AUTH and SELECT, where nearly every error is one of the configuration.
RedisRefusal explain_login_error(const RedisReply& error, const RedisUrl& url);

// The first of some replies that is an error, or the reply to an EXEC with one in it; null if none.
const RedisReply* first_error(const std::vector<RedisReply>& replies);

}  // namespace usher
