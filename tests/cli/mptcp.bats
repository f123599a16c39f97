#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --mptcp: a relay over Multipath TCP, to a peer that has it and to one that has
# not: nothing is lost, and all of it is known to be acknowledged.

# Variables come from the helper, and functions are called by name.
# shellcheck disable=SC2154,SC2317
load helper

: "${TEST_PRELOAD:=$top/build/tests/preload}"

has_mptcp() {
    [[ $(cat /proc/sys/net/mptcp/enabled 2>/dev/null) == 1 ]]
}

setup_file() {
    has_mptcp || skip 'this kernel has no MPTCP'
}

# start ACTION...: a peer that has MPTCP, or has not: $multipath.
start() {
    if [[ -n $multipath ]]; then
        LD_PRELOAD=$(realpath "$TEST_PRELOAD/multipath.so") start_peer "$@"
    else
        start_peer "$@"
    fi
}

# exchange: 5 MiB up and, behind them, 5 MiB down.
exchange() {
    pattern upload 5M >input
    start recv 5M send-pattern 5M close
    run_hecat 0 -v --mptcp -N 127.0.0.1 "$port" <input
    [[ $stderr != *'not acknowledged'* ]] || fail "$stderr"
    assert_match 'sent 5242880 bytes, received 5242880 bytes' "$stderr"
    assert_download 5242880
    finish_peer_with 'received=5242880 pattern=yes'
}

@test "a peer with MPTCP: up and down" {
    multipath=yes
    exchange
}

@test "a peer without MPTCP: up and down" {
    multipath=
    exchange
}

@test "the FIN is sent when all is acknowledged, with MPTCP and without" {
    for multipath in yes ''; do
        start recv-eof send-pattern 9 close
        run_hecat 0 -v --mptcp --shutdown=0.1 127.0.0.1 "$port" < <(echo text)
        [[ $stderr != *'not acknowledged'* ]] || fail "$stderr"
        assert_download 9
        finish_peer_with 'received=5 '
    done
}

@test "a reset is a connection that was lost, with MPTCP and without" {
    for multipath in yes ''; do
        start recv 5 reset
        run_hecat 5 --mptcp 127.0.0.1 "$port" < <(echo text)
        assert_match 'connection lost: Connection reset by peer' "$stderr"
        finish_peer
    done
}
