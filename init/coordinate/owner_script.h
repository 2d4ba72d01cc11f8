// Who has written what to a key that several instances of a service share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "init/config/config.h"
#include "init/redis/redis_reply.h"

namespace usher {

// Beside the value stands a hash of ours, with a field for each instance: until when it counts as
// alive if nothing more is heard of it, since when it has been ready, which run of it that is, and
// what it has written. The value itself stays what others expect there.
//
// One script reads and changes both in one step. Whatever it is asked for, it also takes away what
// the dead have left: those who have not been heard of in time, and earlier lives of this instance.
struct Owner {
  enum class Wish : std::uint8_t {
    publish,   // the value is there, as that of one that is ready
    keep,      // ... and still is: a sign of life
    withdraw,  // it is not
  };
  // How long an instance counts as alive without a sign, and how often it gives one.
  static constexpr Millis kLease{3'500};
  static constexpr Millis kBeat{1'000};

  std::string name;   // of the instance: the same in its next life
  std::string token;  // of this life: hexadecimal
};

// What became of a wish to keep.
enum class Kept : std::uint8_t {
  kept,
  lost,   // the server knows nothing of it any more: it is to be published anew
  taken,  // another instance of our name is alive
};

// Where the hash of a key is: "usher:owners:{key}", in the same slot of a cluster.
std::string owners_key(std::string_view key);

// How long a lease may be where the key itself does not live longer.
Millis lease_for(const PublishConfig& config);

// `ready_since`: what ready_since_of() has given for an earlier answer, or empty for now. `value` is
// only needed to publish.
RedisCommand owner_command(Owner::Wish wish, const PublishConfig& config, const Owner& owner,
                           const std::string& value, const std::string& ready_since);
// The commands that a user of Redis needs for it, for people.
std::string commands_needed(const PublishConfig& config);

// Of the answer to it, which is no error. Nothing: it does not fit.
std::optional<Kept> kept_of(const RedisReply& answer);
std::string ready_since_of(const RedisReply& answer);

// From the hash, what HGET says of our name: the token of the life that wrote it; empty if none.
std::string token_of(const RedisReply& entry);

// Whether an error means that the server, or a proxy before it, will not run such a script for us.
bool cannot_own(const RedisReply& error);

}  // namespace usher
