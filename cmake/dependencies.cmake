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

# toml++, header-only: its shared library cannot go into a static binary either, and the package's
# target may insist on it. One file of ours includes it, and says there how.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
add_library(usher_tomlplusplus INTERFACE)
target_include_directories(usher_tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})

# spdlog, header-only: its shared library cannot go into a static binary.
find_package(spdlog CONFIG REQUIRED)
add_library(usher_spdlog INTERFACE)
target_link_libraries(usher_spdlog INTERFACE spdlog::spdlog_header_only)
