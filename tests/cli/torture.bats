#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Random transfers and resets, the same ones each time: sizes, chunks, pauses,
# options, kinds of standard input and output, and who ends first. `make
# torture` does many more. A case that fails is shown with the command that
# repeats it; see tests/torture/torture.c.

# Variables come from the helper.
# shellcheck disable=SC2154
load helper

: "${TORTURE:=$top/build/tests/torture/torture}"

# torture TRANSFERS RESETS: runs so many, all of which have to pass.
torture() {
    export TMPDIR=$tmp
    run_command 0 "$TORTURE" "$HECAT" --seed 8305 --max-bytes 4194304 \
        --transfers "$1" --resets "$2" || {
        cat stdout >&2
        return 1
    }
    assert_equal "$(($1 + $2)) passed, 0 failed" "$(tail -n 1 stdout)"
}

@test "50 random transfers, byte for byte" {
    torture 50 0
}

@test "10 resets at a random byte: a prefix, and status 5" {
    torture 0 10
}

# with_tls: the same with TLS, to a server that speaks it.
with_tls() {
    [[ $("$HECAT" -V) == *' tls' ]] || skip 'built without OpenSSL'
    export PEER_TLS=$tmp/peer.pem HECAT_PROGRAM=${HECAT_PROGRAM:-$HECAT}
    HECAT=$BATS_TEST_DIRNAME/tls
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout peer.pem -out cert.pem 2>openssl.log
    cat cert.pem >>peer.pem
}

@test "20 random transfers with TLS, byte for byte" {
    with_tls
    torture 20 0
}

@test "10 resets and truncations with TLS: a prefix, and status 5 or 10" {
    with_tls
    torture 0 10
}
