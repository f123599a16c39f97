# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034 # variables are for the tests
#
# Functions for bats tests of the command line against peers on loopback.
#
# HECAT is the program and TEST_TOOLS the folder of tests/tools' programs. A
# test waits for conditions, never for a time to pass; every wait has a
# deadline. Ports are the kernel's choice and files are in BATS_TEST_TMPDIR, so
# that tests can run side by side. What a test starts is gone when it ends.

bats_require_minimum_version 1.5.0

# shellcheck source=tests/tries.bash
source "${BASH_SOURCE[0]%/*}/../tries.bash"

top=$BATS_TEST_DIRNAME/../..
: "${HECAT:=$top/hecat}" "${TEST_TOOLS:=$top/build/tests/tools}"

# What the tests take a terminal for, wherever they run.
export TERM=xterm

# Seconds after which something that has not happened will not happen.
DEADLINE=${DEADLINE:-60}

# Milliseconds by which a busy machine may be late; only what is early is wrong.
SLACK=${SLACK:-20000}

setup() {
    tmp=$BATS_TEST_TMPDIR
    started=()
    peers=0
    cd "$tmp" || return 1
}

teardown() {
    end_started
}

# end_started: ends what the test has started.
end_started() {
    local pid
    for pid in "${started[@]}"; do
        is_running "$pid" && kill -KILL "$pid"
        wait "$pid" 2>/dev/null || true
    done
}

# fail TEXT: fails the test, with a reason.
fail() {
    printf '%s\n' "$*" >&2
    return 1
}

# assert_equal EXPECTED ACTUAL [WHAT]
assert_equal() {
    [[ $1 == "$2" ]] || fail "${3:-value}: expected '$1', got '$2'"
}

# assert_match REGEX TEXT [WHAT]
assert_match() {
    [[ $2 =~ $1 ]] || fail "${3:-text}: '$2' does not match '$1'"
}

# assert_between LOW HIGH NUMBER [WHAT]
assert_between() {
    if [[ ! $3 =~ ^-?[0-9]+$ ]] || (($3 < $1 || $3 > $2)); then
        fail "${4:-number}: '$3' is not from $1 to $2"
    fi
}

# Milliseconds on a clock of no particular beginning.
now() {
    local time=${EPOCHREALTIME/[.,]/}
    echo $((time / 1000))
}

# wait_for COMMAND...: waits until the command succeeds.
wait_for() {
    local end=$((SECONDS + DEADLINE))
    type "$1" >/dev/null || return
    rests_value=
    until "$@"; do
        ((SECONDS < end)) || fail "not within $DEADLINE seconds: $*" || return
        sleep 0.01
    done
}

# is_past MILLISECONDS: on the clock of now.
is_past() {
    (($(now) > $1))
}

# exists FILE
exists() {
    [[ -e $1 ]]
}

# holds FILE TEXT: whether the file is this text, newlines at the end apart.
holds() {
    [[ -e $1 && $(<"$1") == "$2" ]]
}

# size FILE
size() {
    stat -c %s "$1"
}

# is_running PID: of a process this test has started.
is_running() {
    [[ $'\n'$(jobs -rp)$'\n' == *$'\n'$1$'\n'* ]]
}

has_ended() {
    ! is_running "$1"
}

# finish PID: waits for a process this test has started; its status is $status.
finish() {
    wait_for has_ended "$1" || return
    status=0
    wait "$1" || status=$?
}

# The program under a deadline.
hecat() {
    timeout -k 1 "$DEADLINE" "$HECAT" "$@"
}

# check_status EXPECTED COMMAND...: compares $status; shows all on a mismatch.
check_status() {
    local expected=$1
    shift
    [[ $status == "$expected" ]] && return
    {
        printf 'command: %s\nstatus: %s, expected %s\n' "$*" "$status" "$expected"
        printf '%s\n' '-- stdout --'
        head -c 400 stdout | cat -v
        echo
        printf '%s\n' '-- stderr --'
        head -c 4000 stderr | cat -v
    } >&2
    return 1
}

# run_command STATUS COMMAND...: runs a command that has to end with STATUS. Its
# standard output and error are in the files stdout and stderr; the latter also
# in $stderr, for most tests have something to say about it.
run_command() {
    local expected=$1
    shift
    status=0
    "$@" >stdout 2>stderr || status=$?
    stderr=$(<stderr)
    check_status "$expected" "$@"
}

# run_hecat STATUS ARGUMENT...: the same for the program.
run_hecat() {
    local expected=$1
    shift
    run_command "$expected" hecat "$@"
}

# start_hecat ARGUMENT...: starts the program in the background, as $hecat_pid,
# with its output in the files stdout and stderr. Descriptor 7 is the test's own,
# to hold the other end of a FIFO.
start_hecat() {
    "$HECAT" "$@" <&0 >stdout 2>stderr 3>&- 7>&- &
    hecat_pid=$!
    started+=("$hecat_pid")
}

# finish_hecat STATUS: waits for it.
finish_hecat() {
    finish "$hecat_pid" || return
    stderr=$(<stderr)
    check_status "$1" "$HECAT" '...'
}

# start_at 'LISTEN-OPTION...' [COMMAND...]: takes a port, $port, at several
# addresses, each in its own way; see tests/tools/listen.c.
start_at() {
    local options
    read -ra options <<<"$1"
    shift
    peers=$((peers + 1))
    "$TEST_TOOLS/listen" "${options[@]}" -o "port.$peers" "$@" \
        </dev/null >&2 3>&- 7>&- &
    peer_pid=$!
    started+=("$peer_pid")
    wait_for exists "port.$peers" || return
    read -r port <"port.$peers"
}

# start_peer_at 'LISTEN-OPTION...' [PEER-OPTION...] ACTION...: the same with a
# peer that does what the actions say; see tests/tools/peer.c.
start_peer_at() {
    local places=$1
    shift
    report_file=report.$((peers + 1))
    start_at "$places" "$TEST_TOOLS/peer" -r "$report_file" "$@"
}

# start_peer [PEER-OPTION...] ACTION...: a peer on 127.0.0.1.
start_peer() {
    start_peer_at '-a 127.0.0.1' "$@"
}

# finish_peer: waits for the peer; what it has to say is in $report.
finish_peer() {
    finish "$peer_pid" || return
    assert_equal 0 "$status" 'status of the peer' || return
    report=$(<"$report_file")
}

# finish_peer_with REGEX: the same, and the report has to match.
finish_peer_with() {
    finish_peer && assert_match "$1" "$report" 'report of the peer'
}

# start_closed [ADDRESS...]: takes a port that refuses, at 127.0.0.1 by default.
start_closed() {
    local places
    printf -v places ' -x %s' "${@:-127.0.0.1}"
    start_at "$places"
}

# pattern {upload,download} SIZE: writes bytes that the peer or check_download
# knows, 4k and 2M being sizes too.
pattern() {
    "$TEST_TOOLS/pattern" make "$1" "$2"
}

# assert_download SIZE [FILE]: the file (stdout) is what the peer's send-pattern
# sends, in this size.
assert_download() {
    assert_equal "$1 intact" \
        "$("$TEST_TOOLS/pattern" check download <"${2:-stdout}")" 'download'
}

# peak_memory PID: prints the most memory it has had, in KiB.
peak_memory() {
    awk '$1 == "VmHWM:" { print $2 }' "/proc/$1/status"
}

# ticks PID: prints the processor time it has used, in hundredths of a second.
ticks() {
    awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# position PID FD: prints how far the process has got in a file.
position() {
    awk '$1 == "pos:" { print $2 }' "/proc/$1/fdinfo/$2"
}

# activity PID: prints what changes whenever the process runs; nothing unless
# it sleeps. One that is ready and only not let run is not at rest.
activity() {
    local stat name value
    read -r stat <"/proc/$1/stat" || return
    [[ ${stat##*) } == S* ]] || return
    while read -r name value; do
        [[ $name != *voluntary_ctxt_switches: ]] || printf '%s ' "$value"
    done <"/proc/$1/status"
}

# is_idle PID: whether the process waits and has not run for 0.3 s, as one does
# that has nothing to do; to be asked again and again.
is_idle() {
    local value
    value=$(activity "$1")
    if [[ -z $value || $value != "${rests_value-}" ]]; then
        rests_value=$value rests_since=$(now)
        return 1
    fi
    (($(now) - rests_since > 300))
}

# assert_at_rest: the program waits, and uses no processor time meanwhile.
assert_at_rest() {
    local before
    wait_for is_idle "$hecat_pid" || return
    before=$(ticks "$hecat_pid")
    wait_for is_idle "$hecat_pid" || return
    assert_between 0 $((before + 1)) "$(ticks "$hecat_pid")" 'processor time'
}

# send_queue: prints how much the peer has sent that the program has not got
# yet, in hexadecimal.
send_queue() {
    awk -v port=":$(printf %04X "$port")" '
        substr($2, 9) == port && $4 != "0A" { print substr($5, 1, 8) }
        ' /proc/net/tcp
}

is_acknowledged() {
    [[ $(send_queue) == 00000000 ]]
}

# is_stalled: whether the peer has sent what the program does not take.
is_stalled() {
    is_idle "$hecat_pid" && [[ $(send_queue) =~ [1-9A-F] ]]
}

# read_until_stalled COUNT: takes so many bytes, as the reader of a pipeline, and
# goes when the program, whose number is in the file pid, is at rest because no
# more fits: the next write fails.
read_until_stalled() {
    head -c "$1"
    wait_for exists pid
    wait_for is_idle "$(<pid)"
}

# runs_hecat PID: whether the process is the program by now, and not the shell, or
# what else starts it.
runs_hecat() {
    [[ $(readlink "/proc/$1/exe") == "$(realpath "${HECAT_PROGRAM:-$HECAT}")" ]]
}

# is_connecting PID: whether the program has got as far as having a socket.
is_connecting() {
    runs_hecat "$1" && [[ $(ls -l "/proc/$1/fd" 2>&1) == *socket:* ]]
}

# fdrun ARGUMENT...: see tests/tools/fdrun.c.
fdrun() {
    timeout -k 1 "$DEADLINE" "$TEST_TOOLS/fdrun" "$@"
}

# is_sanitized: whether the program is built with a sanitizer, which needs
# memory, threads and descriptors of its own.
is_sanitized() {
    grep -qE '__(asan|tsan)_init' "${HECAT_PROGRAM:-$HECAT}"
}

# needs COMMAND...: skips the test where the command does not succeed; in CI
# that is a failure.
needs() {
    "$@" >needed 2>&1 </dev/null && return
    [[ -z ${CI:-} ]] || fail "CI has to run this: $* $(<needed)" || return
    skip "not permitted or not there: $*"
}

# copy_program FILE...: copies the program, as copy/hecat, and these files from
# beside it, as they are in the tree that it was built in.
copy_program() {
    local program=${HECAT_PROGRAM:-$HECAT} from file
    from=${program%/*}
    [[ ! -e $from/build/$1 ]] || from+=/build
    mkdir -p copy/build
    cp "$program" copy/hecat
    for file; do
        [[ -e $from/$file ]] || skip "$file is not beside the program"
        cp "$from/$file" copy/build
    done
}
