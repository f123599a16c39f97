#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Nobody reads what the program reports: that is never in the way of a signal, a
# time limit or the relay.

# Variables come from the helper.
# shellcheck disable=SC2154
load helper

# Descriptor 8 is a pipe that is full: descriptor 7 holds its other end.
open_full_pipe() {
    mkfifo full
    exec 7<>full 8>full
    dd if=/dev/zero of=full bs=4096 oflag=nonblock conv=notrunc status=none 2>/dev/null || true
    dd if=/dev/zero of=full bs=1 oflag=nonblock conv=notrunc status=none 2>/dev/null || true
}

# unread ARGUMENT...: starts the program with its standard error in that pipe.
unread() {
    "$HECAT" "$@" <&0 >stdout 2>&8 3>&- 7>&- 8>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
}

@test "nobody reads standard error: each signal ends it, whatever is reported" {
    local signal reports
    open_full_pipe
    start_at '-b 127.0.0.1'
    for reports in -vv -t '--chart -v' --json '-v -t --chart --json'; do
        for signal in TERM INT HUP; do
            read -ra options <<<"$reports"
            (
                trap - INT
                exec "$HECAT" "${options[@]}" 127.0.0.1 "$port" \
                    </dev/null >stdout 2>&8 3>&- 7>&- 8>&-
            ) &
            hecat_pid=$!
            started+=("$hecat_pid")
            wait_for is_connecting "$hecat_pid"
            wait_for is_idle "$hecat_pid"
            kill -s "$signal" "$hecat_pid"
            finish "$hecat_pid"
            assert_equal $((128 + $(kill -l "$signal"))) "$status" "$reports, $signal"
        done
    done
}

@test "nobody reads standard error: -w is kept" {
    open_full_pipe
    start_at '-b 127.0.0.1'
    unread -vv -t --json -w 0.2 127.0.0.1 "$port"
    finish "$hecat_pid"
    assert_equal 4 "$status"
}

@test "nobody reads standard error: what was to be reported there is lost, with status 7" {
    open_full_pipe
    start_peer close
    unread -t 127.0.0.1 "$port" </dev/null
    finish "$hecat_pid"
    assert_equal 7 "$status"
    finish_peer
}

@test "nobody reads standard error: --progress and -vv do not stand the relay still" {
    open_full_pipe
    start_peer exchange 8M
    pattern upload 8M >input
    unread --progress --progress -vv 127.0.0.1 "$port" <input
    finish "$hecat_pid"
    assert_equal 0 "$status"
    assert_download 8388608
    finish_peer_with 'received=8388608 pattern=yes'
}

@test "a probe that nobody reads is ended by a signal" {
    open_full_pipe
    start_at '-b 127.0.0.1'
    "$HECAT" --probe 127.0.0.1 "$port" </dev/null >&8 2>&8 3>&- 7>&- 8>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    wait_for is_connecting "$hecat_pid"
    kill -TERM "$hecat_pid"
    finish "$hecat_pid"
    assert_equal 143 "$status"
}

@test "a second signal ends it at once, while the report of the first is on its way" {
    start_at '-b 127.0.0.1'
    open_full_pipe
    unread -vv 127.0.0.1 "$port" </dev/null
    wait_for is_connecting "$hecat_pid"
    kill -HUP "$hecat_pid"
    kill -TERM "$hecat_pid"
    finish "$hecat_pid"
    [[ $status == 129 || $status == 143 ]]
}

@test "a report has no place when its descriptor is closed: status 7, before anything is sent" {
    start_peer close
    status=0
    "$HECAT" -z --json 127.0.0.1 "$port" >&- 2>stderr || status=$?
    assert_equal 7 "$status"
    assert_equal 'hecat: standard output: Bad file descriptor' "$(<stderr)"
    status=0
    "$HECAT" -t 127.0.0.1 "$port" </dev/null >stdout 2>&- || status=$?
    assert_equal 7 "$status"
    status=0
    "$HECAT" --version >&- 2>stderr || status=$?
    assert_equal 7 "$status"
}
