#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Delivered is delivered: what has been read of a file arrives as it was read,
# whatever becomes of the file. The pages of a file that are lent stay the
# file's until the peer has read them; on the same machine that is after the
# program has gone. All of it runs under Reno: BBR sends too little at once.

# Variables come from the helper, and functions are called by name.
# shellcheck disable=SC2154,SC2317
load helper

# In a network of its own the receive buffer may be as large as the file.
scene() {
    cat >scene <<'END'
echo 4096 8388608 8388608 >/proc/sys/net/ipv4/tcp_rmem
rm -f port go report
"$TOOLS/pattern" make upload 1M >input
"$TOOLS/listen" -a 127.0.0.1 -o port "$TOOLS/peer" -r report wait go recv-eof \
    </dev/null 3>&- &
until [ -e port ]; do sleep 0.01; done
"$HECAT" "$@" -q 0 127.0.0.1 "$(cat port)" <input || exit
change
touch go
wait
END
    needs "$top/tools/with-congestion" reno true
}

# Two ways to change it, where its pages are.
overwrite() {
    dd if=/dev/zero of=input bs=1M count=1 conv=notrunc status=none
}

cut() {
    truncate -s 1000001 input
}

# deliver CHANGE [OPTION...]: sends the file, changes it when the program has
# ended with 0, and only then has the peer read.
deliver() {
    local change=$1
    shift
    {
        declare -f "$change" | sed "1s/.*/change ()/"
        cat scene
    } >"scene.$change"
    run_command 0 timeout -k 1 "$DEADLINE" env HECAT="$HECAT" \
        TOOLS="$(cd "$TEST_TOOLS" && pwd)" "$top/tools/with-congestion" reno \
        bash -eu "scene.$change" "$@"
    report=$(<report)
}

@test "a file that is changed after an exit with 0 arrives as it was" {
    local engine
    scene
    for engine in '' --no-splice; do
        deliver overwrite ${engine:+"$engine"}
        assert_match 'received=1048576 pattern=yes ' "$report" "overwritten $engine"
        deliver cut ${engine:+"$engine"}
        assert_match 'received=1048576 pattern=yes ' "$report" "cut $engine"
    done
}

# What the manual says of it. If this were not so, the test above could not fail.
@test "--zero-copy: such a file does not" {
    scene
    deliver overwrite --zero-copy
    assert_match 'received=1048576 pattern=no ' "$report"
    deliver cut --zero-copy
    assert_match 'received=1048576 pattern=no ' "$report"
}

@test "--zero-copy: a file that nobody changes" {
    pattern upload 3000001 >input
    start_peer recv-eof
    run_hecat 0 --zero-copy -N 127.0.0.1 "$port" <input
    finish_peer_with 'received=3000001 pattern=yes '
}
