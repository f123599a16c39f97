# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Functions for bats tests of the public headers.

top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
build=${TEST_TOOLS:-$top/build/tests/tools}
build=${build%/tests/tools}

# public_headers: prints the names of those that can be used here, without .h.
public_headers() {
    local header name
    for header in "$top"/src/include/*.h; do
        name=$(basename "$header" .h)
        is_built "$name" && echo "$name"
    done
}

# is_built NAME: whether a header is of a library that was built; all that have
# no library of their name are of libhecat.
is_built() {
    [ "$1" = "$(library_of "$1")" ] || return 0
    [ -e "$build/lib$1.so" ]
}

# library_of HEADER: prints the name of the library that a header is of.
library_of() {
    if grep -q "^ALL_LIBRARIES := .*\b$1\b" "$top/Makefile"; then
        echo "$1"
    else
        echo hecat
    fi
}

# headers_of LIBRARY: prints its headers, by a regular expression.
headers_of() {
    local name
    for name in "$top"/src/include/*.h; do
        name=$(basename "$name" .h)
        [ "$(library_of "$name")" != "$1" ] || echo "$name"
    done | paste -sd'|' | sed 's|.*|/(&)[.]h"|'
}

# declarations LIBRARY: prints what the headers of a library declare, as
# declarations.awk has it.
declarations() {
    cc -E -dD -I"$top/src/include" "$top/src/include/$1.h" |
        awk -v files="$(headers_of "$1")" -f "$BATS_TEST_DIRNAME/declarations.awk"
}
