#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# When the write side is shut down after the end of input, against peers that
# take a FIN for an abort (abort-on-fin) and peers that wait for one. The policy has
# its table in tests/unit/test_half_close.c; here are a few connections of it,
# most with a shorter wait than the 2 s of the default.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper

# start_row 'HECAT-OPTION...' INPUT ACTION...: starts a peer and the program with
# it; several may be under way.
start_row() {
    local options row=${#rows[@]}
    begins[row]=$(now)
    read -ra options <<<"$1"
    start_peer "${@:3}"
    "$HECAT" "${options[@]}" 127.0.0.1 "$port" <"$2" \
        >"stdout.$row" 2>"stderr.$row" 3>&- 7>&- &
    started+=($!)
    rows+=("$! $peer_pid $report_file")
}

# finish_rows REGEX: waits for them: each has printed "reply", with status 0, and
# the report of each peer matches.
finish_rows() {
    local row hecat_pid peer_pid report_file
    for row in "${!rows[@]}"; do
        read -r hecat_pid peer_pid report_file <<<"${rows[row]}"
        finish "$hecat_pid"
        assert_equal '0 reply' "$status $(<"stdout.$row")" "row $row"
        assert_equal '' "$(<"stderr.$row")" "row $row"
        finish_peer_with "$1"
    done
}

@test "GET and POST, answered after 0.3 and 1.5 s by a peer that takes a FIN for an abort" {
    local size ms
    has_three_tries
    rows=()
    for size in 18 1k 70k 1M; do
        pattern upload "$size" >"input.$size"
        for ms in 300 1500; do
            start_row '' "input.$size" recv "$size" abort-on-fin pause "$ms" send reply close
            start_row '' <(cat "input.$size") recv "$size" abort-on-fin pause "$ms" send reply close
        done
    done
    finish_rows 'pattern=yes sent=5 end=open$'
}

@test "-N: such a peer drops its reply" {
    start_peer recv 9 abort-on-fin pause 60000 send reply close
    run_hecat 0 -N 127.0.0.1 "$port" <<<question
    assert_equal '' "$(<stdout)"
    finish_peer_with 'sent=0 end=eof$'
}

@test "a peer that replies to our end only" {
    local option
    has_three_tries
    rows=()
    for option in '' '-q 1.9' '-i 1.9' '-q 1.9 -i 1.9' -N --shutdown --shutdown=0.1 '-N -i 1.9'; do
        start_row "$option" <(echo question) recv-eof send reply
    done
    finish_rows 'received=9 .* end=eof$'
}

@test "the FIN is as late as it is asked to be, and not earlier" {
    local option ms row=0
    rows=()
    for option in '2000 ' '500 -q 1' '500 -i 1' '300 --shutdown=0.3' \
        '700 --shutdown=0.7 -i 1' '0 -N' '0 --send-only' '0 -N --send-only'; do
        start_row "${option#* }" <(echo question) recv 9 \
            recv-eof touch "eof.${#rows[@]}" send reply
    done
    for option in "${rows[@]}"; do
        wait_for exists "eof.$row"
        row=$((row + 1))
    done
    row=0
    for ms in 2000 500 500 300 700 0 0 0; do
        # A file's time is that of the last tick of the kernel.
        assert_between $((ms - 20)) $((ms + SLACK)) \
            $(($(date -r "eof.$row" +%s%3N) - begins[row])) "milliseconds of row $row"
        row=$((row + 1))
    done
}

# The reply is longer than all the buffers; its reader pauses for much longer
# than the peer has to be quiet.
@test "a long reply into a reader that pauses" {
    local begin
    mkfifo output
    exec 8<>output
    start_peer recv 9 abort-on-fin send-pattern 64M
    "$HECAT" --shutdown=0.2 127.0.0.1 "$port" <<<question >output 3>&- 8>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    wait_for stalled_for 1000
    exec 9<output 8>&-
    "$TEST_TOOLS/pattern" check download <&9 >checked
    finish "$hecat_pid"
    assert_equal 0 "$status"
    assert_equal "$((64 << 20)) intact" "$(<checked)"
    finish_peer_with "sent=$((64 << 20)) "
}

# stalled_for MS: whether the peer has waited that long for room.
stalled_for() {
    [[ $(send_queue) =~ [1-9A-F] ]] || { stalled_since=; return 1; }
    : "${stalled_since:=$(now)}"
    is_past $((stalled_since + $1))
}

@test "a peer with a window of zero: not before it has acknowledged all" {
    has_three_tries
    pattern upload 1M >upload.file
    start_peer_at '-a 127.0.0.1 -R 4096' wait go recv 1M abort-on-fin pause 100 send reply
    start_hecat --shutdown=1.5 127.0.0.1 "$port" <upload.file
    wait_for has_read_all
    begin=$(now)
    wait_for is_past $((begin + 2000))
    touch go
    finish_hecat 0
    assert_equal reply "$(<stdout)"
    finish_peer_with 'received=1048576 pattern=yes sent=5 end=open$'
}

has_read_all() {
    [[ $(position "$hecat_pid" 0 2>&1) == 1048576 ]]
}

@test "(printf req; sleep 3): the wait counts from the last byte" {
    local begin
    has_three_tries
    mkfifo input
    exec 7<>input
    start_peer recv 3 touch got recv-eof touch eof send reply
    start_hecat --shutdown=3 127.0.0.1 "$port" <input
    printf req >&7
    wait_for exists got
    begin=$(now)
    wait_for is_past $((begin + 3100))
    exec 7>&-
    begin=$(now)
    finish_hecat 0
    assert_equal reply "$(<stdout)"
    # Counted from the end of input it would be 3 s.
    assert_between 0 2500 $(($(now) - begin)) milliseconds
}

@test "no input at all: from the connection" {
    local begin
    has_three_tries
    mkfifo input
    exec 7<>input
    start_peer touch accepted recv-eof send reply
    start_hecat --shutdown=3 127.0.0.1 "$port" <input
    wait_for exists accepted
    begin=$(now)
    wait_for is_past $((begin + 3100))
    exec 7>&-
    begin=$(now)
    finish_hecat 0
    assert_between 0 2500 $(($(now) - begin)) milliseconds
}

# Stopped until the wait has expired: the reply that came meanwhile counts.
@test "stopped and continued: what has come is polled first" {
    has_three_tries
    start_peer recv 9 touch got abort-on-fin wait go send-pattern 1000 touch sent pause 500 send reply
    start_hecat --shutdown=1 127.0.0.1 "$port" < <(echo question)
    wait_for exists got
    kill -STOP "$hecat_pid"
    begin=$(now)
    wait_for is_past $((begin + 1100))
    touch go
    wait_for exists sent
    kill -CONT "$hecat_pid"
    finish_hecat 0
    assert_equal 1005 "$(size stdout)"
    finish_peer_with 'sent=1005 end=open$'
}

@test "/dev/null and a closed input are no input: no FIN" {
    rows=()
    start_row --shutdown=0 /dev/null recv-eof send reply
    finish_rows 'received=0 .* end=eof$'
    start_peer abort-on-fin pause 2500 send late close
    run_hecat 0 127.0.0.1 "$port" </dev/null
    assert_equal late "$(<stdout)"
    finish_peer_with 'end=open$'
    has_three_tries
    start_peer abort-on-fin pause 1600 send late close
    run_command 0 fdrun -c 0 "$HECAT" -i 3 127.0.0.1 "$port"
    assert_equal late "$(<stdout)"
    finish_peer_with 'end=open$'
}

@test "--no-shutdown and --recv-only: no FIN" {
    local option
    has_three_tries
    rows=()
    for option in --no-shutdown '--no-shutdown -i 4' --recv-only; do
        start_row "$option" <(printf '') abort-on-fin pause 2500 send reply close
    done
    finish_rows 'end=open$'
}

@test "the peer ends: nothing is waited for" {
    local begin
    begin=$(now)
    start_peer recv 9 send reply shutdown recv-eof
    run_hecat 0 --shutdown=3600 127.0.0.1 "$port" <<<question
    assert_equal reply "$(<stdout)"
    finish_peer_with 'received=9 .* end=eof$'
}

@test "-i starts anew with the FIN" {
    has_three_tries
    start_peer recv-eof pause 2500 send reply
    run_hecat 0 -i 4 127.0.0.1 "$port" <<<question
    assert_equal reply "$(<stdout)"
    finish_peer
}

@test "-v: a FIN that waits is told, and a peer that ends without a reply" {
    start_peer recv-eof send reply
    run_hecat 0 -v 127.0.0.1 "$port" <<<question
    assert_match '^.*hecat: standard input has ended; the write side is shut down when nothing moves for 2.0 s \(-N: at once\)' \
        "$stderr"
    [[ $stderr != *--no-shutdown* ]]
    start_peer recv-eof close
    run_hecat 0 -v --shutdown=0.9 127.0.0.1 "$port" <<<question
    assert_match 'hecat: the peer ended after our write side was shut down, without sending anything more; if a reply is missing, use --no-shutdown' \
        "$stderr"
    [[ $stderr != *-N:* ]]
    # What came before the FIN is no reply to it.
    start_peer send greeting recv-eof close
    run_hecat 0 -v --shutdown=0.9 127.0.0.1 "$port" <<<question
    assert_equal greeting "$(<stdout)"
    assert_match 'the peer ended after our write side was shut down, without sending anything more' \
        "$stderr"
    start_peer recv-eof close
    run_hecat 0 -N 127.0.0.1 "$port" <<<question
    assert_equal '' "$stderr"
}
