// A DNS server on the test's own loop that says what the test wants.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#include "init/loop/loop.h"
#include "init/os/fd.h"

namespace usher {

class FakeDnsServer {
 public:
  static constexpr int kA = 1, kAaaa = 28;
  static constexpr int kServfail = 2, kNxdomain = 3, kRefused = 5;
  struct Answer {
    bool silent = false;
    int code = 0;
    std::string address;  // empty: no data
  };
  using Decide = std::function<Answer(const std::string& name, int type)>;

  FakeDnsServer(Loop& loop, Decide decide)
      : decide_(std::move(decide)),
        fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        port_(bind_to_loopback(fd_.get())),
        poll_(loop, fd_.get()) {
    poll_.start(UV_READABLE, [this] { serve(); });
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int asked() const { return asked_; }

 private:
  static std::uint16_t bind_to_loopback(int fd) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd, reinterpret_cast<sockaddr*>(&own), sizeof own);
    socklen_t length = sizeof own;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length);
    return ntohs(own.sin_port);
  }

  void serve() {
    char query[512];
    sockaddr_in peer;
    socklen_t length = sizeof peer;
    const ssize_t size =
        ::recvfrom(fd_.get(), query, sizeof query, 0, reinterpret_cast<sockaddr*>(&peer), &length);
    if (size < 17) return;
    ++asked_;
    std::string name;
    std::size_t at = 12;
    for (; query[at] != 0; at += 1 + static_cast<std::size_t>(query[at]))
      name.append(name.empty() ? "" : ".")
          .append(&query[at + 1], static_cast<std::size_t>(query[at]));
    const int type = static_cast<unsigned char>(query[at + 2]);
    const Answer answer = decide_(name, type);
    if (answer.silent) return;
    const std::string reply = make_reply(std::string(query, at + 5), type, answer);
    ::sendto(fd_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&peer), length);
  }

  // The question with its header, turned into an answer.
  static std::string make_reply(std::string reply, int type, const Answer& answer) {
    reply[2] = '\x81';                                 // response, recursion desired
    reply[3] = static_cast<char>(0x80 | answer.code);  // recursion available
    reply[7] = answer.address.empty() ? 0 : 1;
    reply[9] = reply[11] = 0;
    if (answer.address.empty()) return reply;
    char address[16];
    const int family = type == kA ? AF_INET : AF_INET6;
    const std::size_t size = type == kA ? 4 : 16;
    ::inet_pton(family, answer.address.c_str(), address);
    reply += std::string("\xc0\x0c\0", 3) + static_cast<char>(type);
    reply += std::string("\0\1\0\0\0\x3c\0", 7) + static_cast<char>(size);
    return reply.append(address, size);
  }

  Decide decide_;
  Fd fd_;
  std::uint16_t port_;
  Poll poll_;
  int asked_ = 0;
};

}  // namespace usher
