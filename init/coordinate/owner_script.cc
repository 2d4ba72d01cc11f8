#include "init/coordinate/owner_script.h"

#include <algorithm>

namespace usher {
namespace {

// How long the hash of a key without a ttl is kept, so that what a dead one has left is still known as
// such by the next one that comes.
constexpr Millis kHashTtl{7LL * 24 * 3600 * 1000};

// What is read comes before what is written, and the hash before the value: where a permission is
// missing, nothing half done is left. An element of a list is one of several that may be equal.
constexpr const char* kScript = R"lua(
if redis.replicate_commands then pcall(redis.replicate_commands) end
local key, owners = KEYS[1], KEYS[2]
local wish, me, token, value, command, since = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local lease, ttl, hash_ttl = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local list = command ~= 'SET'
local function digits(number) return string.format('%.0f', number) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local all, dead, dying = {}, {}, {}
local flat = redis.call('HGETALL', owners)
for i = 1, #flat, 2 do
  local due, ready, who, what = string.match(flat[i + 1], '^(%d+) (%d+) (%x+) (.*)$')
  if due then
    all[flat[i]] = {due = tonumber(due), ready = tonumber(ready), token = who, value = what}
  end
end
local kind = redis.call('TYPE', key)['ok']
local mine = all[me]
if wish == 'keep' then
  if not mine then return {'lost', ''} end
  if mine.token ~= token then return {'taken', ''} end
  local expired = ttl > 0 and now - (mine.due - lease) >= ttl
  if list and kind == 'none' and expired then return {'lost', digits(mine.ready)} end
  mine.due = now + lease
end
for name, one in pairs(all) do
  if one.due <= now or (name == me and wish ~= 'keep') then
    dead[#dead + 1] = one
    dying[#dying + 1] = name
  end
end
for _, name in ipairs(dying) do all[name] = nil end
if wish == 'publish' then
  if since == '' then
    -- Later than every other one, also within a millisecond; far ahead is nobody who is right.
    local latest = now
    for _, one in pairs(all) do
      if one.ready < now + 1000 then latest = math.max(latest, one.ready + 1) end
    end
    since = digits(latest)
  end
  mine = {due = now + lease, ready = tonumber(since), token = token, value = value}
  all[me] = mine
end
if #dying > 0 then redis.call('HDEL', owners, unpack(dying)) end
if wish ~= 'withdraw' then
  redis.call('HSET', owners, me, digits(mine.due) .. ' ' .. digits(mine.ready) .. ' ' .. token .. ' ' .. mine.value)
  redis.call('PEXPIRE', owners, digits(hash_ttl))
end
local best
for _, one in pairs(all) do
  if not best or one.ready > best.ready then best = one end
end
if list then
  if kind == 'list' and #dead > 0 then
    local count = {}
    for _, element in ipairs(redis.call('LRANGE', key, 0, -1)) do
      count[element] = (count[element] or 0) + 1
    end
    for name, one in pairs(all) do
      if not (name == me and wish == 'publish') then count[one.value] = (count[one.value] or 0) - 1 end
    end
    for _, one in ipairs(dead) do
      if (count[one.value] or 0) > 0 then
        redis.call('LREM', key, 1, one.value)
        count[one.value] = count[one.value] - 1
      end
    end
  end
  if wish == 'publish' then
    if kind ~= 'list' and kind ~= 'none' then redis.call('DEL', key) end
    redis.call(command, key, value)
  end
  if ttl > 0 and wish ~= 'withdraw' then redis.call('PEXPIRE', key, digits(ttl)) end
else
  local there = kind == 'string' and redis.call('GET', key)
  local stale = kind == 'none' and wish ~= 'withdraw'
  for _, one in ipairs(dead) do stale = stale or one.value == there end
  if best and (wish == 'publish' or stale) then
    if there ~= best.value then redis.call('SET', key, best.value) end
    there = best.value
  elseif stale and kind ~= 'none' then
    redis.call('DEL', key)
    there = false
  end
  if ttl > 0 and best and there == best.value then redis.call('PEXPIRE', key, digits(ttl)) end
end
return {'kept', mine and digits(mine.ready) or ''}
)lua";

const char* name_of(Owner::Wish wish) {
  switch (wish) {
    case Owner::Wish::publish: return "publish";
    case Owner::Wish::keep: return "keep";
    case Owner::Wish::withdraw: break;
  }
  return "withdraw";
}

const char* name_of(PublishCommand command) {
  switch (command) {
    case PublishCommand::set: return "SET";
    case PublishCommand::rpush: return "RPUSH";
    case PublishCommand::lpush: break;
  }
  return "LPUSH";
}

}  // namespace

std::string owners_key(std::string_view key) { return "usher:owners:{" + std::string(key) + '}'; }

Millis lease_for(const PublishConfig& config) {
  return config.ttl > Millis{0} ? std::min(config.ttl, Owner::kLease) : Owner::kLease;
}

RedisCommand owner_command(Owner::Wish wish, const PublishConfig& config, const Owner& owner,
                           const std::string& value, const std::string& ready_since) {
  const Millis hash_ttl = config.ttl > Millis{0} ? config.ttl + Owner::kLease : kHashTtl;
  return {"EVAL",
          kScript,
          "2",
          config.key,
          owners_key(config.key),
          name_of(wish),
          owner.name,
          owner.token,
          value,
          name_of(config.command),
          ready_since,
          std::to_string(lease_for(config).count()),
          std::to_string(config.ttl.count()),
          std::to_string(std::max(hash_ttl, kHashTtl).count())};
}

std::string commands_needed(const PublishConfig& config) {
  const bool list = config.command != PublishCommand::set;
  return "EVAL, TIME, TYPE, HGET, HGETALL, HSET, HDEL, PEXPIRE, DEL, " +
         (list ? std::string(name_of(config.command)) + ", LRANGE and LREM" : "GET and SET") +
         " on the keys " + config.key + " and " + owners_key(config.key);
}

std::optional<Kept> kept_of(const RedisReply& answer) {
  if (answer.type != RedisReply::Type::array || answer.elements.size() != 2) return std::nullopt;
  const std::string& said = answer.elements.front().text;
  if (said == "kept") return Kept::kept;
  if (said == "lost") return Kept::lost;
  if (said == "taken") return Kept::taken;
  return std::nullopt;
}

std::string ready_since_of(const RedisReply& answer) { return answer.elements.at(1).text; }

std::string token_of(const RedisReply& entry) {
  std::string_view rest = entry.text;
  for (int i = 0; i < 2; ++i) {
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos) return {};
    rest.remove_prefix(space + 1);
  }
  return std::string(rest.substr(0, rest.find(' ')));
}

// In the words of servers of all versions; what a proxy does not pass on, it does not know.
bool cannot_own(const RedisReply& error) {
  for (const std::string_view sign : {"NOPERM", "unknown command", "ACL failure in script",
                                      "can't run this command", "CROSSSLOT", "not allowed"})
    if (error.text.find(sign) != std::string::npos) return !error.text.starts_with("OOM");
  return false;
}

}  // namespace usher
