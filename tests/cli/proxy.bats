#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --proxy, against a peer on loopback that says what a proxy says, or should not.

# shellcheck disable=SC2154 # as in the other tests
load helper
load proxy

@test "socks5h: the proxy is asked for the name, and the data goes on" {
    socks5 bytes "$reply" recv 9 send answer recv-eof
    through socks5h 0 -N <<<question
    assert_equal answer "$(<stdout)"
    assert_equal '' "$stderr"
    finish_peer_with 'received=27 .* end=eof$'
}

@test "http: CONNECT with its Host, and the data goes on" {
    http send $'HTTP/1.1 200 Connection established\r\nA: b\r\n\r\n' \
        recv 9 send answer recv-eof
    through http 0 -N <<<question
    assert_equal answer "$(<stdout)"
    finish_peer_with 'end=eof$'
}

@test "socks4a: the proxy is asked for the name" {
    start_peer expect "040100500000000100$(hex www.test)00" \
        bytes 005a000000000000 recv 9 send answer recv-eof
    through socks4a 0 -N <<<question
    assert_equal answer "$(<stdout)"
    finish_peer_with 'end=eof$'
}

@test "an address is asked for as one" {
    start_peer expect "$methods" bytes 0500 expect 05010001c00002010050 bytes "$reply"
    run_hecat 0 --proxy "socks5h://127.0.0.1:$port" -z 192.0.2.1 80
    finish_peer_with 'received=13 .*end=open$'
    start_peer expect "$methods" bytes 0500 \
        expect 0501000420010db80000000000000000000000010050 bytes "$reply"
    run_hecat 0 --proxy "socks5://127.0.0.1:$port" -z 2001:db8::1 80
    finish_peer_with 'end=open$'
    start_peer expect "$(hex 'CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n')" \
        send $'HTTP/1.0 200 ok\r\n\r\n'
    run_hecat 0 --proxy "http://127.0.0.1:$port" -z 2001:db8::1 80
    finish_peer_with 'end=open$'
    start_peer expect "04010050c000020100" bytes 005a000000000000
    run_hecat 0 --proxy "socks4a://127.0.0.1:$port" -z 192.0.2.1 80
    finish_peer_with 'end=open$'
}

@test "what is behind the reply in one segment goes to the relay first" {
    socks5 bytes "$reply$(hex banner)" shutdown recv-eof
    through socks5h 0 </dev/null
    assert_equal banner "$(<stdout)"
    finish_peer
    http send $'HTTP/1.1 200 ok\r\n\r\nbanner' shutdown recv-eof
    through http 0 </dev/null
    assert_equal banner "$(<stdout)"
    finish_peer
    # A length means nothing, and a line without CR ends as well.
    http send $'HTTP/1.1 204\nContent-Length: 6\n\nbanner' shutdown recv-eof
    through http 0 </dev/null
    assert_equal banner "$(<stdout)"
    finish_peer
    http send $'HTTP/1.1 100 Wait\r\nA: b\r\n\r\nHTTP/1.1 200 ok\r\n\r\n\r\nbanner' \
        shutdown recv-eof
    through http 0 </dev/null
    assert_equal $'\r\nbanner' "$(<stdout)"
}

@test "a reply may come byte by byte" {
    start_peer expect "$methods" bytes-slowly 0500 expect "$request" \
        bytes-slowly "0500000305$(hex local)1234$(hex banner)" shutdown recv-eof
    through socks5h 0 </dev/null
    assert_equal banner "$(<stdout)"
    finish_peer
    http bytes-slowly "$(hex 'HTTP/1.1 200 ok\r\nA: b\r\n\r\nbanner')" \
        shutdown recv-eof
    through http 0 </dev/null
    assert_equal banner "$(<stdout)"
}

@test "user and password of the URL, decoded" {
    local url=u%20x:p%40:z
    start_peer expect "$methods_user" bytes 0502 \
        expect "0103$(hex 'u x')04$(hex p@:z)" bytes 0100 expect "$request" \
        bytes "$reply"
    run_hecat 0 -z --proxy "socks5h://$url@127.0.0.1:$port" www.test 80
    finish_peer_with 'end=open$'
    # The proxy may be content without them.
    start_peer expect "$methods_user" bytes 0500 expect "$request" bytes "$reply"
    run_hecat 0 -z --proxy "socks5h://$url@127.0.0.1:$port" www.test 80
    finish_peer_with 'end=open$'
    start_peer expect "$(hex 'CONNECT www.test:80 HTTP/1.1\r\nHost: www.test:80\r\nProxy-Authorization: Basic dSB4OnBAOno=\r\n\r\n')" \
        send $'HTTP/1.1 200 ok\r\n\r\n'
    run_hecat 0 -z --proxy "http://$url@127.0.0.1:$port" www.test 80
    finish_peer_with 'end=open$'
    start_peer expect "0401005000000001$(hex 'u x')00$(hex www.test)00" \
        bytes 005a000000000000
    run_hecat 0 -z --proxy "socks4a://u%20x@127.0.0.1:$port" www.test 80
    finish_peer_with 'end=open$'
}

@test "what a SOCKS 5 proxy refuses, in words" {
    local row
    for row in '01 general failure' '02 not allowed by the rules of the proxy' \
        '03 network unreachable' '04 host unreachable' '05 connection refused' \
        '06 TTL expired' '07 command not supported' \
        '08 address type not supported' '09 failure 9' 'ff failure 255'; do
        socks5 bytes "05${row%% *}00"
        refuses socks5h "SOCKS: ${row#* }"
    done
    start_peer expect "$methods" bytes 05ff
    refuses socks5h 'SOCKS: a user and a password are wanted'
    start_peer expect "$methods_user" bytes 05ff
    run_hecat 9 --proxy "socks5h://u:p@127.0.0.1:$port" www.test 80 </dev/null
    assert_match ': SOCKS: no way to authenticate was accepted$' "$stderr"
    start_peer expect "$methods_user" bytes 0502 expect 0101750170 bytes 0101
    run_hecat 9 --proxy "socks5h://u:p@127.0.0.1:$port" www.test 80 </dev/null
    assert_match ': SOCKS: the user or the password is wrong$' "$stderr"
}

@test "what a SOCKS 4 proxy refuses, in words" {
    local row
    for row in '5b the request was rejected or failed' \
        '5c the proxy cannot reach identd on this host' \
        '5d identd on this host reports another user'; do
        start_peer expect 040100500000000100 bytes "00${row%% *}"
        refuses socks4a "SOCKS: ${row#* }"
    done
}

@test "what an HTTP proxy refuses, in its own words, escaped" {
    http send $'HTTP/1.1 407 Proxy Authentication Required\r\n'
    refuses http '407 Proxy Authentication Required'
    http send $'HTTP/1.0 503 \r\n'
    refuses http 503
    http send $'HTTP/1.1 302\r\n'
    refuses http 302
    http send $'HTTP/1.1 403 \e[31mno\u202e\x80\r\n'
    refuses http '403 ?[31mno??'
    http send "HTTP/1.1 403 $(printf 'a%.0s' {1..3000})"$'\r\n'
    through http 9 </dev/null
    ((${#stderr} < 250)) || fail "$stderr"
}

@test "what is no answer of SOCKS" {
    start_peer expect "$methods" bytes 0400
    refuses socks5h 'not an answer of SOCKS 5: its first byte is 4'
    start_peer expect "$methods" send 'HTTP/1.1 400 Bad'
    refuses socks5h 'not an answer of SOCKS 5: its first byte is 72'
    start_peer expect "$methods" bytes 0502
    refuses socks5h 'SOCKS: method 2 was not offered'
    start_peer expect "$methods" bytes 0501
    refuses socks5h 'SOCKS: method 1 was not offered'
    start_peer expect "$methods_user" bytes 0502 expect 0101750170 bytes 0500
    run_hecat 9 --proxy "socks5h://u:p@127.0.0.1:$port" www.test 80 </dev/null
    assert_match ': not an answer of SOCKS 5: its first byte is 5$' "$stderr"
    socks5 bytes 0400
    refuses socks5h 'not an answer of SOCKS 5: its first byte is 4'
    socks5 bytes 050001
    refuses socks5h 'SOCKS: the reserved byte is 1'
    socks5 bytes 05000002
    refuses socks5h 'SOCKS: an unknown type of address, 2'
    start_peer expect 040100500000000100 bytes 045a
    refuses socks4a 'not an answer of SOCKS 4: its first byte is 4'
    start_peer expect 040100500000000100 bytes 0000
    refuses socks4a 'SOCKS: an unknown answer, 0'
    start_peer expect 040100500000000100 bytes 005e
    refuses socks4a 'SOCKS: an unknown answer, 94'
}

@test "what is no answer of HTTP" {
    local line
    for line in 'SSH-2.0-x' 'HTTP/2 200 ok' 'HTTP/1.1  200 ok' 'HTTP/1.1 20 ok' \
        'HTTP/1.1 2000 ok' 'HTTP/1.1 200ok' 'http/1.1 200 ok' 'HTTP/1.x 200 ok' \
        'HTTP/1.1 099 ok' ' HTTP/1.1 200 ok' 'ICY 200 OK'; do
        http send "$line"$'\r\n'
        refuses http "not an answer of HTTP/1: '$line'"
    done
    http bytes 0d0a
    refuses http "not an answer of HTTP/1: ''"
    http bytes 1b5b33316d0a
    refuses http "not an answer of HTTP/1: '\x1b[31m'"
    http send $'HTTP/1.1 200 ok\rX'
    refuses http 'HTTP: a CR without LF in a header'
    http send $'HTTP/1.1 200 ok\r\r\n'
    refuses http 'HTTP: a CR without LF in a header'
    http bytes "$(hex 'HTTP/1.1 200 ok\r\nA')00"
    refuses http 'HTTP: a NUL byte in a header'
    http send $'HTTP/1.1 101 Switching Protocols\r\n'
    refuses http 'HTTP: status 101 was not asked for'
}

@test "endless headers" {
    http send $'HTTP/1.1 200 ok\r\n' flood "A: $(printf 'a%.0s' {1..200})"$'\r\n'
    through http 9 </dev/null
    assert_match ': HTTP: more than 64 KiB of headers$' "$stderr"
    http flood aaaaaaaa
    through http 9 </dev/null
    assert_match ': HTTP: more than 64 KiB of headers$' "$stderr"
    http flood $'HTTP/1.1 100 wait\r\n\r\n'
    through http 9 </dev/null
    assert_match ': HTTP: more than 64 KiB of headers$' "$stderr"
}

@test "a proxy that closes or resets before it has answered" {
    local dialogue
    start_peer close
    through http 9 </dev/null
    assert_match "port $port: (closed by the proxy before it had answered|Connection reset by peer)$" "$stderr"
    http close
    refuses http 'closed by the proxy before it had answered'
    http send $'HTTP/1.1 200 ok\r\n' close
    refuses http 'closed by the proxy before it had answered'
    for dialogue in 05 0500 0500000100; do
        socks5 bytes "$dialogue" close
        refuses socks5h 'closed by the proxy before it had answered'
    done
    http reset
    refuses http 'Connection reset by peer'
}

@test "a proxy that does not answer: -w, and --attempt-timeout" {
    http recv-eof
    through http 4 -w 0.3 </dev/null
    assert_match "^hecat: proxy 127.0.0.1 port $port: no connection in 3[0-9]{2} ms \(-w\)"$'\n'"hecat:   127.0.0.1: no answer from the proxy in [0-9.]+ ms$" "$stderr"
    finish_peer_with 'end=eof$'
    socks5 bytes 05 recv-eof
    through socks5h 9 --attempt-timeout 0.3 </dev/null
    assert_match "^hecat: proxy 127.0.0.1 port $port: no answer from the proxy in [0-9.]+ ms$" "$stderr"
    finish_peer_with 'end=eof$'
}

@test "a signal ends the dialogue" {
    start_peer expect "$methods" touch asked recv-eof
    start_hecat --proxy "socks5h://127.0.0.1:$port" -v www.test 80 </dev/null
    wait_for exists asked
    kill -TERM "$hecat_pid"
    finish_hecat 143
    assert_match "port $port: interrupted after .*"$'\n'"hecat:   127.0.0.1: no answer from the proxy in " "$stderr"
    finish_peer
}

@test "no proxy there: the message names it, status 1" {
    start_closed
    through socks5h 1 </dev/null
    assert_equal "hecat: proxy 127.0.0.1 port $port: Connection refused" "$stderr"
    run_hecat 3 --proxy http://nosuch.invalid h 80 </dev/null
    assert_match '^hecat: proxy nosuch.invalid: no such name$|name server' "$stderr"
}
