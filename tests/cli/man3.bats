#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The manual of the library has all that its headers have and nothing else, each
# of its pages is found and rendered, and each of its examples is a program that
# does what the page says.

bats_require_minimum_version 1.5.0

load installed_helper

: "${TEST_TOOLS:=$BATS_TEST_DIRNAME/../../build/tests/tools}"

setup_file() {
    export root=$BATS_FILE_TMPDIR/root
    install_hecat "$root"
    export installed_libraries
}

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    server=
    port_file=$BATS_TEST_TMPDIR/port
}

teardown() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
}

# needs PROGRAM: skips the test where it is not installed, but not where
# ALL_INSTALLED says that none is missing.
needs() {
    command -v "$1" >/dev/null || {
        [ -z "${ALL_INSTALLED-}" ] || return 1
        skip "$1 is not installed: make deps-dev"
    }
}

# assert_same WHAT LINES OTHER_LINES: both are the same when they are sorted.
assert_same() {
    diff <(sort <<<"$2") <(sort <<<"$3") || {
        echo "$1: above, < is only in the headers, > only in the manual"
        return 1
    }
}

# declarations: prints what the C on standard input declares, a line each, with
# one blank between two tokens. What is only named is left out.
declarations() {
    awk 'BEGIN { RS = "\001" }
    {
        gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ")
        gsub(/(^|\n)[ \t]*#([^\n]*\\\n)*[^\n]*/, "\n")
        gsub(/extern "C" \{/, "")
        gsub(/[^A-Za-z0-9_ \t\n]/, " & ")
        count = split($0, tokens, /[ \t\n]+/)
        for (i = 1; i <= count; i++) {
            token = tokens[i]
            if (token == "" || (token == "}" && depth == 0))
                continue
            depth += (token == "{") - (token == "}")
            if (token == ";" && depth == 0) {
                if (line !~ /^(struct|enum) [a-z_]+$/)
                    print line
                line = ""
            } else {
                line = line (line == "" ? "" : " ") token
            }
        }
    }'
}

# synopses PAGE...: prints what stands in their SYNOPSIS, as they are rendered.
synopses() {
    local page
    for page; do
        mandoc -T ascii "$page" | sed 's/.\x08//g' | awk '
            /^[A-Z]/ { is_synopsis = $1 == "SYNOPSIS"; next }
            is_synopsis && !/pkg-config/'
    done
}

# names PAGE...: prints what stands in their NAME.
names() {
    awk '/^\.Sh/ { is_name = $2 == "NAME" } is_name && $1 == ".Nm" { print $2 }' "$@"
}

# text PAGE: prints what stands below its SYNOPSIS.
text() {
    awk '/^\.Sh/ { is_text = $2 != "NAME" && $2 != "SYNOPSIS" } is_text' "$1"
}

# functions: prints the functions among the declarations on standard input.
functions() {
    grep -vE '^typedef|\{' | sed -E 's/ \(.*//; s/.* //'
}

# members: prints the structs among the declarations on standard input, a line
# for each member: the name of the struct, and that of the member.
members() {
    local struct rest
    sed -n 's/^struct \([a-z_]*\) { \(.*\) }$/\1 \2/p' | while read -r struct rest; do
        tr ';' '\n' <<<"$rest" | sed -nE "s/^.*\( \* ([a-z_]+) \).*/\1/; s/^.* ([a-z_]+) *$/\1/
            s/^[a-z_]+$/$struct &/p"
    done
}

# described_members PAGE...: prints the same of the lists of members, each of
# which is below the name of its struct.
described_members() {
    awk '$1 == ".Ss" { name = "" }
        $1 == ".Vt" && /struct hecat_(answer|.*_methods)"/ { name = $3; sub(/"/, "", name) }
        /^\.It Fa / && name != "" {
            for (i = 3; i <= NF; i++)
                if ($i ~ /^[a-z_]+$/)
                    print name, $i
        }' "$@"
}

@test "each declaration of the headers stands in one SYNOPSIS, word by word" {
    needs mandoc
    run -0 declarations < <(cat src/include/*.h)
    [ "${#lines[@]}" -gt 100 ]
    assert_same SYNOPSIS "$output" "$(synopses man/*.3 | declarations)"
}

@test "each function stands in one NAME, and in the text of that page" {
    local page missing=
    assert_same NAME "$(declarations < <(cat src/include/*.h) | functions)" \
        "$(names man/*.3 | grep -vxE 'hecat|libhecat')"
    for page in man/*.3; do
        [ "$(names "$page" | head -n 1).3" = "$(basename "$page")" ]
        missing+=$(comm -23 <(names "$page" | grep -vxE 'hecat|libhecat' | sort) \
            <(text "$page" | grep -E '^\.(It )?Fn ' | grep -oE 'hecat_[a-z0-9_]+' | sort -u))
    done
    echo "not in the text:$missing"
    [ -z "$missing" ]
}

@test "each constant and each member is described once, and macros are there" {
    local constants members
    constants=$(declarations < <(cat src/include/*.h) | sed -n 's/^enum .*{ //p' |
        sed 's/ = [^,]* / /g' | grep -oE '[A-Z][A-Z_0-9]+')
    assert_same constants "$constants" \
        "$(cat man/*.3 | sed -n 's/^\.It Dv //p' | grep -oE 'HECAT_[A-Z_0-9]+')"
    members=$(declarations < <(cat src/include/*.h) | members)
    [ "$(wc -l <<<"$members")" -gt 10 ]
    assert_same members "$members" "$(described_members man/*.3)"
    for name in $(sed -n 's/^#define \(HECAT_[A-Z]*_[A-Z_]*\).*/\1/p' src/include/*.h | grep -v '_H$'); do
        cat man/*.3 | grep -qE "^\.(It )?Dv $name( |\$)"
    done
}

@test "no page names what is not there" {
    local words
    words=$(cat src/include/*.h | declarations | grep -oE '[A-Za-z0-9_]+'
        sed -n 's/^#define \([A-Z_]*\).*/\1/p' src/include/*.h
        printf '%s\n' src/include/*.h man/*.3 | sed 's|.*/||; s|\..*||')
    run comm -13 <(sort -u <<<"$words") \
        <(cat man/*.3 | sed '/^\.Dt/d; s/\\e[a-z]//g' | grep -oiE '\bhecat_[a-z0-9_]*[a-z0-9]\b' | sort -u)
    echo "$output"
    [ -z "$output" ]
}

@test "mandoc has nothing to say against the pages" {
    needs mandoc
    run -0 mandoc -T lint -W warning man/*.3
    [ -z "$output" ]
}

@test "each page, and each name as a link to its page, is found and rendered" {
    needs man
    local page name names pages=$root/usr/share/man options=()
    # The man of man-db can say that a line is too long.
    [[ $(man --help 2>&1) != *--warnings* ]] || options=(--warnings=break)
    for page in man/*.3; do
        mapfile -t names < <(names "$page")
        run -0 man -M "$pages" -w 3 "${names[@]}"
        [ "$(sort -u <<<"$output")" = "$pages/man3/$(basename "$page")" ]
        [ "${#lines[@]}" -eq "${#names[@]}" ]
        # The last one is a link, unless there is one name.
        name=${names[-1]}
        run -0 --separate-stderr env MANWIDTH=80 man "${options[@]}" -M "$pages" 3 "$name"
        [ -z "$stderr" ]
        [[ $output == *NAME*"$name"*SYNOPSIS*DESCRIPTION*EXAMPLES*'SEE ALSO'* ]]
    done
}

# example PAGE NUMBER: prints an example of a page, a program, by its number.
example() {
    awk -v wanted="$2" '
        /^\.Sh/ { is_examples = $2 == "EXAMPLES" }
        is_examples && /^\.Bd -literal/ { number++; is_program = 1; next }
        /^\.Ed/ { is_program = 0 }
        is_program && number == wanted' "man/$1.3" | sed 's/\\e/\\/g'
}

# build_example PAGE NUMBER [PACKAGE]: compiles an example as the pages say, and
# calls the program `example`.
build_example() {
    example "$1" "$2" >"$BATS_TEST_TMPDIR/example.c"
    [ -s "$BATS_TEST_TMPDIR/example.c" ]
    build_program shared cc "$BATS_TEST_TMPDIR/example" "${3-hecat}" \
        -std=c99 -D_POSIX_C_SOURCE=200809L "$BATS_TEST_TMPDIR/example.c"
}

# example_with ARGUMENT...: runs the program, in $output and $status.
example_with() {
    run "$BATS_TEST_TMPDIR/example" "$@"
    echo "$output"
}

# await FILE: waits until there is something in it.
await() {
    for _ in {1..6000}; do
        [ ! -s "$1" ] || return 0
        sleep 0.01
    done
    return 1
}

# assert_example STATUS OUTPUT ARGUMENT...: so the program ends.
assert_example() {
    example_with "${@:3}"
    [ "$status $output" = "$1 $2" ]
}

# serve ACTION...: lets the peer do that with each connection to $port, in the
# place of what it did before.
serve() {
    [ -z "$server" ] || kill "$server"
    rm -f "$port_file"
    "$TEST_TOOLS/listen" -a 127.0.0.1 -o "$port_file" "$TEST_TOOLS/peer" -k 0 \
        -r "$BATS_TEST_TMPDIR/log" "$@" 3>&- &
    server=$!
    await "$port_file"
    port=$(<"$port_file")
}

# assert_says_why STATUS TEXT ARGUMENT...: so the program ends, and what it says
# comes from standard error.
assert_says_why() {
    run --separate-stderr "$BATS_TEST_TMPDIR/example" "${@:3}"
    printf '%s\n' "$output" "$stderr"
    [ "$status $stderr" = "$1 $2" ] && [ -z "$output" ]
}

# assert_refuses_arguments: without arguments the program says what it wants, and
# for a port that cannot be, what is wrong with it.
assert_refuses_arguments() {
    assert_says_why 2 "usage: $BATS_TEST_TMPDIR/example host port"
    assert_says_why 1 '127.0.0.1 port 0: Invalid argument' 127.0.0.1 0
    assert_says_why 1 '127.0.0.1 port no-such-service: No such file or directory' \
        127.0.0.1 no-such-service
}

# Nobody listens on port 1 of loopback.
refused='127.0.0.1 port 1: no connection: 127.0.0.1:1: Connection refused'

@test "each example is run by a test" {
    local page number
    for page in man/*.3; do
        page=$(basename "$page" .3)
        for number in 1 2 3 4; do
            [ -n "$(example "$page" "$number")" ] || break
            grep -q "^    build_example $page $number" "$BATS_TEST_FILENAME"
        done
        # Each page has one.
        [ "$number" -gt 1 ]
    done
}

@test "overview: the first program connects, and says why it does not" {
    build_example hecat 1
    serve recv-eof
    assert_example 0 'connected by IPv4' 127.0.0.1 "$port"
    assert_says_why 1 "$refused" 127.0.0.1 1
    assert_refuses_arguments
}

@test "connector: a web server is asked, and one that is not there reported" {
    build_example hecat_connector_new 1
    serve send $'HTTP/1.0 200 OK\r\n\r\nhello\n' shutdown recv-eof
    example_with 127.0.0.1 "$port"
    [ "$status" -eq 0 ]
    [ "$output" = $'HTTP/1.0 200 OK\r\n\r\nhello' ]
    # What was asked: three lines.
    await "$BATS_TEST_TMPDIR/log"
    [[ $(<"$BATS_TEST_TMPDIR/log") == *' received=35 '* ]]
    assert_says_why 1 "$refused" 127.0.0.1 1
    assert_refuses_arguments
    serve send hello reset
    example_with 127.0.0.1 "$port"
    [ "$status" -eq 1 ]
    [[ $output == *'the server has not ended' ]]
}

@test "connector: addresses are listed and nothing is connected to" {
    build_example hecat_connector_new 2
    assert_example 0 '127.0.0.1 port 1' 127.0.0.1 1
    assert_example 0 '::1 port 80' ::1 http
    assert_refuses_arguments
}

@test "configuration: the connect comes from the address that is given" {
    build_example hecat_config_new 1
    serve recv-eof
    assert_example 0 'connected from 127.0.0.3' 127.0.0.3 127.0.0.1 "$port"
    assert_says_why 1 "127.0.0.1 port $port: no usable address" ::1 127.0.0.1 "$port"
    assert_says_why 1 '127.0.0.1 port 0: Invalid argument' 127.0.0.3 127.0.0.1 0
    example_with nowhere 127.0.0.1 "$port"
    [ "$status" -eq 2 ]
}

@test "configuration: a server that speaks first wins, one that closes does not" {
    build_example hecat_config_new 2
    serve send $'SSH-2.0-test\r\n' recv-eof
    assert_example 0 SSH-2.0-test 127.0.0.1 "$port"
    # In many parts, and with all that is sent before the close.
    serve bytes-slowly 5353482d322e302d746573740d0a recv-eof
    assert_example 0 SSH-2.0-test 127.0.0.1 "$port"
    serve send $'SSH-2.0-test\r\n' close
    assert_example 0 SSH-2.0-test 127.0.0.1 "$port"
    serve send SSH-2.0 close
    assert_says_why 1 'the line has no end' 127.0.0.1 "$port"
    serve close
    assert_says_why 1 "127.0.0.1 port $port: no connection: 127.0.0.1:$port: closed by the peer" \
        127.0.0.1 "$port"
    assert_refuses_arguments
}

@test "errors: refused by a host that is there" {
    build_example hecat_error_entry_get_kind 1
    serve recv-eof
    assert_example 0 'connected, after 0 failures' 127.0.0.1 "$port"
    assert_refuses_arguments
    run --separate-stderr "$BATS_TEST_TMPDIR/example" 127.0.0.1 1
    [ "$status $output" = '1 the host is there, the service is not' ]
    [ "$stderr" = "$refused" ]
    # To a broadcast address the kernel sends nothing.
    example_with 255.255.255.255 1
    [[ $output == '255.255.255.255 port 1: no connection: 255.255.255.255:1: '* ]]
    [[ $output != *'the host is there'* ]]
}

@test "events: candidates, attempts and the end are shown" {
    build_example hecat_event_get_type 1
    serve recv-eof
    example_with 127.0.0.1 "$port"
    [ "$output" = $'0: 127.0.0.1\nattempt to 127.0.0.1\n127.0.0.1 has answered\nconnected' ]
    example_with 127.0.0.1 1
    [ "$status" -eq 1 ]
    [ "$output" = \
        $'0: 127.0.0.1\nattempt to 127.0.0.1\n127.0.0.1: Connection refused\nnot connected' ]
    assert_refuses_arguments
}

@test "resolver: names of a table are known, and no others" {
    build_example hecat_config_set_resolver 1
    serve recv-eof
    assert_example 0 'connected to one of 1 addresses' www.example.com "$port"
    assert_example 0 'connected to one of 2 addresses' db.example.com "$port"
    assert_says_why 1 \
        "mail.example.com port $port: no usable address: AAAA lookup, A lookup: not in the table" \
        mail.example.com "$port"
    assert_refuses_arguments
}

@test "sockets: one of its own making has the type of service that was set" {
    build_example hecat_config_set_socket_cb 1
    serve recv-eof
    assert_example 0 'connected with type of service 0x10' 127.0.0.1 "$port"
    assert_says_why 1 "$refused" 127.0.0.1 1
    assert_refuses_arguments
}

@test "step: the banner of an SSH server, and of no other" {
    local banner=SSH-2.0-test
    build_example hecat_config_set_step 1
    serve send "$banner"$'\r\n' recv-eof
    assert_example 0 "$banner" 127.0.0.1 "$port"
    # In many parts, and with all that is sent before the close.
    serve bytes-slowly 5353482d322e302d746573740d0a recv-eof
    assert_example 0 "$banner" 127.0.0.1 "$port"
    serve send "$banner"$'\r\n' close
    assert_example 0 "$banner" 127.0.0.1 "$port"
    serve send "$banner" close
    assert_says_why 1 'the banner has no end' 127.0.0.1 "$port"
    local words
    for words in 'send 220' 'send S220' close; do
        # shellcheck disable=SC2086
        serve $words recv-eof
        assert_says_why 1 "127.0.0.1 port $port: no connection: 127.0.0.1:$port: no SSH server" \
            127.0.0.1 "$port"
    done
    assert_refuses_arguments
}

@test "step: of two servers that speak in the same pass each has its own banner" {
    local log=$BATS_TEST_TMPDIR/wire fifo=$BATS_TEST_TMPDIR/fifo scenario
    build_example hecat_config_set_step 1
    mkfifo "$fifo"
    "${SCRIPTED_NET:?}" -e '' -- true || skip 'no network of our own'
    # The program is stopped when it has seen that both are connected, and waits
    # for EPOLLOUT no more, until both have spoken.
    scenario='name two.test A 192.0.2.8 192.0.2.9
        host 192.0.2.8 accept say "SSH-2.0-test\r\n" 3s
        host 192.0.2.9 accept say "220 mail.test\r\n" 2900ms'
    # shellcheck disable=SC2016
    run -0 "$SCRIPTED_NET" -l "$log" -e "$scenario" -- env log="$log" fifo="$fifo" \
        example="$BATS_TEST_TMPDIR/example" bash -c '
        await() { until "$@"; do read -r -t 0.01 <>"$fifo"; done; }
        is_idle() { ! grep -q "^tfd.* events: *1c " /proc/$!/fdinfo/*; }
        "$example" two.test 22 &
        await grep -q " ack 192.0.2.9 " "$log"
        await is_idle
        kill -STOP $!
        await grep -q " data-out 192.0.2.8 " "$log"
        await grep -q " data-out 192.0.2.9 " "$log"
        kill -CONT $!
        wait $!'
    echo "$output"
    cat "$log"
    [ "$output" = SSH-2.0-test ]
}

@test "lists: addresses are printed" {
    build_example hecat_addrinfo_copy 1
    assert_example 0 127.0.0.1 127.0.0.1
    assert_example 0 ::1 ::1
    assert_says_why 2 "usage: $BATS_TEST_TMPDIR/example host"
    example_with 127.0.0.256.
    [ "$status" -eq 1 ]
    [[ $output == '127.0.0.256.: '?* ]]
}

@test "lists: of two addresses the first is attempted first, then the other" {
    build_example hecat_addrinfo_copy 2
    serve recv-eof
    assert_example 0 'connected, after 0 failures' "127.0.0.1:$port" 127.0.0.1:1
    assert_example 0 'connected, after 1 failures' 127.0.0.1:1 "127.0.0.1:$port"
    # There is no host in front.
    assert_says_why 1 'no connection: 127.0.0.1:1, 127.0.0.2:1: Connection refused' \
        127.0.0.1:1 127.0.0.2:1
    assert_says_why 1 'no list: Invalid argument' 127.0.0.1 127.0.0.1
    assert_says_why 2 "usage: $BATS_TEST_TMPDIR/example address:port address:port" nowhere
}

@test "race: the fastest of three wins" {
    build_example hecat_race_new 1
    assert_example 0 'timer 3 of 3'
}

@test "race without an event loop: the quick one wins" {
    build_example hecat_race_state_new 1
    assert_example 0 $'start 0\nstart 1\n1 has won'
}

@test "TLS: a web server is asked, and one that is not trusted is not" {
    [ -e "$root/usr/lib/pkgconfig/hecat_openssl.pc" ] || skip 'built without OpenSSL'
    build_example hecat_openssl_new 1 hecat_openssl
    cd "$BATS_TEST_TMPDIR"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=x -addext subjectAltName=DNS:localhost -keyout key -out cert 2>/dev/null
    cat cert key >both
    serve -t both send $'HTTP/1.0 200 OK\r\n\r\nhello\n' shutdown recv-eof
    SSL_CERT_FILE=$PWD/cert assert_example 0 $'HTTP/1.0 200 OK\r\n\r\nhello' localhost "$port"
    example_with localhost "$port"
    [ "$status" -eq 1 ]
    [[ $output == *': certificate is self-signed' ]]
    SSL_CERT_FILE=$PWD/cert example_with 127.0.0.1 "$port"
    [[ $output == *': certificate is for localhost, not 127.0.0.1' ]]
    assert_refuses_arguments
}

@test "DNS: what a name server has is printed" {
    [ -e "$root/usr/lib/pkgconfig/hecat_cares.pc" ] || skip 'built without c-ares'
    local scenario='name host.test A 192.0.2.80; name host.test AAAA servfail'
    build_example hecat_cares_new 1 hecat_cares
    assert_says_why 2 "usage: $BATS_TEST_TMPDIR/example server name"
    assert_says_why 1 ': Invalid argument' 127.0.0.1 ''
    "${SCRIPTED_NET:?}" -e "$scenario" -- true || skip 'no network of our own'
    run -0 "$SCRIPTED_NET" -e "$scenario" -- "$BATS_TEST_TMPDIR/example" 192.0.2.53 host.test
    [ "$(sort <<<"$output")" = $'A: 1 addresses for 60 seconds\nAAAA: SERVFAIL from 192.0.2.53' ]
}
