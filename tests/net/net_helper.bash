# SPDX-License-Identifier: ISC
#
# Functions for bats tests that run a command on the scripted network, and
# then ask what the network saw.  SCRIPTED_NET is the path of the program.
# Times are whole microseconds; a time that is given may also have a unit, as
# in 30ms, 250us or 2s.

# shellcheck source=tests/tries.bash
source "${BASH_SOURCE[0]%/*}/../tries.bash"

: "${SCRIPTED_NET:?has to be the path of scripted-net}"

# What the tests take a terminal for, wherever they run.
export TERM=xterm

# What the network saw last.
NET_LOG=${BATS_TEST_TMPDIR:-}/wire.log

# Options for the program, such as -d veth.
NET_OPTIONS=()

# How late something may be on a busy machine.
NET_LATE=${NET_LATE:-25ms}

# How much shorter than it is a time may seem, as its beginning is seen late.
NET_EARLY=0

# How many seconds a command may take before it is ended, with status 124.
NET_LIMIT=${NET_LIMIT:-60}

# net_skip_unless_permitted: skips the test, with the reason in words, where
# the system permits no network of our own.  In CI that is a failure.
net_skip_unless_permitted() {
	local reason status=0

	reason=$("$SCRIPTED_NET" -- true 2>&1) || status=$?
	((status == 77)) || return 0
	if [[ -n ${CI:-} ]]; then
		printf 'CI has to run this: %s\n' "$reason" >&2
		return 1
	fi
	skip "$reason"
}

# net_undisturbed: what is measured is the program, not who else is running:
# the test and all it starts go first. Where that is not permitted everything
# may be later, and be seen later: a few scenarios are about 5 ms. The test has three
# tries, as not all that is late can be seen: the kernel hands packets on by threads
# that do not go first.
net_undisturbed() {
	has_three_tries
	chrt --rr --pid 1 "$BASHPID" 2>/dev/null && return
	NET_LATE=200ms
	NET_EARLY=100ms
}

# net_run [RUN-OPTION...] SCENARIO COMMAND [ARGUMENT...]: runs the command on
# the network, as bats' run does, whose options may come first.
net_run() {
	local options=() scenario

	while [[ $1 == -* ]]; do
		options+=("$1")
		shift
	done
	scenario=$1
	shift
	run "${options[@]}" timeout --foreground "$NET_LIMIT" \
		"$SCRIPTED_NET" "${NET_OPTIONS[@]}" -l "$NET_LOG" -e "$scenario" -- "$@" || {
		net_show
		return 1
	}
	net_show
}

# net_show: prints what the command said and what the network saw; bats shows
# it when the test fails.
net_show() {
	printf 'status %s\n' "${status:-?}"
	printf '%s\n' "${output:-}" "${stderr:-}"
	[[ ! -e $NET_LOG ]] || cat "$NET_LOG"
}

# wire EVENT WHAT [N]: prints the time of the Nth event (1) whose line goes on
# with WHAT, as in: wire syn 192.0.2.10; wire query 'AAAA host.test'.
wire() {
	awk -v event="$1" -v what="$2" -v nth="${3:-1}" '
		{ time = $1; line = $0; sub(/^ *[0-9]+ /, "", line) }
		index(line " ", event " " what " ") == 1 && ++count == nth {
			print time
			found = 1
			exit
		}
		END { exit !found }
	' "$NET_LOG" && return
	printf 'nothing like this on the wire: %s %s, %s times\n' \
		"$1" "$2" "${3:-1}" >&2
	return 1
}

# wire_count EVENT [WHAT]: prints how many such events there were.
wire_count() {
	awk -v wanted="$1${2:+ $2}" '
		{ line = $0; sub(/^ *[0-9]+ /, "", line) }
		index(line " ", wanted " ") == 1 { count++ }
		END { print count + 0 }
	' "$NET_LOG"
}

# wire_delta EVENT1 WHAT1 EVENT2 WHAT2: prints the time from the first to the
# second, of the first event of each kind.
wire_delta() {
	local from to

	from=$(wire "$1" "$2") && to=$(wire "$3" "$4") || return 1
	echo $((to - from))
}

# microseconds TIME: prints a time that may have a unit without it.
microseconds() {
	case $1 in
	*us) echo "${1%us}" ;;
	*ms) echo $((${1%ms} * 1000)) ;;
	*s) echo $((${1%s} * 1000000)) ;;
	*) echo "$1" ;;
	esac
}

# assert_between LOW HIGH TIME: all three may have units.
assert_between() {
	local low high value

	low=$(microseconds "$1")
	high=$(microseconds "$2")
	value=$(microseconds "$3")
	[[ $value =~ ^-?[0-9]+$ ]] && ((low <= value && value <= high)) &&
		return
	printf 'not from %s to %s: %s us\n' "$1" "$2" "$3" >&2
	return 1
}

# net_stalls: prints for how long nothing ran on the processor of the network.
net_stalls() {
	awk '$2 == "stall" { sum += $3 } END { print sum + 0 }' "$NET_LOG"
}

# net_late, net_early: print how late something may have been, and how early it
# may seem, in the network that ran last.
net_late() {
	echo $(($(microseconds "$NET_LATE") + $(net_stalls)))
}
net_early() {
	echo $(($(microseconds "$NET_EARLY") + $(net_stalls)))
}

# assert_due DUE TIME: early by net_early at most, which is not at all as long as
# nothing stalls, and late by net_late at most.
assert_due() {
	local due

	due=$(microseconds "$1")
	assert_between $((due - $(net_early))) $((due + $(net_late))) "$2"
}

# wire_hosts: prints every host that got a SYN, in the order of the first one;
# connections to a name server do not count.
wire_hosts() {
	awk '$2 == "syn" && $4 != 53 && !seen[$3]++ { print $3 }' "$NET_LOG"
}

# assert_order ADDRESS...: these hosts got SYNs, in this order, and no others.
assert_order() {
	local hosts

	hosts=$(wire_hosts | paste -s -d ' ' -)
	[[ $hosts == "$*" ]] && return
	printf 'expected SYNs to: %s\nbut got them to:  %s\n' "$*" "$hosts" >&2
	return 1
}

# assert_status STATUS: of the command that was run last.
assert_status() {
	((status == $1)) && return
	printf 'expected status %s, got %s\n' "$1" "$status" >&2
	return 1
}

# assert_output_has TEXT: somewhere in what the command said.
assert_output_has() {
	[[ $output == *"$1"* ]] && return
	printf 'not in the output: %s\n' "$1" >&2
	return 1
}

# assert_starts HOST TIME...: connections were begun to these hosts, in this
# order and to no others, each so long after the first. The network sees a SYN
# a little after it was sent; EARLY is what that may be for the first one.
EARLY=3000
assert_starts() {
	local time host due zero early late

	early=$((EARLY + $(net_early)))
	late=$(net_late)
	while read -r time _ host _; do
		zero=${zero:-$time}
		due=$(microseconds "${2:-0}")
		[[ $host == "${1:-none}" ]] && assert_between $((due - early)) \
			$((due + late)) $((time - zero)) &&
			shift 2 && continue
		printf '%s: expected %s\n' "$host" "${*:-none}" >&2
		return 1
	done < <(awk '$2 == "syn" && $4 != 53 && $NF == "#1"' "$NET_LOG")
	(($# == 0)) && return
	printf 'no connection was begun to %s\n' "$*" >&2
	return 1
}

# with_descriptors N ARGUMENT...: prints a shell command that runs hecat with so
# many descriptors in all, the standard streams among them; its begin and its end
# are marked.
with_descriptors() {
	cat <<-END
		echo >/dev/udp/192.0.2.98/9
		(
			for fd in {3..255}; do eval "exec \$fd>&-"; done
			ulimit -n $1
			exec '$HECAT' ${*:2} </dev/null
		)
		status=\$?; echo >/dev/udp/192.0.2.99/9; exit "\$status"
	END
}
