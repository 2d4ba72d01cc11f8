#include "init/cli/wait_target.h"

#include "init/base/text.h"
#include "init/net/address.h"
#include "init/text/host_port.h"
#include "init/text/http_url.h"
#include "init/text/redis_url.h"
#include "init/text/words.h"

namespace usher {
namespace {

WaitTarget wrong(std::string problem) { return {{}, std::move(problem)}; }

WaitTarget tcp_target(std::string_view rest) {
  const auto [where, problem] = parse_host_port(rest);
  return {TcpProbe{where.host, where.port}, problem};
}

WaitTarget grpc_target(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const auto [where, problem] = parse_host_port(rest.substr(0, slash));
  const auto service = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
  return {GrpcProbe{where.host, where.port, std::string(service)}, problem};
}

WaitTarget http_target(std::string_view text) {
  HttpProbe probe;
  probe.url = text;
  return {probe, parse_http_url(text).problem};
}

WaitTarget redis_target(std::string_view text) {
  RedisProbe probe;
  probe.url = text;
  return {probe, parse_redis_url(text).problem};
}

// "unix:/path" and "unix:///path" are the same.
std::string_view path_of(std::string_view rest) {
  return rest.starts_with("///") ? rest.substr(2) : rest;
}

WaitTarget unix_target(std::string_view path) {
  if (!path.starts_with('/') && !path.starts_with('@'))
    return wrong("expected unix:/path, or unix:@name for an abstract socket");
  if (!unix_address(path)) return wrong("the name of a socket has at most 107 bytes");
  return {UnixProbe{std::string(path)}, {}};
}

WaitTarget file_target(std::string_view path) {
  if (!path.starts_with('/')) return wrong("expected file:/path");
  return {FileProbe{std::string(path), {}}, {}};
}

WaitTarget exec_target(std::string_view text) {
  ExecProbe probe{split_words(text)};
  if (probe.command.empty() || probe.command[0].empty())
    return wrong("expected exec: with a program and its arguments, and all quotes closed");
  return {std::move(probe), {}};
}

}  // namespace

WaitTarget parse_wait_target(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return wrong("expected a kind such as tcp:// before it");
  const std::string kind = to_lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 1);
  if (kind == "unix") return unix_target(path_of(rest));
  if (kind == "file") return file_target(path_of(rest));
  if (kind == "exec") return exec_target(rest);
  const bool has_slashes = rest.starts_with("//");
  if (has_slashes) rest.remove_prefix(2);
  // Somebody's password would be shown as a part of the address.
  if ((kind == "tcp" || kind == "grpc") && rest.find('@') != std::string_view::npos)
    return wrong("user and password do not go into this address");
  if (has_slashes && kind == "tcp") return tcp_target(rest);
  if (has_slashes && kind == "grpc") return grpc_target(rest);
  if (has_slashes && (kind == "http" || kind == "https")) return http_target(text);
  if (has_slashes && kind == "redis") return redis_target(text);
  return wrong(
      "expected tcp://host:port, http://host[:port][/path], redis://host[:port], "
      "grpc://host:port[/service], unix:/path, file:/path or exec:command");
}

}  // namespace usher
