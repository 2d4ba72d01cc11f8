// What it would cost to compile a POSIX extended regular expression, judged before it is compiled.
#pragma once

#include <string_view>

namespace usher {

// Empty when `ere` is cheap enough to hand to regcomp(3), else the reason why it is not. Syntax is
// left to regcomp, except for an unmatched ')', which glibc would read as a plain character.
std::string_view pattern_cost_problem(std::string_view ere);

}  // namespace usher
