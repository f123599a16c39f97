#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# TLS through a proxy, and to one.

# shellcheck disable=SC2154 # as in the other tests
load helper
load certificates
load proxy

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

# https ACTION...: a proxy for HTTP by TLS that has got the CONNECT.
https() {
    start_peer -t www.test.pem expect "$connect_request" "$@"
}

# secured STATUS ARGUMENT...: the program to www.test by that proxy.
secured() {
    local expected=$1
    shift
    run_hecat "$expected" --proxy "https://127.0.0.1:$port" --ca-file ca.pem \
        "$@" www.test 80
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
    secured 4 -w 0.5 --json=json </dev/null
    assert_match "^hecat: proxy 127.0.0.1 port $port: no connection in [0-9.]+ m?s \(-w\)"$'\n'"hecat:   127.0.0.1: no answer from the proxy in [0-9.]+ ms$" "$stderr"
    assert_equal 'timeout no_answer 4' \
        "$(jq -r '"\(.result) \(.proxy.state) \(.exit_status)"' json)"
    https touch asked recv-eof
    start_hecat --proxy "https://127.0.0.1:$port" --ca-file ca.pem -v www.test 80 </dev/null
    wait_for exists asked
    kill -TERM "$hecat_pid"
    finish_hecat 143
    assert_match 'interrupted after ' "$stderr"
}

@test "-c is not for the tunnel of an https proxy" {
    start_closed
    export ALL_PROXY=https://127.0.0.1:$port all_proxy='' no_proxy='' NO_PROXY=''
    run_hecat 2 --proxy env -c www.test 80
    assert_equal 'hecat: -c: hecat has no TLS in the TLS of an https proxy' "$stderr"
}
