#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# -t, --chart and --json of a connect: that they come however it ends, agree
# with each other and with what the network saw, go where they are sent to, and
# are what the manual and the schema say.

load report_helper

setup() {
	report_setup
}

six=2001:db8:1::a four=198.51.100.1 router=2001:db8:ff::1

# Both families are in the DNS.
names="
	name host.test AAAA $six after 10ms
	name host.test A $four after 10ms
"

# A healthy IPv4, for an IPv6 that is not.
second="host $four accept 20ms"

# report_of STATUS SCENARIO [ARGUMENT...]: connects on the network, and leaves
# text and chart in report.txt, the JSON in report.json.
report_of() {
	local expected=$1 scenario=$2

	shift 2
	net_run "$scenario" bash -c 'exec "$@" >report.txt' bash "$HECAT" -z \
		-t --chart --json=report.json "$@" host.test 80
	cat report.txt
	assert_status "$expected" || return
	assert_equal '' "$output" 'standard error'
}

# What an attempt came to, a line each.
attempts='.attempts[] | [.number, .family, .address, .cause, .outcome,
	.errno // "-", .icmp_from // "-"] | join(" ")'

# The whole: result, winner, and what the lookups said.
whole='"\(.result) \(.winner.attempt // "-")", (.queries[] | "\(.type) \(.addresses) " +
	(.error // "-"))'

# The order, with the rules.
order='.candidates[] | "\(.address) \(.rule // "-")"'

# --- what happened --------------------------------------------------------

@test "both families healthy" {
	report_of 0 "$names $second; host $six accept 30ms"
	check_reports
	assert_json "$whole" $'connected 1\nAAAA 1 -\nA 1 -'
	assert_json "$order" "$six -"$'\n'"$four 6"
	assert_json "$attempts" "1 IPv6 $six first connected - -"
	assert_due 30ms "$(json '.attempts[0].rtt_ms * 1000 | floor')"
	assert_json .transfer null
}

@test "IPv6 is a black hole" {
	report_of 0 "$names $second"
	check_reports
	assert_json "$whole" $'connected 2\nAAAA 1 -\nA 1 -'
	assert_json "$attempts" "1 IPv6 $six first no_answer - -
2 IPv4 $four delay passed connected - -"
	assert_due 250ms "$(json '(.attempts[1].start_ms -
		.attempts[0].start_ms) * 1000 | floor')"
	assert_json '.attempts[0].rtt_ms' null
}

@test "IPv6 is refused" {
	report_of 0 "$names $second; host $six refuse 10ms"
	check_reports
	assert_json "$whole" $'connected 2\nAAAA 1 -\nA 1 -'
	assert_json "$attempts" "1 IPv6 $six first failed ECONNREFUSED -
2 IPv4 $four previous failed connected - -"
	assert_json '.attempts[0].error' 'Connection refused'
}

@test "IPv6 is prohibited by a router" {
	report_of 0 "$names $second
		host $six icmp admin-prohibited from $router 10ms"
	check_reports
	assert_json "$attempts" "1 IPv6 $six first failed EACCES $router
2 IPv4 $four previous failed connected - -"
	grep -q "Permission denied (ICMP from $router)" text.txt
	grep -q "  Permission denied (ICMP from $router)$" chart.txt
}

@test "the AAAA answer comes too late" {
	report_of 0 "name host.test AAAA $six after 400ms
		name host.test A $four after 10ms
		$second; host $six accept"
	check_reports
	assert_json "$whole" $'connected 1\nAAAA 0 no answer\nA 1 -'
	assert_json '.queries[0].end_ms' null
	assert_json "$attempts" "1 IPv4 $four first connected - -"
	assert_due 50ms "$(json '(.attempts[0].start_ms -
		.queries[1].end_ms) * 1000 | floor')"
}

@test "the AAAA answer comes late, and is needed" {
	report_of 0 "name host.test AAAA $six after 200ms
		name host.test A $four after 10ms
		host $four icmp host-unreachable from 192.0.2.254 10ms
		host $six accept 30ms"
	check_reports
	assert_json "$whole" $'connected 2\nAAAA 1 -\nA 1 -'
	assert_json "$attempts" "1 IPv4 $four first failed EHOSTUNREACH 192.0.2.254
2 IPv6 $six late answer connected - -"
}

@test "all are dead and the budget is two seconds" {
	report_of 4 "name host.test AAAA $six after 10ms
		name host.test A $four 198.51.100.2 after 10ms" -w 2
	check_reports
	assert_json "$whole" $'timeout -\nAAAA 1 -\nA 2 -'
	assert_json "$order" "$six -"$'\n'"$four 6"$'\n''198.51.100.2 10'
	assert_json "$attempts" "1 IPv6 $six first no_answer - -
2 IPv4 $four delay passed no_answer - -
3 IPv4 198.51.100.2 delay passed no_answer - -"
	assert_json '[.attempts[].syn_retransmissions] | join(" ")' '1 1 1'
	assert_due 2s "$(json '.connect_ms * 1000 | floor')"
}

@test "all refuse" {
	report_of 1 "$names host $six $four refuse 10ms"
	check_reports
	assert_json "$whole" $'failed -\nAAAA 1 -\nA 1 -'
	assert_json "$attempts" "1 IPv6 $six first failed ECONNREFUSED -
2 IPv4 $four previous failed failed ECONNREFUSED -"
}

@test "the name is not found" {
	report_of 3 ''
	check_reports
	assert_json "$whole" $'unresolved -\nAAAA 0 no such name\nA 0 no such name'
	assert_json '.attempts + .candidates' '[]'
}

@test "a SYN is lost, and sent again" {
	report_of 0 "name host.test A $four
		host $four drop-syns 1 accept 10ms" -4
	check_reports
	assert_json "$attempts" "1 IPv4 $four first connected - -"
	assert_json '.attempts[0].syn_retransmissions' 1
	grep -q ', SYN+1$' text.txt
}

@test "starts that had to wait for a descriptor are told" {
	local hosts

	hosts=$(printf '198.51.100.%s,' {11..30})
	# shellcheck disable=SC2016 # the inner shell's
	net_run -0 "host 198.51.100.0/24 refuse 50ms
		host 198.51.100.30 accept 1ms" \
		bash -c 'ulimit -n 20; exec "$@" >report.txt' bash "$HECAT" -zv \
		-d 0 -t --chart --json=report.json --address "${hosts%,}" host.test 80
	cat report.txt
	assert_json '.out_of_descriptors | .starts > 0, .errno' $'true\nEMFILE'
	assert_equal "hecat: $(json '.out_of_descriptors | if .starts == 1 then "1 start was"
		else "\(.starts) starts were" end') put off: Too many open files" \
		"${lines[-1]}"
	grep -q '^  note    [0-9]* starts* put off: Too many open files$' report.txt
	check_reports
}

# --- signals --------------------------------------------------------------

# report_of_signal NAME: the same, with a signal once there are two attempts.
report_of_signal() {
	run_signalled "$1" "syn $four " "$names" "$HECAT" \
		-z -t --chart --json=report.json host.test 80
}

@test "SIGINT in the middle: the reports come, and then death by the signal" {
	local sent

	report_of_signal INT
	assert_status 130
	grep -q 'killed by signal 2$' fdrun.txt
	assert_equal 1 "$(wc -l <fdrun.txt)" 'lines on standard error'
	check_reports
	assert_json "$whole" $'interrupted -\nAAAA 1 -\nA 1 -'
	assert_json "$attempts" "1 IPv6 $six first no_answer - -
2 IPv4 $four delay passed no_answer - -"
	sent=$(($(wire udp 192.0.2.99) - $(wire syn "$six")))
	assert_between $((sent - $(net_late))) $((sent + $(net_late))) \
		"$(json '(.connect_ms - .attempts[0].start_ms) * 1000 | floor')"
	grep -q '^  result  interrupted after' text.txt
}

@test "SIGTERM and SIGHUP do the same" {
	report_of_signal TERM
	assert_status 143
	assert_json .result interrupted
	report_of_signal HUP
	assert_status 129
	assert_json .result interrupted
}

# --- where reports go -----------------------------------------------------

healthy="$names $second; host $six accept say \"payload\" close"

# connect ARGUMENT...: connects to the healthy host with standard streams in
# files of their own; descriptor 9 is a file too.
connect() {
	net_run "$healthy" bash -c 'exec "$@" </dev/null >out 2>err 9>nine' \
		bash "$HECAT" -N "$@" host.test 80
}

@test "with a payload the reports go to standard error" {
	connect -t --json
	assert_status 0
	assert_equal payload "$(<out)" payload
	grep -q '^host.test port 80 (times in ms)$' err
	grep -q '^  data    sent 0 bytes, received 7 bytes in ' err
	sed -n '/^{/,$p' err >report.json
	assert_json '.transfer | "\(.sent_bytes) \(.received_bytes)"' '0 7'
	assert_valid report report.json
}

@test "with -z they go to standard output" {
	connect -z -t --chart --json
	assert_status 0
	assert_equal '' "$(<err)" 'standard error'
	assert_equal 2 "$(grep -c '^host.test port 80' out)" 'headings'
	sed -n '/^{/,$p' out >report.json
	assert_json .result connected
}

@test "--json=FILE takes the JSON alone, and begins the file anew" {
	seq 10000 >report.json
	connect -t --json=report.json
	assert_status 0
	grep -q '^host.test port 80' err
	run ! grep -q '^{' err
	assert_valid report report.json
}

@test "--report-fd takes what is in no file" {
	connect --report-fd 9 -t --chart --json
	assert_equal payload "$(<out)" payload
	assert_equal '' "$(<err)" 'standard error'
	assert_equal 2 "$(grep -c '^host.test port 80' nine)" 'headings'
	grep -q '^{' nine
	connect --report-fd 9 -z -t --json=report.json
	assert_equal '' "$(<out)$(<err)" 'standard streams'
	grep -q '^host.test port 80' nine
	run ! grep -q '^{' nine
	assert_json .result connected
}

# assert_nothing_sent: the network saw nothing.
assert_nothing_sent() {
	assert_equal '' "$(grep -v ' stall ' "$NET_LOG")" wire
}

@test "a place that cannot be written is refused before anything is sent" {
	net_run -2 "$healthy" "$HECAT" -z --json=/nonexistent/file host.test 80
	assert_equal "hecat: --json '/nonexistent/file': No such file or directory" \
		"$output"
	assert_nothing_sent
	net_run -2 "$healthy" "$HECAT" -z --json=. host.test 80
	assert_nothing_sent
	net_run -2 "$healthy" "$HECAT" -z -t --report-fd 77 host.test 80
	assert_equal "hecat: --report-fd '77': Bad file descriptor" "$output"
	assert_nothing_sent
}

@test "a report that cannot be written is an error" {
	net_run -7 "$healthy" bash -c '"$@" >/dev/full' bash \
		"$HECAT" -z -t host.test 80
	assert_output_has 'hecat: report: No space left on device'
	net_run -7 "$healthy" "$HECAT" -z --json=/dev/full host.test 80
	assert_output_has 'hecat: report: No space left on device'
}

@test "without a report option nothing is written" {
	connect -z
	assert_status 0
	assert_equal '' "$(<out)$(<err)" 'standard streams'
	connect
	assert_status 0
	assert_equal payload "$(<out)" payload
	assert_equal '' "$(<err)" 'standard error'
	connect --report-fd 9
	assert_equal '' "$(<nine)$(<err)" 'reports'
}

# --- the chart and the terminal -------------------------------------------

# chart_on_terminal LOCALE COLUMNS [NAME=VALUE...]: prints what a terminal gets.
chart_on_terminal() {
	local locale=$1 columns=$2

	shift 2
	# shellcheck disable=SC2016 # the inner shell's
	net_run -0 "$names $second" "$TEST_TOOLS/fdrun" -o pty bash -c '
		stty columns "$1" <&1
		shift
		exec "$@"
	' bash "$columns" env -u NO_COLOR TERM=xterm LC_ALL="$locale" "$@" \
		"$HECAT" -z --chart host.test 80
}

escape=$'\e'

# assert_plain: the output is of ASCII, and of what can be seen of it.
assert_plain() {
	LC_ALL=C grep '[^ -~]' <<<"$output" || return 0
	fail 'not plain ASCII'
}

# outcome_column: where the outcomes of the chart begin, behind the bars.
outcome_column() {
	local row
	row=$(grep -F 'no answer in' <<<"$output")
	row=${row%%no answer*}
	echo "${#row}"
}

@test "a pipe gets ASCII and no colour, in 80 columns, in any locale" {
	net_run -0 "$names $second" env LC_ALL=C.UTF-8 TERM=xterm \
		bash -c '"$@" | cat' bash "$HECAT" -z --chart host.test 80
	assert_output_has '#'
	assert_plain
	assert_equal $((80 - 24)) "$(outcome_column)"
}

@test "a terminal gets colours and, in UTF-8, blocks" {
	chart_on_terminal C.UTF-8 80
	assert_output_has "${escape}[32m█"
	assert_output_has "${escape}[33m░"
	assert_output_has "${escape}[36m▒"
	chart_on_terminal C 80
	assert_output_has "${escape}[32m#"
	assert_output_has "${escape}[33m="
	output=${output//"$escape"/}
	assert_plain
}

@test "NO_COLOR, if not empty, and a dumb terminal get no colour" {
	chart_on_terminal C.UTF-8 80 NO_COLOR=1
	assert_output_has █
	[[ $output != *"$escape"* ]]
	chart_on_terminal C.UTF-8 80 TERM=dumb
	[[ $output != *"$escape"* ]]
	chart_on_terminal C.UTF-8 80 NO_COLOR=
	assert_output_has "${escape}[32m█"
}

@test "--color has the last word on colour" {
	net_run -0 "$names $second" bash -c '"$@" --color=always | cat' bash \
		"$HECAT" -z --chart host.test 80
	assert_output_has "${escape}[32m#"
	net_run -0 "$names $second" "$TEST_TOOLS/fdrun" -o pty env -u NO_COLOR \
		TERM=xterm "$HECAT" -z --chart --color never host.test 80
	[[ $output != *"$escape"* ]]
}

@test "the chart is as wide as the terminal" {
	local columns

	for columns in 60 100 200; do
		chart_on_terminal C "$columns"
		output=$(sed 's/\x1b\[[0-9]*m//g' <<<"$output")
		assert_equal "$((columns - 24))" "$(outcome_column)" \
			"the outcomes on $columns columns"
	done
}

# --- what success is ------------------------------------------------------

@test "--success: when TCP was established, who closed and who was mute" {
	report_of 0 "$names
		host $six accept 5ms
		host $four accept 5ms close 10ms
		host 198.51.100.2 accept 10ms say \"hello\" 20ms
	" --success data --address "$six,$four,198.51.100.2"
	check_agreement
	assert_json "$attempts" "1 IPv6 $six first no_answer - -
2 IPv4 $four delay passed closed - -
3 IPv4 198.51.100.2 previous failed connected - -"
	assert_json '[.attempts[] | .end_ms - .established_ms | . >= 1] | all' true
	assert_due 20ms "$(json '.attempts[2] | (.end_ms - .established_ms) * 1000 | floor')"
}

# --- the manual and the schemas -------------------------------------------

manual=$REPORT_TOP/man/hecat.1

# manual_section TITLE: prints a section of the manual.
manual_section() {
	sed -n "/^\.Sh $1\$/,/^\.Sh/p" "$manual"
}

# ask NAME: prints what each question of the manual gets from that golden file,
# a numbered line each; several answers are parted by commas.
ask() {
	local question number=0

	cp "$REPORT_TOP/tests/golden/$1.json" report
	manual_section JSON | sed -n 's/\\(dq/"/g; s/\\e/\\/g; s/^\.Dl \(jq .*\)/\1/p' |
		while read -r question; do
			bash -c "$question" >answers 2>&1 || echo "failed: $question" >answers
			echo "$((++number)): $(paste -sd , answers)"
		done
}

@test "the questions of the manual, asked of a success" {
	assert_equal "1: 198.51.100.1 40.917
2: Permission denied
3: 9.399
4: 2001:db8:ff::1
5: A
6: 
7: 
8: 
9: 20.09
10: " "$(ask prohibited)"
	assert_equal '10: false' "$(ask relayed | tail -n 1)"
}

@test "the questions of the manual, asked of a failure" {
	assert_equal "1: null 2000.142
2: no_answer
3: 0
4: 
5: A
6: 
7: 
8: 2001:db8:1::a,198.51.100.1,198.51.100.2
9: 
10: " "$(ask dead)"
	assert_equal '6: AAAA: no such name,A: no such name' "$(ask not-found | sed -n 6p)"
}

@test "the manual finds the families that are broken" {
	local command scenario

	command=$(manual_section JSON |
		sed -n 's/\\(dq/"/g; s/^\.Dl \(hecat --probe --json .* | jq .*\)/\1/p')
	scenario="name example.com AAAA $six
		name example.com A $four
		$second"
	# shellcheck disable=SC2016 # the inner shell's
	net_run -0 "$scenario" bash -c 'hecat() { "$HECAT" "$@"; }; eval "$1"' \
		bash "$command"
	assert_equal IPv6 "${lines[-1]}" 'broken family'
}

@test "every member of the schemas is in the manual, and the other way round" {
	local members words

	members=$(jq -r '.. | objects | .properties? // empty | keys[]' \
		"$REPORT_TOP"/tests/json/*.schema.json | sort -u)
	words=$(manual_section JSON | sed -n 's/^\.\(It \)\{0,1\}Cm //p' |
		tr -s ' ,.:;' '\n' | grep -vx null | sort -u)
	diff -u --label schemas --label manual <(echo "$members") \
		<(echo "$words") >&2
}

@test "every word of the schemas is in the manual" {
	local word

	while read -r word; do
		manual_section JSON | sed 's/Qq \(.*[^ ,.]\).*/\\(dq\1\\(dq/' |
			grep -qF "\\(dq$word\\(dq" ||
			fail "not in the manual: $word"
	done < <(jq -r '.. | objects | .enum? // empty | .[]' \
		"$REPORT_TOP"/tests/json/*.schema.json | sort -u)
}

@test "the schemas allow no member that they do not name" {
	local open

	open=$(jq -r 'paths(type == "object" and .type? != null and
		([.type] | flatten | index("object")) and
		.additionalProperties != false) | join(".")' \
		"$REPORT_TOP"/tests/json/*.schema.json)
	assert_equal '' "$open" 'open objects'
}

@test "what both schemas define is the same" {
	local different

	different=$(jq -rs '.[0]."$defs" as $one | .[1]."$defs" as $two |
		$one | keys[] | select($two[.] and . != "report" and
		$two[.] != $one[.])' "$REPORT_TOP"/tests/json/*.schema.json)
	assert_equal '' "$different" 'definitions that differ'
}

@test "the schemas allow every golden file, and refuse what is wrong" {
	needs_schema
	local golden=() filter

	mapfile -t golden < <(find "$REPORT_TOP/tests/golden" -name '*.json' \
		! -name 'probe-*')
	assert_valid report "${golden[@]}"
	assert_valid probe "$REPORT_TOP"/tests/golden/probe-*.json
	while read -r filter; do
		jq "$filter" "$REPORT_TOP/tests/golden/refused.json" >bad.json
		run assert_valid report bad.json
		((status == 1)) || fail "allowed: $filter"
	done <<-'END'
		.more = 1
		.attempts[0].more = 1
		del(.winner)
		.version = 1
		.winner = 2
		.port = "80"
		.started_at = "yesterday"
		.winner = null
		.attempts[0].outcome = "lost"
		.attempts[0].start_ms = -1
		.attempts[1].errno = "ECONNREFUSED"
		.queries[0].type = "MX"
		.candidates[0].rule = 11
	END
}

@test "a zone has its name in the report of a relay, which may open nothing" {
	net_run -0 'host fe80::a accept say "hello" close' \
		bash -c "'$HECAT' -N -t fe80::a%net0 80 </dev/null"
	assert_output_has 'connected to fe80::a%net0'
}
