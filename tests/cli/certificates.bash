# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # variables of the helper
#
# Certificates for tests of TLS, made by openssl(1) in the current folder.

# That of the helper, and an authority, with a certificate for www.test by it.
setup() {
    tmp=$BATS_TEST_TMPDIR
    started=()
    peers=0
    cd "$tmp" || return 1
    [[ $("$HECAT" -V) == *' tls' ]] || skip 'built without OpenSSL'
    authority ca
    certify ca www.test DNS:www.test,IP:127.0.0.1
}

# authority NAME [EXTENSION...]: a certificate of its own, NAME.pem, and its key.
authority() {
    local name=$1
    shift
    make_key "$name"
    # shellcheck disable=SC2086 # more than one word
    openssl req -x509 -key "$name.key" -days 30 -subj "/CN=$name" \
        -addext basicConstraints=critical,CA:TRUE \
        -addext keyUsage=keyCertSign,cRLSign "${@/#/-addext=}" \
        -out "$name.pem" 2>openssl.log || fail "$(<openssl.log)"
}

# make_key NAME: NAME.key, unless it is there; KEY has other options of genpkey.
make_key() {
    # shellcheck disable=SC2086 # more than one word
    [[ -e $1.key ]] || openssl genpkey \
        ${KEY:--algorithm EC -pkeyopt ec_paramgen_curve:P-256} \
        -out "$1.key" 2>openssl.log || fail "$(<openssl.log)"
}

# certify ISSUER NAME SUBJECT-ALT-NAME [LINE...]: NAME.pem has a certificate by
# ISSUER, then its key, then what CHAIN names. LINEs are further extensions. It
# is valid from FROM until TO, and signed with DIGEST.
certify() {
    local issuer=$1 name=$2 names=$3
    shift 3
    make_key "$name"
    openssl req -new -key "$name.key" -subj "${SUBJECT:-/CN=$name}" \
        -out "$name.csr" 2>openssl.log || fail "$(<openssl.log)" || return
    : >index
    {
        printf '%s\n' '[ca]' 'default_ca = this' '[this]' 'database = index' \
            'new_certs_dir = .' 'rand_serial = yes' 'policy = any' \
            'unique_subject = no' 'x509_extensions = more' '[any]' \
            'commonName = optional' '[more]'
        [[ -z $names ]] || echo "subjectAltName = $names"
        printf '%s\n' "$@"
    } >config
    openssl ca -batch -notext -config config -cert "$issuer.pem" \
        -keyfile "$issuer.key" -md "${DIGEST:-sha256}" \
        -startdate "${FROM:-20250101000000Z}" \
        -enddate "${TO:-20991231000000Z}" \
        -in "$name.csr" -out "$name.crt" 2>openssl.log ||
        fail "$(<openssl.log)" || return
    # shellcheck disable=SC2086 # more than one word
    cat "$name.crt" "$name.key" ${CHAIN-} >"$name.pem"
    chmod 600 "$name.pem"
}
