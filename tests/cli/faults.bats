#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# System calls that the kernel refuses, as profiles of containers do: the plain
# way goes on. All of it is `make faults`; a fixed part of that is here.

# Variables come from the helper.
# shellcheck disable=SC2154
load helper

: "${FAULTS:=$top/build/tests/faults}" "${SCRIPTED_NET:=$top/build/tests/scripted-net/scripted-net}"

# refused ERRNO CALLS ARGUMENT...: the program without these calls.
refused() {
    timeout -k 1 "$DEADLINE" "$FAULTS/refuse" "$1" "$2" "$HECAT" "${@:3}"
}

# not_sanitized: a sanitizer has memory and system calls of its own.
not_sanitized() {
    ! is_sanitized || skip 'not with a sanitizer'
}

@test "what is called is known to the fault matrix" {
    [[ $HECAT != */build/coverage/* ]] || skip 'what counts calls more'
    not_sanitized
    run -0 "$top/tests/faults/covered" "$HECAT_PROGRAM" "$FAULTS/fault.so"
}

@test "refused: splice and sendfile, both ways, through files, pipes and sockets" {
    not_sanitized
    local error
    pattern upload 1M >input
    for error in EPERM ENOSYS EACCES ENOMEM; do
        start_peer exchange 1M
        run_command 0 refused "$error" splice,sendfile --zero-copy 127.0.0.1 \
            "$port" <input
        assert_download 1048576
        finish_peer_with 'received=1048576 pattern=yes'
        start_peer exchange 1M
        pattern upload 1M |
            refused "$error" splice,sendfile 127.0.0.1 "$port" | cat >piped
        assert_download 1048576 piped
        finish_peer_with 'received=1048576 pattern=yes'
    done
}

@test "refused: each part of epoll, and timerfd, with either engine" {
    not_sanitized
    local error calls engine
    for calls in epoll_create1 epoll_ctl epoll_wait,epoll_pwait \
        timerfd_create,timerfd_settime; do
        for error in EPERM ENOSYS ENOMEM; do
            for engine in '' --no-splice; do
                start_peer exchange 300000
                pattern upload 300000 |
                    refused "$error" "$calls" ${engine:+"$engine"} 127.0.0.1 \
                        "$port" >stdout
                assert_download 300000
                finish_peer_with 'received=300000 pattern=yes'
            done
        done
    done
}

@test "refused: pipe2, eventfd, statx and getrandom, with a lookup" {
    not_sanitized
    local error
    for error in EPERM ENOSYS EACCES; do
        start_peer exchange 1000
        pattern upload 1000 | refused "$error" pipe2,eventfd2,statx,getrandom \
            -4 localhost "$port" >stdout
        assert_download 1000
        finish_peer_with 'received=1000 pattern=yes'
    done
}

@test "no more can be watched: an error, never success, with either engine" {
    not_sanitized
    local k engine
    for engine in '' --no-splice; do
        for k in 1 2 3 4 5 6 7 8; do
            start_peer_at '-a 127.0.0.1 -t 20' exchange 1000
            status=0
            pattern upload 1000 | timeout -k 1 "$DEADLINE" env \
                LD_PRELOAD="$FAULTS/fault.so" FAULT="epoll_ctl:$k+:28" \
                "$HECAT" ${engine:+"$engine"} 127.0.0.1 "$port" \
                >stdout 2>stderr || status=$?
            kill "$peer_pid" 2>/dev/null || true
            [[ $status == 70 ]] || {
                assert_equal 0 "$status" "status with epoll_ctl $k"
                assert_download 1000
            }
        done
    done
}

@test "the event loop fails: 70, with libevent's own words" {
    not_sanitized
    start_peer_at '-a 127.0.0.1' close
    run_command 70 env LD_PRELOAD="$FAULTS/fault.so" FAULT=epoll_wait:3:22 \
        "$HECAT" 127.0.0.1 "$port" </dev/null
    assert_match '^hecat: the event loop failed: epoll_wait: Invalid argument$' \
        "$stderr"
}

@test "out of memory or descriptors: 70, and the words say so" {
    not_sanitized
    local fault
    start_at '-x 127.0.0.1'
    for fault in malloc:3+:12 calloc:5+:12 socket:1+:24 socket:1+:23 socket:1+:12; do
        run_command 70 env LD_PRELOAD="$FAULTS/fault.so" FAULT="$fault" \
            "$HECAT" 127.0.0.1 "$port" </dev/null
        assert_match '^hecat: .*(memory|Too many open files)' "$stderr"
    done
}

@test "a fixed part of the fault matrix" {
    not_sanitized
    needs "$SCRIPTED_NET" -- true
    run timeout -k 1 300 "$FAULTS/matrix" --part 61
    [[ $status == 0 ]] || fail "$output"
}

@test "a lookup of IPv6 alone that cannot be begun: 70, connecting and probing" {
    not_sanitized
    local mode
    for mode in '' '--probe=1'; do
        # shellcheck disable=SC2086
        run_command 70 env LD_PRELOAD="$FAULTS/fault.so" FAULT=eventfd:1+:23 \
            timeout -k 1 "$DEADLINE" "$HECAT" $mode -6 localhost 1 </dev/null
        assert_match 'Too many open files in system' "$stderr" "$mode"
    done
}

# fails CALL:K:ERRNO ARGUMENT...: the program with this fault.
fails() {
    timeout -k 1 "$DEADLINE" env LD_PRELOAD="$FAULTS/fault.so" FAULT="$1" \
        "$HECAT" "${@:2}"
}

# ENOTCONN is 107, ENOBUFS 105, ENOMEM 12.
@test "shutdown(2) fails: the peer gets a reset, no wait for an end without end" {
    not_sanitized
    local engine
    for engine in '' --no-splice; do
        start_peer send hello recv-eof
        run_command 5 fails shutdown:1:107 ${engine:+"$engine"} -N 127.0.0.1 \
            "$port" <<<question
        assert_match '^hecat: connection lost: ' "$stderr"
        finish_peer_with 'end=reset$'
        start_peer recv-eof
        run_command 70 fails shutdown:1:105 ${engine:+"$engine"} -N 127.0.0.1 \
            "$port" <<<question
        assert_match '^hecat: cannot relay: No buffer space' "$stderr"
        finish_peer_with 'end=reset$'
    done
}

@test "sending fails over a connection that lives: the peer gets a reset" {
    not_sanitized
    pattern upload 1M >input
    start_peer recv-eof
    run_command 70 fails send:3:12 127.0.0.1 "$port" <input
    assert_match '^hecat: cannot relay: Cannot allocate memory' "$stderr"
    finish_peer_with 'end=reset$'
}

# A FIN would make a whole of the part that the peer has.
@test "sending fails when the peer has ended: it gets a reset" {
    not_sanitized
    start_peer shutdown touch ended recv-eof
    run_command 70 fails send:1:12 127.0.0.1 "$port" \
        < <(wait_for exists ended; echo question)
    assert_match '^hecat: cannot relay: Cannot allocate memory' "$stderr"
    finish_peer_with 'received=0 .* end=reset$'
}

# The peer is not to take the part that it has for all there is.
@test "sending fails with an error that is not of this machine: a reset, and 5" {
    not_sanitized
    local engine
    pattern upload 1M >input
    for engine in send: writev:--no-splice; do
        start_peer recv-eof
        # shellcheck disable=SC2086 # none is none
        run_command 5 fails "${engine%:*}:2+:5" ${engine#*:} 127.0.0.1 "$port" <input
        assert_match '^hecat: connection lost: Input/output error; [0-9]+ bytes of standard input were not acknowledged$' \
            "$stderr" "$engine"
        finish_peer_with 'pattern=yes .* end=reset$'
    done
}

@test "sending fails at once: all that was read is counted as not acknowledged" {
    not_sanitized
    local engine
    pattern upload 1M >input
    for engine in send: writev:--no-splice; do
        start_peer recv-eof
        exec 8<input
        # shellcheck disable=SC2086 # none is none
        run_command 5 fails "${engine%:*}:1+:5" ${engine#*:} 127.0.0.1 "$port" <&8
        assert_equal "hecat: connection lost: Input/output error; $(position "$BASHPID" 8) bytes of standard input were not acknowledged" \
            "$stderr" "$engine"
        exec 8<&-
        finish_peer_with 'received=0 .* end=reset$'
    done
}

# What was read before is delivered, however slow the peer is, and then the
# connection is reset.
@test "reading fails midway: the peer gets what was read, and a reset" {
    not_sanitized
    local engine received
    pattern upload 1M >input
    for engine in '' --no-splice; do
        start_peer pace 8192 5 recv-eof
        # shellcheck disable=SC2086 # none is none
        run_command 7 fails read:3:5 $engine 127.0.0.1 "$port" <input
        finish_peer_with 'pattern=yes .* end=reset$'
        received=${report#*received=} received=${received%% *}
        assert_between 65536 1048575 "$received" "$engine"
        assert_equal "hecat: standard input: Input/output error, after $received bytes" \
            "$stderr" "$engine"
    done
}

# Nor is the peer to take for the whole what came before the relay itself failed.
@test "the relay fails before input has ended: 70, and the peer gets a reset" {
    not_sanitized
    local fault
    for fault in 'bufferevent_write:3:12 --no-splice' epoll_wait:9:22 \
        'epoll_wait:9:22 --no-splice'; do
        start_peer recv-eof
        # shellcheck disable=SC2086 # an option may follow
        run_command 70 fails $fault 127.0.0.1 "$port" < <(yes)
        finish_peer_with ' end=reset$'
    done
}
