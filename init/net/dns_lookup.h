// One name asked of the DNS servers. Only the resolver makes these.
#pragma once

#include <ares.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "init/net/resolver.h"

namespace usher {

// Has a channel of c-ares to itself: c-ares can cancel a whole channel only, reads resolv.conf
// only when it makes one, and keeps 70 KiB for as long as it exists.
class DnsLookup : public Resolver::Request {
 public:
  DnsLookup(Loop& loop, const Resolver::Sources& sources, std::string host, std::uint16_t port,
            std::chrono::milliseconds timeout, Resolver::Done done);
  DnsLookup(const DnsLookup&) = delete;
  DnsLookup& operator=(const DnsLookup&) = delete;
  ~DnsLookup() override;

 private:
  struct Question {
    DnsLookup* lookup = nullptr;
    int family = AF_UNSPEC;
    bool answered = false;
    int status = ARES_ETIMEOUT;  // until it is answered
    std::vector<Address> addresses = {};
  };

  int open_channel(const Resolver::Sources& sources);
  void ask(Question& question);
  void on_answer(Question& question, int status, const ares_addrinfo* answer);
  void watch(int fd, bool readable, bool writable);
  void process(int readable, int writable);
  void arm_tick();
  // `done` is called from a timer: never inside c-ares, which could not bear to be destroyed.
  void finish_in(std::chrono::milliseconds pause);
  void finish();
  std::string reason() const;

  Loop& loop_;
  const std::string host_;
  const std::uint16_t port_;
  const std::chrono::milliseconds patience_;
  Resolver::Done done_;
  Question a_{this, AF_INET}, aaaa_{this, AF_INET6};
  Timer tick_, limit_, end_;
  std::map<int, std::unique_ptr<Poll>> sockets_;
  ares_channel channel_ = nullptr;
  int channel_error_ = ARES_SUCCESS;
};

}  // namespace usher
