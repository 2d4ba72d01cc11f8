#include "init/config/text_problem.h"

#include <algorithm>

#include "init/base/redact.h"
#include "init/base/text.h"
#include "init/text/host_port.h"
#include "init/text/http_url.h"
#include "init/text/pattern.h"
#include "init/text/redis_url.h"

namespace usher {
namespace {

std::string expected(std::string_view what, const std::string& text) {
  return "expected " + std::string(what) + ", got " + in_quotes(text);
}

// Where people write what should have been a URL, with a password in it.
std::string expected_place(std::string_view what, const std::string& text) {
  const bool plain = text.find_first_of("@?#") == std::string::npos;
  return plain ? expected(what, text) : "expected " + std::string(what) + ", got " + scheme_only(text);
}

std::string problem_of_name(const std::string& text) {
  constexpr std::size_t kLongest = 64;
  if (!text.empty() && text.size() <= kLongest && is_word(text, "._-")) return {};
  return expected("1 to 64 letters, digits, '.', '_' or '-'", text);
}

std::string problem_of_user(const std::string& text) {
  const std::size_t colon = text.find(':');
  const bool bad = text.find_first_of(" \t\n/") != std::string::npos || colon == 0 ||
                   colon == text.size() - 1 || colon != text.rfind(':');
  return bad && !text.empty() ? expected("a user's name or uid[:gid]", text) : "";
}

std::string problem_of_log_target(const std::string& text) {
  const auto number = parse_integer(text);
  if (!number || (*number >= 0 && *number <= 1023)) return {};
  return expected("a path or the number of a descriptor from 0 to 1023", text);
}

std::string problem_of_pattern(const std::string& text) {
  const std::string why = text.empty() ? "" : Pattern::problem(text);
  return why.empty() ? "" : "cannot use " + in_quotes(text) + " as a regular expression: " + why;
}

std::string problem_of_socket(const std::string& text) {
  constexpr std::size_t kLongest = 107;  // sun_path, without its NUL
  if (text.size() > kLongest) return expected_place("a path of at most 107 bytes", text);
  const bool abstract = text.starts_with('@') && text.size() > 1;
  if (text.empty() || text.starts_with('/') || abstract) return {};
  return expected_place("an absolute path, or \"@name\" for an abstract socket", text);
}

std::string problem_of_listen(const std::string& text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.empty()) return {};
  if (text.starts_with(kUnix)) return problem_of_socket(text.substr(kUnix.size()));
  const auto [endpoint, problem] = parse_host_port(text);
  std::string why = problem;
  if (why.empty() && !is_address(endpoint.host)) why = "names are not looked up here";
  return why.empty() ? "" : expected_place(R"("ADDRESS:PORT" or "unix:/path")", text) + ": " + why;
}

std::string problem_of_redis_url(const std::string& text) {
  const std::string why = text.empty() ? "" : parse_redis_url(text).problem;
  return why.empty() ? "" : "expected a URL such as \"redis://host:6379/0\": " + why;
}

std::string problem_of_http_url(const std::string& text) {
  const std::string why = text.empty() ? "" : parse_http_url(text).problem;
  return why.empty() ? "" : "expected a URL such as \"http://127.0.0.1:8080/health\": " + why;
}

std::string problem_of_endpoint(const std::string& text) {
  const std::string why = parse_host_port(text).problem;
  return why.empty() ? "" : expected_place("a host and a port such as \"db:5432\"", text) + ": " + why;
}

std::string problem_of_variable(const std::string& text) {
  if (text.empty() || (is_word(text, "_") && !(text.front() >= '0' && text.front() <= '9'))) return {};
  return expected("the name of a variable: letters, digits and '_'", text);
}

}  // namespace

std::string problem_of_text(KeyType type, const std::string& text) {
  switch (type) {
    case KeyType::path:
      return text.empty() || text.front() == '/' ? "" : expected("an absolute path", text);
    case KeyType::name: return problem_of_name(text);
    case KeyType::user: return problem_of_user(text);
    case KeyType::log_target: return problem_of_log_target(text);
    case KeyType::pattern: return problem_of_pattern(text);
    case KeyType::redis_url: return problem_of_redis_url(text);
    case KeyType::http_url: return problem_of_http_url(text);
    case KeyType::endpoint: return problem_of_endpoint(text);
    case KeyType::socket: return problem_of_socket(text);
    case KeyType::listen: return problem_of_listen(text);
    case KeyType::variable: return problem_of_variable(text);
    default: return {};
  }
}

bool is_word(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

}  // namespace usher
