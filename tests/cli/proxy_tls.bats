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
