// What a Redis server says and how it is spoken to: RESP 2.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace usher {

struct RedisReply {
  enum class Type : std::uint8_t { nil, status, error, string, integer, array };
  Type type = Type::nil;
  std::string text{};  // of a status, an error or a string
  std::int64_t integer = 0;
  std::vector<RedisReply> elements{};

  bool is_error() const noexcept { return type == Type::error; }
  bool is_status(std::string_view wanted) const noexcept {
    return type == Type::status && text == wanted;
  }
};

using RedisCommand = std::vector<std::string>;

// The command as it goes over the line.
void append_command(std::string& out, const RedisCommand& command);

// Takes bytes as they come and gives whole replies.
//
// Parsing is hiredis' work, by its reader alone: the rest of that library resolves names while it
// connects, and its asynchronous part ends the process by assert() when a server says something
// that it was not asked for.
class RedisReader {
 public:
  RedisReader();
  RedisReader(RedisReader&&) noexcept;
  RedisReader& operator=(RedisReader&&) noexcept;
  ~RedisReader();

  void feed(std::string_view bytes);
  // Nothing when more bytes are needed, or when problem() says why there will be no more.
  std::optional<RedisReply> next();
  // "a reply of more than 1 MiB"
  const std::string& problem() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace usher
