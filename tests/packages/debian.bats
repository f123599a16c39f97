#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The packages of debian/: they build, lintian has nothing against them, and in a
# system of its own, with nothing else in it, they install, work, and leave
# nothing behind. That needs root and Debian's archive: `make packages`.

# shellcheck disable=SC2154 # of bats
bats_require_minimum_version 1.5.0

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    export made=$BATS_FILE_TMPDIR/made system=$BATS_FILE_TMPDIR/system
    mkdir -p "$made/hecat"
    git archive HEAD | tar -C "$made/hecat" -x
    (cd "$made/hecat" && dpkg-buildpackage -us -uc -b) >"$made/log" 2>&1 || {
        tail -n 40 "$made/log"
        return 1
    }
}

# needs_root: skips a test where no system can be made.
needs_root() {
    [ "$(id -u)" -eq 0 ] || skip 'only root can make a system of its own'
    command -v debootstrap >/dev/null || skip 'debootstrap is not installed: make deps-dev'
}

# inside COMMAND [ARGUMENT...]: runs a command in the system.
inside() {
    chroot "$system" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}

@test "lintian has nothing to say" {
    command -v lintian >/dev/null || skip 'lintian is not installed: make deps-dev'
    run -0 lintian --allow-root "$made"/hecat_*.changes
    [ -z "$output" ]
}

@test "the program needs libc and libevent_core, and recommends the rest" {
    run -0 dpkg-deb -f "$made"/hecat_*.deb Depends
    [[ $output == 'libc6 (>='*'), libevent-core-2.1-7 (>='*')' ]]
    run -0 dpkg-deb -f "$made"/hecat_*.deb Recommends
    [[ $output == 'hecat-tls (='*'libhecat-cares0 (='* ]]
}

@test "a fresh system" {
    needs_root
    debootstrap --variant=minbase "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$system" >/dev/null
    # Packages come from where those of this machine do.
    cp -r /etc/apt/. "$system/etc/apt/"
    cp "$made"/*.deb "$system/root"
    rm "$system"/root/*-dbgsym_*
    inside apt-get -q update
    inside apt-get -q -y --no-install-recommends install man-db bash-completion gcc libc6-dev pkg-config
    inside sh -c 'dpkg -l | sort' >"$BATS_FILE_TMPDIR/before"
}

@test "the program installs alone, runs, and has its manual and completions" {
    needs_root
    inside sh -c 'apt-get -q -y --no-install-recommends install ./root/hecat_*.deb'
    run -0 inside hecat -V
    [[ $output == 'hecat '* && $output != *' tls'* && $output != *' dns'* ]]
    run -1 inside hecat -z 127.0.0.1 1
    run -0 inside man -P cat hecat
    [[ $output == *'HECAT(1)'* ]]
    run -0 inside bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader hecat; complete -p hecat'
    [[ $output == *hecat ]]
}

@test "with the recommended packages it speaks TLS and asks name servers" {
    needs_root
    inside sh -c 'apt-get -q -y --no-install-recommends install ./root/hecat-tls_*.deb ./root/libhecat-openssl0_*.deb ./root/libhecat-cares0_*.deb'
    run -0 inside hecat -V
    [[ $output == *'features:'*' dns tls'* ]]
}

@test "an example of the library builds and runs" {
    needs_root
    inside sh -c 'apt-get -q -y --no-install-recommends install ./root/lib*.deb'
    inside sh -c 'cc -Wall -Werror -o /root/http_get /usr/share/doc/libhecat-dev/examples/http_get.c $(pkg-config --cflags --libs hecat)'
    run -1 inside /root/http_get 127.0.0.1 1 /
    [[ $output == *'127.0.0.1:1: Connection refused' ]]
    run -0 inside man -P cat 3 hecat_config_set_order
    [[ $output == *hecat_config_set_order* ]]
}

@test "removed, they leave nothing" {
    needs_root
    inside apt-get -q -y purge hecat hecat-tls 'libhecat*'
    inside apt-get -q -y autoremove
    run inside sh -c 'find / -xdev -path /root -prune -o -path /var/lib/apt -prune -o -path /var/cache -prune -o -path /var/log -prune -o -name "*hecat*" -print'
    [ -z "$output" ]
}
