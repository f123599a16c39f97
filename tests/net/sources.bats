#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Source addresses and source ports, as the network sees them.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	net_undisturbed
}

a4=198.51.100.1 b4=198.51.100.2
a6=2001:db8:1::a b6=2001:db8:1::b

# Two addresses of each family.
machine='address 192.0.2.1/24; address 192.0.2.2/24
	address 2001:db8::1/64; address 2001:db8::2/64'

# assert_pairs SOURCE HOST...: connections were begun from each of these
# sources to each of these hosts, in this order and no others.
assert_pairs() {
	local pairs

	pairs=$(awk '$2 == "syn" && $4 != 53 && $NF == "#1" { print $6, $3 }' \
		"$NET_LOG" | paste -s -d ' ' -)
	[[ $pairs == "$*" ]] && return
	printf 'expected: %s\nbut got:  %s\n' "$*" "$pairs" >&2
	return 1
}

# connect SCENARIO ARGUMENT...: runs hecat on a machine of many addresses.
connect() {
	net_run "$machine; $1" "$HECAT" -N "${@:2}" </dev/null
}

@test "-s: the attempt comes from there" {
	connect "host $a4 $a6 accept" -z -s 192.0.2.2 $a4 80
	assert_pairs 192.0.2.2 $a4
	connect "host $a4 $a6 accept" -z -s 2001:db8::2 $a6 80
	assert_pairs 2001:db8::2 $a6
}

@test "each destination from every source of its family, in turn" {
	connect "host $a4 $b4 refuse" -z -d 0 -s 192.0.2.2 -s 192.0.2.1 \
		--address $a4,$b4 host.test 80
	assert_status 1
	assert_pairs 192.0.2.2 $a4 192.0.2.1 $a4 192.0.2.2 $b4 192.0.2.1 $b4
}

@test "the pairs of one destination are attempts: staggered, and each may win" {
	connect "host $b4 accept 1ms" -z -d 100 -s 192.0.2.2 -s 192.0.2.1 \
		--address $a4,$b4 host.test 80
	assert_status 0
	assert_pairs 192.0.2.2 $a4 192.0.2.1 $a4 192.0.2.2 $b4
	assert_due 197ms "$(wire_delta syn $a4 syn $b4)"
}

@test "interleaving counts destinations: the pairs of one stay together" {
	connect "host ::/0 0.0.0.0/0 refuse 20ms" -z -d 0 \
		-s 2001:db8::2 -s 192.0.2.1 -s 2001:db8::1 \
		--address $a6,$b6,$a4,$b4 host.test 80
	assert_status 1
	assert_pairs 2001:db8::2 $a6 2001:db8::1 $a6 192.0.2.1 $a4 \
		2001:db8::2 $b6 2001:db8::1 $b6 192.0.2.1 $b4
}

@test "a destination without a source of its family is skipped, and listed" {
	connect "host $a4 refuse" -s 192.0.2.1 --address $a6,$a4 host.test 80
	assert_status 1
	assert_pairs 192.0.2.1 $a4
	assert_output_has "$a4 from 192.0.2.1: Connection refused"
	assert_output_has "$a6: not tried: no IPv6 source was given"
	(($(wire_count syn $a6) == 0))
}

@test "--exclude: an address or a prefix is left out, and listed" {
	local names="name host.test AAAA $a6 2001:db8:2::b; name host.test A $a4"
	connect "$names; host ::/0 0.0.0.0/0 refuse" \
		--exclude 2001:db8:1::/48 --exclude "$a4" host.test 80
	assert_status 1
	(($(wire_count syn) == 1 && $(wire_count syn 2001:db8:2::b) == 1))
	assert_output_has "2001:db8:2::b: Connection refused"
	assert_output_has "$a6, $a4: not tried: excluded (--exclude)"
	connect "$names; host ::/0 0.0.0.0/0 accept" --exclude ::/0 -z \
		--exclude 0.0.0.0/0 --json host.test 80
	assert_status 3
	(($(wire_count syn) == 0))
	[[ $(jq -c '[.result, (.candidates | map(.excluded))]' <<<"$output") == \
		'["unresolved",[true,true,true]]' ]]
}

@test "a name with addresses of the wrong family only" {
	connect "name host.test AAAA $a6; host $a6 accept" \
		-s 192.0.2.1 host.test 80
	assert_status 3
	assert_output_has "$a6: not tried: no IPv6 source was given"
	(($(wire_count syn) == 0))
}

@test "-s of one family: no Resolution Delay for the other" {
	connect "name host.test AAAA silent
		name host.test A $a4
		host $a4 accept" -z -s 192.0.2.2 host.test 80
	assert_status 0
	assert_pairs 192.0.2.2 $a4
	assert_between 0 75ms "$(wire_delta answer 'A host.test' syn $a4)"
}

@test "-p: parallel attempts share the source port" {
	connect "host $b4 accept 5ms" -z -p 4000 \
		--address $a6,$a4,$b6,$b4 -d 50 host.test 80
	assert_status 0
	assert_order $a6 $a4 $b6 $b4
	(($(grep -c ' syn .* from [^ ]* 4000 #1$' "$NET_LOG") == 4))
}

@test "-p with -s: each pair from its address and the one port" {
	connect "host $a4 $b4 refuse" -z -d 0 -p 4000 \
		-s 192.0.2.1 -s 192.0.2.2 --address $a4,$b4 host.test 80
	assert_pairs 192.0.2.1 $a4 192.0.2.2 $a4 192.0.2.1 $b4 192.0.2.2 $b4
	(($(grep -c ' syn .* from [^ ]* 4000 #1$' "$NET_LOG") == 4))
}

@test "without -p every attempt has a port of its own" {
	connect '' -z -d 0 -s 192.0.2.1 -w 0.1 --address $a4,$b4 host.test 80
	(($(awk '$2 == "syn" { print $7 }' "$NET_LOG" | sort -u | wc -l) == 2))
}

@test "a source that is not the host's: the errno of bind, and the next at once" {
	connect "host $a4 refuse" -s 192.0.2.77 -s 192.0.2.2 $a4 80
	assert_status 1
	assert_pairs 192.0.2.2 $a4
	assert_output_has "$a4 from 192.0.2.77: Cannot assign requested address"
	assert_output_has "$a4 from 192.0.2.2: Connection refused"
}

@test "a source that is not the host's costs no delay" {
	connect "name host.test A $a4; name host.test AAAA nodata after 5ms
		host $a4 accept" -z -s 192.0.2.77 -s 192.0.2.2 host.test 80
	assert_status 0
	assert_due 0 "$(wire_delta answer 'A host.test' syn $a4)"
}

@test "a source port that is taken: the errno of bind" {
	net_run -1 "$machine; host $a4 accept" bash -c "
		exec 3< <(exec '$HECAT' -s 192.0.2.1 -p 4000 $a4 80 <>'$BATS_TEST_TMPDIR/fifo')
		until grep -q ' ack $a4 ' '$NET_LOG'; do :; done
		'$HECAT' -z -v -s 192.0.2.1 -p 4000 $a4 80"
	assert_output_has "hecat: $a4 port 80 (from 192.0.2.1): Cannot assign requested address"
}

# --- link-local addresses without a zone -----------------------------------

@test "a link-local address takes the one link of the machine" {
	local machine='address 192.0.2.1/24; address fe80::5/64'

	net_run -0 "$machine; host fe80::a accept" "$HECAT" -zv fe80::a 80
	assert_output_has 'fe80::a%net0'
	assert_order fe80::a
	net_run -0 "$machine; host fe80::a accept" "$HECAT" -z \
		--address fe80::a -s fe80::5 host.test 80
	assert_order fe80::a
}

@test "of several links a link-local address has to name one" {
	local machine='address 192.0.2.1/24; address fe80::5/64; host fe80::a accept'
	local message='fe80::a: a link-local address needs its interface: fe80::a%eth0'
	# A second link: one end of a veth pair, with an address of its own.
	local second='ip link add two type veth peer name far &&
		ip addr add fe80::7/64 dev two nodad && ip link set two up && "$@"'
	local arguments

	for arguments in 'fe80::a 80' '-n [fe80::a]:80' \
		'host.test 80 --address 192.0.2.9,fe80::a' \
		'host.test 80 --resolve host.test:80:fe80::a' \
		'fe80::a%net0 80 -s fe80::a' '--probe fe80::a 80'; do
		# shellcheck disable=SC2086 # words
		net_run -2 "$machine" bash -c "$second" bash "$HECAT" $arguments
		[[ $output == "hecat: $message" ]]
		(($(wire_count syn) == 0))
	done
	for arguments in 'fe80::a%net0 80' '[fe80::a%25net0]:80' \
		'fe80::a 80 --address fe80::a%net0' \
		'host.test 80 --address fe80::a%25net0'; do
		# shellcheck disable=SC2086 # words
		net_run -0 "$machine" bash -c "$second" bash "$HECAT" -z $arguments
		assert_order fe80::a
	done
}

@test "a machine without links cannot know one either" {
	net_run -2 'address 192.0.2.1/24; address 2001:db8::1/64' \
		"$HECAT" fe80::a 80
	assert_output_has 'fe80::a: a link-local address needs its interface'
}

@test "what -4 or -6 leaves out needs no interface" {
	local machine='address 192.0.2.1/24; address 2001:db8::1/64; host 192.0.2.9 accept'
	local arguments

	for arguments in 'host.test 80 -4 --address fe80::a,192.0.2.9' \
		'host.test 80 -4 --resolve host.test:80:fe80::a,192.0.2.9' \
		'192.0.2.9 80 -4 -s fe80::5 -s 192.0.2.1'; do
		# shellcheck disable=SC2086 # words
		net_run -0 "$machine" "$HECAT" -z $arguments
		assert_order 192.0.2.9
	done
}

@test "a link-local address that was looked up stays as it was answered" {
	net_run -1 'address 192.0.2.1/24; address fe80::5/64
		hosts fe80::a host.test; host fe80::a accept' \
		"$HECAT" host.test 80
	assert_output_has '(fe80::a): a link-local address needs its interface: fe80::a%eth0'
}
