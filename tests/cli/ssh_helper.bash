# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # variables of the helper, and for it
#
# Functions for bats tests of ssh, to be loaded after a helper. A server looks up
# whom it serves in /etc/passwd and that one's keys in their home: in a namespace
# of its own there is one user, whose home is the test's folder. Nothing of ours
# is read or written.

# The user there is, for whoever we are.
user=somebody
id=1000

# as_user COMMAND...: becomes a command whose /etc/passwd is the test's own, whose
# user is the one in there, and which has no system log. Root of a namespace may
# mount and may not set groups; whoever is nobody special need not.
as_user() {
    # shellcheck disable=SC2016 # for the inner shell
    exec unshare -Urm sh -c '
        mount --bind passwd /etc/passwd || exit
        [ ! -e /dev/log ] || mount --bind /dev/null /dev/log || exit
        exec "$@"
    ' sh unshare -U --map-user="$id" --map-group="$id" "$@"
}

# as_user_may: whether all of that is permitted.
as_user_may() {
    (as_user true)
}

# make_keys: that user, with a key that is theirs, and the home for it.
make_keys() {
    mkdir -m 700 home home/.ssh
    echo "$user:x:$id:$id::$tmp/home:/bin/sh" >passwd
    ssh-keygen -q -t ed25519 -N '' -C test -f key
    install -m 600 key.pub home/.ssh/authorized_keys
}

# client HOST COMMAND OPTION...: puts ssh to the server at $port of the host into the
# array $client, with the command as its ProxyCommand. Only a command line can say
# so many things.
client() {
    client=(ssh -F none -l "$user" -p "$port" -i "$tmp/key" -o ProxyCommand="$2"
        -o HostKeyAlias=host -o UserKnownHostsFile="$tmp/known_hosts"
        -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes
        -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes
        -o LogLevel=ERROR "$1" "${@:3}")
}

# ssh_to HOST COMMAND OPTION...: runs it, for no longer than the test may take.
ssh_to() {
    local client
    client "$@"
    timeout -k 1 "${COPY_DEADLINE:-$DEADLINE}" "${client[@]}"
}

# hecats: prints the processes of the program that are for this server.
hecats() {
    local file arguments
    for file in /proc/[0-9]*/cmdline; do
        mapfile -d '' -t arguments 2>/dev/null <"$file" || continue
        [[ ${arguments[0]-} == */hecat && ${arguments[-1]} == "$port" ]] || continue
        file=${file%/*}
        echo "${file##*/}"
    done
}

no_hecat() {
    [[ -z $(hecats) ]]
}
