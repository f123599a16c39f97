#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# How the tests in this folder start and end servers.

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2034,SC2030,SC2031
load peers_helper

# A server with nothing but python.
prepare_plain() {
    require_python http.server || return
    command=("$python" -m http.server --bind 127.0.0.1 "$port")
}

# A server whose processes do not mind SIGTERM.
prepare_stubborn() {
    prepare_plain || return
    local line
    printf -v line '%q ' "${command[@]}"
    command=(bash -c "trap '' TERM; $line & wait")
}

prepare_broken() {
    command=(bash -c 'echo no such option; exit 1')
}

@test "a server listens in its folder, and is gone when it is ended" {
    start_server plain
    echo here >"$home/file"
    run_command 0 hecat --no-shutdown 127.0.0.1 "$port" <<<$'GET /file HTTP/1.0\r\n\r'
    assert_match 'here$' "$(<stdout)"
    end_server plain
    is_gone "$server_pid"
    [[ -z $(ss -Hltn "sport = :$port") ]]
}

@test "a server that does not mind SIGTERM is gone, and its children with it" {
    start_server stubborn
    END_SECONDS=1 end_server stubborn
    wait_for is_gone "$server_pid"
    [[ -z $(ss -Hltn "sport = :$port") ]]
}

# The other server is there first and is not mistaken for ours.
@test "a port that somebody else took: another one" {
    local taken
    start_server plain
    taken=$port
    free_port() {
        if mkdir asked 2>/dev/null; then
            echo "$taken"
        else
            echo $((30000 + RANDOM % 2000))
        fi
    }
    prepare_second() {
        prepare_plain
    }
    start_server second
    assert_between 30000 31999 "$port" port
    ! is_gone "$(<plain/pid)"
}

@test "a server that ends at once: the test fails and shows its words" {
    run start_server broken
    assert_equal 1 "$status" status
    assert_match 'broken ended before it listened' "$output"
    run show_log broken
    assert_match 'no such option' "$output"
}

@test "what is not there: skipped with words, and a failure in CI" {
    skip() {
        echo "skipped: $*"
    }
    CI=
    run require no-such-program
    assert_equal 'skipped: no-such-program is not installed: make deps-dev' "$output"
    run require_python no_such_module
    assert_match '^skipped: .*no_such_module' "$output"
    CI=true
    run require no-such-program
    assert_equal 1 "$status" status
    assert_match 'no-such-program is missing' "$output"
    run require_python no_such_module
    assert_equal 1 "$status" status
}
