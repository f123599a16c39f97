#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# hecat's order of destinations against that of the system's getaddrinfo; `make
# order-oracle` does the same a thousand times, with a new seed.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	ldd "$HECAT" | grep -qF 'libc.so.6 ' && getent --version | grep -qiE "glibc|gnu libc" ||
		skip 'the oracle is the getaddrinfo of glibc'
}

@test "getaddrinfo puts random addresses into the same order" {
	run -0 "$BATS_TEST_DIRNAME/order-oracle" 300 6724
	[[ $output == 'seed 6724: 300 sets compared, 0 differ' ]]
}
