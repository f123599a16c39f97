#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The program and the library built for arm64 by a compiler of this machine, with
# the libraries that `make deps-dev` unpacks, and run by an emulator.

# Variables come from the helper.
# shellcheck disable=SC2154
load ../peers/peers_helper

machine=aarch64-linux-gnu
top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
objects=$top/build/arm64-objects
sysroot=$top/build/arm64
compiler="$machine-gcc --sysroot=$sysroot"

# require_machine: skips the test where what builds or runs programs for arm64 is
# missing; in CI that is a failure.
require_machine() {
    require "$machine-gcc" "$machine-ld" qemu-aarch64-static || return
    [[ -d $sysroot/usr/include/event2 ]] || missing 'libevent for arm64'
}

# build_for_arm64: the program, what runs it as if it were one of this machine, and
# the libraries.
build_for_arm64() {
    local folder=build/arm64-objects
    require_machine || return
    # The words of the make that runs this are for another machine.
    MAKEFLAGS='' make -s -C "$top" -j2 B="$folder" PROGRAM="$folder/hecat" \
        CC="$compiler" BUILD_CC=cc LD="$machine-ld" AR="$machine-ar" OBJCOPY="$machine-objcopy" all || return
    emulated "$objects/hecat" >"$tmp/hecat"
    chmod +x "$tmp/hecat"
    HECAT_HERE=$HECAT HECAT=$tmp/hecat
}

# emulated PROGRAM: prints a script that runs it.
emulated() {
    printf '#!/bin/sh\nexec "%s" -L "%s" -E LD_LIBRARY_PATH="%s" "%s" "$@"\n' \
        "$(type -P qemu-aarch64-static)" "$sysroot" "$objects" "$1"
}

@test "program and library are of arm64, and show what they show here" {
    local file
    build_for_arm64
    for file in hecat libhecat.so; do
        run -0 readelf -hW "$objects/$file"
        [[ $output == *AArch64* ]]
    done
    run -0 "$machine-nm" -D --defined-only "$objects/libhecat.so"
    diff <(sed -n 's/.* T //p' <<<"$output") \
        <(nm -D --defined-only "$top/build/libhecat.so" | sed -n 's/.* T //p')
    run -0 "$machine-nm" -g --defined-only "$objects/libhecat.a"
    [ -z "$(grep -E ' [A-Z] ' <<<"$output" | grep -v ' hecat_')" ]
}

@test "the program has the version that it has here, and connects" {
    build_for_arm64
    run -0 "$HECAT" --version
    [ "${lines[0]}" = "$("$HECAT_HERE" --version | head -n 1)" ]
    start_peer recv 6 send reply recv-eof
    run_command 0 hecat -N 127.0.0.1 "$port" <<<hello
    assert_equal reply "$(<stdout)"
    finish_peer
    start_closed
    run_command 1 hecat -zv 127.0.0.1 "$port"
    [[ $stderr == *'Connection refused'* ]]
}

@test "a program on the library, shared and static, says hello and is answered" {
    local libraries
    build_for_arm64
    for libraries in "$objects/libhecat.so" "$objects/libhecat.a"; do
        # Words are meant to be split.
        # shellcheck disable=SC2086
        $compiler -Wall -Wextra -Werror -I"$top/src/include" -o exchange \
            "$top/tests/net/exchange.c" "$libraries" -levent_core -pthread
        emulated "$PWD/exchange" >exchange-here
        chmod +x exchange-here
        start_peer recv 6 send hello recv-eof
        run_command 0 timeout -k 1 "$DEADLINE" ./exchange-here 127.0.0.1 "$port"
        assert_equal hello "$(<stdout)"
    done
}

@test "some tests of the program pass with it" {
    build_for_arm64
    # With nothing of this bats, whose folder of its own comes first in PATH.
    run env -i PATH="${PATH#"$BATS_LIBEXEC:"}" HOME="$HOME" HECAT="$HECAT" \
        HECAT_PROGRAM="$objects/hecat" TEST_TOOLS="$TEST_TOOLS" "$top/tests/run" \
        "$top/tests/cli/delivered.bats"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} == *' 0 failed, 0 skipped' ]]
}
