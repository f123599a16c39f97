#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Random transfers and resets, the same ones each time: sizes, chunks, pauses,
# options, kinds of standard input and output, and who ends first. `make
# torture` does many more. A case that fails is shown with the command that
# repeats it; see tests/torture/torture.c.

# Variables come from the helper.
# shellcheck disable=SC2154
load helper

: "${TORTURE:=$top/build/tests/torture/torture}"

# torture TRANSFERS RESETS: runs so many, all of which have to pass.
torture() {
    export TMPDIR=$tmp
    run_command 0 "$TORTURE" "$HECAT" --seed 8305 --max-bytes 4194304 \
        --transfers "$1" --resets "$2" || {
        cat stdout >&2
        return 1
    }
    assert_equal "$(($1 + $2)) passed, 0 failed" "$(tail -n 1 stdout)"
}

@test "50 random transfers, byte for byte" {
    torture 50 0
}

@test "10 resets at a random byte: a prefix, and status 5" {
    torture 0 10
}
