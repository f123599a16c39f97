#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ICMP errors: an attempt that is rejected fails at once, and who rejected it
# is told.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	net_undisturbed
}

# assert_prompt COUNT: each of so many ICMP errors was followed by the next
# SYN within NET_LATE, and by far the most within 5 ms, if nobody is in the
# way: without IPV6_RECVERR that can take a second.
assert_prompt() {
	awk -v wanted="$1" -v late="$(net_late)" \
		-v prompt=$((5000 + $(net_early))) '
		$2 == "icmp" { icmp = $1 }
		$2 == "syn" && icmp {
			count++
			slow += $1 - icmp > prompt
			failed += $1 - icmp > late || $NF != "#1"
			icmp = 0
		}
		END {
			printf "%d errors, %d slow, %d failed\n", count, slow, failed
			exit count != wanted || failed || slow > count / 4
		}
	' "$NET_LOG"
}

# rejects NET ROUTERS KIND=WORDS...: runs hecat to an address for each kind of
# error, each rejected by a router of its own, and then to one that refuses.
# Whatever is rejected has to be told in these words.
rejects() {
	local scenario='' addresses=() expected=() i=10 case

	for case in "${@:3}"; do
		scenario+="host $1$i icmp ${case%%=*} from $2$i after 2ms;"
		addresses+=("$1$i")
		expected+=("hecat:   $1$i: ${case#*=} (ICMP from $2$i)")
		i=$((i + 1))
	done
	addresses+=("${1}99")
	net_run -1 "$scenario; host ${1}99 refuse" "$HECAT" \
		--address "$(IFS=,; echo "${addresses[*]}")" host.test 80
	assert_order "${addresses[@]}"
	assert_prompt $(($# - 2))
	for i in "${!expected[@]}"; do
		[[ ${lines[i + 1]} == "${expected[i]}" ]] && continue
		printf 'expected: %s\nbut got:  %s\n' "${expected[i]}" \
			"${lines[i + 1]}" >&2
		return 1
	done
}

icmp4=(
	'no-route=Network is unreachable'
	'net-unreachable=Network is unreachable'
	'host-unreachable=No route to host'
	'address-unreachable=No route to host'
	'admin-prohibited=No route to host'
	'net-prohibited=Network is unreachable'
	'host-prohibited=No route to host'
	'net-unknown=Network is unreachable'
	'host-unknown=Host is down'
	'source-route-failed=Operation not supported'
	'port-unreachable=Connection refused'
	'protocol-unreachable=Protocol not available'
	'time-exceeded=No route to host'
)
icmp6=(
	'no-route=Network is unreachable'
	'net-unreachable=Network is unreachable'
	'host-unreachable=No route to host'
	'address-unreachable=No route to host'
	'admin-prohibited=Permission denied'
	'beyond-scope=No route to host'
	'policy-failed=Permission denied'
	'reject-route=Permission denied'
	'port-unreachable=Connection refused'
	'protocol-unreachable=Protocol error'
	'time-exceeded=No route to host'
)

@test "every kind of ICMP error over IPv4 fails the attempt at once and names the router" {
	rejects 198.51.100. 203.0.113. "${icmp4[@]}"
}

@test "every kind of ICMP error over IPv6 fails the attempt at once and names the router" {
	rejects 2001:db8:1:: 2001:db8:ff:: "${icmp6[@]}"
}

@test "so does an error that is there before connect() is done" {
	# On a veth pair the answer may come while the socket is still locked.
	# shellcheck disable=SC2034 # net_run uses it
	NET_OPTIONS=(-d veth)
	rejects 2001:db8:1:: 2001:db8:ff:: "${icmp6[@]}"
	rejects 198.51.100. 203.0.113. "${icmp4[@]}"
}

@test "an error from the destination itself is told without a router" {
	net_run -1 '
		host 2001:db8:1::a icmp port-unreachable from 2001:db8:1::a
		host 198.51.100.1 icmp admin-prohibited from 198.51.100.1
	' "$HECAT" --address 2001:db8:1::a,198.51.100.1 host.test 80
	[[ ${lines[1]} == 'hecat:   2001:db8:1::a: Connection refused' ]]
	[[ ${lines[2]} == 'hecat:   198.51.100.1: No route to host' ]]
}

@test "equal errors of one router share a line" {
	net_run -1 'host 2001:db8:1::/64 icmp admin-prohibited from 2001:db8:ff::1' \
		"$HECAT" --address 2001:db8:1::a,2001:db8:1::b host.test 80
	[[ ${lines[1]} == 'hecat:   2001:db8:1::a, 2001:db8:1::b: Permission denied (ICMP from 2001:db8:ff::1)' ]]
	((${#lines[@]} == 2))
}

@test "an error in time: IPv4 is connected while others still wait" {
	net_run -0 '
		name host.test AAAA 2001:db8:1::a
		name host.test A 198.51.100.1
		host 2001:db8:1::a icmp admin-prohibited from 2001:db8:ff::1 after 5ms
		host 198.51.100.1 accept 5ms say "hello" close
	' "$HECAT" -N host.test 80 </dev/null
	[[ $output == hello ]]
	assert_order 2001:db8:1::a 198.51.100.1
	assert_prompt 1
}

@test "the error of an older attempt moves nothing" {
	net_run -0 '
		host 2001:db8:1::a icmp no-route from 2001:db8:ff::1 after 300ms
		host 198.51.100.1 accept 1s
		host 2001:db8:1::b accept
	' "$HECAT" -z --address 2001:db8:1::a,198.51.100.1,2001:db8:1::b host.test 80
	assert_order 2001:db8:1::a 198.51.100.1 2001:db8:1::b
	assert_due 497ms "$(wire_delta syn 2001:db8:1::a syn 2001:db8:1::b)"
}

@test "a late error of a loser does no harm to the connection" {
	net_run -0 '
		host 2001:db8:1::a icmp no-route from 2001:db8:ff::1 after 270ms
		host 198.51.100.1 accept 1ms say "hello" after 60ms close
	' "$HECAT" -N --address 2001:db8:1::a,198.51.100.1 host.test 80 </dev/null
	[[ $output == hello ]]
	assert_due 0 "$(wire_delta ack 198.51.100.1 icmp 2001:db8:1::a)"
	wire fin-in 198.51.100.1
}
