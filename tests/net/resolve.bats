#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What is asked of the resolver, and when what was answered is used. With
# HECAT=tests/net/with-dns once more: the same by --dns, in other words. What is
# tagged `system` is about the system's resolver alone.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	net_undisturbed
}

a4=198.51.100.1 b4=198.51.100.2
a6=2001:db8:1::a b6=2001:db8:1::b

# A resolver that gives up after a second.
impatient='resolv "options timeout:1 attempts:1"'

# connect SCENARIO [OPTION...]: runs hecat to host.test; its end is on the
# wire, as UDP to 192.0.2.99.
connect() {
	net_run "$1" bash -c '"$@"; status=$?
		echo >/dev/udp/192.0.2.99/9; exit $status' \
		bash "$HECAT" -N "${@:2}" host.test 80 </dev/null
}

# why WHAT [TYPE]: prints the reason of a lookup in words: the code of the reply
# with --dns, which knows it and the server.
why() {
	case $([[ $HECAT != */with-dns ]] || echo dns-)$1 in
	dns-silent) printf 'no answer from 192.0.2.53 in 1.0 s' ;;
	dns-*) printf '%s from 192.0.2.53' "${1^^}" ;;
	nxdomain) printf 'no such name' ;;
	nodata) printf 'no %saddress' "${2:+$2 }" ;;
	servfail) printf 'the name server failed' ;;
	silent) printf 'no answer from the name server in 1.0 s' ;;
	esac
}

# after_answer TYPE HOST: prints how long after the answer the first SYN came.
after_answer() {
	wire_delta answer "$1 host.test" syn "$2"
}

# --- asking ---------------------------------------------------------------

@test "AAAA and A are asked at the same time" {
	connect "
		name host.test AAAA $a6 after 200ms
		name host.test A nodata after 100ms
		host $a6 accept"
	assert_status 0
	assert_between "-$(net_late)" "$(net_late)" "$(wire_delta query 'AAAA host.test' \
		query 'A host.test')"
}

@test "AAAA is asked first, 18 times of 20 at least" {
	local scenario='' i first
	for i in {1..20}; do
		scenario+="name h$i.test AAAA $a6;"
	done
	# It is a race of two threads: a machine that is busy has three tries.
	# Who is connected before A is asked does not ask any more.
	for i in 1 2 3; do
		net_run -0 "$scenario; host $a6 accept" bash -c "
			for i in {1..20}; do '$HECAT' -z h\$i.test 80 || exit; done"
		first=$(awk '$2 == "query" && !seen[$4]++ && $3 == "AAAA"' "$NET_LOG" |
			wc -l)
		((first < 18)) || return 0
	done
	printf 'AAAA was first in %s of 20\n' "$first" >&2
	return 1
}

@test "-4 and -6 ask for one family" {
	local scenario="name host.test AAAA $a6; name host.test A $a4
		host $a6 $a4 accept"
	connect "$scenario" -z -4
	assert_starts $a4 0
	(($(wire_count query 'AAAA host.test') == 0))
	connect "$scenario" -z -6
	assert_starts $a6 0
	(($(wire_count query 'A host.test') == 0))
}

@test "addresses are not looked up" {
	net_run "host $a4 $a6 accept" bash -c "
		'$HECAT' -z $a4 80 && '$HECAT' -z $a6 80 &&
		'$HECAT' -z '[$a6]' 80 && '$HECAT' -z '[$a6]:80' &&
		'$HECAT' -n -z $a4:80 && '$HECAT' -z '$a6%lo' 80 &&
		'$HECAT' -z --address $a4 host.test 80 &&
		'$HECAT' -z --resolve host.test:80:$a6 host.test 80"
	assert_status 0
	(($(wire_count query) == 0))
	(($(wire_count syn "$a4") + $(wire_count syn "$a6") == 8))
}

# bats test_tags=system
@test "names of /etc/hosts are not asked for" {
	connect "
		hosts $a4 host.test
		hosts $a6 host.test
		host $a4 accept" -z
	assert_status 0
	assert_starts $a6 0 $a4 250ms
	(($(wire_count query) == 0))
}

@test "an alias is followed" {
	connect "
		name host.test cname other.test after 10ms
		name other.test AAAA $a6
		name other.test A $a4 after 20ms
		host $a4 accept" -z
	assert_status 0
	assert_starts $a6 0 $a4 250ms
	assert_due 0 "$(after_answer AAAA $a6)"
}

@test "sixty records come over TCP, and all are tried" {
	connect "
		name host.test AAAA 60 records from 2001:db8:1::100
		name host.test A nodata
		host 2001:db8:1::/64 refuse"
	assert_status 1
	wire answer 'AAAA host.test 60 records over tcp'
	(($(wire_hosts | grep -c '^2001:db8:1::1..$') == 60))
	[[ $(wire_hosts) == "$(wire_hosts | LC_ALL=C sort)" ]]
	assert_output_has '2001:db8:1::106 and 53 more: Connection refused'
}

@test "forty records of each family alternate" {
	connect "
		name host.test AAAA 40 records from 2001:db8:1::100
		name host.test A 40 records from 198.51.100.100 after 20ms
		host 2001:db8:1::100 refuse after 100ms
		host 2001:db8:1::/64 198.51.100.0/24 refuse"
	assert_status 1
	(($(wire_hosts | wc -l) == 80))
	wire_hosts | awk '(NR % 2 == 1) != /:/ { exit 1 }'
}

# --- the numbers ----------------------------------------------------------

@test "A 10, AAAA 20: IPv6 at 20" {
	connect "
		name host.test A $a4 after 10ms
		name host.test AAAA $a6 after 20ms
		host $a6 accept" -z
	assert_status 0
	assert_starts $a6 0
	assert_due 20ms "$(wire_delta query 'AAAA host.test' syn $a6)"
	assert_due 0 "$(after_answer AAAA $a6)"
}

@test "A 10, AAAA 400: IPv4 at 60 and 310, the late IPv6 at 560" {
	connect "
		name host.test A $a4 $b4 after 10ms
		name host.test AAAA $a6 $b6 after 400ms
		host $a6 accept" -z
	assert_status 0
	assert_starts $a4 0 $b4 250ms $a6 500ms
	assert_due 50ms "$(after_answer A $a4)"
	assert_due 60ms "$(wire_delta query 'A host.test' syn $a4)"
}

@test "A 10, AAAA negative at 30: IPv4 at 30" {
	local outcome
	for outcome in nodata nxdomain servfail refused; do
		connect "
			name host.test A $a4 after 10ms
			name host.test AAAA $outcome after 30ms
			host $a4 accept
			$impatient" -z
		assert_status 0
		assert_starts $a4 0
		assert_due 0 "$(after_answer AAAA $a4)"
	done
}

@test "AAAA 10, A 300: the late IPv4 has its place, 250 ms after the last start" {
	connect "
		name host.test AAAA $a6 $b6 after 10ms
		name host.test A $a4 after 300ms
		host $a4 accept" -z
	assert_status 0
	assert_starts $a6 0 $b6 250ms $a4 500ms
	assert_due 0 "$(after_answer AAAA $a6)"
}

@test "AAAA 10 and refused, A 500: IPv4 at 500" {
	connect "
		name host.test AAAA $a6 after 10ms
		name host.test A $a4 after 500ms
		host $a6 refuse
		host $a4 accept" -z
	assert_status 0
	assert_order $a6 $a4
	assert_due 0 "$(after_answer A $a4)"
}

@test "A 200, AAAA never: IPv4 at 250, and the exit waits for nothing" {
	connect "
		name host.test A $a4 after 200ms
		name host.test AAAA silent
		host $a4 accept 5ms" -z
	assert_status 0
	assert_due 50ms "$(after_answer A $a4)"
	assert_due 250ms "$(wire_delta query 'A host.test' syn $a4)"
	assert_due 0 "$(wire_delta ack $a4 udp 192.0.2.99)"
}

# --- the Resolution Delay -------------------------------------------------

@test "AAAA first: IPv6 starts at once, and A is not waited for" {
	local outcome
	for outcome in "$a4 after 100ms" silent servfail; do
		connect "
			name host.test AAAA $a6 after 5ms
			name host.test A $outcome
			host $a6 accept 5ms" -z
		assert_status 0
		assert_starts $a6 0
		assert_due 0 "$(after_answer AAAA $a6)"
		assert_due 0 "$(wire_delta ack $a6 udp 192.0.2.99)"
	done
}

@test "-r sets the Resolution Delay" {
	connect "name host.test A $a4; name host.test AAAA silent
		host $a4 accept" -z -r 120
	assert_due 120ms "$(after_answer A $a4)"
	connect "name host.test A $a4; name host.test AAAA $a6 after 200ms
		host $a4 accept" -z -r 0
	assert_due 0 "$(after_answer A $a4)"
	assert_starts $a4 0
}

@test "AAAA within the Resolution Delay: IPv6 leads" {
	connect "
		name host.test A $a4 $b4
		name host.test AAAA $a6 after 45ms
		host $b4 accept" -z
	assert_starts $a6 0 $a4 250ms $b4 500ms
	assert_due 0 "$(after_answer AAAA $a6)"
}

@test "a host without IPv6 knows no Resolution Delay" {
	connect "
		no-ipv6
		name host.test A $a4
		name host.test AAAA $a6 after 300ms
		host $a4 accept" -z
	assert_status 0
	assert_starts $a4 0
	assert_due 0 "$(after_answer A $a4)"
}

@test "a host without IPv4 gets along" {
	connect "
		no-ipv4
		name host.test A $a4
		name host.test AAAA $a6 after 30ms
		host $a6 accept"
	assert_status 0
	assert_starts $a6 0
	assert_due 0 "$(after_answer AAAA $a6)"
}

@test "--prefer 4: the Resolution Delay is not waited for IPv6" {
	connect "
		name host.test A $a4 after 5ms
		name host.test AAAA $a6 after 200ms" -z --prefer 4 -w 0.4
	assert_starts $a4 0 $a6 250ms
	assert_due 0 "$(after_answer A $a4)"
}

@test "--prefer 4: IPv6 waits for A, but the Resolution Delay at most" {
	connect "
		name host.test A $a4 after 40ms
		name host.test AAAA $a6
		host $a6 accept" -z --prefer 4
	assert_starts $a4 0 $a6 250ms
	assert_due 0 "$(after_answer A $a4)"
	connect "
		name host.test A $a4 after 400ms
		name host.test AAAA $a6
		host $a6 accept" -z --prefer 4
	assert_starts $a6 0
	assert_due 50ms "$(after_answer AAAA $a6)"
}

# --- late answers ---------------------------------------------------------

@test "a late answer goes before what is queued, and the timer runs on" {
	connect "
		name host.test AAAA $a6 $b6
		name host.test A $a4 $b4 after 100ms" -w 0.8
	assert_starts $a6 0 $a4 250ms $b6 500ms $b4 750ms
}

@test "a late answer starts at once when the list is empty and the delay has passed" {
	connect "
		name host.test AAAA $a6
		name host.test A $a4 after 400ms
		host $a4 accept" -z
	assert_status 0
	assert_order $a6 $a4
	assert_due 0 "$(after_answer A $a4)"
}

@test "a late answer waits for the delay when it has not passed" {
	connect "
		name host.test AAAA $a6
		name host.test A $a4 after 100ms
		host $a4 accept" -z
	assert_starts $a6 0 $a4 250ms
}

@test "an address that is answered again is not tried again" {
	connect "
		name host.test AAAA ::ffff:$a4
		name host.test A $a4 $b4 after 50ms
		host $b4 accept" -z
	assert_starts $a4 0 $b4 250ms
}

# --- failing --------------------------------------------------------------

@test "IPv6 is refused, A pending and then negative: the refusal is the reason" {
	connect "
		name host.test AAAA $a6
		name host.test A nodata after 300ms
		host $a6 refuse"
	assert_status 1
	assert_due 0 "$(wire_delta answer 'A host.test' udp 192.0.2.99)"
	[[ $output == *"port 80 ($a6): Connection refused" ]]
}

@test "IPv4 is refused and AAAA is silent: it is over when the resolver gives up" {
	connect "
		name host.test A $a4
		name host.test AAAA silent
		host $a4 refuse
		$impatient"
	assert_status 1
	assert_between 900ms 1200ms "$(wire_delta rst-out $a4 udp 192.0.2.99)"
	assert_output_has "$a4: Connection refused"
	assert_output_has "AAAA lookup: $(why silent)"
}

@test "both negative: status 3, and the reason of each family" {
	connect ''
	assert_status 3
	[[ $output == "hecat: host.test: $(why nxdomain)" ]]
	connect 'name host.test nodata'
	assert_status 3
	[[ $output == "hecat: host.test: $(why nodata)" ]]
	connect "name host.test AAAA nodata
		name host.test A servfail after 30ms; $impatient"
	assert_status 3
	[[ ${lines[0]} == 'hecat: host.test port 80: no usable address' ]]
	[[ ${lines[1]} == "hecat:   AAAA lookup: $(why nodata IPv6)" ]]
	[[ ${lines[2]} == "hecat:   A lookup: $(why servfail)" ]]
	(($(wire_count syn) == 0))
}

@test "a name server that is silent" {
	connect "name host.test silent; $impatient"
	assert_status 3
	assert_output_has "hecat: host.test: $(why silent)"
	assert_between 900ms 1200ms "$(wire_delta query 'A host.test' \
		udp 192.0.2.99)"
}

@test "one family alone: its reason is told" {
	connect "name host.test A nodata" -4
	assert_status 3
	[[ $output == "hecat: host.test: $(why nodata IPv4)" ]]
	(($(wire_count query 'AAAA host.test') == 0))
}

@test "a lookup that hangs does not delay the end by -w" {
	connect "name host.test AAAA silent; name host.test A $a4" -w 0.2
	assert_status 4
	assert_between 50ms $((150000 + $(net_late))) "$(wire_delta syn $a4 udp 192.0.2.99)"
	assert_output_has 'AAAA lookup: no answer'
	assert_output_has "$a4: no answer in 1"
}

@test "-v tells that AAAA was not answered, and what that cost" {
	connect "
		name host.test A $a4
		name host.test AAAA silent
		host $a4 accept" -zv
	[[ ${lines[1]} =~ ^'hecat: the AAAA lookup had not answered after '([0-9]+)' ms and delayed the connection by '([0-9]+)' ms'$ ]]
	local waited=${BASH_REMATCH[1]}ms cost=${BASH_REMATCH[2]}ms
	assert_due 50ms "$waited"
	assert_due 50ms "$cost"
}

@test "every number of inet_aton is an address, and not looked up" {
	local number options

	for number in 198.51.100.1 198.51.25601 198.3367937 3325256705 0xc6336401 \
		0306.0x33.100.1; do
		for options in -z -zn "-zn --address $number label.test"; do
			[[ $options == *label* ]] || options+=" $number"
			# shellcheck disable=SC2086 # words
			net_run -0 "host $a4 accept" "$HECAT" $options 80
			assert_order $a4
			(($(wire_count query) == 0))
		done
	done
	# With a dot behind it is a name.
	net_run -0 "name 198.51.100.1 A $b4; host $b4 accept" "$HECAT" -z \
		198.51.100.1. 80
	assert_order $b4
}
