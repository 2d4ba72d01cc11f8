// One unary gRPC call over one connection, through nghttp2: bytes in, bytes out.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <string>
#include <string_view>

namespace usher {

class GrpcCall {
 public:
  struct Request {
    std::string authority;  // "redis:50051"
    std::string path;       // "/grpc.health.v1.Health/Check"
    std::string body;       // with its prefix of five bytes
    std::string scheme = "http";
  };
  struct Response {
    std::string http_status;  // ":status"; empty: the server has sent no header
    int code = -1;            // grpc-status; -1: none
    std::string message;      // grpc-message, as it was sent
    std::string body;         // at most 64 KiB
  };

  explicit GrpcCall(Request request);
  GrpcCall(const GrpcCall&) = delete;
  GrpcCall& operator=(const GrpcCall&) = delete;

  // What is to be sent now; empty when nothing is.
  std::string take_output();
  // The server's next bytes; of all that it says, at most kMostReceived count.
  static constexpr std::size_t kMostReceived = 1024 * 1024;
  void feed(std::string_view bytes);

  // Nothing more will come of it: the stream has been closed, or the server speaks no HTTP/2.
  bool over() const { return over_; }
  // Empty, or what was wrong besides what the response says.
  const std::string& problem() const { return problem_; }
  const Response& response() const { return response_; }

 private:
  struct Delete {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  void open_session();
  void submit();
  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t flags, void* self);
  static int on_data(nghttp2_session*, std::uint8_t flags, std::int32_t stream,
                     const std::uint8_t* bytes, std::size_t size, void* self);
  static int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t error, void* self);
  void fail(std::string problem);

  const Request request_;
  std::size_t sent_ = 0;  // of the body
  std::size_t received_ = 0;
  Response response_;
  bool over_ = false;
  std::string problem_;
  std::unique_ptr<nghttp2_session, Delete> session_;
};

}  // namespace usher
