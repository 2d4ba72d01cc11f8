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

# A library that pkg-config knows, as usher_NAME: of ARGN the archive where the binary is static.
function(usher_library name module)
  pkg_check_modules(${name} REQUIRED ${module})
  add_library(usher_${name} INTERFACE)
  target_include_directories(usher_${name} SYSTEM INTERFACE ${${name}_INCLUDE_DIRS})
  if(USHER_STATIC)
    find_library(${name}_ARCHIVE NAMES ${ARGN} REQUIRED)
    target_link_libraries(usher_${name} INTERFACE ${${name}_ARCHIVE})
  else()
    target_link_libraries(usher_${name} INTERFACE ${${name}_LINK_LIBRARIES})
  endif()
endfunction()

# One that it does not know, by a header.
function(usher_library_with name header)
  find_path(${name}_INCLUDE_DIR ${header} REQUIRED)
  if(USHER_STATIC)
    set(file lib${name}.a)
  else()
    set(file ${name})
  endif()
  find_library(${name}_LIBRARY NAMES ${file} REQUIRED)
  add_library(usher_${name} INTERFACE)
  target_include_directories(usher_${name} SYSTEM INTERFACE ${${name}_INCLUDE_DIR})
  target_link_libraries(usher_${name} INTERFACE ${${name}_LIBRARY})
endfunction()

# Of hiredis only the reader of replies is used (init/redis/redis_reply.h); http_parser reads
# the requests of scrapers and kubelets.
usher_library_with(hiredis hiredis/read.h)
usher_library_with(http_parser http_parser.h)
usher_library(cares libcares libcares.a libcares_static.a)
usher_library(nghttp2 libnghttp2 libnghttp2.a libnghttp2_static.a)
usher_library(libyaml yaml-0.1 libyaml.a)

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
