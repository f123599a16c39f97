# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154 # variables are for the tests
#
# Functions for bats tests against real servers: Debian's packages, installed or
# unpacked by `make deps-dev`. What tests/cli/helper.bash has is here too.
#
# A test starts its servers itself: on 127.0.0.1, on a free port, in a folder of
# their own, with a configuration of their own, and in a process group of their
# own, which is gone when the test ends. No service of the system is started,
# configured or spoken to.
#
# To add a server, write a function prepare_NAME and let a test say start_server
# NAME. It runs in the test's shell, may write files into the folder $home, and
# puts a command that stays in the foreground and listens on $port into the
# array $command:
#
#	prepare_redis() {
#	    require redis-server || return
#	    command=(redis-server --port "$port" --dir "$home")
#	}
#
# Its package goes into tools/install-packages: to "daemons" when it brings a
# service, to "dev" otherwise.

load ../cli/helper

here=$BATS_TEST_DIRNAME

# What was unpacked comes last: an installed program goes before it.
unpacked=$(cd "$top" && pwd)/build/peers
PATH=$PATH:/usr/sbin:/sbin:$unpacked/usr/sbin:$unpacked/usr/bin

# The python that Debian's packages are for.
python=/usr/bin/python3
[[ -x $python ]] || python=python3

# Seconds after which a server ends by itself, if nobody else ends it.
SERVER_SECONDS=300

# Seconds that a server has to end when it is asked to.
END_SECONDS=5

# How many ports are tried when each turns out to be taken.
PORT_TRIES=10

servers=()

teardown() {
    local name
    for name in "${servers[@]}"; do
        [[ -n ${BATS_TEST_COMPLETED-}${BATS_TEST_SKIPPED-} ]] || show_log "$name"
        end_server "$name"
    done
    end_started
}

# require PROGRAM...: skips the test where a program is missing; in CI that is a
# failure.
require() {
    local program
    for program; do
        type -P "$program" >/dev/null || missing "$program" || return
    done
}

# require_python MODULE...: the same for modules of $python.
require_python() {
    local module
    require "$python" || return
    for module; do
        "$python" -c "import $module" 2>/dev/null ||
            missing "python's $module" || return
    done
}

# missing WHAT
missing() {
    [[ -z ${CI:-} ]] || fail "CI has to run this, and $1 is missing" || return
    skip "$1 is not installed: make deps-dev"
}

# start_server NAME: starts the server that prepare_NAME describes and waits
# until it listens. Its port is $port, its process group $server_pid, its folder
# $home, its output $home/log.
start_server() {
    local name=$1 tries
    home=$tmp/$name
    mkdir "$home" || return
    for ((tries = 0; tries < PORT_TRIES; tries++)); do
        port=$(free_port)
        "prepare_$name" || return
        launch "$name" || return
        wait_for is_settled "$server_pid" || return
        ! listens "$server_pid" || return 0
        grep -qiE 'in use|EADDRINUSE' "$home/log" || break
    done
    fail "$name ended before it listened on port $port"
}

# free_port: prints a port that nobody listens on now. It is below those that
# the kernel gives to clients; another server may yet be quicker to take it.
free_port() {
    local port
    while
        port=$((20000 + RANDOM % 10000))
        [[ -n $(ss -Hltn "sport = :$port") ]]
    do
        :
    done
    echo "$port"
}

# launch NAME: starts $command in $home, as the server $server_pid.
launch() {
    local libraries
    # timeout makes the process group, and ends it.
    local wrapper=(timeout -k 5 "$SERVER_SECONDS")
    if [[ $(type -P "${command[0]}") == "$unpacked"/* ]]; then
        libraries=$(printf '%s:' "$unpacked"{,/usr}/lib/*-linux-gnu*)
        wrapper+=(env LD_LIBRARY_PATH="$libraries")
    fi
    (
        cd "$home" || exit
        exec "${wrapper[@]}" "${command[@]}"
    ) >"$home/log" 2>&1 </dev/null 3>&- 7>&- &
    server_pid=$!
    echo "$server_pid" >"$home/pid"
    [[ " ${servers[*]} " == *" $name "* ]] || servers+=("$name")
}

# listens GROUP: whether a process of the group listens on $port.
listens() {
    local users
    users=$(ss -Hltnp "sport = :$port")
    while [[ $users =~ pid=([0-9]+)(.*) ]]; do
        users=${BASH_REMATCH[2]}
        [[ $(ps -o pgid= -p "${BASH_REMATCH[1]}") -ne $1 ]] || return 0
    done
    return 1
}

# is_settled GROUP: whether it listens, or has ended.
is_settled() {
    listens "$1" || has_ended "$1"
}

# end_server NAME: asks the process group to end, and then ends it.
end_server() {
    local pid
    pid=$(<"$tmp/$1/pid")
    kill -TERM -- "-$pid" 2>/dev/null || true
    DEADLINE=$END_SECONDS wait_for is_gone "$pid" 2>/dev/null ||
        kill -KILL -- "-$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

is_gone() {
    ! kill -0 -- "-$1" 2>/dev/null
}

# show_log NAME: the end of what a server has said, for a test that has failed.
show_log() {
    {
        printf -- '-- log of %s\n' "$1"
        tail -n 40 "$tmp/$1/log" | cat -v
    } >&2
}
