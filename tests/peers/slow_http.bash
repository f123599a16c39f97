# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154 # variables are for the tests
#
# Tests that every HTTP server has to pass: a reply that comes late is whole.
#
# The server is slow: when it has the whole request, with its body, it waits for
# as many milliseconds as the request's path says, /1500, and replies with the
# file that prepare_NAME hands it, $reply. The header Body-SHA256 says what the
# request's body was. The server closes the connection when the request is one
# of HTTP/1.0, and leaves it open for more than $DEADLINE otherwise.

load peers_helper

# More than fits into the buffers of a connection that nobody reads.
REPLY=8M

# make_reply: the file that slow servers send.
make_reply() {
    reply=$tmp/reply
    pattern download "$REPLY" >"$reply"
}

# start_slow NAME
start_slow() {
    make_reply
    start_server "$1"
}

# The server behind a proxy; it does not mind a half-close. Its port is
# $backend.
prepare_backend() {
    require_python http.server || return
    command=("$python" "$here/slow_backend.py" "$port" "$reply")
}

start_backend() {
    make_reply
    start_server backend
    backend=$port
}

# make_request ROW METHOD SIZE PATH: writes a request of HTTP/1.0.
make_request() {
    pattern upload "$3" >"$1.body"
    {
        printf '%s %s HTTP/1.0\r\n' "$2" "$4"
        [[ $2 == GET ]] || printf 'Content-Length: %d\r\n' "$(size "$1.body")"
        printf '\r\n'
        cat "$1.body"
    } >"$1.request"
}

# start_row ROW [OPTION...]: sends a request, as `printf ... | hecat` does. The
# process is ${row_pid[ROW]}; its output is in ROW.stdout and ROW.stderr.
declare -A row_pid
start_row() {
    local row=$1
    shift
    "$HECAT" "$@" 127.0.0.1 "$port" < <(cat "$row.request") \
        >"$row.stdout" 2>"$row.stderr" 3>&- &
    row_pid[$row]=$!
    started+=($!)
}

# finish_row ROW: waits for it; its status is $status.
finish_row() {
    finish "${row_pid[$1]}"
}

# split_reply ROW: puts the reply's header into ROW.head and its body into
# ROW.content.
split_reply() {
    LC_ALL=C sed '/^\r$/q' <"$1.stdout" >"$1.head"
    tail -c "+$(($(size "$1.head") + 1))" "$1.stdout" >"$1.content"
}

# header ROW NAME: prints a header of the reply.
header() {
    LC_ALL=C awk -v name="${2,,}:" 'tolower($1) == name { print $2 }' \
        <"$1.head" | tr -d '\r'
}

# assert_row ROW: the request has arrived whole, and so has the reply.
assert_row() {
    split_reply "$1"
    LC_ALL=C assert_match '^HTTP/1\.[01] 200 ' "$(head -n 1 "$1.head")" \
        "$1: reply" || return
    assert_equal "$(sha256sum <"$1.body" | cut -d ' ' -f 1)" \
        "$(header "$1" Body-SHA256)" "$1: the request's body" || return
    assert_equal "$(size "$reply") intact" \
        "$("$TEST_TOOLS/pattern" check download <"$1.content")" \
        "$1: the reply's body"
}

# finish_whole ROW: it ends with status 0 and a whole reply.
finish_whole() {
    finish_row "$1" || return
    assert_equal 0 "$status" "$1: status ($(<"$1.stderr"))" || return
    assert_row "$1"
}

# check_late METHOD [SIZE]: a request with a body of that size is answered after
# 300 ms and after 1.5 s; both connections are open at the same time.
check_late() {
    local ms
    has_three_tries
    for ms in 300 1500; do
        make_request "$ms-ms" "$1" "${2:-0}" "/$ms"
        start_row "$ms-ms"
    done
    for ms in 300 1500; do
        finish_whole "$ms-ms" || return
    done
}

# check_kept_alive: a server that leaves the connection open does not hold the
# program when the reply is there.
check_kept_alive() {
    make_request alive GET 0 /300
    printf 'GET /300 HTTP/1.1\r\nHost: slow.test\r\n\r\n' >alive.request
    start_row alive
    finish_whole alive
}

# check_abort: the server takes a half-close for an abort. With -N there is no
# reply at all, and -v names the way out; with --no-shutdown the reply is whole,
# however long it takes.
check_abort() {
    make_request fin GET 0 /300
    make_request never GET 0 /3000
    start_row fin -v -N
    start_row never --no-shutdown
    finish_row fin
    assert_equal 0 "$(size fin.stdout)" 'reply to a half-closed request (bytes)'
    assert_match '--no-shutdown' "$(<fin.stderr)" '-v'
    finish_whole never
}
