#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The program as built has the protections that the compiler knows of: a flag
# that is lost on the way to the compiler or the linker shows here.

bats_require_minimum_version 1.5.0

setup() {
    program=${HECAT_PROGRAM:-$BATS_TEST_DIRNAME/../../hecat}
    case $program in
    */build/asan/* | */build/tsan/* | */build/coverage/*)
        skip "a variant for tests is built without hardening"
        ;;
    esac
}

# knows FLAG: whether the compiler knows it.
knows() {
    [ -n "$("$BATS_TEST_DIRNAME/../../tools/supported-flags" "${CC:-cc} -O2" \
        "$1" | tr -d ' ')" ]
}

# compiled_with FLAG: every source of the program was, by what gcc has recorded
# in the debug information. Other compilers do not record it.
compiled_with() {
    local producers=$BATS_TEST_TMPDIR/producers
    readelf --debug-dump=info "$program" |
        sed -n '/DW_AT_producer.*GNU C/p' >"$producers"
    [ -s "$producers" ] || skip "no record of the compiler's flags"
    ! grep -v -m 1 -e "$1" "$producers"
}

@test "the program is position-independent" {
    readelf -hW "$program" | grep -E 'Type: +DYN'
    readelf -dW "$program" | grep -E 'FLAGS_1.*PIE'
}

@test "relocations are done at start and then read-only" {
    readelf -lW "$program" | grep GNU_RELRO
    readelf -dW "$program" | grep BIND_NOW
}

@test "the stack is not executable" {
    readelf -lW "$program" | grep -E 'GNU_STACK.* RW  '
}

@test "a buffer overrun on the stack is noticed" {
    readelf -W --dyn-syms "$program" | grep __stack_chk_fail
    compiled_with -fstack-protector-strong
}

@test "calls into libc know the sizes of their buffers" {
    readelf -W --dyn-syms "$program" | grep -E ' __[a-z0-9_]+_chk(@| |$)' |
        grep -v __stack_chk
}

@test "a large stack frame cannot jump the guard page" {
    knows -fstack-clash-protection || skip "this compiler does not know it"
    compiled_with -fstack-clash-protection
}

@test "indirect jumps land where they are meant to" {
    knows -fcf-protection=full || skip "not for this processor"
    compiled_with -fcf-protection=full
}

@test "files of any size can be read on every machine" {
    getconf LFS_CFLAGS >/dev/null
    # On a 64-bit machine the names are those of the plain calls.
    [ "$(getconf LONG_BIT)" = 64 ] ||
        readelf -W --dyn-syms "$program" | grep -E ' (fstat|lseek|open)64'
}
