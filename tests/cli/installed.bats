#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The program is the first user of its own library: its objects, linked with the
# library as it is installed and nothing else of it, are hecat, and pass its
# tests. Of these the files of INSTALLED_TESTS are run; `INSTALLED_TESTS=all`
# runs all that are about the program.

# Variables come from the helper.
# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0

load installed_helper

setup_file() {
    cd "$top" || return
    export root=$BATS_FILE_TMPDIR/root
    # Where it finds what is installed with it.
    export linked=$root/usr/libexec/hecat
    MAKEFLAGS='' install_hecat "$root"
    {
        link_program archive "$linked"
        link_program shared "$linked-shared"
    } >"$BATS_FILE_TMPDIR/command" 2>&1
}

# program_objects: prints those of the program; its TLS module is no part of it.
program_objects() {
    printf '%s\n' src/{cli,cli/*,base}/*.c | grep -v '^src/cli/tls/' |
        sed 's|.*|build/&|; s|c$|o|'
}

# link_program KIND PROGRAM: links it by the word of the installed hecat.pc, and
# says how.
link_program() {
    mkdir -p "${2%/*}"
    # shellcheck disable=SC2046 # a word each
    build_program "$1" cc "$2" hecat -Wl,--dynamic-list=src/cli/program.exports \
        $(program_objects)
}

@test "the program links with the installed library alone" {
    cat "$BATS_FILE_TMPDIR/command"
    run -1 grep 'src/lib/' "$BATS_FILE_TMPDIR/command"
    for program in "$linked" "$linked-shared"; do
        run -0 "$program" -V
        [ "${lines[0]}" = "hecat $(tools/version)" ]
    done
    run -0 readelf -d "$linked"
    [[ $output != *libhecat* ]]
    run -0 readelf -d "$linked-shared"
    [[ $output == *'[libhecat.so.0]'* ]]
}

@test "its objects take hecat_* from the library and nothing else" {
    local objects
    mapfile -t objects < <(program_objects)
    # What the objects of the library's inside define, the program does not use.
    nm -g --undefined-only "${objects[@]}" | awk 'NF == 2 { print $2 }' | sort -u >"$BATS_TEST_TMPDIR/taken"
    nm -g --defined-only "${objects[@]}" | awk 'NF == 3 { print $3 }' | sort -u >"$BATS_TEST_TMPDIR/own"
    nm -g --defined-only build/src/lib/*.o | awk 'NF == 3 { print $3 }' | sort -u >"$BATS_TEST_TMPDIR/inside"
    comm -23 "$BATS_TEST_TMPDIR/taken" "$BATS_TEST_TMPDIR/own" |
        comm -12 - "$BATS_TEST_TMPDIR/inside" >"$BATS_TEST_TMPDIR/from_the_library"
    grep -q '^hecat_connector_new$' "$BATS_TEST_TMPDIR/from_the_library"
    run -1 grep -v '^hecat_' "$BATS_TEST_TMPDIR/from_the_library"
}

@test "the base that is in the library is hidden" {
    # The program has its own.
    run -0 nm -g --defined-only "$root/usr/lib/libhecat.a"
    ! grep -E ' [A-Z] ' <<<"$output" | grep -v ' hecat_'
}

# assert_passes PROGRAM NAME...: it passes the tests of these names.
assert_passes() {
    local program=$1 files
    shift
    files=("${@/#/tests/cli/}")
    # With nothing of this bats, whose folder of its own comes first in PATH.
    run env -i PATH="${PATH#"$BATS_LIBEXEC:"}" HOME="$HOME" HECAT="$program" HECAT_PROGRAM="$program" \
        TEST_TOOLS="${TEST_TOOLS:-$PWD/build/tests/tools}" tests/run "${files[@]/%/.bats}"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} == *' 0 failed, '* ]]
}

@test "the program that is linked so passes the tests" {
    # How make links and installs is no matter of the library.
    [ "${INSTALLED_TESTS-}" != all ] || INSTALLED_TESTS=$(cd tests/cli &&
        printf '%s\n' *.bats | sed 's/\.bats$//' | grep -vxE 'install|installed|hardening')
    # Words are meant to be split.
    # shellcheck disable=SC2086
    assert_passes "$linked" ${INSTALLED_TESTS:-race report_file delivered}
}

@test "that with the shared library races and relays, too" {
    assert_passes "$linked-shared" race delivered
}
