# A thin front to CMake for people; CMakePresets.json says what each tree is. Nothing here is needed to build by hand.
JOBS := $(shell nproc 2>/dev/null || echo 2)
ARGS ?=

# Ninja where there is one. CMake heeds the variable only for a tree that is not configured yet.
CONFIGURE = if command -v ninja >/dev/null; then export CMAKE_GENERATOR="$${CMAKE_GENERATOR:-Ninja}"; fi; \
            cmake --preset release
BUILD = cmake --build build --parallel $(JOBS)

.PHONY: all deps build run test bench bench-http bench-idle compare lint format sanitize fuzz package test-package help
.NOTPARALLEL:

all: build

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install what is missing (Debian, Ubuntu)
	@scripts/deps.sh

build: deps ## build everything, optimised, into build/bin (the default)
	@$(CONFIGURE)
	@$(BUILD)

# The daemon takes the place of the shell: it gets the signals, and its exit status is the one make sees.
run: deps ## build and start lastbeatd in the foreground; ARGS="--ttl 5s" goes to it
	@$(CONFIGURE)
	@$(BUILD) --target lastbeatd lastbeat_cli lastbeat_bench_program
	@echo "Talk to it from another terminal (Ctrl-C stops it):"
	@echo "  curl --json '{\"user_id\":42}' http://127.0.0.1:7231/heartbeat"
	@echo "  curl http://127.0.0.1:7231/status/42"
	@echo "  build/bin/lastbeat heartbeat 42"
	@echo "  build/bin/lastbeat status 42"
	@echo "  build/bin/lastbeat --help"
	@exec build/bin/lastbeatd $(ARGS)

test: build ## build and run every test
	@scripts/deps.sh test
	@JOBS=$(JOBS) scripts/run-tests.sh build

bench: deps ## measure a server on this machine for ten seconds; ARGS goes to lastbeat-bench load
	@$(CONFIGURE)
	@$(BUILD) --target lastbeatd lastbeat_bench_program
	@scripts/bench.sh $(ARGS)

bench-http: ## what an HTTP request costs, beside a bare Asio server and nginx; about two minutes
	@scripts/deps.sh bench-http
	@$(CONFIGURE)
	@$(BUILD) --target lastbeatd lastbeat_http_floor
	@scripts/bench-http.sh

bench-idle: ## what an idle connection costs in memory, in clear text and over TLS; ten seconds
	@scripts/deps.sh bench-idle
	@$(CONFIGURE)
	@$(BUILD) --target lastbeatd
	@scripts/bench-idle.sh

# Under 20 minutes on two cores, everything that is missing installed and built: 10 or so of it measuring.
compare: ## measure beside redis-server and memcached, into build/compare; ARGS goes to lastbeat-bench compare
	@scripts/deps.sh compare
	@$(CONFIGURE)
	@$(BUILD) --target lastbeatd lastbeat_bench_program
	@scripts/compare.sh $(ARGS)

lint: ## format, warnings of two compilers, headers alone, clang-tidy, scripts; LINT_BASE=<ref> narrows clang-tidy
	@scripts/lint.sh

format: ## clang-format every source in place
	@git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' | xargs -0 clang-format -i

fuzz: ## fuzz the table and the HTTP codec with libFuzzer for FUZZ_SECONDS (60) each; needs clang, as lint does
	@scripts/deps.sh lint
	@scripts/fuzz.sh

package: ## build .deb files into build-package/packages
	@scripts/deps.sh package
	@if command -v ninja >/dev/null; then export CMAKE_GENERATOR="$${CMAKE_GENERATOR:-Ninja}"; fi; cmake --preset package
	@SOURCE_DATE_EPOCH="$$(git log -1 --format=%ct 2>/dev/null || date +%s)" cmake --build build-package --parallel $(JOBS) --target package

test-package: ## install those into a new root file system and boot it; needs root
	@scripts/deps.sh package-test
	@scripts/test-package.sh

sanitize: ## run every test under ASan with UBSan (clang), then under TSan (gcc)
	@scripts/deps.sh test
	@scripts/deps.sh lint
	@scripts/sanitize.sh
