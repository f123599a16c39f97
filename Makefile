# hecat: build, test and install.
#
#: make deps demo   install what is missing, build, and see it connect
#: make deps check  install what is missing, build, and pass all the tests
#:
#: all              ./hecat and build/libhecat.a (the default)
#: check            all tests, in three minutes at most
#: unit             the unit tests alone
#: peers            the program against real servers, in a minute (deps-dev)
#: asan tsan        variants, before another target: `make asan check` builds
#:                  and tests in build/asan
#: coverage         one more: lists what the tests that are run with it do not
#:                  cover; alone it runs all, as `make coverage check` does
#: faults           each call fails, at each time, in each of its ways
#: torture          random transfers compared byte for byte
#: soak             SOAK_SECONDS (1200) of them, beside connects in one process
#:                  that may not grow
#: fuzz             everything that parses or renders, a minute each (clang)
#: valgrind         the unit tests under valgrind
#: lint             formatting, static analysis, layers, manual, scripts
#: bench            hecat, nc, ncat and socat side by side
#: lazy-eye         the Lazy Eye measurements (IMC 2025), peers beside it
#: order-oracle     1000 random hosts in the order of getaddrinfo
#: race-oracle      200 random races on the wire, as a model has them
#: name-oracle      500 random names, and every walk, as getaddrinfo has them
#: demo             connect to a local dual-stack host whose IPv6 is dead
#: deps deps-dev    install what building and testing, or developing, needs
#:                  (daemons are not installed, but unpacked into build/peers)
#: install          to PREFIX (/usr/local), under DESTDIR; uninstall
#: dist distcheck   the release archive, and a test of it
#: clean distclean  remove what was built, and what configure left
#: help             this text

VERSION := 0.1.0

.DEFAULT_GOAL := all

CC       ?= cc
AR       ?= ar
OBJCOPY  ?= objcopy
CFLAGS   ?= -O2 -g
PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
LIBDIR   ?= $(PREFIX)/lib
INCDIR   ?= $(PREFIX)/include
MANDIR   ?= $(PREFIX)/share/man
EVENT_LIBS ?= -levent_core

-include config.mk

VARIANT := $(firstword $(filter asan tsan coverage,$(MAKECMDGOALS)))
B       := build$(addprefix /,$(VARIANT))

VARIANT_FLAGS_asan := -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
    -fsanitize=address,undefined
VARIANT_FLAGS_tsan := -O1 -fsanitize=thread
VARIANT_FLAGS_coverage := -O0 --coverage

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
    -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual \
    -Wwrite-strings -Wundef -Wvla $(if $(CI),-Werror)

# Hardening, as far as the compiler knows it: found once and kept. Sanitizers
# and coverage do without, and without the sandbox: they write at the end.
HARDENING_COMPILE := -fPIE -fstack-protector-strong -fstack-clash-protection \
    $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,\
    '-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3') \
    -fcf-protection=full -mbranch-protection=standard
HARDENING_LINK := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack

$(B)/hardening.mk: tools/supported-flags Makefile
	@mkdir -p $(@D)
	@compile=$$(tools/supported-flags '$(CC) $(CFLAGS)' \
	        $(HARDENING_COMPILE)) && \
	    link=$$(tools/supported-flags '$(CC) $(CFLAGS) -fPIE' \
	        $(HARDENING_LINK)) && \
	    printf '%s\n' "HARDENED_COMPILE := $$compile" \
	        "HARDENED_LINK := $$link" >$@

ifneq ($(filter-out clean distclean help deps deps-dev,\
    $(or $(MAKECMDGOALS),all)),)
ifeq ($(VARIANT),)
include $(B)/hardening.mk
endif
endif

CPP_ALL := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DHECAT_VERSION='"$(VERSION)"' \
    $(if $(VARIANT),-DHECAT_NO_SANDBOX)
# Who sees what: the program never the inside of the library.
INCLUDES_base := -Isrc/base
INCLUDES_lib  := -Isrc/include -Isrc/base -Isrc/lib
INCLUDES_cli  := -Isrc/include -Isrc/base -Isrc/cli
INCLUDES      := -Isrc/include -Isrc/base -Isrc/lib -Isrc/cli -Itests/unit
C_ALL   := -std=c11 -pthread $(WARNINGS) $(HARDENED_COMPILE) $(CFLAGS) \
    $(VARIANT_FLAGS_$(VARIANT))
COMPILE  = $(CC) $(INCLUDES) $(CPP_ALL) $(CPPFLAGS) $(C_ALL) -MMD -MP -c -o $@ $<
LINK     = $(CC) -pthread $(HARDENED_COMPILE) $(CFLAGS) $(HARDENED_LINK) \
    $(VARIANT_FLAGS_$(VARIANT)) -Wl,-O1,--as-needed $(LDFLAGS) -o $@

BASE_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard src/base/*.c))
LIB_OBJ  := $(patsubst %.c,$(B)/%.o,$(wildcard src/lib/*.c)) $(BASE_OBJ)
CLI_OBJ  := $(patsubst %.c,$(B)/%.o,$(wildcard src/cli/*.c src/cli/*/*.c))
# What a unit test of the program links: all of it but main.
TEST_OBJ := $(LIB_OBJ) $(filter-out $(B)/src/cli/main.o,$(CLI_OBJ))
UNIT     := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,\
    $(wildcard tests/unit/test_*.c))
FAKE_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/fake/*.c))
TOOL_SRC := $(shell grep -ls '^main' tests/tools/*.c)
TOOL     := $(TOOL_SRC:%.c=$(B)/%)
TOOL_OBJ := $(patsubst %.c,$(B)/%.o,\
    $(filter-out $(TOOL_SRC) tests/tools/precise_base.c,\
    $(wildcard tests/tools/*.c)))
PRELOAD  := $(patsubst %.c,$(B)/%.so,$(wildcard tests/preload/*.c))
NET_OBJ  := $(patsubst %.c,$(B)/%.o,$(wildcard tests/scripted-net/*.c))
NET      := $(B)/tests/scripted-net/scripted-net
BENCH_OBJ := $(patsubst %.c,$(B)/%.o,\
    $(filter-out bench/bare.c,$(wildcard bench/*.c)))
BENCH    := $(B)/bench/bench $(B)/bench/bare
TORTURE_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/torture/*.c))
TORTURER := $(B)/tests/torture/torture
FAULT_OBJ := $(patsubst %.c,$(B)/%.o,$(filter-out %/preload.c %/refuse.c,\
    $(wildcard tests/faults/*.c)))
FAULT    := $(B)/tests/faults/matrix $(B)/tests/faults/refuse \
    $(B)/tests/faults/fault.so

# Counts are kept also where a process does not end by exit(3).
ifeq ($(VARIANT),coverage)
COVERAGE_ENDS := $(B)/tests/coverage/ends.o
$(B)/hecat $(UNIT): $(COVERAGE_ENDS)
$(B)/hecat $(UNIT): LINK += -Wl,--wrap=_exit -Wl,--wrap=raise
endif

# The program stands where the examples call it, ./hecat; a variant does not.
PROGRAM := $(if $(VARIANT),$(B)/hecat,hecat)

.PHONY: all asan tsan coverage
all: $(PROGRAM) $(B)/libhecat.a
asan tsan coverage: all

hecat: build/hecat
	@cp $< $@

$(B)/hecat: $(CLI_OBJ) $(LIB_OBJ)
	$(LINK) $^ $(EVENT_LIBS)

# One object in which only what hecat.h names is visible from outside.
$(B)/libhecat.a: $(LIB_OBJ)
	$(LD) -r -o $(B)/libhecat.o $^
	$(OBJCOPY) --wildcard --keep-global-symbol='hecat_*' $(B)/libhecat.o
	@rm -f $@
	$(AR) rcs $@ $(B)/libhecat.o

$(foreach folder,base lib cli,$(eval $(B)/src/$(folder)/%.o \
    build/fuzz/src/$(folder)/%.o: INCLUDES = $(INCLUDES_$(folder))))
$(B)/src/cli/probe/lookup.o build/fuzz/src/cli/probe/lookup.o: \
    INCLUDES += -Isrc -Isrc/lib

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE)

$(UNIT): $(B)/tests/unit/%: $(B)/tests/unit/%.o $(FAKE_OBJ) $(TEST_OBJ)
	$(LINK) $^ -lcmocka $(EVENT_LIBS)

$(TOOL): %: %.o $(TOOL_OBJ)
	$(LINK) $^ $(TOOL_LIBS)

# Two of them are programs on the public library.
$(B)/tests/tools/crowd $(B)/tests/tools/soak: \
    $(B)/tests/tools/precise_base.o $(B)/libhecat.a
$(B)/tests/tools/crowd $(B)/tests/tools/soak: TOOL_LIBS = $(EVENT_LIBS)

$(PRELOAD): $(B)/%.so: %.c
	@mkdir -p $(@D)
	$(CC) $(CPP_ALL) $(CPPFLAGS) -std=c11 $(WARNINGS) $(CFLAGS) -fPIC \
	    -shared -o $@ $< -ldl

$(NET): $(NET_OBJ)
	$(LINK) $^

$(TORTURER): $(TORTURE_OBJ)
	$(LINK) $^

$(B)/tests/faults/matrix: $(FAULT_OBJ)
	$(LINK) $^

$(B)/tests/faults/refuse: $(B)/tests/faults/refuse.o $(B)/tests/faults/refusal.o
	$(LINK) $^

# What it stands in for is not to be redirected or checked by the compiler.
$(B)/tests/faults/fault.so: tests/faults/preload.c tests/faults/fault.h
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(CPPFLAGS) -std=gnu11 -pthread $(WARNINGS) \
	    -Wno-pedantic -Wno-missing-prototypes -O2 -g -fPIC -shared -o $@ $<

# A fuzz target is tests/fuzz/fuzz_NAME.c, with the system calls of its own
# that FUZZ_CALLS_NAME lists; where there are, fuzz_NAME.dict has words and
# corpus/NAME inputs, that `make check` goes through with any compiler.

FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CALLS_netlink := recv send
FUZZ_CALLS_pump := read write recv send pread64 splice sendfile64 poll fcntl64 \
    fstat64 lseek64 setsockopt getsockopt
FUZZ_LINK = $(patsubst %,-Wl$(comma)--wrap=%,$(FUZZ_CALLS_$*)) -lcmocka \
    $(EVENT_LIBS)
comma := ,

REPLAY := $(FUZZ_NAMES:%=$(B)/tests/fuzz/%)
REPLAY_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/fuzz/*.c))

$(REPLAY): $(B)/tests/fuzz/%: $(B)/tests/fuzz/fuzz_%.o \
    $(B)/tests/fuzz/choices.o $(B)/tests/fuzz/replay.o $(FAKE_OBJ) $(TEST_OBJ)
	$(LINK) $^ $(FUZZ_LINK)


$(B)/bench/bench: $(BENCH_OBJ)
	$(LINK) $^

$(B)/bench/bare: $(B)/bench/bare.o
	$(LINK) $^

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(FAKE_OBJ:.o=.d) \
    $(NET_OBJ:.o=.d) $(TOOL_OBJ:.o=.d) $(B)/tests/tools/precise_base.d \
    $(TORTURE_OBJ:.o=.d) \
    $(FAULT_OBJ:.o=.d) $(REPLAY_OBJ:.o=.d) $(BENCH_OBJ:.o=.d) $(B)/bench/bare.d $(addsuffix .d,$(UNIT) $(TOOL))

# Testing.

# A build that counts begins to count anew, and lists what was not met; what
# cannot be written, as in a chroot, is no error of the program's. Of faults it
# has more than a check has time for.
ifeq ($(VARIANT),coverage)
export GCOV_ERROR_FILE = /dev/null
BEFORE_TESTS = find $(B) -name '*.gcda' -delete
AFTER_TESTS = ; status=$$?; $(MORE_FAULTS) tools/coverage $(B) && exit $$status
check: MORE_FAULTS = $(B)/tests/faults/matrix --part 11 | tail -n 3;
ifeq ($(MAKECMDGOALS),coverage)
coverage: check
endif
endif

export HECAT = $(CURDIR)/$(PROGRAM)
export HECAT_PROGRAM = $(HECAT)
# A sanitizer takes its time.
export NET_LATE = $(if $(VARIANT),200ms,25ms)
export SCRIPTED_NET = $(CURDIR)/$(NET)
export TORTURE = $(CURDIR)/$(TORTURER)
export FAULTS = $(CURDIR)/$(B)/tests/faults
export FUZZ_TARGETS = $(CURDIR)/$(B)/tests/fuzz
export TEST_TOOLS = $(CURDIR)/$(B)/tests/tools
export TEST_PRELOAD = $(CURDIR)/$(B)/tests/preload

.PHONY: check peers unit valgrind tests
tests: all $(UNIT) $(TOOL) $(PRELOAD) $(NET) $(TORTURER) $(BENCH) $(FAULT) \
    $(REPLAY)

# The relay's tests run once more with the portable engine, and on connections
# that do not pace themselves.
RELAY_TESTS := $(addprefix tests/cli/,exit_status.bats half_close.bats limits.bats \
    relay.bats streams.bats)
check: tests
	$(BEFORE_TESTS)
	tests/run tests/net $(UNIT) tests/fuzz tests/cli \
	    HECAT=$(CURDIR)/tests/cli/no-splice $(RELAY_TESTS) \
	    HECAT=$(HECAT) CONGESTION=reno $(RELAY_TESTS) \
	    tests/cli/torture.bats $(AFTER_TESTS)

# Real servers, which `make deps-dev` gets; what is not there is skipped. All of
# them wait most of the time.
peers: $(PROGRAM) $(TOOL)
	JOBS=$${JOBS:-4} tests/run tests/peers

unit: $(UNIT)
	$(BEFORE_TESTS)
	tests/run $(UNIT) $(AFTER_TESTS)

valgrind: $(UNIT)
	tests/run --valgrind $(UNIT)

# Seconds for each of the fuzzers, which need clang.
FUZZ_SECONDS ?= 60
FUZZ     := $(FUZZ_NAMES:%=build/fuzz/%)
FUZZ_OBJ := $(patsubst $(B)/%,build/fuzz/%,$(FAKE_OBJ) $(TEST_OBJ)) \
    build/fuzz/tests/fuzz/choices.o
FUZZ_FLAGS := -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
    -fsanitize=fuzzer-no-link,address,undefined

.PHONY: fuzz faults torture soak
build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	clang $(INCLUDES) $(CPP_ALL) -DHECAT_NO_SANDBOX $(CPPFLAGS) -std=c11 -pthread \
	    $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

$(FUZZ): build/fuzz/%: build/fuzz/tests/fuzz/fuzz_%.o $(FUZZ_OBJ)
	clang -pthread $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(FUZZ_LINK)

-include $(FUZZ_OBJ:.o=.d) $(FUZZ_NAMES:%=build/fuzz/tests/fuzz/fuzz_%.d)

# What is found, and what is worth to be kept, stays in build/fuzz.
fuzz: $(FUZZ)
	set -e; for name in $(FUZZ_NAMES); do \
	    echo "== $$name"; tests/fuzz/run $$name $(FUZZ_SECONDS); done

# Tens of thousands of runs, in some minutes.
faults: $(PROGRAM) $(FAULT) $(NET) $(TOOL) $(PRELOAD)
	tests/faults/covered $(CURDIR)/$(PROGRAM) $(B)/tests/faults/fault.so
	$(B)/tests/faults/matrix
	NOFILE_MAX=64 MEMORY_STEP=20 tests/run tests/cli/resources.bats

torture: $(PROGRAM) $(TORTURER) $(TOOL)
	$(TORTURER) $(CURDIR)/$(PROGRAM) --transfers 1000 --resets 200
	tools/with-congestion reno \
	    $(TORTURER) $(CURDIR)/$(PROGRAM) --transfers 1000 --resets 200
	SSH_MIB=1024 tests/run tests/cli/ssh.bats

# How long `make soak` goes on; a night is 36000.
SOAK_SECONDS ?= 1200

# Connects in one process whose memory, descriptors and threads stay as they
# are; beside them random transfers, each time others.
soak: tests
	@tests/net/soak $(SOAK_SECONDS) & soak=$$!; status=0; seed=$$$$; \
	end=$$(($$(date +%s) + $(SOAK_SECONDS))); \
	while [ $$(date +%s) -lt $$end ]; do \
	    seed=$$((seed + 1)); \
	    $(TORTURER) $(CURDIR)/$(PROGRAM) --transfers 100 --resets 20 \
	        --seed $$seed || status=1; \
	done; wait $$soak && exit $$status

.PHONY: lint bench lazy-eye order-oracle race-oracle name-oracle demo
lint: ; tools/lint
bench: all $(BENCH) ; bench/run
lazy-eye order-oracle race-oracle: tests ; tests/net/$@
name-oracle: tests
	tests/net/name-oracle walk
	tests/net/name-oracle
demo: $(PROGRAM) $(NET) $(TOOL) ; tools/demo

# Installing what is needed: quick and quiet when nothing is missing.

.PHONY: deps deps-dev
deps: ; @tools/install-packages build
deps-dev: ; @tools/install-packages build dev daemons

# Installing hecat.

.PHONY: install uninstall
install: all $(B)/hecat.pc
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig \
	    $(DESTDIR)$(INCDIR) $(DESTDIR)$(MANDIR)/man1 \
	    $(DESTDIR)$(MANDIR)/man3
	install -m 755 $(PROGRAM) $(DESTDIR)$(BINDIR)/hecat
	install -m 644 $(B)/libhecat.a $(DESTDIR)$(LIBDIR)/libhecat.a
	install -m 644 $(B)/hecat.pc $(DESTDIR)$(LIBDIR)/pkgconfig/hecat.pc
	install -m 644 src/include/hecat.h $(DESTDIR)$(INCDIR)/hecat.h
	install -m 644 man/hecat.1 $(DESTDIR)$(MANDIR)/man1/hecat.1
	install -m 644 man/hecat_connector_new.3 \
	    $(DESTDIR)$(MANDIR)/man3/hecat_connector_new.3

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/hecat $(DESTDIR)$(LIBDIR)/libhecat.a \
	    $(DESTDIR)$(LIBDIR)/pkgconfig/hecat.pc \
	    $(DESTDIR)$(INCDIR)/hecat.h $(DESTDIR)$(MANDIR)/man1/hecat.1 \
	    $(DESTDIR)$(MANDIR)/man3/hecat_connector_new.3

$(B)/hecat.pc: src/lib/hecat.pc.in Makefile
	@mkdir -p $(@D)
	sed -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCDIR@|$(INCDIR)|' \
	    -e 's|@VERSION@|$(VERSION)|' -e 's|@EVENT_LIBS@|$(EVENT_LIBS)|' \
	    $< >$@

# Releasing.

DIST := hecat-$(VERSION)

.PHONY: dist distcheck configure clean distclean help
dist:
	git archive --prefix=$(DIST)/ -o $(DIST).tar.gz HEAD

# The archive builds, passes its tests and installs outside of the checkout.
distcheck: dist
	@mkdir -p build
	rm -rf build/$(DIST)
	tar -C build -xzf $(DIST).tar.gz
	$(MAKE) -C build/$(DIST) check
	$(MAKE) -C build/$(DIST) DESTDIR=$(CURDIR)/build/root install uninstall
	rm -rf build/$(DIST) build/root

# Optional: ./configure writes config.mk (compiler, paths, libevent).
configure: configure.ac ; autoconf

clean: ; rm -rf build hecat
distclean: clean
	rm -rf config.mk configure config.log config.status autom4te.cache \
	    hecat-*.tar.gz

help:
	@sed -n 's/^#:  *//p' Makefile
