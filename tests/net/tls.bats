#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# TLS inside the race: the first address is one of the scripted network's, or has
# a path that drops large packets, and the second one works.

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2154,SC2016 # variables of the helper, the inner shell's
load net_helper

six=2001:db8:1::a

setup() {
	net_skip_unless_permitted
	[[ $("$HECAT" -V) == *' tls' ]] || skip 'built without OpenSSL'
	cd "$BATS_TEST_TMPDIR" || return 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj /CN=tls.test -addext subjectAltName=DNS:tls.test \
		-keyout peer.pem -out cert 2>/dev/null
	cat cert >>peer.pem
	net_undisturbed
}

# Starts the peer at ADDRESS; its port is in the file port.
serve='
	serve() {
		rm -f port
		"$TEST_TOOLS/listen" -o port "$@" "$TEST_TOOLS/peer" -k 0 \
			-r report -t peer.pem recv-eof &
		until [[ -s port ]]; do sleep 0.01; done
		port=$(<port)
	}
	hecat() {
		timeout 20 "$HECAT" -c --ca-file cert --json=json "$@" tls.test "$port"
	}
'

# race BEHAVIOUR [OPTION...]: connects to a name of two addresses, of which the
# first behaves so; IPv4 is a server of this machine.
race() {
	local behaviour=$1
	shift
	net_run -0 "hosts $six tls.test; hosts 127.0.0.1 tls.test
		host $six $behaviour" bash -c "$serve"'
		serve -a 127.0.0.1
		hecat -z "$@"
	' bash "$@"
	[[ $(of .winner.address) == 127.0.0.1 ]]
}

# of FILTER: prints a member of the report.
of() {
	jq -r "$1" json
}

# start_of NUMBER: prints when an attempt started, in microseconds.
start_of() {
	of ".attempts[$1 - 1] | (.start_ms - $(of '.attempts[0].start_ms')) * 1000 | round"
}

@test "a hung handshake: the next starts three round trips after TCP" {
	race 'accept 200ms' -d 250
	# TCP is there after one.
	assert_due 800ms "$(start_of 2)"
	[[ $(of '.attempts[0].outcome') == no_answer ]]
	[[ $(of '.attempts[0].established_ms') != null ]]
}

@test "and 100 ms after it at least, or when the delay has passed" {
	race 'accept 5ms' -d 10
	assert_due 105ms "$(start_of 2)"
	race 'accept 20ms' -d 250
	assert_due 250ms "$(start_of 2)"
}

@test "and no later than two seconds" {
	race 'accept 800ms' -d 900
	assert_due 2800ms "$(start_of 2)"
}

@test "a handshake that fails: the next starts at once" {
	race 'accept 20ms say "220 hello\r\n"' -d 1000
	assert_due 20ms "$(start_of 2)"
	[[ $(of '.attempts[0].error') == 'the peer does not speak TLS here' ]]
	race 'accept 20ms close' -d 1000
	assert_due 20ms "$(start_of 2)"
	[[ $(of '.attempts[0].error') == 'closed by the peer in the TLS handshake' ]]
}

@test "a dead address costs the delay, and no more" {
	race drop -d 250
	assert_due 250ms "$(start_of 2)"
	[[ $(of '.attempts[0].established_ms') == null ]]
}

@test "--success tcp: the hung address has won, and the budget ends it" {
	net_run -4 "hosts $six tls.test; hosts 127.0.0.1 tls.test
		host $six accept 5ms" bash -c "$serve"'
		serve -a 127.0.0.1
		hecat -z --success tcp -w 1
	'
	[[ $(of '.attempts | length') == 1 ]]
}

# A path that drops what is larger than MTU bytes, to 127.0.0.2, the first
# address; with a server at both.
narrow='
	ip link set lo mtu 1500
	nft -f - <<-END || exit 1
		table ip narrow {
			chain in {
				type filter hook input priority 0
				ip daddr 127.0.0.2 meta length > 1400 drop
			}
		}
	END
	serve -a 127.0.0.2
	serve -a 127.0.0.1 -p "$port"
	head -c 1M /dev/zero >upload
'

@test "a path that drops full segments loses, and the upload arrives" {
	net_run -0 'hosts 127.0.0.2 tls.test; hosts 127.0.0.1 tls.test' \
		bash -c "$serve$narrow"'
		hecat --order resolver --address 127.0.0.2,127.0.0.1 -N <upload
		status=$?
		cat report
		exit "$status"
	'
	[[ $(of .winner.address) == 127.0.0.1 ]]
	[[ $(of '.attempts[0].address') == 127.0.0.2 ]]
	[[ $output == *'on=127.0.0.1 '*' received=1048576 '* ]]
}

@test "without the padding it wins, and the upload stalls" {
	net_run -8 'hosts 127.0.0.2 tls.test; hosts 127.0.0.1 tls.test' \
		bash -c "$serve$narrow"'
		hecat --order resolver --address 127.0.0.2,127.0.0.1 \
			--no-tls-padding -i 2 -N <upload
	'
	[[ $(of .winner.address) == 127.0.0.2 ]]
	[[ $output == *'large packets may be lost on the way (path MTU)'* ]]
}

@test "the last address is tried without the padding" {
	net_run -0 'hosts 127.0.0.2 tls.test' bash -c "$serve$narrow"'
		hecat -z --address 127.0.0.2
	'
}
