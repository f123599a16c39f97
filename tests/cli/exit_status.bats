#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Each exit status, and what is said with it.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper

@test "0: connected, and everything was delivered" {
    start_peer send hello recv-eof
    run_hecat 0 -N 127.0.0.1 "$port" </dev/null
    assert_equal hello "$(<stdout)"
    assert_equal '' "$stderr"
    finish_peer_with 'received=0 .* end=eof$'
}

@test "0: -z connects and is silent" {
    start_peer recv-eof
    run_hecat 0 -z 127.0.0.1 "$port"
    assert_equal 0 "$(size stdout)"
    assert_equal '' "$stderr"
    finish_peer_with 'received=0 .* end=eof$'
}

@test "1: refused" {
    start_closed
    run_hecat 1 127.0.0.1 "$port"
    assert_equal "hecat: 127.0.0.1 port $port: Connection refused" "$stderr"
    assert_equal 0 "$(size stdout)"
}

@test "1: equal reasons are folded" {
    start_closed ::1 127.0.0.1
    run_hecat 1 --resolve "host:$port:::1,127.0.0.1" host "$port"
    assert_equal "hecat: host port $port: no connection
hecat:   ::1, 127.0.0.1: Connection refused" "$stderr"
}

@test "1: different reasons are told in the order of the attempts" {
    start_closed 127.0.0.1 127.0.0.2
    run_hecat 1 --address 127.0.0.1,255.255.255.255,127.0.0.2 --order resolver \
        host "$port"
    assert_equal "hecat: host port $port: no connection" "$(sed -n 1p stderr)"
    assert_match '127.0.0.1.*: Connection refused$' "$(sed -n 2p stderr)"
    assert_match '255.255.255.255.*: ' "$(sed -n 3p stderr)"
    assert_match '127.0.0.2.*: Connection refused$' "$(sed -n 4p stderr)"
    assert_equal 4 "$(wc -l <stderr)"
}

@test "1: a source address that is not ours" {
    start_peer recv-eof
    run_hecat 1 -s 192.0.2.1 -N 127.0.0.1 "$port"
    assert_match ' \(from 192.0.2.1\): Cannot assign requested address' "$stderr"
}

@test "1: -z says nothing, with -v it does" {
    start_closed
    run_hecat 1 -z 127.0.0.1 "$port"
    assert_equal '' "$stderr"
    run_hecat 1 -zv 127.0.0.1 "$port"
    assert_match 'Connection refused' "$stderr"
    assert_equal 0 "$(size stdout)"
}

@test "2: usage" {
    run_hecat 2 127.0.0.1
    assert_match '^hecat: ' "$stderr"
}

# A name with an empty label is no name: the resolver knows without asking.
@test "3: a name that does not resolve" {
    run_hecat 3 no..name 80
    assert_equal 'hecat: no..name: no such name' "$stderr"
}

@test "3: with -z, too: that is no finding about a port" {
    run_hecat 3 -z no..name 80
    assert_equal 'hecat: no..name: no such name' "$stderr"
}

@test "3: no address can be used from the source given" {
    start_peer recv-eof
    run_hecat 3 -s ::1 --address 127.0.0.1 host "$port"
    assert_match '\(127.0.0.1\): not tried: no IPv4 source was given' "$stderr"
}

@test "4: the time budget ran out" {
    local begin
    start_at '-b 127.0.0.1'
    begin=$(now)
    run_hecat 4 -w 0.3 127.0.0.1 "$port"
    assert_between 300 $((300 + SLACK)) $(($(now) - begin)) milliseconds
    assert_match 'no connection in [0-9.]+ m?s' "$stderr"
    assert_match '127.0.0.1: no answer in [0-9.]+ m?s' "$stderr"
}

@test "4 wins over 1: some refused, one did not answer" {
    start_at '-x 127.0.0.1 -b 127.0.0.2'
    run_hecat 4 -w 0.3 --order resolver --address 127.0.0.1,127.0.0.2 host "$port"
    assert_match '127.0.0.1: Connection refused' "$stderr"
    assert_match '127.0.0.2: no answer' "$stderr"
}

@test "4: with -z it says nothing" {
    start_at '-b 127.0.0.1'
    run_hecat 4 -z -w 0.1 127.0.0.1 "$port"
    assert_equal '' "$stderr"
}

@test "-w is over once connected" {
    local begin
    start_peer touch accepted wait go send late
    begin=$(now)
    start_hecat -w 1 127.0.0.1 "$port" </dev/null
    wait_for exists accepted
    wait_for is_past $((begin + 1000))
    touch go
    finish_hecat 0
    assert_equal late "$(<stdout)"
}

@test "5: the connection was reset" {
    start_peer recv 1 reset
    mkfifo input
    exec 7<>input
    echo >&7
    run_hecat 5 127.0.0.1 "$port" <input
    assert_match '^hecat: connection lost: Connection reset by peer' "$stderr"
}

@test "7: standard output is full" {
    start_peer send hello recv-eof
    full() {
        hecat -N 127.0.0.1 "$port" </dev/null >/dev/full
    }
    run_command 7 full
    assert_equal 'hecat: standard output: No space left on device, after 0 bytes' "$stderr"
}

@test "7: what standard output did not take is counted" {
    start_peer send x recv-eof
    full() {
        hecat -N -v --json=report.json 127.0.0.1 "$port" </dev/null >/dev/full
    }
    run_command 7 full
    assert_match '1 byte that was received was not written out' "$stderr"
    assert_match '"unwritten_bytes": 1' "$(<report.json)"
}

# on_small_disk MIB COMMAND...: runs it with its output on a file system of that
# size; what got there is in the file written.
on_small_disk() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare -Urm sh -c 'mkdir -p disk && mount -t tmpfs -o "size=$1M" none disk || exit
        shift
        status=0
        "$@" >disk/output || status=$?
        cat disk/output >written
        exit "$status"' sh "$@"
}

@test "7: the file system of standard output gets full" {
    needs on_small_disk 1 true
    start_peer send-pattern 8M recv-eof
    run_command 7 on_small_disk 1 timeout -k 1 "$DEADLINE" "$HECAT" \
        -N 127.0.0.1 "$port" </dev/null
    assert_equal 'hecat: standard output: No space left on device, after 1048576 bytes' "$stderr"
    assert_download $((1 << 20)) written
}

@test "7: standard output is a file that may not grow any more" {
    limited() {
        (
            ulimit -f 100
            trap '' XFSZ
            hecat -N 127.0.0.1 "$port" </dev/null
        )
    }
    start_peer send-pattern 1M recv-eof
    run_command 7 limited
    assert_equal 'hecat: standard output: File too large, after 102400 bytes' "$stderr"
    assert_download $((100 * 1024))
}

# closing_fails COMMAND...: runs it with its output in the file written, whose
# close fails, as one may whose last bytes went over a network. The leak
# sanitizer cannot be traced.
closing_fails() {
    ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -P "$tmp/written" -e trace=close \
        -e inject=close:error=EDQUOT:when=1 "$@" >written
}

@test "7: closing standard output fails" {
    needs closing_fails sh -c :
    start_peer send hello recv-eof
    run_command 7 closing_fails "$HECAT" -N 127.0.0.1 "$port" </dev/null
    assert_equal 'hecat: standard output: Disk quota exceeded, after 5 bytes' "$stderr"
    assert_equal hello "$(<written)"
}

# A FIN would make a whole of what the peer has.
@test "7: standard input fails, and the peer gets a reset" {
    local option
    for option in '' -N --send-only '-q 0'; do
        start_peer recv-eof
        # shellcheck disable=SC2086 # none is none
        run_hecat 7 $option 127.0.0.1 "$port" <"$tmp"
        assert_equal 'hecat: standard input: Is a directory, after 0 bytes' "$stderr" "$option"
        finish_peer_with 'received=0 .* end=reset$'
    done
}

@test "7: standard input fails after the peer has ended: it gets a reset" {
    start_peer send hello shutdown recv-eof
    run_hecat 7 127.0.0.1 "$port" <"$tmp"
    finish_peer_with 'received=0 .* end=reset$'
}

# The memory of a process is a file that fails behind the end of the stack. What
# is reported is what was sent, whatever was read.
@test "7: standard input fails after some of it" {
    local end received
    end=$(sed -n 's/^[0-9a-f]*-\([0-9a-f]*\) .*\[stack\]$/\1/p' "/proc/$BASHPID/maps")
    exec 8<"/proc/$BASHPID/mem"
    dd bs=4096 skip=$((0x$end / 4096 - 3)) count=0 <&8 2>dd.log
    start_peer recv-eof 8<&-
    run_hecat 7 -N 127.0.0.1 "$port" <&8 8<&-
    finish_peer
    received=${report#*received=} received=${received%% *}
    assert_equal "hecat: standard input: Input/output error, after $received bytes" \
        "$stderr"
    assert_between 4096 12288 "$received" bytes
    assert_match ' end=reset$' "$report"
}

@test "7: --help and --version on a full device" {
    full() {
        hecat "$1" >/dev/full
    }
    run_command 7 full --help
    run_command 7 full --version
}

@test "141: nobody reads standard output, and nothing is said of it" {
    start_peer send-pattern 64M
    first() {
        set -o pipefail
        fdrun -p pid "$HECAT" 127.0.0.1 "$port" </dev/null | read_until_stalled 10
    }
    run_command 141 first
    assert_equal 'fdrun: killed by signal 13' "$stderr"
    assert_equal 10 "$(size stdout)"
}

@test "141: nobody reads --help" {
    unread() {
        set -o pipefail
        { wait_for exists gone; hecat --help; } | { exec <&-; touch gone; }
    }
    run_command 141 unread
    assert_equal '' "$stderr"
}

@test "141: nobody reads a report on standard output, and nothing is said of it" {
    local mode
    start_peer -k 0 close
    unread() {
        set -o pipefail
        { wait_for exists gone; hecat "$@"; } | { exec <&-; touch gone; }
    }
    for mode in '-z -t' '-z --json' '--probe=1' '--probe=1 --json'; do
        # shellcheck disable=SC2086
        run_command 141 unread $mode 127.0.0.1 "$port"
        assert_equal '' "$stderr" "$mode"
        rm gone
    done
}

@test "7: a text, and what it is to be written to was closed from the start" {
    local mode
    start_peer -k 0 close
    without_output() {
        hecat "$@" >&-
    }
    without_error() {
        hecat "$@" 2>&-
    }
    for mode in '-z --json' '-z -t' '--probe=1'; do
        # shellcheck disable=SC2086
        run_command 7 without_output $mode 127.0.0.1 "$port"
        assert_equal 'hecat: standard output: Bad file descriptor' "$stderr" "$mode"
    done
    run_command 7 without_output --help
    run_command 7 without_output --version
    run_command 7 without_error -t -N 127.0.0.1 "$port"
    assert_equal '' "$(<stdout)"
}

@test "141 is death by SIGPIPE" {
    start_peer send-pattern 64M
    first() {
        set -o pipefail
        fdrun -p pid "$HECAT" -v 127.0.0.1 "$port" </dev/null | read_until_stalled 10
    }
    run_command 141 first
    assert_match 'killed by signal 13' "$stderr"
}

@test "141 also where SIGPIPE was ignored before" {
    start_peer send-pattern 64M
    first() {
        set -o pipefail
        (trap '' PIPE; fdrun -p pid "$HECAT" 127.0.0.1 "$port" </dev/null) |
            read_until_stalled 10
    }
    run_command 141 first
    assert_equal 'fdrun: killed by signal 13' "$stderr"
}

@test "death by a signal stays death by that signal" {
    local signal number
    for signal in INT:2 TERM:15 HUP:1; do
        number=${signal#*:}
        start_at '-b 127.0.0.1'
        fdrun -p pid "$HECAT" 127.0.0.1 "$port" </dev/null 2>stderr 3>&- &
        started+=($!)
        wait_for exists pid
        wait_for is_connecting "$(<pid)"
        kill "-${signal%:*}" "$(<pid)"
        finish "${started[-1]}"
        assert_equal $((128 + number)) "$status"
        assert_match "killed by signal $number" "$(<stderr)"
        rm pid
    done
}

@test "death by a signal while relaying, with and without a report of it" {
    local signal number verbose go
    for signal in INT:2 TERM:15 HUP:1; do
        for verbose in '' -v; do
            number=${signal#*:}
            # One for each: what waits for it may not have seen it yet when the
            # next begins.
            go=go.$number$verbose
            start_peer send hello recv-eof
            # shellcheck disable=SC2086 # none is none
            fdrun -p pid "$HECAT" $verbose -N 127.0.0.1 "$port" \
                < <(wait_for exists "$go") >stdout 2>stderr 3>&- &
            started+=($!)
            wait_for exists pid
            wait_for holds stdout hello
            kill "-${signal%:*}" "$(<pid)"
            finish "${started[-1]}"
            touch "$go"
            assert_equal $((128 + number)) "$status"
            assert_match "killed by signal $number" "$(<stderr)"
            assert_equal "${verbose:+1}" "$(grep -cE \
                '^hecat: sent 0 bytes, received 5 bytes in ' stderr | sed s/0//)"
            finish_peer_with 'received=0 '
            rm pid stdout
        done
    done
}
