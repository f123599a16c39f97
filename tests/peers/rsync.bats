#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# rsync's daemon, with the program as RSYNC_CONNECT_PROG.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2034,SC2030,SC2031
load peers_helper

prepare_rsync() {
    require rsync || return
    mkdir -p "$home/files"
    cat >"$home/config" <<END
use chroot = no
pid file = $home/rsync.pid
log file = /dev/stderr
[files]
path = $home/files
read only = no
$([[ $(id -u) -ne 0 ]] || printf 'uid = root\ngid = root\n')
END
    # One daemon has one address: the kind of the test's.
    command=(rsync --daemon --no-detach --config="$home/config" --port="$port"
        --address="$address")
}

# rsync_to ARGUMENT...: with the program in the place of its own connect.
rsync_to() {
    local libraries
    libraries=$(printf '%s:' "$unpacked"{,/usr}/lib/*-linux-gnu*)
    timeout -k 1 "$DEADLINE" env RSYNC_CONNECT_PROG="'$HECAT' %H $port" \
        LD_LIBRARY_PATH="$libraries" rsync --timeout="$DEADLINE" "$@"
}

# synchronize TARGET: a tree to the daemon, a change of it, and back.
synchronize() {
    local url=rsync://$1/files
    mkdir -p tree/a/b
    pattern upload 3M >tree/file
    echo small >tree/a/b/small
    run_command 0 rsync_to -a tree/ "$url/tree/"
    cmp tree/file "$home/files/tree/file"
    echo more >>tree/file
    run_command 0 rsync_to -a tree/ "$url/tree/"
    rm -rf back
    run_command 0 rsync_to -a "$url/tree/" back/
    diff -r tree back
}

@test "rsync: up and down, by a name" {
    address=127.0.0.1
    start_server rsync
    synchronize localhost
}

@test "rsync: up and down, by an IPv4 address" {
    address=127.0.0.1
    start_server rsync
    synchronize 127.0.0.1
}

@test "rsync: up and down, by an IPv6 address" {
    address=::1
    start_server rsync
    synchronize '[::1]'
}
