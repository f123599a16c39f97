# hecat: build, test and install.
#
#: make deps demo   install what is missing, build, and see it connect
#: make deps check  install what is missing, build, and pass all the tests
#:
#: all              ./hecat, build/libhecat.a and .so (the default)
#: check            all tests, in four minutes at most
#: unit             the unit tests alone
#: peers            the program against real servers, in a minute (deps-dev)
#: cross            program and library for arm64, in an emulator (deps-dev)
#: packages         Debian packages of the last commit, built and tried in a
#:                  system of their own (root)
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
#:                  (daemons are not installed, but unpacked into build/peers,
#:                  and what is of arm64 into build/arm64)
#: install          to PREFIX (/usr/local), under DESTDIR; uninstall
#: dist distcheck   the release archive, and a test of it
#: clean distclean  remove what was built, and what configure left
#: help             this text
#:
#: V=1 shows whole commands. What is given to make (CC=clang CFLAGS=-O0), or
#: ./configure found, counts at once: what was built with other flags is built
#: again.

VERSION := $(shell tools/version)

.DEFAULT_GOAL := all

CC       ?= cc
LD       ?= ld
AR       ?= ar
OBJCOPY  ?= objcopy
PKG_CONFIG ?= pkg-config
CFLAGS   ?= -O2 -g
PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
LIBDIR   ?= $(PREFIX)/lib
INCDIR   ?= $(PREFIX)/include
MANDIR   ?= $(PREFIX)/share/man
BASHDIR  ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR   ?= $(PREFIX)/share/zsh/site-functions
FISHDIR  ?= $(PREFIX)/share/fish/vendor_completions.d
EVENT_LIBS ?= -levent_core
OPENSSL_LIBS ?= -levent_openssl -lssl -lcrypto
CARES_LIBS ?= -lcares

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

$(B)/hardening.mk: tools/supported-flags $(B)/compiler.flags
	@compile=$$(tools/supported-flags '$(CC) $(CFLAGS)' \
	        $(HARDENING_COMPILE)) && \
	    link=$$(tools/supported-flags '$(CC) $(CFLAGS) -fPIE' \
	        $(HARDENING_LINK)) && \
	    printf '%s\n' "HARDENED_COMPILE := $$compile" \
	        "HARDENED_LINK := $$link" >$@

# Whether OpenSSL is here, with libevent's part for it: found once and kept.
# WITH_OPENSSL=no does without.
$(B)/openssl.mk: $(B)/compiler.flags $(B)/link.flags
	@printf '%s\n' '#include <event2/bufferevent_ssl.h>' \
	    '#include <openssl/ssl.h>' 'int main(void) { return' \
	    '!SSL_CTX_new(TLS_client_method()) && !bufferevent_openssl_get_ssl(0);' \
	    '}' | $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -x c -o $@.program - \
	    $(OPENSSL_LIBS) $(EVENT_LIBS) 2>$@.log && here=yes || here=no; \
	    rm -f $@.program; echo "WITH_OPENSSL ?= $$here" >$@

# And whether c-ares is, for DNS servers of one's choice. WITH_CARES=no does
# without.
$(B)/cares.mk: $(B)/compiler.flags $(B)/link.flags
	@printf '%s\n' '#include <ares.h>' 'int main(void) { return' \
	    'ares_version(0) == 0 || ARES_VERSION < 0x011200; }' | \
	    $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -x c -o $@.program - \
	    $(CARES_LIBS) 2>$@.log && here=yes || here=no; \
	    rm -f $@.program; echo "WITH_CARES ?= $$here" >$@

ifneq ($(filter-out clean distclean help deps deps-dev,\
    $(or $(MAKECMDGOALS),all)),)
ifeq ($(VARIANT),)
include $(B)/hardening.mk
endif
include $(B)/openssl.mk $(B)/cares.mk
endif

CPP_ALL := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
    $(if $(VARIANT),-DHECAT_NO_SANDBOX)
# Who sees what: the program never the inside of the library.
INCLUDES_base := -Isrc/base
INCLUDES_lib  := -Isrc/include -Isrc/base -Isrc/lib
INCLUDES_cli  := -Isrc/include -Isrc/base -Isrc/cli
INCLUDES_openssl := -Isrc/include -Isrc/openssl
INCLUDES_cares := -Isrc/include -Isrc/base -Isrc/cares
INCLUDES      := -Isrc/include -Isrc/base -Isrc/lib -Isrc/cli -Itests/unit
C_ALL   := -std=c11 -pthread $(WARNINGS) $(HARDENED_COMPILE) $(CFLAGS) \
    $(VARIANT_FLAGS_$(VARIANT))
# Whoever links the library has a linker of his own, that perhaps knows nothing
# of this compiler's link-time optimization. Its objects are the same for the
# program and for both kinds of library.
NO_LTO  := $(if $(findstring -flto,$(CC) $(CFLAGS)),-fno-lto)
LIBRARY_FLAGS := $(NO_LTO) -fPIC
FUZZ_FLAGS := -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
    -fsanitize=fuzzer-no-link,address,undefined
FUZZ_COMPILE = clang $(INCLUDES) $(CPP_ALL) -DHECAT_NO_SANDBOX $(CPPFLAGS) \
    -std=c11 -pthread $(FUZZ_FLAGS)
COMPILE  = $(CC) $(INCLUDES) $(CPP_ALL) $(CPPFLAGS) $(C_ALL)
LINK     = $(CC) -pthread $(HARDENED_COMPILE) $(CFLAGS) $(HARDENED_LINK) \
    $(VARIANT_FLAGS_$(VARIANT)) -Wl,-O1,--as-needed $(LDFLAGS)
SHARED   = $(CC) $(CPP_ALL) $(CPPFLAGS) -std=c11 $(WARNINGS) $(CFLAGS) \
    $(NO_LTO) -fPIC -shared
# The objects and libraries among what a target is made of.
PARTS    = $(filter %.o %.a,$^)

# A line a file, or the whole command: $(call say,CC,NAME)COMMAND.
ifneq ($(V),1)
ifeq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
say = @printf '%-4s%s\n' '$1' '$(2:$(B)/%=%)';
else
say = @
endif
endif

BASE_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard src/base/*.c))
LIB_OBJ  := $(patsubst %.c,$(B)/%.o,$(wildcard src/lib/*.c)) $(BASE_OBJ)
OPENSSL_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard src/openssl/*.c))
CARES_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard src/cares/*.c))
# What that needs of src/base, and keeps to itself.
CARES_BASE_OBJ := $(patsubst %,$(B)/cares/src/base/%.o,\
    address clock descriptor gai_error resolv_conf search_list walk)
CLI_OBJ  := $(patsubst %.c,$(B)/%.o,$(filter-out src/cli/tls/%,\
    $(wildcard src/cli/*.c src/cli/*/*.c)))
TLS_OBJ  := $(patsubst %.c,$(B)/%.o,$(wildcard src/cli/tls/*.c))
# What a unit test of the program links: all of it but main.
TEST_OBJ := $(LIB_OBJ) $(filter-out $(B)/src/cli/main.o,$(CLI_OBJ)) \
    $(B)/src/cli/tls/records.o
UNIT     := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,\
    $(wildcard tests/unit/test_*.c))
OPENSSL_UNIT := $(filter $(B)/tests/unit/test_openssl%,$(UNIT))
CARES_UNIT := $(filter $(B)/tests/unit/test_cares%,$(UNIT))
UNIT     := $(filter-out $(if $(filter no,$(WITH_OPENSSL)),$(OPENSSL_UNIT)) \
    $(if $(filter no,$(WITH_CARES)),$(CARES_UNIT)),$(UNIT))
FAKE_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/fake/*.c))
FAKE_TLS_OBJ := $(filter $(B)/tests/unit/fake/tls_%,$(FAKE_OBJ))
# What takes the place of libc in a program is for those that name it.
FAKE_SHORTAGE_OBJ := $(B)/tests/unit/fake/shortage.o
SHORTAGE_UNIT := $(filter %_shortage %/test_each_call %/test_addrinfo \
    %/test_race_state %/test_race_loop,$(UNIT)) $(B)/portable/tests/unit/test_shortage
FAKE_GATE_OBJ := $(B)/tests/unit/fake/gate.o
GATE_UNIT := $(addprefix $(B)/tests/unit/test_,each_call resolver_hang shutdown)
FAKE_LIBC_OBJ := $(FAKE_SHORTAGE_OBJ) $(FAKE_GATE_OBJ)
FAKE_OBJ := $(filter-out $(FAKE_TLS_OBJ) $(FAKE_LIBC_OBJ),$(FAKE_OBJ))
TOOL_SRC := $(shell grep -ls '^main' tests/tools/*.c)
TOOL     := $(TOOL_SRC:%.c=$(B)/%)
TOOL_OBJ := $(patsubst %.c,$(B)/%.o,\
    $(filter-out $(TOOL_SRC) %/precise_base.c %/peer_tls.c,\
    $(wildcard tests/tools/*.c)))
PRELOAD  := $(patsubst %.c,$(B)/%.so,$(wildcard tests/preload/*.c))
NET_OBJ  := $(patsubst %.c,$(B)/%.o,$(wildcard tests/scripted-net/*.c))
NET      := $(B)/tests/scripted-net/scripted-net
# Programs that show the library; one of them needs OpenSSL.
EXAMPLE := $(patsubst %.c,$(B)/%,$(filter-out \
    $(if $(filter no,$(WITH_OPENSSL)),%/tls_get.c),$(wildcard examples/*.c)))
BENCH_OBJ := $(patsubst %.c,$(B)/%.o,\
    $(filter-out bench/bare.c,$(wildcard bench/*.c)))
BENCH    := $(B)/bench/bench $(B)/bench/bare
PEER_TLS_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/tools/peer_tls.c))
TORTURE_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/torture/*.c))
TORTURER := $(B)/tests/torture/torture
FAULT_OBJ := $(patsubst %.c,$(B)/%.o,$(filter-out %/preload.c %/refuse.c,\
    $(wildcard tests/faults/*.c)))
FAULT    := $(B)/tests/faults/matrix $(B)/tests/faults/refuse \
    $(B)/tests/faults/fault.so

# What other systems than Linux do instead: the unit tests of what has such a
# part, once more with that part. TCP_INFO stays: the program asks for it.
PORTABLE_SRC := $(filter-out src/base/tcp_info.c,\
    $(shell grep -ls __linux__ src/base/*.c src/lib/*.c))
PORTABLE_OBJ := $(PORTABLE_SRC:%.c=$(B)/portable/%.o)
PORTABLE := $(patsubst %,$(B)/portable/tests/unit/test_%,$(filter \
    attempt_pending connector_real pollset resolver_system shortage \
    source_address,$(UNIT:$(B)/tests/unit/test_%=%)))

# Counts are kept also where a process does not end by exit(3).
ifeq ($(VARIANT),coverage)
COVERAGE_ENDS := $(B)/tests/coverage/ends.o
$(B)/hecat $(UNIT): $(COVERAGE_ENDS)
$(B)/hecat $(UNIT): LINK += -Wl,--wrap=_exit -Wl,--wrap=raise
endif

# The program stands where the examples call it, ./hecat; a variant does not.
PROGRAM := $(if $(VARIANT),$(B)/hecat,hecat)

# The libraries, by the names of their headers: those that there are, and those
# that are built here.
ALL_LIBRARIES := hecat hecat_openssl hecat_cares
LIBRARIES := hecat $(if $(filter yes,$(WITH_OPENSSL)),hecat_openssl) \
    $(if $(filter yes,$(WITH_CARES)),hecat_cares)
SHARED_LIBRARIES := $(LIBRARIES:%=$(B)/lib%.so)
# The name that programs ask for has the major version.
SOVERSION := $(firstword $(subst ., ,$(VERSION)))

.PHONY: all asan tsan coverage
# The part of the program that speaks TLS, opened when that is asked for.
TLS_MODULE := $(if $(filter hecat_openssl,$(LIBRARIES)),$(B)/hecat_tls.so)
COMPLETIONS := $(addprefix $(B)/completions/,hecat _hecat hecat.fish)
all: $(PROGRAM) $(B)/libhecat.a $(SHARED_LIBRARIES) $(TLS_MODULE) $(COMPLETIONS)
asan tsan coverage: all

# Completions, which a program of this machine makes from the table of options:
# where CC makes programs for another one, BUILD_CC has to be set.
BUILD_CC     ?= $(CC)
BUILD_CFLAGS ?= $(CFLAGS) $(LDFLAGS)
COMPLETIONS_SRC := $(filter-out src/base/descriptor.c,\
    $(wildcard src/completions/*.c src/cli/options/*.c src/base/*.c))
COMPLETIONS_HEADERS := $(wildcard src/cli/options/*.h src/base/*.h) \
    src/include/hecat_types.h
$(B)/completions/hecat: SHELL_OF = bash
$(B)/completions/_hecat: SHELL_OF = zsh
$(B)/completions/hecat.fish: SHELL_OF = fish
$(COMPLETIONS): $(B)/completions/generate
	$(call say,GEN,$@)$< $(SHELL_OF) >$@.new && mv $@.new $@ || { \
	    echo 'completions: BUILD_CC has to make programs that run here' >&2; \
	    exit 1; }
$(B)/completions/generate: $(COMPLETIONS_SRC) $(COMPLETIONS_HEADERS) \
    $(B)/completions.flags | $(B)/libevent.found
	@mkdir -p $(@D)
	$(call say,CC,$@)$(GENERATE) -o $@ $(COMPLETIONS_SRC)

hecat: build/hecat
	@cp $< $@

# Its symbols of libhecat are there for libhecat_openssl.
$(B)/hecat: $(CLI_OBJ) $(LIB_OBJ) src/cli/program.exports
	$(call say,LD,$@)$(LINK) -Wl,--dynamic-list=src/cli/program.exports \
	    -o $@ $(PARTS) $(EVENT_LIBS)

# One object in which only what hecat.h names is visible from outside.
$(B)/libhecat.a: $(LIB_OBJ) $(B)/library.flags
	@rm -f $@
	$(call say,AR,$@)$(LD) -r -o $(B)/libhecat.o $(PARTS) && \
	    $(OBJCOPY) --wildcard --keep-global-symbol='hecat_*' \
	        $(B)/libhecat.o && \
	    $(AR) rcs $@ $(B)/libhecat.o

# A shared library of the objects and the version script that it depends on. A
# thread may still run in it when its user closes it: so it stays.
LINK_SHARED = $(CC) -pthread $(CFLAGS) -shared $(NO_LTO) \
    $(VARIANT_FLAGS_$(VARIANT)) -Wl,--version-script=$(filter %/exports,$^) \
    -Wl,-z,relro,-z,now,-z,nodelete,--as-needed $(LDFLAGS) -o $@ $(PARTS)

$(B)/libhecat.so: $(LIB_OBJ) src/lib/exports
$(B)/libhecat.so: SHARED_LIBS = $(if $(VARIANT),,-Wl,-z,defs) $(EVENT_LIBS)
# The step for TLS: its symbols of libhecat are those of the program or library
# that it is used with.
$(B)/libhecat_openssl.so: $(OPENSSL_OBJ) src/openssl/exports
$(B)/libhecat_openssl.so: SHARED_LIBS = $(OPENSSL_LIBS) $(EVENT_LIBS)
# The resolver for DNS servers; likewise.
$(B)/libhecat_cares.so: $(CARES_OBJ) $(CARES_BASE_OBJ) src/cares/exports
$(B)/libhecat_cares.so: SHARED_LIBS = $(CARES_LIBS) $(EVENT_LIBS)
$(SHARED_LIBRARIES): $(B)/link.flags
	$(call say,LD,$@)$(LINK_SHARED) -Wl,-soname,$(@F).$(SOVERSION) \
	    $(SHARED_LIBS)
	@ln -sf $(@F) $@.$(SOVERSION)

# It does handshakes of its own, inside of a connection that speaks TLS.
$(B)/hecat_tls.so: $(TLS_OBJ) $(filter %/server.o %/reason.o,$(OPENSSL_OBJ)) \
    src/cli/tls/exports $(B)/libhecat_openssl.so $(B)/link.flags
	$(call say,LD,$@)$(LINK_SHARED) $(B)/libhecat_openssl.so \
	    $(OPENSSL_LIBS) $(EVENT_LIBS)

$(B)/cares/%.o: %.c $(B)/compile.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE) -MMD -MP -c -o $@ $<
$(CARES_BASE_OBJ): INCLUDES = $(INCLUDES_base)

$(foreach folder,base lib cli openssl cares,$(eval $(B)/src/$(folder)/%.o \
    build/fuzz/src/$(folder)/%.o: INCLUDES = $(INCLUDES_$(folder))))
$(LIB_OBJ) $(OPENSSL_OBJ) $(TLS_OBJ) $(CARES_OBJ) $(CARES_BASE_OBJ): C_ALL += $(LIBRARY_FLAGS)
$(TLS_OBJ): INCLUDES = $(INCLUDES_cli) -Isrc/openssl

$(B)/%.o: %.c $(B)/compile.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE) -MMD -MP -c -o $@ $<

# What is missing is named before the compiler stumbles over it: one look, when
# the flags are new.
$(LIB_OBJ) $(CLI_OBJ) $(CARES_OBJ) $(CARES_BASE_OBJ) $(REPLAY_OBJ) $(TOOL_SRC:%.c=$(B)/%.o) \
    $(B)/tests/tools/precise_base.o: | $(B)/libevent.found
$(FAKE_OBJ) $(FAKE_LIBC_OBJ) $(UNIT:=.o): | $(B)/libevent.found $(B)/cmocka.found

$(B)/libevent.found: $(B)/compile.flags $(B)/link.flags
	$(call found,libevent,event2/event.h,$(EVENT_LIBS))
$(B)/cmocka.found: $(B)/compile.flags $(B)/link.flags
	$(call found,cmocka,cmocka.h,-lcmocka)

# $(call found,PACKAGE,HEADER,LIBRARIES)
found = @echo 'int main(void) { return 0; }' | \
    $(COMPILE) -w $(foreach header,stdarg.h stddef.h stdint.h setjmp.h $2,\
        -include $(header)) -x c -c -o $@.o - 2>$@.log && \
    $(LINK) -o $@.program $@.o $3 2>>$@.log || { \
        echo 'hecat needs $1, which is not here: make deps installs it' \
            '(why: $@.log)' >&2; exit 1; }; \
    rm -f $@.program $@.o $@.log; touch $@

$(B)/portable/%.o: %.c $(B)/compile.flags | $(B)/libevent.found \
    $(B)/cmocka.found
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE) -U__linux__ -D_SYS_EPOLL_H -MMD -MP -c -o $@ $<

$(PORTABLE): %: %.o $(FAKE_OBJ) $(PORTABLE_OBJ) \
    $(filter-out $(PORTABLE_SRC:%.c=$(B)/%.o),$(TEST_OBJ))
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS) -lcmocka $(EVENT_LIBS)

$(UNIT): $(B)/tests/unit/%: $(B)/tests/unit/%.o $(FAKE_OBJ) $(TEST_OBJ)
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS) -lcmocka $(UNIT_LIBS) $(EVENT_LIBS)
$(GATE_UNIT): $(FAKE_GATE_OBJ)
$(SHORTAGE_UNIT): $(FAKE_SHORTAGE_OBJ)
$(OPENSSL_UNIT): $(OPENSSL_OBJ) $(TLS_OBJ) $(FAKE_TLS_OBJ)
$(OPENSSL_UNIT): UNIT_LIBS = $(OPENSSL_LIBS)
$(CARES_UNIT): $(CARES_OBJ)
$(CARES_UNIT): UNIT_LIBS = $(CARES_LIBS)
$(B)/tests/unit/test_openssl_shortage: \
    LINK += -Wl,--wrap=bufferevent_openssl_socket_new

$(TOOL): %: %.o $(TOOL_OBJ)
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS) $(TOOL_LIBS)

# The peer speaks TLS where OpenSSL is here.
$(B)/tests/tools/peer: $(PEER_TLS_OBJ)
$(B)/tests/tools/peer: TOOL_LIBS = $(PEER_TLS_LIBS)
ifneq ($(WITH_OPENSSL),no)
PEER_TLS_LIBS := $(OPENSSL_LIBS) $(EVENT_LIBS)
$(B)/tests/tools/peer_tls.o: $(B)/libraries.flags
$(B)/tests/tools/peer_tls.o: CPP_ALL += -DPEER_WITH_TLS
endif

# Three of them are programs on the public library.
LIBRARY_TOOL := $(addprefix $(B)/tests/tools/,crowd multitude soak)
$(LIBRARY_TOOL): $(B)/tests/tools/precise_base.o $(B)/libhecat.a
$(LIBRARY_TOOL): TOOL_LIBS = $(EVENT_LIBS)

$(EXAMPLE): %: %.o $(B)/libhecat.a
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS) $(EXAMPLE_LIBS) $(EVENT_LIBS)
$(EXAMPLE:=.o): INCLUDES = -Isrc/include
$(EXAMPLE:=.o): | $(B)/libevent.found
$(B)/examples/tls_get: $(B)/libhecat_openssl.so
$(B)/examples/tls_get: EXAMPLE_LIBS = -Wl,-rpath,'$$ORIGIN/..' -L$(B) \
    -lhecat_openssl $(OPENSSL_LIBS)

$(PRELOAD): $(B)/%.so: %.c $(B)/shared.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(SHARED) -o $@ $< -ldl

$(NET): $(NET_OBJ)
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS)

$(TORTURER): $(TORTURE_OBJ) $(PEER_TLS_OBJ)
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS) $(PEER_TLS_LIBS)

$(B)/tests/faults/matrix: $(FAULT_OBJ)
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS)

$(B)/tests/faults/refuse: $(B)/tests/faults/refuse.o $(B)/tests/faults/refusal.o
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS)

# What it stands in for is not to be redirected or checked by the compiler.
$(B)/tests/faults/fault.so: tests/faults/preload.c tests/faults/fault.h \
    $(B)/shared.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -D_GNU_SOURCE $(CPPFLAGS) -std=gnu11 -pthread $(WARNINGS) \
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
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS) $(FUZZ_LINK)

ifneq ($(WITH_OPENSSL),no)
$(B)/bench/bench: BENCH_LIBS = $(OPENSSL_LIBS) $(EVENT_LIBS)
$(B)/bench/endpoint_tls.o: CPP_ALL += -DBENCH_WITH_TLS
endif
$(B)/bench/endpoint_tls.o: $(B)/openssl.mk

$(B)/bench/bench: $(BENCH_OBJ)
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS) $(BENCH_LIBS)

$(B)/bench/bare: $(B)/bench/bare.o
	$(call say,LD,$@)$(LINK) -o $@ $(PARTS)

$(B)/hecat $(UNIT) $(PORTABLE) $(TOOL) $(NET) $(TORTURER) $(BENCH) $(REPLAY) $(EXAMPLE) \
    $(B)/tests/faults/matrix $(B)/tests/faults/refuse: $(B)/link.flags

# The commands that something is made with stand in a file that changes only when
# they do, and what is made depends on that file.
FLAGS_compiler := $(CC) $(CFLAGS) $(HARDENING_COMPILE) $(HARDENING_LINK)
FLAGS_compile  := $(COMPILE) $(INCLUDES_base) $(INCLUDES_lib) $(INCLUDES_cli) \
    $(INCLUDES_openssl) $(INCLUDES_cares) $(LIBRARY_FLAGS)
FLAGS_link     := $(LINK) $(EVENT_LIBS) $(OPENSSL_LIBS) $(CARES_LIBS) $(FUZZ_CALLS_netlink) $(FUZZ_CALLS_pump)
FLAGS_library  := $(LD) $(OBJCOPY) $(AR)
FLAGS_shared   := $(SHARED)
FLAGS_fuzz     := $(FUZZ_COMPILE) $(FLAGS_compile) $(FLAGS_link)
GENERATE       := $(BUILD_CC) $(INCLUDES_cli) -D_GNU_SOURCE -std=c11 $(BUILD_CFLAGS)
FLAGS_completions := $(GENERATE)
FLAGS_pc       := $(PREFIX) $(LIBDIR) $(INCDIR) $(VERSION) $(EVENT_LIBS) \
    $(OPENSSL_LIBS) $(CARES_LIBS) $(PKG_CONFIG)
FLAGS_libraries := $(WITH_OPENSSL)
FLAGS := $(addprefix $(B)/,compiler.flags compile.flags link.flags \
    library.flags libraries.flags shared.flags completions.flags pc.flags) build/fuzz/fuzz.flags

# Make compares by itself; one that cannot read files leaves it to cmp.
flags = $(FLAGS_$(basename $(notdir $1)))
$(foreach stamp,$(FLAGS),$(if \
    $(subst <$(file <$(stamp))>,,<$(call flags,$(stamp))>),\
    $(eval $(stamp): FORCE)))
.PHONY: FORCE
FORCE: ;
$(FLAGS):
	@mkdir -p $(@D)
	@flags='$(subst ','\'',$(call flags,$@))'; \
	    printf '%s\n' "$$flags" | cmp -s - $@ || printf '%s\n' "$$flags" >$@

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(FAKE_OBJ:.o=.d) \
    $(OPENSSL_OBJ:.o=.d) $(TLS_OBJ:.o=.d) $(FAKE_TLS_OBJ:.o=.d) \
    $(FAKE_LIBC_OBJ:.o=.d) $(CARES_OBJ:.o=.d) $(CARES_BASE_OBJ:.o=.d) \
    $(NET_OBJ:.o=.d) $(TOOL_OBJ:.o=.d) $(B)/tests/tools/precise_base.d \
    $(B)/tests/tools/peer_tls.d \
    $(TORTURE_OBJ:.o=.d) \
    $(FAULT_OBJ:.o=.d) $(REPLAY_OBJ:.o=.d) $(BENCH_OBJ:.o=.d) $(B)/bench/bare.d $(PORTABLE_OBJ:.o=.d) \
    $(addsuffix .d,$(UNIT) $(PORTABLE) $(TOOL) $(EXAMPLE))

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
export EXAMPLES = $(CURDIR)/$(B)/examples
export TEST_PRELOAD = $(CURDIR)/$(B)/tests/preload

.PHONY: check peers cross packages unit valgrind tests
tests: all $(UNIT) $(PORTABLE) $(TOOL) $(PRELOAD) $(NET) $(TORTURER) $(BENCH) $(FAULT) \
    $(REPLAY) $(EXAMPLE) $(if $(TLS_MODULE),$(B)/tests/peer.pem)

# A certificate of the tests' peer, with its key.
$(B)/tests/peer.pem:
	@mkdir -p $(@D)
	$(call say,GEN,$@)openssl req -x509 -newkey ec -nodes -days 3650 \
	    -pkeyopt ec_paramgen_curve:P-256 -subj /CN=localhost \
	    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
	    -keyout $@.new -out $@.certificate 2>/dev/null && \
	    cat $@.certificate >>$@.new && rm $@.certificate && mv $@.new $@

# The tests of lookups run once more with --dns.
# The relay's tests run once more with the portable engine, on connections that
# do not pace themselves, and with TLS.
RELAY_TESTS := $(addprefix tests/cli/,exit_status.bats half_close.bats \
    limits.bats relay.bats streams.bats)
check: tests
	$(BEFORE_TESTS)
	tests/run tests/net $(if $(filter hecat_cares,$(LIBRARIES)),\
	    HECAT=$(CURDIR)/tests/net/with-dns FILTER_TAGS=!system \
	    tests/net/resolve.bats HECAT=$(HECAT) FILTER_TAGS=) \
	    ALLOCATION_STEP=5 $(UNIT) $(PORTABLE) tests/fuzz tests/cli tests/build \
	    HECAT=$(CURDIR)/tests/cli/no-splice $(RELAY_TESTS) \
	    HECAT=$(HECAT) CONGESTION=reno $(RELAY_TESTS) \
	    tests/cli/torture.bats \
	    $(if $(TLS_MODULE),HECAT=$(CURDIR)/tests/cli/tls CONGESTION= \
	    PEER_TLS=$(CURDIR)/$(B)/tests/peer.pem FILTER_TAGS=!plain \
	    $(RELAY_TESTS)) $(AFTER_TESTS)

# Real servers, which `make deps-dev` gets; what is not there is skipped. All of
# them wait most of the time.
peers: all $(TOOL) $(NET)
	JOBS=$${JOBS:-4} tests/run tests/peers

# Another processor, with what `make deps-dev` gets; likewise.
cross: all $(TOOL)
	tests/run tests/cross

packages:
	@tools/install-packages packaging
	tests/run tests/packages

unit: $(UNIT) $(PORTABLE)
	$(BEFORE_TESTS)
	tests/run $(UNIT) $(PORTABLE) $(AFTER_TESTS)

valgrind: $(UNIT)
	tests/run --valgrind $(UNIT)

# Seconds for each of the fuzzers, which need clang.
FUZZ_SECONDS ?= 60
FUZZ     := $(FUZZ_NAMES:%=build/fuzz/%)
FUZZ_OBJ := $(patsubst $(B)/%,build/fuzz/%,$(FAKE_OBJ) $(TEST_OBJ)) \
    build/fuzz/tests/fuzz/choices.o

.PHONY: fuzz faults torture soak
build/fuzz/%.o: %.c build/fuzz/fuzz.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(FUZZ_COMPILE) -MMD -MP -c -o $@ $<

$(FUZZ): build/fuzz/%: build/fuzz/tests/fuzz/fuzz_%.o $(FUZZ_OBJ)
	$(call say,LD,$@)clang -pthread $(FUZZ_FLAGS) -fsanitize=fuzzer \
	    -o $@ $(PARTS) $(FUZZ_LINK)

$(FUZZ_OBJ): | $(B)/libevent.found $(B)/cmocka.found

-include $(FUZZ_OBJ:.o=.d) $(FUZZ_NAMES:%=build/fuzz/tests/fuzz/fuzz_%.d)

# What is found, and what is worth to be kept, stays in build/fuzz.
fuzz: $(FUZZ)
	set -e; for name in $(FUZZ_NAMES); do \
	    echo "== $$name"; tests/fuzz/run $$name $(FUZZ_SECONDS); done

# Tens of thousands of runs, in some minutes.
SHORTAGE_OPENSSL := $(filter %/test_openssl_shortage,$(UNIT))
faults: $(PROGRAM) $(FAULT) $(NET) $(TOOL) $(PRELOAD) $(SHORTAGE_OPENSSL)
	tests/faults/covered $(CURDIR)/$(PROGRAM) $(B)/tests/faults/fault.so
	$(B)/tests/faults/matrix
	NOFILE_MAX=64 MEMORY_STEP=20 tests/run tests/cli/resources.bats \
	    $(SHORTAGE_OPENSSL)

torture: all $(TORTURER) $(TOOL) $(if $(TLS_MODULE),$(B)/tests/peer.pem)
	$(TORTURER) $(CURDIR)/$(PROGRAM) --transfers 1000 --resets 200
	tools/with-congestion reno \
	    $(TORTURER) $(CURDIR)/$(PROGRAM) --transfers 1000 --resets 200
	$(if $(TLS_MODULE),PEER_TLS=$(CURDIR)/$(B)/tests/peer.pem \
	    $(TORTURER) $(CURDIR)/tests/cli/tls --transfers 200 --resets 100)
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
deps-dev: ; @tools/install-packages build dev daemons arm64

# Installing hecat.

.PHONY: install uninstall
HEADERS := $(filter-out \
    $(patsubst %,\%/%.h,$(filter-out $(LIBRARIES),$(ALL_LIBRARIES))),\
    $(wildcard src/include/*.h))
PC := $(LIBRARIES:%=$(B)/%.pc)
install: all $(PC)
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(LIBDIR)/pkgconfig" \
	    "$(DESTDIR)$(INCDIR)" "$(DESTDIR)$(MANDIR)/man1" \
	    "$(DESTDIR)$(MANDIR)/man3" "$(DESTDIR)$(BASHDIR)" \
	    "$(DESTDIR)$(ZSHDIR)" "$(DESTDIR)$(FISHDIR)"
	install -m 755 $(PROGRAM) "$(DESTDIR)$(BINDIR)/hecat"
	install -m 644 $(B)/libhecat.a "$(DESTDIR)$(LIBDIR)"
	set -e; for library in $(LIBRARIES:%=lib%.so); do \
	    file="$(DESTDIR)$(LIBDIR)/$$library"; \
	    install -m 755 $(B)/$$library "$$file.$(VERSION)"; \
	    ln -sf $$library.$(VERSION) "$$file.$(SOVERSION)"; \
	    ln -sf $$library.$(SOVERSION) "$$file"; done
	$(if $(TLS_MODULE),install -d "$(DESTDIR)$(LIBDIR)/hecat" && \
	    install -m 755 $(TLS_MODULE) "$(DESTDIR)$(LIBDIR)/hecat")
	install -m 644 $(PC) "$(DESTDIR)$(LIBDIR)/pkgconfig"
	install -m 644 $(HEADERS) "$(DESTDIR)$(INCDIR)"
	install -m 644 $(wildcard man/*.1) "$(DESTDIR)$(MANDIR)/man1"
	install -m 644 $(wildcard man/*.3) "$(DESTDIR)$(MANDIR)/man3"
	install -m 644 $(B)/completions/hecat "$(DESTDIR)$(BASHDIR)"
	install -m 644 $(B)/completions/_hecat "$(DESTDIR)$(ZSHDIR)"
	install -m 644 $(B)/completions/hecat.fish "$(DESTDIR)$(FISHDIR)"
	@umask 022; cd "$(DESTDIR)$(MANDIR)/man3" && set -e; \
	    for link in $(PAGE_LINKS); do \
	        echo ".so man3/$${link%:*}" >"$${link#*:}"; done

# PAGE:LINK for each name of a page but that of its file: a function that is
# described there.
PAGE_LINKS = $(shell awk '/^\.Sh/ { is_name = $$2 == "NAME" } \
    { page = FILENAME; sub(/.*\//, "", page) } \
    is_name && $$1 == ".Nm" && $$2 ".3" != page { print page ":" $$2 ".3" }' \
    $(wildcard man/*.3))

# The files of the last argument, in a folder that may have a space in its name.
installed = $(foreach file,$(notdir $2),"$(DESTDIR)$1/$(file)")
uninstall:
	rm -f $(call installed,$(BINDIR),hecat) \
	    $(call installed,$(LIBDIR),libhecat.a $(foreach end,\
	        so so.$(SOVERSION) so.$(VERSION),$(ALL_LIBRARIES:%=lib%.$(end)))) \
	    $(call installed,$(LIBDIR)/hecat,hecat_tls.so) \
	    $(call installed,$(LIBDIR)/pkgconfig,$(ALL_LIBRARIES:=.pc)) \
	    $(call installed,$(INCDIR),$(HEADERS)) \
	    $(call installed,$(MANDIR)/man1,$(wildcard man/*.1)) \
	    $(call installed,$(MANDIR)/man3,$(wildcard man/*.3) \
	        $(foreach link,$(PAGE_LINKS),$(lastword $(subst :, ,$(link))))) \
	    $(call installed,$(BASHDIR),hecat) \
	    $(call installed,$(ZSHDIR),_hecat) \
	    $(call installed,$(FISHDIR),hecat.fish)
	rmdir "$(DESTDIR)$(LIBDIR)/hecat" 2>/dev/null || true

# What pkg-config knows as a package is required, what it does not is named. A
# folder among the libraries is that of another package.
# $(call package,PACKAGE,ITS LIBRARIES,ALL LIBRARIES)
package = package='$(if $(filter-out -l%,$3),,$1)'; libs='$3'; \
    if [ "$$package" ] && $(PKG_CONFIG) --exists "$$package" 2>/dev/null; \
    then libs='$(filter-out $2,$3)'; else package=; fi

$(B)/hecat.pc: src/lib/hecat.pc.in
$(B)/hecat.pc: PACKAGE = $(call package,$(EVENT_LIBS:-l%=lib%),%,$(EVENT_LIBS))
$(B)/hecat_openssl.pc: src/openssl/hecat_openssl.pc.in
$(B)/hecat_openssl.pc: \
    PACKAGE = $(call package,openssl,-lssl -lcrypto,$(OPENSSL_LIBS))
$(B)/hecat_cares.pc: src/cares/hecat_cares.pc.in
$(B)/hecat_cares.pc: PACKAGE = $(call package,libcares,-lcares,$(CARES_LIBS))
$(PC): $(B)/pc.flags
	$(call say,GEN,$@)$(PACKAGE); sed -e 's|@PREFIX@|$(PREFIX)|' \
	    -e 's|@LIBDIR@|$(call below_prefix,$(LIBDIR))|' \
	    -e 's|@INCDIR@|$(call below_prefix,$(INCDIR))|' \
	    -e 's|@VERSION@|$(VERSION)|' -e "s|@PACKAGE@|$$package|" \
	    -e "s|@LIBS@|$$libs|" -e 's/ *$$//' $(filter %.pc.in,$^) \
	        >$@.$$$$ && mv $@.$$$$ $@

# Whoever moves all of it changes the prefix alone.
below_prefix = $(patsubst $(PREFIX)/%,$${prefix}/%,$1)

# Releasing.

DIST := hecat-$(VERSION)

# The last commit, and configure: who builds it needs no autoconf.
.PHONY: dist distcheck clean distclean help
dist: configure
	git archive --prefix=$(DIST)/ --add-file=configure -o $(DIST).tar.gz HEAD

# The archive builds, passes its tests and installs outside of the checkout, as it
# is and configured.
distcheck: dist
	@mkdir -p build
	set -e; for configure in true './configure --quiet'; do \
	    rm -rf build/$(DIST) build/root; \
	    tar -C build -xzf $(DIST).tar.gz; \
	    (cd build/$(DIST) && $$configure); \
	    $(MAKE) -C build/$(DIST) check; \
	    $(MAKE) -C build/$(DIST) DESTDIR=$(CURDIR)/build/root install; \
	    $(MAKE) -C build/$(DIST) DESTDIR=$(CURDIR)/build/root uninstall; \
	    test -z "$$(find build/root ! -type d)"; \
	    rm -rf build/$(DIST) build/root; done

# Optional: ./configure writes config.mk (compiler and its tools, paths,
# libevent).
configure: configure.ac Makefile ; autoconf

clean: ; rm -rf build hecat
distclean: clean
	rm -rf config.mk configure config.log config.status autom4te.cache \
	    hecat-*.tar.gz

help:
	@sed -n 's/^#:  *//p' Makefile
