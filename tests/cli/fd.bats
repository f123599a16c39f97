#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Connections that come from elsewhere (--fd) and go elsewhere (-F).

# Variables come from the helper, and functions are called by name.
# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper

fdpass() {
    timeout -k 1 "$DEADLINE" "$TEST_TOOLS/fdpass" "$@"
}

# with_connection COMMAND...: runs it with descriptor 7 connected to the peer,
# and says when the flags of that have changed.
with_connection() {
    local before status=0
    exec 7<>"/dev/tcp/127.0.0.1/$port"
    before=$(grep flags "/proc/$BASHPID/fdinfo/7")
    "$@" || status=$?
    [[ $before == "$(grep flags "/proc/$BASHPID/fdinfo/7")" ]] ||
        echo 'flags changed' >&2
    return "$status"
}

# --- --fd ------------------------------------------------------------------

@test "--fd: up and down, over a socket that may block" {
    pattern upload 5M >input
    start_peer exchange 5M close
    run_command 0 with_connection hecat --fd 7 -N <input
    assert_equal '' "$stderr"
    assert_download 5242880
    finish_peer_with 'received=5242880 pattern=yes sent=5242880'
}

@test "--fd: into a pipe and from a pipe, and in the portable way" {
    local option
    piped() {
        set -o pipefail
        pattern upload 5M | with_connection hecat --fd 7 -N ${option:+"$option"} | cat
    }
    for option in '' --no-splice; do
        start_peer exchange 5M close
        run_command 0 piped
        assert_equal '' "$stderr"
        assert_download 5242880
        finish_peer_with 'received=5242880 pattern=yes'
    done
}

# through_pipes: relays from the FIFO input to the file output, with pipes on
# both sides, which would be spliced if the socket did not block.
through_pipes() {
    set -o pipefail
    with_connection "$HECAT" --fd 7 "$@" <input 2>stderr | cat >output
}

# Nothing more comes until something was sent: a read that blocked would wait
# for ever.
@test "--fd: a peer that is silent holds nothing up" {
    mkfifo input
    exec 8<>input
    start_peer send first recv 4 send second close
    through_pipes --exit-on-peer-eof 3>&- 8>&- &
    started+=("$!")
    wait_for holds output first
    printf text >&8
    finish "$!"
    check_status 0 hecat
    holds output firstsecond
    assert_equal '' "$(<stderr)"
}

# The peer takes nothing for a while: a write that blocked would keep the
# program from what the peer sends meanwhile.
@test "--fd: a write that would block keeps nothing from being read" {
    mkfifo input
    start_peer wait full send first wait go recv 20M send second close
    pattern upload 20M >input 3>&- &
    started+=("$!")
    through_pipes -N 3>&- &
    started+=("$!")
    touch full
    wait_for holds output first
    touch go
    finish "$!"
    check_status 0 hecat
    holds output firstsecond
    finish_peer_with 'received=20971520 pattern=yes'
}

# splice(2) into a pipe waits for data where the socket does.
@test "--fd: a socket that may block is not spliced, and another one is" {
    local kind
    traced() {
        set -o pipefail
        pattern download 3M | ASAN_OPTIONS=detect_leaks=0 fdpass give "$1" \
            strace -f -o trace -e trace=splice,setsockopt "$HECAT" --fd 7 -N | cat
    }
    needs strace -o /dev/null true
    for kind in unix nonblocking; do
        run_command 0 traced $kind
        assert_download 3145728
        [[ $kind == nonblocking ]] || run ! grep -E 'splice\(|SO_' trace
        [[ $kind == unix ]] || grep -q 'splice(7, ' trace
    done
}

@test "--fd: the rules of a relay hold" {
    start_peer recv 2 reset
    run_command 5 with_connection hecat --fd 7 <<<x
    assert_match 'connection lost' "$stderr"
    start_peer recv-eof
    run_command 8 with_connection hecat --fd 7 -i 0.1 < <(exec sleep 5)
    start_peer send text close
    run_command 0 with_connection hecat --fd 7 --recv-only </dev/null
    finish_peer
}

@test "--fd: a UNIX socket, blocking or not, whose flags stay" {
    local kind
    pattern download 3M >input
    for kind in unix nonblocking; do
        run_command 0 fdpass give $kind "$HECAT" --fd 7 -N <input
        assert_equal '' "$stderr"
        assert_download 3145728
    done
}

@test "--fd: what is not a connected stream socket" {
    refuse() {
        run_command 2 fdpass give "$1" "$HECAT" "${@:3}" --fd 7 </dev/null
        assert_equal "hecat: --fd 7: $2" "$stderr"
    }
    refuse datagram 'not a stream socket'
    refuse listening 'Transport endpoint is not connected'
    refuse unconnected 'Transport endpoint is not connected'
    run_hecat 2 --fd 9 9>&-
    assert_equal 'hecat: --fd 9: Bad file descriptor' "$stderr"
    run_hecat 2 --fd 9 9</dev/null
    assert_equal 'hecat: --fd 9: Socket operation on non-socket' "$stderr"
}

@test "--fd: reports say what there is" {
    start_peer recv 5 send answer close
    run_command 0 with_connection hecat --fd 7 -vt --json=out <<<text
    assert_match "^hecat: relaying over descriptor 7, connected to 127.0.0.1 port $port
" "$stderr"
    assert_match "
127.0.0.1 port $port \(times in ms\)
  result  connection given after [0-9.]+ m?s
  data    sent 5 bytes, received 6 bytes in " $'\n'"$stderr"
    assert_equal "[\"127.0.0.1\",\"$port\",$port,\"given\",[],5,6]" \
        "$(jq -c '[.host, .service, .port, .result, .attempts,
            .transfer.sent_bytes, .transfer.received_bytes]' out)"
    run_command 0 fdpass give unix "$HECAT" --fd 7 -Nvt --json=out <<<text
    assert_match '^hecat: relaying over descriptor 7
' "$stderr"
    assert_equal '["descriptor 7",null,null]' "$(jq -c '[.host, .service, .port]' out)"
}

# --- -F --------------------------------------------------------------------

@test "-F: the parent gets the socket, blocking and as connect(2) made it" {
    local host
    for host in 127.0.0.1 localhost; do
        start_peer recv-eof send answer close
        run_command 0 fdpass take "$HECAT" -F $host "$port" <<<text
        assert_match '^family=IPv4 peer=127.0.0.1 blocking=yes nodelay=no bytes=1
answer$' "$(<stdout)"
        assert_equal '' "$stderr"
        finish_peer_with 'received=5 '
    done
}

@test "-F: what the peer has sent already is not lost" {
    start_peer send greeting recv-eof close
    run_command 0 fdpass take "$HECAT" -F --success data 127.0.0.1 "$port" </dev/null
    assert_match 'bytes=1
greeting$' "$(<stdout)"
}

@test "-F: the race is run, and reports go to standard error" {
    start_peer recv-eof
    run_command 0 fdpass take "$HECAT" -Fv -T ef --address ::1,127.0.0.1 \
        host.test "$port" </dev/null
    assert_match 'connected to host.test port' "$stderr"
    assert_match '^family=IPv4 peer=127.0.0.1 ' "$(<stdout)"
}

@test "-F: standard input is left alone" {
    start_peer recv-eof
    { run_command 0 fdpass take "$HECAT" -F 127.0.0.1 "$port"; } < <(echo text)
    finish_peer_with 'received=5 '
}

@test "-F: no connection, and no descriptor" {
    start_closed
    run_command 1 fdpass take "$HECAT" -F 127.0.0.1 "$port" </dev/null
    assert_equal 'no descriptor' "$(<stdout)"
    assert_match 'Connection refused' "$stderr"
}

@test "-F: a parent that has gone is like a reader that has gone" {
    start_peer recv-eof
    run_command 141 fdpass leave "$HECAT" -F 127.0.0.1 "$port" </dev/null
    assert_equal '' "$stderr"
    finish_peer_with 'received=0 '
}

@test "-F: standard output has to be a UNIX socket, before anything is sent" {
    local message='hecat: -F: standard output has to be a UNIX socket, as'
    start_peer touch connected
    run_hecat 2 -F 127.0.0.1 "$port"
    assert_match "^$message" "$stderr"
    refuse() {
        hecat -F 127.0.0.1 "$port" "$@" | cat
        return "${PIPESTATUS[0]}"
    }
    run_command 2 refuse
    assert_match "^$message" "$stderr"
    run_command 2 hecat -F 127.0.0.1 "$port" >&-
    [[ ! -e connected ]] || fail 'there was a connection'
}
