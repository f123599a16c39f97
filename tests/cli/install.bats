#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What `make install` installs is enough to use hecat as a library.

bats_require_minimum_version 1.5.0

load installed_helper

server=
: "${TEST_TOOLS:=$BATS_TEST_DIRNAME/../../build/tests/tools}"

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    root=$BATS_TEST_TMPDIR/root
    install_hecat "$root"
}

teardown() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
}

# A program that connects, and is C and C++.
write_use() {
    cat >"$BATS_TEST_TMPDIR/use.c" <<'END'
#include <stdio.h>
#include <event2/event.h>
#include <hecat.h>

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	hecat_connector_free(connector);
	event_base_loopbreak((struct event_base *)arg);
	puts("connected");
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	char text[200];

	hecat_connector_format_errors(connector, text, sizeof(text));
	hecat_connector_free(connector);
	event_base_loopbreak((struct event_base *)arg);
	printf("error %d: %s\n", (int)error, text);
}

int
main(int argc, char *argv[])
{
	struct event_base *base = event_base_new();
	struct hecat_connector *connector = hecat_connector_new(base, NULL,
	    on_connected, on_failed, base);

	if (connector == NULL || hecat_connector_connect_hostname(connector,
	    argv[1], argv[argc - 1]) == -1)
		return (1);
	event_base_dispatch(base);
	event_base_free(base);
	return (0);
}
END
    cp "$BATS_TEST_TMPDIR/use.c" "$BATS_TEST_TMPDIR/use.cc"
}

# assert_refused: nobody listens on port 1 of loopback, so every attempt fails.
assert_refused() {
    run -0 "$BATS_TEST_TMPDIR/use" 127.0.0.1 1
    [ "$output" = "error 1: 127.0.0.1 port 1: no connection: 127.0.0.1:1: Connection refused" ]
}

@test "a C and a C++ program on the shared library, by pkg-config's word" {
    local source
    write_use
    for source in cc:use.c c++:use.cc; do
        build_program shared "${source%:*}" "$BATS_TEST_TMPDIR/use" hecat \
            "$BATS_TEST_TMPDIR/${source#*:}"
        run -0 readelf -d "$BATS_TEST_TMPDIR/use"
        [[ $output == *'[libhecat.so.0]'* ]]
        assert_refused
    done
}

@test "and on the static one, with nothing else beside it" {
    local source
    write_use
    for source in cc:use.c c++:use.cc; do
        # That getaddrinfo(3) is in a static program is a warning of the linker's.
        build_program static "${source%:*}" "$BATS_TEST_TMPDIR/use" hecat \
            "$BATS_TEST_TMPDIR/${source#*:}"
        run -0 readelf -d "$BATS_TEST_TMPDIR/use"
        [[ $output != *NEEDED* ]]
        assert_refused
    done
}

@test "a compiler of one's own finds all of it under another prefix, too" {
    # The variable alone says where it is.
    run -0 pkg-config --define-variable=prefix=/elsewhere --cflags --libs-only-L hecat
    [[ $output == *'-I/elsewhere/include '*'-L/elsewhere/lib '* ]]
    run -0 pkg-config --modversion hecat
    [ "$output" = "$(tools/version)" ]
    # Who links shared libraries names no library of theirs; who links static ones does.
    run -0 pkg-config --libs-only-l hecat
    [ "${output% }" = '-lhecat -levent_core' ]
    run -0 pkg-config --static --libs hecat
    [[ $output == *-lhecat*-pthread* ]]
}

@test "the shared library needs libevent_core and libc, and is whole" {
    run -0 readelf -dW "$root/usr/lib/libhecat.so"
    [[ $output == *'Library soname: [libhecat.so.0]'* && $output == *NODELETE* &&
        $output == *BIND_NOW* ]]
    [ "$(grep -c NEEDED <<<"$output")" -eq 2 ]
    [[ $output == *'[libevent_core-'*'[libc.so.'* ]]
    run -0 readelf -lW "$root/usr/lib/libhecat.so"
    [[ $output == *GNU_RELRO* ]]
    run -0 env LD_BIND_NOW=1 ldd -r "$root/usr/lib/libhecat.so"
    [[ $output != *undefined* ]]
    run -0 nm -D --defined-only "$root/usr/lib/libhecat.so"
    run ! grep -vE ' (hecat_[a-z_0-9]+@@)?HECAT_0$' <<<"$output"
}

# example_of PAGE: prints what stands between .Bd and .Ed in its EXAMPLES.
example_of() {
    sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "man/$1" |
        sed -n '/^\.Bd/,/^\.Ed/p' | sed -e '/^\./d' -e 's/\\e/\\/g'
}

# needs_openssl: skips a test of what is not built without OpenSSL.
needs_openssl() {
    [ -e "$root/usr/lib/pkgconfig/hecat_openssl.pc" ] || skip 'built without OpenSSL'
}

@test "the example of TLS asks a server, and trusts no other" {
    needs_openssl
    local port program
    example_of hecat_openssl_new.3 >"$BATS_TEST_TMPDIR/tls.c"
    build_program shared cc "$BATS_TEST_TMPDIR/tls" hecat_openssl "$BATS_TEST_TMPDIR/tls.c"
    # Its symbols of libhecat are those of the program, where that has them.
    build_program archive cc "$BATS_TEST_TMPDIR/tls-archive" hecat_openssl "$BATS_TEST_TMPDIR/tls.c"
    cd "$BATS_TEST_TMPDIR"
    run -0 readelf -d tls
    [[ $output == *'[libhecat_openssl.so.0]'* && $output == *'[libhecat.so.0]'* ]]
    run -0 readelf -d tls-archive
    [[ $output == *'[libhecat_openssl.so.0]'* && $output != *'[libhecat.so.0]'* ]]
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=x -addext subjectAltName=DNS:localhost -keyout key -out cert 2>/dev/null
    openssl s_server -accept 127.0.0.1:0 -cert cert -key key -www >log 2>&1 3>&- &
    server=$!
    until grep -q '^ACCEPT .*:[0-9]' log; do sleep 0.01; done
    port=$(sed -n 's/^ACCEPT .*://p' log)
    for program in ./tls ./tls-archive; do
        SSL_CERT_FILE=$PWD/cert run -0 "$program" localhost "$port"
        [[ $output == *'200 ok'* ]]
        run -1 "$program" localhost "$port"
        [[ $output == *': certificate is self-signed' ]]
        SSL_CERT_FILE=$PWD/cert run -1 "$program" 127.0.0.1 "$port"
        [[ $output == *': certificate is for localhost, not 127.0.0.1' ]]
    done
    kill "$server"
    wait "$server" || true
}

# needs_cares: likewise without c-ares.
needs_cares() {
    [ -e "$root/usr/lib/pkgconfig/hecat_cares.pc" ] || skip 'built without c-ares'
}

@test "the library shows no name but hecat_*" {
    run -0 nm -g --defined-only "$root/usr/lib/libhecat.a"
    ! grep -E ' [TDBR] ' <<<"$output" | grep -v ' hecat_'
}

# assert_shows NAME: the symbols of libhecat_NAME and its soname.
assert_shows() {
    run -0 nm -D --defined-only "$root/usr/lib/libhecat_$1.so"
    run ! grep -vE " (hecat_$1_[a-z_]+@@)?HECAT_${1^^}_0\$" <<<"$output"
    run -0 readelf -d "$root/usr/lib/libhecat_$1.so"
    [[ $output == *"[libhecat_$1.so.0]"* ]]
}

@test "nor does that of TLS" {
    needs_openssl
    assert_shows openssl
}

@test "nor does that of DNS, whose base is its own" {
    needs_cares
    assert_shows cares
    # What is not its own is in the public header.
    run -0 nm -D --undefined-only "$root/usr/lib/libhecat_cares.so"
    run ! grep -E ' (walk_|search_list_|address_|clock_now)' <<<"$output"
}

@test "the program needs nothing but libc and libevent_core" {
    run -0 ldd "$root/usr/bin/hecat"
    ! grep -vE 'linux-vdso|libevent_core|libc\.so|ld-linux' <<<"$output"
}

@test "the installed program finds its TLS module, wherever it is" {
    [ -e "$root/usr/lib/hecat/hecat_tls.so" ] || skip 'built without OpenSSL'
    run -0 "$root/usr/bin/hecat" -V
    [[ $output == *OpenSSL*'features:'*' tls' ]]
    mv "$root/usr" "$root/elsewhere"
    run -0 "$root/elsewhere/bin/hecat" -V
    [[ $output == *' tls' ]]
}

@test "and its resolver for name servers" {
    needs_cares
    mv "$root/usr" "$root/elsewhere"
    run -0 "$root/elsewhere/bin/hecat" -V
    [[ $output == *'c-ares '*'features:'*' dns'* ]]
    rm "$root"/elsewhere/lib/libhecat_cares.so*
    run -0 "$root/elsewhere/bin/hecat" -V
    [[ $output == *'no c-ares: --dns does not work'* && $output != *' dns'* ]]
}

@test "uninstall leaves no file behind" {
    make -s DESTDIR="$root" PREFIX=/usr uninstall
    run -0 find "$root" ! -type d
    [ -z "$output" ]
}
