#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The scripted network, proven with the simplest of clients: bash's own
# /dev/tcp, cat and getent.

bats_require_minimum_version 1.5.0

load net_helper

setup() {
	net_skip_unless_permitted
	net_undisturbed
}

# Prints a shell command that connects to ADDRESS and PORT.
dial() {
	echo "exec 3<>/dev/tcp/$1/${2:-80}"
}

# Prints how the kernel words an ICMP error to a connecting bash.
words_for() {
	case $1 in
	no-route* | net-*) echo 'Network is unreachable' ;;
	admin-prohibited6 | policy-failed6 | reject-route6)
		echo 'Permission denied'
		;;
	port-unreachable*) echo 'Connection refused' ;;
	protocol-unreachable4) echo 'Protocol not available' ;;
	protocol-unreachable6) echo 'Protocol error' ;;
	host-unknown4) echo 'Host is down' ;;
	source-route-failed4) echo 'Operation not supported' ;;
	*) echo 'No route to host' ;;
	esac
}

# --- the command ----------------------------------------------------------

@test "the status of the command is passed on" {
	net_run -7 '' sh -c 'exit 7'
	net_run -0 '' true
}

@test "a command that a signal ends has status 128 and the signal" {
	net_run -143 '' sh -c 'kill -TERM $$'
}

@test "a command that is not there has status 127" {
	net_run -127 '' /nonexistent/command
	assert_output_has '/nonexistent/command: No such file or directory'
}

@test "standard input and output are the command's" {
	net_run -0 '' cat <<<'payload'
	[[ $output == payload ]]
}

@test "standard descriptors that are closed stay closed" {
	run -0 sh -c '"$0" -l "$1" -- sh -c "ls /proc/\$\$/fd" <&- 2>&-' \
		"$SCRIPTED_NET" "$NET_LOG"
	[[ ${lines[0]} == 1 && ${lines[1]:-9} != 2 ]]
}

@test "the command inherits no descriptor of the network's" {
	net_run -0 '' sh -c 'ls /proc/$$/fd'
	[[ $output == $("${BASH}" -c 'sh -c "ls /proc/\$\$/fd"') ]]
}

@test "what the command leaves running is ended with it" {
	net_run -0 '' sh -c 'exec 3>&-; sleep 1000 >/dev/null 2>&1 & echo $!'
	run ! kill -0 "$output"
}

@test "SIGTERM ends the command, though it ignores that" {
	local pids=$BATS_TEST_TMPDIR/pids pid status=0
	mkfifo "$pids"

	"$SCRIPTED_NET" -- sh -c "trap '' TERM; echo \$\$ >$pids; sleep 1000" \
		3>&- &
	pid=$!
	read -r command <"$pids"
	kill -TERM "$pid"
	wait "$pid" || status=$?
	((status == 137))
	run ! kill -0 "$command"
}

@test "nothing of the system's files is touched" {
	local before after
	before=$(stat -L -c '%i %y %s' /etc/hosts /etc/resolv.conf)
	net_run -0 'hosts 127.0.0.1 demo.test' grep demo /etc/hosts
	after=$(stat -L -c '%i %y %s' /etc/hosts /etc/resolv.conf)
	[[ $before == "$after" ]]
}

# --- hosts ----------------------------------------------------------------

@test "accept answers with a SYN-ACK in time, in both families" {
	net_run -0 '
		host 192.0.2.10 accept 30ms
		host 2001:db8:1::a accept 50ms
	' bash -c "$(dial 192.0.2.10); $(dial 2001:db8:1::a 443)"
	assert_due 30ms "$(wire_delta syn 192.0.2.10 syn-ack 192.0.2.10)"
	assert_due 50ms "$(wire_delta syn '2001:db8:1::a 443' \
		syn-ack '2001:db8:1::a 443')"
	assert_due 0 "$(wire_delta syn-ack 192.0.2.10 ack 192.0.2.10)"
	assert_order 192.0.2.10 2001:db8:1::a
}

@test "a veth pair does what a TUN device does" {
	# shellcheck disable=SC2034 # net_run uses it
	NET_OPTIONS=(-d veth)
	net_run -0 '
		host 192.0.2.10 accept 30ms say "four" close
		host 2001:db8:1::a refuse 20ms
		name host.test AAAA 2001:db8:1::a
	' bash -c "cat </dev/tcp/192.0.2.10/80; getent ahostsv6 host.test
		! ($(dial 2001:db8:1::a))"
	assert_output_has four
	assert_output_has 2001:db8:1::a
	assert_output_has 'Connection refused'
	assert_due 30ms "$(wire_delta syn 192.0.2.10 syn-ack 192.0.2.10)"
	assert_due 20ms "$(wire_delta syn 2001:db8:1::a rst-out 2001:db8:1::a)"
}

@test "refuse answers with a RST in time" {
	net_run -1 '
		host 192.0.2.11 refuse 100ms
		host 2001:db8:1::b refuse
	' bash -c "($(dial 2001:db8:1::b)); $(dial 192.0.2.11)"
	assert_output_has '2001:db8:1::b/80: Connection refused'
	assert_output_has '192.0.2.11/80: Connection refused'
	assert_due 100ms "$(wire_delta syn 192.0.2.11 rst-out 192.0.2.11)"
	assert_due 0 "$(wire_delta syn 2001:db8:1::b rst-out 2001:db8:1::b)"
}

@test "drop answers nothing, nor does a host that is not listed" {
	net_run -124 'host 192.0.2.11 drop' timeout 0.2 bash -c "
		($(dial 2001:db8:99::1)) & $(dial 192.0.2.11)"
	wire syn 192.0.2.11
	wire syn 2001:db8:99::1
	(($(wire_count syn-ack) + $(wire_count rst-out) + $(wire_count icmp) == 0))
}

@test "drop-syns ignores the first SYNs and answers the next one" {
	net_run -0 'host 192.0.2.12 drop-syns 1 accept 10ms' \
		bash -c "$(dial 192.0.2.12)"
	(($(wire_count syn 192.0.2.12) == 2))
	assert_between 900ms 3100ms "$(wire_delta syn 192.0.2.12 \
		syn-ack 192.0.2.12)"
	assert_due 10ms "$(($(wire syn-ack 192.0.2.12) - \
		$(wire syn 192.0.2.12 2)))"
	grep -q 'syn 192.0.2.12 80 from 192.0.2.1 .* #2' "$NET_LOG"
}

@test "every kind of ICMP error arrives in time and means what it should" {
	local kinds4=(no-route net-unreachable host-unreachable
		address-unreachable admin-prohibited net-prohibited
		host-prohibited net-unknown host-unknown source-route-failed
		port-unreachable protocol-unreachable time-exceeded)
	local kinds6=(no-route net-unreachable host-unreachable
		address-unreachable admin-prohibited beyond-scope
		policy-failed reject-route port-unreachable
		protocol-unreachable time-exceeded)
	local scenario='' commands='' kind address

	for kind in "${kinds4[@]/%/4}" "${kinds6[@]/%/6}"; do
		address=198.51.100.$((${#commands} % 251))
		while [[ $scenario == *" $address "* ]]; do
			address=198.51.100.$((${address##*.} + 1))
		done
		[[ $kind == *4 ]] || address=2001:db8:1::${address##*.}
		scenario+="host $address icmp ${kind%[46]} after 5ms;"
		commands+="echo $kind; ($(dial "$address"));"
	done
	net_run "$scenario" bash -c "$commands"
	for kind in "${kinds4[@]/%/4}" "${kinds6[@]/%/6}"; do
		[[ $output == *"$kind"$'\n'*"connect: $(words_for "$kind")"* ]]
	done
	awk -v late="$(net_late)" '
		$2 == "syn" { due[$3] = $1 + 5000 }
		$2 == "icmp" && ($1 < due[$3] || $1 > due[$3] + late) { exit 1 }
	' "$NET_LOG"
	(($(wire_count icmp) == ${#kinds4[@]} + ${#kinds6[@]}))
}

@test "an ICMP error comes from the router that is named" {
	net_run 'host 2001:db8:1::b icmp admin-prohibited from 2001:db8:ff::1' \
		bash -c "$(dial 2001:db8:1::b)"
	assert_output_has 'Permission denied'
	grep -q 'admin-prohibited by 2001:db8:ff::1$' "$NET_LOG"
}

@test "say and close send a banner and a FIN" {
	net_run -0 'host 192.0.2.14 accept 5ms say "hello\r\n" after 20ms close' \
		bash -c 'cat </dev/tcp/192.0.2.14/80'
	[[ $output == $'hello\r' ]]
	assert_due 20ms "$(wire_delta ack 192.0.2.14 data-out 192.0.2.14)"
	wire fin-out 192.0.2.14
	wire fin-in 192.0.2.14
}

@test "data from the client is acknowledged and counted" {
	net_run -0 'host 192.0.2.14 accept 1ms read 300000 say "got it" close' \
		bash -c "$(dial 192.0.2.14)
			head -c 300000 /dev/zero >&3; cat <&3"
	[[ $output == 'got it' ]]
	awk '$2 == "data-in" { sum += $NF } END { exit sum != 300000 }' \
		"$NET_LOG"
}

@test "drop-larger loses packets with more data than that, and no others" {
	net_run -0 'host 192.0.2.14 drop-larger 1000 accept 1ms read 1000 say "got it" close' \
		bash -c "$(dial 192.0.2.14)
			head -c 1000 /dev/zero >&3; cat <&3"
	[[ $output == 'got it' ]]
	NET_LIMIT=2 net_run -124 'host 192.0.2.14 drop-larger 1000 accept 1ms read 1001 say "got it" close' \
		bash -c "$(dial 192.0.2.14)
			head -c 1001 /dev/zero >&3; cat <&3"
	(($(wire_count data-in) == 0))
}

@test "echo sends everything back, however much" {
	net_run -0 'host 2001:db8:1::a accept 1ms echo' \
		bash -c "$(dial 2001:db8:1::a)
			head -c 1000000 /dev/zero >&3 & head -c 1000000 <&3 | wc -c"
	[[ $output == *1000000 ]]
}

@test "a FIN is answered with a FIN after the last step" {
	[[ -n $(type -P nc) ]] || skip "no nc, which can half-close"
	net_run -0 '
		host 192.0.2.15 accept say "late" after 50ms
		host 192.0.2.16 accept 0 stay-open
	' bash -c "nc -N 192.0.2.15 80 </dev/null
		$(dial 192.0.2.16); exec 3>&-"
	[[ $output == late ]]
	wire fin-out 192.0.2.15
	wire fin-in 192.0.2.16
	(($(wire_count fin-out 192.0.2.16) == 0))
}

@test "reset ends an accepted connection with a RST in time" {
	net_run 'host 192.0.2.13 accept 5ms reset 10ms' \
		bash -c 'cat </dev/tcp/192.0.2.13/80'
	assert_output_has 'Connection reset by peer'
	assert_due 10ms "$(wire_delta ack 192.0.2.13 rst-out 192.0.2.13)"
}

@test "the client's RST is logged" {
	net_run 'host 192.0.2.14 accept say "unread" stay-open' \
		bash -c "$(dial 192.0.2.14); read -N 1 -u 3; read -t 0 -u 3"
	wire rst-in 192.0.2.14
}

@test "one port, one address and one prefix each have their say" {
	net_run '
		host 2001:db8:1::/64 accept 40ms
		host 2001:db8:1::a accept
		host [2001:db8:1::a]:443 refuse
		host 192.0.2.14:443 refuse
		host 192.0.2.14 192.0.2.15 accept 0ms
		host 192.0.2.0/24 port 7 accept
	' bash -c "$(dial 2001:db8:1::7) && $(dial 2001:db8:1::a) &&
		($(dial 2001:db8:1::a 443))
		($(dial 192.0.2.14 443))
		$(dial 192.0.2.14) && $(dial 192.0.2.15) && $(dial 192.0.2.77 7)"
	assert_status 0
	assert_due 40ms "$(wire_delta syn 2001:db8:1::7 syn-ack 2001:db8:1::7)"
	assert_due 0 "$(wire_delta syn 2001:db8:1::a syn-ack 2001:db8:1::a)"
	wire rst-out '2001:db8:1::a 443'
	wire rst-out '192.0.2.14 443'
	assert_order 2001:db8:1::7 2001:db8:1::a 192.0.2.14 192.0.2.15 192.0.2.77
}

@test "what keeps the network from running is in the log" {
	# shellcheck disable=SC2016 # the inner shell's
	net_run -0 '' bash -c 'read -r _ _ _ network _ </proc/$PPID/stat
		kill -STOP "$network"; sleep 0.1; kill -CONT "$network"
		until grep -q " stall " "$1"; do :; done' bash "$NET_LOG"
	((90000 <= $(net_stalls)))
	assert_due 20ms 110ms
	! assert_due 20ms 20s
}

@test "a host changes when a line from later on is there" {
	# shellcheck disable=SC2016 # the inner shell's
	net_run -0 '
		host 192.0.2.14 refuse
		host 192.0.2.14 from 500ms accept 10ms
		host 192.0.2.14 from 30m drop
	' bash -c 'until (exec 3<>/dev/tcp/192.0.2.14/80); do :; done'
	# What counts is when a SYN arrives: the answer to it may be later.
	refused=$(wire_count rst-out 192.0.2.14)
	(($(wire syn 192.0.2.14 "$refused") < 500000))
	((500000 <= $(wire syn 192.0.2.14 $((refused + 1)))))
	wire syn-ack 192.0.2.14
}

@test "a name appears when a line from later on is there" {
	net_run -0 '
		name host.test A from 500ms 192.0.2.10
		name other.test A 192.0.2.10
		name other.test A from 500ms nxdomain
	' bash -c 'getent ahosts other.test
		until getent ahosts host.test; do :; done
		! getent ahosts other.test'
	(($(grep -c 'answer A host.test nxdomain' "$NET_LOG") > 0))
	assert_output_has 192.0.2.10
}

@test "UDP gets the ICMP errors of its host" {
	net_run 'host 192.0.2.11 refuse' bash -c '
		exec 3<>/dev/udp/192.0.2.11/9; echo >&3; read -r -t 2 -u 3'
	wire udp 192.0.2.11
	grep -q 'icmp .* port-unreachable by 192.0.2.11$' "$NET_LOG"
}

# --- names ----------------------------------------------------------------

@test "names resolve, each type after its own delay" {
	net_run -0 '
		name host.test AAAA 2001:db8:1::a 2001:db8:1::b after 20ms
		name host.test A 192.0.2.10 after 60ms
	' getent ahosts HOST.test
	assert_output_has 2001:db8:1::a
	assert_output_has 2001:db8:1::b
	assert_output_has 192.0.2.10
	assert_due 20ms "$(wire_delta query 'AAAA host.test' \
		answer 'AAAA host.test')"
	assert_due 60ms "$(wire_delta query 'A host.test' answer 'A host.test')"
}

@test "a negative answer of one type leaves the other" {
	local outcome
	for outcome in nodata nxdomain; do
		net_run -0 "
			name host.test AAAA $outcome after 10ms
			name host.test A 192.0.2.10
		" getent ahosts host.test
		assert_output_has 192.0.2.10
		wire answer "AAAA host.test $outcome"
	done
}

@test "nxdomain, nodata and a name that is not listed do not resolve" {
	net_run -2 'name gone.test nxdomain' getent ahosts gone.test
	wire answer 'A gone.test nxdomain'
	net_run -2 'name empty.test nodata' getent ahosts empty.test
	wire answer 'AAAA empty.test nodata'
	net_run -2 '' getent ahosts unknown.test
	wire answer 'A unknown.test nxdomain'
}

@test "servfail and refused fail and are tried again" {
	local outcome
	for outcome in servfail refused; do
		net_run -2 "name host.test $outcome
			resolv \"options attempts:1\"" getent ahostsv4 host.test
		wire answer "A host.test $outcome"
	done
}

@test "silence is waited for as resolv.conf says" {
	net_run -2 'name host.test silent
		resolv "options timeout:1 attempts:1"' getent ahostsv4 host.test
	wire query 'A host.test'
	(($(wire_count answer) == 0))
}

@test "drop-queries ignores the first queries" {
	net_run -0 'name host.test A drop-queries 1 192.0.2.10
		resolv "options timeout:1"' getent ahostsv4 host.test
	assert_output_has 192.0.2.10
	(($(wire_count query 'A host.test') == 2))
}

@test "forty records are truncated over UDP and complete over TCP" {
	net_run -0 'name many.test AAAA 40 records from 2001:db8:1::100' \
		getent ahostsv6 many.test
	(($(grep -c STREAM <<<"$output") == 40))
	assert_output_has 2001:db8:1::127
	wire answer 'AAAA many.test truncated over udp'
	wire answer 'AAAA many.test 40 records over tcp'
}

@test "EDNS makes room for what is too big without it" {
	net_run -0 'name many.test AAAA 40 records from 2001:db8:1::100
		resolv "options edns0"' getent ahostsv6 many.test
	(($(grep -c STREAM <<<"$output") == 40))
	wire answer 'AAAA many.test 40 records over udp'
}

@test "two thousand records come over TCP" {
	net_run -0 'name many.test A 2000 records from 198.18.0.0' \
		getent ahostsv4 many.test
	(($(grep -c STREAM <<<"$output") == 2000))
}

@test "a truncated answer is retried over TCP, where it may fail" {
	net_run -0 'name host.test A truncated 192.0.2.10' \
		getent ahostsv4 host.test
	wire answer 'A host.test 1 record over tcp'
	net_run -2 'name host.test A truncated 192.0.2.10
		host 192.0.2.53:53 refuse' getent ahostsv4 host.test
	wire rst-out '192.0.2.53 53'
}

@test "an alias leads to the addresses of its target" {
	net_run -0 '
		name alias.test cname other.test
		name other.test cname host.test after 10ms
		name host.test AAAA 2001:db8:1::a after 20ms
	' getent ahostsv6 alias.test
	assert_output_has 2001:db8:1::a
	assert_output_has host.test
	assert_due 30ms "$(wire_delta query 'AAAA alias.test' \
		answer 'AAAA alias.test')"
}

@test "aliases in a circle are a server failure" {
	net_run -2 'name a.test cname b.test; name b.test cname a.test
		resolv "options attempts:1"' getent ahostsv4 a.test
	wire answer 'A a.test servfail'
}

@test "a silent name server is passed over" {
	net_run -0 'nameserver 192.0.2.99 silent
		nameserver 192.0.2.98
		name host.test A 192.0.2.10
		resolv "options timeout:1"' getent ahostsv4 host.test
	wire query 'A host.test to 192.0.2.99'
	wire query 'A host.test to 192.0.2.98'
}

@test "hosts, resolv and gai lines are in the files" {
	net_run -0 'hosts 127.0.0.1 demo.test other.test
		resolv "options timeout:1"
		gai "precedence ::ffff:0:0/96 100"
	' sh -c 'getent ahostsv4 other.test; cat /etc/resolv.conf /etc/gai.conf'
	assert_output_has '127.0.0.1       STREAM demo.test'
	assert_output_has $'nameserver 192.0.2.53\noptions timeout:1'
	assert_output_has 'precedence ::ffff:0:0/96 100'
	(($(wire_count query) == 0))
}

@test "nsswitch lines take the place of the one for hosts" {
	local name='name host.test A 192.0.2.10'
	net_run -0 "$name" sh -c 'grep ^hosts: /etc/nsswitch.conf
		getent ahostsv4 host.test'
	[[ ${lines[0]} == 'hosts: files dns' ]]
	net_run -2 "$name"'; nsswitch "hosts: files"' \
		getent ahostsv4 host.test
	(($(wire_count query) == 0))
	net_run -0 'nsswitch "hosts: files"' grep ^hosts: /etc/nsswitch.conf
	[[ $output == 'hosts: files' ]]
}

@test "gai.conf decides the order of addresses" {
	net_run -0 'gai "precedence ::ffff:0:0/96 100"
		name host.test A 192.0.2.10
		name host.test AAAA 2001:db8:1::a' getent ahosts host.test
	[[ ${lines[0]} == 192.0.2.10* ]]
}

# --- the machine ----------------------------------------------------------

@test "without IPv6 or IPv4 there is no route of that family" {
	net_run -1 'no-ipv6' bash -c "$(dial 2001:db8:1::a)"
	assert_output_has 'Network is unreachable'
	net_run -1 'no-ipv4
		name host.test AAAA 2001:db8:1::a' \
		bash -c "getent ahostsv6 host.test; $(dial 192.0.2.10)"
	assert_output_has 'Network is unreachable'
	wire query 'AAAA host.test to 2001:db8::53'
}

@test "routes fail as they are told to" {
	net_run '
		route unreachable 2001:db8:1::/64
		route prohibit 2001:db8:2::/64
		route blackhole 198.51.100.0/24
		route prohibit 203.0.113.0/24
	' bash -c "($(dial 2001:db8:1::a)); ($(dial 2001:db8:2::a))
		($(dial 198.51.100.1)); $(dial 203.0.113.1)"
	assert_output_has '2001:db8:1::a/80: No route to host'
	assert_output_has '2001:db8:2::a/80: Permission denied'
	assert_output_has '198.51.100.1/80: Invalid argument'
	assert_output_has '203.0.113.1/80: Permission denied'
	(($(wire_count syn) == 0))
}

@test "addresses of the machine take the place of the default ones" {
	net_run -0 'address 10.1.1.1/8
		address fd00::1/64
		address 2001:db8::2/64 deprecated
		local 2001:db8:5::5
		host 2001:db8:1::a accept
		host 10.2.2.2 accept
	' bash -c "$(dial 10.2.2.2); $(dial 2001:db8:1::a); cat /proc/net/if_inet6"
	wire syn '10.2.2.2 80 from 10.1.1.1'
	wire syn '2001:db8:1::a 80 from fd00::1'
	assert_output_has '20010db8000500000000000000000005'
}

@test "the machine has the name it is given, and nobody else has" {
	local before
	before=$(uname -n)
	net_run -0 'hostname box.corp.test
		name host.corp.test A 192.0.2.10' \
		sh -c 'uname -n; getent ahostsv4 host'
	[[ ${lines[0]} == box.corp.test ]]
	assert_output_has 192.0.2.10
	net_run -0 '' uname -n
	[[ $output == "$before" && $(uname -n) == "$before" ]]
}

@test "without a default route only the subnets are reached" {
	net_run -0 'no-default-route ipv6
		host 2001:db8::a accept
		host 198.51.100.1 accept
	' bash -c "$(dial 2001:db8::a); ($(dial 2001:db8:1::a))
		$(dial 198.51.100.1)"
	assert_output_has '2001:db8:1::a/80: Network is unreachable'
	(($(wire_count syn) == 2))
	net_run -0 'no-default-route ipv4
		host 192.0.2.9 accept
		host 2001:db8:1::a accept
	' bash -c "$(dial 192.0.2.9); ($(dial 198.51.100.1))
		$(dial 2001:db8:1::a)"
	assert_output_has '198.51.100.1/80: Network is unreachable'
	(($(wire_count syn) == 2))
}

@test "a temporary address is preferred, and gets its answers" {
	local scenario='address 2001:db8::1/64 temporary
		host 2001:db8:1::a accept'
	net_run "$scenario" true
	((status == 0)) || skip 'temporary addresses are not permitted'
	net_run -0 "$scenario" bash -c "$(dial 2001:db8:1::a)"
	grep -q ' ack 2001:db8:1::a 80 from 2001:db8::.*:' "$NET_LOG"
	(($(grep -c ' from 2001:db8::1 ' "$NET_LOG") == 0))
}

# --- bad scenarios --------------------------------------------------------

@test "a scenario that makes no sense is refused with its line" {
	local name=${SCRIPTED_NET##*/} line

	while IFS='|' read -r line message; do
		net_run -2 "# first"$'\n'"$line" true
		[[ $output == "$name: scenario: line 2: $message" ]]
	done <<-'END'
		hots 192.0.2.1 drop|hots: unknown word
		host|missing address
		host 192.0.2.1|missing accept, refuse, drop or icmp
		host 192.0.2.256 drop|192.0.2.256: not an address or prefix
		host 192.0.2.0/33 drop|192.0.2.0/33: not an address or prefix
		host 192.0.2.1:0 drop|192.0.2.1:0: not an address or prefix
		host 192.0.2.1:70000 drop|192.0.2.1:70000: not an address or prefix
		host [2001:db8::1]x drop|[2001:db8::1]x: not an address or prefix
		host 192.0.2.1 port 0 drop|0: not a port
		host 192.0.2.1 from drop|missing duration
		name host.test A from 192.0.2.10|192.0.2.10: not a duration such as 30ms or 1.5s
		host 192.0.2.1 agree|agree: neither accept, refuse, drop nor icmp
		host 192.0.2.1 accept 30|30: not a duration such as 30ms or 1.5s
		host 192.0.2.1 accept after|missing duration
		host 192.0.2.1 accept 2h|2h: not a duration such as 30ms or 1.5s
		host 192.0.2.1 accept 61m|61m: longer than an hour
		host 192.0.2.1 accept wait|wait: not a step (say, read, close, reset, echo, stay-open)
		host 192.0.2.1 accept say hello|hello: text has to be in quotes
		host 192.0.2.1 accept say "hello|quotes that do not end
		host 192.0.2.1 accept say "\q"|unknown escape in quotes
		host 192.0.2.1 drop-syns x accept|x: not a number of SYNs from 0 to 1000000000
		host 192.0.2.1 drop 5ms|5ms: nothing may follow here
		host 192.0.2.1 icmp angry|angry: not a kind of ICMP error
		host 192.0.2.1 icmp beyond-scope|beyond-scope does not exist in IPv4
		host 192.0.2.1 icmp no-route from ::1|the router is not an IPv4 address
		name host.test|missing addresses or outcome
		name host..test A nodata|host..test: not a host name
		name host.test A|missing addresses or outcome
		name host.test 192.0.2.1|addresses need the type A or AAAA before them
		name host.test A ::1|::1: not an address of type A
		name host.test AAAA 5 records from 192.0.2.1|192.0.2.1: not an address of type AAAA
		name host.test AAAA 2001 records from ::1|2001: not a number of records from 0 to 2000
		name host.test A maybe|maybe: neither an address nor an outcome
		no-default-route ipx|missing ipv4 or ipv6
		address 192.0.2.1/24 temporary|only an IPv6 /64 has temporary ones
		address 2001:db8::1/48 temporary|only an IPv6 /64 has temporary ones
		route sideways ::/0|missing unreachable, prohibit or blackhole
		hosts 127.0.0.1|missing name
		resolv options|options: line has to be in quotes
		nameserver here|here: not an address
		hostname|missing name
		nsswitch hosts:|hosts:: line has to be in quotes
	END
}

@test "a usage error has status 2" {
	run -2 "$SCRIPTED_NET"
	run -2 "$SCRIPTED_NET" -x -- true
	run -2 "$SCRIPTED_NET" -d tap -- true
	run -2 "$SCRIPTED_NET" -s /nonexistent -- true
	run -2 "$SCRIPTED_NET" -l /nonexistent/log -- true
}

@test "--help tells the language and every kind of ICMP error" {
	run -0 "$SCRIPTED_NET" --help
	assert_output_has 'host TARGET'
	assert_output_has 'admin-prohibited'
}

# --- its README -----------------------------------------------------------

@test "the example of the README works when it is pasted, and the log is so" {
	local readme=$BATS_TEST_DIRNAME/../scripted-net/README event

	awk '/^    \$ / { on = 1 } /^$/ { on = 0 } on' "$readme" |
		sed -e 's/^    //' -e 's/^\$ //' -e "s|build/[^ ]*/scripted-net|'$SCRIPTED_NET'|" \
			>"$BATS_TEST_TMPDIR/example"
	cd "$BATS_TEST_TMPDIR" || return
	run -0 --separate-stderr bash example
	[[ $output == hello ]]
	cp log "$NET_LOG"
	# Each line that it shows has its like, times and ports apart.
	awk '/^ +[0-9]+ [a-z-]+ .* from |^ +[0-9]+ [a-z-]+ .* (to|by|over) / {
		print $2, $3, $4 }' "$readme" >shown
	[[ $(wc -l <shown) -eq 6 ]]
	while read -r event; do
		wire "${event%% *}" "${event#* }"
	done <shown
}
