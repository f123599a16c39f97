#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# A server on python's tornado, which takes a half-close for an abort.

# Variables come from the helper, and functions are called by name.
# shellcheck disable=SC2154,SC2317,SC2034
load slow_http

prepare_tornado() {
    require_python tornado || return
    command=("$python" "$here/slow_tornado.py" "$port" "$reply")
}

@test "tornado: GET, answered late" {
    start_slow tornado
    check_late GET
}

@test "tornado: POST of 1 kB, answered late" {
    start_slow tornado
    check_late POST 1000
}

@test "tornado: POST of 70 kB, answered late" {
    start_slow tornado
    check_late POST 70000
}

@test "tornado: POST of 1 MB, answered late" {
    start_slow tornado
    check_late POST 1000000
}

@test "tornado: a connection that is kept alive" {
    start_slow tornado
    check_kept_alive
}

@test "tornado: -N is taken for an abort, --no-shutdown is not" {
    start_slow tornado
    check_abort
}
