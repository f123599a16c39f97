#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# hecat as the ProxyCommand of ssh, to a real server on loopback. The server is
# dropbear, for it comes without a daemon.
#
# SSH_MIB is how much is copied each way.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper
load ssh_helper

: "${SSH_MIB:=64}"

# A copy of many GiB may take its time.
# shellcheck disable=SC2034 # for ssh_to
COPY_DEADLINE=$((DEADLINE + SSH_MIB))

# serve: becomes the server.
serve() {
    as_user "$TEST_TOOLS/inetd" dropbear -i -s -r host_key
}

make_host_key() {
    dropbearkey -t ed25519 -f host_key >made 2>&1
    printf 'host %s\n' "$(grep -o '^ssh-ed25519 [^ ]*' made)" >known_hosts
}

# start_server: starts the server, at $port.
start_server() {
    PATH=$PATH:/usr/sbin
    needs type ssh ssh-keygen dropbear dropbearkey unshare
    make_keys
    make_host_key
    needs as_user_may
    export -f as_user serve
    export TEST_TOOLS user id
    start_at '-a 127.0.0.1 -t 1200' bash -c serve
}

# through_hecat [SSH-ARGUMENT...]: ssh to the server, by way of the program with
# the options in $hecat_options.
through_hecat() {
    ssh_to 127.0.0.1 "'$HECAT' ${hecat_options-} %h %p" "$@"
}

# open_session [SSH-ARGUMENT...]: leaves a session in the background, as $session,
# in which what is written to descriptor 7 comes out in the file output.
open_session() {
    mkfifo input
    exec 7<>input
    through_hecat "$@" cat <input >output 2>stderr 3>&- 7>&- &
    session=$!
    started+=("$session")
    echo one >&7
    wait_for holds output one
    hecat_pid=$(hecats)
    [[ $hecat_pid ]] || fail "no process of the program, for port $port"
}

@test "ssh: a login, and what a command says" {
    start_server
    run_command 0 through_hecat true
    assert_equal '' "$(<stdout)$stderr"
    run_command 0 through_hecat 'id -un; pwd'
    assert_equal "$user"$'\n'"$tmp/home" "$(<stdout)"
    run_command 0 through_hecat 'echo to stderr >&2' </dev/null
    assert_equal 'to stderr' "$stderr"
    wait_for no_hecat
}

@test "ssh: the status of a command comes through" {
    start_server
    run_command 7 through_hecat 'exit 7'
    run_command 1 through_hecat false
    # shellcheck disable=SC2016 # the inner shell's
    run_command 255 through_hecat 'kill -KILL $$'
    wait_for no_hecat
}

@test "ssh: a session that is idle goes on" {
    local before
    start_server
    open_session
    wait_for is_idle "$hecat_pid"
    before=$(ticks "$hecat_pid")
    wait_for is_idle "$hecat_pid"
    assert_equal "$before" "$(ticks "$hecat_pid")" 'processor time'
    echo two >&7
    wait_for holds output $'one\ntwo'
    exec 7>&-
    finish "$session"
    check_status 0 ssh
    wait_for no_hecat
}

@test "ssh: $SSH_MIB MiB up" {
    up() {
        pattern upload "${SSH_MIB}M" |
            through_hecat "'$TEST_TOOLS/pattern' check upload"
    }
    start_server
    run_command 0 up
    assert_equal "$((SSH_MIB << 20)) intact" "$(<stdout)"
    wait_for no_hecat
}

@test "ssh: $SSH_MIB MiB down" {
    down() {
        set -o pipefail
        through_hecat "'$TEST_TOOLS/pattern' make download ${SSH_MIB}M" </dev/null |
            "$TEST_TOOLS/pattern" check download
    }
    start_server
    run_command 0 down
    assert_equal "$((SSH_MIB << 20)) intact" "$(<stdout)"
    wait_for no_hecat
}

@test "ssh: a master, and many sessions over its one connection" {
    local i
    hecat_options='-d 250'
    start_server
    open_session -M -S control
    for i in 1 2 3; do
        run_command "$i" through_hecat -S control "echo $i; exit $i"
        assert_equal "$i" "$(<stdout)"
        assert_equal "$hecat_pid" "$(hecats)" 'process'
    done
    exec 7>&-
    finish "$session"
    check_status 0 ssh
    wait_for no_hecat
}

@test "ssh: when it is killed, the program is gone too" {
    start_server
    open_session
    kill -KILL "$(awk '$1 == "PPid:" { print $2 }' "/proc/$hecat_pid/status")"
    wait_for no_hecat
    finish "$session"
    assert_equal 137 "$status"
}
