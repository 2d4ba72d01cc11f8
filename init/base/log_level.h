// How much usher says about itself, least first.
#pragma once

#include <cstdint>

namespace usher {

enum class LogLevel : std::uint8_t { off, error, warn, info, debug };

}  // namespace usher
