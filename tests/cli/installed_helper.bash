# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Functions for bats tests of what `make install` installs: the libraries as
# other programs build on them, by the word of pkg-config alone.

top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# install_hecat ROOT: installs below the folder ROOT, with the prefix /usr, and
# lets pkg-config find that. The program under test may be a variant; what is
# installed is not. But it is built with what this make was given, or else it
# would be built anew; with a variant, by the first of several tests.
install_hecat() {
    local flags=${MAKEFLAGS-}
    case $flags in
    *'-- '*) flags="-- ${flags#*-- }" ;;
    *) flags= ;;
    esac
    mkdir -p "$top/build"
    MAKEFLAGS=$flags flock "$top/build" make -s -C "$top" DESTDIR="$1" PREFIX=/usr install
    export PKG_CONFIG_PATH=$1/usr/lib/pkgconfig
    installed_libraries=$1/usr/lib
}

# build_program KIND COMPILER PROGRAM PACKAGE FILE|OPTION...: compiles a program
# on an installed library: `shared`, `archive` (libhecat.a, and all others
# shared) or `static`, a program that needs no library any more. What is
# installed is not where its prefix says, as ROOT comes before that. Says how.
build_program() {
    local kind=$1 compiler=$2 program=$3 package=$4 flags options=(--define-prefix)
    shift 4
    [ "$kind" = shared ] || options+=(--static)
    read -ra flags < <(pkg-config "${options[@]}" --cflags --libs "$package")
    [ ${#flags[@]} -gt 0 ] || return
    case $kind in
    archive) mapfile -t flags < <(printf '%s\n' "${flags[@]}" | sed 's/^-lhecat$/-l:libhecat.a/') ;;
    static) flags+=(-static) ;;
    esac
    # What finds the shared ones finds the TLS module of hecat, too.
    [[ $kind != shared && ${flags[*]} != *-lhecat_* ]] ||
        flags+=("-Wl,-rpath,$installed_libraries")
    set -- "$compiler" -Wall -Wextra -Werror -o "$program" "$@" "${flags[@]}"
    echo "$@"
    "$@"
}
