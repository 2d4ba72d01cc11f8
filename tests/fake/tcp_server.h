// A server on the test's own loop that says what the test wants, on 127.0.0.1.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "init/loop/loop.h"
#include "init/net/address.h"
#include "init/os/fd.h"

namespace usher {

class FakeTcpServer {
 public:
  class Client {
   public:
    Client(FakeTcpServer& server, Fd fd) : server_(server), fd_(std::move(fd)) {
      poll_ = std::make_unique<Poll>(server.loop_, fd_.get());
      poll_->start(UV_READABLE, [this] { receive(); });
    }
    // As much as the kernel takes.
    void say(std::string_view bytes) {
      while (fd_ && !bytes.empty()) {
        const ssize_t put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(put));
      }
    }
    // With `reset`, as one that has crashed does.
    void hang_up(bool reset = false) {
      const linger now{1, 0};
      if (reset) ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
      poll_.reset();
      fd_.reset();
    }
    std::string received;  // and not taken by the test

   private:
    void receive() {
      char bytes[4096];
      const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
      if (got <= 0) return hang_up();
      received.append(bytes, static_cast<std::size_t>(got));
      if (server_.on_bytes) server_.on_bytes(*this);
    }

    FakeTcpServer& server_;
    Fd fd_;
    std::unique_ptr<Poll> poll_;
  };

  explicit FakeTcpServer(Loop& loop)
      : loop_(loop), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    const Address any = *parse_address("127.0.0.1", 0);
    ::bind(fd_.get(), any.get(), any.length);
    ::listen(fd_.get(), 16);
    sockaddr_in own{};
    socklen_t length = sizeof own;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&own), &length);
    port = ntohs(own.sin_port);
    poll_ = std::make_unique<Poll>(loop, fd_.get());
    poll_->start(UV_READABLE, [this] { accept(); });
  }

  std::uint16_t port = 0;
  std::function<void(Client&)> on_client;
  std::function<void(Client&)> on_bytes;  // some have come, and are in `received`
  std::list<Client> clients;              // those that have gone, too

 private:
  void accept() {
    Fd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    Client& client = clients.emplace_back(*this, std::move(fd));
    if (on_client) on_client(client);
  }

  Loop& loop_;
  Fd fd_;
  std::unique_ptr<Poll> poll_;
};

}  // namespace usher
