#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Bad input is found before anything is done: one line that says what is wrong,
# status 2, nothing read, nothing sent.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper

# refuse REGEX ARGUMENT...: the program has to refuse these arguments with a
# line that matches, and leave its input to whoever comes next.
refuse() {
    local regex=$1 rest
    shift
    {
        run_hecat 2 "$@"
        rest=$(cat)
    } < <(echo untouched)
    assert_match "^hecat: $regex\$" "$stderr" "message for '$*'"
    assert_equal 1 "$(wc -l <stderr)" 'lines of the message'
    assert_equal 0 "$(size stdout)" 'bytes on standard output'
    assert_equal untouched "$rest" 'what is left of standard input'
}

@test "ports that are none" {
    refuse "port 0: must be 1 to 65535" localhost 0
    refuse "port 65536: must be 1 to 65535" localhost 65536
    refuse "port 70000: must be 1 to 65535" localhost 70000
    refuse "port 99999999999999999999: must be 1 to 65535" localhost 99999999999999999999
    refuse "port -1: .*" -- localhost -1
    refuse "port '80x y': .*" localhost '80x y'
    refuse "port \\+80: .*" localhost +80
    refuse "port 0: must be 1 to 65535" localhost:0
    refuse "port 70000: must be 1 to 65535" '[::1]:70000'
}

@test "a service that there is not" {
    refuse "port 'no-such-service': no such TCP service" localhost no-such-service
}

@test "a range of ports" {
    refuse "port 20-30: one port only; .*" localhost 20-30
}

@test "hosts and ports that are missing" {
    refuse 'a host and a port are missing; .*'
    refuse "localhost: the port is missing; write: hecat localhost PORT" localhost
    refuse "localhost: the port is missing; write: hecat localhost PORT" localhost ''
    refuse "::1: the port is missing; write: hecat ::1 PORT" ::1
    refuse "the host is empty" '' 80
    refuse 'a host and a port are missing; .*' -v -w 1
}

@test "operands that are too many" {
    refuse "unexpected argument '81'; one port only: .*" localhost 80 81
    refuse "unexpected argument '81': localhost:80 has a port already" localhost:80 81
}

@test "hosts that are none" {
    refuse "'a b': a host has no space in it" 'a b' 80
    refuse "'a\\\\x0ab': a host has no control character in it" $'a\nb' 80
    refuse "\\[::1: the '\\]' is missing" '[::1' 80
    refuse "\\[::1\\]80: the ':' .*" '[::1]80'
    refuse "'::1::': neither .*" ::1:: 80
    refuse "fe80::1%no-such-if: there is no such interface" fe80::1%no-such-if 80
    refuse "http://localhost/: a URL; write: hecat localhost http" http://localhost/ 80
    refuse "'.*': longer than 253 characters" "$(printf '%0254d' 0)" 80
}

@test "the Connection Attempt Delay" {
    local bound='must be 0, none or 10 to 3600000 milliseconds'
    local value
    for value in -1 1 5 9 9.999 3600001 99999999999999999999; do
        refuse "-d $value: $bound" -d "$value" localhost 80
    done
    for value in 25x 1e3 0x20 2h; do
        refuse "-d $value: not a duration; write 250, 0.3s or none" -d "$value" localhost 80
    done
    for value in '' ' 25'; do
        refuse "-d '$value': not a duration; .*" -d "$value" localhost 80
    done
    for value in host nan; do
        refuse "-d $value: not a duration; .*; nc's -d is --recv-only here" -d "$value" localhost 80
    done
    refuse "--delay 5: $bound" --delay 5 localhost 80
    refuse "--delay 5: $bound" --delay=5 localhost 80
    refuse "-d 5: $bound" localhost 80 -d5
    refuse "-d 0.25: milliseconds; did you mean 250\\?" -d 0.25 localhost 80
}

@test "the other delays and times" {
    local bound='must be 0.001 to 31536000 seconds'
    refuse "-r -1: must be 0 to 3600000 milliseconds" -r -1 localhost 80
    refuse "-r none: not a duration; .*" -r none localhost 80
    refuse "--resolution-delay 3600001: .*" --resolution-delay 3600001 localhost 80
    refuse "-w 0: $bound" -w 0 localhost 80
    refuse "-w -1: $bound" -w -1 localhost 80
    refuse "-w 0.0001: $bound" -w 0.0001 localhost 80
    refuse "-w '3 s': not a duration; .*" -w '3 s' localhost 80
    refuse "--timeout 31536001: $bound" --timeout 31536001 localhost 80
    refuse "--attempt-timeout 0: $bound" --attempt-timeout 0 localhost 80
    refuse "--attempt-timeout x: not a duration; .*" --attempt-timeout x localhost 80
    refuse "-q -2: must be -1 or 0 to 31536000 seconds" -q -2 localhost 80
    refuse "-q 1x: not a duration; write 3, 1.5s or -1" -q 1x localhost 80
}

@test "numbers and words" {
    refuse "-f 0: must be 1 to 65535; .*--order.*" -f 0 localhost 80
    refuse "-f 65536: must be 1 to 65535" -f 65536 localhost 80
    refuse "--first-family-count 1.5: must be 1 to 65535" --first-family-count 1.5 localhost 80
    refuse "-p 0: must be 1 to 65535" -p 0 localhost 80
    refuse "-p 70000: must be 1 to 65535" -p 70000 localhost 80
    refuse "-p http: must be 1 to 65535" -p http localhost 80
    refuse "--order random: must be sorted, interleaved or resolver" --order random localhost 80
    refuse "--prefer 5: must be 4 or 6" --prefer 5 localhost 80
    refuse "--success open:5x: must be tcp, tls, data or open:MS, with MS 1 to 3600000 milliseconds" \
        --success open:5x localhost 80
}

@test "addresses that are none" {
    local reason='must be an IPv4 or IPv6 address'
    refuse "-s localhost: $reason; for an interface use --interface" -s localhost localhost 80
    refuse "-s 127.0.0.1.: $reason; for an interface use --interface" -s 127.0.0.1. localhost 80
    refuse "-s '127.0.0.1 ': $reason; for an interface use --interface" -s '127.0.0.1 ' localhost 80
    refuse "-s '127.0.0.1 x': $reason; for an interface use --interface" -s '127.0.0.1 x' localhost 80
    refuse "-s 4294967296: $reason; for an interface use --interface" -s 4294967296 localhost 80
    refuse "-s 127.0.0.1:80: $reason; for an interface use --interface" -s 127.0.0.1:80 localhost 80
    refuse "--source '': $reason; for an interface use --interface" --source '' localhost 80
    refuse "-s fe80::1%no-such-if: there is no such interface" -s fe80::1%no-such-if localhost 80
    refuse "--address x: $reason" --address 127.0.0.1,x localhost 80
    refuse "--address '': $reason" --address 127.0.0.1, localhost 80
    refuse "-n: 'localhost' is no address" -n localhost 80
}

@test "entries of --resolve" {
    local form='must be HOST:PORT:ADDR\[,ADDR\]...'
    refuse "--resolve h: $form" --resolve h h 80
    refuse "--resolve h:80: $form" --resolve h:80 h 80
    refuse "--resolve h:0:::1: port 0: must be 1 to 65535" --resolve h:0:::1 h 80
    refuse "--resolve :80:::1: host '': the host is empty" --resolve :80:::1 h 80
    refuse "--resolve ::1:80:::2: $form; an IPv6 HOST is in brackets" --resolve ::1:80:::2 ::1 80
    refuse "--resolve 2001:db8::1:80:::2: $form; an IPv6 HOST is in brackets" \
        --resolve 2001:db8::1:80:::2 ::1 80
    refuse "--resolve fe80::1:80:::2: $form; an IPv6 HOST is in brackets" \
        --resolve fe80::1:80:::2 ::1 80
    refuse "--resolve h:http:::1: port http: must be 1 to 65535" --resolve h:http:::1 h 80
    refuse "--resolve x: must be an IPv4 or IPv6 address" --resolve h:80:x h 80
    refuse "--resolve '': must be an IPv4 or IPv6 address" --resolve h:80: h 80
}

@test "options that exclude each other" {
    refuse '-4 and -6 exclude each other' -4 -6 localhost 80
    refuse '--ipv4 and -6 exclude each other' --ipv4 -6 localhost 80
    refuse '-4 and --prefer 6 exclude .*' -4 --prefer 6 localhost 80
    refuse '-6 and --prefer 4 exclude .*' -6 --prefer 4 localhost 80
    refuse '-N and --no-shutdown exclude .*' -N --no-shutdown localhost 80
    refuse '-r and --order resolver exclude .*' -r 9 --order resolver localhost 80
    refuse '-f and --order resolver exclude .*' -f 2 --order resolver localhost 80
    refuse '--prefer and --order resolver .*' --prefer 4 --order resolver localhost 80
    refuse '--address and --resolve exclude .*' --address ::1 --resolve h:80:::1 h 80
}

@test "a family without an address" {
    refuse "-4 and host '::1': no IPv4 address" -4 ::1 80
    refuse "-6 and host '127.0.0.1': no IPv6 address" -6 127.0.0.1 80
    refuse "-6 and proxy '127.0.0.1': no IPv6 address" -6 --proxy http://127.0.0.1 h 80
    refuse "-6 and host '::ffff:127.0.0.1': no IPv6 address" -6 ::ffff:127.0.0.1 80
    refuse "-4 and -s '::1': no IPv4 address" -4 -s ::1 localhost 80
    refuse "-6 and --address '127.0.0.1': .*" -6 --address 127.0.0.1 localhost 80
    refuse "-6 and --resolve of 'h': no IPv6 address" -6 --resolve h:80:127.0.0.1 h 80
}

@test "options that there are not" {
    refuse "-y: unknown option; .*" -y localhost 80
    refuse "--nonsense: unknown option; .*" --nonsense localhost 80
    refuse "--time: unknown option; did you mean --timeout.*\\?" --time 3 localhost 80
    refuse "--tim: unknown option; did you mean --timeout.*\\?" --tim=3 localhost 80
    refuse '-w needs an argument: SECONDS' localhost 80 -w
    refuse '--delay needs an argument: \{MS,none\}' localhost 80 --delay
    refuse "--zero takes no argument: '1'" --zero=1 localhost 80
}

@test "what people type who come from elsewhere" {
    refuse '-timeout: long options take two dashes: --timeout' -timeout 3 localhost 80
    refuse '--timout: unknown option; did you mean --timeout\?' --timout 3 localhost 80
    refuse '--probe 5: write: --probe=5' --probe 5 localhost 80
    refuse '--json out: write: --json=out' --json out localhost 80
    refuse '-N 5: write: --shutdown=5' -N 5 localhost 80
    refuse 'localhost/80: write: hecat localhost 80' localhost/80
    refuse 'me@localhost: give no user; write: hecat localhost 22' me@localhost 22
    refuse "TCP:localhost:80: an address of socat's; write: hecat localhost 80" - TCP:localhost:80
    refuse '-V prints the version and takes no host .*' -V 1 -z localhost 22
    refuse "port 80,443: one port only; .*" localhost 80,443
}

@test "options of other netcats" {
    refuse '--proxy-auth: here that is --proxy-auth-file, with a file' --proxy-auth u:p localhost 80
    refuse '--ssl: here that is -c, --tls' --ssl localhost 443
    refuse '-l: hecat only connects; .*' -l 80
    refuse '--listen: hecat only connects; .*' --listen 80
    refuse '-u: hecat speaks TCP only; .*' -u localhost 80
    refuse '-k: .* to keep listening .*' -k localhost 80
    refuse '-U: .* for Unix sockets .*' -U /run/socket
    refuse '-e: hecat starts no programs; .*' -e /bin/sh localhost 80
}

@test "a long and strange value stays one printable line" {
    refuse "-d '\\\\x1b\\[31m\\\\x0a.*\\.\\.\\.': .*" \
        -d $'\e[31m\n'"$(printf '%0500d' 0)" localhost 80
    refuse "-d '\\\\xc3\\\\xa4': .*" -d ä localhost 80
}

@test "nothing is sent before everything is checked" {
    start_peer recv-to received
    refuse "-d 5: .*" 127.0.0.1 "$port" -d 5
    refuse "-w 0: .*" 127.0.0.1 "$port" -w 0
    refuse '-4 and -6 .*' 127.0.0.1 "$port" -4 -6
    refuse "unexpected argument 'x'" 127.0.0.1 "$port" x
    refuse "-s x: .*" 127.0.0.1 "$port" -s x
    refuse ".*: unknown .*" 127.0.0.1 "$port" --nonsense
    # The first connection the peer gets is this one.
    run_hecat 0 127.0.0.1 "$port" <<<sentinel
    finish_peer
    assert_equal sentinel "$(<received)"
}

@test "--help and --version go to standard output" {
    run_hecat 0 --help
    assert_equal '' "$stderr"
    grep -q '^usage: hecat \[options\] host port' stdout
    grep -q -- '-d, --delay {MS,none}' stdout
    run_hecat 0 -h
    grep -q '^usage: hecat' stdout
    run_hecat 0 --version
    assert_equal '' "$stderr"
    grep -qE '^hecat [0-9]+\.[0-9]+\.[0-9]+$' stdout
    grep -qE '^libevent 2\.' stdout
    run_hecat 0 -V
    grep -q '^hecat ' stdout
}

@test "--help is obeyed where it stands" {
    run_hecat 0 localhost --help -d 5
    grep -q '^usage: hecat' stdout
    refuse "-d 5: .*" -d 5 --help
}

@test "--help and --version leave standard input alone" {
    local rest
    { run_hecat 0 --help; run_hecat 0 --version; rest=$(cat); } < <(echo untouched)
    assert_equal untouched "$rest"
}

@test "no line of --help is wider than a terminal" {
    run_hecat 0 --help
    assert_equal '' "$(grep -E '^.{81}' stdout || true)"
}

@test "options may follow the operands" {
    start_peer recv-to received
    run_hecat 0 127.0.0.1 -4 "$port" -w 10 <<<late
    finish_peer
    assert_equal late "$(<received)"
}

@test "after -- a host may begin with a dash" {
    refuse "-n: '-host' is no address" -n -- -host 80
}
