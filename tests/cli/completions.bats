#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The completions, asked of the shells themselves.

# shellcheck disable=SC2154 # variables of the helper
load helper

completions=$TEST_TOOLS/../../completions

# complete_in_bash WORD...: prints what the last word is completed with, a line
# each.
complete_in_bash() {
    # shellcheck disable=SC2016 # the inner shell's
    bash --norc -c '
        . "$1"
        shift
        COMP_WORDS=(hecat "$@") COMP_CWORD=$#
        COMP_LINE="${COMP_WORDS[*]}"
        # What readline parts has no blanks around it.
        COMP_LINE=${COMP_LINE// [=]/=} COMP_LINE=${COMP_LINE//= /=}
        COMP_LINE=${COMP_LINE// :/:} COMP_LINE=${COMP_LINE//: /:}
        _hecat
        printf "%s\n" "${COMPREPLY[@]}"' bash "$completions/hecat" "$@"
}

# assert_completed EXPECTED WORD...: the completions, with a blank between them.
assert_completed() {
    assert_equal "$1" "$(complete_in_bash "${@:2}" | paste -s -d ' ' -)" "${*:2}"
}

# options: prints every option of --help, letters and names.
options() {
    hecat --help | sed -n 's/^  -\(.\), --\([a-z0-9-]*\).*/-\1\n--\2/p
        s/^      --\([a-z0-9-]*\).*/--\1/p'
}

# needs SHELL: skips the test without it; fails in CI.
needs() {
    command -v "$1" >/dev/null && return
    [[ -z ${CI:-} ]] || fail "CI needs $1" || return
    skip "no $1"
}

@test "bash: it is set up for hecat" {
    assert_equal 'complete -F _hecat hecat' \
        "$(bash --norc -c '. "$1"; complete -p hecat' bash "$completions/hecat")"
}

@test "bash: every option of --help is one, and no other" {
    (($(options | wc -l) > 50))
    assert_equal "$(options | sort)" "$(complete_in_bash - | sort)"
    assert_completed '--retry --retry-delay' --retr
    assert_completed '--tls-min' -z --tls-m
}

@test "bash: choices, as a word of their own and after '='" {
    assert_completed 'sorted interleaved resolver' --order ''
    assert_completed resolver --order r
    assert_completed 'auto always never' --color = ''
    assert_completed 'auto always' --color = a
    # As readline has it when nothing follows yet.
    assert_completed 'auto always never' --color =
    assert_completed 'tcp tls' --success t
    assert_completed 'open:' --success o
    assert_completed forever --retry ''
    assert_completed none -d ''
    assert_completed '1.2 1.3' -c --tls-min ''
    # As the last letter of several, and behind what readline parts.
    assert_completed '4 5 connect' -zX ''
    assert_completed connect -zvX c
    assert_completed 'sorted interleaved resolver' --proxy socks5h : //h : 1080 --order ''
    assert_completed '' --proxy http : '//a'
}

@test "bash: files and folders, with blanks in their names, too" {
    mkdir 'a folder'
    touch 'a file' b
    assert_equal $'a file\na folder' "$(complete_in_bash --ca-file a | sort)"
    assert_completed 'a folder' --ca-path a
    assert_completed b --json = b
    # --json has no word of its own: what follows is the host.
    [[ $(complete_in_bash --json b) != b ]]
    assert_completed '' -s ''
    assert_completed '' --timeout 1
}

@test "bash: the host, then the port, after any options" {
    # shellcheck disable=SC2016 # the inner shell's
    bash --norc -c '
        . "$1"
        compgen() { printf "%s\n" "$*"; }
        complete_line() {
            local parted
            COMP_LINE="hecat $*"
            # Readline parts words at these as well.
            parted=${COMP_LINE//=/ = } parted=${parted//:/ : } parted=${parted//@/ @ }
            COMP_WORDS=($parted "") COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _hecat
        }
        for options in "" "-z " "-w 3 " "-zv --order=sorted " "--json " "-zw 3 " \
            "--proxy socks5h://u:p@h:1080 " "--success open:200ms " \
            "--resolve=a:80:2001:db8::1 -z " "-zX connect "; do
            complete_line "$options"
            [[ ${COMPREPLY[0]} == "-A hostname -- " ]] || exit 1
            for host in example.com 2001:db8::1 ::1; do
                complete_line "$options$host "
                [[ ${COMPREPLY[0]} == "-A service -- " ]] || exit 2
                complete_line "$options$host 80 "
                ((${#COMPREPLY[@]} == 0)) || exit 3
            done
        done' bash "$completions/hecat"
}

@test "zsh: the syntax is right, and every option is there" {
    needs zsh
    zsh -fn "$completions/_hecat"
    # What _arguments is given, once the shell has read it.
    # shellcheck disable=SC2016 # the inner shell's
    zsh -fc '_arguments() { print -rl -- "$@"; }; . $1' zsh "$completions/_hecat" |
        sed -n 's/^\(([^)]*)\|\*\)\{0,1\}\(--*[a-z0-9A-Z-]*\)[+=-]*\[.*/\2/p' |
        sed 's/[=-]*$//' | sort >spellings
    assert_equal "$(options | sort)" "$(<spellings)"
}

@test "zsh: an option and its choices are completed on a terminal" {
    needs zsh
    cat >complete.zsh <<-'END'
	zmodload zsh/zpty
	zpty shell 'zsh -f -i'
	zpty -w shell "PS1=; fpath=($1 \$fpath); autoload -U compinit; compinit -D -u"
	zpty -w shell "setopt no_beep; stty columns 100"
	zpty -w -n shell $'hecat --exit-on\t--color=al\t\C-ahecho \C-e\n'
	zpty -w shell 'print -n do; print ne'
	while zpty -r shell line; do
	    print -r -- "$line"
	    [[ $line != *done* ]] || break
	done
	zpty -d shell
	END
    run_command 0 timeout 60 zsh -f complete.zsh "$completions"
    grep -q -- '--exit-on-peer-eof --color=always' stdout
}

@test "fish: options, choices and files" {
    needs fish
    export HOME=$tmp XDG_CONFIG_HOME=$tmp XDG_DATA_HOME=$tmp
    complete_in_fish() {
        fish -c "source '$completions/hecat.fish'; complete -C '$1'" | cut -f 1
    }
    fish -n "$completions/hecat.fish"
    options | grep -e '^--' | sort >names
    assert_equal "$(<names)" \
        "$(complete_in_fish 'hecat --' | sed 's/=$//' | sort -u)"
    assert_equal $'interleaved\nresolver\nsorted' \
        "$(complete_in_fish 'hecat --order ' | sort)"
    assert_equal '--color=always' "$(complete_in_fish 'hecat --color=al')"
    touch 'certificate.pem'
    assert_equal 'certificate.pem' "$(complete_in_fish 'hecat --cert cert')"
    assert_equal '--json=certificate.pem' "$(complete_in_fish 'hecat --json=cert')"
}
