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
    http send $'HTTP/1.1 403 \e[31mno\xe2\x80\xae\x80\r\n'
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
    assert_match "^hecat: proxy 127.0.0.1 port $port: no connection in ([3-9][0-9]{2} ms|[0-9.]+ s) \(-w\)"$'\n'"hecat:   127.0.0.1: no answer from the proxy in [0-9.]+ m?s$" "$stderr"
    finish_peer_with 'end=eof$'
    socks5 bytes 05 recv-eof
    through socks5h 9 --attempt-timeout 0.3 </dev/null
    assert_match "^hecat: proxy 127.0.0.1 port $port: no answer from the proxy in [0-9.]+ m?s$" "$stderr"
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

# by_address STATUS 'TURNS' OPTION...: a SOCKS 5 proxy that answers in turns is
# asked for two addresses of www.test. After '-' it answers nothing, and closes.
by_address() {
    local expected=$1 turns
    read -ra turns <<<"$2"
    shift 2
    start_peer -k 0 expect "$methods" bytes 0500 recv 4 \
        bytes-by-turn "${turns[@]#-}" close
    run_hecat "$expected" --proxy "socks5://127.0.0.1:$port" --order resolver \
        --resolve www.test:80:192.0.2.1,2001:db8::1 --json=json "$@" \
        www.test 80 </dev/null
}

@test "socks5: an address that the proxy does not reach is followed by the next" {
    by_address 0 "0505 $reply" -z -v
    assert_match "^hecat: connected to proxy 127.0.0.1 .*"$'\n'"hecat: 192.0.2.1: SOCKS: connection refused"$'\n'"hecat: connected to www.test port 80 \(2001:db8::1\) through it \(SOCKS 5\) in " "$stderr"
    assert_equal '192.0.2.1 2001:db8::1 open' \
        "$(jq -r '.proxy | .refusals[0].address + " " + .asked + " " + .state' json)"
    by_address 9 '0504 0503'
    assert_equal "hecat: www.test port 80 through proxy 127.0.0.1 port $port: no connection
hecat:   192.0.2.1: SOCKS: host unreachable
hecat:   2001:db8::1: SOCKS: network unreachable" "$stderr"
    # One that closes where its answer should be has refused, too.
    by_address 0 "- $reply" -z -v
    assert_match $'\n'"hecat: 192.0.2.1: (closed by the proxy before it had answered|Connection reset by peer)"$'\n'"hecat: connected to www.test port 80 \\(2001:db8::1\\) " "$stderr"
    # What is not about the address ends it.
    by_address 9 "05 $reply"
    assert_match "^hecat: proxy 127.0.0.1 port $port: " "$stderr"
    by_address 9 "0507 $reply"
    assert_equal "hecat: proxy 127.0.0.1 port $port: SOCKS: command not supported" "$stderr"
    by_address 0 "$reply 0505" -z --exclude 192.0.2.0/24
    assert_equal 2001:db8::1 "$(jq -r .proxy.asked json)"
    # The way to the proxy, and no more, is IPv4.
    by_address 0 "0505 $reply" -z -4
    assert_equal 2001:db8::1 "$(jq -r .proxy.asked json)"
}

@test "socks5: no answer about an address for --attempt-timeout, and the next" {
    local silent=(-k 0 expect "$methods" bytes 0500 recv 4)
    local options=(--order resolver --attempt-timeout 0.3 --json=json
        --resolve "www.test:80:192.0.2.1,2001:db8::1")
    start_peer "${silent[@]}" bytes-by-turn '' "$reply" recv-eof
    run_hecat 0 -z -vv --proxy "socks5://127.0.0.1:$port" "${options[@]}" www.test 80
    assert_match $'\n''hecat: 192.0.2.1: no answer from the proxy in [0-9.]+ m?s'$'\n'"hecat: connected to www.test port 80 \(2001:db8::1\) " "$stderr"
    assert_equal 1 "$(grep -c 'ms  connected$' stderr)" 'lines about a connection'
    assert_equal '192.0.2.1 2001:db8::1 open' \
        "$(jq -r '.proxy | .refusals[0].address + " " + .asked + " " + .state' json)"
    start_peer "${silent[@]}" bytes-by-turn 0504 '' recv-eof
    run_hecat 9 --proxy "socks5://127.0.0.1:$port" "${options[@]}" www.test 80 </dev/null
    assert_equal "hecat: www.test port 80 through proxy 127.0.0.1 port $port: no connection
hecat:   192.0.2.1: SOCKS: host unreachable
hecat:   2001:db8::1: no answer" "$stderr"
    assert_equal no_answer "$(jq -r .proxy.state json)"
    # One that is silent before it was asked does not answer about any of them.
    start_peer -k 0 expect "$methods" recv-eof
    run_hecat 9 --proxy "socks5://127.0.0.1:$port" "${options[@]}" www.test 80 </dev/null
    assert_match "^hecat: proxy 127.0.0.1 port $port: no answer from the proxy in [0-9.]+ m?s$" "$stderr"
    assert_equal 0 "$(jq '.proxy.refusals | length' json)"
}

@test "socks5: the destination is looked up here" {
    start_closed
    run_hecat 3 --proxy "socks5://127.0.0.1:$port" nosuch.invalid 80 </dev/null
    assert_match '^hecat: nosuch.invalid: ' "$stderr"
    run_hecat 3 --proxy "socks4://127.0.0.1:$port" --resolve h:80:::1 h 80 </dev/null
    assert_match '^hecat: h' "$stderr"
    run_hecat 2 -n --proxy "socks5://127.0.0.1:$port" www.test 80 </dev/null
    assert_equal "hecat: -n: 'www.test' is no address" "$stderr"
    # Names for the proxy are no names of ours.
    run_hecat 1 -n --proxy "socks5h://127.0.0.1:$port" www.test 80 </dev/null
    run_hecat 2 -n --proxy socks5h://localhost www.test 80 </dev/null
    assert_equal "hecat: -n: 'localhost' is no address" "$stderr"
}

@test "socks4: the address of the name" {
    start_peer expect 04010050c000020100 bytes 005a000000000000
    run_hecat 0 -z --proxy "socks4://127.0.0.1:$port" \
        --resolve www.test:80:2001:db8::1,192.0.2.1 www.test 80
    finish_peer_with 'end=open$'
    start_peer expect 04010050c00002017500 bytes 005a000000000000
    run_hecat 0 -z -X 4 -x "127.0.0.1:$port" -P u 192.0.2.1 80
    finish_peer_with 'end=open$'
}

@test "nc's spelling" {
    socks5 bytes "$reply"
    run_hecat 0 -z -x "127.0.0.1:$port" www.test 80
    finish_peer_with 'end=open$'
    socks5 bytes "$reply"
    run_hecat 0 -z -X5 -x "127.0.0.1:$port" www.test 80
    finish_peer_with 'end=open$'
    http send $'HTTP/1.1 200 ok\r\n\r\n'
    run_hecat 0 -z -X connect -x "127.0.0.1:$port" www.test 80
    finish_peer_with 'end=open$'
}

@test "-P: the password is read from the terminal, and not shown" {
    local request_user
    request_user=$(hex 'CONNECT www.test:80 HTTP/1.1\r\nHost: www.test:80\r\nProxy-Authorization: Basic dTpzZWNyZXQ=\r\n\r\n')
    start_peer expect "$request_user" send $'HTTP/1.1 200 ok\r\n\r\n'
    cat >typist <<'EOF'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown = b''
while b': ' not in shown:
    shown += os.read(fd, 100)
os.write(fd, b'secret\n')
try:
    while more := os.read(fd, 100):
        shown += more
except OSError:
    pass
print(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
EOF
    needs python3 -c 'import pty'
    run_command 0 timeout "$DEADLINE" python3 typist "$HECAT" -z -X connect \
        -x "127.0.0.1:$port" -P u www.test 80
    assert_equal "b'Proxy password for u@127.0.0.1: \\r\\n'" "$(<stdout)"
    finish_peer_with 'end=open$'
    run_command 2 setsid -w "$HECAT" -z -X connect -x "127.0.0.1:$port" -P u \
        www.test 80
    assert_match '^hecat: -P: no password from the terminal: .*; use --proxy-auth-file$' \
        "$stderr"
}

@test "--proxy-auth-file: its first line" {
    local line
    printf 'u x:p:z\r\nmore\n' >auth
    start_peer expect "$methods_user" bytes 0502 \
        expect "0103$(hex 'u x')03$(hex p:z)" bytes 0100 expect "$request" \
        bytes "$reply"
    through socks5h 0 -z --proxy-auth-file auth
    finish_peer_with 'end=open$'
    start_closed
    through socks5h 2 --proxy-auth-file nosuch
    assert_equal 'hecat: --proxy-auth-file nosuch: No such file or directory' "$stderr"
    for line in '' user ':password'; do
        echo "$line" >auth
        through socks5h 2 --proxy-auth-file auth
        assert_equal 'hecat: --proxy-auth-file auth: its first line must be USER:PASSWORD' "$stderr"
    done
    printf '%0256d:p\n' 0 >auth
    through socks5h 2 --proxy-auth-file auth
    assert_equal 'hecat: --proxy-auth-file auth: user and password: at most 255 bytes each' "$stderr"
    printf '%0600d:p\n' 0 >auth
    through socks5h 2 --proxy-auth-file auth
}

@test "--proxy env: \$all_proxy, then \$ALL_PROXY, but for \$no_proxy" {
    export all_proxy='' ALL_PROXY NO_PROXY='' no_proxy=''
    socks5 bytes "$reply"
    ALL_PROXY=socks5h://127.0.0.1:$port
    run_hecat 0 -z --proxy env www.test 80
    finish_peer_with 'end=open$'
    http send $'HTTP/1.1 200 ok\r\n\r\n'
    all_proxy=127.0.0.1:$port ALL_PROXY=socks5h://nosuch.invalid no_proxy=other.test
    run_hecat 0 -z --proxy env www.test 80
    finish_peer_with 'end=open$'
    all_proxy=ftp://127.0.0.1
    run_hecat 2 --proxy env www.test 80
    assert_equal "hecat: \$all_proxy: the scheme must be socks5, socks5h, socks4, socks4a, http or https" "$stderr"
    # With an exception, or without one, it connects by itself.
    start_peer -k 3 recv-eof
    all_proxy=http://nosuch.invalid no_proxy=127.0.0.0/8
    run_hecat 0 -z --proxy env 127.0.0.1 "$port"
    all_proxy='' ALL_PROXY='' no_proxy=''
    https_proxy=http://nosuch.invalid HTTPS_PROXY=http://nosuch.invalid \
        run_hecat 0 -z --proxy env 127.0.0.1 "$port"
    # Nobody has asked for it.
    all_proxy=http://nosuch.invalid
    run_hecat 0 -z 127.0.0.1 "$port"
    finish_peer
}

@test "hosts that cannot be asked for" {
    local proxy=http://127.0.0.1:9
    run_hecat 2 --proxy socks4a://127.0.0.1 2001:db8::1 80
    assert_match 'SOCKS 4 knows no IPv6 addresses; use socks5$' "$stderr"
    run_hecat 2 --proxy "$proxy" fe80::1%lo 80
    assert_match 'a zone of this host means nothing to a proxy$' "$stderr"
    run_hecat 2 --proxy "$proxy" $'b\xfccher.test' 80
    assert_equal 'hecat: b?cher.test: not a name in UTF-8; write its ASCII form (xn--...)' "$stderr"
    run_hecat 2 --proxy "$proxy" ☃.test 80
    assert_match ': not a name that a host can have; write its ASCII form \(xn--...\)$' "$stderr"
    # An ideographic blank would be one in the request.
    run_hecat 2 --proxy "$proxy" $'a\xe3\x80\x80b.test' 80
    assert_match ': not a name that a host can have; ' "$stderr"
}

@test "international names are asked for in their ASCII form" {
    local name
    name=$(hex xn--bcher-kva.test)
    start_peer expect "$methods" bytes 0500 expect "0501000312${name}0050" \
        bytes "$reply"
    run_hecat 0 -z -v --proxy "socks5h://127.0.0.1:$port" bücher.test 80
    assert_match 'connected to bücher.test port 80 through it' "$stderr"
    finish_peer_with 'end=open$'
    start_peer expect "040100500000000100${name}00" bytes 005a000000000000
    run_hecat 0 -z --proxy "socks4a://127.0.0.1:$port" BÜCHER.test 80
    finish_peer_with 'end=open$'
    start_peer expect "$(hex 'CONNECT xn--bcher-kva.test:80 HTTP/1.1\r\nHost: xn--bcher-kva.test:80\r\n\r\n')" \
        send $'HTTP/1.1 200 ok\r\n\r\n'
    run_hecat 0 -z --proxy "http://127.0.0.1:$port" bücher.test 80
    finish_peer_with 'end=open$'
    LD_PRELOAD=$TEST_PRELOAD/no_idn2.so run_hecat 2 --proxy http://127.0.0.1:9 bücher.test 80
    assert_match ': names that are not ASCII need libidn2, which is not here; ' "$stderr"
}

@test "--exclude: an address that is the host itself" {
    local scheme
    start_closed
    for scheme in socks5 socks5h http; do
        run_hecat 3 -n --proxy "$scheme://127.0.0.1:$port" --retry 5 \
            --exclude 2001:db8::/32 --json=json 2001:db8::1 80
        assert_equal 'hecat: 2001:db8::1 port 80: not tried: excluded (--exclude)' "$stderr"
        assert_equal 'unresolved 2001:db8::1 true' \
            "$(jq -r '"\(.result) \(.candidates[0] | "\(.address) \(.excluded)")"' json)"
    done
    # Its neighbour is not.
    through socks5h 1 --exclude 2001:db8::2
}

@test "SOCKS 4 has no password" {
    local scheme
    echo u:secret >auth
    for scheme in socks4 socks4a; do
        run_hecat 2 --proxy "$scheme://u:secret@127.0.0.1:9" 192.0.2.1 80
        assert_equal 'hecat: --proxy: SOCKS 4 has no password; use socks5' "$stderr"
        run_hecat 2 --proxy "$scheme://127.0.0.1:9" --proxy-auth-file auth 192.0.2.1 80
        assert_equal 'hecat: --proxy-auth-file: SOCKS 4 has no password; use socks5' "$stderr"
    done
    # An empty one is none.
    echo u: >auth
    start_peer expect 04010050c00002017500 bytes 005a000000000000
    run_hecat 0 -z --proxy "socks4://127.0.0.1:$port" --proxy-auth-file auth 192.0.2.1 80
    finish_peer_with 'end=open$'
}

@test "reports have the proxy and its answer" {
    socks5 bytes "$reply"
    through socks5h 0 -z -t --json=json
    assert_match "^www.test port 80 through proxy 127.0.0.1 port $port \(times in ms\)" "$(<stdout)"
    assert_match $'\n''  SOCKS 5 +[0-9.]+ +[0-9.]+  succeeded'$'\n' "$(<stdout)"
    assert_equal "socks5h 127.0.0.1 $port open null succeeded null" \
        "$(jq -r '.proxy | "\(.scheme) \(.host) \(.service) \(.state) \(.asked) \(.reply) \(.queries)"' json)"
    needs python3 -c 'import jsonschema'
    python3 -m jsonschema -i json "$BATS_TEST_DIRNAME/../json/report.schema.json" 2>/dev/null ||
        fail "$(<json)"
    finish_peer
    http send $'HTTP/1.1 403 no\r\n'
    through http 9 -vv --chart </dev/null
    assert_match ' ms  asked the proxy \(HTTP\) for www.test port 80' "$stderr"
    assert_match ' ms  the proxy: 403 no' "$stderr"
    assert_match '  proxy +x+ +[0-9.]+ m?s, 403 no' "$stderr"
}

@test "--retry: each try is a dialogue of its own" {
    start_peer -k 0 expect "$methods" bytes 0500 expect "$request" \
        bytes-by-turn 0501 "$reply$(hex banner)" shutdown recv-eof
    through socks5h 0 --retry 2 --retry-delay 0.01 </dev/null
    assert_equal banner "$(<stdout)"
}

@test "--retry: a user or a password that is refused is so again" {
    local answer
    start_peer -k 0 expect "$methods_user" bytes 0502 expect 0101750170 bytes 0101
    run_hecat 9 --proxy "socks5h://u:p@127.0.0.1:$port" --retry forever -w 30 www.test 80 </dev/null
    assert_equal "hecat: proxy 127.0.0.1 port $port: SOCKS: the user or the password is wrong" "$stderr"
    start_peer -k 0 expect "$methods" bytes 05ff
    through socks5h 9 --retry forever -w 30 </dev/null
    for answer in 401 407; do
        start_peer -k 0 expect "$connect_request" send "HTTP/1.1 $answer no"$'\r\n'
        through http 9 --retry forever -w 30 </dev/null
        assert_match ": $answer no$" "$stderr"
    done
    # Anything else may get better.
    start_peer -k 0 expect "$connect_request" send $'HTTP/1.1 403 no\r\n'
    through http 4 --retry forever --retry-delay 0.01 -w 0.2 </dev/null
}
