#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Every kind of standard stream, each left as it was found. fdrun ends with 99
# when the status flags of a stream or the settings of a terminal have changed
# at any time, and with 98 when the program was stopped.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper

# echo_through STATUS COMMAND...: what goes in has to come back from an echo;
# the command is run with the address of the peer.
echo_through() {
    start_peer echo
    run_command 0 "$@" "$HECAT" -N 127.0.0.1 "$port"
    finish_peer_with 'end=eof$'
}

# without_proc COMMAND...: runs it where /proc is empty, so that no stream can be
# opened anew.
without_proc() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare -Urm sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"
}

@test "input: a regular file" {
    pattern upload 3M >input
    start_peer recv-eof
    run_command 0 fdrun "$HECAT" -N 127.0.0.1 "$port" <input
    finish_peer_with "received=$((3 << 20)) pattern=yes "
}

@test "input: a regular file from where it stands" {
    printf 'one\ntwo\nthree\n' >input
    start_peer recv-to received
    {
        read -r _
        run_hecat 0 -N 127.0.0.1 "$port"
    } <input
    finish_peer
    assert_equal $'two\nthree' "$(<received)"
}

@test "input: an empty file and /dev/null" {
    : >input
    local input
    for input in input /dev/null; do
        start_peer recv-eof
        run_command 0 fdrun "$HECAT" -N 127.0.0.1 "$port" <"$input"
        finish_peer_with 'received=0 .* end=eof$'
    done
}

@test "input: a device that never ends" {
    start_peer recv 1M reset
    run_command 5 fdrun "$HECAT" 127.0.0.1 "$port" </dev/zero
    finish_peer_with 'received=1048576 pattern=no '
}

@test "input: a pipe" {
    start_peer recv-eof
    run_command 0 fdrun "$HECAT" -N 127.0.0.1 "$port" < <(pattern upload 3M)
    finish_peer_with "received=$((3 << 20)) pattern=yes .* end=eof\$"
}

@test "input: a pipe that is filled by the byte" {
    slowly() {
        local i
        for ((i = 0; i < 2000; i++)); do
            printf .
        done
    }
    start_peer recv-to received
    run_hecat 0 -N 127.0.0.1 "$port" < <(slowly)
    finish_peer_with 'received=2000 .* end=eof$'
}

@test "input: a socket" {
    start_peer recv-eof
    run_command 0 fdrun -i socket "$HECAT" -N 127.0.0.1 "$port" < <(pattern upload 3M)
    finish_peer_with "received=$((3 << 20)) pattern=yes .* end=eof\$"
}

@test "input: a terminal, to its ^D" {
    start_peer recv-to received send bye
    run_command 0 fdrun -i pty "$HECAT" -N 127.0.0.1 "$port" < <(printf 'one\ntwo\n')
    finish_peer
    assert_equal $'one\ntwo' "$(<received)"
    assert_equal bye "$(<stdout)"
}

@test "input: a terminal, and the peer ends first: we leave" {
    start_peer recv 6 send bye close
    run_command 0 fdrun -k -i pty "$HECAT" 127.0.0.1 "$port" < <(echo hello)
    finish_peer_with 'received=6 '
    assert_equal bye "$(<stdout)"
}

@test "input: closed" {
    start_peer send hello recv-eof
    run_command 0 fdrun -c 0 "$HECAT" -N 127.0.0.1 "$port"
    assert_equal hello "$(<stdout)"
    finish_peer_with 'received=0 .* end=eof$'
}

@test "output: a regular file" {
    start_peer send-pattern 3M
    run_command 0 fdrun "$HECAT" 127.0.0.1 "$port" </dev/null
    assert_download $((3 << 20))
}

@test "output: /dev/null" {
    discard() {
        fdrun "$HECAT" -N 127.0.0.1 "$port" </dev/null >/dev/null
    }
    start_peer send-pattern 3M recv-eof
    run_command 0 discard
    finish_peer_with "sent=$((3 << 20)) "
}

@test "output: a pipe" {
    through() {
        set -o pipefail
        fdrun "$HECAT" 127.0.0.1 "$port" </dev/null | cat
    }
    start_peer send-pattern 3M
    run_command 0 through
    assert_download $((3 << 20))
}

@test "output: a socket" {
    start_peer send-pattern 3M
    run_command 0 fdrun -o socket "$HECAT" 127.0.0.1 "$port" </dev/null
    assert_download $((3 << 20))
}

@test "output: a terminal" {
    start_peer send-pattern 300k
    run_command 0 fdrun -o pty "$HECAT" 127.0.0.1 "$port" </dev/null
    assert_download $((300 << 10))
}

@test "output: closed" {
    start_peer send-pattern 100k recv-eof
    run_command 0 fdrun -c 1 "$HECAT" -N 127.0.0.1 "$port" </dev/null
    finish_peer_with "received=0 .* sent=$((100 << 10)) end=eof\$"
}

@test "output: after what is there already" {
    group() {
        echo before
        "$HECAT" 127.0.0.1 "$port" </dev/null
        echo after
    }
    start_peer send $'hello\n'
    run_command 0 group
    assert_equal $'before\nhello\nafter' "$(<stdout)"
}

@test "output: a file in append mode" {
    append() {
        fdrun "$HECAT" 127.0.0.1 "$port" </dev/null >>output
    }
    echo before >output
    start_peer send $'hello\n'
    run_command 0 append
    assert_equal $'before\nhello' "$(<output)"
    pattern download 2M >output
    cp output expected
    start_peer send-pattern 2M
    run_command 0 append
    pattern download 2M >>expected
    cmp expected output
}

# Bytes that no message has.
marks=('#' '%' '&' '+' '=' '@' '_' '~' '^')

# write_together [OPTION...]: eight of them and another program write one file at
# a time, each 1 MiB of a mark of its own, which an echo sends back.
write_together() {
    local i pids=()
    for ((i = 0; i < 8; i++)); do
        "$HECAT" "$@" -N 127.0.0.1 "${ports[i]}" <"input.$i" 3>&- &
        pids+=($!)
    done
    tr x x < <(cat input.8) 3>&- &
    for i in "${pids[@]}" $!; do
        wait "$i" || return
    done
}

# assert_whole FILE: all that was written is there, once.
assert_whole() {
    local mark
    for mark in "${marks[@]}"; do
        assert_equal 1048576 "$(tr -cd "$mark" <"$1" | wc -c)" \
            "bytes of $mark in $1" || return
    done
}

# SHARED_ROUNDS is how often; more of them find what is rare.
# bats test_tags=plain
@test "output: a file that several processes write has all of it" {
    append() {
        write_together -v >>appended 2>&1
    }
    local i round ports=()
    for i in "${!marks[@]}"; do
        head -c 1M /dev/zero | tr '\0' "${marks[i]}" >"input.$i"
    done
    for ((round = 0; round < ${SHARED_ROUNDS:-2}; round++)); do
        for ((i = 0; i < 8; i++)); do
            start_peer -k 2 echo
            ports[i]=$port
        done
        run_command 0 write_together
        assert_equal $((9 << 20)) "$(size stdout)" size
        assert_whole stdout
        # Its messages go there, too.
        rm -f appended
        run_command 0 append
        assert_equal 8 "$(grep -aoF 'hecat: sent 1048576 bytes' appended | wc -l)"
        assert_whole appended
    done
}

# Prints how much the FIFO on descriptor 7 holds.
pipe_size() {
    "$TEST_TOOLS/pipe_size" <&7
}

# Whether it is enlarged, which the portable engine never does.
is_enlarged() {
    [[ ${HECAT##*/} == no-splice ]] || (($(pipe_size) > 65536))
}

# end_by HOW: ends the program by the end of the peer or by a signal.
end_by() {
    wait_for is_enlarged || return
    if [[ $1 == eof ]]; then
        touch go
    else
        kill "-$1" "$hecat_pid"
    fi
    finish "$hecat_pid"
    assert_equal 65536 "$(pipe_size)" "size after $1" || return
    touch go
    finish_peer
}

@test "output: a pipe has its size again when the program has gone" {
    local end
    mkfifo output
    exec 7<>output
    assert_equal 65536 "$(pipe_size)"
    for end in eof TERM; do
        rm -f go
        start_peer send-pattern 1M wait go
        "$HECAT" -N 127.0.0.1 "$port" </dev/null >output 2>stderr 3>&- 7>&- &
        hecat_pid=$!
        started+=("$hecat_pid")
        timeout "$DEADLINE" head -c 1M <&7 >stdout
        assert_download $((1 << 20))
        end_by "$end"
    done
    exec 7>&-
}

@test "input: a pipe has its size again when the program has gone" {
    local end
    mkfifo input
    exec 7<>input
    for end in eof TERM; do
        rm -f go all
        start_peer recv 1M touch all wait go close
        start_hecat --exit-on-peer-eof 127.0.0.1 "$port" <input
        pattern upload 1M >&7
        wait_for exists all
        end_by "$end"
    done
    exec 7>&-
}

@test "output: a pipe whose reader has gone before" {
    gone() {
        set -o pipefail
        { wait_for exists gone; hecat -N 127.0.0.1 "$port" </dev/null; } |
            { exec <&-; touch gone; }
    }
    start_peer recv-eof
    run_command 0 gone
    assert_equal '' "$stderr"
    finish_peer_with 'received=0 .* end=eof$'
}

@test "output: a socket whose reader goes" {
    gone() {
        set -o pipefail
        fdrun -o socket -p pid "$HECAT" 127.0.0.1 "$port" </dev/null | read_until_stalled 10
    }
    start_peer send-pattern 64M
    run_command 141 gone
    assert_equal 10 "$(size stdout)"
}

@test "both: one socket, as from inetd" {
    echo_through fdrun -b socket < <(pattern upload 2M)
    "$TEST_TOOLS/pattern" check upload <stdout >checked
    assert_equal "$((2 << 20)) intact" "$(<checked)"
}

@test "both: one socket, and its other end sees the end of the peer" {
    mkfifo input output
    exec 7<>input
    start_peer send bye shutdown recv-eof
    "$TEST_TOOLS/fdrun" -b socket "$HECAT" -N 127.0.0.1 "$port" \
        <input >output 3>&- 7>&- &
    started+=($!)
    timeout "$DEADLINE" cat output >stdout
    assert_equal bye "$(<stdout)"
    is_running "${started[-1]}"
    echo late >&7
    exec 7>&-
    finish "${started[-1]}"
    assert_equal 0 "$status"
    finish_peer_with 'received=5 .* end=eof$'
}

@test "both: one socket whose other end goes, and a peer that stays silent" {
    start_peer recv-eof
    run_command 0 fdrun -b socket -H "$HECAT" --no-shutdown 127.0.0.1 "$port" <<<question
    finish_peer_with 'received=9 '
}

@test "both: one terminal" {
    echo_through fdrun -b pty < <(printf 'one\ntwo\n')
    assert_equal $'one\ntwo' "$(<stdout)"
}

@test "both: closed" {
    start_peer send hello recv-eof
    run_command 0 fdrun -c 0 -c 1 "$HECAT" -N 127.0.0.1 "$port"
    finish_peer_with 'received=0 .* sent=5 end=eof$'
}

@test "standard error closed: no message gets into the connection" {
    start_peer send hello recv-eof
    run_command 0 fdrun -c 2 "$HECAT" -vv -N 127.0.0.1 "$port" </dev/null
    assert_equal hello "$(<stdout)"
    finish_peer_with 'received=0 .* end=eof$'
}

@test "all closed: nothing gets into the connection" {
    start_peer send hello recv-eof
    run_command 0 fdrun -c 0 -c 1 -c 2 "$HECAT" -vv -N 127.0.0.1 "$port"
    finish_peer_with 'received=0 .* sent=5 end=eof$'
    start_closed
    run_command 1 fdrun -c 0 -c 1 -c 2 "$HECAT" -vv -N 127.0.0.1 "$port"
}

@test "O_NONBLOCK set before on pipes" {
    through() {
        set -o pipefail
        { pattern upload 2M; sleep 0.05; pattern upload 1; } |
            fdrun -n 0 -n 1 "$HECAT" -N 127.0.0.1 "$port" | {
            head -c 1000
            sleep 0.05
            cat
        }
    }
    start_peer exchange 2M
    run_command 0 through
    assert_download $((2 << 20))
    finish_peer_with "received=$(((2 << 20) + 1)) "
}

@test "O_NONBLOCK set before on sockets" {
    start_peer exchange 2M
    run_command 0 fdrun -n 0 -n 1 -b socket "$HECAT" -N 127.0.0.1 "$port" \
        < <(pattern upload 2M)
    assert_download $((2 << 20))
    finish_peer_with "received=$((2 << 20)) pattern=yes "
}

@test "O_NONBLOCK set before on a terminal" {
    echo_through fdrun -n 0 -n 1 -b pty < <(printf 'one\ntwo\n')
    assert_equal $'one\ntwo' "$(<stdout)"
}

@test "streams that cannot be opened anew: pipes" {
    ! is_sanitized || skip 'a sanitizer needs /proc'
    needs without_proc true
    through() {
        set -o pipefail
        pattern upload 2M | without_proc "$TEST_TOOLS/fdrun" "$HECAT" -N 127.0.0.1 "$port" | {
            head -c 1000
            sleep 0.05
            cat
        }
    }
    start_peer exchange 2M
    # The network of the peer is ours too: only the mounts are apart.
    run_command 0 through
    assert_download $((2 << 20))
    finish_peer_with "received=$((2 << 20)) pattern=yes "
}

@test "streams that cannot be opened anew: a terminal" {
    ! is_sanitized || skip 'a sanitizer needs /proc'
    needs without_proc true
    start_peer echo
    run_command 0 without_proc "$TEST_TOOLS/fdrun" -b pty "$HECAT" -N 127.0.0.1 "$port" \
        < <(printf 'one\ntwo\n')
    assert_equal $'one\ntwo' "$(<stdout)"
}

@test "kill -9 in mid-transfer leaves pipes as they were" {
    local kind
    mkfifo input
    exec 7<>input
    for kind in pipe socket pty; do
        killed "$kind" <input
    done
    exec 7>&-
}

# killed KIND: runs with streams of that kind and is killed while it relays.
killed() {
    local options=(-k -p pid)
    [[ $1 == pipe ]] || options+=(-b "$1")
    start_peer touch accepted echo
    "$TEST_TOOLS/fdrun" "${options[@]}" "$HECAT" -N 127.0.0.1 "$port" \
        <&0 2>stderr 3>&- 7>&- > >(cat >output) &
    started+=($!)
    wait_for exists accepted
    wait_for exists pid
    echo "$1" >&7
    wait_for holds output "$1"
    kill -KILL "$(<pid)"
    finish "${started[-1]}"
    assert_equal 137 "$status" "status with a $1"
    rm accepted pid output
}

@test "a background job with a terminal as input is not stopped" {
    start_peer send hello recv-to received
    "$TEST_TOOLS/fdrun" -i pty -B fg "$HECAT" -N 127.0.0.1 "$port" \
        <<<typed >stdout 2>stderr 3>&- &
    started+=($!)
    # It receives meanwhile, and reads once it is in the foreground.
    wait_for holds stdout hello
    is_running "${started[-1]}"
    touch fg
    finish "${started[-1]}"
    check_status 0 fdrun
    finish_peer_with 'received=6 .* end=eof$'
    assert_equal typed "$(<received)"
}

@test "a background job leaves when the peer does" {
    start_peer send hello
    run_command 0 fdrun -k -i pty -B never "$HECAT" 127.0.0.1 "$port" </dev/null
    assert_equal hello "$(<stdout)"
}

@test "as a background job of a shell without job control" {
    background() {
        "$HECAT" -N 127.0.0.1 "$port" &
        wait $!
    }
    start_peer send hello recv-eof
    run_command 0 background
    assert_equal hello "$(<stdout)"
    finish_peer_with 'received=0 .* end=eof$'
}

# start_job 'FDRUN-OPTION...' ARGUMENT...: starts the program as a job that may be
# stopped.
start_job() {
    local options
    read -ra options <<<"$1"
    shift
    mkdir job
    "$TEST_TOOLS/fdrun" -J job -p pid "${options[@]}" "$HECAT" "$@" \
        <&0 2>stderr 3>&- 7>&- 8>&- &
    job=$!
    started+=("$job")
    wait_for exists pid
    hecat_pid=$(<pid)
}

# start_typed_job ...: the same, with what is written to descriptor 7 as input.
start_typed_job() {
    mkfifo input
    exec 7<>input
    start_job "$@" <input >stdout
}

# stop_job: as a shell's kill does it; ^Z loses what is typed.
stop_job() {
    kill -TSTP "$hecat_pid"
    wait_for exists job/stopped
}

# continue_job {fg,bg}
continue_job() {
    touch "job/$1"
    wait_for is_gone "job/$1"
}

is_gone() {
    [[ ! -e $1 ]]
}

# runs: prints how often the program has been waiting.
runs() {
    awk '$1 == "voluntary_ctxt_switches:" { print $2 }' "/proc/$hecat_pid/status"
}

# has_run_since RUNS TIMES
has_run_since() {
    (($(runs) >= $1 + $2))
}

# finish_job STATUS
finish_job() {
    finish "$job" && check_status "$1" fdrun
}

@test "a job that is stopped in mid-transfer and goes on loses nothing either way" {
    mkfifo output
    exec 8<>output
    # The peer sends until nobody takes it, and reads when all of it is sent.
    start_peer send-pattern 64M recv-eof
    start_job '' -N 127.0.0.1 "$port" < <(pattern upload 16M) >output 8>&-
    wait_for is_stalled
    stop_job
    exec 9<output 8>&-
    "$TEST_TOOLS/pattern" check download <&9 >checked &
    started+=($!)
    continue_job fg
    finish_job 0
    finish "${started[-1]}"
    assert_equal "$((64 << 20)) intact" "$(<checked)"
    finish_peer_with "received=$((16 << 20)) pattern=yes sent=$((64 << 20)) end=eof\$"
}

@test "^Z, and on in the background: the terminal is not read, the peer is" {
    start_peer recv 6 send 'one ' wait go send 'two ' recv-to received
    start_typed_job '-i pty' -N 127.0.0.1 "$port"
    echo first >&7
    wait_for holds stdout 'one '
    printf '\032' >&7
    wait_for exists job/stopped
    continue_job bg
    echo second >&7
    touch go
    wait_for holds stdout 'one two '
    # It looks at the terminal from time to time, and would be stopped if it read.
    wait_for has_run_since "$(runs)" 3
    continue_job fg
    exec 7>&-
    finish_job 0
    finish_peer_with 'received=13 .* end=eof$'
    assert_equal second "$(<received)"
}

@test "^Z, and back to the foreground, again and again" {
    local i
    start_peer echo
    start_typed_job '-i pty' -N 127.0.0.1 "$port"
    for i in {1..10}; do
        echo "line $i" >&7
        wait_for grep -qx "line $i" stdout
        printf '\032' >&7
        wait_for exists job/stopped
        continue_job fg
    done
    exec 7>&-
    finish_job 0
    assert_equal "$(seq -f 'line %.0f' 10)" "$(<stdout)"
}

# continue_late MILLISECONDS: the job was stopped for that long at least.
continue_late() {
    local begin
    begin=$(now)
    wait_for is_past $((begin + $1))
    continue_job fg
}

@test "stopped while it connects: the time of -w goes on" {
    has_three_tries
    start_at '-b 127.0.0.1'
    start_typed_job '-i pty' -w 1 127.0.0.1 "$port"
    wait_for is_connecting "$hecat_pid"
    stop_job
    continue_late 1000
    finish_job 4
    assert_match 'no connection in ' "$(<stderr)"
}

@test "stopped while it is idle: the time of -i goes on" {
    has_three_tries
    start_peer touch accepted recv-eof
    start_typed_job '-i pty' -i 1 -N 127.0.0.1 "$port"
    wait_for exists accepted
    stop_job
    continue_late 1000
    finish_job 8
}

@test "stopped while it waits for the end of -q: what has come is not lost" {
    has_three_tries
    start_peer recv-eof touch ended wait go send reply touch replied wait leave
    start_typed_job '' -q 2 127.0.0.1 "$port"
    exec 7>&-
    wait_for exists ended
    stop_job
    touch go
    wait_for exists replied
    continue_late 2000
    finish_job 0
    assert_equal reply "$(<stdout)"
    touch leave
}

# traced COMMAND...: runs it, and what it does to descriptors is in "trace". The
# leak sanitizer cannot be traced.
traced() {
    ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=fcntl,ioctl "$@"
}

@test "system calls: no flag of a standard stream is ever set" {
    needs strace -o /dev/null true
    local kind
    for kind in pipe socket pty; do
        start_peer send hello recv-eof
        if [[ $kind == pipe ]]; then
            traced "$HECAT" -N 127.0.0.1 "$port" < <(echo question) | cat >answer
        else
            traced "$TEST_TOOLS/fdrun" -b "$kind" "$HECAT" -N 127.0.0.1 "$port" \
                <<<question >answer
        fi
        finish_peer_with ' end=eof$'
        grep -q 'fcntl(0, F_GETFD' trace
        run_command 1 grep -E '\([012], (F_SETFL|FIONBIO|TCSETS)' trace
    done
}

# is_shown REGEX [FILE]: whether --progress has drawn a line that matches there.
is_shown() {
    grep -qE "$1" "${2:-stderr}"
}

@test "--progress: a bar for a file that is read at once" {
    head -c 200000 /dev/zero >upload.file
    start_peer wait go recv-eof
    start_hecat --no-splice --progress --progress -N 127.0.0.1 "$port" <upload.file
    wait_for is_shown 'sent 195.31 KiB .*\[=+\] 100%'
    touch go
    finish_hecat 0
}

@test "--progress: no bar for a file that is not read" {
    echo file >upload.file
    start_peer send hello wait go
    start_hecat --recv-only --progress --progress 127.0.0.1 "$port" <upload.file
    wait_for is_shown 'received 5 B .* [0-9]:[0-9][0-9]'
    touch go
    finish_hecat 0
    [[ $stderr != *%* ]]
}

# is_at_position SIZE: whether the bar says how far the file has been read.
is_at_position() {
    local read
    read=$(position "$hecat_pid" 0)
    ((read > 0)) && is_shown "\\] $((read * 100 / $1))%"
}

@test "--progress -C: the bar tells how much of the file is sent" {
    head -c 16M /dev/zero | tr '\0' '\n' >upload.file
    start_peer wait go recv-eof
    start_hecat -C --progress --progress -N 127.0.0.1 "$port" <upload.file
    wait_for is_at_position $((16 << 20))
    touch go
    finish_hecat 0
}

# start_shown_job 'FDRUN-OPTION...' ARGUMENT...: starts a job with --progress and
# with a terminal as its output; what is shown there is in the file "stdout".
start_shown_job() {
    # shellcheck disable=SC2016 # for the inner shell
    printf '#!/bin/sh\nexec "%s" --progress "$@" 2>&1\n' "$HECAT" >shown
    chmod +x shown
    HECAT=./shown start_job "-o pty $1" "${@:2}" >stdout
}

# Waits until a line would have been drawn.
wait_for_drawing() {
    wait_for has_run_since "$(runs)" 3
}

@test "--progress: nothing on a terminal while in the background" {
    local shown
    echo x >upload.file
    start_peer wait go recv-eof
    start_shown_job '-B never' -N 127.0.0.1 "$port" <upload.file
    wait_for_drawing
    assert_equal 0 "$(size stdout)" 'bytes shown in the background'
    continue_job fg
    wait_for is_shown 'sent 2 B ' stdout
    stop_job
    continue_job bg
    wait_for_drawing
    shown=$(size stdout)
    touch go
    finish_job 0
    assert_equal "$shown" "$(size stdout)" 'bytes shown'
}

@test "--progress: a ^C that is echoed fits into the line" {
    truncate -s 4M upload.file
    start_peer wait go recv-eof
    start_hecat --progress --progress -N 127.0.0.1 "$port" <upload.file
    wait_for is_shown '\[=* *\]'
    touch go
    finish_hecat 0
    # The width is 80 where nobody says; what erases is not seen.
    assert_equal 77 "$(sed 's/\x1b\[K//g' stderr | tr '\r' '\n' | wc -L)" 'columns'
}

@test "--progress: nothing is erased where nothing was drawn" {
    start_peer recv-eof
    run_hecat 0 --progress --progress -N 127.0.0.1 "$port" <<<x
    # Whether it took long enough to be drawn is not ours to say.
    [[ $stderr == '' || $stderr == *sent* ]]
}
