#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# node's http server, which takes a half-close for an abort.

# Variables come from the helper, and functions are called by name.
# shellcheck disable=SC2154,SC2317,SC2034
load slow_http

prepare_node() {
    require node || return
    command=(node "$here/slow_node.js" "$port" "$reply")
}

@test "node: GET, answered late" {
    start_slow node
    check_late GET
}

@test "node: POST of 1 kB, answered late" {
    start_slow node
    check_late POST 1000
}

@test "node: POST of 70 kB, answered late" {
    start_slow node
    check_late POST 70000
}

@test "node: POST of 1 MB, answered late" {
    start_slow node
    check_late POST 1000000
}

@test "node: a connection that is kept alive" {
    start_slow node
    check_kept_alive
}

@test "node: -N is taken for an abort, --no-shutdown is not" {
    start_slow node
    check_abort
}
