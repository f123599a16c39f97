#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# redis, which takes a half-close for an abort and drops what it has not sent.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2034,SC2030,SC2031
load peers_helper

# More than the buffers of a connection hold.
VALUE=20M

prepare_redis() {
    require redis-check-rdb redis-cli || return
    # The server, under a name that makes it one: redis-tools has no other.
    ln -sf "$(type -P redis-check-rdb)" "$home/redis-server"
    command=("$home/redis-server" --bind 127.0.0.1 --port "$port" --dir "$home"
        --save '' --appendonly no)
}

# redis COMMAND...: says something to the server, by its own client.
redis() {
    timeout -k 1 "$DEADLINE" redis-cli -p "$port" "$@"
}

# start_redis: with a large value in it.
start_redis() {
    start_server redis
    pattern download "$VALUE" >value
    assert_equal OK "$(redis -x set large <value)"
}

# ask COMMAND [OPTION...]: what a shell says to redis.
ask() {
    local line=$1
    shift
    printf '%s\r\n' "$line" | hecat "$@" 127.0.0.1 "$port"
}

# reply FILE: prints the reply that redis gives to "get large".
reply() {
    printf '$%d\r\n' "$(size value)"
    cat value
    printf '\r\n'
}

# assert_whole: standard output is that reply, byte for byte.
assert_whole() {
    reply >expected
    cmp expected stdout || fail "$(size stdout) of $(size expected) bytes"
}

# paused: reads a little, nothing for 5 s, and then the rest.
paused() {
    head -c 1000
    sleep 5
    cat
}

# ask_paused OPTION...: the same as ask, with that as the reader; the status is
# the program's.
ask_paused() {
    set -o pipefail
    ask 'get large' "$@" | paused
}

@test "redis: a reply of 20 MB" {
    start_redis
    run_command 0 ask 'get large'
    assert_whole
}

@test "redis: a reply of 20 MB into a reader that pauses for 5 s" {
    start_redis
    run_command 0 ask_paused
    assert_whole
}

@test "redis: a reply of 20 MB after which the server ends" {
    quit() {
        printf 'get large\r\nquit\r\n' | hecat 127.0.0.1 "$port"
    }
    start_redis
    run_command 0 quit
    reply >expected
    printf '+OK\r\n' >>expected
    cmp expected stdout
}

@test "redis: 100000 commands and their replies" {
    load_keys() {
        seq -f 'set key:%.0f value' 100000 | hecat 127.0.0.1 "$port"
    }
    start_redis
    run_command 0 load_keys
    assert_equal 100000 "$(grep -c '^+OK' stdout)" 'replies'
    assert_equal 500000 "$(size stdout)" 'bytes of replies'
    assert_equal 100001 "$(redis dbsize)" 'keys'
}

# The reader keeps redis from sending it all before it sees the end.
@test "redis: -N is taken for an abort" {
    interrupted() {
        ask_paused -N || echo "status $?" >&2
    }
    start_redis
    run_command 0 interrupted
    assert_between 0 "$(($(size value) - 1))" "$(size stdout)" 'bytes'
}
