#include "probes/redis_probe.h"

#include <optional>
#include <string_view>
#include <utility>

#include "init/base/duration.h"
#include "init/base/text.h"
#include "init/config/probe_rows.h"
#include "init/redis/key_watch.h"
#include "init/redis/redis_error.h"
#include "init/redis/redis_link.h"
#include "init/text/multiaddr_finder.h"
#include "init/text/pattern.h"
#include "init/text/server_url.h"
#include "probes/answer.h"
#include "probes/kind.h"

namespace usher {
namespace {

using Type = RedisReply::Type;

// The number behind "name:" in what INFO says.
std::optional<std::uint64_t> info_number(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    const std::string_view line = info.substr(0, info.find('\n'));
    info.remove_prefix(std::min(info.size(), line.size() + 1));
    if (!line.starts_with(name) || !line.substr(name.size()).starts_with(':')) continue;
    const auto number = parse_integer(trim(line.substr(name.size() + 1)));
    if (number && *number >= 0) return static_cast<std::uint64_t>(*number);
    return std::nullopt;
  }
  return std::nullopt;
}

std::string what_it_is(const RedisReply& reply) {
  if (reply.type == Type::status || reply.type == Type::string) return in_quotes(reply.text);
  return reply.type == Type::nil ? "nothing" : "something else";
}

std::string target_text(const RedisProbe& config) {
  const RedisUrlResult parsed = parse_redis_url(config.url);
  std::string text = parsed.problem.empty() ? parsed.url.display() : "a Redis server";
  if (!config.key.empty()) text += " key " + config.key;
  return text;
}

class RedisRun final : public Probe {
 public:
  RedisRun(const RedisProbe& config, ProbeContext& context)
      : config_(config),
        loop_(context.loop),
        resolver_(context.resolver),
        target_(target_text(config)),
        problem_(parse_redis_url(config.url).problem),
        server_(redis_server(config.url, config.user, config.password).with(config.tls)),
        link_(context.loop, context.resolver, server_),
        answer_(context.loop) {
    if (!config.pattern.empty()) pattern_ = Pattern::compile(config.pattern, {config.ignore_case});
  }

  void start(Millis timeout, Done done) override;
  const std::string& target() const override { return target_; }
  void watch(std::function<void()> changed) override;

 private:
  // Nothing: there is more to ask.
  using Judgement = std::optional<ProbeResult>;

  void first_answer(RedisAnswer answer);
  Judgement judge_server(const std::vector<RedisReply>& replies) const;
  Judgement judge_limit(const RedisReply& info, std::string_view field, std::uint64_t most,
                        std::string_view setting) const;
  Judgement judge_type(const RedisReply& type) const;
  void ask_value(bool is_list);
  ProbeResult judge_value(const RedisAnswer& answer) const;
  ProbeResult refused(const RedisReply& error) const;
  ProbeResult failed(const RedisAnswer& answer) const;
  ProbeResult taken_away() const;
  std::string key() const { return "key " + in_quotes(config_.key); }
  void finish(ProbeResult result);

  const RedisProbe& config_;
  Loop& loop_;
  Resolver& resolver_;
  const std::string target_;
  const std::string problem_;  // of the URL
  const RedisUrl server_;
  std::optional<Pattern> pattern_;
  RedisLink link_;
  std::unique_ptr<KeyWatch> watch_;
  bool written_before_ = false;  // before this run: one that is written during it may be there
  Answer answer_;
};

void RedisRun::watch(std::function<void()> changed) {
  if (config_.key.empty() || !problem_.empty()) return;
  watch_ =
      std::make_unique<KeyWatch>(loop_, resolver_, server_, config_.key, std::move(changed));
}

void RedisRun::start(Millis timeout, Done done) {
  const auto expired = [this, timeout] {
    finish(not_yet("no answer within " + format_duration(timeout)));
  };
  if (!problem_.empty()) {
    answer_.expect(timeout, std::move(done), expired);
    return answer_.give_later(misconfigured("url: " + problem_));
  }
  std::vector<RedisCommand> commands = {{"PING"}};
  if (config_.max_memory != 0) commands.push_back({"INFO", "memory"});
  if (config_.max_clients != 0) commands.push_back({"INFO", "clients"});
  if (!config_.key.empty()) commands.push_back({"TYPE", config_.key});
  written_before_ = watch_ && watch_->seen();
  // The link's own limit comes first: it knows best what it has waited for.
  link_.ask(std::move(commands), timeout,
            [this](RedisAnswer answer) { first_answer(std::move(answer)); });
  answer_.expect(timeout, std::move(done), expired);
}

void RedisRun::first_answer(RedisAnswer answer) {
  if (!answer.problem.empty()) return finish(failed(answer));
  if (Judgement judged = judge_server(answer.replies)) return finish(std::move(*judged));
  if (config_.key.empty()) return finish(passed());
  if (watch_) watch_->open(answer_.timeout());
  const RedisReply& type = answer.replies.back();
  if (Judgement judged = judge_type(type)) return finish(std::move(*judged));
  ask_value(type.is_status("list"));
}

RedisRun::Judgement RedisRun::judge_server(const std::vector<RedisReply>& replies) const {
  const RedisReply& pong = replies.front();
  if (pong.is_error()) return refused(pong);
  if (!pong.is_status("PONG")) return not_yet("it answered PING with " + what_it_is(pong));
  std::size_t next = 1;
  if (config_.max_memory != 0)
    if (Judgement judged =
            judge_limit(replies[next++], "used_memory", config_.max_memory, "max_memory"))
      return judged;
  if (config_.max_clients != 0)
    return judge_limit(replies[next], "connected_clients", config_.max_clients, "max_clients");
  return std::nullopt;
}

RedisRun::Judgement RedisRun::judge_limit(const RedisReply& info, std::string_view field,
                                          std::uint64_t most, std::string_view setting) const {
  if (info.is_error()) return refused(info);
  const auto used = info_number(info.text, field);
  if (!used) return not_yet("its INFO does not tell " + std::string(field));
  if (*used <= most) return std::nullopt;
  return not_yet(std::string(field) + " is " + std::to_string(*used) + ", above " +
                 std::string(setting) + ", " + std::to_string(most));
}

RedisRun::Judgement RedisRun::judge_type(const RedisReply& type) const {
  if (type.is_error()) return refused(type);
  if (type.type != Type::status) return not_yet("it answered TYPE with " + what_it_is(type));
  if (type.is_status("none")) {
    if (written_before_) return taken_away();
    return not_yet(key() + " is not there");
  }
  if (type.is_status("string") || type.is_status("list")) return std::nullopt;
  if (config_.pattern.empty() && !config_.multiaddr) return passed();
  return not_yet(key() + " is a " + type.text + ", not a string or a list");
}

void RedisRun::ask_value(bool is_list) {
  const RedisCommand read = is_list ? RedisCommand{"LRANGE", config_.key, "0", "0"}
                                    : RedisCommand{"GETRANGE", config_.key, "0", "65535"};
  link_.ask({read}, answer_.timeout(),
            [this](const RedisAnswer& answer) { finish(judge_value(answer)); });
}

ProbeResult RedisRun::judge_value(const RedisAnswer& answer) const {
  if (!answer.problem.empty()) return failed(answer);
  const RedisReply& reply = answer.replies.front();
  if (reply.is_error()) return refused(reply);
  const bool is_list = reply.type == Type::array;
  if (is_list && reply.elements.empty()) return taken_away();
  const RedisReply& value = is_list ? reply.elements.front() : reply;
  if (value.type != Type::string) return not_yet("it answered with " + what_it_is(value));
  if (value.text.empty()) return not_yet(key() + " is empty");
  if (config_.multiaddr) {
    UndialableMultiaddr passed_over;
    if (auto address = find_multiaddr(value.text, config_.allow_loopback, &passed_over))
      return passed(std::move(*address));
    if (!passed_over.text.empty()) return not_yet(key() + ": " + explain(passed_over));
    return not_yet(key() + " is no multiaddr: " + in_quotes(value.text));
  }
  if (!config_.pattern.empty() && (!pattern_ || !pattern_->matches(value.text)))
    return not_yet(key() + " does not match the pattern: " + in_quotes(value.text));
  return passed(value.text);
}

ProbeResult RedisRun::refused(const RedisReply& error) const {
  RedisRefusal refusal = explain_error(error, link_.url());
  return refusal.misconfigured ? misconfigured(std::move(refusal.reason))
                               : not_yet(std::move(refusal.reason));
}

ProbeResult RedisRun::failed(const RedisAnswer& answer) const {
  return answer.misconfigured ? misconfigured(answer.problem) : not_yet(answer.problem);
}

ProbeResult RedisRun::taken_away() const {
  ProbeResult result = passed();
  result.reason = key() + " was written, and its value taken away before it could be read";
  return result;
}

void RedisRun::finish(ProbeResult result) {
  link_.close();
  answer_.give(std::move(result));
}

constexpr Key kKeys[] = {
    rows::kMatch<&RedisProbe::multiaddr>,
    rows::kPattern<&RedisProbe::pattern>,
    rows::kIgnoreCase<&RedisProbe::ignore_case>,
    rows::kAllowLoopback<&RedisProbe::allow_loopback>,
    rows::typed(rows::kUrl<&RedisProbe::url>, KeyType::redis_url),
    rows::kUser<&RedisProbe::user>,
    rows::kPassword<&RedisProbe::password>,
    rows::kTls<&RedisProbe::tls>,
    {.path = "key",
     .help = "A key that has to be there and not empty, string or list. It is never consumed.",
     .read = into<&RedisProbe::key>},
    rows::kMaxMemory<&RedisProbe::max_memory>,
    {.path = "max_clients",
     .type = KeyType::integer,
     .help = "The most connections of the server.",
     .read = into<&RedisProbe::max_clients>,
     .least = 1,
     .most = 1e9},
};
constexpr std::string_view kSchemes[] = {"redis", "rediss"};

std::string problem_of(const RedisProbe& probe, const Value& written, bool whole) {
  if (std::string why = rows::pattern_problem(written, whole, probe.ignore_case); !why.empty()) return why;
  if (whole && (written.find("match") || written.find("pattern")) && !written.find("key"))
    return "match and pattern look at the value of a key; expected a key";
  const Value* const password = written.find("password");
  const bool unread = password && !password->expanded;  // a file that nobody looks into here
  if (whole && !unread) return problem_of_login(probe.url, probe.user, probe.password);
  return {};
}

// redis://host/0?key=NAME: the URL of the server, and the key after it.
std::string read_url(std::string_view url, std::string_view, RedisProbe& probe) {
  constexpr std::string_view kKey = "?key=";
  const std::size_t at = url.rfind(kKey);
  if (at != url.npos) {
    const auto key = percent_decode(url.substr(at + kKey.size()));
    if (!key || key->empty()) return "expected the name of a key after ?key=";
    probe.key = *key;
  }
  probe.url = url.substr(0, at);
  return parse_redis_url(probe.url).problem;
}

constexpr ProbeKindOf<RedisProbe> kKind({
    .name = "redis",
    .keys = kKeys,
    .schemes = kSchemes,
    .url_form = "redis[s]://host[:port][/database][?key=NAME]",
    .problem = problem_of,
    .read_url = read_url,
    .target = target_text,
    .host = [](const RedisProbe& probe) { return parse_redis_url(probe.url).url.host; },
    .finds_value = [](const RedisProbe& probe) { return !probe.key.empty(); },
    .make = make_run<RedisRun, RedisProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& redis = kKind;
}
const ProbeKind& probe_kind_of(const RedisProbe&) { return kKind; }

}  // namespace usher
