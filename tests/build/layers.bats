#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# tools/layers finds what it is there to find, in a tree of a few files.

# Variables come from the helper.
# shellcheck disable=SC2154
load build_helper

setup() {
    tree=$BATS_TEST_TMPDIR
    mkdir "$tree/tools"
    cp "$top/tools/layers" "$tree/tools"
    cd "$tree" || return
    # A tree that keeps the rules: each file includes what it may.
    source_file src/include/hecat.h <<<''
    source_file src/base/clock.h <<<''
    source_file src/base/clock.c <<<'#include "clock.h"'
    source_file src/lib/race.h <<<'#include "clock.h"'
    source_file src/lib/race.c <<<'#include "race.h"'
    source_file src/cli/options/value.h <<<'#include "clock.h"'
    source_file src/cli/relay/relay.c <<<'#include "clock.h"'
    source_file src/cli/main.c <<<$'#include "hecat.h"\n#include "options/value.h"'
}

# assert_found LINE...: these are the findings, and it fails.
assert_found() {
    run -1 tools/layers
    [ "$output" = "$(printf '%s\n' "$@")" ]
}

@test "a tree that keeps the rules" {
    run -0 tools/layers
    [ -z "$output" ]
}

@test "the program includes the inside of the library" {
    source_file src/cli/main.c <<<'#include "race.h"'
    assert_found 'src/cli/main.c may not know src/lib/race.h'
}

@test "a folder includes one that it may not know, in a way that compiles" {
    source_file src/cli/relay/relay.c <<<'#include "../options/value.h"'
    assert_found 'src/cli/relay/relay.c may not know src/cli/options/value.h'
    source_file src/cli/relay/relay.c <<<'# include "options/value.h"'
    assert_found 'src/cli/relay/relay.c may not know src/cli/options/value.h'
}

@test "a header brings what the file itself may not include" {
    source_file src/base/clock.h <<<'#include "hecat.h"'
    assert_found 'src/base/clock.c may not know src/include/hecat.h, which src/base/clock.h includes' \
        'src/base/clock.h may not know src/include/hecat.h' \
        'src/cli/options/value.h may not know src/include/hecat.h, which src/base/clock.h includes' \
        'src/cli/relay/relay.c may not know src/include/hecat.h, which src/base/clock.h includes'
}

@test "two modules include each other, one by its .c alone" {
    source_file src/lib/race.c <<<'#include "timer.h"'
    source_file src/lib/timer.h <<<'#include "race.h"'
    run -1 tools/layers
    [[ $output =~ ^'circle: src/lib/'(race|timer)' src/lib/'(race|timer)' src/lib/'(race|timer)$ ]]
}

@test "a circle of three" {
    source_file src/lib/race.h <<<'#include "a.h"'
    source_file src/lib/a.h <<<'#include "b.h"'
    source_file src/lib/b.h <<<'#include "race.h"'
    run -1 tools/layers
    [[ ${#lines[@]} -eq 1 && $output == 'circle: '* &&
        $output == *src/lib/a* && $output == *src/lib/b* && $output == *src/lib/race* ]]
}

@test "two folders include each other, by files that do not" {
    source_file src/cli/probe/probe.c <<<'#include "report/report.h"'
    source_file src/cli/probe/probe.h <<<''
    source_file src/cli/report/report.h <<<''
    source_file src/cli/report/text.c <<<'#include "probe/probe.h"'
    run -1 tools/layers
    [[ $output == *$'\n''circle: src/cli/'*' src/cli/'* && ${#lines[@]} -eq 2 ]]
}

@test "the modules of src/cli are rooms of their own" {
    source_file src/cli/probe/probe.c <<<'#include "status.h"'
    source_file src/cli/probe/probe.h <<<''
    source_file src/cli/status.h <<<''
    source_file src/cli/main.c <<<'#include "probe/probe.h"'
    run -0 tools/layers
}

@test "a file that is not there, or stands outside of src" {
    source_file src/cli/main.c <<<'#include "nothing.h"'
    assert_found 'src/cli/main.c includes "nothing.h", which is not in src'
}

@test "a folder has no rule" {
    source_file src/cli/news/news.c <<<''
    assert_found 'src/cli/news has no rule in tools/layers'
}
