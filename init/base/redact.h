// What is shown of what may be a secret: in messages, in the log, by commands. hide_passwords() of
// init/base/text.h, which is for whole texts, is here, too.
#pragma once

#include <string>
#include <string_view>

namespace usher {

// "redis://***": for what turned out to be no good URL. "***" where there is no scheme.
std::string scheme_only(std::string_view url);

// Names of variables, options, headers and fields whose values are nobody's business.
bool names_secret(std::string_view name);

// Whether the value of an environment variable may be shown: it says too little to be a secret, or
// its name is one of those that hold none.
bool is_harmless(std::string_view variable, std::string_view value);

}  // namespace usher
