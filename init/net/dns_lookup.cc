#include "init/net/dns_lookup.h"

#include <sys/stat.h>
#include <sys/time.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace usher {
namespace {

using std::chrono::milliseconds;

constexpr int kTries = 3;
constexpr std::size_t kMostAddresses = 32;

std::vector<Address> addresses_of(const ares_addrinfo* answer, std::uint16_t port) {
  std::vector<Address> addresses;
  for (auto* node = answer->nodes; node != nullptr && addresses.size() < kMostAddresses;
       node = node->ai_next) {
    Address address;
    if (node->ai_addr == nullptr || node->ai_addrlen > sizeof address.storage) continue;
    std::memcpy(&address.storage, node->ai_addr, node->ai_addrlen);
    address.length = node->ai_addrlen;
    address.set_port(port);
    addresses.push_back(address);
  }
  return addresses;
}

std::string explain(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
      return "no such name";
    case ARES_ENODATA:
      return "the name has no address";
    // c-ares 1.18 says "connection refused" to SERVFAIL and REFUSED as well.
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
    case ARES_ECONNREFUSED:
      return "no DNS server can answer";
    case ARES_ETIMEOUT:
      return "no answer from a DNS server in time";
    case ARES_EBADNAME:
      return "not a name that DNS allows";
    default:
      return ares_strerror(status);
  }
}

}  // namespace

DnsLookup::DnsLookup(Loop& loop, const Resolver::Sources& sources, std::string host,
                     std::uint16_t port, milliseconds timeout, Resolver::Done done)
    : loop_(loop),
      host_(std::move(host)),
      port_(port),
      patience_(sources.patience),
      done_(std::move(done)),
      tick_(loop),
      limit_(loop),
      end_(loop) {
  ares_library_init(ARES_LIB_INIT_ALL);
  channel_error_ = open_channel(sources);
  if (channel_error_ != ARES_SUCCESS) {
    finish_in(milliseconds{0});
    return;
  }
  if (timeout > milliseconds{0}) limit_.start(timeout, [this] { finish(); });
  ask(a_);
  ask(aaaa_);
  arm_tick();
}

DnsLookup::~DnsLookup() {
  done_ = nullptr;
  if (channel_ != nullptr) ares_destroy(channel_);  // answers all that is open, to on_answer()
  ares_library_cleanup();
}

int DnsLookup::open_channel(const Resolver::Sources& sources) {
  ares_options options{};
  options.timeout = static_cast<int>(sources.first_retry.count());
  options.tries = kTries;
  char lookups[] = "b";  // no files: the hosts file has been asked
  options.lookups = lookups;
  std::string resolv_conf = sources.resolv_conf;
  struct stat info;
  if (::stat(resolv_conf.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    resolv_conf = "/dev/null";  // c-ares would wait for the writer of a FIFO
  options.resolvconf_path = resolv_conf.data();
  options.sock_state_cb_data = this;
  options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<DnsLookup*>(self)->watch(fd, readable != 0, writable != 0);
  };
  const int error = ares_init_options(&channel_, &options,
                                      ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                                          ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB);
  if (error != ARES_SUCCESS || sources.servers.empty()) return error;
  return ares_set_servers_ports_csv(channel_, sources.servers.c_str());
}

void DnsLookup::ask(Question& question) {
  ares_addrinfo_hints hints{};
  hints.ai_family = question.family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(
      channel_, host_.c_str(), nullptr, &hints,
      [](void* argument, int status, int, ares_addrinfo* answer) {
        auto& asked = *static_cast<Question*>(argument);
        asked.lookup->on_answer(asked, status, answer);
        if (answer != nullptr) ares_freeaddrinfo(answer);
      },
      &question);
}

void DnsLookup::on_answer(Question& question, int status, const ares_addrinfo* answer) {
  if (!done_) return;
  question.answered = true;
  question.status = status;
  if (answer != nullptr) question.addresses = addresses_of(answer, port_);
  if (a_.answered && aaaa_.answered) return finish_in(milliseconds{0});
  if (!question.addresses.empty()) finish_in(patience_);
}

void DnsLookup::watch(int fd, bool readable, bool writable) {
  if (!readable && !writable) {
    sockets_.erase(fd);
    return;
  }
  auto& poll = sockets_[fd];
  if (!poll) poll = std::make_unique<Poll>(loop_, fd);
  const int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  poll->start(events, [this, fd, readable, writable] {
    if (!sockets_[fd]->active()) watch(fd, readable, writable);
    process(readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
  });
}

void DnsLookup::process(int readable, int writable) {
  ares_process_fd(channel_, readable, writable);
  arm_tick();
}

void DnsLookup::arm_tick() {
  timeval next;
  if (ares_timeout(channel_, nullptr, &next) == nullptr) return tick_.cancel();
  // At least one, so that the loop comes to see its descriptors in between.
  const milliseconds pause{next.tv_sec * 1000 + next.tv_usec / 1000 + 1};
  tick_.start(pause, [this] { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); });
}

void DnsLookup::finish_in(milliseconds pause) {
  end_.start(pause, [this] { finish(); });
}

void DnsLookup::finish() {
  tick_.cancel();
  limit_.cancel();
  end_.cancel();
  std::vector<Address> found = std::move(a_.addresses);
  found.insert(found.end(), aaaa_.addresses.begin(), aaaa_.addresses.end());
  const auto done = std::exchange(done_, nullptr);
  // Its sockets close now; the caller may keep the request for as long as it likes.
  if (channel_ != nullptr) ares_destroy(std::exchange(channel_, nullptr));
  done(found, found.empty() ? reason() : std::string());
}

std::string DnsLookup::reason() const {
  int status = channel_error_;
  if (status == ARES_SUCCESS) {
    // A name that one of them does not know is not there; otherwise the failure says more than
    // "no data" of the other family.
    const bool absent = a_.status == ARES_ENOTFOUND || aaaa_.status == ARES_ENOTFOUND;
    const bool a_says_little = a_.status == ARES_ENODATA || a_.status == ARES_SUCCESS;
    status = absent ? ARES_ENOTFOUND : a_says_little ? aaaa_.status : a_.status;
    if (status == ARES_SUCCESS) status = ARES_ENODATA;
  }
  return "cannot resolve \"" + host_ + "\": " + explain(status);
}

}  // namespace usher
