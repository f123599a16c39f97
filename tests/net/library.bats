#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Programs on the installed library, on the scripted network.

# Variables come from the helpers.
# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0

load net_helper
load ../cli/installed_helper

setup_file() {
	install_hecat "$BATS_FILE_TMPDIR/root"
	export installed_libraries
}

setup() {
	net_skip_unless_permitted
	cd "$BATS_TEST_TMPDIR" || return
}

# assert_exchange: the program says hello where the first address is dead, and
# hears it again.
assert_exchange() {
	net_run -0 '
		name host.test AAAA 2001:db8:1::80
		name host.test A 192.0.2.80
		host 192.0.2.80 accept 10ms echo
	' ./exchange host.test 80
	[[ $output == hello ]]
	# Each address got an attempt, and the dead one the first.
	(($(wire syn 2001:db8:1::80) < $(wire syn 192.0.2.80)))
}

@test "past a dead address, over the bufferevent and back, in under 40 lines of C" {
	local kind

	# Those that are blank do not count.
	(($(grep -c . "$top/tests/net/exchange.c") < 40))
	for kind in shared archive; do
		build_program "$kind" cc exchange hecat "$top/tests/net/exchange.c"
		assert_exchange
	done
}

@test "the same in C++" {
	(($(wc -l <"$top/tests/net/exchange.cc") < 40))
	build_program shared c++ exchange hecat "$top/tests/net/exchange.cc"
	assert_exchange
}

@test "hecat.h is all that such a program has of hecat" {
	local program

	for program in exchange.c exchange.cc; do
		[[ $(grep -c '#include.*hecat' "$top/tests/net/$program") == 1 ]]
		grep -q '#include <hecat.h>' "$top/tests/net/$program"
	done
}

@test "a library that is closed while it looks up a name stays until that has ended" {
	# It is not linked with the library, so that nothing else keeps that.
	build_program shared cc closed libevent_core "$top/tests/net/closed_library.c" \
		-I"$installed_libraries/../include"
	net_run -0 'name slow.test A 192.0.2.80 after 300ms
		name slow.test AAAA 2001:db8::80 after 300ms' \
		./closed "$installed_libraries/libhecat.so.0" slow.test
	[[ $output == "closed, with threads: "[12]*"they have ended" ]]
}
