# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A small tree for tests of the Makefile and of configure: the real ones, and of
# each kind of source one that takes no time to compile.

bats_require_minimum_version 1.5.0

top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
: "${HECAT:=$top/hecat}"

# The make that runs the tests has its own words for those below it.
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES V DESTDIR CC CFLAGS CPPFLAGS \
    LDFLAGS LD AR OBJCOPY EVENT_LIBS OPENSSL_LIBS WITH_OPENSSL CARES_LIBS WITH_CARES PREFIX

setup() {
    tree=$BATS_TEST_TMPDIR/tree
    plant_tree
    cd "$tree" || return
    # Which flags the compiler knows is a question of seconds, asked once.
    export HARDENING_COMPILE='' HARDENING_LINK=''
}

# source_file FILE: writes standard input to it.
source_file() {
    mkdir -p "$tree/$(dirname "$1")"
    cat >"$tree/$1"
}

# plant_tree: a library of two files with the name of one that only it may see,
# a program on it, and one of each kind that the tests have.
plant_tree() {
    local name
    mkdir -p "$tree/tools"
    cp "$top"/{Makefile,configure.ac,config.mk.in} "$tree"
    cp "$top"/tools/{supported-flags,version} "$tree/tools"
    source_file src/lib/hecat.pc.in <"$top/src/lib/hecat.pc.in"
    source_file src/include/hecat_types.h <"$top/src/include/hecat_types.h"
    source_file src/include/hecat.h <<<'const char *hecat_word(void);'
    source_file src/lib/exports <"$top/src/lib/exports"
    for name in exports hecat_openssl.pc.in; do
        source_file "src/openssl/$name" <"$top/src/openssl/$name"
    done
    source_file src/include/hecat_openssl.h <<<'const char *hecat_openssl_word(void);'
    source_file src/openssl/hecat_openssl.c <<'END_OF_FILE'
#include <openssl/ssl.h>
#include "hecat.h"
#include "hecat_openssl.h"
const char *
hecat_openssl_word(void)
{
	return (OpenSSL_version_num() == 0 ? "" : hecat_word());
}
END_OF_FILE
    for name in exports hecat_cares.pc.in; do
        source_file "src/cares/$name" <"$top/src/cares/$name"
    done
    source_file src/include/hecat_cares.h <<<'const char *hecat_cares_word(void);'
    source_file src/cares/hecat_cares.c <<'END_OF_FILE'
#include <ares.h>
#include "hecat.h"
#include "hecat_cares.h"
const char *
hecat_cares_word(void)
{
	return (ares_version(0) == 0 ? "" : hecat_word());
}
END_OF_FILE
    for name in address clock descriptor gai_error resolv_conf search_list walk; do
        source_file "src/base/$name.c" <<<"extern int $name;"
    done
    source_file src/cli/program.exports <"$top/src/cli/program.exports"
    source_file src/cli/tls/exports <"$top/src/cli/tls/exports"
    source_file src/cli/tls/records.c <<<'extern int records;'
    source_file src/cli/tls/module.c <<'END_OF_FILE'
#include "hecat_openssl.h"
extern const char *(*const hecat_tls_module)(void);
const char *(*const hecat_tls_module)(void) = hecat_openssl_word;
END_OF_FILE
    source_file src/base/word.h <<<'const char *inner_word(void);'
    source_file src/base/word.c <<'END_OF_FILE'
#include "word.h"
const char *
inner_word(void)
{
	return ("libevent ");
}
END_OF_FILE
    source_file src/lib/race.c <<'END_OF_FILE'
#include <event2/event.h>
#include <string.h>
#include "hecat.h"
#include "word.h"
const char *
hecat_word(void)
{
	static char word[64];

	strncat(strcpy(word, inner_word()), event_get_version(), 32);
	return (word);
}
END_OF_FILE
    source_file src/completions/completions.c <<<'int main(void) { return (0); }'
    source_file src/cli/main.c <<'END_OF_FILE'
#include <stdio.h>
#include "hecat.h"
int
main(void)
{
	puts(hecat_word());
	return (0);
}
END_OF_FILE
    for name in tests/unit/test_small tests/tools/small tests/torture/small \
        tests/scripted-net/small tests/faults/matrix tests/faults/refuse \
        bench/bench bench/bare; do
        printf '%s\n' 'int' 'main(void)' '{' '	return (0);' '}' |
            source_file "$name.c"
    done
    printf '%s\n' 'int replay_main(void);' 'int' 'main(void)' '{' \
        '	return (0);' '}' | source_file tests/fuzz/replay.c
    for name in tests/fuzz/fuzz_small tests/fuzz/choices tests/unit/fake/small \
        tests/preload/small tests/faults/refusal tests/faults/preload; do
        source_file "$name.c" <<<"extern int $(basename "$name");"
    done
    : | source_file tests/faults/fault.h
    : | source_file man/hecat.1
    printf '%s\n' '.Sh NAME' '.Nm hecat_word ,' '.Nm hecat_other' '.Sh DESCRIPTION' \
        '.Nm hecat_none' | source_file man/hecat_word.3
}

# use_library COMPILER LIBRARY: compiles a program of its user's on the library,
# without anything that the library was built with, and runs it.
use_library() {
    source_file use.c <<'END_OF_FILE'
#include <stdio.h>
#include "hecat.h"
const char *inner_word(void);
const char *
inner_word(void)
{
	return ("the name is free");
}
int
main(void)
{
	return (puts(hecat_word()) < 0 || puts(inner_word()) < 0);
}
END_OF_FILE
    "$1" -Isrc/include -o use use.c "$2" -Wl,-rpath,"$tree/build" -levent_core -pthread
    ./use
}

# needs PROGRAM...: skips the test where one is not installed, but not where
# ALL_INSTALLED says that none is missing.
needs() {
    local program
    for program; do
        command -v "$program" >/dev/null || {
            [ -z "${ALL_INSTALLED-}" ] || return 1
            skip "$program is not installed: make deps-dev"
        }
    done
}
