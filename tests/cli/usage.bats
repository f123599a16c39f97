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
    refuse "port '0': 1 to 65535" localhost 0
    refuse "port '65536': 1 to 65535" localhost 65536
    refuse "port '70000': 1 to 65535" localhost 70000
    refuse "port '99999999999999999999': 1 to 65535" localhost 99999999999999999999
    refuse "port '-1': .*" -- localhost -1
    refuse "port '80x y': .*" localhost '80x y'
    refuse "port '\\+80': .*" localhost +80
    refuse "port '0': 1 to 65535" localhost:0
    refuse "port '70000': 1 to 65535" '[::1]:70000'
}

@test "a service that there is not" {
    refuse "port 'no-such-service': no such TCP service" localhost no-such-service
}

@test "a range of ports" {
    refuse "port '20-30': one port only; .*" localhost 20-30
}

@test "hosts and ports that are missing" {
    refuse 'host and port are missing; .*'
    refuse "host 'localhost': its port is missing" localhost
    refuse "host 'localhost': its port is missing" localhost ''
    refuse "host '::1': its port is missing; write \\[ADDRESS\\]:PORT" ::1
    refuse "host '': empty" '' 80
    refuse 'host and port are missing; .*' -v -w 1
}

@test "operands that are too many" {
    refuse "operand '81': one too many" localhost 80 81
    refuse "port '81': 'localhost:80' has one already" localhost:80 81
}

@test "hosts that are none" {
    refuse "host 'a b': .*" 'a b' 80
    refuse "host 'a\\\\x0ab': .*" $'a\nb' 80
    refuse "host '\\[::1': no ']' .*" '[::1' 80
    refuse "host '\\[::1\\]80': no ':' .*" '[::1]80'
    refuse "host '::1::': .*" ::1:: 80
    refuse "host 'fe80::1%no-such-if': no such interface" fe80::1%no-such-if 80
    refuse "host 'http://localhost/': a URL; .*" http://localhost/ 80
    refuse "host .*: longer than 253 characters" "$(printf '%0254d' 0)" 80
}

@test "the Connection Attempt Delay" {
    local bound='10 to 3600000 milliseconds, 0 or none'
    local value
    for value in -1 1 5 9 9.999 25x x '' nan ' 25' +25 1e3 0x20 3600001 2h \
        99999999999999999999; do
        refuse "-d '${value/+/\\+}': $bound" -d "$value" localhost 80
    done
    refuse "--delay '5': $bound" --delay 5 localhost 80
    refuse "--delay '5': $bound" --delay=5 localhost 80
    refuse "-d '5': $bound" localhost 80 -d5
    refuse "-d '0.25': milliseconds; did you mean 250\\?" -d 0.25 localhost 80
}

@test "the other delays and times" {
    local bound='0.001 to 31536000 seconds'
    refuse "-r '-1': 0 to 3600000 milliseconds" -r -1 localhost 80
    refuse "-r 'none': 0 to 3600000 milliseconds" -r none localhost 80
    refuse "--resolution-delay '3600001': .*" --resolution-delay 3600001 localhost 80
    refuse "-w '0': $bound" -w 0 localhost 80
    refuse "-w '-1': $bound" -w -1 localhost 80
    refuse "-w '0.0001': $bound" -w 0.0001 localhost 80
    refuse "-w '3 s': $bound" -w '3 s' localhost 80
    refuse "--timeout '31536001': $bound" --timeout 31536001 localhost 80
    refuse "--attempt-timeout '0': $bound" --attempt-timeout 0 localhost 80
    refuse "--attempt-timeout 'x': $bound" --attempt-timeout x localhost 80
    refuse "-q '-2': 0 to 31536000 seconds or -1" -q -2 localhost 80
    refuse "-q '1x': 0 to 31536000 seconds or -1" -q 1x localhost 80
}

@test "numbers and words" {
    refuse "-f '0': 1 to 65535; .*--order.*" -f 0 localhost 80
    refuse "-f '65536': 1 to 65535" -f 65536 localhost 80
    refuse "--first-family-count '1.5': 1 to 65535" --first-family-count 1.5 localhost 80
    refuse "-p '0': 1 to 65535" -p 0 localhost 80
    refuse "-p '70000': 1 to 65535" -p 70000 localhost 80
    refuse "-p 'http': 1 to 65535" -p http localhost 80
    refuse "--order 'random': sorted or resolver" --order random localhost 80
    refuse "--prefer '5': 4 or 6" --prefer 5 localhost 80
    refuse "--success 'open:5x': tcp, data or open:MS, with MS 1 to 3600000 milliseconds" \
        --success open:5x localhost 80
}

@test "addresses that are none" {
    local reason='not an IPv4 or IPv6 address'
    refuse "-s 'localhost': $reason" -s localhost localhost 80
    refuse "-s '127.0.0.1.': $reason" -s 127.0.0.1. localhost 80
    refuse "-s '127.0.0.1 ': $reason" -s '127.0.0.1 ' localhost 80
    refuse "-s '127.0.0.1 x': $reason" -s '127.0.0.1 x' localhost 80
    refuse "-s '4294967296': $reason" -s 4294967296 localhost 80
    refuse "-s '127.0.0.1:80': $reason" -s 127.0.0.1:80 localhost 80
    refuse "--source '': $reason" --source '' localhost 80
    refuse "-s 'fe80::1%no-such-if': no such interface" -s fe80::1%no-such-if localhost 80
    refuse "--address 'x': $reason" --address 127.0.0.1,x localhost 80
    refuse "--address '': $reason" --address 127.0.0.1, localhost 80
    refuse "-n: 'localhost' is no address" -n localhost 80
}

@test "entries of --resolve" {
    local form='not HOST:PORT:ADDR\[,ADDR\]...'
    refuse "--resolve 'h': $form" --resolve h h 80
    refuse "--resolve 'h:80': $form" --resolve h:80 h 80
    refuse "--resolve 'h:0:::1': port '0': 1 to 65535" --resolve h:0:::1 h 80
    refuse "--resolve ':80:::1': host '': empty" --resolve :80:::1 h 80
    refuse "--resolve '::1:80:::2': $form; an IPv6 HOST is in brackets" --resolve ::1:80:::2 ::1 80
    refuse "--resolve '2001:db8::1:80:::2': $form; an IPv6 HOST is in brackets" \
        --resolve 2001:db8::1:80:::2 ::1 80
    refuse "--resolve 'fe80::1:80:::2': $form; an IPv6 HOST is in brackets" \
        --resolve fe80::1:80:::2 ::1 80
    refuse "--resolve 'h:http:::1': port 'http': 1 to 65535" --resolve h:http:::1 h 80
    refuse "--resolve 'x': not an IPv4 or IPv6 address" --resolve h:80:x h 80
    refuse "--resolve '': not an IPv4 or IPv6 address" --resolve h:80: h 80
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
    refuse "-6 and host '::ffff:127.0.0.1': no IPv6 address" -6 ::ffff:127.0.0.1 80
    refuse "-4 and -s '::1': no IPv4 address" -4 -s ::1 localhost 80
    refuse "-6 and --address '127.0.0.1': .*" -6 --address 127.0.0.1 localhost 80
    refuse "-6 and --resolve of 'h': no IPv6 address" -6 --resolve h:80:127.0.0.1 h 80
}

@test "options that there are not" {
    refuse "unknown option '-x'; .*" -x localhost 80
    refuse "unknown option '--nonsense'; .*" --nonsense localhost 80
    refuse "unknown option '--time'; did you mean --timeout.*\\?" --time 3 localhost 80
    refuse "unknown option '--tim=3'; did you mean --timeout.*\\?" --tim=3 localhost 80
    refuse '-w needs an argument: SECONDS' localhost 80 -w
    refuse '--delay needs an argument: \{MS,none\}' localhost 80 --delay
    refuse "--zero takes no argument: '1'" --zero=1 localhost 80
}

@test "options of other netcats" {
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
    refuse "-d '5': .*" 127.0.0.1 "$port" -d 5
    refuse "-w '0': .*" 127.0.0.1 "$port" -w 0
    refuse '-4 and -6 .*' 127.0.0.1 "$port" -4 -6
    refuse "operand 'x': .*" 127.0.0.1 "$port" x
    refuse "-s 'x': .*" 127.0.0.1 "$port" -s x
    refuse "unknown .*" 127.0.0.1 "$port" --nonsense
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
    refuse "-d '5': .*" -d 5 --help
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
