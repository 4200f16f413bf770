# One entry point for everything. `make help` lists the targets.
#
# Needs a Swift 6.3 toolchain. Everything else comes from Debian and is installed by the set-up targets, as root or
# with sudo; what is there already is left alone.

SHELL := /bin/bash
TURNOUT := .build/release/turnout
SEED ?= 1
COUNT ?= 100
MODULES ?=

RUN_PACKAGES := binutils ca-certificates curl git libc6-dev libhiredis-dev libmariadb-dev libssl-dev libyaml-dev
TEST_PACKAGES := $(RUN_PACKAGES) apache2-utils chromium mariadb-client mariadb-server nginx-light openssl procps prometheus python3 \
  python3-requests python3-venv redis-server redis-tools util-linux
BENCH_PACKAGES := $(RUN_PACKAGES) gcc haproxy libnginx-mod-http-echo nginx-light procps python3 redis-server redis-tools util-linux wrk

.PHONY: help run build unit test mutants check lint format screenshot bench bench-all unmeasured setup-run setup-test setup-bench clean

help:          ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | column -ts $$'\t'

run: setup-run build  ## install what is missing, build, run the demo: proxy, two sample upstreams, flag file
	$(TURNOUT) demo

build:         ## build the program in release mode: one file without libraries of the toolchain, its symbols beside it
	@# The linker's own file is put back first: then an unchanged program is not linked again.
	@if [ -e $(TURNOUT).linked ] && readelf --sections --wide $(TURNOUT) 2>/dev/null | grep -q gnu_debuglink; then \
	  mv -f $(TURNOUT).linked $(TURNOUT); fi
	swift build -c release --static-swift-stdlib --product turnout
	@mv -f $(TURNOUT) $(TURNOUT).linked
	@if [ $(TURNOUT).linked -nt $(TURNOUT).debug ]; then objcopy --only-keep-debug $(TURNOUT).linked $(TURNOUT).debug; fi
	@objcopy --strip-all --add-gnu-debuglink=$(TURNOUT).debug $(TURNOUT).linked $(TURNOUT)

unit: setup-run  ## the tests that need no programs but the toolchain: no servers, no browser; without the format
	swift build --build-tests
	TEST_TIER=unit swift test --skip-build --skip '^EndToEndTests\.'

test: setup-test lint  ## install what is missing, check the format, build and pass all tests
	swift build --build-tests
	@set -o pipefail; swift test --skip-build 2>&1 | tee .build/tests.log \
	  || { printf '\nWhat failed (all of it: .build/tests.log):\n'; grep -a '✘.*recorded an issue' .build/tests.log; exit 1; }

mutants: setup-test  ## random small changes of the sources, and how many the tests of their own module notice; SEED=1 COUNT=100 MODULES="Flags Proxy"
	python3 Tests/mutants.py --seed $(SEED) --count $(COUNT) $(if $(MODULES),--modules "$(MODULES)")

check: lint    ## format and build, without the tests
	swift build --build-tests

lint:          ## the format of every Swift file
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

format:        ## bring every Swift file into the format
	swift format --in-place --recursive --parallel Package.swift Sources Tests

screenshot: setup-test build  ## the picture of the dashboard in README.md, from the real page under traffic (12 minutes)
	python3 Tests/Browser/screenshot.py $(TURNOUT) docs/dashboard.png

bench: setup-bench build  ## CPU per request beside HAProxy and nginx, malloc calls per request, bytes per idle connection
	python3 Benchmarks/peers.py --turnout $(TURNOUT) --rounds 5 --seconds 4 --check
	python3 Benchmarks/allocations.py --turnout $(TURNOUT) --check
	python3 Benchmarks/allocations.py --turnout $(TURNOUT) --access-log json --check
	python3 Benchmarks/idle_memory.py --turnout $(TURNOUT) --check

unmeasured:    ## the program with nothing counted, to tell what measuring costs
	swift build -c release --static-swift-stdlib --product turnout -Xswiftc -DUNMEASURED --scratch-path .build/unmeasured

bench-all: bench unmeasured  ## and the proofs under load: the switch for 60 s, harm that is found, memory, the time of a change, the access log, upstreams killed and stalled, the migration
	python3 Benchmarks/measuring.py --turnout $(TURNOUT) --unmeasured .build/unmeasured/release/turnout --check
	python3 Benchmarks/harm.py --turnout $(TURNOUT)
	python3 Benchmarks/memory.py --turnout $(TURNOUT)
	python3 Benchmarks/switch.py --turnout $(TURNOUT)
	python3 Benchmarks/levers.py --turnout $(TURNOUT) --check
	python3 Benchmarks/access_log.py --turnout $(TURNOUT) --check
	python3 Benchmarks/faults.py --turnout $(TURNOUT)
	python3 Benchmarks/migration.py --turnout $(TURNOUT) --check

setup-run:
	@deploy/install-packages $(RUN_PACKAGES)

setup-test:
	@deploy/install-packages $(TEST_PACKAGES)
	@deploy/install-python-packages .build/python Tests/requirements.txt

setup-bench:
	@deploy/install-packages $(BENCH_PACKAGES)

clean:         ## remove what was built
	rm -rf .build
