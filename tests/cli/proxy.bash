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

# refuses SCHEME SENTENCE: the program ends with 9 and this sentence.
refuses() {
    through "$1" 9 </dev/null
    assert_equal "hecat: proxy 127.0.0.1 port $port: $2" "$stderr"
    finish_peer || return
    [[ $report != *end=unexpected* ]] || fail "$report"
}
