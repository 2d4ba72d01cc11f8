# Two commands do everything on a fresh Debian machine, once `apt-get install git make` has been
# run: `make test` and `make demo`. Each installs the packages it needs and says so.
# The real build is CMake's; see CMakePresets.json for what the presets are.

JOBS ?= $(shell nproc)
# In continuous integration, whose machine may stand still for longer than any deadline, a test that failed
# is tried once more.
CTEST = ctest --output-on-failure --no-tests=error --timeout 600 -j $(JOBS) $(if $(filter true,$(CI)),--repeat until-pass:2)

.PHONY: build test test-fast tidy tsan coverage fuzz cross debian13 engines release sign demo bench order image images compose-demo clean help
.DELETE_ON_ERROR:

## make             build/usher: static, optimised for size, stripped
build:
	@scripts/packages build
	@$(MAKE) --no-print-directory preset-release

## make test        all tests, under the address and undefined sanitizers, and `make test-fast` on a bare Debian
test:
	@scripts/packages build test browser containers
	@$(MAKE) --no-print-directory preset-release preset-asan
	@status=0; $(CTEST) --test-dir build/asan || status=$$?; \
	  cat build/containers/times.txt build/bare/times.txt 2>/dev/null || true; exit $$status

## make test-fast   all tests but those in containers and on a bare Debian, with the debug build only
test-fast:
	@scripts/packages build test
	@$(MAKE) --no-print-directory preset-debug
	$(CTEST) --test-dir build/debug --label-exclude 'containers|bare'

## make tidy        clang-tidy's list (.clang-tidy) over all sources
tidy:
	@scripts/packages build test tidy
	@$(MAKE) --no-print-directory build/debug/build.ninja
	scripts/tidy build/debug

## make tsan        the tests with threads, under the thread sanitizer
tsan:
	@scripts/packages build test
	@$(MAKE) --no-print-directory preset-tsan
	TSAN_OPTIONS=die_after_fork=0 build/tsan/tests/usher_unit_tests '[tap],[output],[log]'

## make coverage    which lines the unit and system tests run, by folder
coverage:
	@scripts/packages build test
	@$(MAKE) --no-print-directory preset-coverage
	-$(CTEST) --test-dir build/coverage --label-exclude 'containers|bare'
	scripts/coverage build/coverage

## make fuzz        each fuzzer for FUZZ_SECONDS (10)
fuzz:
	@scripts/packages build fuzz
	@$(MAKE) --no-print-directory build/fuzz/build.ninja
	cmake --build --preset fuzz --parallel $(JOBS)
	tests/fuzz/run $(or $(FUZZ_SECONDS),10)

## make cross       ARCH="arm64 s390x ...": for other architectures, tried under emulation
cross:
	@scripts/packages build
	USHER_JOBS=$(JOBS) scripts/cross $(or $(ARCH),arm64)

## make release     packs build/release for ARCH ("amd64 arm64"; this machine's) and looks at it
OWN_ARCH := $(shell dpkg --print-architecture 2>/dev/null)
RELEASE_BINARIES = $(OWN_ARCH)=build/usher $(foreach a,$(filter-out $(OWN_ARCH),$(ARCH)),$(a)=build/cross/$(a)/usher)
release: build
	@scripts/packages release containers +faketime
	$(if $(filter-out $(OWN_ARCH),$(ARCH)),USHER_JOBS=$(JOBS) scripts/cross $(filter-out $(OWN_ARCH),$(ARCH)))
	rm -rf build/release
	scripts/release $(RELEASE_BINARIES)
	USHER_RELEASE=build/release USHER_BINARIES="$(RELEASE_BINARIES)" pytest-3 -q -p no:cacheprovider tests/release

## make sign        KEY=FILE: signs the checksums of build/release; refuses without a key
sign:
	@scripts/release --sign "$(KEY)"

## make debian13    `make` and `make test-fast` on a bare Debian 13
debian13:
	@scripts/packages containers
	USHER_BARE_SUITE=trixie tests/bare/run

## make engines     build/usher on other container engines (root; makes them from Debian's packages); ENGINES="docker-sid gvisor"
engines: build
	@scripts/packages containers engines
	tests/engines/run --write $(ENGINES)

## make demo        a whole libp2p interop test without containers; DEMO_ARGS="--help" for more
demo:
	@scripts/packages build demo
	@$(MAKE) --no-print-directory preset-release
	@scripts/demo $(DEMO_ARGS)

## make bench       usher beside other inits (as root, some minutes); BENCH_ARGS="--parts start,stop --runs 50"
bench:
	@scripts/packages build bench
	@$(MAKE) --no-print-directory preset-release
	@$(MAKE) --no-print-directory -C bench
	@bench/run $(BENCH_ARGS)

## make order       the order of the binary's functions anew, when a test says that it is old (valgrind, some minutes)
order: build
	@scripts/packages bench
	@bench/order

## make image         the image `usher` alone, with the binary and nothing else
image: build
	@scripts/build-images usher

## make images        the images of images/, on the container engine that answers
images: build
	@scripts/build-images

## make compose-demo  the interop suite under Compose; ends with the exit code of its harness
compose-demo:
	@scripts/packages build compose
	@$(MAKE) --no-print-directory preset-release
	@tests/containers/engine --image debian:12-slim --image node:20-slim -- scripts/compose-demo

## make clean       removes build/
clean:
	rm -rf build

## make help        this list
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

# Each preset has its folder. CMake is asked again only when the presets have changed: changes to
# CMakeLists.txt are seen by ninja itself.
build/build.ninja: CMakePresets.json
	cmake --preset release
build/%/build.ninja: CMakePresets.json
	cmake --preset $*

.PHONY: preset-release preset-debug preset-asan preset-tsan preset-coverage
preset-release: build/build.ninja
	cmake --build build --parallel $(JOBS)
preset-debug preset-asan preset-tsan preset-coverage: preset-%: build/%/build.ninja
	cmake --build build/$* --parallel $(JOBS)
