// A small HTTP server for whoever scrapes or probes: GET and HEAD, one request a connection.
// Bounded in clients, time and bytes, whatever they do.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "init/loop/acceptor.h"
#include "init/loop/loop.h"
#include "init/os/fd.h"
#include "init/os/listening_socket.h"

namespace usher {

struct HttpRequest {
  std::string path;    // without the query
  std::string accept;  // of the header of that name
};

struct HttpAnswer {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};

class HttpServer {
 public:
  static constexpr std::size_t kClientsMost = 16;
  static constexpr std::size_t kHeadMost = 8 * 1024;

  using Handler = std::function<HttpAnswer(const HttpRequest&)>;

  // `limit`: of a whole exchange.
  HttpServer(Loop& loop, Handler handler,
             std::chrono::milliseconds limit = std::chrono::seconds{5});
  ~HttpServer();

  // "127.0.0.1:9464", "[::1]:9464", or "unix:/path", which takes the place of a socket that is
  // there, lets everybody connect, and goes with us. From then on clients can connect, and wait.
  static std::unique_ptr<ListeningSocket> listen(const std::string& where);
  // Returns what is wrong, or nothing.
  [[nodiscard]] std::string open(std::unique_ptr<ListeningSocket> socket);
  [[nodiscard]] std::string open(const std::string& where) { return open(listen(where)); }

 private:
  class Client;
  void accept(Fd connection);
  void over(const Client& client);

  Loop& loop_;
  Handler handler_;
  const std::chrono::milliseconds limit_;
  std::unique_ptr<ListeningSocket> socket_;
  std::unique_ptr<Acceptor> acceptor_;  // goes before what it watches
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace usher
