#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# A server on python's uvicorn, which takes a half-close for an abort.

# Variables come from the helper, and functions are called by name.
# shellcheck disable=SC2154,SC2317,SC2034
load slow_http

prepare_uvicorn() {
    require_python uvicorn || return
    command=("$python" "$here/slow_uvicorn.py" "$port" "$reply")
}

@test "uvicorn: GET, answered late" {
    start_slow uvicorn
    check_late GET
}

@test "uvicorn: POST of 1 kB, answered late" {
    start_slow uvicorn
    check_late POST 1000
}

@test "uvicorn: POST of 70 kB, answered late" {
    start_slow uvicorn
    check_late POST 70000
}

@test "uvicorn: POST of 1 MB, answered late" {
    start_slow uvicorn
    check_late POST 1000000
}

@test "uvicorn: a connection that is kept alive" {
    start_slow uvicorn
    check_kept_alive
}

@test "uvicorn: -N is taken for an abort, --no-shutdown is not" {
    start_slow uvicorn
    check_abort
}
