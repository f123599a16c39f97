#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# OpenSSH on both sides, with the program as ProxyCommand: as a relay, and as one
# that hands its connection over and is gone (ProxyUseFdpass).

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2034,SC2030,SC2031
load peers_helper
load sshd_helper

relay="'$HECAT' %h %p"
pass="'$HECAT' -F %h %p"
targets=(localhost 127.0.0.1 ::1)

# copy SSH-ARGUMENT...: 8 MiB to the server and back.
copy() {
    set -o pipefail
    pattern download 8M | ssh_to "$@" cat
}

@test "sshd: as ProxyCommand, by a name and an address of each family" {
    start_server sshd
    for target in "${targets[@]}"; do
        run_command 0 copy "$target" "$relay"
        assert_download 8388608
        run_command 7 ssh_to "$target" "$relay" 'exit 7' </dev/null
    done
    wait_for no_hecat
}

@test "sshd: ProxyUseFdpass, by a name and an address of each family" {
    start_server sshd
    for target in "${targets[@]}"; do
        run_command 0 copy "$target" "$pass" -o ProxyUseFdpass=yes
        assert_download 8388608
        run_command 7 ssh_to "$target" "$pass" -o ProxyUseFdpass=yes 'exit 7' </dev/null
    done
}

# session SSH-ARGUMENT...: one that goes on until the descriptor 7 is closed.
session() {
    mkfifo input
    exec 7<>input
    ssh_to "$@" cat <input >output 2>stderr 3>&- 7>&- &
    session=$!
    started+=("$session")
    echo one >&7
    wait_for holds output one
}

@test "sshd: with ProxyUseFdpass the program is gone while the session goes on" {
    start_server sshd
    session 127.0.0.1 "$pass" -o ProxyUseFdpass=yes
    no_hecat
    echo two >&7
    wait_for holds output $'one\ntwo'
    exec 7>&-
    finish "$session"
    check_status 0 ssh
}

@test "sshd: a master through it, and sessions over its one connection" {
    local options i
    start_server sshd
    for options in '' -F; do
        rm -f input output
        session localhost "'$HECAT' $options %h %p" -M -S control \
            ${options:+-o ProxyUseFdpass=yes}
        for i in 1 2 3; do
            run_command "$i" ssh_to localhost false -S control "echo $i; exit $i" </dev/null
            assert_equal "$i" "$(<stdout)"
        done
        exec 7>&-
        finish "$session"
        check_status 0 ssh
    done
    wait_for no_hecat
}

@test "sshd: no connection is an error of ssh, in both ways" {
    start_server sshd
    port=$(free_port)
    run_command 255 ssh_to 127.0.0.1 "$relay" true </dev/null
    assert_match 'Connection refused' "$stderr"
    run_command 255 ssh_to 127.0.0.1 "$pass" -o ProxyUseFdpass=yes true </dev/null
    assert_match 'Connection refused' "$stderr"
}
