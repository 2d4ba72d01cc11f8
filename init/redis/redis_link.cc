#include "init/redis/redis_link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "init/base/duration.h"
#include "init/net/address.h"
#include "init/net/tls_hint.h"
#include "init/os/clock.h"
#include "init/redis/redis_error.h"

namespace usher {

RedisLink::RedisLink(Loop& loop, Resolver& resolver, RedisUrl url)
    : loop_(loop), url_(std::move(url)), connector_(loop, resolver), limit_(loop) {}

void RedisLink::ask(std::vector<RedisCommand> commands, Millis limit, Done done) {
  if (asking()) drop();  // the replies to what is given up would be taken for those to come
  commands_ = std::move(commands);
  done_ = std::move(done);
  replies_.clear();
  allowed_ = limit;
  deadline_ = monotonic_now() + limit;
  kept_ = static_cast<bool>(connection_);
  if (!kept_) return connect();
  limit_.start(limit, [this] { lose("no answer within " + format_duration(allowed_)); });
  for (const RedisCommand& command : commands_) append_command(outgoing_, command);
  want_events();
}

void RedisLink::connect() {
  kept_ = false;
  Endpoint endpoint{url_.host, url_.port, url_.path};
  if (url_.tls) endpoint.tls = TlsUse{*url_.tls};
  connector_.start(endpoint, left(),
                   [this](Fd connection, std::string reason) {
                     connected(std::move(connection), std::move(reason));
                   });
}

void RedisLink::connected(Fd connection, std::string reason) {
  if (!connection) return finish({.problem = std::move(reason)});
  connection_ = std::move(connection);
  poll_ = std::make_unique<Poll>(loop_, connection_.get());
  reader_.emplace();
  heard_ = false;
  limit_.start(left(), [this] { lose("no answer within " + format_duration(allowed_)); });
  if (poll_->error() != 0)
    return lose(std::string("cannot watch the connection: ") + std::strerror(poll_->error()));
  log_in();
  if (greetings_left_ == 0)
    for (const RedisCommand& command : commands_) append_command(outgoing_, command);
  want_events();
}

// The question waits until this has succeeded, lest it be put to the wrong database.
void RedisLink::log_in() {
  greetings_left_ = 0;
  const auto greet = [this](const RedisCommand& command) {
    append_command(outgoing_, command);
    ++greetings_left_;
  };
  if (!url_.user.empty())
    greet({"AUTH", url_.user, url_.password});
  else if (!url_.password.empty())
    greet({"AUTH", url_.password});
  if (url_.database != 0) greet({"SELECT", std::to_string(url_.database)});
}

void RedisLink::listen(std::function<void(const RedisReply&)> said, std::function<void()> lost) {
  said_ = std::move(said);
  lost_ = std::move(lost);
  if (!connection_ || !url_.path.empty()) return;
  // Nothing is sent any more, so only this tells us of a server that has vanished without a word.
  constexpr int kOn = 1, kIdle = 15, kInterval = 5, kCount = 3;
  ::setsockopt(connection_.get(), SOL_SOCKET, SO_KEEPALIVE, &kOn, sizeof kOn);
  ::setsockopt(connection_.get(), IPPROTO_TCP, TCP_KEEPIDLE, &kIdle, sizeof kIdle);
  ::setsockopt(connection_.get(), IPPROTO_TCP, TCP_KEEPINTVL, &kInterval, sizeof kInterval);
  ::setsockopt(connection_.get(), IPPROTO_TCP, TCP_KEEPCNT, &kCount, sizeof kCount);
}

void RedisLink::close() {
  drop();
  limit_.cancel();
  done_ = nullptr;
  said_ = nullptr;
  lost_ = nullptr;
}

std::string RedisLink::own_address() const {
  Address own;
  own.length = sizeof own.storage;
  auto* raw = reinterpret_cast<sockaddr*>(&own.storage);
  if (!connection_ || ::getsockname(connection_.get(), raw, &own.length) != 0) return {};
  return own.family() == AF_UNIX ? std::string() : own.text();
}

// libuv reports an error of the descriptor once and stops watching it; the calls below find out
// what it was, and want_events() begins anew where they find nothing.
void RedisLink::on_event() {
  if (send_some() && receive_some()) want_events();
}

void RedisLink::want_events() {
  poll_->start(outgoing_.empty() ? UV_READABLE : UV_READABLE | UV_WRITABLE, [this] { on_event(); });
}

bool RedisLink::send_some() {
  if (outgoing_.empty()) return true;
  const ssize_t sent = ::send(connection_.get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
  if (sent >= 0) {
    outgoing_.erase(0, static_cast<std::size_t>(sent));
  } else if (errno != EAGAIN && errno != EINTR) {
    lose(std::string("the connection broke: ") + std::strerror(errno));
    return false;
  }
  return true;
}

bool RedisLink::receive_some() {
  char buffer[16384];
  const ssize_t got = ::recv(connection_.get(), buffer, sizeof buffer, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got == 0 && url_.tls && !heard_) {
    lose("the server closed the connection after the TLS handshake; it may want a certificate of ours "
         "(certificate, key)");
    return false;
  }
  if (got <= 0) {
    lose(got == 0 ? "the server closed the connection"
                  : std::string("the connection broke: ") + std::strerror(errno));
    return false;
  }
  const std::string_view bytes(buffer, static_cast<std::size_t>(got));
  if (!heard_ && !url_.tls && is_tls_alert(bytes)) {
    lose(std::string(kWantsTls) + " (rediss://)");
    return false;
  }
  heard_ = true;
  reader_->feed({buffer, static_cast<std::size_t>(got)});
  while (auto reply = reader_->next())
    if (!take(std::move(*reply))) return false;
  if (!reader_->problem().empty()) {
    lose("the server sent " + reader_->problem());
    return false;
  }
  if (!asking() || greetings_left_ > 0 || replies_.size() < commands_.size()) return true;
  const std::weak_ptr<bool> life = life_;
  finish({.replies = std::move(replies_)});
  return !life.expired() && connection_;
}

// False when the connection, or we, have gone.
bool RedisLink::take(RedisReply reply) {
  if (greetings_left_ > 0) {
    if (reply.is_error()) {
      RedisRefusal refusal = explain_login_error(reply, url_);
      drop();
      finish({.problem = std::move(refusal.reason), .misconfigured = refusal.misconfigured});
      return false;
    }
    if (--greetings_left_ == 0)
      for (const RedisCommand& command : commands_) append_command(outgoing_, command);
    return true;
  }
  if (asking() && replies_.size() < commands_.size()) {
    replies_.push_back(std::move(reply));
    return true;
  }
  if (!said_) {
    lose("the server sent something that it was not asked for");
    return false;
  }
  const std::weak_ptr<bool> life = life_;
  const auto said = said_;  // it may replace itself
  said(reply);
  return !life.expired() && connection_;
}

void RedisLink::drop() {
  connector_.cancel();
  poll_.reset();
  connection_.reset();
  reader_.reset();
  outgoing_.clear();
  greetings_left_ = 0;
}

// The connection is of no use any more.
void RedisLink::lose(std::string why) {
  const bool unnoticed = asking() && kept_ && replies_.empty() && left() > Millis{1};
  drop();
  if (unnoticed) return connect();
  if (asking()) return finish({.problem = std::move(why)});
  const auto lost = std::exchange(lost_, nullptr);
  said_ = nullptr;
  if (lost) lost();
}

// The last thing that its callers do: `done` may destroy us.
void RedisLink::finish(RedisAnswer answer) {
  limit_.cancel();
  const Done done = std::exchange(done_, nullptr);
  done(std::move(answer));
}

RedisLink::Millis RedisLink::left() const {
  const auto rest = std::chrono::ceil<Millis>(deadline_ - monotonic_now());
  return std::max(rest, Millis{1});
}

}  // namespace usher
