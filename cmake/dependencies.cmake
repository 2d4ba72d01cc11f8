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

# toml++: errors as values of a parse result are not used (its exceptions are caught in one file);
# its stream operators would bring iostream into the binary.
find_package(tomlplusplus CONFIG QUIET)
add_library(usher_tomlplusplus INTERFACE)
if(tomlplusplus_FOUND)
  target_link_libraries(usher_tomlplusplus INTERFACE tomlplusplus::tomlplusplus)
else()
  pkg_check_modules(TOMLPP REQUIRED IMPORTED_TARGET tomlplusplus)
  target_link_libraries(usher_tomlplusplus INTERFACE PkgConfig::TOMLPP)
endif()

# spdlog and fmt, header-only: their shared libraries cannot go into a static binary.
find_package(spdlog CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
add_library(usher_spdlog INTERFACE)
target_include_directories(usher_spdlog SYSTEM INTERFACE
  $<TARGET_PROPERTY:spdlog::spdlog_header_only,INTERFACE_INCLUDE_DIRECTORIES>
  $<TARGET_PROPERTY:fmt::fmt-header-only,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_definitions(usher_spdlog INTERFACE
  SPDLOG_HEADER_ONLY SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)
