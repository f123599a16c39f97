# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # variables of the helper, for tests
#
# Functions for tests with a peer that says what a proxy says, or should not.

# hex TEXT: prints it in hexadecimal, with \r and \n for what they are.
hex() {
    printf '%b' "$1" | od -An -v -tx1 | tr -d ' \n'
}

# The words of SOCKS 5: the methods and the request for www.test port 80.
methods=050100
methods_user=05020002
request=0501000308$(hex www.test)0050
reply=05000001000000000000

# The CONNECT for www.test port 80.
connect_request=$(hex 'CONNECT www.test:80 HTTP/1.1\r\nHost: www.test:80\r\n\r\n')

# through SCHEME STATUS [ARGUMENT...]: the program to www.test by the peer.
through() {
    local scheme=$1 expected=$2
    shift 2
    run_hecat "$expected" --proxy "$scheme://127.0.0.1:$port" "$@" www.test 80
}

# socks5 ACTION...: a peer that has agreed on no authentication, and has got the
# request.
socks5() {
    start_peer expect "$methods" bytes 0500 expect "$request" "$@"
}

# http ACTION...: a peer that has got the CONNECT.
http() {
    start_peer expect "$connect_request" "$@"
}

# https ACTION...: a proxy for HTTP by TLS that has got the CONNECT. SETTINGS
# are those of its TLS.
https() {
    start_peer -t www.test.pem ${SETTINGS:+-T "$SETTINGS"} \
        expect "$connect_request" "$@"
}

# secured STATUS ARGUMENT...: the program to www.test by that proxy.
secured() {
    local expected=$1
    shift
    run_hecat "$expected" --proxy "https://127.0.0.1:$port" --ca-file ca.pem \
        "$@" www.test 80
}

# destination [PEER-OPTION...] ACTION...: a peer at the port $far that speaks
# TLS, as www.test by PEM or its own.
destination() {
    start_peer -t "${PEM:-www.test.pem}" "$@"
    report_of_peer=$report_file pid_of_peer=$peer_pid far=$port
}

# finish_destination REGEX: waits for it; its report has to match.
finish_destination() {
    finish "$pid_of_peer" &&
        assert_match "$1" "$(<"$report_of_peer")" 'report of the destination'
}

# tunnel ACTION...: that proxy, when it has accepted.
tunnel() {
    https send $'HTTP/1.1 200 ok\r\n\r\n' "$@"
}

# inside [PEER-OPTION...] ACTION...: a destination behind that proxy.
inside() {
    destination "$@"
    tunnel relay "$far"
}

# refuses SCHEME SENTENCE: the program ends with 9 and this sentence.
refuses() {
    through "$1" 9 </dev/null
    assert_equal "hecat: proxy 127.0.0.1 port $port: $2" "$stderr"
    finish_peer || return
    [[ $report != *end=unexpected* ]] || fail "$report"
}
