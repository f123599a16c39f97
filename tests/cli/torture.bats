#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Random transfers and resets, the same ones each time: sizes, chunks, pauses,
# options, kinds of standard input and output, and who ends first. `make
# torture` does many more. A case that fails is shown with the command that
# repeats it; see tests/torture/torture.c.

load helper

: "${TORTURE:=$top/build/tests/torture/torture}"

# torture ARGUMENT...: runs cases, all of which have to pass.
torture() {
    TMPDIR=$tmp run_command 0 "$TORTURE" "$HECAT" "$@" || {
        cat stdout >&2
        return 1
    }
    assert_match "(^|"$'\n'")$passed passed, 0 failed$" "$(<stdout)"
}

@test "50 random transfers, byte for byte" {
    passed=50 torture --seed 8305 --max-bytes 4194304 --transfers 50 --resets 0
}

@test "10 resets at a random byte: a prefix, and status 5" {
    passed=10 torture --seed 8305 --max-bytes 4194304 --transfers 0 --resets 10
}
