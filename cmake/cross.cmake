# Toolchain for another architecture: Debian's cross compiler, and that architecture's libraries from a
# folder that scripts/cross fills. Used by `make cross ARCH=...`.
#
#   cmake --preset cross -DUSHER_ARCH=arm64 -DUSHER_ROOT=build/cross/arm64/root
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES USHER_ARCH USHER_ROOT)

set(USHER_TRIPLES "amd64=x86_64-linux-gnu" "arm64=aarch64-linux-gnu" "armhf=arm-linux-gnueabihf" "i386=i686-linux-gnu"
  "ppc64el=powerpc64le-linux-gnu" "s390x=s390x-linux-gnu" "riscv64=riscv64-linux-gnu")
set(triple "${USHER_TRIPLES}")
list(FILTER triple INCLUDE REGEX "^${USHER_ARCH}=")
string(REGEX REPLACE "^.*=" "" triple "${triple}")
if(NOT triple)
  list(TRANSFORM USHER_TRIPLES REPLACE "=.*" "")
  message(FATAL_ERROR "no architecture ${USHER_ARCH}; there are ${USHER_TRIPLES}")
endif()
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR "${triple}")

set(CMAKE_C_COMPILER ${triple}-gcc)
set(CMAKE_CXX_COMPILER ${triple}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${triple})
if(USHER_ARCH STREQUAL "i386")
  set(CMAKE_LIBRARY_ARCHITECTURE i386-linux-gnu)
endif()
set(CMAKE_FIND_ROOT_PATH ${USHER_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
