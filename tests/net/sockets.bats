#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Interfaces and the options of sockets: what the SYN has, and what the kernel
# is asked for before it is sent.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	trace=$BATS_TEST_TMPDIR/trace
}

a4=198.51.100.1 a6=2001:db8:1::a
both="host $a4 $a6 accept"

# connect STATUS OPTION...: connects to a host of each family.
connect() {
	local host

	for host in $a4 $a6; do
		net_run "-$1" "$both" "$HECAT" -z "${@:2}" "$host" 80
		header=$(grep " syn-header $host " "$NET_LOG") || true
		shown+=("$header")
	done
}

# assert_syns REGEX: whether the SYN to each family's host was like this.
assert_syns() {
	local header

	((${#shown[@]} == 2)) || return
	for header in "${shown[@]}"; do
		[[ $header =~ $1 ]] && continue
		printf 'not like %s: %s\n' "$1" "$header" >&2
		return 1
	done
	shown=()
}

# traced SYSCALLS STRACE-OPTION...: prefix for the program under strace.
traced() {
	local calls=$1

	shift
	strace -o /dev/null true || skip 'strace may not trace here'
	prefix=(env ASAN_OPTIONS=detect_leaks=0 strace -f -o "$trace"
		-e "trace=$calls" "$@")
}

# assert_sets REGEX...: whether setsockopt was called like this, in this order,
# on the socket that connects to port 80, before that.
assert_sets() {
	local fd calls regex

	fd=$(sed -n 's/^[0-9]* *connect(\([0-9]*\), .*htons(80).*/\1/p' "$trace" | head -n 1)
	calls=$(sed -n "/htons(80)/q; s/^[0-9]* *setsockopt($fd, \(.*\)) = 0$/\1/p" "$trace")
	for regex; do
		[[ $calls =~ $regex(.*) ]] || {
			printf 'lacks %s:\n%s\n' "$regex" "$calls" >&2
			return 1
		}
		calls=${BASH_REMATCH[-1]}
	done
}

@test "-T, -M and --mss are those of the SYN, of both families" {
	local shown=()

	connect 0
	assert_syns ' tos 0 ttl 64 mss 14[46]0 window [0-9]*$'
	connect 0 -T ef -M 7 --mss 1000
	assert_syns ' tos 184 ttl 7 mss 1000 '
	connect 0 --tos=0x20 --ttl 255 --mss=536
	assert_syns ' tos 32 ttl 255 mss 536 '
}

@test "-I: the window of the SYN is smaller" {
	local shown=()

	connect 0 -I 4096
	assert_syns ' window [1-5][0-9]{3}$'
}

@test "what the kernel makes of a buffer is no error" {
	local shown=()

	connect 0 -I 1 -O 1
	connect 0 -I 1073741823 -O 1073741823
}

@test "what is traced: all of it before the connect" {
	traced setsockopt,connect
	net_run -0 "$both" "${prefix[@]}" "$HECAT" -z -T 8 -M 9 -O 5000 -I 6000 \
		--mss 700 --keepalive=1.5 --interface net0 -p 4000 $a4 80
	assert_sets 'SO_BINDTODEVICE, "net0' 'IP_TOS, \[8\]' 'IP_TTL, \[9\]' \
		'SO_SNDBUF, \[5000\]' 'SO_RCVBUF, \[6000\]' \
		'TCP_MAXSEG, \[700\]' 'SO_KEEPALIVE, \[1\]' \
		'TCP_KEEPIDLE, \[2\]' 'SO_REUSEADDR, \[1\]'
	net_run -0 "$both" "${prefix[@]}" "$HECAT" -z -T 8 -M 9 --keepalive $a6 80
	assert_sets 'IPV6_TCLASS, \[8\]' 'IPV6_UNICAST_HOPS, \[9\]' \
		'SO_KEEPALIVE, \[1\]'
	run ! grep -q TCP_KEEPIDLE "$trace"
}

@test "nothing is set that was not asked for" {
	traced setsockopt,connect
	net_run -0 "$both" "${prefix[@]}" "$HECAT" -z $a4 80
	run ! grep -qE 'SO_BIND|TOS|TTL|BUF|MAXSEG|KEEP' "$trace"
	(($(grep -c 'TCP_NODELAY, \[1\]' "$trace") == 1))
	run ! grep -q 'TCP_NODELAY, \[0\]' "$trace"
}

@test "--no-nodelay: Nagle's algorithm is on again, on the winner" {
	traced setsockopt
	net_run -0 "$both" "${prefix[@]}" "$HECAT" -z --no-nodelay $a4 80
	[[ $(grep -o 'TCP_NODELAY, \[.\]' "$trace" | paste -s -d ' ') == \
		'TCP_NODELAY, [1] TCP_NODELAY, [0]' ]]
}

@test "an option that the kernel refuses: one line, before anything is sent" {
	local names="name host.test A $a4; name host.test AAAA $a6"
	local option

	for option in '-T ef' '-M 3' '-O 9' '-I 9' '--mss 900' '--keepalive=9' \
		'--interface net0'; do
		traced setsockopt -e inject=setsockopt:error=EPERM:when=1
		# shellcheck disable=SC2086 # an option and its value
		net_run -2 "$names; $both" "${prefix[@]}" "$HECAT" -z $option \
			host.test 80
		[[ $output =~ ^hecat:\ ${option%%[ =]*}:\ Operation\ not\ permitted\ \(IPv6\)$ ]]
		(($(wire_count syn) + $(wire_count query) == 0))
	done
	# Of a family that does not come into question nothing is tried.
	traced setsockopt -e inject=setsockopt:error=EPERM:when=1
	net_run -2 "$both" "${prefix[@]}" "$HECAT" -z -T ef $a4 80
	[[ $output == 'hecat: -T: Operation not permitted (IPv4)' ]]
}

@test "an option that is refused later: the attempt fails, the option is named" {
	traced setsockopt -e inject=setsockopt:error=EPERM:when=2
	net_run -1 "$both" "${prefix[@]}" "$HECAT" -z -T ef $a4 80
	[[ ${lines[0]} == 'hecat: -T: Operation not permitted (IPv4)' ]]
	(($(wire_count syn) == 0))
}

@test "--interface: whatever the routes say" {
	# Another way, that is preferred: one end of a veth pair.
	local second='ip link add two type veth peer name far &&
		ip link set far up && ip link set two up &&
		ip addr add 203.0.113.1/24 dev two &&
		ip route replace default dev two metric 0 && "$@"'

	net_run -1 "$both" bash -c "$second" bash "$HECAT" -z -w 5 \
		--attempt-timeout 0.2 $a4 80
	(($(wire_count syn) == 0))
	net_run -0 "$both" bash -c "$second" bash "$HECAT" -z -w 5 \
		--interface net0 $a4 80
	(($(wire_count syn $a4) == 1))
}

@test "--interface: a link-local address needs no zone" {
	local second='ip link add two type veth peer name far &&
		ip addr add fe80::7/64 dev two nodad && ip link set two up && "$@"'

	net_run -0 'address fe80::5/64; host fe80::a accept' \
		bash -c "$second" bash "$HECAT" -z --interface net0 fe80::a 80
	assert_order fe80::a
}

@test "an interface that does not exist: nothing is sent" {
	net_run -2 "name host.test A $a4; $both" "$HECAT" --interface net7 host.test 80
	[[ $output == 'hecat: --interface net7: there is no such interface' ]]
	(($(wire_count syn) + $(wire_count query) == 0))
}

@test "-s with a zone: the attempt comes from that link" {
	net_run -0 'address fe80::5/64; host fe80::a accept' \
		"$HECAT" -z -s fe80::5%net0 fe80::a%net0 80
	grep -q 'syn fe80::a 80 from fe80::5 ' "$NET_LOG"
}

@test "--probe: each try has the options" {
	net_run -0 "$both" "$HECAT" --probe=1 -T cs1 --mss 800 $a4 80
	(($(grep -c ' syn-header .* tos 32 ttl 64 mss 800 ' "$NET_LOG") >= 2))
}

@test "--mptcp: the SYN asks for it, and a peer without it is no error" {
	local shown=()

	[[ $(cat /proc/sys/net/mptcp/enabled 2>/dev/null) == 1 ]] ||
		skip 'this kernel has no MPTCP'
	connect 0 --mptcp
	assert_syns ' mptcp$'
	net_run -0 "host $a4 accept say \"hello\" close" "$HECAT" --mptcp $a4 80
	[[ $output == hello ]]
	connect 0
	assert_syns ' window [0-9]*$'
}

@test "--mptcp: a system without it is an error" {
	[[ -e /proc/sys/net/mptcp/enabled ]] || skip 'this kernel has no switch'
	net_run -2 "$both" sh -c 'echo 0 >/proc/sys/net/mptcp/enabled && exec "$@"' \
		sh "$HECAT" --mptcp $a4 80
	[[ $output =~ ^hecat:\ --mptcp:\ Protocol\ not\ .*\ \(MPTCP,\ IPv4\)$ ]]
	(($(wire_count syn) == 0))
}
