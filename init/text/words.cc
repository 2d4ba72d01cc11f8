#include "init/text/words.h"

namespace usher {

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;  // a word, though it may be empty so far
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    char byte = text[i];
    if (quote == '\0' && (byte == ' ' || byte == '\t' || byte == '\n')) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    if (byte == quote) {
      quote = '\0';
    } else if (quote == '\0' && (byte == '"' || byte == '\'')) {
      quote = byte;
    } else {
      if (byte == '\\' && quote != '\'' && i + 1 < text.size()) byte = text[++i];
      words.back() += byte;
    }
  }
  return quote == '\0' ? words : std::vector<std::string>();
}

}  // namespace usher
