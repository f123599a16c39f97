#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Every input of the corpus goes through its target, as the compiler of the
# day has built it: without a fuzzer, but with every check of the target.

bats_require_minimum_version 1.5.0

folder=$BATS_TEST_DIRNAME
: "${FUZZ_TARGETS:=$folder/../../build/tests/fuzz}"

@test "every target has a corpus, and every corpus a target" {
    diff <(cd "$folder" && printf '%s\n' fuzz_*.c | sed 's/^fuzz_//; s/\.c$//' | sort) \
        <(cd "$folder/corpus" && printf '%s\n' * | sort)
    diff <(cd "$folder" && printf '%s\n' fuzz_*.c | sed 's/^fuzz_//; s/\.c$//' | sort) \
        <(cd "$FUZZ_TARGETS" && find . -maxdepth 1 -type f -perm /111 -printf '%f\n' | sort)
}

@test "the dictionary of the options has each of them" {
    local option missing=
    while read -r option; do
        grep -qF "\"$option\\x00\"" "$folder/fuzz_options.dict" || missing+=" $option"
    done < <("${HECAT:-$folder/../../hecat}" --help | grep -oE '(^|[ ,])--[a-z0-9-]+' | tr -d ' ,' | sort -u)
    [ -z "$missing" ] || { echo "not there:$missing"; return 1; }
}

@test "every input of every corpus passes" {
    local corpus status=0
    for corpus in "$folder"/corpus/*; do
        "$FUZZ_TARGETS/${corpus##*/}" "$corpus" 2>"$BATS_TEST_TMPDIR/said" || {
            echo "${corpus##*/}:"
            tr '\r' '\n' <"$BATS_TEST_TMPDIR/said" | tail -20
            status=1
        }
    done
    return "$status"
}

@test "a target that is given nothing fails" {
    run ! "$FUZZ_TARGETS/crlf"
    mkdir "$BATS_TEST_TMPDIR/empty"
    run ! "$FUZZ_TARGETS/crlf" "$BATS_TEST_TMPDIR/empty"
    run ! "$FUZZ_TARGETS/crlf" "$BATS_TEST_TMPDIR/none"
}
