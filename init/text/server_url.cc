#include "init/text/server_url.h"

namespace usher {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    plain += c;
  }
  return plain;
}

ServerUrl parse_server_url(std::string_view rest, std::uint16_t standard) {
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::size_t at = authority.rfind('@');
  const std::string_view who = at == authority.npos ? "" : authority.substr(0, at);
  ServerUrl url;
  auto [where, problem] = parse_host_port(authority.substr(at == authority.npos ? 0 : at + 1), standard);
  url.where = std::move(where);
  url.problem = std::move(problem);
  std::string_view path = rest.substr(authority.size());
  if (path.find('@') != path.npos)
    url.problem = "an @ follows the host; in a user and a password /, ? and # are written %2F, %3F and %23";
  path = path.substr(0, path.find('#'));
  const std::size_t mark = path.find('?');
  if (mark != path.npos) url.query = path.substr(mark + 1);
  path = path.substr(0, mark);
  if (path.starts_with('/')) path.remove_prefix(1);
  const auto user = percent_decode(who.substr(0, who.find(':')));
  const auto plain_path = percent_decode(path);
  if (url.problem.empty() && (!user || !plain_path))
    url.problem = "a percent sign needs two hexadecimal digits other than 00";
  url.user = user.value_or("");
  url.path = plain_path.value_or("");
  return url;
}

}  // namespace usher
