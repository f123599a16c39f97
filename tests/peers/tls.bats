#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Servers of several TLS libraries, which are shown a padded ClientHello: over a
# path with segments of 1460 bytes, with a second address left to try. Each takes
# it, in TLS 1.2 and 1.3.

# Variables come from the helper, and the inner shell's.
# shellcheck disable=SC2154,SC2016
load peers_helper

setup_tls() {
    require openssl nft "$@" || return
    [[ $("$HECAT" -V) == *' tls' ]] || skip 'built without OpenSSL'
    cd "$BATS_TEST_TMPDIR" || return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 2 -subj /CN=tls.test -addext subjectAltName=DNS:tls.test \
        -keyout key -out cert 2>/dev/null
}

# In the namespace: connect OPTION... connects to the server that COMMAND is.
serve='
    ip link set lo mtu 1500
    nft -f - <<-END || exit 1
	table ip path {
	    chain in {
	        type filter hook input priority 0
	        ip daddr 127.0.0.1 tcp dport 8443 meta length >= 1500 counter
	    }
	}
	END
    "$@" </dev/null >log 2>&1 3>&- &
    server=$!
    trap "kill $server 2>/dev/null; wait" EXIT
    for ((i = 0; i < 1000; i++)); do
        [[ -z $(ss -Hltn sport = :8443) ]] || break
        sleep 0.01
    done
    connect() {
        timeout 60 "$HECAT" -c --ca-file cert --delay 5000 --json=json "$@" \
            tls.test 8443
    }
'

# in_namespace SCRIPT COMMAND...: runs the script beside the server.
in_namespace() {
    local script=$1
    shift
    run -0 "$SCRIPTED_NET" -e 'hosts 127.0.0.1 tls.test; hosts 127.0.0.2 tls.test' -- \
        bash -c "$serve$script" bash "$@"
}

# takes_padded VERSION COMMAND...: the server, which listens on port 8443 of
# 127.0.0.1, has to win with one attempt, whose ClientHello is more than a
# segment.
takes_padded() {
    local version=$1
    shift
    in_namespace 'connect -z && nft list chain ip path in' "$@"
    [[ $output =~ 'counter packets 1 bytes '([0-9]+) ]] || fail "$output"
    assert_between 1500 4000 "${BASH_REMATCH[1]}" 'bytes of the ClientHello'
    assert_equal "1 127.0.0.1 TLSv$version" \
        "$(jq -r '"\(.attempts | length) \(.winner.address) \(.attempts[0].tls.version)"' json)"
}

# write_nginx_conf VERSION: of a server of this folder, with that TLS version.
write_nginx_conf() {
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
        root $PWD;
        ssl_certificate cert;
        ssl_certificate_key key;
        ssl_protocols TLSv$1;
    }
}
END
}

@test "nginx takes a padded ClientHello" {
    local version
    setup_tls nginx
    for version in 1.2 1.3; do
        write_nginx_conf "$version"
        takes_padded "$version" nginx -p "$PWD" -c "$PWD/nginx.conf" -e stderr
    done
}

@test "nginx sends a file whole, and its end" {
    local version
    setup_tls nginx
    head -c 64M /dev/urandom >file
    for version in 1.2 1.3; do
        write_nginx_conf "$version"
        in_namespace '
            printf "GET /file HTTP/1.0\r\n\r\n" | connect >answer
        ' nginx -p "$PWD" -c "$PWD/nginx.conf" -e stderr
        assert_match '^HTTP/1.1 200 OK' "$(head -n 1 answer)"
        tail -c 64M answer | cmp - file
        assert_equal "TLSv$version" "$(jq -r '.attempts[0].tls.version' json)"
    done
}

@test "node takes a padded ClientHello" {
    local version
    setup_tls node
    for version in 1.2 1.3; do
        takes_padded "$version" node -e 'const fs = require("fs");
            require("tls").createServer({
                key: fs.readFileSync("key"), cert: fs.readFileSync("cert"),
                minVersion: process.argv[1], maxVersion: process.argv[1],
            }, (socket) => socket.on("error", () => {}))
            .listen(8443, "127.0.0.1")' "TLSv$version"
    done
}

@test "gnutls takes a padded ClientHello" {
    local version
    setup_tls gnutls-serv
    for version in 1.2 1.3; do
        takes_padded "$version" gnutls-serv --echo --port 8443 --x509certfile cert \
            --x509keyfile key --priority "NORMAL:-VERS-ALL:+VERS-TLS$version"
    done
}

@test "python takes a padded ClientHello" {
    local version
    setup_tls "$python"
    for version in 1.2 1.3; do
        takes_padded "$version" "$python" -c 'import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert", "key")
context.minimum_version = context.maximum_version = ssl.TLSVersion["TLSv" + sys.argv[1].replace(".", "_")]
listening = socket.create_server(("127.0.0.1", 8443))
peer = context.wrap_socket(listening.accept()[0], server_side=True)
peer.recv(1)' "$version"
    done
}
