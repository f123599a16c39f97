#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What the program holds while it runs. (That it loses nothing, on any path, is
# for a build with the address sanitizer to tell, with all of these tests.)

# Variables come from the helper, functions are called by name, and every test
# is a subshell.
# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper

# descriptors PID: prints the descriptors of a process beyond the standard ones.
descriptors() {
    local link
    for link in "/proc/$1/fd/"*; do
        ((${link##*/} <= 2)) || printf '%s\n' "$link"
    done
}

# connections PID: prints how many of them are TCP sockets.
connections() {
    local link name count=0
    for link in $(descriptors "$1"); do
        name=$(readlink "$link")
        [[ $name == socket:* ]] || continue
        name=${name//[^0-9]/}
        ! awk '{ print $10 }' /proc/net/tcp /proc/net/tcp6 | grep -qx "$name" ||
            count=$((count + 1))
    done
    echo "$count"
}

# only_standard_streams COMMAND...: becomes the command, without descriptors
# that the test has of its own; 8 it may have opened for the command.
only_standard_streams() {
    local link
    for link in "/proc/$BASHPID/fd/"*; do
        case ${link##*/} in
        [0128]) ;;
        *) eval "exec ${link##*/}>&-" ;;
        esac
    done
    exec "$@"
}

# Begins a relay over the address that won a race.
begin_relay() {
    mkfifo input
    exec 7<>input
    start_peer_at '-b ::1 -a 127.0.0.1' send hello recv-eof
    only_standard_streams "$HECAT" -d 10 --address ::1,127.0.0.1 host "$port" \
        <input >stdout 2>stderr &
    hecat_pid=$!
    started+=("$hecat_pid")
    wait_for holds stdout hello
}

end_relay() {
    exec 7>&-
    finish_hecat 0
}

@test "while it relays the winner is the only connection" {
    begin_relay
    assert_equal 1 "$(connections "$hecat_pid")" connections
    end_relay
}

@test "what it opens is closed on exec" {
    local link flags
    begin_relay
    for link in $(descriptors "$hecat_pid"); do
        flags=$(awk '$1 == "flags:" { print $2 }' "/proc/$hecat_pid/fdinfo/${link##*/}")
        assert_match '^0?2[0-7]{6}$' "$flags" "flags of $(readlink "$link")"
    done
    end_relay
}

@test "what it inherits stays open" {
    exec 8<>"$tmp/kept"
    begin_relay
    assert_equal "$(readlink -f kept)" "$(readlink "/proc/$hecat_pid/fd/8")"
    assert_match '2$' "$(awk '$1 == "flags:" { print $2 }' "/proc/$hecat_pid/fdinfo/8")"
    exec 8>&-
    end_relay
}

@test "an address needs no thread" {
    ! is_sanitized || skip 'a sanitizer may have threads of its own'
    begin_relay
    assert_equal 1 "$(find "/proc/$hecat_pid/task" -mindepth 1 -maxdepth 1 | wc -l)" threads
    end_relay
}

@test "it loads libc and libevent_core only" {
    ! is_sanitized || skip 'a sanitizer is a library too'
    assert_equal 'libc libevent_core' \
        "$(ldd "$HECAT" | sed -nE 's/^\s*([a-z_]+)[-.].* => .*/\1/p' | sort | paste -sd ' ')"
}

@test "idle it uses no time" {
    local before after
    begin_relay
    before=$(ticks "$hecat_pid")
    wait_for is_past $(($(now) + 500))
    after=$(ticks "$hecat_pid")
    assert_between 0 5 $((after - before)) 'hundredths of a second'
    end_relay
}

@test "blocked both ways it uses no time" {
    local before after
    mkfifo output
    exec 8<>output
    start_peer send-pattern 64M
    "$HECAT" 127.0.0.1 "$port" </dev/zero >output 3>&- 8>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
    wait_for is_stalled
    before=$(ticks "$hecat_pid")
    wait_for is_past $(($(now) + 500))
    after=$(ticks "$hecat_pid")
    assert_between 0 5 $((after - before)) 'hundredths of a second'
    exec 8>&-
}
