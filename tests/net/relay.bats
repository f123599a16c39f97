#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# A relay over a path that loses what is sent: bytes that the peer never
# acknowledges are counted, whatever ends it.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

one=192.0.2.10
six=2001:db8:1::a

setup() {
	net_skip_unless_permitted
	cd "$BATS_TEST_TMPDIR" || return 1
	head -c 70952 /dev/zero >upload
}

# transfer: prints what the report says of it. What is read and waits to be sent is
# not acknowledged either: how much of it is sent is up to the engine.
transfer() {
	jq -r '.transfer | "\(.unacked_bytes) \(.suspect_mss)"' report.json
}

@test "-i into a path that loses large packets: nothing was acknowledged, and why" {
	local engine

	for engine in '' --no-splice; do
		# shellcheck disable=SC2086 # none is none
		net_run -8 "host $one drop-larger 1000 accept 5ms stay-open" \
			"$HECAT" $engine -v -i 1 --json=report.json $one 80 <upload
		assert_output_has 'hecat: no data in either direction for 1.0 s (-i); 70952 bytes of standard input were not acknowledged'
		assert_output_has 'hecat: large packets may be lost on the way (path MTU); the MSS is 1460'
		assert_output_has 'hecat: 70952 bytes of standard input were not acknowledged'
		[[ $(transfer) == '70952 1460' ]]
	done
	net_run -8 "host $six drop-larger 1000 accept 5ms stay-open" \
		"$HECAT" -i 1 --json=report.json $six 80 <upload
	assert_output_has 'the MSS is 1440'
}

# Each of the small ones is on the wire before the next one is written.
@test "small packets passed, and then large ones do not" {
	# shellcheck disable=SC2016 # the inner shell's
	net_run -8 "host $one drop-larger 1000 accept 5ms read 2000 say \"go\" stay-open" \
		bash -c '{
			for i in {1..20}; do
				printf %100s
				until (($(grep -c " data-in " "$3") >= i)); do sleep 0.01; done
			done
			cat upload
			sleep 9
		} | "$1" -i 1 --json=report.json "$2" 80' bash "$HECAT" "$one" "$NET_LOG"
	assert_output_has 'hecat: no data in either direction for 1.0 s (-i); 70952 bytes of standard input were not acknowledged'
	assert_output_has 'large packets may be lost'
	[[ $(transfer) == '70952 1460' ]]
}

@test "a peer that is gone for other reasons: no word of large packets" {
	# What is small is lost, too.
	net_run -8 "host $one drop-larger 1 accept 5ms stay-open" \
		"$HECAT" -i 1 --json=report.json $one 80 <<<'a few words'
	assert_output_has '; 12 bytes of standard input were not acknowledged'
	[[ $output != *large* ]]
	[[ $(transfer) == '12 null' ]]
}

@test "-q into a path that loses large packets: lost, and counted" {
	net_run -5 "host $one drop-larger 1000 accept 5ms stay-open" \
		"$HECAT" -q 0 --json=report.json $one 80 <upload
	assert_output_has 'hecat: connection lost: Connection timed out; 70952 bytes of standard input were not acknowledged'
	assert_output_has 'large packets may be lost'
	[[ $(transfer) == '70952 1460' ]]
}

@test "a signal: what was not acknowledged is counted" {
	net_run -143 "host $one drop-larger 1000 accept 5ms stay-open" \
		bash -c "'$HECAT' --json=report.json $one 80 <upload & sleep 1.5
			kill \$!; wait \$!"
	assert_output_has 'hecat: interrupted; 70952 bytes of standard input were not acknowledged'
	[[ $(transfer) == '70952 1460' ]]
}

@test "a reset: what was not acknowledged is counted" {
	net_run -5 "host $one drop-larger 1000 accept 5ms reset after 300ms" \
		"$HECAT" --json=report.json $one 80 <upload
	assert_output_has 'hecat: connection lost: Connection reset by peer; 70952 bytes of standard input were not acknowledged'
	[[ $(transfer) == '70952 '* ]]
}

@test "everything was acknowledged: nothing is said" {
	net_run -0 "host $one accept 5ms read 70952 say \"thanks\" close" \
		"$HECAT" --json=report.json $one 80 <upload
	[[ $output == thanks ]]
	[[ $(transfer) == '0 null' ]]
}
