#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The file of --json=FILE: whole, or what it was before; and limits of size.

# Variables come from the helper.
# shellcheck disable=SC2154
load helper

is_report() {
    jq -e '.result == "connected"' "$1" >/dev/null
}

# connect ARGUMENT...: -z to a port that listens.
connect() {
    start_at '-a 127.0.0.1'
    run_hecat 0 -z "$@" 127.0.0.1 "$port"
}

# nothing_beside: no file of ours is left in the folder.
nothing_beside() {
    [[ -z $(find . -name '.*report*') ]] || fail "left: $(find . -name '.*')"
}

# plainly COMMAND...: runs it without what root may do to the files of all.
plainly() {
    if ((EUID == 0)); then
        setpriv --bounding-set=-all --inh-caps=-all "$@"
    else
        "$@"
    fi
}

@test "a new file has the mode that the umask leaves" {
    umask 027
    connect --json=report.json
    is_report report.json
    assert_equal 640 "$(stat -c %a report.json)"
    nothing_beside
}

@test "an old file is replaced, and keeps its mode" {
    echo old >report.json
    chmod 604 report.json
    exec 6<report.json
    connect --json=report.json
    is_report report.json
    assert_equal 604 "$(stat -c %a report.json)"
    # The old one is another file.
    assert_equal old "$(cat <&6)"
    exec 6<&-
    nothing_beside
}

@test "until the report is whole the old file is there" {
    echo old >report.json
    start_at '-b 127.0.0.1'
    start_hecat -z --json=report.json 127.0.0.1 "$port"
    wait_for is_connecting "$hecat_pid"
    assert_equal old "$(<report.json)"
    kill -KILL "$hecat_pid"
    finish "$hecat_pid"
    assert_equal old "$(<report.json)"
}

@test "a report that a signal brings about is whole, too" {
    echo old >report.json
    start_at '-b 127.0.0.1'
    start_hecat -z --json=report.json 127.0.0.1 "$port"
    wait_for is_connecting "$hecat_pid"
    kill -TERM "$hecat_pid"
    finish "$hecat_pid"
    assert_equal 143 "$status"
    jq -e '.result == "interrupted"' report.json
    nothing_beside
}

@test "a report behind a relay, in its sandbox, is renamed" {
    start_peer exchange 1000
    mkdir folder
    run_hecat 0 --json=folder/report.json 127.0.0.1 "$port" < <(pattern upload 1000)
    jq -e '.transfer.sent_bytes == 1000' folder/report.json
    assert_equal 1 "$(find folder -type f | wc -l)"
    finish_peer
}

@test "a link, a file with two names and a device are written in place" {
    echo old >target
    ln -s target link
    connect --json=link
    [[ -L link ]]
    is_report target
    echo old >one
    ln one two
    connect --json=one
    is_report two
    connect --json=/dev/null
    connect --json=/dev/stdout
    is_report stdout
}

@test "a file in a folder where nothing can be made is written in place" {
    mkdir folder
    echo old >folder/report.json
    chmod 555 folder
    start_at '-a 127.0.0.1'
    run_command 0 plainly "$HECAT" -z --json=folder/report.json 127.0.0.1 "$port"
    is_report folder/report.json
    chmod 755 folder
}

@test "a file that may not be written is not replaced" {
    echo old >report.json
    chmod 444 report.json
    start_at '-a 127.0.0.1'
    run_command 2 plainly "$HECAT" -z --json=report.json 127.0.0.1 "$port"
    assert_equal old "$(<report.json)"
}

@test "a FIFO gets the report when somebody reads it" {
    mkfifo fifo
    cat fifo >copy &
    started+=("$!")
    connect --json=fifo
    finish "${started[0]}"
    is_report copy
}

@test "a socket cannot be opened, and nobody is waited for" {
    local option
    start_at '-a 127.0.0.1'
    needs python3 -c 'import socket'
    python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('socket')"
    for option in --json --hex-dump; do
        run_hecat 2 $option=socket 127.0.0.1 "$port" </dev/null
        assert_equal "hecat: $option 'socket': No such device or address" "$stderr"
    done
}

@test "a FIFO that nobody reads: -w and signals are kept" {
    mkfifo fifo
    start_at '-a 127.0.0.1'
    run_hecat 4 -z -w 0.2 --json=fifo 127.0.0.1 "$port"
    assert_match "^hecat: --json 'fifo': nobody opened the FIFO" "$stderr"
    start_hecat -z --json=fifo 127.0.0.1 "$port"
    wait_for is_idle_or_polls "$hecat_pid"
    kill -TERM "$hecat_pid"
    finish "$hecat_pid"
    assert_equal 143 "$status"
}

# is_idle_or_polls PID: it runs our program, and sleeps.
is_idle_or_polls() {
    runs_hecat "$1" && [[ -n $(activity "$1") ]]
}

@test "output beyond the limit of a file: status 7 with its message, and the report" {
    start_peer send-pattern 65536 close
    (
        ulimit -f 16
        status=0
        timeout -k 1 "$DEADLINE" "$HECAT" --json --report-fd 6 127.0.0.1 "$port" \
            </dev/null 6> >(cat >report.json) >limited 2>stderr || status=$?
        assert_equal 7 "$status"
    )
    assert_match '^hecat: standard output: File too large, after [0-9]+ bytes$' "$(<stderr)"
    wait_for is_report report.json
}

@test "--json=- is standard output, where that has no data" {
    start_peer recv-eof
    run_hecat 0 -z --json=- 127.0.0.1 "$port"
    jq -e '.result == "connected"' stdout >/dev/null
    start_peer recv-eof
    run_hecat 0 --send-only -t --json=- 127.0.0.1 "$port" <<<x
    jq -e '.transfer.sent_bytes == 2' stdout >/dev/null
    grep -q '^127.0.0.1 port ' stderr
    run_hecat 2 --json=- 127.0.0.1 "$port" <<<x
    assert_match '^hecat: --json=-: standard output has the data; ' "$stderr"
}
