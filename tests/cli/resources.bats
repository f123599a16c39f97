#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Limits and gaps of the system: descriptors, memory, threads, files, disks,
# and files that are not there. Whatever is short, the result is right, or the
# error is clear and the status is that of its kind.
#
# NOFILE_MAX (20) and MEMORY_STEP (200 KiB) say how much of it is tried.

# shellcheck disable=SC2154,SC2317,SC2030,SC2031
load helper

: "${NOFILE_MAX:=20}" "${MEMORY_STEP:=200}" "${FAULTS:=$top/build/tests/faults}"

# All of it that can be lacking at the start: the loader says so and exits.
LOADER_FAILED=127

# start_limited NAME 'LIMIT' ARGUMENT...: starts the program with a limit of
# ulimit, and no descriptors but the standard ones; its files are called NAME.
start_limited() {
    local name=$1 limit=$2
    shift 2
    (
        exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
        # shellcheck disable=SC2086 # an option and its value
        ulimit $limit
        exec "$HECAT" "$@"
    ) <input.file >"$name.out" 2>"$name.err" &
    started+=($!)
    pids+=("$name:$!")
}

# finish_limited REGEX: waits for all of them. What ended with 70 has said what
# it lacks; anything else has to be in order, as the function check says. How
# many were is in $in_order.
finish_limited() {
    local words=$1 entry name
    in_order=0
    for entry in "${pids[@]}"; do
        name=${entry%:*}
        finish "${entry##*:}" || fail "$name" || return
        case $status in
        0)
            check "$name" || fail "$name: not in order" || return
            in_order=$((in_order + 1))
            ;;
        70) assert_match "$words" "$(<"$name.err")" "$name" || return ;;
        "$LOADER_FAILED")
            # The words are the loader's, before there is a program.
            assert_match "$words|loading shared libraries|TLS data" \
                "$(<"$name.err")" "$name" || return
            ;;
        *) fail "$name: status $status: $(<"$name.err")" || return ;;
        esac
    done
    pids=()
}

# check NAME: what a run that says that it succeeded has to have done.
check() {
    case $1 in
    *-z) assert_equal 0 "$(size "$1.out")" ;;
    *-probe) assert_match ' 1 of  1 ' "$(<"$1.out")" ;;
    *-probe_json)
        assert_match ' 1 of  1 ' "$(<"$1.out")" &&
            jq -e '.result == "complete"' "$1.json" >/dev/null
        ;;
    *)
        assert_download 100000 "$1.out" || return
        case $1 in
        *-v) assert_match 'sent 100000 bytes, received 100000 bytes' "$(<"$1.err")" ;;
        *-t) assert_match 'connected' "$(<"$1.err")" ;;
        *-chart) assert_match 'connected in' "$(<"$1.err")" ;;
        *-json) jq -e '.result == "connected"' "$1.json" >/dev/null ;;
        *-report_fd) jq -e '.result == "connected"' "$1.err" >/dev/null ;;
        *) assert_equal '' "$(<"$1.err")" ;;
        esac
        ;;
    esac
}

# start_modes PREFIX LIMIT: starts it in each of its ways.
start_modes() {
    start_limited "$1-literal" "$2" 127.0.0.1 "$port"
    start_limited "$1-no_splice" "$2" --no-splice 127.0.0.1 "$port"
    start_limited "$1-ipv4_name" "$2" -4 localhost "$port"
    start_limited "$1-z" "$2" -z 127.0.0.1 "$port"
    start_limited "$1-v" "$2" -v 127.0.0.1 "$port"
    start_limited "$1-t" "$2" -t 127.0.0.1 "$port"
    start_limited "$1-chart" "$2" --chart 127.0.0.1 "$port"
    start_limited "$1-json" "$2" --json="$1-json.json" 127.0.0.1 "$port"
    start_limited "$1-report_fd" "$2" --json --report-fd 2 127.0.0.1 "$port"
    start_limited "$1-probe" "$2" --probe=1 127.0.0.1 "$port"
}

open_peer() {
    pattern upload 100000 >input.file
    # All limits take longer than a listener lives.
    start_peer_at '-a 127.0.0.1 -t 3600' -k 0 exchange 100000
    pids=()
}

@test "descriptors: each limit from 3 on, each way to run: right, or 70" {
    local limit most=0
    # A sanitizer has no descriptor to look for leaks with.
    export ASAN_OPTIONS=detect_leaks=0
    open_peer
    # With sanitizers there are more that are open.
    for limit in $(seq 3 "$NOFILE_MAX") 64; do
        start_modes "$limit" "-n $limit"
        start_limited "$limit-name" "-n $limit" localhost "$port"
        start_limited "$limit-probe_json" "-n $limit" \
            --probe=1 --json="$limit-probe_json.json" localhost "$port"
        finish_limited 'Too many open files'
        ((in_order >= most))
        most=$in_order
    done
    assert_equal 12 "$most" 'ways that work with 64 descriptors'
}

@test "descriptors: a probe that lacks them ends after its first round" {
    local begin
    is_sanitized && skip 'a sanitizer has more that are open'
    open_peer
    begin=$(now)
    start_limited probe '-n 7' --probe=9 127.0.0.1 "$port"
    finish_limited '^hecat: the probe is not complete: Too many open files; raise'
    assert_equal 70 "$status"
    assert_between 0 15000 $(($(now) - begin)) 'milliseconds'
    assert_match '1 of 9 rounds, interrupted' "$(<probe.out)"
}

# Where lookups have two threads glibc has faults of its own: tests/faults/known.c.
@test "memory: each limit of the address space: right, or 70" {
    local limit
    is_sanitized && skip 'a sanitizer maps more than any limit'
    open_peer
    for limit in $(seq 2600 "$MEMORY_STEP" 5600) 16000 64000; do
        start_modes "$limit" "-v $limit"
        finish_limited 'memory'
    done
    assert_equal 10 "$in_order" 'ways that work with 64 MB'
}

@test "memory: a small stack is enlarged, or an error" {
    is_sanitized && skip 'a sanitizer needs more stack'
    open_peer
    start_limited soft-name '-Ss 128' localhost "$port"
    finish_limited 'nothing'
    assert_equal 1 "$in_order"
    start_limited hard-name '-s 128' localhost "$port"
    finish_limited '^hecat: no memory for the stack; raise the limit with ulimit -v or -s$'
    assert_equal 0 "$in_order"
}

# without_threads COMMAND...: runs it where no thread can be made.
without_threads() {
    timeout -k 1 "$DEADLINE" "$FAULTS/refuse" EAGAIN clone3 "$@"
}

@test "threads: without any the lookup blocks, and -v says so" {
    is_sanitized && skip 'a sanitizer has threads of its own'
    start_peer -k 0 exchange 100000
    pattern upload 100000 >input.file
    run_command 0 without_threads "$HECAT" -v localhost "$port" <input.file
    assert_download 100000
    assert_match 'no thread could be made: the A lookup blocked everything else' "$stderr"
    run_command 0 without_threads "$HECAT" --probe=1 localhost "$port"
    assert_match 'IPv4: healthy' "$(<stdout)"
}

# as_nobody COMMAND...: runs it as a user that may have no other process.
as_nobody() {
    (ulimit -u 1 && exec setpriv --reuid=65534 --clear-groups "$@")
}

@test "threads: a user that may have no more of them" {
    needs as_nobody "$HECAT" --version
    start_peer -k 0 exchange 100000
    pattern upload 100000 >input.file
    run_command 0 as_nobody "$HECAT" -v localhost "$port" <input.file
    assert_download 100000
    assert_match 'no thread could be made' "$stderr"
}

@test "files: what is too large for its limit is 7, and says so" {
    local options
    small() {
        (ulimit -f 0 && exec "$HECAT" "$@")
    }
    # What it says goes through a pipe, which has no limit.
    start_peer -k 0 send hello recv-eof
    {
        status=0
        small -N 127.0.0.1 "$port" 2>&1 >output </dev/null || status=$?
        echo "status $status"
    } | cat >said
    assert_equal $'hecat: standard output: File too large, after 0 bytes\nstatus 7' "$(<said)"
    for options in '--json=report' '-t --report-fd 8'; do
        {
            status=0
            # shellcheck disable=SC2086
            small $options -z 127.0.0.1 "$port" 2>&1 8>report.fd || status=$?
            echo "status $status"
        } | cat >said
        assert_equal $'hecat: report: File too large\nstatus 7' "$(<said)" "$options"
        assert_equal '' "$(find . -name 'report' -o -name '.report*')"
    done
}

# on_disk 'MOUNT-OPTIONS' COMMAND...: runs it where the folder disk is a file
# system of its own, that holds the file fill.
on_disk() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare -Urm sh -c 'mkdir -p disk && mount -t tmpfs -o "$1" none disk || exit 99
        shift
        echo old >disk/old
        head -c 100000 /dev/zero >disk/fill 2>/dev/null
        : 8>disk/place
        "$@" 8>>disk/place
        status=$?
        cp disk/old old.after
        ls -A disk >files.after
        exit "$status"' sh "$@"
}

@test "a full disk: every report there is 7, and an old file stays" {
    local mode
    needs on_disk size=16k true
    open_peer
    for mode in '--json=disk/new' '--json=disk/old' '-t --report-fd 8' \
        '--chart --report-fd 8' '--json --report-fd 8'; do
        # shellcheck disable=SC2086
        run_command 7 on_disk size=16k timeout -k 1 "$DEADLINE" "$HECAT" $mode \
            127.0.0.1 "$port" <input.file
        assert_equal 'hecat: report: No space left on device' "$stderr" "$mode"
        assert_download 100000
        # shellcheck disable=SC2086
        run_command 7 on_disk size=16k timeout -k 1 "$DEADLINE" "$HECAT" $mode \
            --probe=1 127.0.0.1 "$port"
        assert_equal 'hecat: report: No space left on device' "$stderr" "$mode"
        assert_equal old "$(<old.after)"
        assert_equal $'fill\nold\nplace' "$(<files.after)"
    done
    # There is no room for the name.
    run_command 7 on_disk nr_inodes=4 timeout -k 1 "$DEADLINE" "$HECAT" \
        --json=disk/new 127.0.0.1 "$port" <input.file
    assert_equal "hecat: --json 'disk/new': No space left on device" "$stderr"
}

# with_system 'SHELL COMMANDS' COMMAND...: runs it where the commands have
# changed what is mounted.
with_system() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare -Urm sh -c 'eval "$1" || exit 99
        shift
        exec "$@"' sh "$@"
}

# relays 'SHELL COMMANDS' ARGUMENT...: a transfer there, of standard input, is
# whole and silent.
relays() {
    local change=$1
    shift
    run_command 0 with_system "$change" timeout -k 1 "$DEADLINE" "$HECAT" "$@" \
        "$port" || return
    assert_download 100000 || return
    assert_equal '' "$stderr"
}

@test "what is not there: /proc, /dev, /etc" {
    local change
    is_sanitized && skip 'a sanitizer needs /proc'
    needs with_system 'mount -t tmpfs none /mnt' true
    open_peer
    for change in 'mount -t tmpfs none /proc' 'mount -t tmpfs none /dev' \
        'mount -t tmpfs none /etc' 'mount -t tmpfs none /sys' \
        'mount -t tmpfs none /etc && (cd /etc &&
            mkdir hosts resolv.conf nsswitch.conf gai.conf host.conf)'; do
        relays "$change" 127.0.0.1 <input.file
        relays "$change" --no-splice 127.0.0.1 <input.file
        relays "$change" --json=report 127.0.0.1 < <(pattern upload 100000)
        jq -e '.result == "connected"' report >/dev/null
    done
    for change in 'mount -t tmpfs none /proc' 'mount -t tmpfs none /dev'; do
        relays "$change" localhost <input.file
    done
}

@test "what is not there: /dev/null, where a standard stream is closed" {
    needs with_system 'mount -t tmpfs none /mnt' true
    closed() {
        with_system 'mount -t tmpfs none /dev' timeout -k 1 "$DEADLINE" \
            "$HECAT" 127.0.0.1 1 <&-
    }
    run_command 70 closed
    assert_equal 'hecat: /dev/null: No such file or directory' "$stderr"
}

@test "what is not there: names without resolv.conf, nsswitch.conf and hosts" {
    local etc='mount -t tmpfs none /etc'
    needs with_system "$etc" true
    open_peer
    # No name server is configured: that is the one of this host, without one.
    run_command 3 with_system "$etc" unshare -n timeout -k 1 "$DEADLINE" "$HECAT" \
        some.test 80
    assert_match '^hecat: some.test: ' "$stderr"
    # The file alone.
    relays "$etc; echo 127.0.0.1 some.test >/etc/hosts" some.test <input.file
    relays "$etc; echo 127.0.0.1 some.test >/etc/hosts; echo hosts: files >/etc/nsswitch.conf" \
        some.test <input.file
    run_command 3 with_system "$etc; echo hosts: files >/etc/nsswitch.conf" \
        timeout -k 1 "$DEADLINE" "$HECAT" some.test 80
    assert_match 'no such name' "$stderr"
}

@test "a root that is read-only, and a chroot with nothing but the program" {
    local root
    [[ $HECAT != */build/coverage/* ]] || skip 'what counts has to write'
    # shellcheck disable=SC2016
    root='mkdir -p root && mount -t tmpfs none root && mkdir root/usr &&
        mount --bind /usr root/usr && touch root/hecat &&
        mount --bind "$HECAT" root/hecat && cp -a /lib* /bin root/ 2>/dev/null &&
        mount -o remount,ro,bind root'
    export HECAT
    needs with_system "$root" chroot root /hecat --version
    open_peer
    for options in '127.0.0.1' '--no-splice 127.0.0.1' '-t --report-fd 9 127.0.0.1'; do
        # shellcheck disable=SC2086
        run_command 0 with_system "$root" timeout -k 1 "$DEADLINE" \
            chroot root /hecat $options "$port" <input.file 9>report
        assert_download 100000
        assert_equal '' "$stderr"
    done
    run_command 2 with_system "$root" chroot root /hecat --json=/report 127.0.0.1 "$port"
    assert_equal "hecat: --json '/report': Read-only file system" "$stderr"
}

# with_clock_steps COMMAND...: runs it where the time of day jumps at every
# look at it, by hours, to and fro.
with_clock_steps() {
    LD_PRELOAD="$TEST_PRELOAD/clock_steps.so" "$@"
}

@test "clock steps: limits count time that passed, not the time of day" {
    local begin
    is_sanitized && skip 'a sanitizer is loaded first'
    open_peer
    start_at '-b 127.0.0.1'
    begin=$(now)
    run_command 4 with_clock_steps timeout -k 1 "$DEADLINE" "$HECAT" -w 0.5 \
        --json=report 127.0.0.1 "$port"
    assert_between 500 $((500 + SLACK)) $(($(now) - begin)) milliseconds
    assert_match 'no connection in [0-9]{3} ms|no connection in [0-9.]+ s' "$stderr"
    jq -e '.attempts[0].end_ms | . > 490 and . < 20000' report
    start_peer wait go
    begin=$(now)
    mkfifo input
    exec 7<>input
    run_command 8 with_clock_steps timeout -k 1 "$DEADLINE" "$HECAT" -i 0.3 \
        localhost "$port" <input
    assert_between 300 $((300 + SLACK)) $(($(now) - begin)) milliseconds
    touch go
}

# at_another_time COMMAND...: runs it where the monotonic clock is near its end.
at_another_time() {
    unshare -UrT --monotonic 4000000000 --boottime 4000000000 "$@"
}

@test "clock steps: a monotonic clock of a hundred years" {
    needs at_another_time true
    open_peer
    run_command 0 at_another_time timeout -k 1 "$DEADLINE" "$HECAT" -w 60 -i 60 \
        127.0.0.1 "$port" <input.file
    assert_download 100000
    start_at '-b 127.0.0.1'
    run_command 4 at_another_time timeout -k 1 "$DEADLINE" "$HECAT" -w 0.2 \
        127.0.0.1 "$port"
}

# many COUNT SEPARATOR: so many addresses of loopback, of which none is 127.0.0.1.
many() {
    awk -v count="$1" -v separator="$2" 'BEGIN {
        for (i = 0; i < count; i++)
            printf "%s127.%d.%d.%d", i ? separator : "", 1 + i / 62500,
                (i / 250) % 250, 1 + i % 250
    }'
}

@test "10 000 addresses: in a list, the last one answering, and in /etc/hosts" {
    local list
    open_peer
    list=$(many 9999 ,)
    run_hecat 0 --order resolver --json=report --address "$list,127.0.0.1" host \
        "$port" <input.file
    assert_download 100000
    jq -e '.winner.attempt == 9999 or (.attempts | length) == 10000' report >/dev/null
    start_closed
    run_hecat 1 --address "$list,127.0.0.1" host "$port"
    assert_equal "hecat: host port $port: no connection" "$(sed -n 1p stderr)"
    assert_match ' and 9993 more: Connection refused$' "$(sed -n 2p stderr)"
    assert_equal 2 "$(wc -l <stderr)"
    needs with_system 'mount -t tmpfs none /mnt' true
    { many 10000 $' many.test\n'; echo ' many.test'; } >hosts
    run_command 1 with_system 'mount --bind hosts /etc/hosts' \
        timeout -k 1 "$DEADLINE" "$HECAT" many.test "$port"
    assert_match ' and 9993 more: Connection refused' "$stderr"
}
