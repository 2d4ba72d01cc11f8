# Finds the libraries through CMake packages or pkg-config, under one name each. Newer versions
# than Debian 12's are welcome.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# libuv: the static archive where the binary is static.
add_library(usher_libuv INTERFACE)
if(USHER_STATIC)
  pkg_check_modules(LIBUV REQUIRED libuv-static)
  target_include_directories(usher_libuv SYSTEM INTERFACE ${LIBUV_STATIC_INCLUDE_DIRS})
  find_library(LIBUV_ARCHIVE NAMES uv_a libuv_a.a libuv.a REQUIRED)
  target_link_libraries(usher_libuv INTERFACE ${LIBUV_ARCHIVE} Threads::Threads ${CMAKE_DL_LIBS})
else()
  pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)
  target_link_libraries(usher_libuv INTERFACE PkgConfig::LIBUV)
endif()

# hiredis, of which only the reader of replies is used (init/coordinate/redis_reply.h).
add_library(usher_hiredis INTERFACE)
find_path(HIREDIS_INCLUDE_DIR hiredis/read.h REQUIRED)
if(USHER_STATIC)
  find_library(HIREDIS_LIBRARY NAMES libhiredis.a REQUIRED)
else()
  find_library(HIREDIS_LIBRARY NAMES hiredis REQUIRED)
endif()
target_include_directories(usher_hiredis SYSTEM INTERFACE ${HIREDIS_INCLUDE_DIR})
target_link_libraries(usher_hiredis INTERFACE ${HIREDIS_LIBRARY})

# c-ares: as libuv.
pkg_check_modules(CARES REQUIRED libcares)
add_library(usher_cares INTERFACE)
target_include_directories(usher_cares SYSTEM INTERFACE ${CARES_INCLUDE_DIRS})
if(USHER_STATIC)
  find_library(CARES_ARCHIVE NAMES libcares.a libcares_static.a REQUIRED)
  target_link_libraries(usher_cares INTERFACE ${CARES_ARCHIVE})
else()
  target_link_libraries(usher_cares INTERFACE ${CARES_LINK_LIBRARIES})
endif()

# http_parser, which reads the requests of scrapers and kubelets.
find_path(HTTP_PARSER_INCLUDE_DIR http_parser.h REQUIRED)
add_library(usher_http_parser INTERFACE)
target_include_directories(usher_http_parser SYSTEM INTERFACE ${HTTP_PARSER_INCLUDE_DIR})
if(USHER_STATIC)
  find_library(HTTP_PARSER_LIBRARY NAMES libhttp_parser.a REQUIRED)
else()
  find_library(HTTP_PARSER_LIBRARY NAMES http_parser REQUIRED)
endif()
target_link_libraries(usher_http_parser INTERFACE ${HTTP_PARSER_LIBRARY})

# nghttp2: as libuv.
pkg_check_modules(NGHTTP2 REQUIRED libnghttp2)
add_library(usher_nghttp2 INTERFACE)
target_include_directories(usher_nghttp2 SYSTEM INTERFACE ${NGHTTP2_INCLUDE_DIRS})
if(USHER_STATIC)
  find_library(NGHTTP2_ARCHIVE NAMES libnghttp2.a libnghttp2_static.a REQUIRED)
  target_link_libraries(usher_nghttp2 INTERFACE ${NGHTTP2_ARCHIVE})
else()
  target_link_libraries(usher_nghttp2 INTERFACE ${NGHTTP2_LINK_LIBRARIES})
endif()

# libyaml: as libuv.
pkg_check_modules(LIBYAML REQUIRED yaml-0.1)
add_library(usher_libyaml INTERFACE)
target_include_directories(usher_libyaml SYSTEM INTERFACE ${LIBYAML_INCLUDE_DIRS})
if(USHER_STATIC)
  find_library(LIBYAML_ARCHIVE NAMES libyaml.a REQUIRED)
  target_link_libraries(usher_libyaml INTERFACE ${LIBYAML_ARCHIVE})
else()
  target_link_libraries(usher_libyaml INTERFACE ${LIBYAML_LINK_LIBRARIES})
endif()

# toml++, header-only: its shared library cannot go into a static binary either, and the package's
# target may insist on it. One file of ours includes it, and says there how.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
add_library(usher_tomlplusplus INTERFACE)
target_include_directories(usher_tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})

# nlohmann's JSON, header-only. One file of ours includes it.
find_package(nlohmann_json CONFIG REQUIRED)

# spdlog and fmt, header-only: their shared libraries cannot go into a static binary.
find_package(spdlog CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
add_library(usher_spdlog INTERFACE)
target_include_directories(usher_spdlog SYSTEM INTERFACE
  $<TARGET_PROPERTY:spdlog::spdlog_header_only,INTERFACE_INCLUDE_DIRECTORIES>
  $<TARGET_PROPERTY:fmt::fmt-header-only,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_definitions(usher_spdlog INTERFACE
  SPDLOG_HEADER_ONLY SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY
  # Without it fmt asks the C++ locale, which is a third of a megabyte.
  FMT_STATIC_THOUSANDS_SEPARATOR=',')
