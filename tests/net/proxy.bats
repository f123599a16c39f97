#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The race to a proxy, and whose resolver is asked for the destination.

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2154 # variables of the helper
load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	net_undisturbed
	cd "$BATS_TEST_TMPDIR" || return 1
}

a4=198.51.100.1
a6=2001:db8:1::a
destination=203.0.113.9

# A proxy of two addresses, of which the first is dead.
proxy="name proxy.test AAAA $a6; name proxy.test A $a4; host $a6 drop"

# A SOCKS 5 proxy at IPv4 that is asked for a name of 9 bytes, or an address.
grant='say "\x05\0\0\x01\0\0\0\0\0\0" say "hello" close'
by_name="host $a4 port 1080 accept read 3 say \"\\x05\\0\" read 19 $grant"
by_address="host $a4 port 1080 accept read 3 say \"\\x05\\0\" read 13 $grant"

# connect SCENARIO STATUS ARGUMENT...: runs hecat.
connect() {
	net_run "$1" "$HECAT" "${@:3}" host.test 80 </dev/null
	assert_status "$2"
}

@test "the race is run to the proxy; its resolver has the name" {
	connect "$proxy; $by_name" 0 --proxy socks5h://proxy.test
	[[ $output == hello ]]
	assert_starts $a6 0 $a4 250ms
	(($(wire_count query 'AAAA host.test') == 0))
	(($(wire_count query 'A host.test') == 0))
	(($(wire_count query 'AAAA proxy.test') == 1))
}

@test "-d, -4 and -s are about the way to the proxy" {
	connect "$proxy; $by_name" 0 --proxy socks5h://proxy.test -d 100
	assert_starts $a6 0 $a4 100ms
	connect "$proxy; $by_name" 0 --proxy socks5h://proxy.test -4
	assert_starts $a4 0
	connect "$proxy; $by_name" 0 --proxy socks5h://proxy.test -s 192.0.2.1
	assert_starts $a4 0
}

@test "socks5: our resolver has the name, before the proxy is connected to" {
	connect "$proxy; $by_address
		name host.test A $destination after 20ms" 0 --proxy socks5://proxy.test --json=json
	[[ $output == hello ]]
	(($(wire_count query 'AAAA host.test') == 1))
	(($(wire_delta answer 'A host.test' query 'AAAA proxy.test') > 0))
	assert_starts $a6 0 $a4 250ms
	[[ $(jq -r '.proxy | "\(.asked) \(.queries | length)"' json) == "$destination 2" ]]
	# The race is told of in the same time.
	(($(jq '.proxy.queries[0].end_ms < .queries[0].start_ms' json | grep -c true) == 1))
}

@test "socks5: a name that does not exist, and one that has no answer" {
	connect "$proxy; $by_address" 3 --proxy socks5://proxy.test --json=json
	[[ $output == 'hecat: host.test: no such name' ]]
	(($(wire_count query 'AAAA proxy.test') == 0))
	[[ $(jq -r '"\(.result) \(.exit_status) \(.proxy)"' json) == 'unresolved 3 null' ]]
	connect "$proxy; name host.test silent" 4 --proxy socks5://proxy.test -w 0.3
	assert_output_has 'no connection in 30'
	(($(wire_count query 'AAAA proxy.test') == 0))
}

@test "-w is one budget of lookup, race and dialogue" {
	local silent="host $a4 port 1080 accept stay-open"
	connect "$proxy; $silent; name host.test A $destination after 200ms" 4 \
		--proxy socks5://proxy.test -w 0.6 --json=json
	assert_output_has 'hecat: proxy proxy.test port 1080: no connection in 60'
	assert_output_has "hecat:   $a4: no answer from the proxy in "
	assert_between 600ms $((600000 + $(net_late))) \
		"$(jq '.connect_ms * 1000 | round' json)"
	[[ $(jq -r .proxy.state json) == no_answer ]]
}

@test "without an address of the proxy there is no connection" {
	connect "$by_name" 3 --proxy socks5h://proxy.test
	[[ $output == 'hecat: proxy proxy.test: no such name' ]]
	connect "$proxy; host $a4 refuse" 1 --proxy socks5h://proxy.test -d 0 --attempt-timeout 0.2
	assert_output_has 'hecat: proxy proxy.test port 1080: no connection'
	assert_output_has "hecat:   $a4: Connection refused"
}

@test "a person is shown that the proxy is waited for" {
	[[ -x $(type -P script) ]] || skip 'no script(1)'
	net_run "$proxy; host $a4 port 1080 accept stay-open" script -qec \
		"'$HECAT' --proxy socks5h://proxy.test -w 3 host.test 80" /dev/null
	assert_output_has 'the proxy ('
}
