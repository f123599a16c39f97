#!/usr/bin/env bats
# What `make install` installs is enough to use hecat as a library.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    root=$BATS_TEST_TMPDIR/root
    # The program under test may be a variant; what is installed is not. But it
    # is built with what this make was given, or else it would be built anew.
    export MAKEFLAGS=${MAKEFLAGS-}
    case $MAKEFLAGS in
    *'-- '*) MAKEFLAGS="-- ${MAKEFLAGS#*-- }" ;;
    *) MAKEFLAGS= ;;
    esac
    make -s DESTDIR="$root" PREFIX=/usr install
}

@test "a C program links with libhecat by pkg-config's word and connects" {
    cat >"$BATS_TEST_TMPDIR/use.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <event2/event.h>
#include <hecat.h>

static void
on_connected(struct hecat_connector *connector, int fd, void *arg)
{
	(void)fd;
	hecat_connector_free(connector);
	event_base_loopbreak(arg);
	puts("connected");
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	hecat_connector_free(connector);
	event_base_loopbreak(arg);
	printf("error %d\n", (int)error);
}

int
main(int argc, char *argv[])
{
	struct event_base *base = event_base_new();
	struct hecat_config config;

	hecat_config_init(&config);
	config.host = argv[1];
	config.port = (uint16_t)atoi(argv[argc - 1]);
	if (hecat_connector_new(base, &config, on_connected, on_failed, base) == NULL)
		return (1);
	event_base_dispatch(base);
	event_base_free(base);
	return (0);
}
END
    read -ra libs < <(sed -n 's/^Libs: //p' "$root/usr/lib/pkgconfig/hecat.pc")
    libs=("${libs[@]/-L\/usr\/lib/-L$root\/usr\/lib}")
    cc -I"$root/usr/include" -o "$BATS_TEST_TMPDIR/use" "$BATS_TEST_TMPDIR/use.c" "${libs[@]}"
    # Nobody listens on port 1 of loopback: every attempt fails.
    run -0 "$BATS_TEST_TMPDIR/use" 127.0.0.1 1
    [ "$output" = "error 1" ]
}

@test "the library shows no name but hecat_*" {
    run -0 nm -g --defined-only "$root/usr/lib/libhecat.a"
    ! grep -E ' [TDBR] ' <<<"$output" | grep -v ' hecat_'
}

@test "the program needs nothing but libc and libevent_core" {
    run -0 ldd "$root/usr/bin/hecat"
    ! grep -vE 'linux-vdso|libevent_core|libc\.so|ld-linux' <<<"$output"
}

@test "uninstall leaves no file behind" {
    make -s DESTDIR="$root" PREFIX=/usr uninstall
    run -0 find "$root" -type f
    [ -z "$output" ]
}
