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

# Samples, chosen so that each of these is seen when it is broken: the names of
# /etc/hosts, ndots, and which family is waited for when the other one has
# answered (228); lines of /etc/hosts that end in a dot (6008); HOSTALIASES
# (6042); no-tld-query (6220); a service behind dns (6318); single-request (6420);
# the encoded names of /etc/hosts (6878).
@test "names lead where getaddrinfo leads" {
	local names seed
	while read -r names seed; do
		run -0 "$BATS_TEST_DIRNAME/name-oracle" "$names" "$seed" </dev/null
		[[ ${lines[-1]} == "seed $seed: $names names compared, 0 differ" ]]
	done <<-'END'
		20 228
		4 6008
		4 6042
		4 6220
		4 6318
		4 6420
		4 6878
	END
}

@test "every step of a search list ends or goes on as it does for getaddrinfo" {
	run -0 "$BATS_TEST_DIRNAME/name-oracle" walk
	[[ ${lines[-1]} == 'the walk: 160 rows compared, 0 differ' ]]
}
