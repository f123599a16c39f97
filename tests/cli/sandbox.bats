#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What a relay cannot do any more, and what it still can.

# Variables come from the helper.
# shellcheck disable=SC2154
load helper

: "${TEST_PRELOAD:=$top/build/tests/preload}"

# in_relay [OPTION...]: what an intruder can do is in stderr.
in_relay() {
    start_peer recv-eof send reply
    run_hecat 0 -N "$@" 127.0.0.1 "$port" <<<question
    assert_equal reply "$(<stdout)"
    finish_peer
}

# Whether the program is built with it: sanitizers and coverage are not.
has_sandbox() {
    "${HECAT_PROGRAM:-$HECAT}" -V | grep -q sandbox
}

# with_intruder COMMAND...: with code in the program that is not its own.
with_intruder() {
    ! is_sanitized || skip 'a sanitizer has to be loaded first'
    LC_ALL=C LD_PRELOAD=$TEST_PRELOAD/intruder.so "$@"
}

@test "a relay can open no file and run no program" {
    has_sandbox || skip 'built without the sandbox'
    with_intruder in_relay
    assert_match 'intruder: open: Operation not permitted' "$(<stderr)"
    assert_match 'intruder: execve: Operation not permitted' "$(<stderr)"
}

@test "--no-sandbox: a relay keeps its rights" {
    with_intruder in_relay --no-sandbox
    assert_match 'intruder: open: done' "$(<stderr)"
    assert_match 'intruder: execve: done' "$(<stderr)"
}

@test "every report is written from within the sandbox" {
    in_relay -v -t --chart --json=report.json
    assert_match 'connected to 127.0.0.1 port' "$(<stderr)"
    assert_match 'result +connected' "$(<stderr)"
    jq -e '.result == "connected"' report.json
}
