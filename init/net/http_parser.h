// The library that reads HTTP, under one name: llhttp, or http_parser, from which it descends, where
// that is what the system has (Debian 12).
#pragma once

#ifdef USHER_LLHTTP
#include <llhttp.h>

#include <cstddef>
#else
#include <http_parser.h>
#endif

namespace usher {

#ifdef USHER_LLHTTP
using http_parser = llhttp_t;
using http_parser_settings = llhttp_settings_t;

inline void http_parser_settings_init(http_parser_settings* settings) { llhttp_settings_init(settings); }

// The settings come with each execute(), as http_parser has it. `data` is kept.
inline void http_parser_init(http_parser* parser, llhttp_type type) {
  void* const data = parser->data;
  llhttp_init(parser, type, nullptr);
  parser->data = data;
}

inline void http_parser_execute(http_parser* parser, const http_parser_settings* settings, const char* bytes,
                                std::size_t size) {
  parser->settings = const_cast<http_parser_settings*>(settings);  // it only reads them
  llhttp_execute(parser, bytes, size);
}

// The connection has ended.
inline void http_parser_finish(http_parser* parser, const http_parser_settings* settings) {
  parser->settings = const_cast<http_parser_settings*>(settings);
  llhttp_finish(parser);
}

// Of a response: any byte in a value, a line that goes on with the one before, both framings at once,
// lines without a return.
inline void http_parser_take_old_servers(http_parser* parser) {
  llhttp_set_lenient_headers(parser, 1);
  llhttp_set_lenient_chunked_length(parser, 1);
  llhttp_set_lenient_keep_alive(parser, 1);
#if LLHTTP_VERSION_MAJOR > 9 || (LLHTTP_VERSION_MAJOR == 9 && LLHTTP_VERSION_MINOR >= 2)
  llhttp_set_lenient_optional_cr_before_lf(parser, 1);
#endif
}

// For the end of a callback: nothing that comes after it is read.
inline int http_parser_stop(http_parser*) { return HPE_PAUSED; }

inline int http_parser_error(const http_parser& parser) { return parser.error; }
#else
using ::http_parser;
using ::http_parser_execute;
using ::http_parser_init;
using ::http_parser_settings;
using ::http_parser_settings_init;

inline void http_parser_finish(http_parser* parser, const http_parser_settings* settings) {
  http_parser_execute(parser, settings, nullptr, 0);
}

inline void http_parser_take_old_servers(http_parser* parser) {
  parser->lenient_http_headers = 1;
  parser->allow_chunked_length = 1;
}

inline int http_parser_stop(http_parser* parser) {
  http_parser_pause(parser, 1);
  return 0;
}

inline int http_parser_error(const http_parser& parser) { return HTTP_PARSER_ERRNO(&parser); }
#endif

inline bool http_parser_failed(const http_parser& parser) {
  const int error = http_parser_error(parser);
  return error != HPE_OK && error != HPE_PAUSED;
}

}  // namespace usher
