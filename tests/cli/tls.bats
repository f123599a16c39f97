#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --tls against a peer on loopback. How the relay ends, and that nothing is lost,
# is tested by the tests of the relay, which are run with TLS once more.

# shellcheck disable=SC2154,SC2317,SC2030,SC2031 # as in the other tests
load helper
load certificates

# connect STATUS ARGUMENT...: the program to the peer as www.test.
connect() {
    local expected=$1
    shift
    run_hecat "$expected" -c --ca-file ca.pem --address 127.0.0.1 "$@" \
        www.test "$port"
}

@test "a request and its reply; the server sees the name, and nothing is said" {
    start_peer -t www.test.pem recv 9 send reply recv-eof
    connect 0 -N <<<question
    assert_equal reply "$(<stdout)"
    assert_equal '' "$stderr"
    finish_peer_with '^tls=TLSv1.3 sni=www.test alpn=none client=none .* received=9 .* end=eof$'
}

@test "TLS 1.2 likewise, unless --tls-min is 1.3" {
    start_peer -t www.test.pem -T version=12 recv 9 send reply recv-eof
    connect 0 -N <<<question
    assert_equal reply "$(<stdout)"
    finish_peer_with '^tls=TLSv1.2 .* received=9 .* end=eof$'
    start_peer -t www.test.pem -T version=12 recv 1
    connect 6 --tls-min 1.3 <<<question
    assert_match 'the peer refused: TLS alert protocol version$' "$stderr"
    finish_peer_with 'received=0 .* end=handshake$'
}

@test "-z: the handshake and a close_notify" {
    start_peer -t www.test.pem recv-eof
    connect 0 -z
    finish_peer_with 'received=0 .* end=eof$'
}

@test "the name that is sent and verified" {
    start_peer -t www.test.pem recv-eof
    run_hecat 0 -cz --ca-file ca.pem --address 127.0.0.1 www.test. "$port"
    finish_peer_with 'sni=www.test '
    start_peer -t www.test.pem recv-eof
    run_hecat 0 -cz --ca-file ca.pem 127.0.0.1 "$port"
    finish_peer_with 'sni=none '
    start_peer -t www.test.pem recv-eof
    run_hecat 0 -cz --ca-file ca.pem --server-name www.test 127.0.0.1 "$port"
    finish_peer_with 'sni=www.test '
    start_peer -t www.test.pem recv-eof
    run_hecat 0 -cz --ca-file ca.pem --server-name '' localhost "$port"
    finish_peer_with 'sni=none '
    start_peer -t www.test.pem recv-eof
    run_hecat 6 -cz --ca-file ca.pem localhost "$port" -v
    assert_match 'certificate is for www.test, 127.0.0.1, not localhost$' \
        "$stderr"
    finish_peer_with 'end=handshake$'
}

@test "a name that is not ASCII is sent and verified in its ASCII form" {
    certify ca book DNS:xn--bcher-kva.test
    start_peer -t book.pem recv-eof
    run_hecat 0 -cz --ca-file ca.pem --address 127.0.0.1 bücher.test "$port"
    finish_peer_with 'sni=xn--bcher-kva.test '
    start_closed
    run_hecat 2 -cz --ca-file ca.pem --address 127.0.0.1 \
        --server-name $'b\xffcher.test' h "$port"
    assert_match '^hecat: --server-name b.*cher.test: not a host name, nor an address$' \
        "$stderr"
    # A soft hyphen alone becomes an empty name, which is not to verify none.
    run_hecat 2 -cz --ca-file ca.pem --server-name $'\xc2\xad' 127.0.0.1 "$port"
    run_hecat 2 -cz --ca-file ca.pem --address 127.0.0.1 $'\xc2\xad' "$port"
    run_hecat 2 -cz --ca-file ca.pem --address 127.0.0.1 $'b\xffcher.test' "$port"
    assert_match 'not a name for TLS; write its ASCII form \(xn--\), or --server-name$' \
        "$stderr"
}

@test "--insecure verifies nothing, and warns" {
    start_peer -t www.test.pem recv-eof
    run_hecat 0 -cz --insecure localhost "$port"
    assert_equal 'hecat: --insecure: the peer is not verified' "$stderr"
    finish_peer_with 'sni=localhost '
}

@test "--alpn: what the peer chose is reported" {
    start_peer -t www.test.pem -T alpn=http/1.1 recv-eof
    connect 0 -zv --alpn h2,http/1.1
    assert_match 'hecat: TLSv1.3, [A-Z0-9_]+, .*, ALPN http/1.1, handshake in ' \
        "$stderr"
    assert_match 'certificate of CN=www.test by CN=ca, 2025-01-01 to 2099-12-31, [0-9]+ days left, verified$' \
        "$stderr"
    finish_peer_with 'alpn=http/1.1 '
}

@test "a certificate of our own, its key in the same file or in another one" {
    certify ca client ''
    start_peer -k 2 -t www.test.pem -T ca=ca.pem recv-eof
    connect 0 -z --cert client.pem
    connect 0 -z --cert client.crt --key client.key
    finish_peer_with 'client=/CN=client .*'$'\n''.* client=/CN=client '
}

@test "--retry: not with a certificate that is refused, but with a broken handshake" {
    certify ca other DNS:other.test
    start_peer -t other.pem recv-eof
    connect 6 --retry forever --retry-delay 0.01 -w 20 </dev/null
    assert_match 'certificate is for other.test, not www.test$' "$stderr"
    finish_peer_with 'end=handshake$'
    start_peer -k 3 send plain recv-eof
    connect 6 --retry 2 --retry-delay 0.01 -v </dev/null
    assert_match 'hecat: try 2: .*; again in 20 ms' "$stderr"
    assert_match '3 tries; the last one:' "$stderr"
    finish_peer_with 'end='
}

@test "without it: TLS 1.2 refuses in the handshake, TLS 1.3 after it" {
    start_peer -t www.test.pem -T ca=ca.pem,version=12 recv-eof
    connect 6 -v </dev/null
    assert_match 'the peer refused: TLS alert handshake failure$' "$stderr"
    finish_peer
    start_peer -t www.test.pem -T ca=ca.pem,version=13 recv-eof
    connect 5 </dev/null
    assert_equal 'hecat: connection lost: the peer refused: TLS alert certificate required' \
        "$stderr"
}

@test "--success open: a refusal behind the handshake fails the attempt" {
    start_peer -t www.test.pem -T ca=ca.pem,version=13 recv-eof
    connect 6 --success open:10s </dev/null
    assert_match 'the peer refused: TLS alert certificate required$' "$stderr"
}

@test "--success data: the address whose peer speaks wins, and nothing is lost" {
    start_peer_at '-a 127.0.0.1 -a 127.0.0.2' -k 2 -t www.test.pem recv-eof
    silent=$port
    start_at "-a 127.0.0.3 -p $silent" "$TEST_TOOLS/peer" -t www.test.pem \
        send hello recv-eof
    run_hecat 0 -c --ca-file ca.pem --server-name www.test --success data -d 50 \
        --address 127.0.0.1,127.0.0.3 -vN --order resolver h "$silent" <<<x
    assert_equal hello "$(<stdout)"
    assert_match '127.0.0.1 had sent no data after ' "$stderr"
}

@test "--success tcp: the race is one of TCP, and a bad certificate ends it" {
    certify ca other.test DNS:other.test
    start_peer -t other.test.pem recv-eof
    start_at "-a 127.0.0.2 -p $port" "$TEST_TOOLS/peer" -t www.test.pem recv-eof
    run_hecat 6 -cz --ca-file ca.pem --server-name www.test --success tcp -v \
        --address 127.0.0.1,127.0.0.2 --order resolver h "$port"
    assert_match '127.0.0.1: certificate is for other.test, not www.test' "$stderr"
    assert_match '1 more address not tried' "$stderr"
    run_hecat 0 -cz --ca-file ca.pem --server-name www.test \
        --address 127.0.0.2,127.0.0.1 --order resolver h "$port"
}

@test "a build without its module says so" {
    mkdir alone
    cp "${HECAT_PROGRAM:-$HECAT}" alone/hecat
    HECAT=$PWD/alone/hecat run_hecat 2 -c localhost 443
    assert_match '^hecat: -c: this hecat has no TLS: libhecat_openssl.so.0: ' "$stderr"
    HECAT=$PWD/alone/hecat run_hecat 0 -V
    assert_match 'no OpenSSL: -c does not work' "$(<stdout)"
    if grep -q '^features:.*tls' stdout; then fail "$(<stdout)"; fi
}

@test "a folder that everybody can write to is no place for its module" {
    copy_program libhecat_openssl.so.0 hecat_tls.so
    HECAT=$PWD/copy/hecat run_hecat 0 -V
    assert_match ' tls$' "$(<stdout)"
    chmod o+w copy/build
    HECAT=$PWD/copy/hecat run_hecat 0 -V
    assert_match 'no OpenSSL: -c does not work' "$(<stdout)"
}

@test "a key or a certificate that cannot be used: nothing is sent" {
    start_closed
    certify ca client ''
    certify ca other ''
    refuse() {
        run_hecat 2 -c --ca-file ca.pem "${@:2}" localhost "$port"
        assert_equal "hecat: $1" "$stderr"
    }
    refuse '--cert none: No such file or directory' --cert none
    refuse '--cert ca.key: has no certificate in PEM form' --cert ca.key
    refuse '--cert client.crt: has no private key in PEM form' --cert client.crt
    refuse '--key none: No such file or directory' --cert client.crt --key none
    refuse '--cert /dev/fd/8: a pipe is read only once; give the key with --key' \
        --cert /dev/fd/8 8< <(cat client.pem)
    refuse '--key client.crt: has no private key in PEM form' \
        --cert client.crt --key client.crt
    refuse '--key other.key: the key does not belong to the certificate of --cert' \
        --cert client.crt --key other.key
    chmod 644 client.key
    refuse '--key client.key: other users can read the key; chmod o-r FILE' \
        --cert client.crt --key client.key
    chmod 640 client.key
    run_hecat 1 -c --cert client.crt --key client.key localhost "$port"
    openssl pkey -in client.key -aes128 -passout pass:secret -out secret.key
    refuse '--key secret.key: the key has a passphrase; write it without one to a file for --key: openssl pkey -in FILE -out NEW' \
        --cert client.crt --key secret.key </dev/null
    refuse '--ca-file none: No such file or directory' --ca-file none
    refuse '--ca-file ca.key: has no certificate in PEM form' --ca-file ca.key
    refuse '--ca-path none: No such file or directory' --ca-path none
    refuse '--ca-path ca.pem: not a directory; write --ca-file for a file' \
        --ca-path ca.pem
}

@test "a key that comes out of a pipe" {
    certify ca client ''
    start_peer -t www.test.pem -T ca=ca.pem recv-eof
    connect 0 -z --cert client.crt --key <(cat client.key)
    finish_peer_with 'client=/CN=client '
}

@test "--ca-path has authorities by their hash" {
    mkdir trusted
    cp ca.pem trusted/
    openssl rehash trusted
    start_peer -k 2 -t www.test.pem recv-eof
    run_hecat 0 -cz --ca-path trusted 127.0.0.1 "$port"
    # The system's store is a folder, or a file, elsewhere.
    SSL_CERT_DIR=$PWD/trusted SSL_CERT_FILE=/nonexistent \
        run_hecat 0 -cz 127.0.0.1 "$port"
    finish_peer
}

@test "the peer ends without a close_notify: said, and status 10" {
    start_peer -t www.test.pem send part truncate
    connect 10 --no-shutdown </dev/null
    assert_equal part "$(<stdout)"
    assert_equal 'hecat: the peer ended TLS without a close_notify: what was received may be cut short' \
        "$stderr"
}

@test "in the middle of a record, too, and what was sent has still arrived" {
    pattern upload 4M >upload.file
    start_peer -t www.test.pem raw $'\x17\x03\x03\x01' recv-eof truncate
    connect 10 -N <upload.file
    assert_match 'without a close_notify' "$stderr"
    finish_peer_with "received=$((4 << 20)) pattern=yes "
}

@test "a reset is a lost connection, not a truncation" {
    start_peer -t www.test.pem send part reset
    connect 5 --no-shutdown </dev/null
    assert_match '^hecat: connection lost: Connection reset by peer$' "$stderr"
}

@test "--send-only and head -1 want nothing of the peer, be it cut or not" {
    start_peer -t www.test.pem recv-eof truncate
    connect 0 --send-only <<<question
    start_peer -t www.test.pem send $'one\ntwo\n' truncate
    (hecat -c --ca-file ca.pem --exit-on-peer-eof 127.0.0.1 "$port" \
        </dev/null; echo $? >status) | head -1 >stdout
    assert_equal one "$(<stdout)"
}

@test "--tls-shutdown-timeout: a peer that does not end" {
    has_three_tries
    start_peer -t www.test.pem send hello wait never
    connect 10 -N --tls-shutdown-timeout 0.3 <<<question
    assert_equal hello "$(<stdout)"
    assert_equal 'hecat: no close_notify from the peer in 300 ms (--tls-shutdown-timeout): what was received may be cut short' \
        "$stderr"
    kill "$peer_pid"
}

@test "what comes meanwhile starts that time anew" {
    has_three_tries
    start_peer -t www.test.pem recv-eof pause 600 send a pause 600 send b \
        pause 600 send c
    connect 0 -N --tls-shutdown-timeout 1.5 <<<question
    assert_equal abc "$(<stdout)"
}

@test "bytes that are no record end the connection" {
    start_peer -t www.test.pem send hello raw 'HTTP/1.0 500' recv-eof
    connect 5 --no-shutdown </dev/null
    assert_equal hello "$(<stdout)"
    assert_match '^hecat: connection lost: TLS failed: wrong version number$' \
        "$stderr"
}

@test "1 GiB each way at the same time" {
    through() {
        pattern upload 1024M | hecat -c --ca-file ca.pem \
            --address 127.0.0.1 -N www.test "$port" |
            "$TEST_TOOLS/pattern" check download
    }
    start_peer -t www.test.pem exchange 1024M
    run_command 0 through
    assert_equal "$((1 << 30)) intact" "$(<stdout)"
    finish_peer_with "received=$((1 << 30)) pattern=yes sent=$((1 << 30)) end=eof\$"
}

@test "what a peer received of a long upload counts, though nobody asked before" {
    local acked
    has_three_tries
    pattern upload 64M >upload.file
    start_peer -t www.test.pem recv 40M wait never
    connect 8 -i 1 --json=report.json <upload.file
    acked=$(jq .transfer.acked_bytes report.json)
    assert_between $((40 << 20)) $((64 << 20)) "$acked" 'bytes acknowledged'
}

@test "new keys, asked for while both sides send" {
    pattern upload 8M >upload.file
    start_peer -t www.test.pem update-keys update-keys exchange 8M
    connect 0 -N <upload.file
    assert_download $((8 << 20))
    finish_peer_with "received=$((8 << 20)) pattern=yes sent=$((8 << 20)) "
}

@test "new keys, asked for behind our close_notify: nothing follows that" {
    start_peer -t www.test.pem recv-eof update-keys send answer update-keys shutdown silence
    connect 0 -N <<<question
    assert_equal answer "$(<stdout)"
    finish_peer_with 'received=9 .* end=eof$'
}

@test "more of those than can be answered: nothing is lost, and nobody is busy" {
    local i actions=()
    has_three_tries
    for ((i = 0; i < 6000; i++)); do
        actions+=(update-keys send x)
    done
    start_peer -t www.test.pem "${actions[@]}" wait go recv-eof
    pattern upload 20M >upload.file
    start_hecat -c --ca-file ca.pem --address 127.0.0.1 -N www.test "$port" \
        <upload.file
    assert_at_rest
    touch go
    finish "$hecat_pid"
    check_status 0 hecat
    assert_equal 6000 "$(stat -c %s stdout)"
    finish_peer_with "received=$((20 << 20)) pattern=yes sent=6000 end=eof"
}

@test "TLS 1.2 negotiates anew while both sides send" {
    pattern upload 8M >upload.file
    start_peer -t www.test.pem -T version=12 renegotiate recv 6M exchange 8M
    connect 0 -N <upload.file
    assert_download $((8 << 20))
    finish_peer_with "received=$((8 << 20)) pattern=yes sent=$((8 << 20)) "
}

@test "a peer that ends in the middle of that: the rest cannot be sent" {
    pattern upload 8M >upload.file
    start_peer -t www.test.pem -T version=12 renegotiate send bye shutdown recv-eof
    connect 5 -N <upload.file
    assert_equal bye "$(<stdout)"
    assert_match '^hecat: connection lost: the peer ended while TLS was negotiated anew; [0-9]+ bytes of standard input were not acknowledged$' \
        "$stderr"
}

@test "likewise where only our end is left, which would make a whole of it" {
    local input
    echo question >question
    for input in question:5 /dev/null:0; do
        start_peer -t www.test.pem -T version=12 renegotiate wait answered \
            send bye shutdown recv-eof
        start_hecat -c --ca-file ca.pem --address 127.0.0.1 www.test "$port" \
            <"${input%:*}"
        wait_for is_idle "$hecat_pid"
        touch answered
        finish_hecat "${input#*:}"
        assert_equal bye "$(<stdout)"
        rm answered
        # The last acknowledgement may come after that.
        [[ $input == *:0 ]] || assert_match \
            '^hecat: connection lost: the peer ended while TLS was negotiated anew(; 9 bytes of standard input were not acknowledged)?$' \
            "$stderr"
    done
}

@test "records of one byte, and of one that nobody reads in one piece" {
    start_peer -t www.test.pem records 1 send-pattern 20k recv-eof
    connect 0 -N </dev/null
    assert_download 20480
    pattern upload 20k >upload.file
    start_peer -t www.test.pem recv-eof
    dd bs=1 if=upload.file status=none | connect 0 -N
    finish_peer_with "received=20480 pattern=yes "
}

@test "SSLKEYLOGFILE has the keys of each connection" {
    start_peer -k 2 -t www.test.pem recv-eof
    SSLKEYLOGFILE=keys connect 0 -z
    assert_equal 600 "$(stat -c %a keys)"
    grep -q '^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]* [0-9a-f]*$' keys
    before=$(wc -l <keys)
    SSLKEYLOGFILE=keys connect 0 -z
    assert_equal $((2 * before)) "$(wc -l <keys)"
    start_peer -t www.test.pem recv-eof
    SSLKEYLOGFILE=/nonexistent/keys connect 0 -z
    assert_equal "hecat: SSLKEYLOGFILE '/nonexistent/keys': No such file or directory" \
        "$stderr"
    # A pipe that nobody reads is not waited for.
    mkfifo pipe
    start_peer -t www.test.pem recv-eof
    SSLKEYLOGFILE=pipe connect 0 -z
    assert_equal "hecat: SSLKEYLOGFILE 'pipe': No such device or address" \
        "$stderr"
}

@test "a certificate that is not valid yet has no days left" {
    FROM=20980101000000Z certify ca www DNS:www.test
    start_peer -k 0 -t www.pem recv-eof
    connect 0 -z -v --insecure
    assert_match '2098-01-01 to [-0-9]+, not valid yet, not verified$' "$stderr"
    connect 6 --probe=1
    assert_match 'certificate: CN=www by CN=ca, not valid yet, not verified$' \
        "$(<stdout)"
}

@test "a run without TLS maps neither libssl nor libcrypto" {
    mkfifo input
    exec 7<>input
    start_peer touch accepted recv-eof
    start_hecat 127.0.0.1 "$port" <input
    wait_for exists accepted
    assert_equal '' "$(grep -E 'libssl|libcrypto|hecat_openssl' \
        "/proc/$hecat_pid/maps")"
    kill "$hecat_pid"
    assert_equal '' "$(ldd "${HECAT_PROGRAM:-$HECAT}" | grep -E 'ssl|crypto')"
}

@test "--json has the protocol and the certificate" {
    start_peer -t www.test.pem -T alpn=h2 recv-eof
    connect 0 -z --json --alpn h2
    jq -e '.attempts[0].tls | .version == "TLSv1.3" and .alpn == "h2" and
        .verified and .verify_error == null and .resumed == false and
        .handshake_ms > 0 and .certificate.subject == "CN=www.test" and
        .certificate.names == ["www.test", "127.0.0.1"] and
        .certificate.not_after == "2099-12-31T00:00:00.000Z" and
        (.certificate.sha256 | length) == 64' stdout
    assert_equal "$(openssl x509 -in www.test.crt -noout -fingerprint -sha256 |
        sed 's/.*=//; s/://g' | tr A-F a-f)" \
        "$(jq -r '.attempts[0].tls.certificate.sha256' stdout)"
}

@test "--probe: each try is a handshake, and another certificate is found" {
    certify ca old.test DNS:old.test
    start_peer -k 0 -t www.test.pem recv-eof
    start_at "-a 127.0.0.2 -p $port" "$TEST_TOOLS/peer" -k 0 -t old.test.pem \
        recv-eof
    run_hecat 11 -c --ca-file ca.pem --probe=2 \
        --address 127.0.0.1,127.0.0.2 www.test "$port"
    assert_match '127.0.0.1 +2 of  2 ' "$(<stdout)"
    assert_match '127.0.0.2 +0 of  2 .*certificate is for old.test, not www.test' \
        "$(<stdout)"
    assert_match 'certificate: CN=www.test by CN=ca, [0-9]+ days left'$'\n''    127.0.0.1'$'\n' \
        "$(<stdout)"
    run_hecat 6 -c --ca-file ca.pem --probe=1 --json --address 127.0.0.2 \
        www.test "$port"
    jq -e '.addresses[0] | .fault == "tls" and
        .tls.certificate.names == ["old.test"]' stdout
}

@test "text of a certificate does not reach the terminal as it is" {
    SUBJECT=$'/CN=\e[31mred\a' certify ca red $'DNS:\e]0;x\a.test'
    start_peer -t red.pem recv-eof
    run_hecat 6 -cvz --ca-file ca.pem -t localhost "$port"
    finish_peer
    if LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f-\xff]' stdout stderr; then
        fail "$(cat -v stdout stderr)"
    fi
    assert_match 'certificate is for \?]0;x\?.test, not localhost' "$stderr"
}

@test "the example of the library, tls_get" {
    start_peer -t www.test.pem recv 35 send $'HTTP/1.0 200 OK\r\n\r\nbody' close
    run -0 --separate-stderr "${EXAMPLES:?}/tls_get" 127.0.0.1 "$port" / ca.pem
    [[ $output == *body ]]
    finish_peer_with 'received=35 .* sent=23 '
    start_peer -t www.test.pem recv 35 send part truncate
    run -1 --separate-stderr "$EXAMPLES/tls_get" 127.0.0.1 "$port" / ca.pem
    [[ $output == part && $stderr == 'tls_get: the answer is not complete' ]]
    start_peer -t www.test.pem recv 35
    run -1 --separate-stderr "$EXAMPLES/tls_get" 127.0.0.1 "$port" /
    assert_match 'no connection: 127.0.0.1:[0-9]+: .*certificate' "$stderr"
}
