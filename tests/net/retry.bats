#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# --retry: waiting for a host that is not there yet. When each try starts is
# what the network saw of it; the delays are 1 s, 2 s, 3 s.

# shellcheck disable=SC2154,SC2016 # variables of the helper, the inner shell's
load report_helper

six=2001:db8:1::a
four=198.51.100.1
name="name db.test AAAA $six; name db.test A $four"

setup() {
	report_setup
}

# wait_for SCENARIO ARGUMENT...: hecat as in a script that starts up, with its
# report in report.json.
wait_for() {
	net_run --separate-stderr "$1" "$HECAT" -z --json=report.json "${@:2}" db.test 5432
}

# assert_tries N: the report fits the schema and has so many tries, which took as
# long as the network saw them take.
assert_tries() {
	assert_valid report report.json
	assert_json .tries "$1"
}

# assert_next_try EVENT WHAT N DELAY: from the Nth event of this kind to the one
# after it a try failed at once and the delay passed.
assert_next_try() {
	assert_due "$4" $(($(wire "$1" "$2" $(($3 + 1))) - $(wire "$1" "$2" "$3")))
}

@test "a port that opens after 3 s is found by the try after that" {
	wait_for "$name; host $four $six refuse; host $four $six from 3s accept" \
		--retry forever -w 60
	assert_status 0
	[[ $output == '' && $stderr == '' ]]
	assert_tries 3
	assert_json .last_failure "$six, $four: Connection refused"
	assert_next_try syn "$six 5432" 1 1s
	assert_next_try syn "$six 5432" 2 2s
	# The name was looked up anew each time.
	assert_equal 3 "$(wire_count query 'A db.test')"
}

@test "a name that appears after 3 s is found by the lookup after that" {
	wait_for "name db.test A from 3s $four; host $four accept" --retry forever -w 60
	assert_status 0
	[[ $output == '' && $stderr == '' ]]
	assert_tries 3
	assert_json .last_failure 'no such name'
	assert_next_try query 'A db.test' 1 1s
	assert_next_try query 'A db.test' 2 2s
	assert_due 0 $(($(wire syn "$four 5432") - $(wire answer 'A db.test' 3)))
}

@test "a peer that accepts and resets is waited for with --success open" {
	wait_for "name db.test A $four; host $four accept reset 5ms
		host $four from 3s accept stay-open" \
		--retry forever --success open:200ms -w 60
	assert_status 0
	assert_tries 3
	assert_json .last_failure "$four: Connection reset by peer"
	assert_next_try rst-out "$four 5432" 1 1005ms
	assert_due 2s $(($(wire syn "$four 5432" 3) - $(wire rst-out "$four 5432" 2)))
	assert_equal 2 "$(wire_count rst-out "$four 5432")"
}

@test "behind a proxy, each try is a new dialogue, within -w" {
	local proxy=198.51.100.8
	local dialogue='accept read 3 say "\x05\x00" read 17'
	local refused='say "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00" close'
	local open='say "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00" stay-open'
	wait_for "host $proxy $dialogue $refused; host $proxy from 3s $dialogue $open" \
		--retry forever -w 60 --proxy socks5h://$proxy
	assert_status 0
	[[ $output == '' && $stderr == '' ]]
	assert_tries 3
	assert_next_try syn "$proxy 1080" 1 1s
	assert_next_try syn "$proxy 1080" 2 2s
	wait_for "host $proxy $dialogue $refused" --retry forever -w 3 --retry-delay 0.5 \
		--proxy socks5h://$proxy
	assert_status 4
	assert_tries 4
	wait_for "host $proxy accept stay-open" --retry forever -w 1 \
		--proxy socks5h://$proxy
	assert_status 4
	assert_tries 1
}

@test "a peer that never comes: status 4 at -w, and what was seen last" {
	wait_for "$name; host $four refuse; host $six icmp no-route" \
		--retry forever --retry-delay 0.5 -w 4
	assert_status 4
	[[ $output == '' && $stderr == '' ]]
	# At 0, 0.5, 1.5, 3 s; a last one has the first delay before the deadline.
	assert_tries 5
	assert_json .exit_status 4
	assert_next_try syn "$four 5432" 3 1500ms
	# The budget began a little after the network did.
	assert_due 3500ms "$(wire query 'AAAA db.test' 5)"
	net_run --separate-stderr "$name; host $four refuse; host $six icmp no-route" \
		bash -c '"$HECAT" -z --retry forever --retry-delay 0.5 -w 4 db.test 5432
		status=$?; echo >/dev/udp/192.0.2.99/9; exit $status'
	assert_status 4
	assert_due 4s "$(wire udp 192.0.2.99)"
	assert_equal "$(printf '%s\n' \
		'hecat: db.test port 5432: no connection in 4.0 s (-w), 5 tries; the last one:' \
		'hecat: db.test port 5432: no connection' \
		"hecat:   $six: Network is unreachable (ICMP from 2001:db8::fe)" \
		"hecat:   $four: Connection refused")" "$stderr"
}

@test "the budget ends a try that hangs; the cause before it is named" {
	net_run --separate-stderr "name db.test A $four; host $four refuse
		host $four from 500ms drop" \
		"$HECAT" -z --retry forever -w 2 db.test 5432
	assert_status 4
	[[ $stderr == *' 2 tries; the last one:'*"$four: no answer in "* ]]
	[[ $stderr == *"hecat: the try before: $four: Connection refused" ]]
}

@test "a number of retries ends with the last cause and its status" {
	net_run "name db.test A from 150ms $four; host $four refuse" \
		"$HECAT" -v -z --retry 2 --retry-delay 0.1 db.test 5432
	assert_status 1
	assert_equal "$(printf '%s\n' \
		'hecat: try 1: no such name; again in 100 ms' \
		'hecat: try 2: no such name; again in 200 ms')" \
		"$(grep ' try ' <<<"$output")"
	assert_output_has "3 tries; the last one:"
	assert_output_has "hecat: db.test port 5432 ($four): Connection refused"
	net_run '' "$HECAT" -z --retry 1 --retry-delay 0.1 db.test 5432
	assert_status 3
}

@test "without a network it is waited for" {
	net_run "host $four accept; no-default-route ipv4" bash -c '
		"$HECAT" -zv --retry forever --retry-delay 0.2 "$0" 5432 2>&1 |
		while read -r line; do
			echo "$line"
			[[ $line != *"try 2"* ]] || ip route add default via 192.0.2.254
		done' "$four"
	assert_output_has "try 1: $four: Network is unreachable; again in 200 ms"
	assert_output_has 'hecat: connected by try 3, '
}

@test "an address that is still tentative is waited for" {
	# It is one that is not there yet: bind(2) refuses both alike.
	net_run "host $six accept" bash -c '
		"$HECAT" -zv --retry forever --retry-delay 0.2 -s 2001:db8::77 "$0" 5432 2>&1 |
		while read -r line; do
			echo "$line"
			[[ $line != *"try 2"* ]] || ip address add 2001:db8::77/64 nodad dev \
				"$(ip -o -6 route show default | sed "s/.* dev \\([^ ]*\\).*/\\1/")"
		done' "$six"
	assert_output_has "try 1: $six from 2001:db8::77: Cannot assign requested address; again in 200 ms"
	assert_output_has 'hecat: connected by try 3, '
}

@test "on a terminal one line has the number of the try and what was seen last" {
	net_run "name db.test A $four; host $four refuse" \
		"$TEST_TOOLS/fdrun" -b pty -k bash -c \
		'stty columns 100 <&1; exec "$@" 2>&1' bash "$HECAT" -z \
		--retry forever -w 5 db.test 5432 </dev/null
	assert_status 4
	[[ $output =~ try\ [34]\ in\ [0-9.]+\ m?s\;\ before:\ $four:\ Connection\ refused ]]
	# Nothing of it is left in front of the message.
	[[ $output == *$'\r\e[Khecat: db.test port 5432: no connection in 5.0 s (-w)'* ]]
}

@test "a signal between two tries ends it, with the report, and is raised again" {
	run_signalled TERM 'rst-out 198' "name db.test A $four; host $four refuse" \
		bash -c 'exec "$@" 2>&1' bash \
		"$HECAT" -z -v -t --retry forever --retry-delay 60 db.test 5432
	assert_status 143
	grep -q 'hecat: db.test port 5432: interrupted after .*, 1 try:' report.txt
	grep -q "hecat: db.test port 5432 ($four): Connection refused" report.txt
	grep -q '^  tries   1 in ' report.txt
}
