#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# tools/words finds the names and words that were given up, where they count.

# Variables come from the helper.
# shellcheck disable=SC2154
load build_helper

setup() {
    tree=$BATS_TEST_TMPDIR
    mkdir "$tree/tools"
    cp "$top/tools/words" "$tree/tools"
    cd "$tree" || return
    source_file src/lib/race.c </dev/null
    source_file tests/unit/test_race.c </dev/null
    source_file tests/fuzz/fuzz_race.c </dev/null
}

# assert_words FINDING SOURCE: that is the only one.
assert_words() {
    source_file src/lib/race.c <<<"$2"
    run -1 tools/words
    [ "$output" = "src/lib/race.c:$1" ]
}

@test "names of the field and other words are left alone" {
    source_file src/lib/race.c <<'END'
/* The attempts in flight, of which one is over in time. The interface is up. */
static int resolution_delay, waits, first_run, upheaval;
END
    run -0 tools/words
    [ -z "$output" ]
}

@test "a whole name, a part of one, in capitals, and one with the word before it" {
    assert_words '1: source_lookup: write source_address' 'int source_lookup(void);'
    assert_words '1: relay_mover_new: write pump' 'int relay_mover_new(void);'
    assert_words '1: for_sink: write wait_writable' 'int y = FOR_SINK;'
    assert_words '1: enum waits: write flow_wait' 'enum waits { A };'
    assert_words '1: resolution: write lookup' 'struct resolution;'
}

@test "words of a comment, also where a line ends between them" {
    assert_words '1: "for want of": write for lack of' '/* For want of memory. */'
    assert_words '2: "the reader has gone": write stdout was closed' 'int x;
/*
 * It ends when the reader has
 * gone.
 */'
    assert_words '1: "time is up": write expired' 'int x; /* its time is up */ int y;'
}

@test "a name in a comment is prose, unless it has an underscore" {
    source_file src/lib/race.c <<<'/* A claim may starve. Whoeverse lends. */'
    run -0 tools/words
    [ -z "$output" ]
    assert_words '1: flush_left: write unacked' '/* See relay.flush_left. */'
}

@test "a string has words of its own, and may look like a comment" {
    source_file src/lib/race.c <<'END'
static const char text[] = "starved /* for want of */ \" claim", quote = '"';
END
    run -0 tools/words
    [ -z "$output" ]
}

@test "code behind a comment counts, and so do the unit tests and the fuzzers" {
    assert_words '2: timeline: write timer' '/* A
 * B */ struct timeline *t;'
    source_file src/lib/race.c </dev/null
    source_file tests/unit/test_race.c <<<'int worker_pool; /* whoever */'
    source_file tests/fuzz/fuzz_race.c <<<'int is_due;'
    run -1 tools/words
    [ "$output" = 'tests/fuzz/fuzz_race.c:1: is_due: write expired
tests/unit/test_race.c:1: worker_pool: write thread_pool' ]
}
