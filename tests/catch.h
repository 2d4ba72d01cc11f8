// Catch2 2 (Debian 12) and 3 under one name. Name nothing of ours `table`: it would hide Catch's.
#pragma once

#ifdef USHER_CATCH2_V2
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
#endif

#include <string>

namespace usher {

// A matcher for a part of a text; its name changed between the two.
inline auto has_text(const std::string& part) {
#ifdef USHER_CATCH2_V2
  return Catch::Matchers::Contains(part);
#else
  return Catch::Matchers::ContainsSubstring(part);
#endif
}

}  // namespace usher
