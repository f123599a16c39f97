#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# configure, which is optional, and the archive that has it.

# Variables come from the helper.
# shellcheck disable=SC2154
load build_helper

setup_file() {
    needs autoconf
}

# configured [OPTION...]: makes configure, and runs it.
configured() {
    make -s configure
    ./configure --quiet "$@"
}

@test "what configure finds is what make uses: the tools of another machine" {
    mkdir bin
    for tool in gcc ld objcopy ar pkg-config; do
        printf '#!/bin/sh\necho %s >>%s\nexec %s "$@"\n' "$tool" "$tree/used" \
            "$tool" >"bin/other-linux-gnu-$tool"
        chmod +x "bin/other-linux-gnu-$tool"
    done
    PATH=$tree/bin:$PATH
    configured --host=other-linux-gnu --prefix=/opt/other
    rm used
    make -s all build/hecat.pc
    run -0 sort -u used
    [ "$output" = $'ar\ngcc\nld\nobjcopy\npkg-config' ]
    grep -qx 'prefix=/opt/other' build/hecat.pc
}

@test "configure, hecat.pc and the program have one version" {
    configured
    make -s build/hecat.pc
    version=$(sed -n 's/^Version: //p' build/hecat.pc)
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
    run -0 ./configure --version
    [[ ${lines[0]} == "hecat configure $version" ]]
    run -0 "$HECAT" --version
    [[ ${lines[0]} == "hecat $version" ]]
}

@test "configure says that it is to be run in its own directory" {
    make -s configure
    mkdir elsewhere
    cd elsewhere
    run -1 ../configure
    [[ $output == *'run ./configure in its own directory'* ]]
    cd ..
    "$PWD/configure" --quiet
}

@test "the archive has configure, and builds without autoconf" {
    needs git
    git init -q
    git add .
    git -c user.name=test -c user.email=test@example.com commit -q -m tree
    make -s dist
    # Made anew, of files that are newer, it has the same bytes.
    archive=$(echo hecat-*.tar.gz)
    mv "$archive" first
    rm configure
    touch -d 2030-01-01 Makefile
    make -s dist
    cmp first "$archive"
    mkdir bin
    printf '#!/bin/sh\nexit 1\n' | tee bin/autoconf >bin/automake
    chmod +x bin/*
    PATH=$tree/bin:$PATH
    tar -C "$BATS_TEST_TMPDIR" -xzf hecat-*.tar.gz
    cd "$BATS_TEST_TMPDIR"/hecat-*/
    ./configure --quiet
    make -s
    run -0 ./hecat
    [[ $output == 'libevent '* ]]
}
