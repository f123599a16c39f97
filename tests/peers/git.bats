#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# git's own protocol, with the program as core.gitProxy.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2034,SC2030,SC2031
load peers_helper

prepare_git() {
    require git || return
    command=(git daemon --listen=127.0.0.1 --listen=::1 --port="$port"
        --base-path="$home" --export-all --reuseaddr --enable=receive-pack)
}

# git, with nothing of the user's, and the program as its proxy.
git_here() {
    timeout -k 1 "$DEADLINE" env -u GIT_DIR HOME="$tmp" XDG_CONFIG_HOME="$tmp" \
        GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@test \
        GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@test \
        git -c core.gitProxy="$tmp/proxy" -c safe.directory='*' "$@"
}

# make_proxy: git calls it with host and port.
make_proxy() {
    printf '#!/bin/sh\necho "$@" >>%q\nexec %q "$@"\n' "$tmp/calls" "$HECAT" >proxy
    chmod +x proxy
}

# make_repository: two megabytes that cannot be packed any smaller.
make_repository() {
    git_here init -q --bare "$home/repository"
    git_here init -q first
    pattern upload 2M >first/file
    git_here -C first add file
    git_here -C first commit -q -m first
    git_here -C first push -q "$home/repository" HEAD:refs/heads/main
    git_here -C "$home/repository" symbolic-ref HEAD refs/heads/main
}

@test "git: clone, push and fetch, by a name and an address of each family" {
    local target url
    make_proxy
    start_server git
    make_repository
    for target in localhost 127.0.0.1 '[::1]'; do
        url=git://$target:$port/repository
        rm -rf clone other
        run_command 0 git_here clone -q "$url" clone
        cmp first/file clone/file
        run_command 0 git_here clone -q "$url" other
        pattern download 1M >clone/more
        git_here -C clone add more
        git_here -C clone commit -q --allow-empty -m "$target"
        run_command 0 git_here -C clone push -q origin HEAD:main
        run_command 0 git_here -C other pull -q --ff-only
        cmp clone/more other/more
        grep -qE "^\[?${target//[\[\]]/}\]? $port$" calls || fail "$(<calls)"
    done
}

@test "git: no connection is an error of git" {
    make_proxy
    require git
    port=$(free_port)
    fails() {
        ! git_here clone -q "git://127.0.0.1:$port/repository" clone
    }
    run_command 0 fails
    assert_match 'Connection refused' "$stderr"
}
