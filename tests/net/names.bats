#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# One name, one truth: both families are those of one and the same name, and of
# the one that every other program of the machine takes.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

setup() {
	net_skip_unless_permitted
	net_undisturbed
}

# The hosts of these tests: what a name is meant to be, and what it is not.
right4=192.0.2.10 right6=2001:db8::10
wrong4=192.0.2.20 wrong6=2001:db8::20
accepting="host $right4 $right6 $wrong4 $wrong6 accept"

# A resolver that gives up after a second.
impatient='resolv "options timeout:1 attempts:1"'

# connect SCENARIO [OPTION...] NAME: runs hecat to the port 80 of a name.
connect() {
	net_run "$1" "$HECAT" -z "${@:2}" 80 </dev/null
}

# assert_queries [TYPE NAME]...: these were asked, in any order, and no others.
assert_queries() {
	local expected actual
	expected=$(printf '%s\n' "$@" | paste -d ' ' - - | sort)
	actual=$(awk '$2 == "query" { print $3, $4 }' "$NET_LOG" | sort)
	[[ $# == 0 ]] && expected=
	[[ $actual == "$expected" ]] && return
	printf 'expected queries:\n%s\nbut got:\n%s\n' "$expected" "$actual" >&2
	return 1
}

# --- /etc/hosts -----------------------------------------------------------

@test "a line of one family in /etc/hosts is all there is, whatever DNS has" {
	connect "hosts $right4 web.test; name web.test AAAA $wrong6; $accepting" web.test
	assert_status 0
	assert_order $right4
	assert_queries
	connect "hosts $right6 web.test; name web.test A $wrong4; $accepting" web.test
	assert_status 0
	assert_order $right6
	assert_queries
}

@test "a line of /etc/hosts: tabs, aliases, case, and a domain that is searched" {
	connect "hosts $right4 a.test	Web.Test b.test; name web.test AAAA $wrong6
		resolv \"search corp.test\"
		name web.test.corp.test AAAA $wrong6; $accepting" wEB.tEST
	assert_status 0
	assert_order $right4
	assert_queries
}

@test "a line of /etc/hosts that ends in a dot is not the name without it" {
	local line
	for line in web.test. WEB.test.corp.test.; do
		connect "hosts $wrong4 $line; resolv \"search corp.test\"
			name web.test.corp.test A $right4; $accepting" web.test
		assert_status 0
		assert_order $right4
	done
	connect "hosts $right4 web.test.; name web.test AAAA $wrong6
		$accepting" web.test.
	assert_status 0
	assert_order $right4
	assert_queries
}

@test "both families in /etc/hosts: as any two families" {
	connect "hosts $right4 web.test; hosts $right6 web.test; host $right4 accept" \
		web.test
	assert_status 0
	assert_starts $right6 0 $right4 250ms
	assert_queries
}

@test "a name that is blocked in /etc/hosts stays so" {
	connect "hosts 0.0.0.0 ads.test; name ads.test AAAA $wrong6
		name ads.test A $wrong4; $accepting" -v ads.test
	assert_status 1
	assert_output_has '(0.0.0.0): Connection refused'
	assert_order
	assert_queries
	connect "hosts :: ads.test; name ads.test A $wrong4; $accepting" ads.test
	assert_status 1
	assert_order
	assert_queries
}

@test "a name of /etc/hosts does not wait for a silent name server" {
	net_run 'hosts 127.0.0.1 db; nameserver 192.0.2.53 silent' \
		"$HECAT" -zt db 80
	assert_status 1
	[[ $output =~ 'no connection after '([0-9]+)\.([0-9]) ]]
	assert_between 0 "$(net_late)" "${BASH_REMATCH[1]}ms"
	assert_queries
}

@test "localhost sends no query" {
	net_run "local 127.0.0.1" bash -c "
		'$HECAT' -z localhost 80; '$HECAT' -z LocalHost 80
		'$HECAT' -z --prefer 4 localhost 80
		'$HECAT' --probe=1 localhost 80; '$HECAT' -z --order resolver localhost 80
		'$HECAT' -z -4 localhost 80; '$HECAT' -z -6 localhost 80"
	assert_queries
}

@test "a dot at the end: neither /etc/hosts nor a search" {
	connect "hosts $wrong4 web.test; resolv \"search corp.test\"
		name web.test A $right4; name web.test.corp.test AAAA $wrong6
		$accepting" web.test.
	assert_status 0
	assert_order $right4
	assert_queries AAAA web.test A web.test
}

@test "a dot at the end of an entry: it is not the name without one" {
	connect "hosts $wrong6 web.test.; name web.test A $right4
		resolv \"search corp.test\"; $accepting" web.test
	assert_status 0
	assert_order $right4
	connect "hosts $wrong6 db.corp.test.; name db.corp.test A $right4
		resolv \"search corp.test\"; $accepting" db
	assert_status 0
	assert_order $right4
}

@test "-4 and -6: one family, as the system has it" {
	local scenario="hosts $right4 web.test; name web.test AAAA $right6; $accepting"
	connect "$scenario" -4 web.test
	assert_order $right4
	assert_queries
	connect "$scenario" -6 web.test
	assert_order $right6
	assert_queries AAAA web.test
}

@test "--order resolver: the same name, in one lookup" {
	connect "hosts $right4 web.test; name web.test AAAA $wrong6; $accepting" \
		--order resolver web.test
	assert_order $right4
	assert_queries
	connect "resolv \"search corp.test\"; name web.test A $right4
		name web.test.corp.test AAAA $wrong6; $accepting" \
		--order resolver web.test
	assert_order $right4
}

# --- search domains -------------------------------------------------------

@test "a name that has one family is not looked for in a domain for the other" {
	connect "resolv \"search corp.test\"; name real.test A $right4
		name real.test.corp.test AAAA $wrong6; $accepting" real.test
	assert_status 0
	assert_order $right4
	assert_queries AAAA real.test A real.test
	connect "resolv \"search corp.test\"; name real.test AAAA $right6
		name real.test.corp.test A $wrong4; $accepting" real.test
	assert_status 0
	assert_order $right6
	assert_queries AAAA real.test A real.test
}

@test "a single label: the first domain that has either family" {
	connect "resolv \"search a.test b.test c.test\"
		name db.b.test A $right4; name db.c.test AAAA $wrong6
		name db AAAA $wrong6; $accepting" db
	assert_status 0
	assert_order $right4
	assert_queries AAAA db.a.test A db.a.test AAAA db.b.test A db.b.test
}

@test "both families of a name in a domain race" {
	connect "resolv \"search corp.test\"
		name db.corp.test A $right4; name db.corp.test AAAA $right6
		host $right4 accept" db
	assert_status 0
	assert_starts $right6 0 $right4 250ms
}

@test "ndots: how many dots make a name that is asked as typed first" {
	local n scenario="name a.b.test A $right4; name a.b.test.corp.test AAAA $right6
		$accepting; resolv \"search corp.test\""
	for n in 0 1 2; do
		connect "$scenario; resolv \"options ndots:$n\"" a.b.test
		assert_order $right4
		assert_queries AAAA a.b.test A a.b.test
	done
	for n in 3 4 5; do
		connect "$scenario; resolv \"options ndots:$n\"" a.b.test
		assert_order $right6
		assert_queries AAAA a.b.test.corp.test A a.b.test.corp.test
	done
}

@test "the last step is the name as typed" {
	connect "resolv \"search a.test b.test\"; name db A $right4; $accepting" db
	assert_status 0
	assert_order $right4
	assert_queries AAAA db.a.test A db.a.test AAAA db.b.test A db.b.test \
		AAAA db A db
}

@test "no-tld-query: a single label is not asked as typed" {
	connect "resolv \"search a.test\"; resolv \"options no-tld-query\"
		name db A $wrong4; $accepting" db
	assert_status 3
	assert_queries AAAA db.a.test A db.a.test
}

@test "the domain of the machine's own name is searched" {
	connect "hostname machine.corp.test; name db.corp.test A $right4
		$accepting" db
	assert_status 0
	assert_order $right4
}

@test "the name that was asked is in the reports, and the typed one before it" {
	net_run "resolv \"search corp.test\"; name db.corp.test A $right4; host $right4 refuse" \
		bash -c "'$HECAT' -zvv -t --chart --json=/dev/stdout db 80 2>&1"
	assert_status 1
	assert_output_has 'no IPv6 address (db.corp.test)'
	assert_output_has '1 address (db.corp.test)'
	assert_output_has '"name": "db.corp.test"'
	assert_output_has 'answer A: 1 address (db.corp.test)'
	assert_output_has '"host": "db"'
}

@test "a name that is not found anywhere" {
	connect 'resolv "search a.test b.test"' -v db
	assert_status 3
	[[ $output == 'hecat: db: no such name' ]]
	connect 'resolv "search a.test b.test"; name db.b.test MX nodata' -v db
	assert_status 3
	[[ $output == 'hecat: db: no address' ]]
}

@test "an international name in a domain" {
	net_run "resolv \"search corp.test\"; $accepting
		name xn--bcher-kva.corp.test A $right4
		name xn--bcher-kva AAAA $wrong6" env LC_ALL=C.UTF-8 "$HECAT" -z bücher 80
	assert_status 0
	assert_order $right4
	assert_queries AAAA xn--bcher-kva.corp.test A xn--bcher-kva.corp.test
	net_run "hosts $right4 xn--bcher-kva.test; name xn--bcher-kva.test AAAA $wrong6
		$accepting" env LC_ALL=C.UTF-8 "$HECAT" -z bücher.test 80
	assert_status 0
	assert_order $right4
	assert_queries
	net_run "hosts $right4 www.xn--bcher-kva.test
		resolv \"search corp.test\"
		name www.xn--bcher-kva.test A $wrong4
		$accepting" env LC_ALL=C.UTF-8 "$HECAT" -z www.bücher.test 80
	assert_status 0
	assert_order $right4
	assert_queries
}

# connect_in LOCALE ARGUMENT...: a connect to an international name, whose ASCII
# form has an address.
connect_in() {
	net_run "name xn--bcher-kva.test A $right4; $accepting" \
		env LOCPATH="$BATS_TEST_TMPDIR" LC_ALL="$1" "$HECAT" "${@:2}"
}

# make_latin1: the locale latin1.
make_latin1() {
	localedef --no-archive -i de_DE -f ISO-8859-1 \
		"$BATS_TEST_TMPDIR/latin1" >/dev/null 2>&1 ||
		skip 'there is no source for a locale of ISO 8859-1'
}

@test "an international name in UTF-8, in any locale" {
	local locale

	for locale in C C.UTF-8 POSIX nonsense; do
		connect_in $locale -zv BÜCHER.test 80
		assert_status 0
		assert_queries AAAA xn--bcher-kva.test A xn--bcher-kva.test
		assert_output_has "hecat: connected to BÜCHER.test port 80 ($right4)"
	done
	make_latin1
	connect_in latin1 -z bücher.test 80
	assert_status 0
	assert_queries AAAA xn--bcher-kva.test A xn--bcher-kva.test
}

@test "an international name in the encoding of the locale" {
	make_latin1
	connect_in latin1 -z $'b\xfccher.test' 80
	assert_status 0
	assert_queries AAAA xn--bcher-kva.test A xn--bcher-kva.test
	connect_in C -z $'b\xfccher.test' 80
	assert_status 3
	[[ $output == 'hecat: b?cher.test: not a name in UTF-8, nor in the'* ]]
}

@test "an international name with -4 and -6, and with --order" {
	local option

	for option in -4 '--order resolver' '--prefer 4'; do
		# shellcheck disable=SC2086 # an option and its value
		connect_in C -z $option bücher.test 80
		assert_status 0
		assert_order $right4
	done
	connect_in C -z -6 bücher.test 80
	assert_status 3
	assert_output_has 'hecat: bücher.test: no IPv6 address'
}

@test "an international name and --resolve: the ASCII form counts" {
	local pair

	for pair in 'bücher.test BÜCHER.test' 'xn--bcher-kva.test bücher.test' \
		'bücher.test xn--bcher-kva.test.'; do
		net_run "$accepting" env LC_ALL=C "$HECAT" -z \
			--resolve "${pair% *}:80:$right4" "${pair#* }" 80
		assert_status 0
		assert_queries
		assert_order $right4
	done
	net_run "$accepting" "$HECAT" -z --resolve "bücher.test:80:$right4" \
		bucher.test 80
	assert_status 3
}

@test "a name that no host can have, and a system without libidn2" {
	connect_in C.UTF-8 -z '☕.test' 80
	assert_status 2
	[[ $output == 'hecat: ☕.test: not a name that a host can have; write its ASCII form (xn--...)' ]]
	assert_queries
	LD_PRELOAD=$TEST_PRELOAD/no_idn2.so connect_in C.UTF-8 -z bücher.test 80
	assert_status 2
	[[ $output == *'hecat: bücher.test: names that are not ASCII need libidn2, which is not here; write its ASCII form (xn--...)' ]]
	assert_queries
	# Where nothing is looked up nothing is needed.
	LD_PRELOAD=$TEST_PRELOAD/no_idn2.so connect_in C.UTF-8 -z \
		--address $right4 bücher.test 80
	assert_status 0
}

@test "libidn2 is loaded for no other name" {
	net_run -0 "name web.test A $right4; $accepting" \
		env LD_DEBUG=files "$HECAT" -z web.test 80
	[[ $output == *libc.so* && $output != *libidn2* ]]
}

# --- other services -------------------------------------------------------

@test "HOSTALIASES: a single label is what the system makes of it" {
	local aliases=$BATS_TEST_TMPDIR/aliases
	echo 'db real.test' >"$aliases"
	net_run "resolv \"search corp.test\"; name real.test A $right4
		name db.corp.test AAAA $wrong6; $accepting" \
		env HOSTALIASES="$aliases" "$HECAT" -z db 80
	assert_status 0
	assert_order $right4
}

@test "a service that may know any name: one lookup" {
	connect "nsswitch \"hosts: files unheard-of dns\"; resolv \"search corp.test\"
		name real.test A $right4; name real.test AAAA $right6 after 100ms
		name real.test.corp.test AAAA $wrong6
		host $right6 accept" real.test
	assert_status 0
	# One that asks for both waits for both.
	assert_order $right6
	assert_queries AAAA real.test A real.test
}

# As systemd-resolved writes the line; where it does not run, dns is asked.
@test "resolve before dns, and systemd-resolved does not run: the walk" {
	[[ ! -e /run/systemd/resolve/io.systemd.Resolve ]] || skip 'it runs here'
	connect "nsswitch \"hosts: files resolve [!UNAVAIL=return] dns\"
		resolv \"search corp.test\"; name real.test A $right4
		name real.test.corp.test AAAA $wrong6; $accepting" real.test
	assert_status 0
	assert_order $right4
}

# One that is not installed, too, is common: libnss-myhostname.
@test "a service behind dns: no such name is not what DNS says" {
	local services
	for services in 'dns files' 'files dns myhostname' \
		'files dns myhostname mymachines'; do
		connect "nsswitch \"hosts: $services\"; resolv \"search corp.test\"
			name web.test A nodata
			name web.test AAAA $right6 after 120ms
			name web.test.corp.test A $wrong4; $accepting" web.test
		assert_status 0
		assert_order $right6
		# A domain is searched as the system does.
		connect "nsswitch \"hosts: $services\"; resolv \"search corp.test\"
			name web.test.corp.test A $right4; $accepting" web.test
		assert_status 0
		assert_order $right4
		# A server that refuses may end the search.
		connect "nsswitch \"hosts: $services\"; $impatient
			resolv \"search a.test b.test\"
			name web.a.test refused
			name web.b.test A $wrong4; $accepting" web
		assert_status 3
		assert_order
	done
}

@test "a service behind dns: both families race, and neither is waited for" {
	connect "nsswitch \"hosts: files dns myhostname\"
		resolv \"search corp.test\"; name web.test A $right4
		name web.test AAAA silent; $accepting" web.test
	assert_status 0
	assert_order $right4
	assert_due 50ms "$(wire_delta answer 'A web.test' syn $right4)"
}

@test "a service behind dns: silence is the end, and called so" {
	net_run "nsswitch \"hosts: dns files\"; $impatient
		resolv \"search a.test b.test\"; name db.a.test silent
		name db.b.test A $wrong4" "$HECAT" -zt db 80
	assert_status 3
	assert_output_has 'no answer from the name server in 1.0 s'
	assert_queries AAAA db.a.test A db.a.test
}

@test "single-request: one lookup, as AAAA is not asked when A has failed" {
	local option failure
	for option in single-request single-request-reopen; do
		for failure in servfail refused; do
			connect "resolv \"options $option timeout:1 attempts:1\"
				resolv \"search corp.test\"
				name web.test A $failure
				name web.test AAAA $wrong6
				name web.test.corp.test A $right4
				$accepting" web.test
			assert_status 0
			assert_order $right4
		done
	done
}

@test "use-vc: a failure that looks like no such name is left to the system" {
	connect "resolv \"options use-vc timeout:1 attempts:1\"
		resolv \"search a.test b.test\"; name db.a.test refused
		name db.b.test A $wrong4; name db A $right4; $accepting" db
	assert_status 0
	assert_order $right4
}

# The system's resolver waits without a limit for an answer over TCP.
@test "over TCP, too, a silent family holds up nothing" {
	local over
	for over in 'resolv "options use-vc"; name web.test AAAA silent' \
		"name web.test AAAA truncated $wrong6; host 192.0.2.53:53 accept stay-open"; do
		over+="; resolv \"search corp.test\"; $accepting"
		[[ $over == *use-vc* ]] || over+="; $impatient"
		connect "$over; name web.test A $right4" web.test
		assert_status 0
		assert_order $right4
		connect "$over; name web.test A nodata" -w 300ms web.test
		assert_status 4
		net_run "$over; name web.test A servfail" bash -c "
			'$HECAT' -z web.test 80 & child=\$!
			until grep -q 'answer A web.test' '$NET_LOG'; do :; done
			kill -TERM \$child; wait \$child"
		assert_status 143
	done
}

@test "/etc/hosts that no service reads does not count" {
	connect "nsswitch \"hosts: dns\"; hosts $wrong4 web.test
		name web.test A $right4; $accepting" web.test
	assert_status 0
	assert_order $right4
}

# res_ninit(3) ends the list before the first domain that has no room.
@test "a search list that is cut where nobody sees it: one lookup, as the system has all of it" {
	local label=0000000000000000000000000000000000000000000000000000000001
	local long=$label.$label.$label.test
	local other=${long//1/2}
	connect "resolv \"search $long $other one.test\"
		name web.$other A $right4; name web.one.test A $wrong4; $accepting" web
	assert_status 0
	assert_order $right4
}

# --- time -----------------------------------------------------------------

@test "a walk: A found, AAAA silent: the Resolution Delay and no more" {
	connect "resolv \"search corp.test\"; name web.test A $right4
		name web.test AAAA silent; $accepting" web.test
	assert_status 0
	assert_order $right4
	assert_due 50ms "$(wire_delta answer 'A web.test' syn $right4)"
}

@test "a walk: AAAA found, A silent: at once" {
	connect "resolv \"search corp.test\"; name web.test AAAA $right6
		name web.test A silent; $accepting" web.test
	assert_status 0
	assert_due 0 "$(wire_delta answer 'AAAA web.test' syn $right6)"
}

@test "a walk: no such name for A, AAAA silent: the next name after the Resolution Delay" {
	connect "resolv \"search corp.test\"; name db.corp.test A nxdomain after 10ms
		name db.corp.test AAAA silent; name db A $right4; $accepting" db
	assert_status 0
	assert_order $right4
	assert_due 50ms "$(wire_delta answer 'A db.corp.test' query 'A db')"
	connect "resolv \"search corp.test\"; name db.corp.test A nxdomain after 10ms
		name db.corp.test AAAA silent; name db A $right4; $accepting" -r 120 db
	assert_due 120ms "$(wire_delta answer 'A db.corp.test' query 'A db')"
}

@test "a walk: no such name for AAAA, and A is waited for" {
	connect "resolv \"search corp.test\"; name web.test AAAA nxdomain
		name web.test A $right4 after 300ms
		name web.test.corp.test AAAA $wrong6; $accepting" web.test
	assert_status 0
	assert_order $right4
	assert_queries AAAA web.test A web.test
	assert_due 0 "$(wire_delta answer 'A web.test' syn $right4)"
}

@test "a walk: a failure at once is left to the system" {
	local outcome ours
	for outcome in servfail refused; do
		# The system may go on in the list after a server that fails.
		connect "resolv \"search a.test b.test\"; $impatient
			name db.a.test $outcome; name db.b.test A $right4
			$accepting" db
		ours=$status
		net_run "resolv \"search a.test b.test\"; $impatient
			name db.a.test $outcome; name db.b.test A $right4" \
			getent ahosts db
		(((ours == 0) == (status == 0)))
	done
}

@test "a walk: silence is the end of it, once" {
	net_run "resolv \"search a.test b.test\"; $impatient
		name db.a.test silent; name db.b.test A $right4" "$HECAT" -zt db 80
	assert_status 3
	assert_output_has 'no answer from the name server in 1.0 s'
	assert_queries AAAA db.a.test A db.a.test
}

@test "a name that is silent in both families does not hold up another one" {
	net_run "name silent.test silent; name web.test A $right4; $accepting" bash -c "
		'$HECAT' -z -w 1 silent.test 80 & '$HECAT' -zt web.test 80; wait"
	[[ $output =~ 'connected to '[^\ ]+' after '([0-9]+) ]]
	assert_between 0 "$(net_late)" "${BASH_REMATCH[1]}ms"
}

# --- many at once --------------------------------------------------------

@test "200 connectors and 200 more whose names are silent: none waits for another one" {
	local scenario i
	scenario="name web.test AAAA silent; name web.test A $right4
		host $right4 accept after 400ms"
	for i in {1..200}; do
		scenario+="; name s$i silent"
	done
	# A name with many addresses takes no more.
	net_run -0 "$scenario; name many.test A 40 records from $right4
		name many.test AAAA 40 records from $right6
		host $right6 accept after 400ms" \
		"${TEST_TOOLS:?}/crowd" 200 many.test 200 s 80
	[[ $output =~ 'connected 200 spread '[0-9]+' last '[0-9]+' descriptors '([0-9]+) ]]
	((BASH_REMATCH[1] > 0 && BASH_REMATCH[1] <= 300))
	# The threads of a busy machine have three tries.
	for i in 1 2 3; do
		net_run -0 "$scenario" "${TEST_TOOLS:?}/crowd" 200 web.test 200 s 80
		[[ $output =~ 'connected 200 spread '([0-9]+)' last '[0-9]+' descriptors '([0-9]+) ]]
		((BASH_REMATCH[2] > 0 && BASH_REMATCH[2] <= 300))
		((BASH_REMATCH[1] > 200000)) || return 0
	done
	assert_between 0 200ms "${BASH_REMATCH[1]}"
}

# --- against the system ---------------------------------------------------

# What each family is answered, in the first step and in the second.
outcomes=(address nodata nxdomain servfail refused silent)

# names_of_the_matrix SUFFIX: the lines for 36 names, all pairs of outcomes.
names_of_the_matrix() {
	local six four n=0
	for six in "${outcomes[@]}"; do
		for four in "${outcomes[@]}"; do
			n=$((n + 1))
			echo "name n$n$1 AAAA ${six/address/2001:db8:1::$n}"
			echo "name n$n$1 A ${four/address/198.51.100.$n}"
		done
	done
}

# The address that every name has under the last domain.
last_of_the_matrix() {
	local n
	for n in {1..36}; do
		echo "name n$n$1 AAAA 2001:db8:2::$n"
		echo "name n$n$1 A 203.0.113.$n"
	done
}

# attempted N: prints what hecat attempted of the Nth name.
attempted() {
	sed -n "s/^n$1: \\(.*\\) | .*/\\1/p" <<<"$output"
}

# compare_matrix SCENARIO NAME-SUFFIX NEXT: every name that getaddrinfo(3) finds
# has the same addresses for hecat, which attempts all of them in vain. Where a
# server is silent hecat does not: it takes what the other family is answered,
# and does not wait for the patience of the resolver once more. NEXT is what the
# 33rd name has after that, no such name for A.
compare_matrix() {
	local n

	net_run -0 "$1; $impatient; host 198.51.100.0/24 203.0.113.0/24 refuse
		host 2001:db8:1::/64 2001:db8:2::/64 refuse" bash -c "
		for n in {1..36}; do
			{
				ours=\$('$HECAT' -z --json n\$n$2 80 2>/dev/null |
				    jq -r '.attempts[].address' | sort -u | paste -sd ' ')
				theirs=\$(getent ahosts n\$n$2 | awk '{ print \$1 }' |
				    sort -u | paste -sd ' ')
				echo \"n\$n: \${ours:-none} | \${theirs:-none}\"
			} &
		done
		wait" 3>&-
	(($(grep -c '^n[0-9]*: ' <<<"$output") == 36))
	[[ -z $(awk -F ': | [|] ' '/^n[0-9]+: / {
		n = substr($1, 2)
		silent = n % 6 == 0 || n > 30
		if (!silent && $3 != "none" && $2 != $3) print
	}' <<<"$output") ]]
	# And the system has found much.
	(($(grep -c '^n[0-9]*: .*| [^n]' <<<"$output") >= 9))
	[[ $(attempted 6) == 2001:db8:1::6 ]]
	[[ $(attempted 31) == 198.51.100.31 ]]
	[[ $(attempted 33) == "$3" ]]
	for n in 12 18 24 30 32 34 35 36; do
		[[ $(attempted $n) == none ]]
	done
}

@test "as the system: every pair of answers as typed, then under a domain" {
	compare_matrix "$(names_of_the_matrix .test; last_of_the_matrix .test.corp.test)
		resolv \"search corp.test\"" .test '2001:db8:2::33 203.0.113.33'
}

@test "as the system: every pair of answers in the first domain, then in the next" {
	compare_matrix "$(names_of_the_matrix .a.test; last_of_the_matrix .b.test)
		resolv \"search a.test b.test\"" '' '2001:db8:2::33 203.0.113.33'
}

@test "as the system: every pair of answers in the last step" {
	compare_matrix "$(names_of_the_matrix .test.b.test)
		resolv \"search a.test b.test\"" .test none
}
