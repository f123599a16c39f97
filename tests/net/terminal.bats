#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What a person sees on a screen of tmux, narrow and wide: the line that says
# what is waited for, what is left of it after ^C, the progress of a file, and
# the rows of a probe.

# shellcheck disable=SC2154,SC2016 # variables of the helper, the inner shell's
load report_helper

names="name dead.test A $(printf '198.51.100.%s ' 1 2 3 4 5)"
slow='host 192.0.2.80 accept stay-open'

setup() {
	report_setup
	command -v tmux >/dev/null || skip 'no tmux'
}

# on_screen COLUMNS SCENARIO REGEX COMMAND: runs the command on the network, in a
# terminal, until a line of its screen matches; then presses ^C. The screens before
# and after that are in the files before and after.
on_screen() {
	net_run "$2" bash -c '
		screen() { tmux -S "$PWD/tmux" -f /dev/null -u "$@"; }
		# wait_on FILE REGEX: keeps the first screen that matches, with what has
		# left it at the top: tmux makes room for its own line in the end.
		wait_on() {
			local end=$((SECONDS + 30))
			until screen capture-pane -p -S -9 >"$1" && grep -qE "$2" "$1"; do
				((SECONDS <= end)) || return 1
				sleep 0.02
			done
		}
		screen start-server \; set -g remain-on-exit on \; set -g status off \; \
			new-session -d -x "$1" -y 24 "exec $3"
		wait_on before "$2" && screen send-keys C-c && wait_on after "Pane is dead"
		result=$?
		screen kill-server
		exit "$result"
	' bash "$1" "$3" "$4"
	cat before after || true
	assert_status 0
}

# assert_fits COLUMNS: every line of the screens is shorter than the screen.
assert_fits() {
	awk -v columns="$1" 'length >= columns { print "too long: " $0; bad = 1 } END { exit bad }' before
}

@test "60, 80 and 200 columns: what is waited for, in one line, and its end by ^C" {
	local columns more
	for columns in 60 80 200; do
		on_screen "$columns" "$names" '^waiting for .*\(' "'$HECAT' -d 100 dead.test 80"
		assert_fits "$columns"
		assert_equal 1 "$(grep -c . before)" "lines of the screen at $columns columns"
		more='and [0-9]+ more$'
		if ((columns == 200)); then
			grep -q '198.51.100.5 (' before
			run -1 grep -E "$more" before
		else
			grep -qE "$more" before
		fi
		# The first line is the message, and nothing of the other is left.
		[[ $(head -1 after) == 'hecat: dead.test port 80: interrupted after '* ]]
		run -1 grep '^waiting' after
		grep -q 'Pane is dead (signal ' after
	done
}

@test "60, 80 and 200 columns: the progress of a file, in one line, erased by ^C" {
	local columns
	head -c 1M /dev/zero >upload
	for columns in 60 80 200; do
		on_screen "$columns" "$slow" '%' "'$HECAT' --progress 192.0.2.80 80 <upload"
		assert_fits "$columns"
		assert_equal 1 "$(grep -c . before)" "lines of the screen at $columns columns"
		run -1 grep '%' after
		grep -q 'Pane is dead (signal ' after
	done
}

# What a probe meets: one address that answers, one that does not, and a lookup
# that takes its time.
long=2001:db8:1234:5678:9abc:def0:1234:5678
probed="name slow.test AAAA $long after 1s; name slow.test A 198.51.100.1
	host 198.51.100.1 accept 20ms"

@test "60, 80 and 200 columns: the rows of a probe fill, its lookup first" {
	local columns
	for columns in 60 80 200; do
		on_screen "$columns" "$probed" '^  AAAA lookup: no answer in ' \
			"'$HECAT' --probe slow.test 80"
		assert_fits "$columns"
		[[ $(<before) == "slow.test port 80: lookup"$'\n'* ]]
		grep -q '^  A lookup: 1 address in ' before
		# Of the screen nothing is left in front of the report.
		[[ $(head -1 after) == 'slow.test port 80: '*', interrupted' ]]
		grep -q 'Pane is dead (signal ' after

		on_screen "$columns" "$probed" "^  198.51.100.1 .* 1 of  1 .*" \
			"'$HECAT' --probe slow.test 80"
		assert_fits "$columns"
		[[ $(<before) == "slow.test port 80: round 1 of 3"$'\n'* ]]
		assert_equal 1 "$(grep -c "^  $long  " before)" 'rows of an address'
		grep -q 'no answer in ' before
		[[ $(head -1 after) == 'slow.test port 80: '*', interrupted' ]]
		assert_equal 1 "$(grep -c "^  $long  " after)" 'rows of an address'
		run -1 grep 'round 1 of 3$' after
	done
}

@test "a screen with few rows: addresses without room are counted" {
	local names
	names="name many.test A $(printf '198.51.100.%s ' {1..40})"
	on_screen 80 "$names" '^  and [0-9]+ more$' "'$HECAT' --probe many.test 80"
	assert_fits 80
	assert_equal 23 "$(grep -c . before)" 'lines of the screen'
	grep -q '^  and 20 more$' before
}
