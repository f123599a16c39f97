#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The examples of README, manual and --help, each run as it is printed, on a
# network where every host has an IPv6 address that is dead and an IPv4 one
# that works. And the options, the same in manual and help.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"
top=$BATS_TEST_DIRNAME/../..

scenario='
	name example.com AAAA 2001:db8:1::80
	name example.com A 192.0.2.80
	name www.example.com AAAA 2001:db8:1::81
	name www.example.com A 192.0.2.81
	name backup.example.com AAAA 2001:db8:1::82
	name backup.example.com A 192.0.2.82
	name proxy.example.com AAAA 2001:db8:1::83
	name proxy.example.com A 192.0.2.83
	host 192.0.2.0/24 accept 12ms say "Hello\r\n" close
	host 192.0.2.83:1080 accept 12ms read 3 say "\x05\x00" read 20 say "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00Hello\r\n" close
	host 192.0.2.83:3128 accept 12ms read 40 say "HTTP/1.1 200 OK\r\n\r\nHello\r\n" close
'

setup() {
	net_skip_unless_permitted
	mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return 1
	ln -s "$HECAT" hecat
	ln -s "$HECAT" ../bin/hecat
	cp "$top/README" README
	head -c 300000 /dev/zero >dump.tar
	export HOME=$PWD
	echo user:secret >.proxy
	chmod 600 .proxy
	fake_ssh >../bin/ssh
	chmod +x ../bin/ssh
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# Prints an ssh that runs its ProxyCommand and shows the first line it hears.
fake_ssh() {
	cat <<-'END'
		#!/usr/bin/env bash
		parent=
		if [[ $2 == ProxyUseFdpass=yes ]]; then
			parent="$TEST_TOOLS/fdpass take"
			shift 2
		fi
		[[ $1 == -o && $2 == ProxyCommand=* && $# == 3 ]] || exit 255
		command=${2#ProxyCommand=}
		command=${command//%h/$3}
		$parent sh -c "${command//%p/22}" </dev/null | grep -m 1 Hello
	END
}

# Print the command lines of README, manual and --help.
readme_examples() {
	sed -n 's/^    \$ //p' "$top/README"
}

manual_examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAGNOSTICS/s/^\.Dl //p' \
		"$top/man/hecat.1" | sed 's/\\e/\\/g; s/\\-/-/g; s/\\&//g'
}

help_examples() {
	"$HECAT" --help | sed -n '/^Examples:/,/^$/s/^  //p'
}

# run_example LINE: it has to connect over IPv4, and to end well; a probe has
# to find the IPv6 address, which then refuses, as it would wait for seconds.
run_example() {
	local expected=0 dead=drop

	[[ $1 != *--probe* ]] || expected=11 dead=refuse
	printf '$ %s\n' "$1"
	net_run "$scenario; host 2001:db8:1::/64 $dead" bash -c "$1" </dev/null
	assert_status $expected
	[[ $(wire_hosts) == *192.0.2.* ]]
	wire ack "$(wire_hosts | grep -F 192.0.2.)"
	[[ $1 == *\ -z* || $1 == *--probe* || $output == *Hello* ]]
}

# run_tls_example LINE: likewise, where IPv4 is a server of this machine that
# speaks TLS.
run_tls_example() {
	printf '$ %s\n' "$1"
	[[ -x $TEST_TOOLS/peer && $("$HECAT" -V) == *' tls' ]] || return 0
	net_run -0 "hosts 2001:db8:1::80 $2; hosts 127.0.0.1 $2
		host 2001:db8:1::/64 drop" bash -c '
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
			-nodes -days 2 -subj /CN=x -keyout server.pem -out cert \
			-addext "subjectAltName=DNS:$2" 2>/dev/null
		cat cert >>server.pem
		rm -f port
		"$TEST_TOOLS/listen" -a 127.0.0.1 -p "$3" -o port \
			"$TEST_TOOLS/peer" -t server.pem recv 1 send Hello &
		until [[ -s port ]]; do sleep 0.01; done
		export SSL_CERT_FILE=$PWD/cert
		eval "$1" <<<EHLO
	' bash "$1" "$2" "$3" </dev/null
	[[ $output == *Hello* ]]
}

# run_examples: runs each line of standard input, in one test.
run_examples() {
	local line

	while read -r line <&4; do
		if [[ $line =~ hecat\ -c.*\ ([a-z.]+)\ ([0-9]+)$ ]]; then
			run_tls_example "$line" "${BASH_REMATCH[@]:1}"
		else
			run_example "$line"
		fi
	done 4<&0
}

@test "the examples of README" {
	(($(readme_examples | wc -l) >= 6))
	run_examples < <(readme_examples)
}

@test "the examples of the manual" {
	(($(manual_examples | wc -l) >= 6))
	run_examples < <(manual_examples)
}

@test "the examples of --help" {
	(($(help_examples | wc -l) >= 3))
	run_examples < <(help_examples)
}

@test "a file is sent whole" {
	net_run -0 "$scenario" bash -c 'hecat -N backup.example.com 9000 < dump.tar'
	awk '$2 == "data-in" { sum += $NF } END { exit sum != 300000 }' "$NET_LOG"
}

@test "what README shows of -v is what -v says" {
	local shown said line i
	line=$(readme_examples | grep -m 1 -e '-v ')
	mapfile -t shown < <(grep -F -A 9 "    \$ $line" "$top/README" |
		sed -n 's/^    hecat: /hecat: /p')
	((${#shown[@]} == 2))
	net_run -0 "$scenario" bash -c "$line"
	mapfile -t said < <(grep '^hecat: ' <<<"$output")
	for i in "${!shown[@]}"; do
		[[ ${said[i]//[0-9.]* ms/N ms} == "${shown[i]//[0-9.]* ms/N ms}" ]]
	done
}

# What a report shows but for its numbers, which differ from run to run: bars are
# as long as their times, and columns as wide as their numbers.
shape() {
	sed -E 's/[0-9]+(\.[0-9]+)? m?s/N s/g; s/[0-9]+\.[0-9]+/N/g; s/\|[0-9]+/|N/g
		s/ \|N.*/ |N/; s/[=#-]+/&/g; s/==+/=/g; s/##+/#/g; s/--+/-/g; s/ +/ /g
		s/^ //; s/ $//'
}

# report_in_manual OPTION, report_in_readme COMMAND: print the command and what
# it prints, as it is shown there.
report_in_manual() {
	sed -n "/^\\$ hecat .*$1 /,/^\\.Ed/{ /^\\.Ed/d; p; }" "$top/man/hecat.1"
}

report_in_readme() {
	grep -F -A 20 "    \$ $1" "$top/README" | sed -n '/^$/q; s/^    //p'
}

# is_shown SCENARIO: runs the command of the report on standard input, and
# compares what it prints with the rest.
is_shown() {
	local report command
	report=$(cat)
	command=${report%%$'\n'*}
	net_run "$1" bash -c "${command#'$ '}"
	diff -u <(shape <<<"${report#*$'\n'}") <(shape <<<"$output")
}

@test "the reports that README and manual show are what is printed" {
	local sample='name www.example.com AAAA 2001:db8::8 after 6ms
		name www.example.com A 192.0.2.8 203.0.113.8 after 9ms
		address 192.0.2.1/24
		host 192.0.2.8 accept 12ms
		host 203.0.113.8 accept 30ms'
	local rejected='icmp admin-prohibited from 2001:db8:ff::1 170ms'

	is_shown "$sample" < <(report_in_manual -zt)
	is_shown "$sample" < <(report_in_manual --chart)
	is_shown "$sample" < <(report_in_manual --probe)
	is_shown "$scenario" < <(report_in_readme './hecat -z --chart')
	is_shown "$scenario" < <(report_in_readme './hecat -zt')
	is_shown "$scenario; host 2001:db8:1::/64 $rejected" \
		< <(report_in_readme './hecat --probe')
}

# --- options --------------------------------------------------------------

# Print the options, one a line, each by its letter if it has one.
options_of_synopsis() {
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/s/^\.Op //p' \
		"$top/man/hecat.1" | awk '{
		long = $2 == "Fl"
		print (long ? "--" $3 : "-" $2)
		for (i = 2; i < NF; i++) {
			if ($i == "Ar" || $i == "Cm")
				break
			if ($i == "|")
				print (long ? "--" : "-") $(i + (long ? 3 : 1))
		}
	}'
}

options_of_manual() {
	sed -n '/^\.Sh DESCRIPTION/,/^\.Sh ENVIRONMENT/s/^\.It Fl //p' \
		"$top/man/hecat.1" | awk '{ print ($1 == "Fl" ? "--" $2 : "-" $1) }'
}

# The same with both names: "-d --delay", "--order".
names_of_manual() {
	sed -n '/^\.Sh DESCRIPTION/,/^\.Sh ENVIRONMENT/s/^\.It Fl //p' \
		"$top/man/hecat.1" | awk '{
		print ($1 == "Fl" ? "--" $2 : "-" $1 " --" $5) }'
}

options_of_help() {
	"$HECAT" --help | grep -oE '^  (-.|    --[a-z0-9-]+)' | tr -d ' '
}

names_of_help() {
	"$HECAT" --help | grep -oE '^  (-., | +)--[a-z0-9-]+' | sed 's/^ *//; s/,//'
}

@test "synopsis, manual and help have the same options in the same order" {
	(($(options_of_help | wc -l) >= 20))
	diff <(options_of_help) <(options_of_manual)
	diff <(options_of_help) <(options_of_synopsis)
	diff <(names_of_help) <(names_of_manual)
}

@test "every option that help tells of is known, with its long name" {
	local name
	while read -r name; do
		# A known one complains of its value, of the port that is missing,
		# or does what it says; an unknown one is called so.
		run "$HECAT" "${name##* }" </dev/null
		[[ $output != *unknown* && $output != *'no such option'* ]]
	done < <(names_of_help)
	run -2 "$HECAT" --no-such-option
	[[ $output == *unknown* || $output == *'no such option'* ]]
}

@test "the manual says which status is which, and no other" {
	local status
	for status in 0 1 2 3 4 5 7 8 11 70 141; do
		grep -q "^\.It $status\$" "$top/man/hecat.1"
	done
}
