#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# A server on python's aiohttp, which takes a half-close for an abort.

# Variables come from the helper, and functions are called by name.
# shellcheck disable=SC2154,SC2317,SC2034
load slow_http

prepare_aiohttp() {
    require_python aiohttp || return
    command=("$python" "$here/slow_aiohttp.py" "$port" "$reply")
}

@test "aiohttp: GET, answered late" {
    start_slow aiohttp
    check_late GET
}

@test "aiohttp: POST of 1 kB, answered late" {
    start_slow aiohttp
    check_late POST 1000
}

@test "aiohttp: POST of 70 kB, answered late" {
    start_slow aiohttp
    check_late POST 70000
}

@test "aiohttp: POST of 1 MB, answered late" {
    start_slow aiohttp
    check_late POST 1000000
}

@test "aiohttp: a connection that is kept alive" {
    start_slow aiohttp
    check_kept_alive
}

@test "aiohttp: -N is taken for an abort, --no-shutdown is not" {
    start_slow aiohttp
    check_abort
}
