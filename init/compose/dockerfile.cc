#include "init/compose/dockerfile.h"

#include <algorithm>

#include "init/base/json_read.h"
#include "init/base/text.h"
#include "init/compose/value.h"
#include "init/text/words.h"

namespace usher {
namespace {

// The word after << that ends a text within the file; empty where there is none.
std::string heredoc_of(std::string_view line) {
  const std::size_t at = line.find("<<");
  if (at == std::string_view::npos || line.substr(at).starts_with("<<<")) return {};
  std::string_view rest = line.substr(at + 2);
  if (rest.starts_with('-')) rest.remove_prefix(1);
  const auto words = split_words(rest.substr(0, rest.find_first_of(" \t")));
  return words.empty() ? "" : words.front();
}

// Lines that end in a backslash go on in the next; comments between them count for nothing, and
// neither do the texts that RUN and COPY hold.
std::vector<std::string> instructions_of(std::string_view text) {
  std::vector<std::string> instructions(1);
  std::string heredoc;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!heredoc.empty()) {
      if (line == heredoc) heredoc.clear();
      continue;
    }
    if (line.starts_with('#')) continue;
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line.remove_suffix(1);
    instructions.back() += std::string(line) + ' ';
    if (goes_on) continue;
    const std::string name = to_upper(instructions.back().substr(0, 4));
    if (name == "RUN " || name == "COPY" || name == "ADD ") heredoc = heredoc_of(instructions.back());
    instructions.emplace_back();
  }
  return instructions;
}

std::optional<std::vector<std::string>> exec_form(std::string_view text) {
  const auto json = parse_json(text);
  if (!json || json->kind != Json::Kind::list) return {};
  std::vector<std::string> words;
  for (const Json& item : json->items) {
    if (item.kind != Json::Kind::text) return {};
    words.push_back(item.text);
  }
  return words;
}

// ["a", "b"], or what a shell is given.
std::vector<std::string> command_of(std::string_view text) {
  text = trim(text);
  if (text.starts_with('['))
    if (auto words = exec_form(text)) return std::move(*words);
  if (text.empty()) return {};
  return {"/bin/sh", "-c", std::string(text)};
}

ImageHealthcheck healthcheck_of(std::string_view text) {
  ImageHealthcheck check;
  for (text = trim(text); text.starts_with("--"); text = trim(text)) {
    const std::string_view word = text.substr(0, text.find_first_of(" \t"));
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string_view name = word.substr(0, equals);
    const std::string value(word.substr(std::min(equals + 1, word.size())));
    if (name == "--interval") check.interval = value;
    if (name == "--timeout") check.timeout = value;
    if (name == "--start-period") check.start_period = value;
    if (name == "--start-interval") check.start_interval = value;
    text.remove_prefix(word.size());
  }
  if (to_upper(text.substr(0, 3)) == "CMD") check.command = command_of(text.substr(3));
  return check;
}

// "NAME=value NAME=value", or the old form "NAME value".
void add_environment(std::string_view text, std::map<std::string, std::string>& environment) {
  const auto words = split_words(text);
  if (words.empty()) return;
  if (words.front().find('=') == std::string::npos) {
    const std::size_t blank = std::min(text.find_first_of(" \t"), text.size());
    environment[words.front()] = trim(text.substr(blank));
    return;
  }
  for (const std::string& word : words)
    if (const std::size_t equals = word.find('='); equals != std::string::npos)
      environment[word.substr(0, equals)] = word.substr(equals + 1);
}

// What the images that many build on say themselves.
std::string stop_signal_of(std::string_view image) {
  const std::string_view last = image.substr(image.rfind('/') + 1);
  const std::string_view name = last.substr(0, last.find_first_of(":@"));
  if (name == "nginx" || name == "openresty") return "SIGQUIT";
  if (name == "php" && last.find("fpm") != std::string_view::npos) return "SIGQUIT";
  if (name == "httpd") return "SIGWINCH";
  if (name == "haproxy") return "SIGUSR1";
  if (name == "postgres") return "SIGINT";
  return {};
}

class Stages {
 public:
  void instruction(const std::string& line) {
    const std::string_view whole = trim(line);
    const std::size_t blank = std::min(whole.find_first_of(" \t"), whole.size());
    const std::string name = to_upper(whole.substr(0, blank));
    const std::string_view rest = trim(whole.substr(blank));
    if (name == "FROM") {
      from(rest);
    } else if (name == "ENTRYPOINT") {
      now_.entrypoint = command_of(rest);
      now_.command.clear();  // as the engine does: a CMD from below goes with the old one
    } else if (name == "CMD") {
      now_.command = command_of(rest);
    } else if (name == "HEALTHCHECK") {
      now_.healthcheck.reset();
      if (to_upper(rest) != "NONE") now_.healthcheck = healthcheck_of(rest);
    } else if (name == "STOPSIGNAL") {
      now_.stop_signal = rest;
    } else if (name == "ENV") {
      add_environment(rest, now_.environment);
    } else if ((name == "COPY" || name == "ADD") && rest.find("--from=") == std::string_view::npos) {
      add_sources(rest);
    }
  }

  Dockerfile take(std::string_view target) {
    keep();
    for (const auto& [name, stage] : done_)
      if (!target.empty() && name == to_lower(target)) return stage;
    return std::move(now_);
  }

 private:
  void from(std::string_view rest) {
    keep();
    std::vector<std::string> words = split_words(rest);
    words.erase(std::remove_if(words.begin(), words.end(),
                               [](const std::string& word) { return word.starts_with("--"); }),
                words.end());
    name_ = words.size() > 2 && to_upper(words[1]) == "AS" ? to_lower(words[2]) : "";
    now_ = {};
    if (words.empty()) return;
    now_.base = words.front();
    now_.stop_signal = stop_signal_of(now_.base);
    for (const auto& [name, stage] : done_)
      if (!name.empty() && name == to_lower(words.front())) now_ = stage;
  }

  void keep() {
    if (!now_.base.empty()) done_.emplace_back(name_, now_);
  }

  void add_sources(std::string_view rest) {
    auto words = rest.starts_with('[') ? command_of(rest) : split_words(rest);
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
      if (!words[i].starts_with("--")) now_.sources.push_back(words[i]);
  }

  Dockerfile now_;
  std::string name_;
  std::vector<std::pair<std::string, Dockerfile>> done_;
};

}  // namespace

Dockerfile parse_dockerfile(std::string_view text, std::string_view target) {
  Stages stages;
  for (const std::string& line : instructions_of(text)) stages.instruction(line);
  return stages.take(target);
}

}  // namespace usher
