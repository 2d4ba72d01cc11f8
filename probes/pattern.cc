#include "probes/pattern.h"

#include <regex.h>

namespace usher {

std::string Pattern::problem(std::string_view ere) {
  regex_t compiled;
  const int error = regcomp(&compiled, std::string(ere).c_str(), REG_EXTENDED | REG_NOSUB);
  if (error == 0) {
    regfree(&compiled);
    return {};
  }
  char text[128];
  regerror(error, &compiled, text, sizeof text);
  return text;
}

}  // namespace usher
