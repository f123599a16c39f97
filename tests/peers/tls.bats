#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Servers of several TLS libraries, which are shown a padded ClientHello: of
# libhecat_openssl, over a path with segments of 1460 bytes, with a second address
# left to try. Each takes it, in TLS 1.2 and 1.3.

# Variables come from the helper, and the inner shell's.
# shellcheck disable=SC2154,SC2016
load peers_helper

setup_tls() {
    require openssl "$@" || return
    [[ -x $TEST_TOOLS/tls_race ]] || skip 'built without OpenSSL'
    cd "$BATS_TEST_TMPDIR" || return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 2 -subj /CN=x -keyout key -out cert 2>/dev/null
}

# takes_padded COMMAND...: the server, which listens on port 8443 of 127.0.0.1,
# has to win with one attempt, whose ClientHello is more than a segment.
takes_padded() {
    run -0 "$SCRIPTED_NET" -e 'hosts 127.0.0.1 tls.test; hosts 127.0.0.2 tls.test' -- \
        bash -c '
        ip link set lo mtu 1500
        "$@" </dev/null >log 2>&1 3>&- &
        server=$!
        for ((i = 0; i < 1000; i++)); do
            [[ -z $(ss -Hltn sport = :8443) ]] || break
            sleep 0.01
        done
        "$TEST_TOOLS/tls_race" 5000 tls.test 8443
        status=$?
        kill "$server"
        exit "$status"
    ' bash "$@"
    assert_match 'connected 127.0.0.1' "$output"
    [[ $output != *'start 2'* ]]
    hello=$(sed -n 's/^hello //p' <<<"$output")
    assert_between 1460 4000 "$hello" 'bytes of the ClientHello'
}

@test "nginx takes a padded ClientHello" {
    local version
    setup_tls nginx
    for version in TLSv1.2 TLSv1.3; do
        cat >nginx.conf <<END
$([[ $(id -u) -ne 0 ]] || echo "user root;")
daemon off;
pid $PWD/nginx.pid;
error_log stderr;
events { }
http {
    access_log off;
    client_body_temp_path $PWD/1;
    proxy_temp_path $PWD/2;
    fastcgi_temp_path $PWD/3;
    scgi_temp_path $PWD/4;
    uwsgi_temp_path $PWD/5;
    server {
        listen 127.0.0.1:8443 ssl;
        ssl_certificate cert;
        ssl_certificate_key key;
        ssl_protocols $version;
    }
}
END
        takes_padded nginx -p "$PWD" -c "$PWD/nginx.conf" -e stderr
    done
}

@test "node takes a padded ClientHello" {
    local version
    setup_tls node
    for version in TLSv1.2 TLSv1.3; do
        takes_padded node -e 'const fs = require("fs");
            require("tls").createServer({
                key: fs.readFileSync("key"), cert: fs.readFileSync("cert"),
                minVersion: process.argv[1], maxVersion: process.argv[1],
            }, (socket) => socket.on("error", () => {}))
            .listen(8443, "127.0.0.1")' "$version"
    done
}

@test "gnutls takes a padded ClientHello" {
    local version
    setup_tls gnutls-serv
    for version in 1.2 1.3; do
        takes_padded gnutls-serv --echo --port 8443 --x509certfile cert \
            --x509keyfile key --priority "NORMAL:-VERS-ALL:+VERS-TLS$version"
    done
}

@test "python takes a padded ClientHello" {
    local version
    setup_tls "$python"
    for version in 2 3; do
        takes_padded "$python" -c 'import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert", "key")
context.minimum_version = context.maximum_version = ssl.TLSVersion["TLSv1_" + sys.argv[1]]
listening = socket.create_server(("127.0.0.1", 8443))
peer = context.wrap_socket(listening.accept()[0], server_side=True)
peer.recv(1)' "$version"
    done
}
