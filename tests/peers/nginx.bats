#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# nginx as a proxy, which takes a half-close for an abort and drops the request.

# Variables come from the helper, and functions are called by name.
# shellcheck disable=SC2154,SC2317,SC2034
load slow_http

prepare_nginx() {
    require nginx || return
    command=(nginx -p "$home" -c "$home/nginx.conf" -e stderr)
    # Root's workers would be somebody who may not enter the folder.
    cat >"$home/nginx.conf" <<END
$([[ $(id -u) -ne 0 ]] || echo "user root;")
daemon off;
worker_processes 1;
pid $home/nginx.pid;
error_log stderr info;
events { }
http {
    access_log $home/access.log;
    client_body_temp_path $home/client_body;
    proxy_temp_path $home/proxy;
    fastcgi_temp_path $home/fastcgi;
    scgi_temp_path $home/scgi;
    uwsgi_temp_path $home/uwsgi;
    client_max_body_size 16m;
    keepalive_timeout 600s;
    server {
        listen 127.0.0.1:$port;
        location / { proxy_pass http://127.0.0.1:$backend; }
    }
}
END
}

start_proxy() {
    start_backend
    start_server nginx
}

@test "nginx: GET, answered late" {
    start_proxy
    check_late GET
}

@test "nginx: POST of 1 kB, answered late" {
    start_proxy
    check_late POST 1000
}

@test "nginx: POST of 70 kB, answered late" {
    start_proxy
    check_late POST 70000
}

@test "nginx: POST of 1 MB, answered late" {
    start_proxy
    check_late POST 1000000
}

@test "nginx: a connection that is kept alive" {
    start_proxy
    check_kept_alive
}

@test "nginx: -N is taken for an abort, --no-shutdown is not" {
    start_proxy
    check_abort
}
