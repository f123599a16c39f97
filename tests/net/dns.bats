#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --dns on the network: which server is asked for which name, and what is made
# of what it says. What follows the answers is the same as with the system's
# resolver, and tested by resolve.bats.

bats_require_minimum_version 1.5.0

load net_helper
load report_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	[[ $("$HECAT" -V) == *'features:'*' dns'* ]] || skip 'built without c-ares'
	net_undisturbed
	cd "$BATS_TEST_TMPDIR" || return 1
}

a4=198.51.100.1
a6=2001:db8:1::a
server=192.0.2.53 other=192.0.2.54

# A server that is silent is waited for a second, and asked once.
impatient='resolv "options timeout:1 attempts:1"'

# Both servers; the first has no answer.
first_is_silent="nameserver $server silent; nameserver $other; $impatient"

# connect SCENARIO [OPTION...]: runs hecat -z to host.test.
connect() {
	net_run "$1" "$HECAT" -z --dns $server "${@:2}" host.test 80 </dev/null
}

# asked: prints the queries: type, name, server and transport, in their order.
asked() {
	awk '$2 == "query" { print $3, $4, $6, $NF }' "$NET_LOG"
}

@test "AAAA is asked first, 20 times of 20" {
	local scenario='' i first
	for i in {1..20}; do
		scenario+="name h$i.test AAAA $a6;"
	done
	net_run -0 "$scenario; host $a6 accept" bash -c "
		for i in {1..20}; do '$HECAT' -z --dns $server h\$i.test 80 || exit; done"
	first=$(awk '$2 == "query" && !seen[$4]++ && $3 == "AAAA"' "$NET_LOG" | wc -l)
	((first == 20))
}

@test "each answer by its code, its server and its time, in the reports" {
	local row outcome eai text
	for row in "nodata EAI_NODATA NODATA from $server" \
		"nxdomain EAI_NONAME NXDOMAIN from $server" \
		"servfail EAI_AGAIN SERVFAIL from $server" \
		"refused EAI_FAIL REFUSED from $server"; do
		read -r outcome eai text <<<"$row"
		connect "name host.test $outcome" --json=report.json -t
		((status == 3))
		assert_output_has "AAAA  "
		assert_output_has "$text"
		assert_json '.queries[] | .eai, .error, .server, .ttl' \
			"$eai"$'\n'"$text"$'\n'"$server"$'\nnull\n'"$eai"$'\n'"$text"$'\n'"$server"$'\nnull'
		mv report.json "$outcome.json"
	done
	connect "name host.test AAAA $a6; name host.test A servfail; host $a6 accept" \
		--json=report.json -tvv
	assert_status 0
	assert_output_has "answer AAAA: 1 address from $server, TTL 60"
	assert_json '.queries[0] | .server, .ttl, .error' "$server"$'\n60\nnull'
	needs_schema
	assert_valid report ./*.json
}

@test "--probe has them, too" {
	connect "name host.test AAAA refused; name host.test A $a4
		host $a4 accept" --probe=1 --json=probe.json
	assert_output_has "IPv6: lookup failed (REFUSED from $server)"
	assert_json '.queries[0].server, .queries[1].ttl' "$server"$'\n60' probe.json
	needs_schema
	assert_valid probe probe.json
}

@test "a server that is silent: status 3 with its name, and 4 when -w runs out" {
	connect "name host.test silent; $impatient"
	assert_status 3
	[[ $output == "hecat: host.test: no answer from $server in 1.0 s" ]]
	assert_equal 2 "$(wire_count query)"
	connect "name host.test silent" -v -w 0.2
	assert_status 4
	assert_output_has 'AAAA lookup, A lookup: no answer'
}

@test "a lost query is asked again, by the options of resolv.conf" {
	connect "name host.test AAAA drop-queries 2 $a6; name host.test A nodata
		host $a6 accept; resolv \"options timeout:1 attempts:3\""
	assert_status 0
	assert_equal 3 "$(wire_count query 'AAAA host.test')"
	assert_equal 1 "$(wire_count query 'A host.test')"
	assert_between 1900ms 2300ms "$(wire_delta query 'AAAA host.test' syn $a6)"
}

@test "the next server is asked after silence, and after an error, not after an answer" {
	connect "$first_is_silent; name host.test AAAA nodata; name host.test A $a4
		host $a4 accept" --dns $other
	assert_status 0
	assert_equal "AAAA host.test $server udp
A host.test $server udp
AAAA host.test $other udp
A host.test $other udp" "$(asked)"
	# Both have the same names: the second one refuses, too, and says why.
	local outcome
	for outcome in servfail refused; do
		connect "nameserver $server; nameserver $other
			name host.test $outcome" --dns $other
		assert_status 3
		[[ $output == "hecat: host.test: ${outcome^^} from $other" ]]
		assert_equal 4 "$(wire_count query)"
	done
	for outcome in nodata nxdomain; do
		connect "nameserver $server; nameserver $other
			name host.test $outcome" --dns $other
		[[ $output == "hecat: host.test: ${outcome^^} from $server" ]]
		assert_equal 2 "$(wire_count query)"
	done
}

@test "a server that is silent in the search list is waited for once" {
	net_run "$first_is_silent; resolv \"search a.test b.test c.test\"
		name www.c.test A $a4; host $a4 accept" \
		"$HECAT" -z --dns $server --dns $other www 80
	assert_status 0
	assert_equal 2 "$(asked | grep -c " $server ")"
	assert_equal 6 "$(asked | grep -c " $other ")"
}

@test "servers that are all silent are counted" {
	connect "nameserver $server silent; nameserver $other silent; $impatient" \
		--dns $other
	assert_status 3
	[[ $output == 'hecat: host.test: no answer from 2 name servers in 2.0 s' ]]
}

@test "a server that cannot be reached" {
	net_run 'host 192.0.2.66 refuse' "$HECAT" -z --dns 192.0.2.66 host.test 80
	assert_status 3
	[[ $output == 'hecat: host.test: 192.0.2.66: Connection refused' ]]
	net_run 'no-ipv6' "$HECAT" -zv --dns 2001:db8::53 --json=report.json host.test 80
	assert_status 3
	[[ $output == 'hecat: host.test: 2001:db8::53: Network is unreachable' ]]
	assert_json '.queries[0] | .eai, .errno' $'EAI_SYSTEM\nENETUNREACH'
}

@test "over TCP, where that is asked for, and for what is truncated" {
	local names="name host.test AAAA $a6; name host.test A nodata; host $a6 accept"
	net_run "$names" "$HECAT" -z --dns tcp:$server host.test 80
	assert_status 0
	assert_equal "AAAA host.test $server tcp
A host.test $server tcp" "$(asked)"
	connect "name host.test AAAA truncated $a6; name host.test A nodata
		host $a6 accept"
	assert_status 0
	assert_equal "AAAA host.test $server udp
AAAA host.test $server tcp" "$(asked | grep AAAA)"
	# EDNS has room for these.
	connect "name host.test AAAA 40 records from 2001:db8:1::100
		name host.test A nodata; host 2001:db8:1::/64 accept"
	wire answer 'AAAA host.test 40 records over udp'
}

@test "TCP is refused after truncation: that is the reason" {
	connect "host $server:53 refuse; name host.test truncated $a4 $a6"
	connect "host $server:53 refuse; name host.test A nodata
		name host.test AAAA truncated $a6"
	assert_status 3
	assert_output_has "AAAA lookup: $server: Connection refused (TCP)"
	assert_output_has "A lookup: NODATA from $server"
}

@test "servers by IPv6, at another port, and on a link" {
	local names="name host.test AAAA $a6; name host.test A nodata; host $a6 accept"
	net_run "nameserver 2001:db8::53; $names" "$HECAT" -z --dns 2001:db8::53 \
		host.test 80
	assert_status 0
	assert_equal "AAAA host.test 2001:db8::53 udp" "$(asked | head -n 1)"
	net_run "$impatient" "$HECAT" -z --dns '[2001:db8::53]:5353' host.test 80
	wire udp '2001:db8::53 5353'
	[[ $output == 'hecat: host.test: no answer from [2001:db8::53]:5353 in 1.0 s' ]]
	# shellcheck disable=SC2016 # the inner shell's
	net_run "$impatient" bash -c '
		device=$(ip -o route get 192.0.2.53 | sed "s/.* dev \\([^ ]*\\) .*/\\1/")
		ip address add fe80::1/64 dev "$device" nodad &&
			"$HECAT" -z --dns "fe80::53%$device" host.test 80'
	assert_output_has 'host.test: no answer from fe80::53%'
	wire udp 'fe80::53 53'
}

@test "/etc/hosts is not asked, nor is a service of the system" {
	connect "hosts 192.0.2.99 host.test; name host.test A $a4; host $a4 accept
		nsswitch \"hosts: files\""
	assert_status 0
	assert_order $a4
}

@test "-4, -6 and --order resolver ask for what they need" {
	local names="name host.test AAAA $a6; name host.test A $a4
		host $a4 $a6 accept"
	connect "$names" -4
	assert_equal "A host.test $server udp" "$(asked)"
	connect "$names" -6
	assert_equal "AAAA host.test $server udp" "$(asked)"
	connect "name host.test AAAA $a6 after 80ms; name host.test A $a4
		host $a4 $a6 accept" --order resolver
	assert_status 0
	assert_order $a4
	assert_due 80ms "$(wire_delta query 'AAAA host.test' syn $a4)"
}

# One name, one truth: what the first of two names has in each family, and the
# name that is connected to; both families of the second one are there.
@test "the addresses of both families are those of the first name that has any" {
	local aaaa a expected
	while read -r aaaa a expected; do
		net_run "resolv \"search a.test b.test\"
			name www.a.test AAAA ${aaaa/address/$a6}
			name www.a.test A ${a/address/$a4}
			name www.b.test AAAA 2001:db8:2::b
			name www.b.test A 203.0.113.2
			host 2001:db8::/32 198.51.100.0/24 203.0.113.0/24 accept" \
			"$HECAT" -z --json=report.json --dns $server www 80
		printf '%s %s\n' "$aaaa" "$a"
		case $expected in
		first) assert_json '[.queries[].name | select(.)] | unique[]' www.a.test ;;
		next) assert_json '[.queries[].name | select(.)] | unique[]' www.b.test ;;
		fail) ((status == 3 && $(wire_count query 'A www.b.test') == 0)) ;;
		esac
		[[ $expected == fail ]] || assert_status 0
	done <<-END
		address address first
		address nodata first
		address nxdomain first
		address servfail first
		nodata address first
		nodata nodata next
		nodata nxdomain next
		nodata servfail fail
		nxdomain address first
		nxdomain nodata next
		nxdomain nxdomain next
		nxdomain servfail fail
		servfail address first
		servfail nodata fail
		servfail nxdomain next
		servfail servfail fail
	END
}

@test "no such name for A is waited for AAAA no longer than the Resolution Delay" {
	net_run "resolv \"search a.test b.test\"
		name www.a.test AAAA silent
		name www.a.test A nxdomain
		name www.b.test A $a4; host $a4 accept" \
		"$HECAT" -z --dns $server www 80
	assert_status 0
	assert_due 50ms "$(wire_delta answer 'A www.a.test' query 'A www.b.test')"
}

@test "ndots, a dot at the end, LOCALDOMAIN and RES_OPTIONS" {
	local search="name www.a.test A $a4; name x.y.z.b.test A $a4; host $a4 accept
		resolv \"search a.test b.test\""
	net_run "$search" "$HECAT" -z4 --dns $server x.y.z 80
	assert_equal $'x.y.z\nx.y.z.a.test\nx.y.z.b.test' \
		"$(asked | cut -d' ' -f2)"
	net_run "$search; resolv \"options ndots:4\"" "$HECAT" -z4 --dns $server x.y.z 80
	assert_equal $'x.y.z.a.test\nx.y.z.b.test' "$(asked | cut -d' ' -f2)"
	net_run "$search" "$HECAT" -z4 --dns $server www. 80
	assert_status 3
	assert_equal www "$(asked | cut -d' ' -f2)"
	net_run "$search" env LOCALDOMAIN=b.test RES_OPTIONS=ndots:3 \
		"$HECAT" -z4 --dns $server x.y.z 80
	assert_status 0
	assert_equal x.y.z.b.test "$(asked | cut -d' ' -f2)"
}

# sent COMMAND...: runs a command on the network; prints the datagrams that it
# sends about host.test, without their ids.
sent() {
	net_run "name host.test AAAA $a6; name host.test A $a4; host $a6 $a4 accept" \
		strace -f -xx -s 512 -o trace -e trace=sendto,sendmsg,sendmmsg "$@" \
		>/dev/null
	grep -oE '"(\\x[0-9a-f]{2})+"' trace | grep 'x68.x6f.x73.x74' | cut -c 10-
}

@test "an international name is asked for in its ASCII form, in any locale" {
	local locale
	for locale in C C.UTF-8; do
		net_run "name xn--bcher-kva.test A $a4; host $a4 accept" \
			env LC_ALL=$locale "$HECAT" -z --dns $server bücher.test 80
		assert_status 0
		[[ $(asked) == *"A xn--bcher-kva.test $server udp"* ]]
	done
}

@test "what is asked is what dig asks" {
	command -v dig strace >/dev/null || skip 'no dig or strace'
	local type family
	for type in AAAA A; do
		family=$([[ $type == A ]] && echo -4 || echo -6)
		sent dig +nocookie +noad +bufsize=1232 @$server host.test $type >dig.txt
		sent "$HECAT" -z "$family" --dns $server host.test 80 >hecat.txt
		[[ $(<dig.txt) == '\x01\x00\x00\x01'* ]]
		diff -u dig.txt hecat.txt
	done
}
