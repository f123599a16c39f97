#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Each public header by itself: in every language that its users write, without
# a warning of any compiler, and without a name that could be theirs.

# Variables come from the helper.
# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0

load headers

c_standards=(c99 c11 c17 c2x c23)
cxx_standards=(c++98 c++11 c++14 c++17 c++20 c++23)

everywhere=(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wundef -Wshadow
    -Wcast-qual -Wredundant-decls -Wpadded -Werror)
in_c=(-Wstrict-prototypes -Wold-style-definition -Wc++-compat)

# All warnings that there are: the headers need no exception.
everything=(-Weverything -Wpedantic -Werror)

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# knows COMPILER LANGUAGE STANDARD
knows() {
    "$1" -x "$2" -std="$3" -fsyntax-only /dev/null 2>/dev/null
}

# each_way COMPILER LANGUAGE STANDARD...: compiles each header in each standard
# that the compiler knows, with $flags, and counts in $compiled. It is included
# twice, as other headers may need it, too.
each_way() {
    local compiler=$1 language=$2 standard header
    shift 2
    for standard; do
        knows "$compiler" "$language" "$standard" || continue
        for header in $(public_headers); do
            echo "$compiler -std=$standard $header.h"
            printf '#include "%s.h"\n#include "%s.h"\n' "$header" "$header" |
                "$compiler" -x "$language" -std="$standard" "${flags[@]}" \
                    -I"$top/src/include" -fsyntax-only -
            compiled=$((compiled + 1))
        done
    done
}

# assert_compiles COMPILER:COMPILER: tries those for C and for C++, of one kind.
assert_compiles() {
    local compiled=0 flags
    command -v "${1%:*}" >/dev/null || {
        [ -z "${ALL_INSTALLED-}" ]
        skip "${1%:*} is not installed: make deps-dev"
    }
    flags=("${c_flags[@]}")
    each_way "${1%:*}" c "${c_standards[@]}"
    flags=("${cxx_flags[@]}")
    each_way "${1#*:}" c++ "${cxx_standards[@]}"
    # In three standards of both languages at least.
    [ "$compiled" -ge $((6 * $(public_headers | wc -l))) ]
}

@test "gcc: each header alone is C99 to C23 and C++98 to C++23, without a warning" {
    local c_flags=("${everywhere[@]}" "${in_c[@]}") cxx_flags=("${everywhere[@]}")
    assert_compiles gcc:g++
}

@test "clang: the same, and it has nothing to say whatever it is asked" {
    local c_flags=("${everything[@]}") cxx_flags=("${everything[@]}")
    assert_compiles clang:clang++
}

@test "every name that a header defines begins with hecat_ or HECAT_" {
    local name
    for name in $(public_headers); do
        [ "$(library_of "$name")" = "$name" ] || continue
        declarations "$name" >declared
        [ "$(wc -l <declared)" -gt 10 ]
        # A tag alone is that of somebody else's struct.
        grep -v '^tag ' declared >defined
        run -1 grep -vE '^(macro|constant) HECAT_|^(function|type|enum|struct|member|variable) hecat_' defined
    done
}

@test "names of other kinds would be seen" {
    mkdir include
    cat >include/hecat.h <<'END'
#define WORD 1
#define hecat_small(x) x
typedef int (*other_cb)(int);
typedef struct hecat_state other;
enum color { RED, HECAT_GREEN };
struct list { int (*call)(void); int array[2]; };
extern int counter;
int own(int (*function)(int, int));
END
    run -0 awk -v files='/hecat[.]h"' -f "$BATS_TEST_DIRNAME/declarations.awk" \
        <(cc -E -dD "$PWD/include/hecat.h")
    [ "$output" = 'macro WORD 1
macro hecat_small
type other_cb
type other
enum color
constant RED
constant HECAT_GREEN
struct list
member list call
member list array
variable counter
function own' ]
}
