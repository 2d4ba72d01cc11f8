// A server that speaks Redis' protocol, well or badly, on the loop of the test.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/loop/loop.h"
#include "init/net/address.h"
#include "init/os/fd.h"
#include "init/redis/redis_reply.h"
#include "tests/catch.h"
#include "tests/scratch.h"

namespace usher {

class FakeRedis {
 public:
  // One client that has connected.
  class Client {
   public:
    Client(FakeRedis& server, Fd fd) : server_(server), fd_(std::move(fd)) {
      poll_.emplace(server_.loop_, fd_.get());
      poll_->start(UV_READABLE, [this] { receive(); });
    }
    // Does nothing when the other side has gone.
    void say(std::string_view bytes) const {
      static_cast<void>(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    }
    // Closes the connection; with `reset` as one that has crashed does.
    void hang_up(bool reset = false) {
      const linger now{1, 0};
      if (reset) ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
      poll_.reset();
      fd_.reset();
    }
    bool gone() const { return !fd_; }

   private:
    void receive() {
      char buffer[4096];
      const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (got <= 0) return hang_up();
      reader_.feed({buffer, static_cast<std::size_t>(got)});
      while (auto command = reader_.next()) {
        RedisCommand words;
        for (const RedisReply& word : command->elements) words.push_back(word.text);
        server_.commands.push_back(words);
        if (server_.on_command) server_.on_command(*this, words);
        if (gone()) return;
      }
    }

    FakeRedis& server_;
    Fd fd_;
    std::optional<Poll> poll_;
    RedisReader reader_;
  };

  // On a Unix socket, or on a free port of 127.0.0.1.
  explicit FakeRedis(Loop& loop, bool tcp = false)
      : loop_(loop),
        listener_(
            ::socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    Address at = tcp ? *parse_address("127.0.0.1", 0) : *unix_address(scratch_.path("redis.sock"));
    REQUIRE(::bind(listener_.get(), at.get(), at.length) == 0);
    REQUIRE(::listen(listener_.get(), 16) == 0);
    sockaddr_in own{};
    socklen_t length = sizeof own;
    if (tcp) ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&own), &length);
    url = tcp ? "redis://127.0.0.1:" + std::to_string(ntohs(own.sin_port))
              : "unix://" + scratch_.path("redis.sock");
    poll_.emplace(loop, listener_.get());
    poll_->start(UV_READABLE, [this] { accept(); });
  }

  std::string url;
  std::function<void(Client&)> on_client;
  std::function<void(Client&, const RedisCommand&)> on_command;
  std::vector<RedisCommand> commands;  // of all clients
  std::list<Client> clients;           // those that have gone, too

 private:
  void accept() {
    Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    Client& client = clients.emplace_back(*this, std::move(fd));
    if (on_client) on_client(client);
  }

  Loop& loop_;
  Scratch scratch_;
  Fd listener_;
  std::optional<Poll> poll_;
};

}  // namespace usher
