#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --probe: every address on its own, a verdict on each family, and what Happy
# Eyeballs picks and pays.

bats_require_minimum_version 1.5.0

load report_helper

setup() {
	report_setup
}

six=2001:db8:1::a six_too=2001:db8:1::b four=198.51.100.1
router=2001:db8:ff::1

names="
	name host.test AAAA $six after 10ms
	name host.test A $four after 10ms
"

# probe STATUS SCENARIO [ARGUMENT...]: probes the host on the network; its text
# is in $output, its JSON in report.json, and it has nothing else to say.
probe() {
	local expected=$1 scenario=$2

	shift 2
	net_run "$scenario" bash -c '"$@" 2>err' bash "$HECAT" --probe \
		--json=report.json "$@" host.test 80
	assert_status "$expected" || return
	assert_equal '' "$(<err)" 'standard error' || return
	needs_schema
	assert_valid probe report.json
}

# What came of each address, IPv6 first, and of each family. A limit may be
# late, and is put as it was meant.
meant='def meant: (. // "-") | gsub("(?<n>[35])[0-9][0-9] ms"; "\(.n)00 ms");'
addresses=$meant'.addresses | sort_by(.family) | reverse | .[] |
	"\(.address) \(.family): \(.connected) of \(.tries) " +
	(.failure | meant)'
families=$meant'.families[] |
	"\(.family): \(.verdict), \(.broken) of \(.addresses), " +
	(.reason | meant)'

# What came of each lookup.
lookups='.queries[] | "\(.type) \(.addresses) \(.error // "-")"'

# A machine whose only local port is taken.
no_port='echo 40000 40000 >/proc/sys/net/ipv4/ip_local_port_range &&
	exec "$TEST_TOOLS/listen" -a 127.0.0.1 -p 40000 -o port "$@"'

# of_address ADDRESS FILTER EXPECTED: what the JSON says of this address.
of_address() {
	assert_json "$meant .addresses[] | select(.address == \"$1\") | $2" "$3"
}

# connections ADDRESS: prints how often a connection was begun to it.
connections() {
	awk -v address="$1" '$2 == "syn" && $3 == address && $NF == "#1"' \
		"$NET_LOG" | wc -l
}

@test "a healthy host" {
	probe 0 "$names host $six accept 20ms; host $four accept 30ms"
	assert_json '.result, .rounds, .version, .port' $'complete\n3\n2\n80'
	assert_json "$addresses" "$six IPv6: 3 of 3 -
$four IPv4: 3 of 3 -"
	assert_json "$families" $'IPv6: healthy, 0 of 1, -\nIPv4: healthy, 0 of 1, -'
	assert_json '.race | "\(.winner) \(.cost_ms)"' "$six 0"
	assert_output_has 'host.test port 80: 2 addresses, 3 rounds'
	assert_output_has '  IPv6: healthy, '
	assert_output_has "  Happy Eyeballs picks $six, in "
	# Three tries and the race.
	assert_equal 4 "$(connections "$six")" 'connections by IPv6'
	assert_equal 3 "$(connections "$four")" 'connections by IPv4'
	(($(wire_count data-in) == 0))
}

@test "the RTTs are those of the network, smallest, middle and largest" {
	local rtt value

	probe 0 "$names host $six accept 20ms; host $four accept 30ms"
	for rtt in rtt_min_ms rtt_median_ms rtt_max_ms; do
		value=$(json ".addresses | map(select(.family == \"IPv6\"))[0] |
			.$rtt * 1000 | floor")
		assert_due 20ms "$value"
		value=$(json ".addresses | map(select(.family == \"IPv4\"))[0] |
			.$rtt * 1000 | floor")
		assert_due 30ms "$value"
	done
	assert_json '[.addresses[] | .rtt_min_ms <= .rtt_median_ms and
		.rtt_median_ms <= .rtt_max_ms] | all' true
	assert_json '[.families[].rtt_median_ms] ==
		[.addresses | sort_by(.family) | reverse | .[].rtt_median_ms]' true
}

@test "the text says what the JSON says" {
	probe 11 "$names host $four accept 20ms
		host $six icmp admin-prohibited from $router 5ms"
	diff -u --label JSON --label text <(json '.addresses[] |
		"\(.address) " + (if .tries == 0 then "-" else
		"\(.connected) of \(.tries)" end) + " " + ([.rtt_min_ms,
		.rtt_median_ms, .rtt_max_ms] | map(if . == null then "-"
		else "ms:\(.)" end) | join(" ")) +
		" \(.syn_retransmissions) \(.failure // "")"' | sed 's/ $//' |
		# It rounds as the program does, half a tenth as well.
		awk '{ for (i = 1; i <= NF; i++) if (sub(/^ms:/, "", $i))
			$i = sprintf("%.1f", $i); print }') \
		<(sed -n '/^  address /,/^  IPv6: /p' <<<"$output" | sed '1d;$d' |
			sed ':a; N; $!ba; s/\n    / /g' |
			awk '{ $1 = $1; print }') >&2
}

@test "one family is dead" {
	local cost

	probe 11 "$names host $four accept 20ms" --attempt-timeout 0.5
	assert_json "$addresses" "$six IPv6: 0 of 3 no answer in 500 ms
$four IPv4: 3 of 3 -"
	assert_json "$families" $'IPv6: broken, 1 of 1, no answer in 500 ms
IPv4: healthy, 0 of 1, -'
	of_address "$six" '.rtt_min_ms, .rtt_median_ms, .rtt_max_ms' \
		$'null\nnull\nnull'
	cost=$(json '.race.cost_ms * 1000 | floor')
	# A is asked a millisecond after AAAA, and known as much later.
	assert_between 247ms $((250000 + $(net_late))) "$cost"
	assert_json .race.winner "$four"
	assert_output_has '  IPv6: broken (no answer in 5'
	assert_output_has "  $six, tried first, delayed the connection by 2"
}

@test "a try takes three seconds, unless a limit is set" {
	probe 1 "name host.test A $four" -4 --probe=1 -w 4
	assert_json '.addresses[0].failure' 'no answer in 3.0 s'
	assert_json '.addresses[0].syn_retransmissions >= 1' true
	probe 1 "name host.test A $four" -4 --probe=1 --attempt-timeout 0.3
	assert_json "$meant .addresses[0].failure | meant" 'no answer in 300 ms'
}

@test "one of two addresses refuses" {
	probe 11 "$names name host.test AAAA $six $six_too after 10ms
		host $six accept 20ms
		host $six_too refuse
		host $four accept 20ms"
	assert_json '[.families[0] | .verdict, .broken, .addresses] | join(" ")' \
		'partly broken 1 2'
	assert_json '.families[0].reason' 'Connection refused'
	of_address "$six_too" '.failure, .fault' $'Connection refused\nrefused'
	assert_output_has 'IPv6: partly broken, 1 of 2 addresses refused, 2'
	assert_output_has 'Connection refused'
}

@test "an address that answers too late is broken" {
	probe 11 "$names name host.test AAAA $six $six_too after 10ms
		host $six accept 20ms
		host $six_too drop-syns 1 accept 20ms
		host $four accept 20ms" --attempt-timeout 0.5
	of_address "$six_too" '[.connected, .tries, (.failure | meant)] |
		join(" ")' \
		'0 3 no answer in 500 ms'
	assert_json "$families" \
		$'IPv6: partly broken, 1 of 2, no answer in 500 ms
IPv4: healthy, 0 of 1, -'
}

@test "a SYN that is sent again is a loss" {
	probe 11 "$names host $six accept 20ms
		host $four drop-syns 1 accept 20ms" --probe=1
	# And the time it took is no round trip.
	of_address "$four" '"\(.connected) \(.syn_retransmissions) \(.rtt_min_ms)"' \
		'1 1 null'
	of_address "$four" '"\(.verdict) \(.syn_resent)"' 'lossy 1'
	assert_json "$families" $'IPv6: healthy, 0 of 1, -
IPv4: lossy, 0 of 1, the SYN was sent again in 1 of 1 tries'
	assert_output_has '  IPv4: lossy (the SYN was sent again in 1 of 1 tries)'
}

@test "refused, rejected and not answered are three things" {
	local mute=2001:db8:1::c

	probe 11 "$names name host.test AAAA $six $six_too $mute after 10ms
		host $six refuse
		host $six_too icmp admin-prohibited from $router 5ms
		host $four accept 20ms" --probe=1 --attempt-timeout 0.5
	assert_json '.families[0] | "\(.refused) \(.rejected) \(.no_answer)"' '1 1 1'
	of_address "$six" .fault refused
	of_address "$six_too" .fault rejected
	of_address "$mute" .fault no_answer
	assert_output_has '  IPv6: broken, 1 of 3 addresses refused, 1 rejected, 1 did not answer'
}

@test "--success: what is connected and then closed, or mute, is broken" {
	local late=2001:db8:1::c

	# As a load balancer without a server, and a middlebox, have it.
	probe 11 "$names name host.test AAAA $six $six_too $late after 10ms
		host $six accept 5ms close
		host $six_too accept 5ms reset
		host $late accept 5ms
		host $four accept 5ms say \"hello\"" --probe=1 --success data \
		--attempt-timeout 0.5
	of_address "$six" '.fault, .failure' $'closed\nclosed by the peer'
	of_address "$six_too" .fault closed
	of_address "$late" .fault no_answer
	assert_json '.families[0] | "\(.closed) \(.no_answer)"' '2 1'
	assert_output_has '  IPv6: broken, 2 of 3 addresses closed, 1 did not answer'
	assert_json .race.winner "$four"
	# To stay open for a while is enough for two of them.
	probe 11 "$names name host.test AAAA $six $late after 10ms
		host $six accept 5ms close 20ms
		host $late $four accept 5ms" --probe=1 --success open:300ms
	assert_output_has '  IPv6: partly broken, 1 of 2 addresses closed'
	assert_output_has '  IPv4: healthy'
}

# --- this machine ------------------------------------------------------------

@test "a machine without IPv6 says nothing about the host" {
	probe 0 "no-ipv6; $names host $four accept 20ms"
	assert_json "$families" $'IPv6: unavailable, 0 of 1, no IPv6 address
IPv4: healthy, 0 of 1, -'
	of_address "$six" '"\(.verdict) \(.tries) \(.unavailable)"' \
		'unavailable 0 3'
	assert_output_has 'not available here: no IPv6 address'
	assert_output_has '  IPv6: not available here (no IPv6 address)'
	assert_json .race.winner "$four"
	# What is left is judged, and one address has to answer.
	probe 1 "no-ipv6; $names host $four refuse" --probe=1
	assert_json "$families" $'IPv6: unavailable, 0 of 1, no IPv6 address
IPv4: broken, 1 of 1, Connection refused'
	probe 1 "no-ipv4; no-ipv6; hosts $six host.test; hosts $four host.test" \
		--probe=1
	assert_json "$families" $'IPv6: unavailable, 0 of 1, no IPv6 address
IPv4: unavailable, 0 of 1, no IPv4 address'
}

@test "IPv6 that is switched off is not available" {
	# shellcheck disable=SC2016 # the inner shell's
	net_run -0 "host $four accept" bash -c \
		'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"' \
		bash "$HECAT" --probe=1 --address "$six,$four" host.test 80
	assert_output_has '  IPv6: not available here (no IPv6 address)'
	assert_output_has '  IPv4: healthy, '
}

@test "local routes are not the network's" {
	local type reason

	while read -r type reason; do
		probe 0 "$names host $four accept; route $type $six/128" --probe=1
		assert_json '.families[0] | .verdict, .reason' \
			$'unavailable\n'"$reason"
		probe 0 "$names host $six accept; route $type $four/32" --probe=1
		assert_json '.families[1] | .verdict, .reason' \
			$'unavailable\n'"$reason"
		(($(wire_count syn "$four") == 0))
	done <<-'END'
		unreachable an unreachable route
		prohibit prohibited by a local route or firewall
		blackhole a blackhole route
	END
}

@test "local ports that are used up are not the host's fault" {
	net_run -1 "host $four accept; host $six accept" bash -c "$no_port" bash \
		"$HECAT" --probe=1 --json=report.json --address "$six,$four" \
		host.test 80
	assert_valid probe report.json
	assert_json "$families" $'IPv6: unavailable, 0 of 1, no free local port
IPv4: unavailable, 0 of 1, no free local port'
	(($(wire_count syn) == 0))
}

@test "no descriptor: 70 after 2 s, with the reason, and no verdict" {
	local count host
	while read -r count host; do
		net_run -70 "host $four accept; name host.test A $four" bash -c \
			"$(with_descriptors "$count" --probe=3 "$host" 80)"
		[[ ${lines[0]} == 'hecat: the probe is not complete: Too many open files; raise the limit with ulimit -n' ]]
		assert_due 2s "$(wire_delta udp 192.0.2.98 udp 192.0.2.99)"
		(($(wire_count syn) == 0))
	done <<-END
		7 $four
		7 host.test
		8 host.test
	END
	net_run -4 "name host.test A $four" bash -c \
		"$(with_descriptors 7 --probe=3 -w 0.3 host.test 80)"
	assert_due 300ms "$(wire_delta udp 192.0.2.98 udp 192.0.2.99)"
}

@test "one descriptor for both lookups: they take turns" {
	net_run -0 "$names host $four accept; host $six accept" bash -c \
		"$(with_descriptors 9 --probe=1 host.test 80)"
	assert_output_has '  IPv6: healthy, '
	assert_output_has '  IPv4: healthy, '
}

@test "a source that is not of this machine" {
	probe 1 "$names host $four accept; host $six accept" -s 203.0.113.7 \
		-s 2001:db8:7::7 --probe=1
	assert_json '.families[].verdict' $'unavailable\nunavailable'
	assert_json '.families[].reason' $'cannot connect from 2001:db8:7::7
cannot connect from 203.0.113.7'
	# None of one family.
	probe 0 "$names host $four accept; host $six accept" -s 192.0.2.1 --probe=1
	assert_json "$families" $'IPv6: unavailable, 0 of 1, no IPv6 source was given
IPv4: healthy, 0 of 1, -'
}

@test "a neighbour that does not answer is no answer, and a router is one" {
	local links='ip link add two type veth peer name far &&
		ip addr add 203.0.113.1/24 dev two &&
		ip addr add 2001:db8:77::1/64 dev two nodad &&
		ip link set far up && ip link set two up && "$@"'

	net_run -1 'address 192.0.2.1/24' bash -c "$links" bash "$HECAT" --probe=1 \
		--json=report.json --attempt-timeout 8 \
		--address 203.0.113.9,2001:db8:77::9 host.test 80
	assert_json '.addresses[] | .fault, .failure' 'no_answer
No route to host (ICMP from 2001:db8:77::1)
no_answer
No route to host (ICMP from 203.0.113.1)'
}

# --- the lookup ---------------------------------------------------------------

@test "a lookup that failed is not an answer" {
	probe 11 "name host.test AAAA servfail; name host.test A $four
		host $four accept 20ms" --probe=1
	assert_json '.families[0].verdict' 'lookup failed'
	assert_output_has '  IPv6: lookup failed ('
	assert_output_has '  IPv4: healthy, '
	probe 11 "name host.test A servfail; name host.test AAAA $six
		host $six accept 20ms" --probe=1
	assert_json '.families[1].verdict' 'lookup failed'
	# With nothing that answers that is what counts.
	probe 1 "name host.test A servfail; name host.test AAAA $six
		host $six refuse" --probe=1
}

@test "the race begins with the lookup, as every connect does" {
	local late="name host.test AAAA $six after 400ms
		name host.test A $four after 10ms
		host $six $four accept 20ms"

	# IPv6 would win, were both known.
	probe 0 "$late" --probe=1
	assert_json .race.winner "$four"
	assert_due 60ms "$(json '.race.lookup_ms * 1000 | floor')"
	assert_due 80ms "$(json '.race.connect_ms * 1000 | floor')"
	assert_output_has "  Happy Eyeballs picks $four, in "
	assert_equal 2 "$(wire_count query 'AAAA host.test')" 'AAAA queries'
	# And that is whom a connect gets.
	net_run -0 "$late" "$HECAT" -z --json=connect.json host.test 80
	assert_json '.winner.address' "$four" connect.json
}

@test "a router that prohibits is named" {
	probe 11 "$names host $four accept 20ms
		host $six icmp admin-prohibited from $router 5ms"
	assert_json '.families[0].reason' "Permission denied (ICMP from $router)"
	assert_output_has "  IPv6: broken (Permission denied (ICMP from $router))"
	# The race goes on at once: the price is that of the answer.
	assert_between 2ms $((5000 + $(net_late))) "$(json '.race.cost_ms * 1000 | floor')"
}

@test "a slower family" {
	probe 0 "$names host $six accept 180ms; host $four accept 20ms"
	assert_between $((160000 - $(net_late))) $((160000 + $(net_late))) \
		"$(json '.families[0].slower_by_ms * 1000 | floor')"
	assert_json '.families[1].slower_by_ms' 0
	assert_output_has ', slower by '
	assert_json .race.winner "$six"
}

@test "no address answers" {
	probe 1 "$names host $six refuse
		host $four icmp host-unreachable from 192.0.2.254 5ms"
	assert_json "$families" $'IPv6: broken, 1 of 1, Connection refused
IPv4: broken, 1 of 1, No route to host (ICMP from 192.0.2.254)'
	assert_json .race.winner null
	[[ $output != *'Happy Eyeballs'* ]]
}

@test "a host of one family" {
	probe 0 "name host.test AAAA nodata; name host.test A $four
		host $four accept 20ms"
	assert_json "$families" $'IPv6: no address, 0 of 0, no IPv6 address
IPv4: healthy, 0 of 1, -'
	assert_output_has '  IPv6: no address'
	probe 0 "$names host $four accept 20ms" -4 --probe=1
	assert_json "$families" $'IPv6: no address, 0 of 0, not looked up
IPv4: healthy, 0 of 1, -'
}

@test "an address that was given needs no lookup" {
	net_run -0 "host $four accept 5ms" "$HECAT" --probe=1 "$four" 80
	assert_output_has '  IPv4: healthy, '
	assert_output_has '  IPv6: no address (not given)'
	assert_output_has "$four port 80: 1 address, 1 round"
	assert_equal 0 "$(wire_count query)" queries
	net_run -11 "host $four accept 5ms; host $six refuse" "$HECAT" \
		--probe=1 --address "$four,$six" host.test 80
	assert_output_has '  IPv6: broken (Connection refused)'
}

@test "the name is not found" {
	local message='hecat: host.test: no such name'

	net_run -3 '' "$HECAT" --probe --json=report.json host.test 80
	assert_equal "$message" "$output"
	needs_schema
	assert_valid probe report.json
	assert_json '.result, .rounds, .race, .addresses' \
		$'unresolved\n0\nnull\n[]'
	assert_json "$lookups" $'AAAA 0 no such name\nA 0 no such name'
	# shellcheck disable=SC2016 # the inner shell's
	net_run -3 '' bash -c '"$HECAT" --probe --json host.test 80 2>err'
	assert_equal "$message" "$(<err)" 'standard error'
	jq -e '.result == "unresolved"' <<<"$output"
}

@test "a lookup of both families that brings one" {
	probe 0 "hosts $four host.test; host $four accept" --probe=1
	assert_output_has '  IPv6: no address'
	assert_output_has '  IPv4: healthy'
}

@test "the budget ends the lookup" {
	net_run -4 'name host.test silent' "$HECAT" --probe -w 1 \
		--json=report.json host.test 80
	assert_equal 'hecat: host.test port 80: no connection in 1.0 s (-w)
hecat:   AAAA lookup, A lookup: no answer' "$output"
	needs_schema
	assert_valid probe report.json
	assert_json '.result, .rounds, .addresses' $'timeout\n0\n[]'
	assert_json "$lookups" $'AAAA 0 no answer\nA 0 no answer'
}

@test "the budget ends the lookup of one family: the addresses of the other" {
	net_run -4 "name host.test AAAA silent; name host.test A $four" \
		"$HECAT" --probe -w 1 --json=report.json host.test 80
	assert_output_has 'hecat:   AAAA lookup: no answer'
	assert_output_has 'host.test port 80: 1 address, 0 of 3 rounds, out of time (-w)'
	assert_output_has '  IPv4: unknown (not tried)'
	assert_valid probe report.json
	assert_json "$addresses" "$four IPv4: 0 of 0 -"
}

@test "the budget ends the rounds" {
	probe 11 "$names host $four accept 20ms" -w 2
	assert_json '.result, .rounds, .race' $'timeout\n1\nnull'
	assert_output_has 'host.test port 80: 2 addresses, 1 of 3 rounds, out of time (-w)'
	assert_output_has '  no time was left for a race (-w)'
	assert_json "$addresses" "$six IPv6: 0 of 1 no answer in 2.0 s
$four IPv4: 1 of 1 -"
}

@test "a try that the budget cuts short is not held against its address" {
	probe 11 "$names host $four accept 20ms" -w 1 --attempt-timeout 0.5
	assert_json '.result, .rounds' $'timeout\n2'
	assert_json "$addresses" "$six IPv6: 0 of 1 no answer in 500 ms
$four IPv4: 2 of 2 -"
	of_address "$six" '.pending_ms > 0 and .pending_ms < 400' true
}

@test "JSON alone on standard output, text too where it has a file" {
	local healthy="$names host $six $four accept 5ms"

	net_run -0 "$healthy" "$HECAT" --probe=1 --json host.test 80
	jq -e '.rounds == 1' <<<"$output"
	net_run -0 "$healthy" "$HECAT" --probe=1 --json=report.json host.test 80
	assert_output_has '  IPv6: healthy'
	[[ $output != *'{'* ]]
	# shellcheck disable=SC2016 # the inner shell's
	net_run -0 "$healthy" bash -c '"$HECAT" --probe=1 --report-fd 9 \
		host.test 80 9>nine'
	assert_equal '' "$output" 'standard output'
	grep -q '  IPv6: healthy' nine
}

# probe_of_signal NAME EVENT SCENARIO [ARGUMENT...]: probes until EVENT.
probe_of_signal() {
	run_signalled "$1" "$2" "$3" "$HECAT" --probe --json=report.json \
		"${@:4}" host.test 80
}

@test "SIGINT in a round: what was measured so far, and then death by the signal" {
	local waited

	# IPv4 has connected, and IPv6 has not answered, when it comes.
	probe_of_signal INT "fin-in $four " "$names host $four accept 20ms"
	assert_status 130
	assert_equal 'killed by signal 2' "$(grep -o 'killed by .*' fdrun.txt)"
	assert_equal 1 "$(wc -l <fdrun.txt)" 'lines on standard error'
	needs_schema
	assert_valid probe report.json
	assert_json '.result, .rounds, .race' $'interrupted\n1\nnull'
	assert_json "$addresses" "$six IPv6: 0 of 0 -
$four IPv4: 1 of 1 -"
	assert_json '[.families[].verdict] | join(", ")' 'unknown, healthy'
	waited=$(($(wire udp 192.0.2.99) - $(wire syn "$six")))
	assert_between $((waited - $(net_late))) $((waited + $(net_late))) \
		"$(json '.addresses[0].pending_ms * 1000 | floor')"
	grep -q '^host.test port 80: 2 addresses, 1 of 3 rounds, interrupted$' \
		report.txt
	grep -q '^  IPv6: unknown (no answer in ' report.txt
	grep -q '^  IPv4: healthy, ' report.txt
}

@test "SIGTERM in the lookup and SIGHUP in the race do the same" {
	probe_of_signal TERM 'query AAAA' 'name host.test silent'
	assert_status 143
	assert_valid probe report.json
	assert_json '.result, .rounds, .addresses' $'interrupted\n0\n[]'
	assert_json "$families" $'IPv6: unknown, 0 of 0, AAAA lookup: no answer
IPv4: unknown, 0 of 0, A lookup: no answer'
	# The round is over with the connection by IPv4, which takes its time in
	# the race again.
	probe_of_signal HUP "fin-in $four " "$names host $four accept 700ms
		host $six refuse 5ms" --probe=1
	assert_status 129
	assert_valid probe report.json
	assert_json '.result, .race.winner' $'interrupted\nnull'
	assert_between 0 5s "$(json '.race.connect_ms * 1000 | floor')"
	assert_json "$families" $'IPv6: broken, 1 of 1, Connection refused
IPv4: healthy, 0 of 1, -'
	grep -q '^  the race was interrupted after ' report.txt
}

@test "a signal that was ignored stays ignored" {
	# shellcheck disable=SC2016 # the inner shell's
	run_signalled INT 'query AAAA' "$names host $four $six accept 5ms" \
		bash -c 'trap "" INT; exec "$@"' bash \
		"$HECAT" --probe=1 --json=report.json host.test 80
	assert_status 0
	assert_json .result complete
}

@test "rows that fill are drawn one over the other, and erased" {
	local up=$'\e[A\e[K'
	local redrawn=$'\r\e[K'$up$up$up
	net_run -0 "$names host $six $four accept 300ms" \
		"$TEST_TOOLS/fdrun" -o pty bash -c 'exec "$@" 2>&1' bash \
		"$HECAT" --probe=2 host.test 80
	assert_output_has $'\r\e[Khost.test port 80: round 1 of 2'
	assert_output_has "$redrawn"'host.test port 80: round 2 of 2'
	assert_output_has "$redrawn"'host.test port 80: 2 addresses, 2 rounds'
}

@test "what --exclude has left out is named" {
	probe 0 "$names host $six accept 20ms; host $four accept 30ms" \
		--exclude 198.51.100.0/24
	assert_json '.excluded[], .addresses[].address' "$four"$'\n'"$six"
	assert_json '.families[] | "\(.verdict) \(.reason)"' \
		$'healthy null\nno address excluded by --exclude'
	assert_output_has "  $four: not tried: excluded (--exclude)"
	assert_output_has '  IPv4: no address (excluded by --exclude)'
	assert_equal 0 "$(connections "$four")" 'connections by IPv4'
	net_run -3 "$names host $six accept" "$HECAT" --probe --exclude ::/0 \
		--exclude 0/0 host.test 80
	assert_output_has 'hecat: host.test port 80: no usable address'
	assert_output_has "hecat:   $six, $four: not tried: excluded (--exclude)"
}
