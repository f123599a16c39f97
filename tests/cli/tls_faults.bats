#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What can be wrong with a server's certificate or protocol: each is refused
# before a byte of standard input is read, with its sentence, and status 6.

# shellcheck disable=SC2154,SC2317,SC2030,SC2031,SC2034 # as in the other tests
load helper
load certificates

# refused REGEX [OPTION...]: the program refuses the peer at $port, as www.test.
refused() {
    local reason=$1
    shift
    run_hecat 6 -c --ca-file ca.pem --server-name www.test "$@" \
        127.0.0.1 "$port" <<<secret
    assert_match "^hecat: 127.0.0.1 port $port: $reason\$" "$stderr"
    [[ -z $report_file ]] || finish_peer_with 'received=0 .* end=handshake$'
}

# certificate_refused REGEX: the same for a peer with the certificate www.pem.
certificate_refused() {
    start_peer -t www.pem recv-eof
    refused "$@"
}

@test "expired" {
    TO=20250201000000Z certify ca www DNS:www.test
    certificate_refused 'certificate expired on 2025-02-01'
}

@test "not valid yet" {
    FROM=20980101000000Z certify ca www DNS:www.test
    certificate_refused 'certificate is not valid before 2098-01-01'
}

@test "for another name" {
    certify ca www DNS:a.test,DNS:b.test,DNS:c.test,DNS:d.test
    certificate_refused 'certificate is for a.test, b.test, c.test and 1 more, not www.test'
}

@test "for the name in its subject alone" {
    SUBJECT=/CN=www.test certify ca www ''
    certificate_refused 'certificate is for www.test \(its common name, which does not count\), not www.test'
}

@test "for a name that is a level deeper than its wildcard" {
    certify ca www 'DNS:*.test'
    start_peer -t www.pem recv-eof
    refused 'certificate is for \*.test, not a.www.test' --server-name a.www.test
}

@test "for a part of a name" {
    certify ca www 'DNS:w*.test'
    certificate_refused 'certificate is for w\*.test, not www.test'
}

@test "for another address" {
    certify ca www IP:127.0.0.2
    start_peer -t www.pem recv-eof
    refused 'certificate is for 127.0.0.2, not 127.0.0.1' --server-name 127.0.0.1
}

@test "self-signed" {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 \
        -subj /CN=www.test -addext subjectAltName=DNS:www.test \
        -keyout www.key -out www.crt 2>/dev/null
    cat www.crt www.key >www.pem
    certificate_refused 'certificate is self-signed'
}

@test "by an authority that nobody here knows" {
    authority other
    certify other www DNS:www.test
    certificate_refused 'certificate is by other, which is not known here'
}

@test "by one that came with it" {
    authority other
    CHAIN=other.pem certify other www DNS:www.test
    certificate_refused 'certificate is by other, which is not trusted here'
}

# sub NAME [LINE...]: an authority below ca, with its own certificate in NAME.crt.
sub() {
    local name=$1
    shift
    certify ca "$name" '' "basicConstraints = ${BASIC:-critical,CA:TRUE}" \
        'keyUsage = keyCertSign' "$@"
    mv "$name.pem" "$name.whole"
    cp "$name.crt" "$name.pem"
}

@test "an issuer that the server does not send" {
    sub middle
    certify middle www DNS:www.test
    certificate_refused 'certificate is by middle, which is not known here'
}

@test "an issuer that has expired" {
    TO=20250201000000Z sub middle
    CHAIN=middle.crt certify middle www DNS:www.test
    certificate_refused 'certificate of the issuer expired on 2025-02-01'
}

@test "an issuer that is no authority" {
    BASIC=critical,CA:FALSE sub middle
    CHAIN=middle.crt certify middle www DNS:www.test
    certificate_refused 'certificate of the issuer: invalid CA certificate'
}

@test "an issuer below one that may have none" {
    BASIC=critical,CA:TRUE,pathlen:0 sub middle
    certify middle lower '' 'basicConstraints = critical,CA:TRUE' \
        'keyUsage = keyCertSign'
    CHAIN='lower.crt middle.crt' certify lower www DNS:www.test
    certificate_refused 'certificate of the issuer: path length constraint exceeded'
}

@test "an issuer that may not certify this name" {
    sub middle 'nameConstraints = critical,permitted;DNS:other.test'
    CHAIN=middle.crt certify middle www DNS:www.test
    certificate_refused 'certificate: permitted subtree violation'
}

@test "a certificate that is for clients" {
    certify ca www DNS:www.test 'extendedKeyUsage = clientAuth'
    certificate_refused 'certificate: unsuitable certificate purpose'
}

@test "a key that is too weak" {
    KEY='-algorithm RSA -pkeyopt rsa_keygen_bits:1024' certify ca www DNS:www.test
    start_peer -t www.pem -T ciphers=ALL:@SECLEVEL=0 recv-eof
    refused 'certificate: EE certificate key too weak'
}

@test "a signature of SHA-1" {
    DIGEST=sha1 certify ca www DNS:www.test
    start_peer -t www.pem -T ciphers=ALL:@SECLEVEL=0 recv-eof
    refused 'certificate: CA signature digest algorithm too weak'
}

@test "a server that speaks something else" {
    start_peer send $'220 mail.test ESMTP\r\n' recv-eof
    report_file=
    refused 'the peer does not speak TLS here'
    start_peer send $'HTTP/1.1 400 Bad Request\r\n\r\n' recv-eof
    report_file=
    refused 'the peer does not speak TLS here'
}

@test "a server that closes, or resets, at the ClientHello" {
    start_peer recv 1 shutdown recv-eof
    report_file=
    refused 'closed by the peer in the TLS handshake'
    start_peer recv 1 reset
    report_file=
    refused 'Connection reset by peer in the TLS handshake'
}

@test "a server that is silent" {
    start_peer recv-eof
    report_file=
    refused 'no TLS handshake in 200 ms' --tls-handshake-timeout 0.2
}

@test "a server that sends half of a record, and no more" {
    start_peer send $'\x16\x03\x03\x02' recv-eof
    report_file=
    refused 'no TLS handshake in 200 ms' --tls-handshake-timeout 0.2
}

@test "a server with no version in common" {
    certify ca www DNS:www.test
    start_peer -t www.pem -T version=11,ciphers=ALL:@SECLEVEL=0 recv-eof
    refused 'the peer refused: TLS alert protocol version'
}

@test "a server with no cipher in common" {
    certify ca www DNS:www.test
    start_peer -t www.pem -T version=12,ciphers=ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0 \
        recv-eof
    refused 'the peer refused: TLS alert handshake failure'
}

@test "a server that chooses no protocol of ours" {
    certify ca www DNS:www.test
    start_peer -t www.pem -T alpn-required=h3 recv-eof
    refused 'the peer refused: TLS alert no application protocol' --alpn h2
}

@test "a server that asks for a certificate" {
    certify ca www DNS:www.test
    start_peer -t www.pem -T ca=ca.pem,version=12 recv-eof
    refused 'the peer refused: TLS alert handshake failure'
}

@test "a server that does not trust ours" {
    authority other
    certify ca www DNS:www.test
    certify other client ''
    start_peer -t www.pem -T ca=ca.pem,version=12 recv-eof
    refused 'the peer refused: TLS alert unknown ca' --cert client.pem
}

@test "a server that answers nonsense in a record" {
    start_peer send $'\x16\x03\x03\x01\x01\x02'"$(printf 'A%.0s' {1..256})" recv-eof
    report_file=
    refused 'TLS handshake failed: excessive message size'
}
