#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Each function of the public headers that can refuse an argument is called with
# wrong ones.

# Variables come from the helper.
# shellcheck disable=SC2154
load build_helper

# functions_of HEADER: the names of its functions, one a line; those of hecat.h
# that others speak of are not theirs.
functions_of() {
    local prefix=${1%.h}
    grep -oE "\b${prefix}_[a-z0-9_]+\(" "$top/src/include/$1" | tr -d '(' | sort -u
}

# What returns something that was set, and what ends a step, cannot refuse.
without_getters() {
    grep -vE '_(get|is|has)_|_new$|^hecat_step_|^hecat_get_version|_set_data$'
}

# assert_called HEADER TEST...: by one of the tests.
assert_called() {
    local name missing=() header=$1
    shift
    while read -r name; do
        (cd "$top/tests/unit" && grep -q "\b${name}[(,]" "$@") || missing+=("$name")
    done < <(functions_of "$header" | without_getters)
    [[ ${#missing[@]} -eq 0 ]] || {
        echo "no call with wrong arguments in $*: ${missing[*]}"
        return 1
    }
}

@test "every function of hecat.h is called with wrong arguments" {
    [[ $(functions_of hecat.h | without_getters | wc -l) -gt 20 ]]
    assert_called hecat.h test_arguments.c test_addrinfo.c test_race_state.c \
        test_race_loop.c test_resolver_custom.c test_socket_cb.c
}

@test "every function of hecat_openssl.h is called with wrong arguments" {
    [[ $(functions_of hecat_openssl.h | without_getters | wc -l) -gt 6 ]]
    assert_called hecat_openssl.h test_openssl.c
}

@test "every function of hecat_cares.h is called with wrong arguments" {
    [[ $(functions_of hecat_cares.h | without_getters | wc -l) -gt 3 ]]
    assert_called hecat_cares.h test_cares.c
}
