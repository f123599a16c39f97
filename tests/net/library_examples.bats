#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The programs of examples/, which show the library, on a network whose IPv6 is
# dead.

bats_require_minimum_version 1.5.0

load net_helper

: "${EXAMPLES:?has to be the folder of the programs}"
top=$BATS_TEST_DIRNAME/../..

names='
	name host.test AAAA 2001:db8:1::80
	name host.test A 192.0.2.80
'

setup() {
	net_skip_unless_permitted
}

# code FILE: prints what is neither blank nor a comment.
code() {
	sed -e '/^\/\*/,/\*\/$/d' -e '/^[[:space:]]*$/d' "$top/examples/$1"
}

@test "http_get: an HTTP client of sixty lines" {
	net_run -0 "$names"'; host 192.0.2.80 accept read 30 say "HTTP/1.0 200 OK\r\n\r\n" say "body" close' \
		"$EXAMPLES/http_get" host.test 80 /index
	[[ $output == *$'HTTP/1.0 200 OK\r'*body ]]
	(($(wire_count syn 2001:db8:1::80) == 1))
	(($(code http_get.c | wc -l) <= 60))
	net_run -1 "$names; host 192.0.2.80 refuse; host ::/0 refuse" \
		"$EXAMPLES/http_get" host.test 80 /
	assert_output_has "http_get: host.test port 80: no connection: [2001:db8:1::80]:80, 192.0.2.80:80: Connection refused"
}

@test "connect_list: addresses with ports of their own, as listed" {
	net_run -0 'host 192.0.2.9:81 accept' \
		"$EXAMPLES/connect_list" 192.0.2.8:80 '[2001:db8:1::1]:80' 192.0.2.9:81
	[[ ${lines[0]} == 192.0.2.9:81 ]]
	assert_order 192.0.2.8 2001:db8:1::1 192.0.2.9
	net_run -1 'host 0.0.0.0/0 ::/0 refuse' \
		"$EXAMPLES/connect_list" 192.0.2.8:80 '[2001:db8:1::1]:81'
	assert_output_has '192.0.2.8:80, [2001:db8:1::1]:81: Connection refused'
	net_run -1 'host 0.0.0.0/0 refuse' "$EXAMPLES/connect_list" name.test:80
	assert_output_has 'name.test:80: no address'
	net_run -1 'host 0.0.0.0/0 refuse' "$EXAMPLES/connect_list"
}

@test "ssh_banner: an address that says nothing does not win" {
	net_run -0 "$names"'; host 2001:db8:1::80 accept stay-open
		host 192.0.2.80 accept say "SSH-2.0-Test\r\n" stay-open' \
		"$EXAMPLES/ssh_banner" host.test
	[[ ${lines[0]} == SSH-2.0-Test ]]
	net_run -1 "$names; host 0.0.0.0/0 ::/0 accept close" "$EXAMPLES/ssh_banner" host.test
	assert_output_has 'closed by the peer'
}

@test "race_three: the first command that succeeds, and no other one is left" {
	# A sleep that no other test on this machine has.
	local long="sleep $((1000000 + $$))"
	run -0 "$EXAMPLES/race_three" "exec $long" 'exit 1' 'exit 0'
	[[ $output == 'exit 0' ]]
	run -1 pgrep -f "$long"
	run -1 "$EXAMPLES/race_three" 'exit 1' 'exit 2' 'exit 3'
	[[ $output == '' ]]
	run -0 "$EXAMPLES/race_three" 'exit 0' 'exit 1' 'exit 2'
	[[ $output == 'exit 0' ]]
}

@test "own_resolver: a name that stands in a file, and none that does not" {
	printf '%s\n' 'other.test 192.0.2.1' 'file.test 2001:db8:1::80' \
		'file.test 192.0.2.80' >"$BATS_TEST_TMPDIR/names"
	net_run -0 'host 192.0.2.80:80 accept' \
		"$EXAMPLES/own_resolver" "$BATS_TEST_TMPDIR/names" file.test 80
	[[ ${lines[0]} == connected ]]
	assert_order 2001:db8:1::80 192.0.2.80
	(($(wire_count query) == 0))
	net_run -1 '' "$EXAMPLES/own_resolver" "$BATS_TEST_TMPDIR/names" host.test 80
	assert_output_has 'not in the file'
	net_run -1 '' "$EXAMPLES/own_resolver" /nowhere host.test 80
	assert_output_has 'No such file or directory'
}

@test "libevent_before and libevent_after: one address, or all" {
	local scenario="$names"'; host 192.0.2.80 accept say "hello" close
		host ::/0 refuse'
	net_run -0 "$scenario" "$EXAMPLES/libevent_after" host.test 80
	[[ ${lines[0]} == hello ]]
	(($(wire_count syn) == 2))
	net_run -0 "$scenario" "$EXAMPLES/libevent_before" host.test 80
	(($(wire_count syn) == 1))
}

@test "none of them is silent where it cannot start" {
	local name
	for name in http_get connect_list ssh_banner race_three own_resolver libevent_before \
		libevent_after; do
		run "$EXAMPLES/$name"
		((status != 0))
		[[ -n $output ]]
	done
	for name in http_get ssh_banner own_resolver; do
		run "$EXAMPLES/$name" a 127.0.0.1 0
		[[ $name != ssh_banner ]] || run "$EXAMPLES/$name" 127.0.0.1 0
		[[ $name != http_get ]] || run "$EXAMPLES/$name" 127.0.0.1 0 /
		((status != 0))
		[[ $output == *'Invalid argument' ]]
	done
}
