#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What a program that was built with an older libhecat relies on stays as it
# was: the symbols of each library, the types of its functions, the values of
# its constants, and the size and the members of its structs. A list of them is
# in abi/LIBRARY, and what is gone from it or changed breaks such a program.
#
#	ABI=write tests/run tests/build/abi.bats
#
# builds the libraries and writes the lists anew; `git diff` then shows what has
# changed.

# Variables come from the helper.
# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0

load headers

lists=$BATS_TEST_DIRNAME/abi

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    # Sizes and offsets are those of a processor with 64 bits.
    [ "$(getconf LONG_BIT)" = 64 ] || skip 'the lists are of 64 bits'
}

# libraries: prints the names of those that were built.
libraries() {
    local name
    for name in $(public_headers); do
        [ "$(library_of "$name")" != "$name" ] || echo "$name"
    done
}

# print_abi LIBRARY [FILE]: prints its list, with the symbols of a FILE.
print_abi() {
    nm -D --defined-only "${2:-$build/lib$1.so}" | sed -n 's/.* [A-Z] \(hecat_\)/symbol \1/p' |
        LC_ALL=C sort
    declarations "$1" | write_printer "$1" >"$1.cc"
    c++ -I"$top/src/include" -Wno-invalid-offsetof -o "$1" "$1.cc"
    "./$1"
}

# write_printer LIBRARY: writes a program that prints what is declared on
# standard input. A compiler of C++ knows types, and prints them.
write_printer() {
    cat <<'END'
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <typeinfo>

static void
print(const char *what, unsigned long number, const std::type_info &type)
{
	char *name = abi::__cxa_demangle(type.name(), NULL, NULL, NULL);

	printf(what, number, name);
	free(name);
}
END
    printf '#include "%s.h"\nint main() {\n' "$1"
    while read -r kind name rest; do
        case $kind in
        function) echo "print(\"function $name %2\$s\\n\", 0, typeid(&$name));" ;;
        variable | type) echo "print(\"$kind $name %2\$s\\n\", 0, typeid($name));" ;;
        constant) echo "printf(\"constant $name %lld\\n\", (long long)$name);" ;;
        enum | struct) echo "printf(\"$kind $name %zu bytes\\n\", sizeof($kind $name));" ;;
        member)
            echo "print(\"member $name.$rest %lu %s\\n\", offsetof($name, $rest)," \
                "typeid((($name *)0)->$rest));"
            ;;
        macro)
            # The version is not to stay what it is.
            [ -z "$rest" ] || [[ $name == HECAT_VERSION_* ]] ||
                echo "printf(\"macro $name %lld\\n\", (long long)($name));"
            ;;
        esac
    done
    echo '}'
}

# compare LIST NOW: says what is in one of them alone, and fails if there is any.
compare() {
    local library
    library=lib$(basename "$1")
    diff <(LC_ALL=C sort "$1") <(LC_ALL=C sort "$2") >differences && return
    sed -n "s/^< /$library: gone, or changed: /p" differences
    sed -n "s/^> /$library: not in its list: /p" differences
    return 1
}

@test "the libraries are what their lists say" {
    local library status=0
    if [ "${ABI-}" = write ]; then
        MAKEFLAGS='' make -s -C "$top"
        mkdir -p "$lists"
    fi
    for library in $(libraries); do
        print_abi "$library" >"$library.now"
        [ "${ABI-}" != write ] || cp "$library.now" "$lists/$library"
        compare "$lists/$library" "$library.now" || status=1
    done
    [ "$status" -eq 0 ] || {
        echo 'What is gone or changed breaks programs that were built with it.'
        echo 'What was added is listed by: ABI=write tests/run tests/build/abi.bats'
    }
    return "$status"
}

@test "a library exports what its header declares, and nothing else" {
    local library
    for library in $(libraries); do
        nm -D --defined-only "$build/lib$library.so" |
            sed -n 's/.* [A-Z] \(hecat_[a-z_0-9]*\).*/\1/p' | sort >symbols
        declarations "$library" | sed -n 's/^\(function\|variable\) //p' | sort >declared
        diff declared symbols
        [ -s symbols ]
    done
}

@test "what is gone, changed or added is told apart" {
    printf '%s\n' 'constant A 1' 'constant B 2' 'symbol c' >hecat
    cp hecat now
    compare hecat now
    printf '%s\n' 'constant A 1' 'constant B 3' 'symbol d' >now
    run -1 compare hecat now
    [ "$output" = 'libhecat: gone, or changed: constant B 2
libhecat: gone, or changed: symbol c
libhecat: not in its list: constant B 3
libhecat: not in its list: symbol d' ]
}

# without_a_symbol: links libhecat without a function, as less.so.
without_a_symbol() {
    local objects
    mapfile -t objects < <(cd "$top" && printf '%s\n' src/{lib,base}/*.c |
        sed "s|.*|$build/&|; s|c\$|o|")
    printf '%s\n' 'HECAT_0 { global: hecat_*;' \
        'local: hecat_connector_cancel; *; };' >exports
    cc -shared -pthread -o less.so "${objects[@]}" -levent_core \
        -Wl,-soname,libhecat.so.0,--version-script=exports
}

@test "a library that has lost a function is noticed" {
    without_a_symbol
    print_abi hecat less.so >now
    run -1 compare "$lists/hecat" now
    [ "$output" = 'libhecat: gone, or changed: symbol hecat_connector_cancel@@HECAT_0' ]
}

@test "abidiff says the same of it, and of the library that it is the same" {
    command -v abidiff >/dev/null || {
        [ -z "${ALL_INSTALLED-}" ]
        skip 'abidiff is not installed: make deps-dev'
    }
    without_a_symbol
    run abidiff "$build/libhecat.so" less.so
    # 4: there is a difference; 8: it breaks programs.
    [ "$status" -eq 12 ]
    [[ $output == *'1 Removed,'*hecat_connector_cancel* ]]
    run -0 abidiff "$build/libhecat.so" "$build/libhecat.so"
}
