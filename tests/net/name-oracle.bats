#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What hecat connects to against what the system's getaddrinfo makes of the same
# name: a sample, and the table of what a step of a search list may answer;
# `make name-oracle` asks for 500 random names, with a new seed.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	ldd "$HECAT" | grep -qF 'libc.so.6 ' && getent --version | grep -qiE "glibc|gnu libc" ||
		skip 'the oracle is the getaddrinfo of glibc'
}

# Two samples, chosen so that each of these is seen when it is broken: the names
# of /etc/hosts, ndots, no-tld-query, HOSTALIASES, and which family is waited for
# when the other one has answered.
@test "names lead where getaddrinfo leads" {
	local seed
	for seed in 228 307; do
		run -0 "$BATS_TEST_DIRNAME/name-oracle" 20 $seed
		[[ ${lines[-1]} == "seed $seed: 20 names compared, 0 differ" ]]
	done
}

@test "every step of a search list ends or goes on as it does for getaddrinfo" {
	run -0 "$BATS_TEST_DIRNAME/name-oracle" walk
	[[ ${lines[-1]} == 'the walk: 160 rows compared, 0 differ' ]]
}
