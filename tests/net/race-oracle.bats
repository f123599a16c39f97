#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Random races on the wire against a model of a few lines; `make race-oracle`
# does the same two hundred times, with a new seed.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	net_undisturbed
}

@test "random races are as the model says: order, starts, winner, status" {
	export NET_LATE NET_EARLY
	run -0 "$BATS_TEST_DIRNAME/race-oracle" 20 6555
	[[ $output == 'seed 6555: 20 races compared, 0 differ' ]]
}
