#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The options that limit a relay: -i, --send-only, --recv-only,
# --exit-on-peer-eof, -C and --progress.

# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper

open_input() {
    mkfifo input
    exec 7<>input
}

@test "-i: a relay in which nothing moves ends with status 8" {
    local begin
    open_input
    start_peer wait go
    begin=$(now)
    start_hecat -i 0.2 127.0.0.1 "$port" <input
    finish_hecat 8
    touch go
    assert_between 200 $((200 + SLACK)) $(($(now) - begin)) 'milliseconds'
    assert_equal 'hecat: no data in either direction for 200 ms (-i)' "$stderr"
}

# The program is stopped until its time is up: when it goes on it finds both,
# and it does not matter how long anything took.
@test "-i: what moves starts the time anew" {
    local begin
    has_three_tries
    open_input
    start_peer touch accepted recv-to received
    start_hecat -i 1 -N 127.0.0.1 "$port" <input
    wait_for exists accepted
    kill -STOP "$hecat_pid"
    begin=$(now)
    echo one >&7
    wait_for is_past $((begin + 1000))
    kill -CONT "$hecat_pid"
    wait_for holds received one
    finish_hecat 8
    assert_between 2000 $((2000 + SLACK)) $(($(now) - begin)) 'milliseconds'
}

@test "--send-only: what the peer says is not written, and cuts nothing off" {
    start_peer send-pattern 1M recv-eof
    run_hecat 0 --send-only 127.0.0.1 "$port" < <(pattern upload 8M)
    assert_equal '' "$(<stdout)"
    finish_peer_with "received=$((8 << 20)) pattern=yes .* end=eof\$"
}

@test "--send-only: standard output is left alone" {
    start_peer send hello recv-eof
    run_hecat 0 --send-only 127.0.0.1 "$port" <<<x >&-
}

@test "--send-only: a peer that stays, and has all, is left once it is quiet" {
    local option ms begin
    for option in '2000 ' '2000 --no-shutdown' '500 -i 1' '500 -q 1'; do
        ms=${option%% *}
        start_peer recv 9 touch "got.$ms" wait go
        begin=$(now)
        # shellcheck disable=SC2086
        run_hecat 0 --send-only ${option#* } 127.0.0.1 "$port" <<<question
        assert_between "$ms" $((ms + SLACK)) $(($(now) - begin)) "milliseconds with $option"
        touch go
        finish_peer_with 'received=9 '
        rm go
    done
}

@test "--send-only: a peer that does not take it all, or talks, is not left" {
    local begin
    has_three_tries
    pattern upload 1M >upload.file
    start_peer_at '-a 127.0.0.1 -R 4096' wait go recv-eof
    start_hecat --send-only -i 3600 127.0.0.1 "$port" <upload.file
    begin=$(now)
    wait_for is_past $((begin + 2500))
    is_running "$hecat_pid"
    touch go
    finish_hecat 0
    finish_peer_with 'received=1048576 pattern=yes .* end=eof$'
    start_peer recv-eof pause 1100 send x pause 1100 send x wait left
    run_hecat 0 --send-only -q 3600 -i 4 127.0.0.1 "$port" <<<question
    touch left
    finish_peer_with 'sent=2 end=eof$'
}

@test "--recv-only: standard input is not read, and we end with the peer" {
    start_peer send hello close
    { "$HECAT" --recv-only 127.0.0.1 "$port" >stdout; cat >rest; } <<<'for the next'
    assert_equal hello "$(<stdout)"
    assert_equal 'for the next' "$(<rest)"
}

@test "-i: what a slow peer takes is movement, long after it was sent" {
    has_three_tries
    head -c 3000000 /dev/zero >upload.file
    start_peer pace 32768 40 recv-eof
    run_hecat 0 -i 2 -N 127.0.0.1 "$port" <upload.file
    finish_peer_with 'received=3000000 .* end=eof$'
}

@test "--exit-on-peer-eof: we leave when the peer ends, input or not" {
    open_input
    start_peer send hello shutdown wait go
    start_hecat --exit-on-peer-eof 127.0.0.1 "$port" <input
    finish_hecat 0
    touch go
    assert_equal hello "$(<stdout)"
}

@test "--exit-on-peer-eof: input without an end, and a peer that reads slowly" {
    start_peer shutdown pace 65536 10 recv-eof
    run_hecat 0 --exit-on-peer-eof -N 127.0.0.1 "$port" < <(exec yes)
    finish_peer_with ' end=eof$'
}

@test "--exit-on-peer-eof: what is left of a file is for who reads it next" {
    local received
    pattern upload 64M >whole
    start_peer recv 3000000 shutdown pace 65536 1 recv-eof
    {
        run_hecat 0 --exit-on-peer-eof -N 127.0.0.1 "$port"
        cat >left
    } <whole
    finish_peer_with 'pattern=yes .* end=eof$'
    received=${report#*received=}
    assert_equal "$((64 << 20))" "$((${received%% *} + $(stat -c %s left)))"
}

@test "-C: LF becomes CRLF, a CRLF stays, across every boundary" {
    start_peer recv-to received
    # Pieces end between CR and LF, after CR, and before LF.
    run_hecat 0 -C -N 127.0.0.1 "$port" < <(
        printf 'a\n'; printf 'b\r'; printf '\nc\r\n\n\nd\r'; printf 'e')
    finish_peer
    assert_equal $'a\r\nb\r\nc\r\n\r\n\r\nd\re.' "$(cat received; printf .)"
}

@test "-C: a file larger than every buffer" {
    seq 1 300000 >upload.file
    start_peer recv-to received
    run_hecat 0 -C -N 127.0.0.1 "$port" <upload.file
    finish_peer
    sed 's/$/\r/' upload.file | cmp - received
}

@test "--progress: nothing off a terminal" {
    start_peer recv-eof
    run_hecat 0 --progress -N 127.0.0.1 "$port" <<<x
    assert_equal '' "$stderr"
}

@test "--progress twice: a line with a bar for a file, erased in the end" {
    local erase=$'\r\033[K'
    truncate -s 4M upload.file
    start_peer wait go recv-eof
    start_hecat --progress --progress -N 127.0.0.1 "$port" <upload.file
    wait_for grep -qE 'sent [0-9.]+ MiB  received 0 B .*\[=* *\] [0-9]+% [0-9]+:[0-9]+ left' stderr
    touch go
    finish_hecat 0
    [[ $stderr == *"$erase" ]]
}

@test "-v: how much was moved" {
    start_peer recv-to received send reply
    run_hecat 0 -v -N 127.0.0.1 "$port" <<<question
    assert_match 'sent 9 bytes, received 5 bytes in [0-9.]+ m?s' "$stderr"
}

@test "--send-only: what comes after a burst is soon counted, too" {
    start_peer send-pattern 67633152 wait go
    start_hecat --send-only --progress --progress 127.0.0.1 "$port" </dev/null
    wait_for grep -q 'received 64.50 MiB' stderr
    touch go
    finish_hecat 0
}

has_stopped() {
    grep -q '^State:.T' "/proc/$1/status"
}

# Whoever else has the description of the pipe keeps it in the event loop, which
# is stopped until it finds both at once: the end first, and then the room.
@test "the peer's end and room in a shared pipe at once leave nothing to do" {
    open_input
    mkfifo output
    exec 8<>output 9>output
    start_peer send-pattern 100000 touch sent wait go shutdown touch ended wait over
    "$HECAT" 127.0.0.1 "$port" <input >&9 2>stderr 3>&- 7>&- 8>&- 9>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    wait_for exists sent
    wait_for is_acknowledged
    wait_for is_idle "$hecat_pid"
    kill -STOP "$hecat_pid"
    wait_for has_stopped "$hecat_pid"
    touch go
    wait_for exists ended
    head -c 65536 <&8 >stdout
    kill -CONT "$hecat_pid"
    head -c 34464 <&8 >>stdout
    wait_for is_idle "$hecat_pid"
    assert_download 100000
    touch over
    exec 7>&- 8>&- 9>&-
    finish_hecat 0
}

# What the socket takes is found out with more than it can take; 64 KiB less,
# and the end is read while much waits to be sent. The other engine reads no
# end before all is sent.
# bats test_tags=plain
@test "--no-splice -q: the end of input counts, sent or not" {
    truncate -s 64M upload.file
    start_peer wait over
    start_hecat --no-splice 127.0.0.1 "$port" <upload.file
    wait_for is_idle "$hecat_pid"
    truncate -s $(($(position "$hecat_pid" 0) - 65536)) upload.file
    start_peer wait over
    start_hecat --no-splice -q 0.3 127.0.0.1 "$port" <upload.file
    finish_hecat 5
    assert_match 'bytes of standard input were not acknowledged' "$stderr"
    touch over
}

# The program is stopped until its time is up, so that it sees only then what
# the peer took at the beginning. Counted from there it would be 4 s more.
@test "-i: what the peer took counts from when it did, not from when it is seen" {
    local begin
    has_three_tries
    open_input
    start_peer touch accepted recv 4 touch taken wait over
    start_hecat -i 4 127.0.0.1 "$port" <input
    wait_for exists accepted
    echo one >&7
    wait_for exists taken
    begin=$(now)
    kill -STOP "$hecat_pid"
    wait_for is_past $((begin + 4200))
    begin=$(now)
    kill -CONT "$hecat_pid"
    finish_hecat 8
    touch over
    assert_between 0 3900 $(($(now) - begin)) 'milliseconds'
}

@test "-i: what the peer did not take is counted, in the message and in JSON" {
    local engine
    truncate -s 64M upload.file
    for engine in '' --no-splice; do
        start_peer wait over
        # shellcheck disable=SC2086
        run_hecat 8 $engine -i 0.3 --json=report.json 127.0.0.1 "$port" <upload.file
        assert_match '\(-i\); [0-9]+ bytes of standard input were not acknowledged' "$stderr"
        jq -e '.transfer.unacked_bytes > 0' report.json >/dev/null
    done
    touch over
}
