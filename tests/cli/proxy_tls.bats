#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# TLS through a proxy, and to one.

# shellcheck disable=SC2154 # as in the other tests
load helper
load certificates
load proxy

: "${FAULTS:=$top/build/tests/faults}"

@test "--tls through the tunnel, with the name of the destination" {
    start_peer -t www.test.pem recv 9 send answer recv-eof
    local report_of_peer=$report_file pid_of_peer=$peer_pid peer_port=$port
    socks5 bytes "$reply" relay "$peer_port"
    through socks5h 0 -cN --ca-file ca.pem -v <<<question
    assert_equal answer "$(<stdout)"
    assert_match "connected to proxy 127.0.0.1 port $port in .*"$'\n'"hecat: connected to www.test port 80 through it \(SOCKS 5\) in .*"$'\n'"hecat: TLSv1.3, " "$stderr"
    finish "$pid_of_peer"
    assert_match 'sni=www.test .* received=9 .* end=eof$' "$(<"$report_of_peer")"
    start_peer -t www.test.pem recv 9 send answer recv-eof
    peer_port=$port
    http send $'HTTP/1.1 200 ok\r\n\r\n' relay "$peer_port"
    run_hecat 6 --proxy "http://127.0.0.1:$port" -c www.test 80 </dev/null
    assert_match "^hecat: www.test port 80 through proxy 127.0.0.1 port $port: .*" "$stderr"
}

@test "https: TLS to the proxy, verified for its name, and the data goes on" {
    https send $'HTTP/1.1 200 ok\r\nA: b\r\n\r\n' recv 9 send answer recv-eof
    secured 0 -Nv <<<question
    assert_equal answer "$(<stdout)"
    assert_match "^hecat: connected to proxy 127.0.0.1 port $port in .*"$'\n'"hecat: TLSv1.3, .*"$'\n'".*"$'\n'"hecat: connected to www.test port 80 through it \(HTTP\) in " "$stderr"
    finish_peer_with 'sni=none .* end=eof$'
    https recv-eof
    run_hecat 6 --proxy "https://127.0.0.1:$port" www.test 80 </dev/null
    assert_match "^hecat: proxy 127.0.0.1 port $port: certificate" "$stderr"
    finish_peer_with 'end=handshake$'
}

@test "https: that of the environment, with the options of TLS" {
    https send $'HTTP/1.1 200 ok\r\n\r\n'
    all_proxy=https://127.0.0.1:$port run_hecat 0 -z --proxy env --ca-file ca.pem www.test 80
    finish_peer_with 'end=open$'
    # Where that has none the success of TLS would be none.
    run_hecat 2 --proxy env --success tls www.test 80
    assert_equal 'hecat: --success tls needs -c, --tls' "$stderr"
}

@test "https: what is behind the reply in one record goes to the relay first" {
    https send $'HTTP/1.1 200 ok\r\n\r\nbanner' shutdown recv-eof
    secured 0 </dev/null
    assert_equal banner "$(<stdout)"
    https bytes-slowly "$(hex 'HTTP/1.1 200 ok\r\n\r\nbanner')" shutdown recv-eof
    secured 0 </dev/null
    assert_equal banner "$(<stdout)"
}

@test "https: refusals, ends and silence" {
    https send $'HTTP/1.1 407 no\r\n\r\n' recv-eof
    secured 9 --json=json </dev/null
    assert_equal "hecat: proxy 127.0.0.1 port $port: 407 no" "$stderr"
    assert_equal 'failed refused 9 null' \
        "$(jq -r '"\(.result) \(.proxy.state) \(.exit_status) \(.winner)"' json)"
    https shutdown recv-eof
    secured 9 </dev/null
    assert_equal "hecat: proxy 127.0.0.1 port $port: closed by the proxy before it had answered" "$stderr"
    https truncate
    secured 9 </dev/null
    assert_match "^hecat: proxy 127.0.0.1 port $port: " "$stderr"
    https recv-eof
    secured 4 -w 2 --json=json </dev/null
    assert_match "^hecat: proxy 127.0.0.1 port $port: no connection in [0-9.]+ m?s \(-w\)"$'\n'"hecat:   127.0.0.1: no answer from the proxy in [0-9.]+ m?s$" "$stderr"
    assert_equal 'timeout no_answer 4' \
        "$(jq -r '"\(.result) \(.proxy.state) \(.exit_status)"' json)"
    https touch asked recv-eof
    start_hecat --proxy "https://127.0.0.1:$port" --ca-file ca.pem -v www.test 80 </dev/null
    wait_for exists asked
    kill -TERM "$hecat_pid"
    finish_hecat 143
    assert_match 'interrupted after ' "$stderr"
}

@test "TLS inside of the TLS to the proxy, each with its own name" {
    certify ca proxy IP:127.0.0.1
    certify ca other DNS:www.test
    PEM=other.pem inside recv 9 send answer recv-eof
    secured 0 -cNv --json=json <<<question
    assert_equal answer "$(<stdout)"
    assert_match "^hecat: connected to proxy 127.0.0.1 port $port in .*"$'\n'"hecat: TLSv1.3, .*"$'\n'"hecat: certificate of CN=www.test by .*"$'\n'"hecat: connected to www.test port 80 through it \(HTTP\) in .*"$'\n'"hecat: TLSv1.3, .*"$'\n'"hecat: certificate of CN=other by " "$stderr"
    assert_equal 'CN=www.test CN=other true' "$(jq -r '.attempts[0] |
        "\(.proxy_tls.certificate.subject) \(.tls.certificate.subject) \(.tls.verified)"' json)"
    finish "$pid_of_peer"
    assert_match 'sni=www.test .* received=9 .* end=eof$' "$(<"$report_of_peer")"
}

@test "TLS inside of TLS: 1 MiB both ways, and what is acknowledged" {
    head -c 1048576 /dev/urandom >data
    inside echo
    secured 0 -cN --json=json <data
    cmp data stdout
    assert_equal '1048576 1048576 1048576 0' "$(jq -r '.transfer |
        "\(.sent_bytes) \(.received_bytes) \(.acked_bytes) \(.unacked_bytes)"' json)"
}

@test "TLS inside of TLS: refused certificates, and ends of either" {
    authority other-ca
    certify other-ca bad DNS:www.test
    PEM=bad.pem inside recv-eof
    secured 6 -c </dev/null
    assert_match "^hecat: www.test port 80 through proxy 127.0.0.1 port $port: certificate" "$stderr"
    inside recv-eof
    run_hecat 6 --proxy "https://127.0.0.1:$port" -c --ca-file other-ca.pem www.test 80 </dev/null
    assert_match "^hecat: proxy 127.0.0.1 port $port: certificate" "$stderr"
    inside send half truncate
    secured 10 -c </dev/null
    assert_equal half "$(<stdout)"
    https send $'HTTP/1.1 200 ok\r\n\r\n' shutdown recv-eof
    secured 6 -c </dev/null
    https send $'HTTP/1.1 200 ok\r\n\r\n' truncate
    secured 6 -c </dev/null
    https send $'HTTP/1.1 200 ok\r\n\r\n' send plain recv-eof
    secured 6 -c </dev/null
    https send $'HTTP/1.1 200 ok\r\n\r\n' raw nonsense recv-eof
    secured 6 -c </dev/null
    https send $'HTTP/1.1 200 ok\r\n\r\n' recv-eof
    secured 4 -c -w 2 </dev/null
    https send $'HTTP/1.1 200 ok\r\n\r\n' recv-eof
    secured 6 -c --tls-handshake-timeout 2 </dev/null
    assert_match 'no TLS handshake in 2.0 s' "$stderr"
    https send $'HTTP/1.1 407 no\r\n\r\n' recv-eof
    secured 9 -c </dev/null
}

@test "TLS inside of TLS: -z, and what has to follow the handshake" {
    inside recv-eof
    secured 0 -cz --json=json
    assert_equal 'connected true' "$(jq -r '"\(.result) \(.attempts[0].tls.verified)"' json)"
    finish "$pid_of_peer"
    assert_match 'end=eof$' "$(<"$report_of_peer")"
    inside send banner shutdown recv-eof
    secured 0 -c --success data </dev/null
    assert_equal banner "$(<stdout)"
    inside recv-eof
    secured 0 -cz --success open:50
}

# exchanged: 2 MiB each way arrive, and are acknowledged.
exchanged() {
    pattern upload 2M >upload
    secured 0 -cN --json=json <upload
    assert_download 2097152
    assert_equal '2097152 2097152 0' "$(jq -r '.transfer |
        "\(.sent_bytes) \(.acked_bytes) \(.unacked_bytes)"' json)"
    finish_destination 'received=2097152 pattern=yes sent=2097152 end=eof$'
}

# again COUNT ACTION: sets $actions to a relay of 100 KiB and ACTION, so often.
again() {
    local i
    actions=()
    for ((i = 0; i < $1; i++)); do
        actions+=(relay-part "$far" 100k "$2")
    done
}

@test "TLS inside of TLS: the proxy has new keys, while both sides send" {
    destination exchange 2M
    again 19 update-keys
    tunnel "${actions[@]}" relay "$far"
    exchanged
}

@test "TLS inside of TLS: the proxy negotiates anew, while both sides send" {
    destination exchange 2M
    again 19 renegotiate
    SETTINGS=version=12 tunnel "${actions[@]}" relay "$far"
    exchanged
}

@test "TLS inside of TLS: the destination has new keys, or negotiates anew" {
    inside update-keys update-keys exchange 2M
    exchanged
    inside -T version=12 renegotiate send-pattern 2M recv-eof shutdown
    exchanged
}

@test "TLS inside of TLS: both negotiate anew at the same time" {
    destination -T version=12 renegotiate send-pattern 2M recv-eof shutdown
    again 19 renegotiate
    SETTINGS=version=12 tunnel "${actions[@]}" relay "$far"
    exchanged
}

# rests_until_go ARGUMENT...: the program to www.test is at rest while a proxy
# that has begun to negotiate waits for the file go; then it ends with 0.
rests_until_go() {
    start_hecat --proxy "https://127.0.0.1:$port" --ca-file ca.pem "$@" \
        www.test 80
    wait_for exists begun || return
    assert_at_rest || return
    touch go
    finish_hecat 0
}

@test "TLS inside of TLS: a proxy that begins that, and lets us wait" {
    # More than is kept on the way to a proxy that does not read.
    pattern upload 16M >upload
    destination exchange 2M
    SETTINGS=version=12 tunnel relay-part "$far" 100k renegotiate \
        touch begun wait go relay "$far"
    rests_until_go -cN <upload
    assert_download 2097152
    finish_destination 'received=16777216 pattern=yes sent=2097152 end=eof$'
}

# measure ACTION...: sets $count to the bytes that the destination sends for this
# before it leaves, as the proxy counts them. They are always as many with a key
# of RSA.
measure() {
    KEY='-algorithm RSA -pkeyopt rsa_keygen_bits:2048' certify ca rsa DNS:www.test
    PEM=rsa.pem inside "$@" truncate
    hecat --proxy "https://127.0.0.1:$port" --ca-file ca.pem -c www.test 80 \
        </dev/null >stdout 2>&1 || true
    finish_peer || return
    report=${report#*sent=}
    count=$((${report%% *} - 19))
}

# negotiates_last ACTION...: the proxy begins to negotiate anew before the last
# of $count bytes of the destination.
negotiates_last() {
    SETTINGS=version=12 tunnel relay-part "$far" $((count - 1)) renegotiate \
        relay-part "$far" 1 "$@" relay "$far"
}

# The last bytes of the handshake can be sent when the proxy has answered.
@test "TLS inside of TLS: the proxy negotiates anew as the handshake ends" {
    local count option
    measure
    for option in '' '--success open:50' '--success data'; do
        PEM=rsa.pem destination send banner recv 9 send answer recv-eof
        negotiates_last touch begun wait go
        # shellcheck disable=SC2086 # two words, or none
        rests_until_go -cN $option <<<question
        assert_equal banneranswer "$(<stdout)" "$option"
        finish_destination 'received=9 .* end=eof$'
        rm begun go
    done
    PEM=rsa.pem destination recv-eof
    negotiates_last
    secured 0 -cz
    finish_destination 'end=eof$'
}

# Nobody reads from the destination any more, but the proxy has to be read.
@test "TLS inside of TLS: the proxy negotiates anew as the destination ends" {
    local count
    pattern upload 16M >upload
    measure send bye shutdown
    PEM=rsa.pem destination send bye shutdown recv-eof
    negotiates_last touch begun wait go
    rests_until_go -cN <upload
    assert_equal bye "$(<stdout)"
    finish_destination 'received=16777216 pattern=yes .* end=eof$'
}

@test "TLS inside of TLS: likewise, with no more to send than the end" {
    local count
    measure send bye shutdown
    PEM=rsa.pem destination recv 9 send bye shutdown recv-eof
    negotiates_last touch begun wait go
    start_hecat --proxy "https://127.0.0.1:$port" --ca-file ca.pem -c \
        www.test 80 <<<question
    wait_for exists begun
    wait_for holds stdout bye
    touch go
    finish_hecat 0
    finish_destination 'received=9 .* end=eof$'
}

# ends STATUS REGEX ACTION...: the relay has this end, after 100 KiB of what the
# destination sends, when the proxy does this.
ends() {
    local expected=$1 regex=$2 count
    shift 2
    destination send-pattern 1M recv-eof
    tunnel relay-part "$far" 100k "$@"
    secured "$expected" -c </dev/null
    assert_match "^hecat: $regex\$" "$stderr"
    count=$(size stdout)
    assert_between 65536 102400 "$count" 'bytes received'
    assert_download "$count"
}

@test "TLS inside of TLS: the proxy ends in the middle of the transfer" {
    local cut='the peer ended TLS without a close_notify: what was received may be cut short'
    ends 10 "$cut" truncate
    ends 10 "$cut" shutdown
    ends 5 'connection lost: Connection reset by peer' reset
    ends 5 'connection lost: TLS failed: wrong version number' raw nonsense
    SETTINGS=version=12 ends 5 \
        'connection lost: the peer refused: TLS alert handshake failure' refuse
}

@test "TLS inside of TLS: likewise in the middle of the handshake" {
    refused() {
        destination recv-eof
        tunnel relay-part "$far" 100 "${@:2}"
        secured 6 -c </dev/null
        assert_equal "hecat: www.test port 80 through proxy 127.0.0.1 port $port: $1" \
            "$stderr"
    }
    local closed='closed by the peer in the TLS handshake'
    refused "$closed" truncate
    refused "$closed" shutdown
    refused 'Connection reset by peer in the TLS handshake' reset
    refused 'TLS failed: wrong version number' raw nonsense
    SETTINGS=version=12 refused \
        'the peer refused: TLS alert handshake failure' refuse
}

@test "TLS inside of TLS: likewise before it has answered" {
    refused() {
        https "${@:2}"
        secured 9 -c </dev/null
        assert_equal "hecat: proxy 127.0.0.1 port $port: $1" "$stderr"
    }
    refused 'Connection reset by peer' reset
    refused 'TLS failed: wrong version number' raw nonsense
    SETTINGS=version=12 refused \
        'the peer refused: TLS alert handshake failure' refuse
}

@test "TLS inside of TLS: a byte of the handshake at a time" {
    destination recv 9 send answer recv-eof
    tunnel pace 1 1 relay-part "$far" 600 pace 65536 0 relay "$far"
    secured 0 -cN <<<question
    assert_equal answer "$(<stdout)"
    finish_destination 'received=9 .* end=eof$'
    destination recv-eof
    tunnel pace 1 1000 relay "$far"
    secured 6 -c --tls-handshake-timeout 0.5 </dev/null
    assert_match 'no TLS handshake in 500 ms$' "$stderr"
    destination recv-eof
    tunnel pace 1 1000 relay "$far"
    secured 4 -c -w 0.5 </dev/null
    assert_match 'no TLS handshake in [0-9]+ ms$' "$stderr"
}

# fails CALL:K:ERRNO: what becomes of a call that fails: all of the data, or 70
# and a sentence.
fails() {
    status=0
    timeout -k 1 "$DEADLINE" env LD_PRELOAD="$FAULTS/fault.so" FAULT="$1" \
        "$HECAT" --proxy "https://127.0.0.1:$port" --ca-file ca.pem -cN \
        www.test 80 <question >stdout 2>stderr || status=$?
    case $status in
    0) assert_equal answer "$(<stdout)" "$1" ;;
    70) assert_match '^hecat: .' "$(<stderr)" "$1" ;;
    *) fail "$1: status $status: $(<stderr)" ;;
    esac
}

@test "TLS inside of TLS: calls of the program fail, one after the other" {
    ! is_sanitized || skip 'not with a sanitizer'
    local fault k failed
    echo question >question
    start_peer -k 0 -t www.test.pem recv 9 send answer recv-eof
    start_peer -k 0 -t www.test.pem expect "$connect_request" \
        send $'HTTP/1.1 200 ok\r\n\r\n' relay "$port"
    for fault in event_new:12 event_add:12 epoll_ctl:28 send:12; do
        failed=0
        for k in {1..13}; do
            fails "${fault%:*}:$k:${fault#*:}"
            ((failed += status != 0)) || true
        done
        assert_between 2 13 "$failed" "$fault: runs that failed"
    done
}
