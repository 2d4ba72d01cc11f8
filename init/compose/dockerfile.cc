#include "init/compose/dockerfile.h"

#include <algorithm>

#include "init/base/text.h"

namespace usher {
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (!(line = trim(line)).empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

// Lines that end in a backslash go on in the next; comments between them count for nothing.
std::vector<std::string> instructions_of(std::string_view text) {
  std::vector<std::string> instructions(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#')) continue;
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line.remove_suffix(1);
    instructions.back() += std::string(line) + ' ';
    if (!goes_on) instructions.emplace_back();
  }
  return instructions;
}

std::string config_of(const std::vector<std::string>& words) {
  constexpr std::string_view kName = "USHER_CONFIG";
  if (words.size() == 3 && words[1] == kName) return words[2];  // the old form, without "="
  for (const std::string& word : words)
    if (word.starts_with(std::string(kName) + '=')) return word.substr(kName.size() + 1);
  return {};
}

}  // namespace

Dockerfile parse_dockerfile(std::string_view text) {
  Dockerfile file;
  for (const std::string& line : instructions_of(text)) {
    const std::vector<std::string> words = words_of(line);
    const std::string name = words.empty() ? "" : to_upper(words.front());
    if (name == "FROM") {
      file = {};
    } else if (name == "HEALTHCHECK") {
      file.has_healthcheck = words.size() > 1 && to_upper(words[1]) != "NONE";
    } else if (name == "ENTRYPOINT" || name == "CMD") {
      file.runs_usher = file.runs_usher || line.find("usher") != std::string::npos;
    } else if (name == "ENV") {
      if (std::string config = config_of(words); !config.empty()) file.config = std::move(config);
    } else if ((name == "COPY" || name == "ADD") && line.find("--from=") == std::string::npos) {
      for (std::size_t i = 1; i + 1 < words.size(); ++i)
        if (!words[i].starts_with("--")) file.sources.push_back(words[i]);
    }
  }
  return file;
}

}  // namespace usher
