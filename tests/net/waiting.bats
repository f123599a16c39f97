#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What a person in front of a terminal sees while a connect waits.

# shellcheck disable=SC2154,SC2016 # variables of the helper, the inner shell's
load report_helper

six=2001:db8:1::a
four=198.51.100.1
names="name dead.test AAAA $six; name dead.test A $four"
line="waiting for $six \\([0-9.]+ s\\), $four \\([0-9.]+ s\\)"

setup() {
	report_setup
}

# on_terminal ARGUMENT...: hecat with a terminal as all three streams.
on_terminal() {
	net_run "$names" "$TEST_TOOLS/fdrun" -b pty -k bash -c \
		'stty columns 80 <&1; exec "$@" 2>&1' bash "$HECAT" "$@" </dev/null
}

@test "after two seconds a line says what is waited for, and is erased in the end" {
	on_terminal -w 2.7 dead.test 80
	assert_status 4
	[[ $output =~ $line ]]
	# Nothing of it is left in front of the message.
	[[ $output == *$'\r\e[Khecat: dead.test port 80: no connection in 2.7 s (-w)'* ]]
}

@test "before that there is none, nor where standard error is no terminal" {
	on_terminal -w 1.5 dead.test 80
	assert_status 4
	[[ $output != *waiting* && $output != *$'\e'* ]]
	net_run -4 "$names" "$HECAT" -w 2.7 dead.test 80 </dev/null
	[[ $output != *waiting* && $output != *$'\e'* ]]
}

@test "a terminal that obeys no escape sequence is sent none" {
	TERM=dumb on_terminal -w 2.7 dead.test 80
	assert_status 4
	[[ $output != *waiting* && $output != *$'\e'* ]]
	TERM=dumb on_terminal --probe=1 --attempt-timeout 0.5 dead.test 80
	assert_status 1
	[[ $output == *'  IPv6: broken (no answer in '* && $output != *$'\e'* ]]
}

@test "it says that a name server is waited for" {
	net_run "name dead.test silent" "$TEST_TOOLS/fdrun" -b pty -k bash -c \
		'exec "$@" 2>&1' bash "$HECAT" -w 2.7 dead.test 80 </dev/null
	assert_status 4
	[[ $output == *'waiting for the AAAA lookup ('* ]]
}

@test "^C lists what was tried, there and with -v" {
	run_signalled INT 'syn 198' "$names" -b pty -k bash -c 'exec "$@" 2>&1' \
		bash "$HECAT" dead.test 80
	grep -q 'hecat: dead.test port 80: interrupted after ' report.txt
	grep -q "hecat:   $four: no answer in " report.txt
	run_signalled INT 'syn 198' "$names" bash -c 'exec "$@" 2>&1' bash \
		"$HECAT" -v dead.test 80
	grep -q "hecat:   $six: no answer in " report.txt
	run_signalled INT 'syn 198' "$names" bash -c 'exec "$@" 2>&1' bash \
		"$HECAT" dead.test 80
	assert_equal '' "$(<report.txt)"
}
