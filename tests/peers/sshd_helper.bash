# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # variables of the helper, and for it
#
# OpenSSH's server, and its client as a SOCKS proxy, for bats tests; to be loaded
# after peers_helper.

load ../cli/ssh_helper

prepare_sshd() {
    require sshd ssh ssh-keygen || return
    [[ -e key ]] || make_keys
    as_user_may || missing 'a namespace of our own' || return
    rm -f host_key host_key.pub
    ssh-keygen -q -t ed25519 -N '' -C test -f host_key
    printf 'host %s\n' "$(cut -d ' ' -f 1,2 host_key.pub)" >known_hosts
    cat >"$home/config" <<END
Port $port
ListenAddress 127.0.0.1
ListenAddress ::1
HostKey $tmp/host_key
AuthorizedKeysFile $tmp/home/.ssh/authorized_keys
StrictModes no
UsePAM no
PidFile none
END
    export -f as_user
    export user id tmp
    # shellcheck disable=SC2016 # for the inner shell
    command=(bash -c 'cd "$tmp" && as_user "$@"' bash "$(type -P sshd)" -D -e
        -f "$home/config")
}

# What listens to SOCKS is the client (ssh -D); the server connects. The server is
# there already, on port $sshd_port.
prepare_ssh_forward() {
    local options=(-N -D "127.0.0.1:$port" -o ExitOnForwardFailure=yes)

    port=$sshd_port client 127.0.0.1 none "${options[@]}"
    command=("${client[@]}")
}
