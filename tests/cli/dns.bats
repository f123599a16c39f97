#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --dns where there is nothing to look up, and where it cannot be used. What it
# asks is tested by tests/net/dns.bats.

# shellcheck disable=SC2154,SC2317,SC2030,SC2031 # as in the other tests
load helper

@test "a run without --dns maps no c-ares" {
    mkfifo input
    exec 7<>input
    start_peer touch accepted recv-eof
    start_hecat 127.0.0.1 "$port" <input
    wait_for exists accepted
    assert_equal '' "$(grep -E 'libcares|hecat_cares' "/proc/$hecat_pid/maps")"
    kill "$hecat_pid"
    assert_equal '' "$(ldd "${HECAT_PROGRAM:-$HECAT}" | grep cares)"
}

@test "a build without c-ares says so" {
    mkdir alone
    cp "${HECAT_PROGRAM:-$HECAT}" alone/hecat
    HECAT=$PWD/alone/hecat run_hecat 2 -z --dns 127.0.0.1 localhost 80
    assert_match '^hecat: --dns: this hecat has no c-ares: libhecat_cares.so.0: ' \
        "$stderr"
    HECAT=$PWD/alone/hecat run_hecat 0 -V
    assert_match 'no c-ares: --dns does not work' "$(<stdout)"
    if grep -q '^features:.*dns' stdout; then fail "$(<stdout)"; fi
}

# needs_cares: skips a test of what is not built without c-ares.
needs_cares() {
    "$HECAT" -V | grep -q '^features:.* dns' || skip 'built without c-ares'
}

@test "a folder that everybody can write to is no place for its library" {
    needs_cares
    copy_program libhecat_cares.so.0
    HECAT=$PWD/copy/hecat run_hecat 0 -V
    assert_match '^c-ares [0-9.]+$' "$(grep c-ares stdout)"
    chmod o+w copy/build
    HECAT=$PWD/copy/hecat run_hecat 0 -V
    assert_match 'no c-ares: --dns does not work' "$(<stdout)"
}

@test "an address needs no name server" {
    needs_cares
    start_peer recv-eof
    run_hecat 0 -z --dns 192.0.2.1 127.0.0.1 "$port"
    start_peer recv-eof
    run_hecat 0 -z --dns 192.0.2.1 --address 127.0.0.1 name.test "$port"
}

@test "a name server that is not there: the errno, and status 3" {
    needs_cares
    start_closed
    run_hecat 3 -z --dns "127.0.0.1:$port" name.test 80
    assert_equal "hecat: name.test: 127.0.0.1:$port: Connection refused" "$stderr"
    run_hecat 3 -z --dns "tcp:127.0.0.1:$port" name.test 80
    assert_equal "hecat: name.test: 127.0.0.1:$port: Connection refused (TCP)" \
        "$stderr"
}
