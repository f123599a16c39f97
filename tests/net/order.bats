#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The order of destinations, as the order of SYNs: RFC 6724, the interleaver,
# and what the user, gai.conf and the host's addresses make of it. All attempts
# start at once here (-d 0), so that no test takes any time.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	net_undisturbed
}

a4=198.51.100.1 b4=198.51.100.2 c4=198.51.100.3
a6=2001:db8:1::a b6=2001:db8:1::b c6=2001:db8:1::c

# tries ADDRESS,... [OPTION...]: runs hecat to these addresses, which refuse.
tries() {
	tries_in '' "$@"
}

# tries_in SCENARIO ADDRESS,... [OPTION...]: the same, in a scenario.
tries_in() {
	net_run -1 "$1
		host ::/0 0.0.0.0/0 refuse 20ms" \
		"$HECAT" -z -d 0 --address "$2" "${@:3}" host.test 80
}

# --- the interleaver ------------------------------------------------------

@test "the families alternate, whatever the list says" {
	tries "$a6,$b6,$c6,$a4,$b4"
	assert_order $a6 $a4 $b6 $b4 $c6
	tries "$a6,$b6,$c6,$a4"
	assert_order $a6 $a4 $b6 $c6
	tries "$a4,$b4,$c4,$a6"
	assert_order $a6 $a4 $b4 $c4
}

@test "the order within a family is kept" {
	tries "$c6,$b4,$a6,$c4,$b6,$a4"
	assert_order $c6 $b4 $a6 $c4 $b6 $a4
}

@test "-f 2: two of the leading family, then one of each in turn" {
	tries "$a6,$b6,$c6,$a4,$b4" -f 2
	assert_order $a6 $b6 $a4 $c6 $b4
}

@test "-f 65535: one family after the other" {
	tries "$a6,$a4,$b6,$b4,$c6" -f 65535
	assert_order $a6 $b6 $c6 $a4 $b4
}

@test "--prefer leads, whatever RFC 6724 says" {
	tries "$a6,$b6,$a4,$b4" --prefer 4
	assert_order $a4 $a6 $b4 $b6
	tries_in 'gai "precedence ::ffff:0:0/96 100"' \
		"$a4,$b4,$a6,$b6" --prefer 6
	assert_order $a6 $a4 $b6 $b4
}

@test "--prefer 4 with -f 2" {
	tries "$a6,$b6,$a4,$b4,$c4" --prefer 4 -f 2
	assert_order $a4 $b4 $a6 $c4 $b6
}

@test "--order resolver: --address in the order of the list" {
	tries "$a4,$b4,$a6,$c4,$b6" --order resolver
	assert_order $a4 $b4 $a6 $c4 $b6
}

@test "--order resolver: one lookup, as answered, no Resolution Delay" {
	local scenario="
		name host.test A $a4 $b4
		name host.test AAAA $a6 $b6 after 100ms
		host ::/0 0.0.0.0/0 refuse"
	net_run "$scenario" getent ahosts host.test
	mapfile -t answered < <(awk '/STREAM/ { print $1 }' <<<"$output")
	((${#answered[@]} == 4))
	net_run -1 "$scenario" "$HECAT" -z --order resolver host.test 80
	assert_order "${answered[@]}"
	(($(wire_count query) == 2))
	[[ $(awk '$2 == "query" { print $8, $9 }' "$NET_LOG" | uniq | wc -l) == 1 ]]
	assert_due 0 "$(wire_delta answer 'AAAA host.test' syn "${answered[0]}")"
}

@test "--order interleaved: the list, interleaved, its first family leading" {
	tries "$a4,$b4,$c4,$a6,$b6" --order interleaved
	assert_order $a4 $a6 $b4 $b6 $c4
	tries "$a4,$b4,$c4,$a6,$b6" --order interleaved -f 2
	assert_order $a4 $b4 $a6 $c4 $b6
	tries "$a4,$b4,$a6" --order interleaved --prefer 6
	assert_order $a6 $a4 $b4
}

# --- RFC 6724 -------------------------------------------------------------

@test "rule 1: what cannot be reached is last" {
	tries_in 'route unreachable 2001:db8:1::/64' "$a6,$a4,2001:db8:2::a"
	assert_order 2001:db8:2::a $a4
	tries_in no-ipv6 "$a6,$a4"
	assert_order $a4
}

@test "rule 2: a matching scope is preferred" {
	# IPv4 from a link-local address, IPv6 of a low precedence from its like.
	tries_in 'address 169.254.1.1/16; address fd00::1/64' "$a4,fd00::a"
	assert_order fd00::a $a4
	tries_in 'address 192.0.2.1/24; address fd00::1/64' "$a4,fd00::a"
	assert_order $a4 fd00::a
}

@test "rule 3: a deprecated source is avoided" {
	tries_in 'address 2001:db8::1/64 deprecated
		address 192.0.2.1/24' "$a6,$b6,$a4,$b4"
	assert_order $a4 $a6 $b4 $b6
}

@test "rule 5: a matching label is preferred" {
	# 6to4 from a native address: IPv4 leads.
	tries "2002:c633:6401::a,$a4"
	assert_order $a4 2002:c633:6401::a
	# From one of its own, it still has a lower precedence than IPv4.
	tries_in 'address 2002:c000:201::1/48; address 192.0.2.1/24' \
		"2002:c633:6401::a,$a4"
	assert_order $a4 2002:c633:6401::a
	# A unique local address, from a global one: label 13 against 1.
	tries "fd00::a,$a4"
	assert_order $a4 fd00::a
	# A global one from a unique local one: the same the other way round.
	tries_in 'address fd00::1/64; address 192.0.2.1/24' "$a6,$a4"
	assert_order $a4 $a6
}

@test "rule 6: a higher precedence is preferred" {
	tries "$a4,$a6"
	assert_order $a6 $a4
	# Unique local (3), Teredo (5), IPv4 (35), global (40); sources that match.
	tries_in 'address 2001:db8::1/64; address fd00::1/64
		address 2001::1/32; address 192.0.2.1/24' \
		"fd00::a,2001::a,$a4,$a6" -f 9
	assert_order $a6 2001::a fd00::a $a4
}

@test "gai.conf has another table: IPv4 leads" {
	tries_in 'gai "precedence ::ffff:0:0/96 100"' "$a6,$b6,$a4,$b4"
	assert_order $a4 $a6 $b4 $b6
}

@test "gai.conf has another table: also for names" {
	net_run -1 "gai \"precedence ::ffff:0:0/96 100\"
		name host.test A $a4 after 20ms
		name host.test AAAA $a6 after 5ms
		host $a4 $a6 refuse" "$HECAT" -z host.test 80
	assert_order $a4 $a6
	assert_due 0 "$(wire_delta answer 'A host.test' syn $a4)"
}

@test "gai.conf may change labels" {
	tries_in 'gai "label ::/0 1"
		gai "label ::ffff:0:0/96 4"
		gai "label 2001:db8:1::/64 99"' "$a6,2001:db8:2::a,$a4"
	assert_order 2001:db8:2::a $a4 $a6
}

@test "rule 8: a smaller scope is preferred" {
	tries_in 'address 2001:db8::1/64; address fec0::1/64
		gai "precedence ::/0 40"; gai "label ::/0 1"' \
		"$a6,fec0:8000::a" -f 2
	assert_order fec0:8000::a $a6
}

@test "rule 9: the longest matching prefix, up to the source's prefix length" {
	# 2001:db8:1::a shares 47 bits with 2001:db8::1, 2001:db9::a 31.
	tries "2001:db9::a,$a6"
	assert_order $a6 2001:db9::a
	# On one's own link all are equally near.
	tries "2001:db8::8000:0:0:1,2001:db8::99"
	assert_order 2001:db8::8000:0:0:1 2001:db8::99
}

@test "rule 9: IPv4 in one's own subnet, and no favours elsewhere" {
	tries "$a4,192.0.2.200,192.0.2.3"
	assert_order 192.0.2.3 192.0.2.200 $a4
	tries "203.0.113.1,192.0.3.1,$a4"
	assert_order 203.0.113.1 192.0.3.1 $a4
}

@test "rule 10: what nothing parts stays as it was" {
	tries "$c4,$a4,$b4"
	assert_order $c4 $a4 $b4
	tries "$b6,$c6,$a6"
	assert_order $b6 $c6 $a6
}
