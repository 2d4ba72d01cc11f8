#include "init/net/grpc_call.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace usher {
namespace {

constexpr std::size_t kMostBody = 64 * 1024;
constexpr std::uint32_t kMostHeader = 16 * 1024;

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv header(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

GrpcCall::GrpcCall(Request request) : request_(std::move(request)) {
  open_session();
  if (session_)
    submit();
  else
    fail("cannot begin a session: out of memory");
}

void GrpcCall::open_session() {
  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) return;
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &on_close);
  nghttp2_session* session = nullptr;
  if (nghttp2_session_client_new(&session, callbacks, this) == 0) session_.reset(session);
  nghttp2_session_callbacks_del(callbacks);
}

void GrpcCall::submit() {
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMostHeader},
  };
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings, std::size(settings));
  const nghttp2_nv headers[] = {
      header(":method", "POST"),
      header(":scheme", request_.scheme),
      header(":path", request_.path),
      header(":authority", request_.authority),
      header("te", "trailers"),
      header("content-type", "application/grpc"),
      header("user-agent", "usher/" USHER_VERSION),
  };
  nghttp2_data_provider body{};
  body.source.ptr = this;
  body.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t room,
                          std::uint32_t* flags, nghttp2_data_source* source, void*) -> ssize_t {
    auto& call = *static_cast<GrpcCall*>(source->ptr);
    const std::size_t size =
        call.request_.body.copy(reinterpret_cast<char*>(out), room, call.sent_);
    call.sent_ += size;
    if (call.sent_ == call.request_.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  };
  if (nghttp2_submit_request(session_.get(), nullptr, headers, std::size(headers), &body, nullptr) <
      0)
    fail("cannot send a request");
}

std::string GrpcCall::take_output() {
  std::string output;
  const std::uint8_t* bytes = nullptr;
  while (session_) {
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size <= 0) break;
    output += view(bytes, static_cast<std::size_t>(size));
  }
  // A mistake of the other side is not an error of nghttp2: it says goodbye, and wants no more.
  if (!over_ && nghttp2_session_want_read(session_.get()) == 0)
    fail("the server does not speak HTTP/2");
  return output;
}

void GrpcCall::feed(std::string_view bytes) {
  if (over_) return;
  received_ += bytes.size();
  if (received_ > kMostReceived) return fail("the server has said more than 1 MiB, and no answer");
  const ssize_t taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken < 0 && !over_) fail("the server does not speak HTTP/2");
}

int GrpcCall::on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name_bytes,
                        std::size_t name_size, const std::uint8_t* value_bytes,
                        std::size_t value_size, std::uint8_t, void* self) {
  Response& response = static_cast<GrpcCall*>(self)->response_;
  const std::string_view name = view(name_bytes, name_size);
  const std::string_view value = view(value_bytes, value_size);
  if (name == ":status") response.http_status = value;
  if (name == "grpc-message") response.message = value.substr(0, kMostHeader);
  if (name == "grpc-status") {
    int code = -1;
    std::from_chars(value.data(), value.data() + value.size(), code);
    response.code = code;
  }
  return 0;
}

int GrpcCall::on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* bytes,
                      std::size_t size, void* self) {
  auto& call = *static_cast<GrpcCall*>(self);
  if (call.response_.body.size() + size > kMostBody)
    call.fail("the response is longer than 64 KiB");
  else
    call.response_.body += view(bytes, size);
  return 0;
}

int GrpcCall::on_close(nghttp2_session*, std::int32_t, std::uint32_t error, void* self) {
  auto& call = *static_cast<GrpcCall*>(self);
  if (error != NGHTTP2_NO_ERROR && call.response_.code < 0)
    call.fail("the server gave the call up: " + std::string(nghttp2_http2_strerror(error)));
  call.over_ = true;
  return 0;
}

void GrpcCall::fail(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
  over_ = true;
}

}  // namespace usher
