// The other side of one gRPC call, through nghttp2: takes the request, gives the answer of the
// test.
#pragma once

#include <nghttp2/nghttp2.h>

#include <map>
#include <string>
#include <string_view>

namespace usher {

class FakeGrpcServer {
 public:
  struct Answer {
    std::string http_status = "200";
    std::string body;         // with its prefix
    std::string grpc_status;  // empty: none
    std::string message;      // grpc-message
    bool trailers_only = false;
    std::uint32_t reset = 0;  // RST_STREAM with this code instead
  };

  explicit FakeGrpcServer(Answer answer) : answer_(std::move(answer)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks,
        [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
           const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
          static_cast<FakeGrpcServer*>(self)
              ->headers[std::string(reinterpret_cast<const char*>(name), name_size)]
              .assign(reinterpret_cast<const char*>(value), value_size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* bytes,
                      std::size_t size, void* self) {
          static_cast<FakeGrpcServer*>(self)->body.append(reinterpret_cast<const char*>(bytes),
                                                          size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 && frame->hd.type == NGHTTP2_DATA)
            static_cast<FakeGrpcServer*>(self)->respond(frame->hd.stream_id);
          return 0;
        });
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  FakeGrpcServer(const FakeGrpcServer&) = delete;
  FakeGrpcServer& operator=(const FakeGrpcServer&) = delete;
  ~FakeGrpcServer() { nghttp2_session_del(session_); }

  // What the client sends; returns what it is to get.
  std::string exchange(std::string_view bytes) {
    nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                             bytes.size());
    std::string output;
    const std::uint8_t* part = nullptr;
    for (ssize_t size; (size = nghttp2_session_mem_send(session_, &part)) > 0;)
      output.append(reinterpret_cast<const char*>(part), static_cast<std::size_t>(size));
    return output;
  }

  std::map<std::string, std::string> headers;  // of the request
  std::string body;                            // of the request

 private:
  static nghttp2_nv header(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }

  void respond(std::int32_t stream) {
    if (answer_.reset != 0) {
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, answer_.reset);
      return;
    }
    const nghttp2_nv head[] = {
        header(":status", answer_.http_status), header("content-type", "application/grpc"),
        header("grpc-status", answer_.grpc_status), header("grpc-message", answer_.message)};
    if (answer_.trailers_only) {
      nghttp2_submit_response(session_, stream, head, 4, nullptr);
      return;
    }
    nghttp2_data_provider source{};
    source.source.ptr = this;
    source.read_callback = [](nghttp2_session* session, std::int32_t id, std::uint8_t* out,
                              std::size_t room, std::uint32_t* flags, nghttp2_data_source* from,
                              void*) -> ssize_t {
      auto& server = *static_cast<FakeGrpcServer*>(from->ptr);
      const std::size_t size =
          server.answer_.body.copy(reinterpret_cast<char*>(out), room, server.sent_);
      server.sent_ += size;
      if (server.sent_ < server.answer_.body.size()) return static_cast<ssize_t>(size);
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (server.answer_.grpc_status.empty()) return static_cast<ssize_t>(size);
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const nghttp2_nv trailer[] = {header("grpc-status", server.answer_.grpc_status),
                                    header("grpc-message", server.answer_.message)};
      nghttp2_submit_trailer(session, id, trailer, 2);
      return static_cast<ssize_t>(size);
    };
    nghttp2_submit_response(session_, stream, head, 2, &source);
  }

  const Answer answer_;
  std::size_t sent_ = 0;
  nghttp2_session* session_ = nullptr;
};

}  // namespace usher
