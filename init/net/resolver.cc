#include "init/net/resolver.h"

#include <strings.h>

#include <utility>

#include "init/net/dns_lookup.h"
#include "init/net/hosts_file.h"

namespace usher {
namespace {

using std::chrono::milliseconds;

// An answer that is known at once, given from the loop like all others.
class Known : public Resolver::Request {
 public:
  Known(Loop& loop, std::vector<Address> addresses, Resolver::Done done) : soon_(loop) {
    soon_.start(milliseconds{0},
                [found = std::move(addresses), call = std::move(done)] { call(found, {}); });
  }

 private:
  Timer soon_;
};

bool is_localhost(std::string_view host) {
  constexpr std::string_view kName = "localhost";
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < kName.size()) return false;
  const std::size_t start = host.size() - kName.size();
  return ::strncasecmp(host.data() + start, kName.data(), kName.size()) == 0 &&
         (start == 0 || host[start - 1] == '.');
}

std::vector<Address> without_server(const std::string& hosts, const std::string& host,
                                    std::uint16_t port) {
  if (const auto literal = parse_address(host, port)) return {*literal};
  if (is_localhost(host)) return {*parse_address("127.0.0.1", port), *parse_address("::1", port)};
  return addresses_in_hosts_file(hosts, host, port);
}

}  // namespace

std::unique_ptr<Resolver::Request> Resolver::resolve(const std::string& host, std::uint16_t port,
                                                     milliseconds timeout, Done done) {
  auto known = without_server(sources_.hosts, host, port);
  if (!known.empty()) return std::make_unique<Known>(loop_, std::move(known), std::move(done));
  return std::make_unique<DnsLookup>(loop_, sources_, host, port, timeout, std::move(done));
}

}  // namespace usher
