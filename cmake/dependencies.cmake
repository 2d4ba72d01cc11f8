# Finds the libraries under one name each. Newer versions than Debian 12's are welcome. What is missing
# is named, by its packages' names, all at once.
find_package(Threads REQUIRED)

# Their names in Debian, Alpine and Fedora; docs/building.md has the same table. What Fedora does not
# package as a static archive is no use for USHER_STATIC there.
set(USHER_PACKAGES_libuv libuv1-dev "libuv-dev libuv-static" "libuv-devel libuv-static")
set(USHER_PACKAGES_cares libc-ares-dev "c-ares-dev c-ares-static" c-ares-devel)
set(USHER_PACKAGES_hiredis libhiredis-dev "hiredis-dev hiredis-static" hiredis-devel)
set(USHER_PACKAGES_http "libllhttp-dev or libhttp-parser-dev" "llhttp-dev llhttp-static" "llhttp-devel or http-parser-devel")
set(USHER_PACKAGES_nghttp2 libnghttp2-dev "nghttp2-dev nghttp2-static" "libnghttp2-devel")
set(USHER_PACKAGES_libyaml libyaml-dev "yaml-dev yaml-static" libyaml-devel)
set(USHER_PACKAGES_tomlplusplus libtomlplusplus-dev tomlplusplus-dev tomlplusplus-devel)
set(USHER_PACKAGES_nlohmann_json nlohmann-json3-dev nlohmann-json json-devel)
set(USHER_PACKAGES_spdlog libspdlog-dev spdlog-dev spdlog-devel)
set(USHER_PACKAGES_fmt libfmt-dev fmt-dev fmt-devel)

function(usher_missing name what)
  list(GET USHER_PACKAGES_${name} 0 debian)
  list(GET USHER_PACKAGES_${name} 1 alpine)
  list(GET USHER_PACKAGES_${name} 2 fedora)
  set(USHER_MISSING ${USHER_MISSING} "${what}: ${debian} (Debian), ${alpine} (Alpine), ${fedora} (Fedora)"
    CACHE INTERNAL "")
endfunction()
set(USHER_MISSING "" CACHE INTERNAL "")

# A library as usher_NAME: its header, and of ARGN (names without lib and .a) the archive where the
# binary is static. Each call looks again at what it did not find before.
function(usher_library name header)
  find_path(${name}_INCLUDE_DIR ${header})
  if(USHER_STATIC)
    set(files ${ARGN})
    list(TRANSFORM files PREPEND lib)
    list(TRANSFORM files APPEND .a)
    find_library(${name}_ARCHIVE NAMES ${files})
    set(file ${${name}_ARCHIVE})
  else()
    find_library(${name}_LIBRARY NAMES ${ARGN})
    set(file ${${name}_LIBRARY})
  endif()
  if(NOT ${name}_INCLUDE_DIR)
    usher_missing(${name} "<${header}>")
  elseif(NOT file)
    list(GET ARGN 0 first)
    usher_missing(${name} "the library ${first}")
  endif()
  add_library(usher_${name} INTERFACE)
  target_include_directories(usher_${name} SYSTEM INTERFACE ${${name}_INCLUDE_DIR})
  target_link_libraries(usher_${name} INTERFACE ${file})
endfunction()

usher_library(libuv uv.h uv uv_a)
target_link_libraries(usher_libuv INTERFACE Threads::Threads ${CMAKE_DL_LIBS})
usher_library(cares ares.h cares cares_static)
usher_library(nghttp2 nghttp2/nghttp2.h nghttp2 nghttp2_static)
usher_library(libyaml yaml.h yaml)
# Of hiredis only the reader of replies is used (init/redis/redis_reply.h).
usher_library(hiredis hiredis/read.h hiredis)

# What reads HTTP: llhttp, or its ancestor, which Debian 13 no longer has. See init/net/http_parser.h.
find_path(LLHTTP_HEADER llhttp.h)
if(LLHTTP_HEADER)
  usher_library(http llhttp.h llhttp llhttp_static)
  target_compile_definitions(usher_http INTERFACE USHER_LLHTTP)
else()
  usher_library(http http_parser.h http_parser)
endif()

# Header-only: their shared libraries cannot go into a static binary either, and the packages' own
# targets may insist on them. One file of ours includes toml++, one nlohmann's JSON.
function(usher_headers name header)
  find_path(${name}_INCLUDE_DIR ${header})
  if(NOT ${name}_INCLUDE_DIR)
    usher_missing(${name} "<${header}>")
  endif()
  add_library(usher_${name} INTERFACE)
  target_include_directories(usher_${name} SYSTEM INTERFACE ${${name}_INCLUDE_DIR})
endfunction()

usher_headers(tomlplusplus toml++/toml.h)
usher_headers(nlohmann_json nlohmann/json.hpp)
usher_headers(fmt fmt/format.h)
usher_headers(spdlog spdlog/spdlog.h)
target_link_libraries(usher_spdlog INTERFACE usher_fmt)
target_compile_definitions(usher_spdlog INTERFACE
  SPDLOG_HEADER_ONLY SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY
  # Without it fmt asks the C++ locale, which is a third of a megabyte.
  FMT_STATIC_THOUSANDS_SEPARATOR=',')

if(USHER_TLS)
  include(${CMAKE_CURRENT_LIST_DIR}/mbedtls.cmake)
endif()

if(USHER_MISSING)
  list(JOIN USHER_MISSING "\n  " missing)
  message(FATAL_ERROR "usher cannot be built without\n  ${missing}\n"
    "On Debian `scripts/packages build` installs them all; see docs/building.md")
endif()
