#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What make builds anew, what it says meanwhile, and what comes of the compilers
# and flags that people use.

# Variables come from the helper.
# shellcheck disable=SC2154
load build_helper

# older_than_mark PATTERN...: prints the files of build that were not made after
# the mark.
older_than_mark() {
    local pattern
    for pattern; do
        find build -name "$pattern" ! -newer mark
    done
}

# programs: prints what was linked.
programs() {
    find build -type f -perm -u+x ! -name '*.so'
}

@test "what was built with other flags is built again, whatever it is" {
    make -s tests
    [ "$(find build -name '*.o' | wc -l)" -ge 14 ]
    touch mark
    make tests
    run -0 find build -newer mark
    [ -z "$output" ]
    make -s tests CFLAGS=-O0
    run -0 older_than_mark '*.o' '*.so' '*.a' hecat
    [ -z "$output" ]
}

@test "other flags of the linker: what is linked, and nothing else" {
    make -s tests
    touch mark
    make -s tests LDFLAGS=-Wl,--build-id=none
    run -0 find build -name '*.o' -newer mark
    [ -z "$output" ]
    [[ build/libhecat.so -nt mark && build/libhecat_openssl.so -nt mark ]]
    for program in $(programs); do
        [ "$program" -nt mark ] || {
            echo "$program was not linked again"
            return 1
        }
    done
}

@test "the fuzzers are built again with other flags, too" {
    needs clang
    make -s FUZZ_LINK= FUZZ_FLAGS=-O1 build/fuzz/tests/fuzz/choices.o
    touch mark
    make -s FUZZ_LINK= FUZZ_FLAGS=-O0 build/fuzz/tests/fuzz/choices.o
    [ build/fuzz/tests/fuzz/choices.o -nt mark ]
}

@test "config.mk counts as the command line does" {
    make -s
    echo 'CFLAGS = -O0' >config.mk
    run -0 make
    [[ $output == *'CC  src/lib/race.c'* ]]
    run -0 make
    [[ $output != *CC* ]]
}

@test "another linker or archiver makes the library again" {
    make -s
    run -0 make V=1 AR='env ar'
    [[ $output == *'env ar rcs'* ]]
    [[ $output != *' -c -o '* ]]
}

@test "hecat.pc says where it is installed this time" {
    make -s install DESTDIR="$BATS_TEST_TMPDIR/one"
    make -s install DESTDIR="$BATS_TEST_TMPDIR/two" PREFIX=/opt/hecat
    grep -qx 'prefix=/opt/hecat' "$BATS_TEST_TMPDIR/two/opt/hecat/lib/pkgconfig/hecat.pc"
    grep -qx "Version: $(tools/version)" build/hecat.pc
}

@test "what is below the prefix is named below it, and what is not is not" {
    make -s install DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/opt LIBDIR=/opt/lib/here \
        INCDIR=/include
    run -0 cat "$BATS_TEST_TMPDIR/root/opt/lib/here/pkgconfig/hecat.pc"
    [[ $output == 'prefix=/opt'$'\n''libdir=${prefix}/lib/here'$'\n''includedir=/include'$'\n'* ]]
}

@test "the package of libevent is required where there is one, or else its library named" {
    local require='Requires: ' libs='Libs: -L${libdir} -lhecat'
    make -s build/hecat.pc EVENT_LIBS=-levent_core
    grep -qx "${require}libevent_core" build/hecat.pc
    grep -qx "$libs" build/hecat.pc
    make -s build/hecat.pc EVENT_LIBS=-levent
    grep -qx "${require}libevent" build/hecat.pc
    make -s build/hecat.pc EVENT_LIBS='-L/opt/lib -levent_core'
    grep -qx "$libs -L/opt/lib -levent_core" build/hecat.pc
    make -s build/hecat.pc EVENT_LIBS=-levent_core PKG_CONFIG=false
    grep -qx "$libs -levent_core" build/hecat.pc
    run ! grep -q 'Requires: lib' build/hecat.pc
}

@test "a line a file, and the whole command with V=1" {
    run -0 make
    [[ $output == *'CC  src/lib/race.c'* && $output == *'LD  hecat'* && $output == *'LD  libhecat.so'* &&
        $output == *'AR  libhecat.a'* ]]
    [ -z "$(grep -vE '^(CC |LD |AR |GEN) [a-z./_]+$' <<<"$output")" ]
    run -0 make -s CFLAGS=-O0
    [ -z "$output" ]
    run -0 make V=1 CFLAGS=-O1
    [[ $output == *' -O1 '*' -c -o build/src/lib/race.o src/lib/race.c'* ]]
    [[ $output != *'CC  '* ]]
}

# without NAME: prints options with which the compiler sees all headers of the
# system but this.
without() {
    local folder number=0
    printf -- '-nostdinc'
    cc -E -v -x c /dev/null 2>&1 | sed -n 's/^ \(\/.*\)/\1/p' |
        while read -r folder; do
            number=$((number + 1))
            mkdir -p "headers/$number"
            ln -s "$folder"/* "headers/$number"
            rm -f "headers/$number/$1"
            printf -- ' -isystem %s' "$tree/headers/$number"
        done
}

# assert_named PACKAGE: what make said is one line that names it, before anything
# was compiled.
assert_named() {
    [ "$(grep -cv '^make' <<<"$output")" -eq 1 ]
    [[ $output == *"hecat needs $1, "*'make deps'* ]]
    [ -z "$(find build -name '*.o' -path '*/src/*')" ]
}

@test "without the headers of libevent: one line says what to do" {
    run -2 make CPPFLAGS="$(without event2)"
    assert_named libevent
}

@test "without the library itself the same" {
    run -2 make -j4 EVENT_LIBS=-lno_such_event
    assert_named libevent
}

@test "without cmocka the program is built, and tests say what is missing" {
    flags=$(without cmocka.h)
    make -s CPPFLAGS="$flags"
    run -2 make CPPFLAGS="$flags" unit
    [[ $output == *'hecat needs cmocka, '*'make deps'* ]]
    [[ $output != *error:* && $output != *'CC  tests/unit/test_small.c'* ]]
}

# assert_library: others can link it, and see what is public only.
assert_library() {
    run -0 nm -g --defined-only build/libhecat.a
    [[ $output == *' T hecat_word'* ]]
    [ -z "$(grep -E ' [A-Z] ' <<<"$output" | grep -v ' hecat_')" ]
    run -0 nm -D --defined-only build/libhecat.so
    [ "$(sed -n 's/.* T //p' <<<"$output")" = hecat_word@@HECAT_0 ]
    for user in cc clang; do
        command -v "$user" >/dev/null || continue
        for library in a so; do
            run -0 use_library "$user" "build/libhecat.$library"
            [[ $output == 'libevent '*'the name is free' ]]
        done
    done
    run -0 ./hecat
    [[ $output == 'libevent '* ]]
}

@test "link-time optimization: the library is for those without, too" {
    make -s CFLAGS='-O2 -flto=auto'
    assert_library
}

@test "link-time optimization of clang" {
    needs clang ld.lld
    make -s CC=clang CFLAGS='-O2 -flto' LDFLAGS=-fuse-ld=lld
    assert_library
}

@test "clang and its linker" {
    needs clang ld.lld
    make -s CC=clang LDFLAGS=-fuse-ld=lld LD=ld.lld
    assert_library
}

@test "uninstall takes away what install brought, in folders with spaces, too" {
    root="$BATS_TEST_TMPDIR/a root"
    make -s install DESTDIR="$root" PREFIX='/my programs'
    for file in bin/hecat lib/libhecat.a lib/pkgconfig/hecat.pc include/hecat.h \
        share/man/man1/hecat.1 share/man/man3/hecat_word.3 include/hecat_openssl.h \
        lib/libhecat_openssl.so.0 lib/libhecat_openssl.so lib/pkgconfig/hecat_openssl.pc \
        lib/hecat/hecat_tls.so lib/libhecat.so.0 lib/libhecat.so \
        include/hecat_cares.h lib/libhecat_cares.so.0 lib/libhecat_cares.so \
        lib/pkgconfig/hecat_cares.pc share/bash-completion/completions/hecat \
        share/zsh/site-functions/_hecat share/fish/vendor_completions.d/hecat.fish; do
        [ -f "$root/my programs/$file" ]
    done
    [ -x "$root/my programs/bin/hecat" ]
    # Each other name of a page leads to it.
    [ "$(<"$root/my programs/share/man/man3/hecat_other.3")" = '.so man3/hecat_word.3' ]
    [ "$(find "$root" -type f | wc -l)" -eq 19 ]
    # A link leads to the next longer name, wherever all of it is.
    version=$(tools/version)
    for file in libhecat libhecat_openssl libhecat_cares; do
        file="$root/my programs/lib/$file.so"
        [ "$(readlink "$file")" = "$(basename "$file").${version%%.*}" ]
        [ "$(readlink "$file.${version%%.*}")" = "$(basename "$file").$version" ]
    done
    make -s uninstall DESTDIR="$root" PREFIX='/my programs'
    run -0 find "$root" ! -type d
    [ -z "$output" ]
}

@test "without OpenSSL the rest is built and installed, asked or not" {
    local root=$BATS_TEST_TMPDIR/root flags
    # Headers that are not there; and a wish.
    for flags in OPENSSL_LIBS=-lno-such-library WITH_OPENSSL=no; do
        rm -rf build "$root"
        make -s install DESTDIR="$root" "$flags"
        run -0 find build "$root" -name '*openssl*' ! -name '*.mk*'
        [ -z "$output" ]
        [ -e "$root/usr/local/include/hecat.h" ]
    done
}

@test "without c-ares the rest is built and installed, asked or not" {
    local root=$BATS_TEST_TMPDIR/root flags
    for flags in CARES_LIBS=-lno-such-library WITH_CARES=no; do
        rm -rf build "$root"
        make -s install DESTDIR="$root" "$flags"
        run -0 find build "$root" -name '*cares*' ! -name '*.mk*'
        [ -z "$output" ]
        [ -e "$root/usr/local/include/hecat.h" ]
    done
}
