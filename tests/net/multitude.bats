#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Connectors in great numbers, by the public library, on a network where some
# addresses answer, some refuse, some are black holes, and some names are silent:
# each ends as it has to, none has more descriptors than it needs, the work is
# linear, and nothing is left.

bats_require_minimum_version 1.5.0
load net_helper

setup_file() {
	net_skip_unless_permitted
	# The lock of glibc around its copies of resolv.conf is not seen by the
	# thread sanitizer.
	echo 'race:__libc_dynarray_emplace_enlarge' >"$BATS_FILE_TMPDIR/glibc"
	export TSAN_OPTIONS=suppressions=$BATS_FILE_TMPDIR/glibc
}

# The time of the resolver: what is silent is over soon.
scenario='resolv "options timeout:1 attempts:1"
	name both.test AAAA 2001:db8:9::1
	name both.test A 198.51.100.3
	name hole.test AAAA 2001:db8:9::2
	name hole.test A 198.51.100.1
	name late.test AAAA silent
	name late.test A 198.51.100.1
	name six.test AAAA 2001:db8:9::1
	name six.test A silent
	name refused.test AAAA 2001:db8:9::3
	name refused.test A 198.51.100.3
	name icmp.test AAAA 2001:db8:9::4
	name icmp.test A 198.51.100.1
	name last.test AAAA nodata
	name last.test A 198.51.100.3 198.51.100.4 198.51.100.1
	name many.test AAAA 8 records from 2001:db8:9::10
	name many.test A 198.51.100.1
	name fails.test servfail
	host 2001:db8:9::1 accept 20ms
	host 198.51.100.1 accept 30ms
	host 2001:db8:9::3 198.51.100.3 refuse 10ms
	host 2001:db8:9::4 198.51.100.4 icmp host-unreachable 5ms'

# The lines of multitude.c.
targets=('both.test 2001:db8:9::1' 'hole.test 198.51.100.1'
	'late.test 198.51.100.1' 'six.test 2001:db8:9::1' 'refused.test connect'
	'icmp.test 198.51.100.1' 'last.test 198.51.100.1' 'many.test 198.51.100.1'
	'fails.test resolve' 'nosuch.test resolve' '198.51.100.1 198.51.100.1'
	'198.51.100.3 connect' '2001:db8:9::1 2001:db8:9::1')

# The program with a sanitizer, as its threads, takes more time.
is_sanitized() {
	[[ $TEST_TOOLS == */build/[at]san/* || $TEST_TOOLS == */build/coverage/* ]]
}

# multitude ORDER COUNT [TARGET...]: runs them; sets what the line has.
multitude() {
	local order=$1 count=$2
	shift 2
	(($#)) || set -- "${targets[@]}"
	printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/targets"
	# Without the log of the network, which would be long.
	run timeout "$NET_LIMIT" "$SCRIPTED_NET" -e "$scenario" -- \
		"${wrapper[@]}" "${TEST_TOOLS:?}/multitude" "$order" "$count" \
		"$BATS_TEST_TMPDIR/targets"
	echo "$output"
	assert_status 0
	[[ $output =~ $count' right '([0-9]+)' descriptors '([0-9]+)' events '([0-9]+)' processor '([0-9]+)' memory '([0-9]+)' grown '(-?[0-9]+)$ ]]
	[[ ${BASH_REMATCH[1]} == "$count" ]]
	descriptors=${BASH_REMATCH[2]} events=${BASH_REMATCH[3]}
	processor=${BASH_REMATCH[4]} grown=${BASH_REMATCH[6]}
	# Three for each connector while it races one attempt.
	((descriptors > 0 && descriptors <= 300))
}

wrapper=()

@test "at every event a connector has the descriptors that it needs, and no more" {
	multitude in-turn "${#targets[@]}"
}

# The processor time of each may not be twice that of each of a quarter; a busy
# machine has three tries.
@test "1000 connectors at once: each is right, and the work is linear" {
	local some=250 many=1000 alone try
	for try in 1 2 3; do
		multitude at-once "$some"
		alone=$((processor * many / some))
		multitude at-once "$many"
		((events <= 13 * many))
		echo "try $try: $((processor * 100 / alone)) per cent"
		((processor >= 2 * alone)) || return 0
	done
	false
}

@test "some at once under valgrind: nothing is lost or misread" {
	! is_sanitized || skip 'a sanitizer has seen it'
	command -v valgrind >/dev/null || skip 'no valgrind'
	wrapper=(valgrind --quiet --error-exitcode=99 --leak-check=full
		'--show-leak-kinds=definite,indirect,possible')
	# It runs one thread at a time, and so is late for more.
	multitude at-once "${#targets[@]}"
}

# What answers at once, so that there is time for so many.
@test "10000 connectors one after another: memory and descriptors stay" {
	local count=10000
	! is_sanitized || count=500
	scenario='host 198.51.100.1 2001:db8:9::1 accept
		host 198.51.100.3 2001:db8:9::3 refuse
		name both.test AAAA 2001:db8:9::1
		name both.test A 198.51.100.3'
	multitude in-turn "$count" '198.51.100.1 198.51.100.1' \
		'198.51.100.3 connect' '2001:db8:9::1 2001:db8:9::1' \
		'both.test 2001:db8:9::1' 'nosuch.test resolve'
	# An arena of malloc, or two, as threads come and go.
	is_sanitized || ((grown <= 1024))
}
