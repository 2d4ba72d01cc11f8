// What a gRPC server sends makes us neither keep nor say more than its bounds. The first byte: how large the
// pieces are, and whether settings go before them, as an honest server's do.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "init/net/grpc_call.h"
#include "init/net/grpc_health.h"

using namespace usher;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  constexpr std::string_view kSettings("\0\0\0\4\0\0\0\0\0", 9);
  // An answer to a frame is no longer than the shortest frame that asks for one, and what goes before.
  constexpr std::size_t kOwn = 4096, kFrame = 9, kLongestAnswer = 17 + 64;
  const std::size_t piece = data[0] % 64 + 1;
  GrpcCall call({"server:1", "/grpc.health.v1.Health/Check", health_check_request("echo")});
  std::size_t said = call.take_output().size();
  if (data[0] >= 128) call.feed(kSettings);
  for (std::size_t at = 0; at < bytes.size() && !call.over(); at += piece) {
    call.feed(bytes.substr(at, piece));
    said += call.take_output().size();
  }
  if (said > kOwn + kLongestAnswer * (bytes.size() / kFrame + 1)) std::abort();
  if (call.response().body.size() > 64 * 1024) std::abort();
  if (!call.over() && !call.problem().empty()) std::abort();
  read_health_check_response(bytes);
  if (decode_grpc_message(bytes).size() > bytes.size()) std::abort();
  return 0;
}
