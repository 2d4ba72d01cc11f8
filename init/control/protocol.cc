#include "init/control/protocol.h"

#include <algorithm>
#include <array>

#include "init/base/json.h"
#include "init/base/json_read.h"
#include "init/base/text.h"

namespace usher {
namespace {

constexpr std::array<std::string_view, 9> kAsks{"health", "status",  "watch",  "metrics", "coordination",
                                                "stop",   "restart", "reload", "signal"};
constexpr unsigned kDepthMost = 3;
constexpr std::size_t kChecksMost = 64;
constexpr int kSignalMost = 64;

ReadRequest refuse(std::string problem) { return {std::nullopt, std::move(problem)}; }

// Returns what is wrong, or nothing.
std::string read_checks(const Json& json, ControlRequest& request) {
  const Json* checks = json.find("checks");
  if (checks == nullptr) return {};
  const bool texts = checks->kind == Json::Kind::list &&
                     std::all_of(checks->items.begin(), checks->items.end(),
                                 [](const Json& item) { return item.kind == Json::Kind::text; });
  if (!texts) return "checks: expected a list of names";
  if (checks->items.size() > kChecksMost)
    return "checks: at most " + std::to_string(kChecksMost) + " names are taken";
  for (const Json& item : checks->items) request.checks.push_back(item.text);
  return {};
}

std::string read_level(const Json& json, ControlRequest& request) {
  if (json.find("level") == nullptr) return {};
  const auto level = parse_level(json.text_of("level"));
  if (!level) return "level: expected alive, ready or watch";
  request.level = *level;
  return {};
}

std::string read_limit(const Json& json, std::string_view name, Millis& limit) {
  if (json.find(name) == nullptr) return {};
  const auto value = json.integer_of(name);
  if (!value || *value < 0 || *value > kWaitMost.count())
    return std::string(name) + ": expected milliseconds from 0 to a year";
  limit = Millis(*value);
  return {};
}

std::string read_health(const Json& json, ControlRequest& request) {
  std::string problem = read_checks(json, request);
  if (problem.empty()) problem = read_level(json, request);
  if (problem.empty()) problem = read_limit(json, "wait_ms", request.wait);
  if (problem.empty()) problem = read_limit(json, "hold_ms", request.hold);
  return problem;
}

std::string read_signal(const Json& json, ControlRequest& request) {
  const auto signal = json.integer_of("signal");
  if (!signal || *signal < 1 || *signal > kSignalMost)
    return "signal: expected a number from 1 to " + std::to_string(kSignalMost);
  request.signal = static_cast<int>(*signal);
  return {};
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ',';
    append_json_string(list, text);
  }
  return list += ']';
}

}  // namespace

std::string_view to_string(Ask ask) noexcept { return kAsks[static_cast<std::size_t>(ask)]; }

std::optional<CheckLevel> parse_level(std::string_view word) noexcept {
  for (const CheckLevel level : {CheckLevel::alive, CheckLevel::ready, CheckLevel::watch})
    if (word == to_string(level)) return level;
  return std::nullopt;
}

ReadRequest read_request(std::string_view line) {
  const auto json = parse_json(line, kDepthMost);
  if (!json || json->kind != Json::Kind::object)
    return refuse("cannot read the request: expected one line with a JSON object");
  if (json->integer_of("v") != kControlVersion)
    return refuse("v: this usher speaks version " + std::to_string(kControlVersion) + " only");
  const std::string_view word = json->text_of("ask");
  const auto found = std::find(kAsks.begin(), kAsks.end(), word);
  if (found == kAsks.end()) return refuse("ask: " + in_quotes(word) + " is not known");
  ControlRequest request;
  request.ask = static_cast<Ask>(found - kAsks.begin());
  std::string problem;
  if (request.ask == Ask::health) problem = read_health(*json, request);
  if (request.ask == Ask::signal) problem = read_signal(*json, request);
  if (!problem.empty()) return refuse(std::move(problem));
  return {std::move(request), {}};
}

std::string to_json(const ControlRequest& request) {
  std::string out;
  JsonObject object(out);
  object.add("v", kControlVersion).add("ask", to_string(request.ask));
  if (!request.checks.empty()) object.add_raw("checks", list_of(request.checks));
  if (request.level != CheckLevel::ready) object.add("level", to_string(request.level));
  if (request.wait > Millis{0}) object.add("wait_ms", std::int64_t{request.wait.count()});
  if (request.hold > Millis{0}) object.add("hold_ms", std::int64_t{request.hold.count()});
  if (request.signal != 0) object.add("signal", request.signal);
  object.end();
  return out;
}

std::string health_line(const HealthAnswer& answer, CheckLevel level, const Snapshot& snapshot) {
  std::string checks = "[";
  for (const CheckView* check : answer.checks) {
    if (checks.size() > 1) checks += ',';
    checks += to_json(*check);
  }
  std::string out;
  JsonObject object(out);
  object.add("v", kControlVersion).add("healthy", answer.health == Health::healthy);
  object.add("service", snapshot.service).add("state", snapshot.state);
  object.add("level", to_string(level)).add("reason", answer.text).add_raw("checks", checks += ']');
  object.end();
  return out += '\n';
}

std::string status_line(const Snapshot& snapshot) {
  std::string out;
  JsonObject(out).add("v", kControlVersion).add_raw("status", to_json(snapshot)).end();
  return out += '\n';
}

std::string metrics_line(std::string_view text) {
  std::string out;
  JsonObject(out).add("v", kControlVersion).add("metrics", text).end();
  return out += '\n';
}

std::string coordination_line(const CoordinationConfig& config) {
  std::string object;
  JsonObject members(object);
  members.add("redis", config.redis)
      .add("namespace", config.space)
      .add_raw("expects", list_of(config.expects));
  if (!config.user.empty()) members.add("user", config.user);
  if (!config.password.empty()) members.add("password", config.password);
  std::string tls;
  JsonObject settings(tls);
  settings.add("ca_file", config.tls.ca_file)
      .add("certificate", config.tls.certificate)
      .add("key", config.tls.key)
      .add("server_name", config.tls.server_name);
  if (config.tls.verify) settings.add("verify", *config.tls.verify);
  settings.end();
  members.add_raw("tls", tls).end();
  std::string out;
  JsonObject(out).add("v", kControlVersion).add_raw("coordination", object).end();
  return out += '\n';
}

CoordinationConfig coordination_from(const Json& json) {
  CoordinationConfig config;
  const Json* const given = json.find("coordination");
  if (given == nullptr) return config;
  config.redis = given->text_of("redis");
  config.space = given->text_of("namespace");
  config.user = given->text_of("user");
  config.password = given->text_of("password");
  if (const Json* const tls = given->find("tls")) {
    config.tls.ca_file = tls->text_of("ca_file");
    config.tls.certificate = tls->text_of("certificate");
    config.tls.key = tls->text_of("key");
    config.tls.server_name = tls->text_of("server_name");
    const Json* const verify = tls->find("verify");
    if (verify && verify->kind == Json::Kind::boolean) config.tls.verify = verify->boolean;
  }
  const Json* const expects = given->find("expects");
  if (expects == nullptr || expects->kind != Json::Kind::list) return config;
  for (const Json& one : expects->items)
    if (one.kind == Json::Kind::text) config.expects.push_back(one.text);
  return config;
}

std::string done_line(std::string_view text) {
  std::string out;
  JsonObject(out).add("v", kControlVersion).add("done", text).end();
  return out += '\n';
}

std::string error_line(std::string_view why) {
  std::string out;
  JsonObject(out).add("v", kControlVersion).add("error", why).end();
  return out += '\n';
}

}  // namespace usher
