#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --hex-dump: both directions are made of the dump again, byte for byte.

# Variables come from the helper.
# shellcheck disable=SC2154,SC2317
load helper
load certificates

# bytes_of DIRECTION FILE: prints the bytes that went this way.
bytes_of() {
    sed -n "s/^$1 [0-9.]* [0-9a-f]*: \\(.\\{40\\}\\).*/\\1/p" "$2" |
        tr -d ' \n' | tr a-f A-F | basenc --base16 -d
}

# check_dump FILE: each line is whole and printable, its text fits its bytes, no
# byte of a direction is missing, and time does not run backwards.
check_dump() {
    ! LC_ALL=C grep -n '[^ -~]' "$1" || return
    awk '
        function bad(what) {
            printf "line %d: %s\n  %s\n", NR, what, $0
            status = 1
            exit
        }
        !/^[<>] [0-9]+\.[0-9][0-9][0-9][0-9][0-9][0-9] [0-9a-f]+: ..../ {
            bad("not a line of a dump")
        }
        {
            place = $3
            sub(/:/, "", place)
            start = index($0, ": ") + 2
            hex = substr($0, start, 40)
            text = substr($0, start + 41)
            gsub(/ /, "", hex)
            count = length(hex) / 2
            if (length(text) != count || count < 1 || count > 16)
                bad("text and bytes do not fit")
            if (sprintf("%08x", next_place[$1]) != place)
                bad("not at its place")
            if ($2 + 0 < time)
                bad("earlier than the line before")
            next_place[$1] += count
            time = $2 + 0
        }
        END { exit status }' "$1"
}

# check_both DUMP SENT RECEIVED: the files are what the dump has.
check_both() {
    check_dump "$1" || return
    bytes_of '>' "$1" | cmp - "$2" || return
    bytes_of '<' "$1" | cmp - "$3"
}

# random_size: up to 300 KB, small and large ones alike.
random_size() {
    local limits=(20 5000 300000)
    echo $(((RANDOM * 32768 + RANDOM) % limits[RANDOM % 3] + 1))
}

@test "standard error has it, and standard output the data" {
    start_peer recv 9 send $'a\x1b[1m reply that is longer than a line\n' recv 4
    mkfifo in
    exec 7<>in
    start_hecat --hex-dump 127.0.0.1 "$port" <in
    printf 'question\n' >&7
    wait_for test -s stdout
    printf 'then' >&7
    exec 7>&-
    finish_hecat 0
    check_dump stderr
    printf 'question\nthen' >sent
    check_both stderr sent stdout
    # The order of events, and a line for each: nothing is joined.
    assert_equal '> < < < >' "$(cut -c 1 stderr | paste -s -d ' ' -)"
    assert_match '00000000: 7175 6573 7469 6f6e 0a                   question\.' "$stderr"
    assert_match '00000000: 611b 5b31 6d20 7265 706c 7920 7468 6174  a\.\[1m reply that' "$stderr"
    finish_peer_with 'received=13 '
}

@test "random sizes, both ways at once" {
    local size i
    for i in {1..6}; do
        printf "transfer %s, " "$i"
        size=$(random_size)
        printf 'size %s\n' "$size"
        pattern upload "$size" >sent
        start_peer exchange "$size"
        run_hecat 0 -N --hex-dump=dump 127.0.0.1 "$port" <sent
        finish_peer_with "pattern=yes sent=$size end=eof"
        assert_download "$size"
        check_both dump sent stdout
        # From and to pipes, which are spliced without a dump.
        start_peer exchange "$size"
        # shellcheck disable=SC2002 # a pipe is what it is about
        cat sent | hecat -N --hex-dump=dump 127.0.0.1 "$port" | cat >stdout
        finish_peer_with "pattern=yes sent=$size end=eof"
        check_both dump sent stdout
    done
}

@test "what the peer is sent with -C, and what is discarded with --send-only" {
    printf 'one\ntwo\r\nthree' >lines
    printf 'one\r\ntwo\r\nthree' >sent
    printf 'unseen' >received
    start_peer send unseen recv-eof
    run_hecat 0 -N -C --send-only --hex-dump=dump 127.0.0.1 "$port" <lines
    assert_equal '' "$(<stdout)"
    check_both dump sent received
    finish_peer_with 'received=15 '
}

@test "with TLS it is the plain text" {
    local size
    certify ca www.test DNS:www.test
    for size in 1 20000 200000; do
        pattern upload "$size" >sent
        start_peer -t www.test.pem exchange "$size"
        run_hecat 0 -N -c --ca-file ca.pem --address 127.0.0.1 \
            --hex-dump=dump www.test "$port" <sent
        finish_peer_with "pattern=yes sent=$size end=eof"
        assert_download "$size"
        check_both dump sent stdout
    done
}

@test "a reader of the data that stalls: all of it is in the dump in the end" {
    start_peer send-pattern 3M
    mkfifo out
    "$HECAT" --recv-only --hex-dump=dump 127.0.0.1 "$port" >out 2>stderr 3>&- 7>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    exec 7<out
    wait_for is_stalled
    cat <&7 >stdout
    exec 7<&-
    finish_hecat 0
    assert_download 3145728
    : >sent
    check_both dump sent stdout
}

@test "a reader of the dump that stalls: the relay waits, and nothing is left out" {
    pattern upload 1M >sent
    start_peer exchange 1M
    mkfifo fifo
    exec 7<>fifo
    start_hecat -N --hex-dump=fifo 127.0.0.1 "$port" <sent
    wait_for is_unread
    # What the FIFO and the program keep is that of a small part.
    (($(size stdout) < 200000))
    cat <fifo >dump 7>&- &
    started+=("$!")
    exec 7>&-
    finish_hecat 0
    finish_peer_with 'pattern=yes sent=1048576 end=eof'
    finish "${started[-1]}"
    assert_download 1048576
    check_both dump sent stdout
}

# is_unread: whether the peer has sent what the program does not take.
is_unread() {
    [[ $(send_queue) =~ [1-9A-F] ]]
}

@test "a signal ends it while nobody reads the dump" {
    start_peer send-pattern 3M
    mkfifo fifo
    exec 7<>fifo
    start_hecat --recv-only --hex-dump=fifo 127.0.0.1 "$port"
    wait_for is_unread
    kill -TERM "$hecat_pid"
    finish_hecat 143
    exec 7>&-
}

@test "a signal: what had passed by then is in the dump" {
    start_peer send-pattern 100k wait never
    mkfifo in
    exec 7<>in
    printf sent >&7
    start_hecat --hex-dump=dump 127.0.0.1 "$port" <in
    wait_for is_size stdout 102400
    wait_for is_dumped
    kill -TERM "$hecat_pid"
    finish_hecat 143
    exec 7>&-
    printf 'sent' >sent
    check_both dump sent stdout
}

is_size() {
    (($(size "$1") == $2))
}

is_dumped() {
    grep -q '^> ' dump
}

@test "7: a full disk, and a reader that goes; the data is delivered all the same" {
    pattern upload 100k >sent
    start_peer exchange 100k
    run_hecat 7 -N --hex-dump=/dev/full 127.0.0.1 "$port" <sent
    assert_match 'hecat: --hex-dump: No space left on device$' "$stderr"
    assert_download 102400
    finish_peer_with 'pattern=yes sent=102400 end=eof'
    start_peer exchange 100k
    mkfifo fifo
    head -c 100 <fifo >part &
    started+=("$!")
    run_hecat 7 -N --hex-dump=fifo 127.0.0.1 "$port" <sent
    assert_match 'hecat: --hex-dump: Broken pipe$' "$stderr"
    assert_download 102400
    finish_peer_with 'pattern=yes sent=102400 end=eof'
}

@test "a file that cannot be written is an error before anything is sent" {
    start_closed
    run_hecat 2 --hex-dump=missing/file 127.0.0.1 "$port" </dev/null
    assert_match "^hecat: --hex-dump 'missing/file': No such file or directory" "$stderr"
    mkfifo fifo
    run_hecat 4 -w 0.2 --hex-dump=fifo 127.0.0.1 "$port" </dev/null
    assert_match "^hecat: --hex-dump 'fifo': nobody opened the FIFO to read it" "$stderr"
    status=0
    hecat --hex-dump 127.0.0.1 "$port" </dev/null 2>&- || status=$?
    assert_equal 7 "$status"
}

@test "an old file is emptied; without a connection it stays empty" {
    echo old >dump
    start_closed
    run_hecat 1 --hex-dump=dump 127.0.0.1 "$port" </dev/null
    assert_equal 0 "$(size dump)"
    run_hecat 1 -z --hex-dump=untouched 127.0.0.1 "$port"
    [[ ! -e untouched ]]
}
