#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# TLS inside the race, by libhecat_openssl, where the first address is one of
# the scripted network's and the second has a server that speaks TLS.

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2154,SC2016 # variables of the helper, the inner shell's
load net_helper

six=2001:db8:1::a

setup() {
	net_skip_unless_permitted
	[[ -x $TEST_TOOLS/tls_race ]] || skip 'built without OpenSSL'
	cd "$BATS_TEST_TMPDIR" || return 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj /CN=x -keyout key -out cert 2>/dev/null
}

# race BEHAVIOUR DELAY: connects to a name of two addresses, of which the first
# behaves so; IPv4 is a server of this machine. What is printed is in $output.
race() {
	net_run -0 "hosts $six tls.test; hosts 127.0.0.1 tls.test
		host $six $1" bash -c '
		openssl s_server -accept 127.0.0.1:0 -cert cert -key key -quiet \
			>log 2>&1 </dev/null &
		server=$!
		until [[ $(ss -Hltn src 127.0.0.1) =~ 127.0.0.1:([0-9]+) ]]; do
			sleep 0.01
		done
		"$TEST_TOOLS/tls_race" "$1" tls.test "${BASH_REMATCH[1]}"
		status=$?
		kill "$server"
		exit "$status"
	' bash "$2"
	[[ $output == *'connected 127.0.0.1'* ]]
}

# start_of NUMBER: prints when an attempt started, in microseconds.
start_of() {
	awk -v number="$1" '$1 == "start" && $2 == number { print $NF }' <<<"$output"
}

@test "a hung handshake: the next starts three round trips after TCP" {
	race 'accept 200ms' 250
	# TCP is there after one.
	assert_due 800ms "$(start_of 2)"
	[[ $output == *"end 1 no handshake "* ]]
}

@test "and 100 ms after it at least, or when the delay has passed" {
	race 'accept 5ms' 10
	assert_due 105ms "$(start_of 2)"
	race 'accept 20ms' 250
	assert_due 250ms "$(start_of 2)"
}

@test "and no later than two seconds" {
	race 'accept 800ms' 900
	assert_due 2800ms "$(start_of 2)"
}

@test "a handshake that fails: the next starts at once" {
	race 'accept 20ms say "220 hello\r\n"' 1000
	assert_due 20ms "$(start_of 2)"
	[[ $output == *'end 1 the peer does not speak TLS here '* ]]
	race 'accept 20ms close' 1000
	assert_due 20ms "$(start_of 2)"
	[[ $output == *'end 1 closed by the peer in the TLS handshake '* ]]
}

@test "a dead address costs the delay, and no more" {
	race drop 250
	assert_due 250ms "$(start_of 2)"
	[[ $output == *'end 1 no TCP '* ]]
}
