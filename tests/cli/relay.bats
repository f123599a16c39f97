#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Standard input to the peer and the peer to standard output: nothing lost, and
# an end where both have ended.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper

: "${TEST_PRELOAD:=$top/build/tests/preload}"

# Holds the write end of the FIFO input as descriptor 7.
open_input() {
    mkfifo input
    exec 7<>input
}

close_input() {
    exec 7>&-
}

# 6 MiB, or 10 with OpenSSL: more than the program and its buffers, far less than
# what passes.
assert_memory_bounded() {
    local bound=6143
    [[ -z ${PEER_TLS-} ]] || bound=10239
    is_sanitized || assert_between 0 "$bound" "$(peak_memory "$1")" 'peak memory (KiB)'
}

# So many bytes at one a second.
hour=3600 day=86400

# tell_pid: lets whoever waits for the program to be at rest know who it is.
tell_pid() {
    echo "$hecat_pid" >pid.new
    mv pid.new pid
}

# assert_calm: all the while little memory and time was used. One that is never
# at rest between two bytes does not get here at all.
assert_calm() {
    wait_for exists dripped
    assert_memory_bounded "$hecat_pid"
    is_sanitized || assert_between 0 100 "$(ticks "$hecat_pid")" 'hundredths of a second'
}

@test "our input ends first: the peer gets it all, and its reply comes out" {
    start_peer recv-to received send reply
    run_hecat 0 -N 127.0.0.1 "$port" <<<question
    assert_equal reply "$(<stdout)"
    finish_peer_with 'received=9 .* end=eof$'
    assert_equal question "$(<received)"
}

@test "the peer ends first: it still gets the whole upload from a file" {
    pattern upload 12M >upload.file
    start_peer send bye shutdown recv-eof
    run_hecat 0 -N 127.0.0.1 "$port" <upload.file
    assert_equal bye "$(<stdout)"
    finish_peer_with "received=$((12 << 20)) pattern=yes .* end=eof\$"
}

@test "the peer ends first: it still gets the whole upload from a pipe" {
    start_peer send bye shutdown recv-eof
    run_hecat 0 -N 127.0.0.1 "$port" < <(pattern upload 12M)
    assert_equal bye "$(<stdout)"
    finish_peer_with "received=$((12 << 20)) pattern=yes .* end=eof\$"
}

@test "the peer ends first, and is lost while nothing is typed" {
    open_input
    start_peer send bye shutdown wait go reset
    start_hecat 127.0.0.1 "$port" <input
    wait_for holds stdout bye
    touch go
    finish_hecat 5
    assert_match 'reset by peer' "$stderr"
}

@test "the peer ends first: it gets what is typed much later" {
    open_input
    start_peer send bye shutdown recv-eof
    start_hecat -N 127.0.0.1 "$port" <input
    wait_for holds stdout bye
    echo late >&7
    is_running "$hecat_pid"
    close_input
    finish_hecat 0
    finish_peer_with 'received=5 .* end=eof$'
}

@test "the peer ends first and reads slowly: we wait until it has everything" {
    start_peer_at '-a 127.0.0.1 -R 4096' send bye shutdown pace 64k 1 recv-eof
    run_hecat 0 -N 127.0.0.1 "$port" < <(pattern upload 2M)
    finish_peer_with "received=$((2 << 20)) pattern=yes .* end=eof\$"
}

# bats test_tags=plain
@test "the peer ends first: its last acknowledgement while we look for it is no reset" {
    local held='last_ack: an answer is held back'
    ! is_sanitized || skip 'a sanitizer has to be loaded first'
    pattern upload 100k >upload.file
    start_peer_at '-a 127.0.0.1 -R 4096' send bye shutdown wait go recv-eof
    LD_PRELOAD=$TEST_PRELOAD/last_ack.so start_hecat -N 127.0.0.1 "$port" <upload.file
    wait_for holds stderr "$held"
    touch go
    finish_hecat 0
    assert_equal "$held" "$stderr"
    finish_peer_with 'received=102400 pattern=yes .* end=eof$'
}

@test "standard output is closed at the end of the peer, not later" {
    open_input
    mkfifo output
    start_peer send bye shutdown recv-eof
    "$HECAT" -N 127.0.0.1 "$port" <input >output 3>&- 7>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    # The end of the FIFO, with the program still there.
    timeout "$DEADLINE" cat output >stdout
    assert_equal bye "$(<stdout)"
    is_running "$hecat_pid"
    close_input
    finish "$hecat_pid"
    assert_equal 0 "$status"
}

# nohup(1) has it like this.
@test "an input that is open for writing only has ended" {
    local input
    for input in input /dev/null; do
        start_peer send hello recv-eof
        run_hecat 0 -N 127.0.0.1 "$port" 0>"$input"
        assert_equal hello "$(<stdout)"
        finish_peer_with 'received=0 .* end=eof$'
    done
}

# fail_terminal FDRUN-OPTION STATUS TYPED: the program's first read of a terminal is
# the error that it is while that is being hung up. The leak sanitizer cannot be
# traced.
fail_terminal() {
    start_peer touch accepted recv-eof send bye
    export ASAN_OPTIONS=detect_leaks=0
    # shellcheck disable=SC2016 # for the inner shell
    run_command "$2" "$TEST_TOOLS/fdrun" -t "$DEADLINE" "$1" -i pty sh -c '
        exec strace -f -o trace -P "$(readlink /proc/self/fd/0)" -e trace=read \
            -e inject=read:error=EIO:when=1 "$@"' sh "$HECAT" -N 127.0.0.1 "$port" \
        < <(wait_for exists accepted; printf %b "$3")
    finish_peer_with 'received=0 '
    grep -q 'EIO.*INJECTED' trace
}

# bats test_tags=plain
@test "a terminal that is hung up has ended, though reading it fails for a moment" {
    needs strace -o /dev/null true
    # The portable engine reads once before that; both read in the same way.
    HECAT=${HECAT_PROGRAM:-$HECAT}
    trap '' HUP
    fail_terminal -H 0 ''
    assert_equal bye "$(<stdout)"
}

# The other side of a terminal has gone: its name has, too.
is_hung_up() {
    [[ -e pid && $(readlink "/proc/$(<pid)/fd/0") == *'(deleted)' ]]
}

# bats test_tags=plain
@test "a terminal that was hung up before there was a connection has ended" {
    needs strace -o /dev/null true
    HECAT=${HECAT_PROGRAM:-$HECAT}
    export ASAN_OPTIONS=detect_leaks=0
    trap '' HUP
    start_peer touch accepted wait hung send bye recv-eof
    # shellcheck disable=SC2016 # for the inner shells
    "$TEST_TOOLS/fdrun" -t "$DEADLINE" -H -i pty sh -c '
        exec strace -f -o trace -P "$(readlink /proc/self/fd/0)" -e trace=read \
            -e inject=read:error=EIO:when=1 sh -c "echo \$\$ >pid; exec \"\$@\"" sh "$@"' \
        sh "$HECAT" -N --success data 127.0.0.1 "$port" \
        < <(wait_for exists accepted) >stdout 2>stderr &
    started+=("$!")
    wait_for is_hung_up
    touch hung
    finish "${started[-1]}"
    check_status 0 hecat
    assert_equal bye "$(<stdout)"
    grep -q 'EIO.*INJECTED' trace
    finish_peer_with 'received=0 .* end=eof$'
}

@test "a terminal that fails otherwise is an error" {
    needs strace -o /dev/null true
    fail_terminal -k 7 '\n'
    assert_match '^hecat: standard input: Input/output error' "$(<stderr)"
}

@test "nothing in either direction" {
    start_peer recv-eof
    run_hecat 0 -N 127.0.0.1 "$port" </dev/null
    assert_equal 0 "$(size stdout)"
    finish_peer_with 'received=0 .* end=eof$'
}

@test "one byte in each direction" {
    start_peer echo
    run_hecat 0 -N 127.0.0.1 "$port" < <(printf x)
    assert_equal x "$(<stdout)"
    finish_peer_with 'received=1 .* sent=1 end=eof$'
}

@test "every byte there is, NUL too, unchanged" {
    local i
    for ((i = 0; i < 256; i++)); do
        printf '%b' "\\0$(printf %o "$i")"
    done >all
    assert_equal 256 "$(size all)"
    start_peer echo
    run_hecat 0 -N 127.0.0.1 "$port" <all
    cmp all stdout
}

@test "sizes around those of buffers" {
    local size
    for size in 4095 4097 16384 65535 65537 262143 262145 1048577; do
        start_peer exchange "$size"
        run_hecat 0 -N 127.0.0.1 "$port" < <(pattern upload "$size")
        assert_download "$size"
        finish_peer_with "received=$size pattern=yes sent=$size end=eof\$"
    done
}

@test "64 MiB each way at the same time, through files" {
    pattern upload 64M >upload.file
    start_peer exchange 64M
    run_hecat 0 -N 127.0.0.1 "$port" <upload.file
    assert_download $((64 << 20))
    finish_peer_with "received=$((64 << 20)) pattern=yes sent=$((64 << 20)) end=eof\$"
}

@test "64 MiB each way at the same time, through pipes" {
    through() {
        pattern upload 64M | hecat -N 127.0.0.1 "$port" |
            "$TEST_TOOLS/pattern" check download
    }
    start_peer exchange 64M
    run_command 0 through
    assert_equal "$((64 << 20)) intact" "$(<stdout)"
    finish_peer_with "received=$((64 << 20)) pattern=yes sent=$((64 << 20)) end=eof\$"
}

@test "question and answer in turn, many times" {
    local i line
    open_input
    mkfifo output
    exec 8<>output
    start_peer echo
    "$HECAT" -N 127.0.0.1 "$port" <input >output 3>&- 7>&- &
    started+=($!)
    for ((i = 0; i < 500; i++)); do
        echo "line $i" >&7
        read -r -t "$DEADLINE" line <&8
        assert_equal "line $i" "$line"
    done
    close_input
    finish "${started[-1]}"
    assert_equal 0 "$status"
}

# The peer stays after the first urgent byte, and ends soon after the second.
@test "urgent data is left out, and all around it comes out" {
    local output
    for output in file pipe; do
        start_peer send before send-urgent ! send ' behind' wait go \
            send-urgent ! send ' last'
        if [[ $output == file ]]; then
            "$HECAT" 127.0.0.1 "$port" </dev/null >stdout 3>&- &
        else
            "$HECAT" 127.0.0.1 "$port" </dev/null 3>&- > >(cat >stdout) &
        fi
        started+=($!)
        wait_for holds stdout 'before behind'
        touch go
        finish "${started[-1]}"
        assert_equal 0 "$status" "status with a $output"
        wait_for holds stdout 'before behind last'
        finish_peer_with 'sent=18 '
        rm go stdout
    done
}

@test "an upload without an end that never has to wait does not keep the download" {
    start_peer exchange 64M
    run_hecat 0 --exit-on-peer-eof -N 127.0.0.1 "$port" </dev/urandom
    assert_download $((64 << 20))
    finish_peer_with "sent=$((64 << 20)) "
}

@test "a peer that does not read: input is taken in moderation" {
    pattern upload 64M >upload.file
    start_peer wait go recv-eof touch received wait leave
    start_hecat -N 127.0.0.1 "$port" <upload.file
    wait_for has_read
    wait_for is_idle "$hecat_pid"
    assert_between 1 $((32 << 20)) "$(position "$hecat_pid" 0)" 'bytes read'
    assert_memory_bounded "$hecat_pid"
    touch go
    wait_for exists received
    assert_memory_bounded "$hecat_pid"
    touch leave
    finish_hecat 0
    finish_peer_with "received=$((64 << 20)) pattern=yes "
}

@test "a slow peer gets everything" {
    start_peer_at '-a 127.0.0.1 -R 4096' pace 1 1 recv 200 pace 1M 1 recv-eof
    run_hecat 0 -N 127.0.0.1 "$port" < <(pattern upload 2M)
    finish_peer_with "received=$((2 << 20)) pattern=yes .* end=eof\$"
}

@test "a standard output that nobody reads: the peer is taken in moderation" {
    mkfifo output
    exec 8<>output
    start_peer send-pattern 64M
    "$HECAT" 127.0.0.1 "$port" </dev/null >output 3>&- 8>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    wait_for is_stalled
    assert_memory_bounded "$hecat_pid"
    exec 9<output 8>&-
    "$TEST_TOOLS/pattern" check download <&9 >checked
    finish "$hecat_pid"
    assert_equal 0 "$status"
    assert_equal "$((64 << 20)) intact" "$(<checked)"
    finish_peer_with "sent=$((64 << 20)) "
}

@test "a slow reader of standard output gets everything" {
    slowly() {
        hecat 127.0.0.1 "$port" </dev/null | {
            for _ in {1..40}; do
                head -c 10
                sleep 0.001
            done
            cat
        }
    }
    start_peer send-pattern 4M
    run_command 0 slowly
    assert_download $((4 << 20))
}

@test "standard output at a byte a second for a day, and then all the rest" {
    mkfifo output
    start_peer send-pattern 64M touch sent wait leave
    "$TEST_TOOLS/drip" "$day" pid dripped go <output >taken 3>&- &
    started+=($!)
    "$HECAT" 127.0.0.1 "$port" </dev/null >output 3>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    tell_pid
    assert_calm
    touch go
    wait_for exists sent
    wait_for is_acknowledged
    assert_memory_bounded "$hecat_pid"
    touch leave
    finish "$hecat_pid"
    assert_equal 0 "$status"
    finish "${started[-2]}"
    assert_download $((64 << 20)) taken
    finish_peer_with "sent=$((64 << 20)) "
}

# drip_upload COUNT INPUT: the same for a peer, which has little room.
drip_upload() {
    start_peer_at '-a 127.0.0.1 -R 4096' drip "$1" pid touch dripped \
        wait go recv-eof touch received wait leave
    start_hecat -N 127.0.0.1 "$port" <"$2"
    tell_pid
    assert_calm
    touch go
    wait_for exists received
    assert_memory_bounded "$hecat_pid"
    touch leave
    finish_hecat 0
    finish_peer_with "received=$((32 << 20)) pattern=yes .* end=eof\$"
}

@test "a peer that takes a byte a second for an hour, and then the rest of a file" {
    pattern upload 32M >upload.file
    drip_upload "$hour" upload.file
}

@test "a peer that takes a byte a second for a day, and then the rest of a pipe" {
    drip_upload "$day" <(pattern upload 32M)
}

@test "a blocked standard output does not keep the upload" {
    pattern upload 64M >upload.file
    mkfifo output
    exec 8<>output
    start_peer exchange 16M
    "$HECAT" -N 127.0.0.1 "$port" <upload.file >output 3>&- 8>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    wait_for is_at $((64 << 20))
    exec 9<output 8>&-
    "$TEST_TOOLS/pattern" check download <&9 >checked
    finish "$hecat_pid"
    assert_equal 0 "$status"
    assert_equal "$((16 << 20)) intact" "$(<checked)"
    finish_peer_with "received=$((64 << 20)) pattern=yes sent=$((16 << 20)) "
}

# has_read: whether the program has read from its input file.
has_read() {
    [[ $(position "$hecat_pid" 0 2>&1) == [1-9]* ]]
}

# is_at POSITION: whether the program has read that much of its input file.
is_at() {
    [[ $(position "$hecat_pid" 0 2>&1) == "$1" ]]
}

@test "reset while receiving: a prefix comes out, and status 5" {
    local n
    start_peer recv 6 send-pattern 4M reset
    run_hecat 5 127.0.0.1 "$port" <<<ready
    assert_match 'connection lost: Connection reset by peer' "$stderr"
    n=$(size stdout)
    assert_between 1 $((4 << 20)) "$n" 'bytes that came out'
    assert_download "$n"
}

@test "reset while standard output is blocked: what had come is written out" {
    mkfifo output
    exec 8<>output
    start_peer send-pattern 180k touch sent wait go reset
    "$HECAT" 127.0.0.1 "$port" </dev/null >output 2>stderr 3>&- 8>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    wait_for exists sent
    wait_for is_acknowledged
    touch go
    finish_peer
    exec 9<output 8>&-
    timeout "$DEADLINE" cat <&9 >stdout
    finish "$hecat_pid"
    check_status 5 hecat
    assert_download 184320
}

@test "reset while sending: status 5, and what did not arrive is told" {
    pattern upload 64M >upload.file
    start_peer recv 100k wait go reset
    start_hecat 127.0.0.1 "$port" <upload.file
    wait_for has_read
    wait_for is_idle "$hecat_pid"
    touch go
    finish_hecat 5
    assert_match 'connection lost: Connection reset by peer' "$stderr"
    assert_match '[0-9]+ bytes of standard input were not acknowledged' "$stderr"
}

@test "reset when all was sent: what did not arrive is told" {
    pattern upload 1M >upload.file
    start_peer_at '-a 127.0.0.1 -R 4096' wait go reset
    start_hecat 127.0.0.1 "$port" <upload.file
    wait_for is_at $((1 << 20))
    touch go
    finish_hecat 5
    assert_between $((900 << 10)) $((1 << 20)) "$(sed -nE \
        's/.*[^0-9]([0-9]+) bytes of standard input were not acknowledged.*/\1/p' stderr)"
}

@test "a peer that closes without reading all of it: its reply comes out" {
    start_peer recv 1000 send 'enough, thank you' close
    run_hecat 5 127.0.0.1 "$port" < <(pattern upload 32M 2>/dev/null)
    assert_equal 'enough, thank you' "$(<stdout)"
    assert_match 'connection lost: ' "$stderr"
}

# bats test_tags=plain
@test "a peer that ends before it has read what it was sent" {
    start_peer send bye wait go close
    start_hecat 127.0.0.1 "$port" <<<unread
    wait_for holds stdout bye
    touch go
    finish_hecat 5
}

@test "what is typed when the peer has gone cannot be delivered" {
    open_input
    start_peer send bye close
    start_hecat 127.0.0.1 "$port" <input
    wait_for holds stdout bye
    finish_peer
    echo late >&7
    close_input
    finish_hecat 5
    assert_match '^hecat: ' "$stderr"
}

@test "a reset with nothing on its way is told too" {
    open_input
    start_peer send hello wait go reset
    start_hecat 127.0.0.1 "$port" <input
    wait_for holds stdout hello
    touch go
    finish_hecat 5
    assert_match 'connection lost: Connection reset by peer' "$stderr"
}

# reset_behind_end STATUS [ARGUMENT...]: the peer's end and its reset come while
# the program is stopped: it meets both at once.
reset_behind_end() {
    local expected=$1
    shift
    start_peer send hello wait go send ' and bye' shutdown reset
    start_hecat "$@" 127.0.0.1 "$port"
    wait_for holds stdout hello
    kill -STOP "$hecat_pid"
    touch go
    finish_peer
    [[ -z ${typed-} ]] || printf %s "$typed" >&7
    kill -CONT "$hecat_pid"
    finish_hecat "$expected"
    assert_equal 'hello and bye' "$(<stdout)"
    rm go
}

@test "a reset right behind the peer's end, with everything delivered: status 0" {
    reset_behind_end 0 </dev/null
    reset_behind_end 0 -N </dev/null
    reset_behind_end 0 < <(:)
    open_input
    reset_behind_end 0 --exit-on-peer-eof <input
    close_input
}

@test "a reset right behind the peer's end, with input that goes on: lost, as a reset" {
    open_input
    reset_behind_end 5 <input
    assert_equal 'hecat: connection lost: Connection reset by peer' "$stderr"
    typed=hello
    reset_behind_end 5 <input
    assert_equal 'hecat: connection lost: Connection reset by peer; 5 bytes of standard input were not acknowledged' \
        "$stderr"
    close_input
}

@test "-q 0: we leave at the end of input" {
    start_peer send hello recv-eof wait go
    start_hecat -q 0 127.0.0.1 "$port" <<<question
    finish_hecat 0
    touch go
    finish_peer_with 'received=9 .* end=eof$'
}

# The program's clock is slow: what it waits for a greeting is 2 s here, of which the
# peer takes a tenth.
@test "-q 0: a greeting soon after the accept is written out" {
    ! is_sanitized || skip 'a sanitizer has to be loaded first'
    start_peer -k 2 pause 200 send greeting recv-eof
    LD_PRELOAD=$TEST_PRELOAD/slow_clock.so run_hecat 0 -q 0 127.0.0.1 "$port" </dev/null
    assert_equal greeting "$(<stdout)"
    LD_PRELOAD=$TEST_PRELOAD/slow_clock.so run_hecat 0 -q 0 127.0.0.1 "$port" <<<question
    assert_equal greeting "$(<stdout)" 'with input'
    finish_peer_with 'received=9 .* end=eof$'
}

# leave_blocked STATUS OPTION...: the peer sends more than standard output takes,
# which nobody reads; the program leaves, and what it says is in "stderr".
leave_blocked() {
    local expected=$1
    shift
    exec 8<>output
    start_peer send-pattern 64M
    "$HECAT" -v "$@" 127.0.0.1 "$port" </dev/null >output 2>stderr 3>&- 8>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    finish "$hecat_pid"
    check_status "$expected" hecat
    exec 9<output 8>&-
    "$TEST_TOOLS/pattern" check download <&9 >checked
    exec 9<&-
    left=$(sed -nE 's/^hecat: ([0-9]+) bytes that were received were not written out$/\1/p' stderr)
    assert_between 1 $((64 << 20)) "$left" 'bytes that were left'
    assert_match "^$(sed -nE 's/.*, received ([0-9]+) bytes in .*/\1/p' stderr) intact\$" \
        "$(<checked)"
}

@test "-q and -i: what standard output does not take is left, and counted" {
    has_three_tries
    mkfifo output
    leave_blocked 0 -q 1
    leave_blocked 8 -i 1
}

# All of it is in the socket, and nothing moves for longer than the second after
# which a peer is left that is not waited for.
@test "the peer ends first and pauses: the upload is waited for" {
    pattern upload 100k >upload.file
    start_peer_at '-a 127.0.0.1 -R 4096' shutdown pause 2500 recv-eof
    run_hecat 0 127.0.0.1 "$port" <upload.file
    finish_peer_with 'received=102400 pattern=yes .* end=eof$'
}

@test "a signal: what has been received by then is written out" {
    start_peer touch accepted wait go send reply touch replied wait leave
    start_hecat 127.0.0.1 "$port" </dev/null
    wait_for exists accepted
    wait_for is_idle "$hecat_pid"
    kill -STOP "$hecat_pid"
    touch go
    wait_for exists replied
    kill -TERM "$hecat_pid"
    kill -CONT "$hecat_pid"
    finish "$hecat_pid"
    assert_equal '143 reply' "$status $(<stdout)"
    assert_equal '' "$(<stderr)"
    touch leave
}

@test "-q 0: what was read before the end arrives" {
    start_peer pace 256k 1 recv-eof
    run_hecat 0 -q 0 127.0.0.1 "$port" < <(pattern upload 16M)
    finish_peer_with "received=$((16 << 20)) pattern=yes .* end=eof\$"
}

@test "-q 0: a peer that talks meanwhile gets all of it too" {
    local talk=()
    for _ in {1..20}; do
        talk+=(recv 40k send x)
    done
    start_peer_at '-a 127.0.0.1 -R 4096' pace 4k 1 "${talk[@]}" recv-eof
    run_hecat 0 -q 0 127.0.0.1 "$port" < <(pattern upload 1M)
    finish_peer_with "received=$((1 << 20)) pattern=yes .* end=eof\$"
}

@test "-q 0.3: we wait that long" {
    local begin
    begin=$(now)
    start_peer recv-eof wait go
    start_hecat -q 0.3 127.0.0.1 "$port" <<<question
    finish_hecat 0
    assert_between 300 $((300 + SLACK)) $(($(now) - begin)) milliseconds
    touch go
}

@test "-q: what comes meanwhile is taken" {
    start_peer recv-eof send reply wait go
    start_hecat -q 3600 -N 127.0.0.1 "$port" <<<question
    wait_for holds stdout reply
    is_running "$hecat_pid"
    touch go
    finish_hecat 0
}

@test "-q: when the peer ends there is nothing to wait for" {
    local begin
    begin=$(now)
    start_peer recv-eof send reply
    run_hecat 0 -q 3600 -N 127.0.0.1 "$port" <<<question
    assert_between 0 $((DEADLINE * 1000)) $(($(now) - begin)) milliseconds
    assert_equal reply "$(<stdout)"
}

@test "-q 0: a peer that never reads is given up" {
    pattern upload 512k >upload.file
    start_peer_at '-a 127.0.0.1 -R 4096' wait go
    run_hecat 5 -q 0 127.0.0.1 "$port" <upload.file
    touch go
    assert_match '^hecat: connection lost: Connection timed out; [0-9]+ bytes of standard input were not acknowledged$' "$stderr"
}

@test "-q counts from the end of input, not from the connection" {
    open_input
    start_peer touch accepted recv-eof
    start_hecat -q 0 127.0.0.1 "$port" <input
    wait_for exists accepted
    echo late >&7
    is_running "$hecat_pid"
    close_input
    finish_hecat 0
    finish_peer_with 'received=5 .* end=eof$'
}

@test "-q and -i of one length: it is not a matter of luck which is first" {
    start_peer -k 20 recv-eof
    for ((i = 0; i < 20; i++)); do
        run_hecat 0 -q 0.1 -i 0.1 127.0.0.1 "$port" </dev/null
    done
    finish_peer
}

# The leak sanitizer cannot be traced.
# bats test_tags=plain
@test "-q and -i of one length, and a program that is not let run at once" {
    local call
    needs strace -o /dev/null true
    export ASAN_OPTIONS=detect_leaks=0
    start_peer -k 0 recv-eof
    for call in {1..6}; do
        run_command 0 timeout -k 1 "$DEADLINE" strace -f -o trace -e trace=epoll_wait \
            -e inject="epoll_wait:delay_exit=30000:when=$call" \
            "$HECAT" -q 0.3 -i 0.3 127.0.0.1 "$port" </dev/null
    done
}

@test "-q -1 waits for the peer, and --shutdown without a time is -N" {
    local option
    for option in '-q -1 -N' -N --shutdown '-N --shutdown'; do
        start_peer recv-eof send reply
        # shellcheck disable=SC2086
        run_hecat 0 $option 127.0.0.1 "$port" <<<question
        assert_equal reply "$(<stdout)"
        finish_peer_with 'received=9 .* end=eof$'
    done
}

@test "--no-shutdown: the peer sees no end before we leave" {
    local begin
    begin=$(now)
    start_peer recv 9 touch read recv-eof touch ended
    start_hecat --no-shutdown -q 0.4 127.0.0.1 "$port" <<<question
    finish_hecat 0
    finish_peer_with 'received=9 .* end=eof$'
    exists read
    assert_between $((begin + 400)) $((begin + 400 + SLACK)) \
        "$(date -r ended +%s%3N)" 'time of the end'
}

@test "--no-shutdown: the peer ends, and so do we" {
    start_peer recv 9 send reply close
    run_hecat 0 --no-shutdown 127.0.0.1 "$port" <<<question
    assert_equal reply "$(<stdout)"
}

@test "-z reads nothing" {
    local rest
    start_peer recv-eof
    { run_hecat 0 -z 127.0.0.1 "$port"; rest=$(cat); } < <(echo untouched)
    assert_equal untouched "$rest"
    finish_peer_with 'received=0 '
}

# bats test_tags=plain
@test "-z -v says where it got" {
    start_peer recv-eof
    run_hecat 0 -zv 127.0.0.1 "$port"
    assert_match "^hecat: connected to 127.0.0.1 port $port in " "$stderr"
    assert_equal 1 "$(wc -l <stderr)"
    assert_equal 0 "$(size stdout)"
}

@test "input is not read when there is no connection" {
    local rest
    start_closed ::1 127.0.0.1
    { run_hecat 1 --address ::1,127.0.0.1 host "$port"; rest=$(cat); } < <(echo untouched)
    assert_equal untouched "$rest"
    start_at '-b 127.0.0.1'
    { run_hecat 4 -w 0.1 127.0.0.1 "$port"; rest=$(cat); } < <(echo untouched)
    assert_equal untouched "$rest"
}

@test "input is not read before there is a connection" {
    echo untouched >input
    start_at '-b 127.0.0.1'
    start_hecat 127.0.0.1 "$port" <input
    wait_for is_connecting "$hecat_pid"
    assert_equal 0 "$(position "$hecat_pid" 0)" 'bytes read'
    kill "$hecat_pid"
}

# first COMMAND...: the first line of what it prints; the status is the command's.
first() {
    set -o pipefail
    "$@" 127.0.0.1 "$port" | head -n 1
}

@test "| head -1, and more waits for the reader: death by SIGPIPE, and silent" {
    unread() {
        set -o pipefail
        fdrun -p pid "$HECAT" 127.0.0.1 "$port" </dev/null | read_until_stalled 4
    }
    start_peer send $'one\ntwo\n' send-pattern 64M
    run_command 141 unread
    assert_equal one "$(<stdout)"
    assert_equal 'fdrun: killed by signal 13' "$stderr"
}

@test "| head -1, and nothing waits for it: status 0, at once" {
    local i
    for i in {1..20}; do
        start_peer send $'one\n' wait go
        run_command 0 first hecat </dev/null
        is_running "$peer_pid"
        touch go
        assert_equal one "$(<stdout)"
        assert_equal '' "$stderr"
        finish_peer
        rm go
    done
}

@test "| head -1 with input that stays open: status 0, at once" {
    local option
    open_input
    for option in '' -N --no-shutdown '-q 3600' '-i 3600'; do
        start_peer send $'one\n' wait go recv-eof
        # shellcheck disable=SC2086
        run_command 0 first hecat $option <input
        is_running "$peer_pid"
        touch go
        assert_equal one "$(<stdout)"
        assert_equal '' "$stderr"
        finish_peer_with 'received=0 .* end=eof$'
        rm go
    done
    close_input
}

# What was standard output is /dev/null once the program knows.
knows_stdout_is_closed() {
    [[ $(readlink "/proc/$hecat_pid/fd/1") == /dev/null ]]
}

@test "| head -1: what was read is sent, and what the peer says to it does no harm" {
    open_input
    mkfifo output
    exec 8<>output
    pattern upload 60k >&7
    start_peer_at '-a 127.0.0.1 -R 4096' send $'one\n' wait closed \
        recv 1000 send-pattern 100k recv-eof
    "$HECAT" 127.0.0.1 "$port" <input >output 2>stderr 3>&- 7>&- 8>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    exec 9<output 8>&-
    read -r line <&9
    assert_equal one "$line"
    exec 9<&-
    wait_for knows_stdout_is_closed
    touch closed
    finish "$hecat_pid"
    assert_equal '0 ' "$status $(<stderr)"
    finish_peer_with 'received=61440 pattern=yes '
    close_input
}

@test "| head -1 and a peer that does not read: it is not waited for" {
    gone() {
        set -o pipefail
        fdrun -p pid "$HECAT" 127.0.0.1 "$port" < <(exec yes) | {
            wait_for exists connected
            wait_for is_idle "$(<pid)"
            head -n 1
        }
    }
    start_peer_at '-a 127.0.0.1 -R 4096' send $'one\n' touch connected wait go
    run_command 5 gone
    touch go
    assert_match 'Connection timed out; [0-9]+ bytes of standard input' "$stderr"
}
