#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The staggered race as the network sees it: who gets a SYN, in which order
# and when, and what becomes of those that lose.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	net_undisturbed
}

# Outside of the machine's own networks: no rule of RFC 6724 parts them.
one=198.51.100.1 two=198.51.100.2 three=198.51.100.3 four=198.51.100.4
six=2001:db8:1::a

# assert_only_data_to HOST: it got data, and nobody else did.
assert_only_data_to() {
	wire data-in "$1" >/dev/null || return
	(($(wire_count data-in) == $(wire_count data-in "$1"))) && return
	printf 'data to others than %s\n' "$1" >&2
	return 1
}

# marked COMMAND...: prints a shell command whose end is on the wire, as UDP to
# 192.0.2.99.
marked() {
	printf '%q ' "$@"
	echo '; status=$?; echo >/dev/udp/192.0.2.99/9; exit "$status"'
}

# race SCENARIO: runs hecat to the four addresses, its end marked.
race() {
	net_run "$1" bash -c "$(marked "$HECAT" -zv \
		--address "$one,$two,$three,$four" host.test 80)"
}

# --- the numbers ----------------------------------------------------------

@test "1 s, 1 s, 0.2 s: starts at 0, 250, 500 and the third wins" {
	net_run -0 "
		host $one $two accept 1s
		host $three accept 200ms
	" "$HECAT" -N --address "$one,$two,$three" host.test 80 <<<payload
	assert_starts "$one" 0 "$two" 250ms "$three" 500ms
	assert_only_data_to "$three"
	assert_due 697ms "$(wire_delta syn "$one" data-in "$three")"
}

@test "1 s, 1 s, 0.2 s and a delay of 450: the first wins at 1.0 s" {
	net_run -0 "
		host $one $two accept 990ms
		host $three accept 200ms
	" "$HECAT" -N -d 450 --address "$one,$two,$three" host.test 80 <<<payload
	assert_starts "$one" 0 "$two" 450ms "$three" 900ms
	assert_only_data_to "$one"
	assert_due 990ms "$(wire_delta syn "$one" data-in "$one")"
}

@test "refused after 0.1 and 0.2 s: the next starts at once, the one after by the delay" {
	race "
		host $one refuse 100ms
		host $two refuse 200ms
		host $three drop
		host $four accept 250ms
	"
	assert_status 0
	assert_starts "$one" 0 "$two" 100ms "$three" 300ms "$four" 550ms
	assert_due 797ms "$(wire_delta syn "$one" ack "$four")"
}

@test "all refused: it is over with the last, and every error is in start order" {
	race "
		host $one refuse 100ms
		host $two icmp host-unreachable from 192.0.2.254 200ms
		host $three refuse 900ms
		host $four icmp net-unreachable from 192.0.2.254 250ms
	"
	assert_status 1
	assert_starts "$one" 0 "$two" 100ms "$three" 300ms "$four" 550ms
	assert_due 1197ms "$(wire_delta syn "$one" udp 192.0.2.99)"
	[[ ${lines[0]} == 'hecat: host.test port 80: no connection' ]]
	[[ ${lines[1]} == "hecat:   $one: Connection refused" ]]
	[[ ${lines[2]} == "hecat:   $two: No route to host (ICMP from 192.0.2.254)" ]]
	[[ ${lines[3]} == "hecat:   $three: Connection refused" ]]
	[[ ${lines[4]} == "hecat:   $four: Network is unreachable (ICMP from 192.0.2.254)" ]]
}

@test "the failure of an older attempt moves nothing" {
	net_run -0 "
		host $one refuse 300ms
		host $two accept 1s
		host $three accept 200ms
	" "$HECAT" -z --address "$one,$two,$three" host.test 80
	assert_starts "$one" 0 "$two" 250ms "$three" 500ms
	assert_due 697ms "$(wire_delta syn "$one" ack "$three")"
}

@test "IPv6 without a route costs nothing" {
	net_run -0 "
		no-ipv6
		host $one accept 100ms
	" "$HECAT" -z --address "$six,$one" host.test 80
	assert_starts "$one" 0
	local kind
	for kind in unreachable prohibit blackhole; do
		net_run -0 "
			route $kind 2001:db8:1::/64
			host $one accept 1ms
			name host.test A $one after 20ms
			name host.test AAAA $six
		" "$HECAT" -z host.test 80
		assert_starts "$one" 0
		assert_due 0 "$(wire_delta answer 'A host.test' syn "$one")"
	done
}

@test "IPv6 in 200 ms: IPv4 is never tried" {
	net_run -0 "
		host $six accept 200ms
		host $one accept 1ms
	" "$HECAT" -z --address "$six,$one" host.test 80
	assert_starts "$six" 0
	assert_due 200ms "$(wire_delta syn "$six" ack "$six")"
}

@test "IPv6 in 300 ms: IPv4 wins at 251 ms" {
	net_run -0 "
		host $six accept 300ms
		host $one accept 1ms
	" "$HECAT" -z --address "$six,$one" host.test 80
	assert_starts "$six" 0 "$one" 250ms
	assert_due 248ms "$(wire_delta syn "$six" ack "$one")"
}

# --- when the next one starts ---------------------------------------------

@test "IPv6 is a black hole: IPv4 250 ms later" {
	net_run -0 "
		host $one accept 10ms say \"hello\" close
		name host.test AAAA $six
		name host.test A $one
	" "$HECAT" -N host.test 80 </dev/null
	[[ $output == hello ]]
	assert_starts "$six" 0 "$one" 250ms
}

@test "IPv6 is refused: IPv4 at once" {
	net_run -0 "
		host $six refuse 40ms
		host $one accept 10ms
		name host.test AAAA $six
		name host.test A $one
	" "$HECAT" -z host.test 80
	assert_starts "$six" 0 "$one" 40ms
	assert_due 0 "$(wire_delta rst-out "$six" syn "$one")"
}

@test "the delay counts from the last start, not from the first" {
	net_run -4 "host $one refuse 100ms" "$HECAT" -z -w 0.7 \
		--address "$one,$two,$three,$four" host.test 80
	assert_starts "$one" 0 "$two" 100ms "$three" 350ms "$four" 600ms
}

@test "attempts are never dropped: with every address 600 ms away the first wins" {
	net_run -0 "host $one $two $three accept 600ms" \
		"$HECAT" -N --address "$one,$two,$three" host.test 80 <<<payload
	assert_starts "$one" 0 "$two" 250ms "$three" 500ms
	assert_only_data_to "$one"
	assert_due 600ms "$(wire_delta syn "$one" data-in "$one")"
}

@test "-d none: one attempt at a time" {
	local delay
	for delay in none inf; do
		net_run -0 "
			host $one refuse 300ms
			host $two accept 10ms
		" "$HECAT" -z -d $delay --address "$one,$two,$three" host.test 80
		assert_starts "$one" 0 "$two" 300ms
	done
}

@test "-d 0: all at once, in order" {
	net_run -0 "host $four accept 30ms" "$HECAT" -z -d 0 \
		--address "$one,$six,$two,$three,$four" host.test 80
	assert_starts "$six" 0 "$one" 0 "$two" 0 "$three" 0 "$four" 0
}

@test "-d 10, the shortest delay: no start before its time" {
	net_run -0 "host $four accept 1ms" "$HECAT" -z -d 10 \
		--address "$one,$two,$three,$four" host.test 80
	assert_starts "$one" 0 "$two" 10ms "$three" 20ms "$four" 30ms
}

@test "a failure starts the next attempt also within 10 ms" {
	net_run -0 "host $one $two $three refuse 2ms; host $four accept 1ms" \
		"$HECAT" -z --address "$one,$two,$three,$four" host.test 80
	assert_starts "$one" 0 "$two" 2ms "$three" 4ms "$four" 6ms
}

@test "an address is attempted once, however it is written" {
	net_run -1 "host $one refuse; name host.test A $one $one
		name host.test AAAA ::ffff:$one" bash -c "
		'$HECAT' -z --address '$one,::ffff:$one,$one' host.test 80
		'$HECAT' -z host.test 80"
	(($(wire_count syn "$one") == 2))
}

# --- winning and losing ---------------------------------------------------

@test "addresses not yet tried are never touched" {
	net_run -0 "host $one accept 50ms say \"x\" after 400ms close" \
		"$HECAT" -N --address "$one,$two,$three" host.test 80 </dev/null
	assert_starts "$one" 0
}

@test "a loser is closed before the winner is used: its SYN-ACK gets a RST" {
	net_run -0 "
		host $six accept 350ms
		host $one accept 10ms read 8 say \"done\" after 200ms close
	" "$HECAT" -N --address "$six,$one" host.test 80 <<<payload
	[[ $output == 'done' ]]
	assert_starts "$six" 0 "$one" 250ms
	assert_due 350ms "$(wire_delta syn "$six" syn-ack "$six")"
	assert_due 0 "$(wire_delta syn-ack "$six" rst-in "$six")"
	(($(wire_count ack "$six") == 0))
	(($(wire_count syn "$six") == 1))
	assert_only_data_to "$one"
}

@test "not one byte on a loser, though it was established in the same moment" {
	local i
	for i in 1 2 3 4 5; do
		net_run -0 "host $one $two $three $four accept 20ms" \
			"$HECAT" -N -d 0 --address "$one,$two,$three,$four" \
			host.test 80 <<<payload
		assert_starts "$one" 0 "$two" 0 "$three" 0 "$four" 0
		awk '$2 == "data-in" { hosts[$3]; bytes += $NF }
			END { exit length(hosts) != 1 || bytes != 8 }' "$NET_LOG"
	done
}

# stopped UNTIL ARGUMENT...: prints a shell command that runs hecat, stops it
# when there is a SYN to $one and $two and lets it go on when the log has UNTIL.
stopped() {
	cat <<-END
		saw() { until grep -q "\$@" '$NET_LOG'; do read -r -t 0.002 <>'$fifo'; done; }
		'$HECAT' ${*:2} --address '$one,$two' host.test 80 <<<payload &
		saw ' syn $one '
		[[ '$*' != *-d\ 0* ]] || saw ' syn $two '
		kill -STOP \$!
		saw '$1'
		kill -CONT \$!
		wait \$!
	END
}

@test "a connection that is there when the delay has passed stops the next start" {
	local fifo=$BATS_TEST_TMPDIR/fifo
	mkfifo "$fifo"
	net_run -0 "host $one accept 300ms" bash -c "$(stopped " ack $one ")"
	assert_starts "$one" 0
	assert_only_data_to "$one"
}

@test "of two connections found at once the one started first wins" {
	local fifo=$BATS_TEST_TMPDIR/fifo
	mkfifo "$fifo"
	net_run -0 "host $one accept 80ms; host $two accept 60ms" \
		bash -c "$(stopped " ack $one " -d 0)"
	assert_starts "$one" 0 "$two" 0
	assert_between 0 80ms "$(wire_delta ack "$two" ack "$one")"
	assert_only_data_to "$one"
}

@test "standard input is not read before there is a connection" {
	net_run -0 "host $one refuse" bash -c "
		'$HECAT' $one 80; '$HECAT' -w 0.1 $two 80; cat" <<<payload
	[[ ${lines[-1]} == payload ]]
	(($(wire_count data-in) == 0))
}

@test "accepted and reset at once: connected and lost, every time, in the same words" {
	net_run -0 "host $one $six accept reset" bash -c "
		for i in {1..100}; do
			for host in $one $six; do
				said=\$('$HECAT' \$host 80 </dev/null 2>&1)
				echo \"\$?, \$said\"
				'$HECAT' -z \$host 80 2>&1
				echo \"-z: \$?\"
			done
		done | sort | uniq -c"
	((${#lines[@]} == 2))
	[[ ${lines[0]} == *' 200 -z: 0' ]]
	[[ ${lines[1]} == *' 200 5, hecat: connection lost: Connection reset by peer' ]]
}

# With one port in the range a connect to that port comes from it.
@test "a connection to itself is refused, and leaves nothing in TIME_WAIT" {
	net_run -0 '' bash -c "
		echo 50000 50000 >/proc/sys/net/ipv4/ip_local_port_range
		for host in 127.0.0.1 ::1; do
			'$HECAT' \$host 50000 </dev/null
			echo \$?
			'$HECAT' -z -w 1 \$host 50000
			echo \$?
		done
		'$HECAT' -z --success data 127.0.0.1 50000
		echo \$?
		'$HECAT' --probe=2 ::1 50000
		echo \$?
		cat /proc/net/tcp /proc/net/tcp6 | grep -c :C350 || :" 2>&1
	[[ ${lines[0]} == 'hecat: 127.0.0.1 port 50000: Connection refused' ]]
	[[ ${lines[*]:1:2} == '1 1' ]]
	[[ ${lines[3]} == 'hecat: ::1 port 50000: Connection refused' ]]
	[[ ${lines[*]:4:3} == '1 1 1' ]]
	[[ $output == *' 0 of  2 '*'Connection refused'* ]]
	[[ ${lines[*]: -2} == '1 0' ]]
}

@test "a connection to itself was asked for with -p, and stays" {
	local host
	for host in 127.0.0.1 ::1; do
		net_run -0 '' bash -c "
			'$HECAT' -p 50000 \$0 50000 <<<payload" "$host"
		[[ $output == payload ]]
	done
}

@test "what is said and heard passes, end to end" {
	net_run -0 "host $one accept 5ms read 8 say \"answer\\n\" after 5ms close
		host $two accept echo" bash -c "
		echo payload | '$HECAT' $one 80
		head -c 200000 /dev/zero | '$HECAT' $two 80 | wc -c"
	[[ ${lines[0]} == answer && ${lines[1]} == 200000 ]]
	awk '$2 == "data-in" { sum[$3] += $NF }
		END { exit sum["198.51.100.1"] != 8 || sum["198.51.100.2"] != 200000 }
	' "$NET_LOG"
	wire fin-in "$one"
}

@test "a SYN that is lost twice still connects" {
	net_run -0 "host $six drop-syns 2 accept 5ms; host $one refuse" \
		"$HECAT" -N --address "$six,$one" host.test 80 <<<payload
	assert_starts "$six" 0 "$one" 250ms
	(($(wire_count syn "$six") == 3))
	assert_only_data_to "$six"
}

@test "a SYN that is lost once: the other family is there long before" {
	net_run -0 "host $six drop-syns 1 accept 1ms; host $one accept 1ms" \
		"$HECAT" -N --address "$six,$one" host.test 80 <<<payload
	assert_starts "$six" 0 "$one" 250ms
	(($(wire_count syn "$six") == 1))
	assert_only_data_to "$one"
}

@test "out of descriptors: those that run go on, and the rest has its turn" {
	local hosts=() i
	for i in {11..30}; do
		hosts+=("198.51.100.$i")
	done
	net_run -0 "
		host 198.51.100.0/24 refuse 50ms
		host 198.51.100.30 accept 1ms
	" bash -c "ulimit -n 20; exec '$HECAT' -z -d 0 \
		--address $(IFS=,; echo "${hosts[*]}") host.test 80"
	assert_order "${hosts[@]}"
	awk -v late="$(net_late)" '
		$2 == "syn" && !ended { running++ }
		$2 == "rst-out" { if (!ended++) first = $1 }
		$2 == "syn" && ended && !next_start { next_start = $1 }
		END { exit running < 2 || running > 17 || next_start > first + late }
	' "$NET_LOG"
}

@test "no descriptor, and none that could be freed: 70 after 2 s, with the reason" {
	local count host
	# The lookup starts with 8, but has none for its files and for a server.
	while read -r count host; do
		net_run -70 "host $one accept; name host.test A $one" \
			bash -c "$(with_descriptors "$count" -z "$host" 80)"
		[[ ${lines[0]} == "hecat: $host port 80: no connection: Too many open files; raise the limit with ulimit -n" ]]
		assert_due 2s "$(wire_delta udp 192.0.2.98 udp 192.0.2.99)"
		(($(wire_count syn) == 0))
	done <<-END
		7 $one
		7 host.test
		8 host.test
	END
}

@test "one descriptor for both lookups: they take turns" {
	net_run -0 "host $one $six accept; name host.test A $one after 20ms
		name host.test AAAA $six after 20ms" \
		bash -c "$(with_descriptors 9 -zt host.test 80)"
	assert_order $six
	assert_output_has '1 address'
}

@test "no descriptor: -w ends it first, with 4" {
	net_run -4 "host $one accept" bash -c "$(with_descriptors 7 -zv -w 0.3 "$one" 80)"
	assert_due 300ms "$(wire_delta udp 192.0.2.98 udp 192.0.2.99)"
	[[ $output == *'Too many open files'* ]]
}

@test "no descriptor for the second attempt: 2 s and more are waited for the first" {
	net_run -0 "host $one accept 2500ms; host $two accept" \
		bash -c "$(with_descriptors 8 -zv --order resolver --address "$one,$two" host.test 80)"
	assert_starts "$one" 0
	[[ $output == *'1 start was put off: Too many open files'* ]]
}

# --- what success is ------------------------------------------------------

@test "--success data: IPv6 is mute, IPv4 greets: it wins, and its greeting is whole" {
	net_run -0 "
		host $six accept 5ms
		host $one accept 5ms say \"220 ready\r\n\" 20ms say \"more\n\" 5ms read 8 close
	" "$HECAT" --success data --address "$six,$one" host.test 80 <<<payload
	[[ $output == $'220 ready\r\nmore' ]]
	assert_starts "$six" 0 "$one" 250ms
	assert_only_data_to "$one"
	assert_due 0 "$(wire_delta data-out "$one" fin-in "$six")"
}

@test "--success: all are reset or closed: status 1, and the reason of each" {
	local success
	for success in open:100ms data; do
		net_run -1 "
			host $six accept 5ms reset
			host $one accept 5ms close 10ms
			host $two accept 5ms reset 50ms
			host $three refuse 5ms
		" "$HECAT" --success $success --address "$six,$one,$two,$three" host.test 80 <<<payload
		assert_starts "$six" 0 "$one" 5ms "$two" 20ms "$three" 75ms
		[[ ${lines[0]} == 'hecat: host.test port 80: no connection' ]]
		[[ ${lines[1]} == "hecat:   $six: Connection reset by peer" ]]
		[[ ${lines[2]} == "hecat:   $one: closed by the peer" ]]
		[[ ${lines[3]} == "hecat:   $two: Connection reset by peer" ]]
		[[ ${lines[4]} == "hecat:   $three: Connection refused" ]]
		(($(wire_count data-in) == 0))
	done
}

@test "--success open:MS: silent and open for so long is a connection" {
	net_run -0 "
		host $one accept 5ms reset 20ms
		host $two accept 5ms read 8 say \"answer\" close
	" "$HECAT" --success open:100 --address "$one,$two" host.test 80 <<<payload
	[[ $output == answer ]]
	assert_starts "$one" 0 "$two" 25ms
	assert_due 100ms "$(wire_delta ack "$two" data-in "$two")"
}

@test "--success tcp, the default: one that is mute or reset has won" {
	net_run -0 "host $six accept 5ms reset; host $one accept" \
		"$HECAT" -z --address "$six,$one" host.test 80
	assert_starts "$six" 0
	net_run -5 "host $six accept 5ms reset 5ms; host $one accept" \
		"$HECAT" --success tcp --address "$six,$one" host.test 80 <<<payload
	assert_starts "$six" 0
}

@test "--success with -z: the first byte is the end" {
	net_run -0 "host $six accept 5ms; host $one accept 5ms say \"x\" 20ms stay-open" \
		"$HECAT" -zt --success data --address "$six,$one" host.test 80
	[[ $output =~ 'connected, no data in '.*', TCP at '.*'connected, TCP at ' ]]
	net_run -4 "host $six accept 5ms" \
		"$HECAT" -zv -w 0.3 --success data --address "$six" host.test 80
	[[ $output == *": connected, no data in "* ]]
	net_run -0 "host $one accept 5ms say \"x\" 20ms" bash -c "
		echo payload | '$HECAT' --send-only --success data $one 80"
	[[ $output == '' ]]
	assert_only_data_to "$one"
}

@test "--attempt-timeout ends an attempt that is connected and mute" {
	net_run -1 "host $one $two accept 5ms" "$HECAT" --success data \
		--attempt-timeout 0.1 --address "$one,$two" host.test 80 <<<payload
	assert_starts "$one" 0 "$two" 100ms
	[[ $output == *': connected, no data in '* ]]
}

# --- limits of time -------------------------------------------------------

@test "-w ends everything in time, and tells what each attempt was doing" {
	net_run -4 '' bash -c "$(marked "$HECAT" -w 0.4 \
		--address "$six,$one,$two" host.test 80)"
	assert_starts "$six" 0 "$one" 250ms
	assert_between 300ms $((400000 + $(net_late))) "$(wire_delta syn "$six" udp 192.0.2.99)"
	[[ ${lines[0]} =~ ^'hecat: host.test port 80: no connection in '[45]..' ms (-w)'$ ]]
	[[ ${lines[1]} == "hecat:   $six: no answer in "[345]??' ms' ]]
	[[ ${lines[2]} =~ ^"hecat:   $one: no answer in "[0-9]+' ms'$ ]]
}

@test "-w covers the lookup too" {
	net_run -4 'name host.test silent' bash -c "
		echo >/dev/udp/192.0.2.98/9
		$(marked "$HECAT" -w 0.3 host.test 80)"
	assert_due 300ms "$(wire_delta udp 192.0.2.98 udp 192.0.2.99)"
	assert_output_has 'AAAA lookup, A lookup: no answer'
	(($(wire_count syn) == 0))
}

@test "-w: a connection just in time is used" {
	net_run -0 "host $one accept 150ms" "$HECAT" -N -w 0.2 "$one" 80 <<<payload
	assert_only_data_to "$one"
}

@test "--attempt-timeout ends each attempt, and starts the next" {
	net_run -1 '' bash -c "$(marked "$HECAT" -z --attempt-timeout 0.1 \
		--address "$six,$one,$two" host.test 80)"
	assert_starts "$six" 0 "$one" 100ms "$two" 200ms
	assert_due 297ms "$(wire_delta syn "$six" udp 192.0.2.99)"
}

@test "--attempt-timeout: an older attempt that ends moves nothing" {
	net_run -0 "host $three accept 1ms" "$HECAT" -z --attempt-timeout 0.4 \
		--address "$one,$two,$three" host.test 80
	assert_starts "$one" 0 "$two" 250ms "$three" 500ms
	net_run -0 "host $two accept 300ms stay-open" \
		"$HECAT" -z --attempt-timeout 0.35 --address "$one,$two" host.test 80
	assert_starts "$one" 0 "$two" 250ms
}

# --- what -v says ---------------------------------------------------------

@test "-v tells which family lost, how, and what that cost" {
	net_run -0 "
		host $one accept 5ms
		name host.test AAAA $six
		name host.test A $one
	" "$HECAT" -zv host.test 80
	[[ ${lines[0]} == "hecat: connected to host.test port 80 ($one) in "[234]??' ms (lookup '*', 2 attempts)' ]]
	[[ ${lines[1]} =~ ^"hecat: $six had not answered after "[234]..' ms and delayed the connection by '[234]..' ms'$ ]]
	net_run -0 "
		host $six icmp no-route from 2001:db8:ff::1
		host $one accept 5ms
		name host.test AAAA $six
		name host.test A $one
	" "$HECAT" -zv host.test 80
	[[ ${lines[1]} == "hecat: $six failed: Network is unreachable (ICMP from 2001:db8:ff::1)"* ]]
}

@test "-v does not call an address broken that is slow" {
	net_run -0 "host $six accept 400ms; host $one accept 5ms" \
		"$HECAT" -zv --address "$six,$one" host.test 80
	[[ ${lines[1]} =~ ^"hecat: $six had not answered after 2"..' ms and delayed the connection by 2'..' ms'$ ]]
}

@test "-v says nothing of a family that works" {
	net_run -0 "host $six accept 5ms; host $one accept 1ms" \
		"$HECAT" -zv --address "$six,$one" host.test 80
	[[ ${#lines[@]} == 1 && ${lines[0]} == "hecat: connected to "*" ($six) in "* ]]
}
