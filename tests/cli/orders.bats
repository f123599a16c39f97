#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Every order in which both sides send and end, with every option of the relay,
# is as the rules have it; tests/tools/orders.c has the rules and the rows.

# Variables come from the helper and from run.
# shellcheck disable=SC2154
load helper

@test "every order of send, receive, shutdown and EOF, with every option" {
    run -0 "$TEST_TOOLS/orders" "${HECAT_PROGRAM:-$HECAT}"
    assert_match '^[0-9]+ rows, 0 wrong$' "$output"
}

@test "the same with the portable engine" {
    run -0 "$TEST_TOOLS/orders" "${HECAT_PROGRAM:-$HECAT}" --no-splice
    assert_match '^[0-9]+ rows, 0 wrong$' "$output"
}
