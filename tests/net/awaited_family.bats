#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The family that has not been answered yet is waited for only when it could
# still come first: hosts of every kind, by which answer comes first.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	net_undisturbed
}

a4=198.51.100.1
a6=2001:db8:1::a

# The Resolution Delay.
RD=50ms

# connect SCENARIO [OPTION...]: runs hecat to host.test.
connect() {
	net_run "$1" "$HECAT" -t -z "${@:2}" host.test 80 </dev/null
}

# column ROW N: prints a time of the report of -t, in microseconds.
column() {
	awk -v row="$1" -v n="$2" '$1 == row && $n ~ /^[0-9.]+$/ {
		printf "%d\n", $n * 1000
		exit
	}' <<<"$output"
}

# assert_first ADDRESS TYPE DELAY: the first attempt was at this address, so
# long after the answer. Without a route there is nothing on the wire.
assert_first() {
	[[ $output == *$'\n      1   '"$1"[[:space:]]* ]]
	assert_between "$(($(microseconds "$3") - 100 - $(net_early)))" \
		$(($(microseconds "$3") + $(net_late))) \
		$(($(attempt_start "$1") - $(column "$2" 3)))
	[[ ! $output == *"$1 "*'unreachable'* ]] || return 0
	assert_due "$3" "$(wire_delta answer "$2 host.test" syn "$1")"
}

# attempt_start ADDRESS: prints when the first attempt began; it was at this
# address.
attempt_start() {
	awk -v address="$1" '
		/^   #  / {
			attempts = 1
			for (i = 1; i <= NF; i++)
				if ($i == "start")
					start = i
			next
		}
		attempts && $1 == 1 {
			if ($2 == address)
				printf "%d\n", $start * 1000
			exit
		}' <<<"$output"
}

# host A-DELAY AAAA-DELAY SCENARIO [AAAA]: on such a host, what comes first is
# used so long after its answer, while the other answer comes too late.
host() {
	local six=${4:-$a6}

	connect "$3
		name host.test A $a4 after 5ms
		name host.test AAAA $six after 150ms" -w 0.1
	assert_first $a4 A "$1"
	connect "$3
		name host.test A $a4 after 150ms
		name host.test AAAA $six after 5ms" -w 0.1
	assert_first "$six" AAAA "$2"
}

both='address 192.0.2.1/24; address 2001:db8::1/64'

# --- hosts ----------------------------------------------------------------

@test "global addresses of both families: A waits, AAAA does not" {
	host $RD 0 "$both"
}

@test "temporary addresses: A waits, AAAA does not" {
	net_run 'address 2001:db8::1/64 temporary' true
	((status == 0)) || skip 'temporary addresses are not permitted'
	host $RD 0 'address 192.0.2.1/24; address 2001:db8::1/64 temporary'
	grep -q " syn $a6 80 from 2001:db8::.*:" "$NET_LOG"
	! grep -q " syn $a6 80 from 2001:db8::1 " "$NET_LOG"
}

@test "IPv6 from a unique local address: AAAA waits, A does not" {
	host 0 $RD 'address 192.0.2.1/24; address fd00::1/64'
}

@test "IPv6 from a Teredo address: AAAA waits, A does not" {
	host 0 $RD 'address 192.0.2.1/24; address 2001::1/32'
}

@test "IPv6 from a 6to4 address: AAAA waits, A does not" {
	host 0 $RD 'address 192.0.2.1/24; address 2002:c000:201::1/48'
}

@test "IPv4 only: AAAA waits, A does not" {
	host 0 $RD no-ipv6
}

@test "IPv4 only, with a VPN of IPv4: AAAA waits, A does not" {
	host 0 $RD 'no-ipv6; address 192.0.2.1/24; address 10.8.0.2/32'
}

@test "IPv6 link-local only: AAAA waits, A does not" {
	host 0 $RD 'address 192.0.2.1/24; address fe80::1/64; no-default-route ipv6'
	host 0 $RD 'address 192.0.2.1/24; address fe80::1/64'
}

@test "IPv6 only: A waits, AAAA does not" {
	host $RD 0 no-ipv4
}

@test "IPv6 only with DNS64: A waits, AAAA does not" {
	host $RD 0 no-ipv4 64:ff9b::c633:6401
}

@test "IPv6 with a CLAT: A waits, AAAA does not" {
	host $RD 0 "address 192.0.0.4/32; address 2001:db8::1/64
		nameserver 2001:db8::53"
}

@test "a deprecated IPv6 address only: AAAA waits, A does not" {
	host 0 $RD 'address 192.0.2.1/24; address 2001:db8::1/64 deprecated'
}

@test "IPv4 without a route: A waits, AAAA does not" {
	host $RD 0 "$both; no-default-route ipv4"
}

@test "IPv6 on-link only: both wait, an AAAA on the link does not" {
	host $RD $RD "$both; no-default-route ipv6"
	host $RD 0 "$both; no-default-route ipv6" 2001:db8::99
}

@test "gai.conf puts IPv4 first: AAAA waits, A does not" {
	host 0 $RD "$both; gai \"precedence ::ffff:0:0/96 100\""
}

@test "gai.conf makes a tie: both wait" {
	host $RD $RD "$both; gai \"precedence ::/0 40\""
}

@test "-s and --prefer have their say" {
	local names="name host.test A $a4 after 5ms
		name host.test AAAA $a6 after 150ms
		address 192.0.2.1/24; address 2001:db8::1/64; address fd00::1/64"
	connect "$names" -w 0.1 -s 192.0.2.1 -s fd00::1
	assert_first $a4 A 0
	connect "$names" -w 0.1 -s 192.0.2.1 -s 2001:db8::1
	assert_first $a4 A $RD
	connect "$names" -w 0.1 --prefer 4
	assert_first $a4 A 0
	connect "address 192.0.2.1/24; address fd00::1/64
		name host.test A $a4 after 5ms
		name host.test AAAA $a6 after 150ms" -w 0.1 --prefer 6
	assert_first $a4 A $RD
}

# --- what it is for -------------------------------------------------------

@test "a dead AAAA from a unique local address costs nothing" {
	connect "address 192.0.2.1/24; address fd00::1/64
		name host.test AAAA $a6
		name host.test A $a4 after 2ms
		host $a4 accept 3ms"
	assert_status 0
	assert_starts $a4 0
	assert_due 0 "$(wire_delta answer 'A host.test' syn $a4)"
}

@test "gai.conf puts IPv4 first, whichever answer comes first" {
	local delay
	for delay in 0 20ms; do
		connect "$both; gai \"precedence ::ffff:0:0/96 100\"
			name host.test AAAA $a6 after 10ms
			name host.test A $a4 after $delay
			host $a4 $a6 accept 3ms"
		assert_status 0
		assert_starts $a4 0
		assert_due 0 "$(wire_delta answer 'A host.test' syn $a4)"
	done
}

@test "a unique local or 6to4 AAAA beside an A costs nothing" {
	local six
	for six in fd00:5::a 2002:c633:6401::a; do
		connect "$both
			name host.test AAAA $six
			name host.test A $a4 after 2ms
			host $a4 accept 3ms"
		assert_status 0
		assert_starts $a4 0
		assert_due 0 "$(wire_delta answer 'A host.test' syn $a4)"
	done
}

@test "a tie: A leads, as the system lists it, whichever answer comes first" {
	local times
	for times in '5ms 20ms' '20ms 5ms'; do
		connect "$both; gai \"precedence ::/0 40\"
			gai \"label ::/0 1\"
			name host.test AAAA $a6 after ${times% *}
			name host.test A $a4 after ${times#* }" -w 0.5
		assert_starts $a4 0 $a6 250ms
	done
}

@test "-v tells that A was not answered, and what that cost" {
	net_run -0 "address 192.0.2.1/24; address fd00::1/64
		name host.test AAAA $a6
		name host.test A silent
		host $a6 accept" "$HECAT" -zv host.test 80
	[[ $output =~ 'hecat: the A lookup had not answered after '([0-9]+)' ms and delayed the connection by '([0-9]+)' ms'$ ]]
	local waited=${BASH_REMATCH[1]}ms cost=${BASH_REMATCH[2]}ms
	assert_due $RD "$waited"
	assert_due $RD "$cost"
}

@test "-t: the first in order is the first attempt" {
	local scenario
	for scenario in 'address fd00::1/64' 'gai "precedence ::ffff:0:0/96 100"' \
		'gai "precedence ::/0 40"' no-ipv6 'address 2001:db8::1/64'; do
		connect "address 192.0.2.1/24; $scenario
			name host.test AAAA $a6
			name host.test A $a4 after 10ms" -w 0.1
		[[ $(awk '$1 == 1 && $2 != "more" { print $2 }' <<<"$output" |
			sort -u | wc -l) == 1 ]]
	done
}
