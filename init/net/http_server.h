// A small HTTP server for whoever scrapes or probes: GET and HEAD, one request a connection.
// Bounded in clients, time and bytes, whatever they do.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "init/loop/loop.h"
#include "init/os/fd.h"
#include "init/os/socket_file.h"

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
  // there, lets everybody connect, and goes with us. Returns what is wrong, or nothing.
  std::string open(const std::string& listen);

 private:
  class Client;
  void on_connections();
  void over(const Client& client);

  Loop& loop_;
  Handler handler_;
  const std::chrono::milliseconds limit_;
  Fd fd_;
  SocketFile file_;
  std::unique_ptr<Poll> poll_;
  Timer pause_;  // while no descriptor is left for a connection
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace usher
