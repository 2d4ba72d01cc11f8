#include "init/net/http_server.h"

#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "init/net/address.h"
#include "init/net/http_parser.h"
#include "init/text/host_port.h"

namespace usher {
namespace {

constexpr int kBacklog = 16;
constexpr std::string_view kUnix = "unix:";

std::string_view phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    default: return "Bad Request";
  }
}

std::string head_of(const HttpAnswer& answer) {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + ' ';
  head += phrase(answer.status);
  head += "\r\nContent-Type: ";
  head += answer.content_type;
  head += "\r\nContent-Length: " + std::to_string(answer.body.size());
  return head + "\r\nConnection: close\r\n\r\n";
}

}  // namespace

// One connection: a request comes in, the answer goes out, and that is all.
class HttpServer::Client {
 public:
  Client(HttpServer& server, Fd connection)
      : server_(server), fd_(std::move(connection)), poll_(server.loop_, fd_.get()), limit_(server.loop_) {
    http_parser_init(&parser_, HTTP_REQUEST);
    parser_.data = this;
    limit_.start(server_.limit_, [this] { server_.over(*this); });
    poll_.start(UV_READABLE, [this] { read(); });
  }

 private:
  static const http_parser_settings& settings() {
    static const http_parser_settings settings = [] {
      http_parser_settings all;
      http_parser_settings_init(&all);
      all.on_url = [](http_parser* p, const char* at, std::size_t n) { return self(p).add(self(p).url_, at, n); };
      all.on_header_field = [](http_parser* p, const char* at, std::size_t n) { return self(p).field(at, n); };
      all.on_header_value = [](http_parser* p, const char* at, std::size_t n) { return self(p).value(at, n); };
      all.on_headers_complete = [](http_parser* p) {
        self(p).complete_ = true;
        return http_parser_stop(p);  // a body is of no interest
      };
      return all;
    }();
    return settings;
  }
  static Client& self(http_parser* parser) { return *static_cast<Client*>(parser->data); }

  int add(std::string& to, const char* at, std::size_t length) {
    to.append(at, length);
    return 0;
  }
  int field(const char* at, std::size_t length) {
    if (in_value_) name_.clear();
    in_value_ = false;
    return add(name_, at, length);
  }
  int value(const char* at, std::size_t length) {
    in_value_ = true;
    return ::strcasecmp(name_.c_str(), "accept") == 0 ? add(accept_, at, length) : 0;
  }

  void read() {
    char bytes[4096];
    const ssize_t got = ::read(fd_.get(), bytes, sizeof bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return server_.over(*this);
    seen_ += static_cast<std::size_t>(got);
    http_parser_execute(&parser_, &settings(), bytes, static_cast<std::size_t>(got));
    if (complete_) return answer(ask());
    if (http_parser_failed(parser_)) return answer({400, "text/plain", "cannot read the request\n"});
    if (seen_ > kHeadMost) answer({431, "text/plain", "the request is too large\n"});
  }

  HttpAnswer ask() {
    if (parser_.method != HTTP_GET && parser_.method != HTTP_HEAD)
      return {405, "text/plain", "expected GET or HEAD\n"};
    return server_.handler_({url_.substr(0, url_.find('?')), accept_});
  }

  void answer(const HttpAnswer& given) {
    out_ = head_of(given);
    if (parser_.method != HTTP_HEAD) out_ += given.body;
    poll_.start(UV_WRITABLE, [this] { write(); });
  }

  void write() {
    while (!out_.empty()) {
      const ssize_t put = ::send(fd_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
      if (put < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (put <= 0) return server_.over(*this);
      out_.erase(0, static_cast<std::size_t>(put));
    }
    // What the client still has to say would turn our close into a reset, and lose the answer.
    ::shutdown(fd_.get(), SHUT_WR);
    poll_.start(UV_READABLE, [this] { pass_over(); });
  }

  void pass_over() {
    char bytes[4096];
    const ssize_t got = ::read(fd_.get(), bytes, sizeof bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) server_.over(*this);
  }

  HttpServer& server_;
  Fd fd_;
  Poll poll_;
  Timer limit_;
  http_parser parser_{};
  std::string url_, name_, accept_, out_;
  std::size_t seen_ = 0;
  bool in_value_ = true, complete_ = false;
};

HttpServer::HttpServer(Loop& loop, Handler handler, std::chrono::milliseconds limit)
    : loop_(loop), handler_(std::move(handler)), limit_(limit) {}

HttpServer::~HttpServer() = default;

std::unique_ptr<ListeningSocket> HttpServer::listen(const std::string& where) {
  std::optional<Address> address;
  std::string path;
  if (where.starts_with(kUnix)) {
    path = where.substr(kUnix.size());
    address = unix_address(path);
  } else if (const HostPortResult parsed = parse_host_port(where); parsed.problem.empty()) {
    address = parse_address(parsed.where.host, parsed.where.port);
  }
  if (!address) {
    auto refused = std::make_unique<ListeningSocket>();
    refused->problem =
        "expected an address and a port such as \"127.0.0.1:9464\", or unix:/path";
    return refused;
  }
  if (path.starts_with('@')) path.clear();
  return listen_at(address->get(), address->length, path, kBacklog);
}

std::string HttpServer::open(std::unique_ptr<ListeningSocket> socket) {
  if (!socket->problem.empty()) return socket->problem;
  socket_ = std::move(socket);
  acceptor_ = std::make_unique<Acceptor>(
      loop_, socket_->fd.get(), [this](Fd connection) { accept(std::move(connection)); });
  return acceptor_->error() == 0 ? "" : "cannot watch it";
}

// The one that has been there longest makes room: it may be one that only sits there.
void HttpServer::accept(Fd connection) {
  if (clients_.size() >= kClientsMost) clients_.erase(clients_.begin());
  clients_.push_back(std::make_unique<Client>(*this, std::move(connection)));
}

void HttpServer::over(const Client& client) {
  std::erase_if(clients_, [&](const auto& each) { return each.get() == &client; });
}

}  // namespace usher
