#include "init/redis/redis_reply.h"

#include <hiredis/read.h>

#include <utility>

namespace usher {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;     // of one reply
constexpr std::size_t kMostElements = 1 << 14;  // of one reply, those within others included

using Type = RedisReply::Type;

// What is being built; hiredis hands it to each of the functions below.
struct Budget {
  std::size_t elements = 0;
};

Type type_of(int type) {
  if (type == REDIS_REPLY_STATUS) return Type::status;
  if (type == REDIS_REPLY_ERROR) return Type::error;
  return Type::string;
}

// The root belongs to hiredis until it is handed over; all others sit in the vector of the reply
// that they are a part of, which has its full size from the start.
RedisReply* place(const redisReadTask* task, RedisReply&& reply) {
  if (task->parent == nullptr) return new RedisReply(std::move(reply));
  auto& siblings = static_cast<RedisReply*>(task->parent->obj)->elements;
  const auto index = static_cast<std::size_t>(task->idx);
  if (index >= siblings.size()) return nullptr;
  siblings[index] = std::move(reply);
  return &siblings[index];
}

void* make_array(const redisReadTask* task, std::size_t count) {
  auto& budget = *static_cast<Budget*>(task->privdata);
  if (count > kMostElements - budget.elements) return nullptr;
  budget.elements += count;
  RedisReply reply{.type = Type::array};
  reply.elements.resize(count);
  return place(task, std::move(reply));
}

// Versions from 1.0 on read RESP 3, too, which we never ask for; without functions of ours they
// would give numbers where pointers are expected.
template <typename Table>
void refuse_resp3(Table& table) {
  if constexpr (requires { table.createDouble; })
    table.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* {
      return nullptr;
    };
  if constexpr (requires { table.createBool; })
    table.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
}

redisReplyObjectFunctions make_table() {
  redisReplyObjectFunctions table{};
  table.createString = [](const redisReadTask* task, char* text, std::size_t length) -> void* {
    return place(task, {.type = type_of(task->type), .text = {text, length}});
  };
  table.createArray = [](const redisReadTask* task, auto count) -> void* {
    return make_array(task, static_cast<std::size_t>(count));
  };
  table.createInteger = [](const redisReadTask* task, long long value) -> void* {
    return place(task, {.type = Type::integer, .integer = value});
  };
  table.createNil = [](const redisReadTask* task) -> void* { return place(task, {}); };
  table.freeObject = [](void* root) { delete static_cast<RedisReply*>(root); };
  refuse_resp3(table);
  return table;
}

void append_length(std::string& out, char kind, std::size_t length) {
  out += kind;
  out += std::to_string(length);
  out += "\r\n";
}

}  // namespace

void append_command(std::string& out, const RedisCommand& command) {
  append_length(out, '*', command.size());
  for (const std::string& word : command) {
    append_length(out, '$', word.size());
    out += word;
    out += "\r\n";
  }
}

struct RedisReader::State {
  struct Free {
    void operator()(redisReader* done) const noexcept { redisReaderFree(done); }
  };
  redisReplyObjectFunctions table = make_table();
  Budget budget;
  std::unique_ptr<redisReader, Free> reader{redisReaderCreateWithFunctions(&table)};
  std::size_t unread = 0;  // bytes since the last whole reply
  std::string problem;
};

RedisReader::RedisReader() : state_(std::make_unique<State>()) {
  if (state_->reader)
    state_->reader->privdata = &state_->budget;
  else
    state_->problem = "no memory for a reply";
}
RedisReader::RedisReader(RedisReader&&) noexcept = default;
RedisReader& RedisReader::operator=(RedisReader&&) noexcept = default;
RedisReader::~RedisReader() = default;

const std::string& RedisReader::problem() const noexcept { return state_->problem; }

void RedisReader::feed(std::string_view bytes) {
  if (!state_->problem.empty()) return;
  state_->unread += bytes.size();
  if (redisReaderFeed(state_->reader.get(), bytes.data(), bytes.size()) != REDIS_OK)
    state_->problem = "no memory for a reply";
}

std::optional<RedisReply> RedisReader::next() {
  State& state = *state_;
  if (!state.problem.empty()) return std::nullopt;
  void* root = nullptr;
  if (redisReaderGetReply(state.reader.get(), &root) != REDIS_OK) {
    state.problem = state.reader->err == REDIS_ERR_OOM ? "a reply of too many parts"
                                                       : "something that is no Redis reply";
    return std::nullopt;
  }
  if (root == nullptr) {
    if (state.unread > kMostBytes) state.problem = "a reply of more than 1 MiB";
    return std::nullopt;
  }
  const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(root));
  state.budget = {};
  state.unread = state.reader->len - state.reader->pos;
  return std::move(*reply);
}

}  // namespace usher
