#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The race as it shows on loopback, without privileges: an address that answers,
# one that refuses and one that is a black hole. Times are bounded from below;
# from above only as far as to tell that nobody waited for what there was no
# reason to wait for.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper

# An hour: whoever waits for it is killed long before.
never=3600000

# timed COMMAND...: runs it; the milliseconds are in $elapsed.
timed() {
    local begin
    begin=$(now)
    "$@"
    elapsed=$(($(now) - begin))
}

# starts: prints the addresses attempted, in order, from what -vv has said.
starts() {
    sed -nE 's/.*  start [0-9]+: (.*) \(.*/\1/p' stderr | paste -sd ' '
}

# assert_sentinel: checks that the peer, whose action is recv-to received, has
# got no connection so far.
assert_sentinel() {
    run_hecat 0 -N 127.0.0.1 "$port" <<<sentinel
    finish_peer
    assert_equal sentinel "$(<received)"
}

@test "IPv6 does not answer: IPv4 after the default delay" {
    start_peer_at '-b ::1 -a 127.0.0.1' recv-eof send hello
    timed run_hecat 0 -N --resolve "host:$port:::1,127.0.0.1" host "$port" </dev/null
    assert_equal hello "$(<stdout)"
    assert_equal '' "$stderr"
    assert_between 250 $((250 + SLACK)) "$elapsed" milliseconds
    finish_peer_with '^on=127.0.0.1 '
}

@test "IPv6 does not answer: IPv4 after the delay given" {
    start_peer_at '-b ::1 -a 127.0.0.1' recv-eof
    timed run_hecat 0 -z -d 400 --resolve "host:$port:::1,127.0.0.1" host "$port"
    assert_between 400 $((400 + SLACK)) "$elapsed" milliseconds
}

@test "-v tells what was tried before, and what it cost" {
    start_peer_at '-b ::1 -a 127.0.0.1' recv-eof
    run_hecat 0 -zv -d 100 --resolve "host:$port:::1,127.0.0.1" host "$port"
    assert_match "^hecat: connected to host port $port \\(127.0.0.1\\) in [0-9.]+ m?s \\(2 attempts\\)\$" \
        "$(sed -n 1p stderr)"
    assert_match "^hecat: ::1 had not answered after [0-9.]+ m?s and delayed the connection by [0-9.]+ m?s\$" \
        "$(sed -n 2p stderr)"
    assert_equal 2 "$(wc -l <stderr)"
}

@test "-v tells that the first address refused" {
    start_peer_at '-x ::1 -a 127.0.0.1' recv-eof
    run_hecat 0 -zv --resolve "host:$port:::1,127.0.0.1" host "$port"
    assert_match "^hecat: ::1 refused" "$(sed -n 2p stderr)"
}

@test "-v with --prefer 4: IPv4 is the one that refused" {
    start_peer_at '-x 127.0.0.1 -a ::1' recv-eof
    run_hecat 0 -zv --prefer 4 --resolve "host:$port:::1,127.0.0.1" host "$port"
    assert_match "^hecat: 127.0.0.1 refused" "$(sed -n 2p stderr)"
}

@test "-v has nothing to complain about when the first one wins" {
    start_peer_at '-a ::1 -a 127.0.0.1' recv-eof
    run_hecat 0 -zv --resolve "host:$port:::1,127.0.0.1" host "$port"
    assert_match "^hecat: connected to host port $port \\(::1\\) " "$stderr"
    assert_equal 1 "$(wc -l <stderr)"
    finish_peer_with '^on=::1 '
}

@test "a refusal brings the next attempt forward" {
    start_peer_at '-x ::1 -a 127.0.0.1' recv-eof
    run_hecat 0 -z -d "$never" --resolve "host:$port:::1,127.0.0.1" host "$port"
    finish_peer_with '^on=127.0.0.1 '
}

@test "so does an address that cannot be reached from here" {
    start_peer recv-eof
    run_hecat 0 -z -d "$never" --order resolver \
        --address 255.255.255.255,127.0.0.1 host "$port"
    finish_peer_with '^on=127.0.0.1 '
}

@test "all attempts are staggered, each by the delay" {
    start_peer_at '-b 127.0.0.1 -b 127.0.0.2 -b 127.0.0.3 -a 127.0.0.4' recv-eof
    timed run_hecat 0 -zvv -d 100 --order resolver \
        --address 127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4 host "$port"
    assert_between 300 $((300 + SLACK)) "$elapsed" milliseconds
    assert_equal "127.0.0.1:$port 127.0.0.2:$port 127.0.0.3:$port 127.0.0.4:$port" \
        "$(starts)"
    finish_peer_with '^on=127.0.0.4 '
}

@test "nothing is attempted behind the winner" {
    start_peer_at '-a 127.0.0.1 -x 127.0.0.2' recv-eof
    run_hecat 0 -zvv --order resolver --address 127.0.0.1,127.0.0.2 host "$port"
    assert_equal "127.0.0.1:$port" "$(starts)"
}

@test "-d none and -d inf: one at a time" {
    local delay
    for delay in none inf; do
        start_peer_at '-b ::1 -a 127.0.0.1' recv-to received
        run_hecat 4 -vv -d "$delay" -w 0.4 --resolve "host:$port:::1,127.0.0.1" host "$port"
        assert_equal "[::1]:$port" "$(starts)"
        assert_sentinel
    done
}

@test "-d none: a refusal lets the next one start" {
    start_peer_at '-x ::1 -a 127.0.0.1' recv-eof
    run_hecat 0 -z -d none --resolve "host:$port:::1,127.0.0.1" host "$port"
    finish_peer_with '^on=127.0.0.1 '
}

# all_at_once: whether the third start came before two delays of 10 ms, the
# shortest there is, could have passed.
all_at_once() {
    run_hecat 4 -vv -d 0 -w 0.1 --address ::1,127.0.0.1,127.0.0.2 host "$port" || return
    assert_equal "[::1]:$port 127.0.0.1:$port 127.0.0.2:$port" "$(starts)" || return
    awk '/  start 1: / { first = $2 } /  start 3: / { exit $2 - first >= 20 }' stderr
}

# A machine that is busy may come between two starts, but not each time.
@test "-d 0: all at once" {
    start_at '-b ::1 -b 127.0.0.1 -b 127.0.0.2'
    wait_for all_at_once
}

@test "--attempt-timeout gives up a single attempt" {
    start_peer_at '-b ::1 -a 127.0.0.1' recv-eof
    timed run_hecat 0 -zv -d none --attempt-timeout 0.3 \
        --resolve "host:$port:::1,127.0.0.1" host "$port"
    assert_between 300 $((300 + SLACK)) "$elapsed" milliseconds
    assert_match "^hecat: ::1 timed out after [0-9.]+ m?s and delayed " "$(sed -n 2p stderr)"
    finish_peer_with '^on=127.0.0.1 '
}

@test "--attempt-timeout of all attempts is no connection" {
    start_at '-b ::1 -b 127.0.0.1'
    run_hecat 1 --attempt-timeout 0.1 -d 10 \
        --resolve "host:$port:::1,127.0.0.1" host "$port"
    assert_match "^hecat: host port $port: no connection hecat:   ::1(, 127.0.0.1)?: timed out after [0-9.]+ m?s" \
        "$(paste -sd ' ' stderr)"
}

@test "-w covers all attempts" {
    start_at '-b ::1 -b 127.0.0.1 -b 127.0.0.2'
    timed run_hecat 4 -w 1 -d 100 --address ::1,127.0.0.1,127.0.0.2 host "$port"
    assert_between 1000 $((1000 + SLACK)) "$elapsed" milliseconds
    assert_equal 4 "$(wc -l <stderr)"
}

# connect ARGUMENT...: connects, and ends once the peer has; after -z a peer that
# is late has several connections to choose from, and not the first one first.
connect() {
    run_hecat 0 -N "$@" </dev/null
}

@test "--order: sorted puts IPv6 first, resolver takes the list as it is" {
    start_peer_at '-a ::1 -a 127.0.0.1' -k 4 recv-eof
    connect --address 127.0.0.1,::1 host "$port"
    connect --order sorted --address 127.0.0.1,::1 host "$port"
    connect --order resolver --address 127.0.0.1,::1 host "$port"
    connect --order resolver --address ::1,127.0.0.1 host "$port"
    finish_peer
    assert_equal 'on=::1 on=::1 on=127.0.0.1 on=::1' "$(served)"
}

# served: prints at which address each connection came in.
served() {
    cut -d ' ' -f 1 <<<"$report" | paste -sd ' '
}

@test "--prefer, -4 and -6" {
    start_peer_at '-a ::1 -a 127.0.0.1' -k 6 recv-eof
    connect --prefer 4 --address ::1,127.0.0.1 host "$port"
    connect --prefer 6 --address 127.0.0.1,::1 host "$port"
    connect -4 --address ::1,127.0.0.1 host "$port"
    connect --ipv4 --address ::1,127.0.0.1 host "$port"
    connect -6 --address 127.0.0.1,::1 host "$port"
    connect --ipv6 --address 127.0.0.1,::1 host "$port"
    finish_peer
    assert_equal 'on=127.0.0.1 on=::1 on=127.0.0.1 on=127.0.0.1 on=::1 on=::1' "$(served)"
}

@test "-4 and -6 leave nothing else to attempt" {
    start_closed ::1 127.0.0.1
    run_hecat 1 -vv -4 --address ::1,127.0.0.1 host "$port"
    assert_equal "127.0.0.1:$port" "$(starts)"
    run_hecat 1 -vv -6 --address ::1,127.0.0.1 host "$port"
    assert_equal "[::1]:$port" "$(starts)"
}

@test "sorted addresses are interleaved" {
    start_closed ::1 127.0.0.1 127.0.0.2
    run_hecat 1 -vv --address 127.0.0.1,127.0.0.2,::1 host "$port"
    assert_equal "[::1]:$port 127.0.0.1:$port 127.0.0.2:$port" "$(starts)"
    run_hecat 1 -vv --prefer 4 --address 127.0.0.1,127.0.0.2,::1 host "$port"
    assert_equal "127.0.0.1:$port [::1]:$port 127.0.0.2:$port" "$(starts)"
    run_hecat 1 -vv --prefer 4 -f 2 --address 127.0.0.1,127.0.0.2,::1 host "$port"
    assert_equal "127.0.0.1:$port 127.0.0.2:$port [::1]:$port" "$(starts)"
}

@test "an address given twice is attempted once" {
    start_closed ::1 127.0.0.1
    run_hecat 1 -vv --order resolver \
        --address 127.0.0.1,::1,127.0.0.1,::ffff:127.0.0.1,0:0:0:0:0:0:0:1 host "$port"
    assert_equal "127.0.0.1:$port [::1]:$port" "$(starts)"
}

@test "--address may be repeated" {
    start_closed 127.0.0.1 127.0.0.2 127.0.0.3
    run_hecat 1 -vv --order resolver --address 127.0.0.3 \
        --address 127.0.0.1,127.0.0.2 host "$port"
    assert_equal "127.0.0.3:$port 127.0.0.1:$port 127.0.0.2:$port" "$(starts)"
}

@test "--resolve is for its host and its port alone" {
    start_peer_at '-a 127.0.0.1' -k 3 recv-eof
    run_hecat 0 -z --resolve "Host.Example:$port:127.0.0.1" hOST.eXAMPLE "$port"
    run_hecat 0 -z --resolve "other:$port:127.0.0.2" --resolve "host:1:127.0.0.2" \
        --resolve "host:$port:127.0.0.1" host "$port"
    run_hecat 0 -z --resolve "[::1]:$port:127.0.0.1" "[::1]:$port"
    finish_peer
    run_hecat 3 --resolve "no..name:1:127.0.0.1" no..name "$port"
    run_hecat 3 --resolve "other:$port:127.0.0.1" no..name "$port"
}

@test "-s: connect from this address" {
    start_peer -k 2 recv-eof
    run_hecat 0 -z -s 127.0.0.3 127.0.0.1 "$port"
    run_hecat 0 -z -s ::1 -s 127.0.0.4 127.0.0.1 "$port"
    finish_peer
    assert_match '^on=127.0.0.1 from=127.0.0.3 ' "$(sed -n 1p <<<"$report")"
    assert_match '^on=127.0.0.1 from=127.0.0.4 ' "$(sed -n 2p <<<"$report")"
}

@test "-s: each destination with each source of its family, in turn" {
    start_closed ::1 127.0.0.1
    run_hecat 1 -s 127.0.0.5 -s ::1 -s 127.0.0.6 --address ::1,127.0.0.1 host "$port"
    assert_match '^hecat:   ::1 from ::1, 127.0.0.1 from 127.0.0.5, 127.0.0.1 from 127.0.0.6: Connection refused$' "$(sed -n 2p stderr)"
    run_hecat 1 -s 127.0.0.5 -s 192.0.2.1 127.0.0.1 "$port"
    assert_match '127.0.0.1 from 127.0.0.5: Connection refused' "$(sed -n 2p stderr)"
    assert_match '127.0.0.1 from 192.0.2.1: Cannot assign' "$(sed -n 3p stderr)"
}

@test "-s: a source that fails brings the next one forward" {
    start_peer recv-eof
    run_hecat 0 -z -d "$never" -s 192.0.2.1 -s 127.0.0.7 127.0.0.1 "$port"
    finish_peer_with '^on=127.0.0.1 from=127.0.0.7 '
}

@test "-p: connect from this port" {
    local source
    start_closed
    source=$port
    start_peer recv-eof
    run_hecat 0 -z -p "$source" 127.0.0.1 "$port"
    finish_peer_with "^on=127.0.0.1 from=127.0.0.1 port=$source "
}

@test "-s and -p together" {
    local source
    start_closed 127.0.0.8
    source=$port
    start_peer recv-eof
    run_hecat 0 -z -s 127.0.0.8 -p "$source" 127.0.0.1 "$port"
    finish_peer_with "^on=127.0.0.1 from=127.0.0.8 port=$source "
}

@test "-p: attempts at the same time share the port" {
    local source
    start_closed
    source=$port
    start_peer_at '-b 127.0.0.1 -a 127.0.0.2' recv-eof
    run_hecat 0 -z -d 100 -s 127.0.0.1 -p "$source" --order resolver \
        --address 127.0.0.1,127.0.0.2 host "$port"
    finish_peer_with "^on=127.0.0.2 from=127.0.0.1 port=$source "
}

@test "-p: a port that is taken is told" {
    local source
    start_peer recv-eof
    source=$port
    start_peer recv-eof
    run_hecat 1 -s 127.0.0.1 -p "$source" 127.0.0.1 "$port"
    assert_match 'Address already in use' "$stderr"
}

@test "ways to write host and port" {
    start_peer_at '-a ::1 -a 127.0.0.1' -k 8 recv-eof
    connect 127.0.0.1 "$port"
    connect "127.0.0.1:$port"
    connect ::ffff:127.0.0.1 "$port"
    connect ::1 "$port"
    connect '[::1]' "$port"
    connect "[::1]:$port"
    connect "[::1]:0$port"
    connect -n ::1 "$port"
    finish_peer
    assert_equal "$(echo on=127.0.0.1{,,} on=::1{,,,,})" "$(served)"
}

# What a terminal obeys, in UTF-8: C0 but the line feed, DEL, C1, and what turns
# the direction of writing or ends a line.
obeyed='[\x01-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]'

# assert_harmless FILE: it is UTF-8, and a terminal obeys nothing of it.
assert_harmless() {
    [ -s "$1" ] || fail "nothing in $1" || return
    iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || fail "$1 is not UTF-8" || return
    if LC_ALL=C grep -nP "$obeyed" "$1"; then
        fail "a terminal obeys something in $1"
    fi
}

@test "no byte of an argument reaches a terminal that would obey it" {
    local host
    start_peer -k 100 recv-eof
    local open=$port
    start_closed
    for host in $'a\x80\x8d\x9b\xff.test' $'a\xc2\x85\xc2\x9b\xc2\x9d.test' \
        $'\xe2\x80\xaetset.\xe2\x81\xa6\xd8\x9c' $'b\xc3\xbccher.\xc3'; do
        run_hecat 0 -z -vv -t --chart --address 127.0.0.1 "$host" "$open"
        assert_harmless stdout
        assert_harmless stderr
        run_hecat 0 -z --json=race.json --address 127.0.0.1 "$host" "$open"
        assert_harmless race.json
        run_hecat 0 --probe=1 --json=probe.json --address 127.0.0.1 "$host" "$open"
        assert_harmless stdout
        assert_harmless probe.json
        run_hecat 1 -t --address 127.0.0.1 "$host" "$port"
        assert_harmless stderr
        run_hecat 2 --json="/nowhere/$host"$'\033[31m\n' 127.0.0.1 "$open"
        assert_harmless stderr
        run_hecat 2 "$host"$'\033[31m\n' "$open"
        assert_harmless stderr
    done
}

@test "-vv tells every decision, in the order of time" {
    start_peer_at '-x ::1 -a 127.0.0.1' recv-eof
    run_hecat 0 -zvv --address ::1,127.0.0.1 host "$port"
    assert_match 'start 1: \[::1\]:.*\(first\)' "$stderr"
    assert_match 'end 1: \[::1\]:.*: Connection refused' "$stderr"
    assert_match 'start 2: 127.0.0.1:.*\(previous failed\)' "$stderr"
    assert_match 'end 2: 127.0.0.1:.*: connected' "$stderr"
    sed -nE 's/^hecat: +([0-9.]+) ms .*/\1/p' stderr >offsets
    sort -n -c offsets
}
