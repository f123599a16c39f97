#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Through real proxies: microsocks, dante, tinyproxy and OpenSSH, each to a name,
# an IPv4 and an IPv6 address, with authentication right and wrong.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2034,SC2030,SC2031
load peers_helper
load sshd_helper

# Of the proxy, where it asks for them.
user=someone password='p@ss:word'

prepare_microsocks() {
    require microsocks || return
    command=(microsocks -i 127.0.0.1 -p "$port" "${credentials[@]}")
}

prepare_tinyproxy() {
    require tinyproxy || return
    command=(tinyproxy -d -c "$home/tinyproxy.conf")
    cat >"$home/tinyproxy.conf" <<END
Port $port
Listen 127.0.0.1
Timeout 60
MaxClients 10
Allow 127.0.0.1
LogLevel Info
${credentials[*]}
END
}

prepare_dante() {
    require danted || return
    command=(danted -f "$home/danted.conf" -p "$home/danted.pid")
    cat >"$home/danted.conf" <<END
logoutput: stderr
internal: 127.0.0.1 port = $port
$(printf 'external: %s\n' "${externals[@]}")
clientmethod: none
socksmethod: none
client pass { from: 0/0 to: 0/0 }
socks pass { from: 0/0 to: 0/0 }
END
}

# start_proxy NAME: its address is then $proxy. What is connected to is started
# before it, at $target_port.
start_proxy() {
    start_peer_at '-a 127.0.0.1 -a ::1' -k 0 recv 9 send answer close
    target_port=$port
    start_server "$1"
    proxy=127.0.0.1:$port
}

# reaches HOST OPTION...: the program gets through to it. Both sides end by the
# destination: these proxies take a FIN of ours for the end of all.
reaches() {
    local host=$1
    shift
    run_hecat 0 "$@" "$host" "$target_port" <<<question
    assert_equal answer "$(<stdout)" "through $* to $host"
}

# refuses SENTENCE OPTION...: the proxy refuses, in these words.
refuses() {
    local sentence=$1
    shift
    run_hecat 9 "$@" localhost "$target_port" <<<question
    assert_equal "hecat: proxy 127.0.0.1 port ${proxy#*:}: $sentence" "$stderr"
}

# A port that refuses.
closed_port() {
    start_closed
    target_port=$port
}

@test "microsocks: a name, IPv4, IPv6" {
    credentials=()
    start_proxy microsocks
    local scheme host
    for scheme in socks5 socks5h; do
        for host in localhost 127.0.0.1 ::1; do
            reaches "$host" --proxy "$scheme://$proxy"
        done
    done
    reaches localhost -x "$proxy"
    reaches ::1 -X 5 -x "$proxy"
}

@test "microsocks: user and password, right and wrong" {
    credentials=(-u "$user" -P "$password")
    start_proxy microsocks
    reaches localhost --proxy "socks5h://$user:p%40ss%3Aword@$proxy"
    printf '%s:%s\n' "$user" "$password" >auth
    reaches ::1 --proxy "socks5h://$proxy" --proxy-auth-file auth
    refuses 'SOCKS: the user or the password is wrong' --proxy "socks5h://$user:x@$proxy"
    refuses 'SOCKS: a user and a password are wanted' --proxy "socks5h://$proxy"
}

@test "microsocks: a port that refuses, a name that does not exist" {
    credentials=()
    start_server microsocks
    proxy=127.0.0.1:$port
    closed_port
    run_hecat 9 --proxy "socks5h://$proxy" 127.0.0.1 "$target_port" </dev/null
    assert_equal "hecat: proxy 127.0.0.1 port ${proxy#*:}: SOCKS: connection refused" "$stderr"
    run_hecat 9 --proxy "socks5h://$proxy" nosuch.invalid 80 </dev/null
    assert_match 'SOCKS: ' "$stderr"
}

@test "microsocks: 8 MiB each way" {
    credentials=()
    start_proxy microsocks
    start_peer recv 8M send-pattern 8M close
    pattern upload 8M >sent
    run_hecat 0 --proxy "socks5h://$proxy" localhost "$port" <sent
    assert_download 8388608
    finish_peer_with 'received=8388608 pattern=yes '
}

@test "tinyproxy: a name, IPv4, IPv6" {
    credentials=()
    start_proxy tinyproxy
    local host
    for host in localhost 127.0.0.1 ::1; do
        reaches "$host" --proxy "http://$proxy"
    done
    reaches localhost -X connect -x "$proxy"
}

@test "tinyproxy: user and password, right and wrong" {
    password=secret
    credentials=(BasicAuth "$user" "$password")
    start_proxy tinyproxy
    reaches localhost --proxy "http://$user:$password@$proxy"
    printf '%s:%s\n' "$user" "$password" >auth
    reaches ::1 --proxy "http://$proxy" --proxy-auth-file auth
    run_hecat 9 --proxy "http://$user:x@$proxy" localhost "$target_port" </dev/null
    assert_match ': (401|407) ' "$stderr"
    run_hecat 9 --proxy "http://$proxy" localhost "$target_port" </dev/null
    assert_match ': 407 Proxy Authentication Required$' "$stderr"
}

@test "tinyproxy: a port that refuses, a name that does not exist" {
    credentials=()
    start_server tinyproxy
    proxy=127.0.0.1:$port
    closed_port
    run_hecat 9 --proxy "http://$proxy" 127.0.0.1 "$target_port" </dev/null
    assert_match ': 5[0-9][0-9] ' "$stderr"
    run_hecat 9 --proxy "http://$proxy" nosuch.invalid 80 </dev/null
    assert_match ': 5[0-9][0-9] ' "$stderr"
}

# It takes the address of SOCKS 4A, 0.0.0.1, for what is to be connected to.
@test "dante: SOCKS 4; a name, IPv4" {
    externals=(127.0.0.1)
    start_proxy dante
    reaches localhost --proxy "socks4://$proxy"
    reaches 127.0.0.1 -X 4 -x "$proxy"
    closed_port
    run_hecat 9 --proxy "socks4://$proxy" 127.0.0.1 "$target_port" </dev/null
    assert_match ': SOCKS: the request was rejected or failed$' "$stderr"
}

@test "dante: SOCKS 5; a name, IPv4, IPv6" {
    externals=(127.0.0.1 ::1)
    start_proxy dante
    local scheme host
    for scheme in socks5 socks5h; do
        for host in localhost 127.0.0.1 ::1; do
            reaches "$host" --proxy "$scheme://$proxy"
        done
    done
}

# start_forward: OpenSSH's, with the server behind it; then as start_proxy.
start_forward() {
    start_server sshd
    sshd_port=$port
    start_proxy ssh_forward
}

@test "ssh -D: SOCKS 4 and 4A; a name, IPv4, and no IPv6" {
    start_forward
    local scheme host
    for scheme in socks4 socks4a; do
        for host in localhost 127.0.0.1; do
            reaches "$host" --proxy "$scheme://$proxy"
            reaches "$host" --proxy "$scheme://nobody@$proxy"
        done
        run_hecat 2 --proxy "$scheme://$proxy" ::1 "$target_port" <<<question
        assert_equal 'hecat: ::1: SOCKS 4 knows no IPv6 addresses; use socks5' "$stderr"
    done
    reaches localhost -X 4 -x "$proxy"
    reaches 127.0.0.1 -X 4 -x "$proxy" -P nobody
}

@test "ssh -D: SOCKS 5; a name, IPv4, IPv6" {
    start_forward
    local scheme host
    for host in localhost 127.0.0.1 ::1; do
        for scheme in socks5 socks5h; do
            reaches "$host" --proxy "$scheme://$proxy"
        done
        reaches "$host" -X 5 -x "$proxy"
    done
}

# It has no answer for this: it closes.
@test "ssh -D: a port that refuses, a name that does not exist" {
    start_forward
    closed_port
    local scheme
    for scheme in socks4 socks4a socks5 socks5h; do
        refuses 'closed by the proxy before it had answered' --proxy "$scheme://$proxy"
    done
    for scheme in 4 5; do
        refuses 'closed by the proxy before it had answered' -X "$scheme" -x "$proxy"
    done
    for scheme in socks4a socks5h; do
        run_hecat 9 --proxy "$scheme://$proxy" nosuch.invalid 80 </dev/null
        assert_match ': closed by the proxy before it had answered$' "$stderr"
    done
    # The next address has its turn.
    start_peer_at '-a 127.0.0.1' recv 9 send answer close
    target_port=$port
    reaches www.test --proxy "socks5://$proxy" --order resolver \
        --resolve "www.test:$port:::1,127.0.0.1"
}
