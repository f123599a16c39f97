# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Functions for bats tests that compare reports with each other, with their
# schemas and with what the scripted network saw. Reads reports with jq, and
# validates them with python3-jsonschema.

bats_require_minimum_version 1.5.0

load net_helper

: "${HECAT:?has to be the path of hecat}"

# The top of the source tree.
REPORT_TOP=$BATS_TEST_DIRNAME/../..

report_setup() {
	net_skip_unless_permitted
	net_undisturbed
	cd "$BATS_TEST_TMPDIR" || return 1
	unset NO_COLOR
}

# fail TEXT: fails the test, with a reason.
fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# assert_equal EXPECTED ACTUAL [WHAT]
assert_equal() {
	[[ $1 == "$2" ]] && return
	printf '%s:\n  expected %s\n  got      %s\n' "${3:-value}" "$1" "$2" >&2
	return 1
}

# json FILTER [FILE]: prints what jq makes of a report, report.json by default.
json() {
	jq -r "$1" "${2:-report.json}"
}

# assert_json FILTER EXPECTED [FILE]: the lines that jq prints.
assert_json() {
	assert_equal "$2" "$(json "$1" "${3:-report.json}")" "$1"
}

# needs_schema: skips the test where nothing can validate; fails in CI.
needs_schema() {
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null && return
	[[ -z ${CI:-} ]] || fail 'CI needs python3-jsonschema' || return
	skip 'no python3-jsonschema'
}

# assert_valid {report,probe} FILE...: every file is one JSON value, in UTF-8,
# that the schema allows.
assert_valid() {
	/usr/bin/python3 - "$REPORT_TOP/tests/json/$1.schema.json" "${@:2}" <<-'END'
		import json
		import sys
		from jsonschema import Draft202012Validator

		schema = json.load(open(sys.argv[1]))
		Draft202012Validator.check_schema(schema)
		validator = Draft202012Validator(schema)
		bad = 0
		for name in sys.argv[2:]:
		    value = json.load(open(name, encoding="utf-8"))
		    for error in validator.iter_errors(value):
		        print(f"{name}: {error.json_path}: {error.message:.300}",
		              file=sys.stderr)
		        bad = 1
		sys.exit(bad)
	END
}

# run_signalled NAME EVENT SCENARIO [FDRUN-OPTION...] COMMAND...: runs the command
# on the network until that has seen EVENT, and then sends it the signal, which
# is marked on the wire. Its output is in report.txt, what it had to say else,
# and how it ended, in fdrun.txt.
run_signalled() {
	# shellcheck disable=SC2016 # the inner shell's
	net_run "$3" bash -c '
		name=$1 event=$2 log=$3
		shift 3
		env --default-signal="$name" "$TEST_TOOLS/fdrun" -p pid "$@" \
			>report.txt 2>fdrun.txt &
		end=$((SECONDS + 30))
		until { [[ -s pid ]] && grep -q "$event" "$log"; } || ((SECONDS > end)); do
			sleep 0.01
		done
		echo >/dev/udp/192.0.2.99/9
		kill "-$name" "$(<pid)"
		wait "$!"
	' bash "$1" "$2" "$NET_LOG" "${@:4}"
	cat report.txt fdrun.txt
}

# report_rows: prints the JSON, a line for each thing in it, its fields parted
# by tabs, as the awk programs below read it.
report_rows() {
	json '
		def known: if . == null then "-" else . end;
		["head", .host, .service, .result, .connect_ms,
			(.winner.attempt | known)],
		(.queries[] | ["query", .type, .start_ms, (.end_ms | known),
			.addresses, (.error | known), .blocking]),
		(.candidates[] | ["candidate", .address, (.rule | known),
			.skipped]),
		(.attempts[] | ["attempt", .number, .address, .port,
			(.source | known), .cause, .start_ms, .end_ms, .outcome,
			(.errno | known), (.error | known),
			(.icmp_from | known), (.rtt_ms | known),
			.syn_retransmissions, (.established_ms | known)]),
		(.out_of_descriptors // empty | ["put_off", .starts, .error])
		| @tsv'
}

# What the awk programs share: durations, and what became of an attempt.
REPORT_AWK='
	function plural(n, noun, more) {
		return n " " noun (n == 1 ? "" : more)
	}
	# In whole microseconds, as the program has it: 10.45 is a tie.
	function span(from, to) {
		return int((to - from) * 1000 + .5) / 1000
	}
	function duration(ms) {
		if (ms < 10)
			return sprintf("%.1f ms", ms)
		if (ms < 999.5)
			return int(ms + .5) " ms"
		return sprintf("%.1f s", ms / 1000)
	}
	# The result in words, of its name.
	function result_text(name) {
		return name == "failed" ? "no connection" : \
		    name == "unresolved" ? "no usable address" : \
		    name == "timeout" ? "no connection (-w)" : name
	}
	# Why an attempt did not connect.
	function reason() {
		if ($9 == "failed")
			return $11 ($12 == "-" || $12 == $3 ? "" : \
			    " (ICMP from " $12 ")")
		if ($9 == "closed")
			return "closed by the peer"
		if ($9 == "timed_out")
			return "timed out after " duration(span($7, $8))
		if ($15 == "-")
			return "no answer in " duration(span($7, $8))
		if ($8 - $15 < 1)
			return "connected, not used"
		return "connected, no data in " duration(span($15, $8))
	}
	# Counts the addresses that no attempt was made to.
	function count_candidate() {
		if ($4 != "true")
			untried[$2] = 1
	}
	function count_attempt() {
		delete untried[$3]
	}
	function untried_count(  n, address) {
		for (address in untried)
			n++
		return n + 0
	}
'

# text_of_json: prints what -t has to say where the JSON is right.
text_of_json() {
	report_rows | awk -F '\t' "$REPORT_AWK"'
		function heading(text) {
			if (shown != text)
				printf "%s\n", text
			shown = text
		}
		BEGIN {
			split("unusable,scope,deprecated source,home address," \
			    "label,precedence,tunnel,smaller scope," \
			    "shorter prefix,as answered", rule, ",")
			word["first"] = "first"
			word["delay passed"] = "delay"
			word["previous failed"] = "error"
			word["late answer"] = "late"
			width = 7
		}
		{ line[NR] = $0 }
		$1 == "candidate" { count_candidate() }
		$1 == "candidate" && length($2) > width { width = length($2) }
		$1 == "attempt" {
			attempts++
			count_attempt()
			if ($5 != "-" && sources < 6)
				sources = 6
			if ($5 != "-" && length($5) > sources)
				sources = length($5)
			if (length(outcome()) > longest)
				longest = length(outcome())
		}
		END {
			rest = 80 - 26 - longest - width
			if (sources > 0)
				rest -= sources + 2
			causes = rest >= 8
			if (rest < 0)
				sources = 0
			for (i = 1; i <= NR; i++) {
				$0 = line[i]
				if ($1 == "head")
					head()
				else if ($1 == "query")
					query()
				else if ($1 == "candidate")
					candidate()
				else if ($1 == "attempt")
					attempt()
				else
					put_off = sprintf("  note    %s put off: %s\n",
					    plural($2, "start", "s"), $3)
			}
			if (attempts > 0 && untried_count() > 0)
				printf "      %d more not tried\n", untried_count()
			printf "  result  %s%s after %.1f ms\n%s",
			    result_text(result), winner, total, put_off
		}
		function head() {
			printf "%s port %s (times in ms)\n", $2, $3
			result = $4
			total = $5
			number = $6
		}
		function query() {
			heading("  lookup     asked    answer")
			answered = $4 == "-" ? "-" : sprintf("%.1f", $4)
			found = $5 > 0 ? plural($5, "address", "es") : $6
			printf "  %-6s  %8.1f  %8s  %s%s\n", $2, $3, answered,
			    found, $7 == "true" ? ", blocking" : ""
		}
		function candidate(  text) {
			heading(sprintf("  order   %-*s  RFC 6724 rule", width,
			    "address"))
			text = $3 == "-" ? "" : "  " $3 ", " rule[$3]
			if ($4 == "true")
				text = "  not tried: no " ($2 ~ /:/ ? "IPv6" : \
				    "IPv4") " source was given"
			text = sprintf("  %5d   %-*s%s", ++order, width, $2, text)
			sub(/ +$/, "", text)
			print text
		}
		function outcome(  text) {
			text = $9 == "connected" ? "connected" : reason()
			if ($15 != "-" && $8 - $15 >= 1)
				text = text sprintf(", TCP at %.1f", $15)
			if ($13 != "-")
				text = text sprintf(", RTT %.1f", $13)
			if ($14 > 0)
				text = text ", SYN+" $14
			return text
		}
		function attempt() {
			heading(sprintf("   #  %-*s%s    start      end%s  outcome",
			    width, "address",
			    sources ? sprintf("  %-*s", sources, "source") : "",
			    causes ? "  cause " : ""))
			row = sprintf("  %2d  %-*s%s %8.1f %8.1f%s", $2, width, $3,
			    sources ? sprintf("  %-*s", sources, $5) : "",
			    $7, $8, causes ? sprintf("  %-6s", word[$6]) : "")
			gap = length(row) + 2 + length(outcome()) > 80 ? \
			    "\n      " : "  "
			print row gap outcome()
			if ($2 == number)
				winner = " to " $3
		}'
}

# check_chart: compares the ASCII chart in chart.txt with the JSON: a row for
# each lookup and attempt, its bar where its times are, to a cell, and its end
# in words.
check_chart() {
	report_rows | awk -F '\t' "$REPORT_AWK"'
		function bad(what) {
			printf "chart, row %d: %s\n  %s\n", row, what, text
			status = 1
		}
		function check_cell(what, cell, due) {
			if (cell < due - 2 || cell > due + 1)
				bad("the bar " what " in cell " cell ", not " due)
		}
		function expect(label, from, to, mark, end,  bar, first, last) {
			row++
			text = chart[at_line++]
			if (substr(text, 3, length(label)) != label)
				bad("is not of " label)
			bar = substr(text, zero, cells)
			match(bar, "[" mark "]+")
			first = RSTART - 1
			last = RSTART + RLENGTH - 2
			if (bar !~ "^ *[" mark "]+ *$")
				bad("the bar is not of " mark)
			check_cell("begins", first, from / total * cells)
			check_cell("ends", last, to / total * cells)
			# What has no room beside the bar has a line of its own.
			due = below ? "    " end : "  " end
			if ((below ? chart[at_line++] : \
			    substr(text, zero + cells)) != due)
				bad("does not end with: " due)
		}
		# A tick stands where its time is.
		function check_ticks(  rest, at, where, count) {
			text = chart[2]
			rest = substr(text, zero)
			where = 0
			while (match(rest, /\|[0-9.]+/)) {
				at = substr(rest, RSTART + 1, RLENGTH - 1)
				where += RSTART - 1
				check_cell("tick " at, where, at / total * cells)
				where += RLENGTH
				rest = substr(rest, RSTART + RLENGTH)
				count++
			}
			if (count < 1 || at + 0 > total)
				bad("axis")
		}
		# That there is no address of a family is an answer, too.
		function query_mark() {
			if ($4 == "-" || $6 ~ /^no answer from/)
				return "="
			return $5 > 0 || $6 ~ /^no IPv[46] address/ ? "-" : "x"
		}
		function query_outcome() {
			if ($4 == "-" || $5 == 0)
				return $6
			return sprintf("%.1f ms, %s%s", span($3, $4),
			    plural($5, "address", "es"),
			    $7 == "true" ? ", blocking" : "")
		}
		function attempt_outcome() {
			return $9 == "connected" ? \
			    sprintf("connected in %.1f ms", span($7, $8)) \
			    ($14 > 0 ? ", SYN+" $14 : "") : reason()
		}
		function widen(text) {
			if (length(text) > longest)
				longest = length(text)
		}
		BEGIN {
			while ((getline chart[++lines] < "chart.txt") > 0)
				;
			zero = index(chart[2], "|0")
			longest = 24
		}
		{ line[NR] = $0 }
		$1 == "head" { total = $5 }
		$1 == "head" && chart[1] != $2 " port " $3 ": " result_text($4) \
		    " after " \
		    duration(span(0, $5)) { bad("heading: " chart[1]) }
		$1 == "query" { widen(query_outcome()) }
		$1 == "candidate" { count_candidate() }
		$1 == "attempt" { widen(attempt_outcome()); count_attempt() }
		END {
			cells = 80 - (zero - 5) - longest - 6
			below = cells < 10
			if (below)
				cells = 80 - (zero - 5) - 4
			at_line = 3
			check_ticks()
			for (i = 1; i <= NR; i++) {
				$0 = line[i]
				if ($1 == "query")
					expect($2, $3, $4 == "-" ? total : $4,
					    query_mark(),
					    query_outcome())
				if ($1 == "attempt")
					expect($3, $7, $8, $9 == "connected" ? "#" : \
					    $9 == "not_used" ? "#" : \
					    $9 ~ /failed|closed/ ? "x" : "=",
					    attempt_outcome())
				attempts += $1 == "attempt"
			}
			due = attempts > 0 ? untried_count() : 0
			text = chart[at_line]
			if (due > 0 && text != "  " due " more not tried")
				bad("does not count " due)
			text = chart[at_line + (due > 0)]
			if (text != "  - lookup  = no answer  x failed  # connected")
				bad("legend")
			if (lines - 1 != at_line + (due > 0))
				bad("there are " lines - 1 " lines")
			exit status
		}' >&2
}

# check_wire: compares the JSON with what the network saw: the same lookups and
# attempts in the same order, from and to the same addresses, with the same
# ends, and at the same times. The two clocks are put together at the first SYN
# or, without one, at the last answer. Appends the greatest difference, in
# microseconds, to NET_DIFFERENCES where that names a file.
check_wire() {
	report_rows | awk -F '\t' -v bound="$(net_late)" -v log_file="$NET_LOG" \
		-v differences="${NET_DIFFERENCES:-/dev/null}" \
		-v name="$BATS_TEST_DESCRIPTION" '
		function bad(what) {
			print "JSON and wire: " what
			status = 1
		}
		function near(what, ms, seen,  off) {
			off = ms * 1000 - (seen - zero)
			if (off < 0)
				off = -off
			if (off > worst)
				worst = off
			if (off > bound)
				bad(what ": " ms " ms, seen at " \
				    (seen - zero) / 1000)
		}
		function load(  part, n, key) {
			while ((getline < log_file) > 0) {
				n = split($0, part, " ")
				key = part[3]
				if (part[2] == "query")
					asked[key] = asked[key] ? asked[key] : part[1]
				else if (part[2] == "answer") {
					answered[key] = part[1]
					records[key] = part[5] + 0
				} else if (part[4] == 53)
					continue
				else if (part[2] == "syn") {
					if (!(key in syns))
						hosts[++host_count] = key
					if (syns[key]++ == 0) {
						begun[key] = part[1]
						port[key] = part[4]
						source[key] = part[6]
					}
				} else if (part[2] ~ /^(syn-ack|rst-out|icmp)$/) {
					ended[key] = part[1]
					how[key] = part[2]
					who[key] = part[2] == "icmp" ? part[n] : "-"
				}
			}
		}
		{ line[NR] = $0 }
		END {
			load()
			for (i = 1; i <= NR; i++) {
				split(line[i], f, "\t")
				if (f[1] == "query" && !first && f[4] != "-")
					zero = answered[f[2]] - f[4] * 1000
				if (f[1] == "attempt" && !first++)
					zero = begun[f[3]] - f[7] * 1000
			}
			for (i = 1; i <= NR; i++) {
				$0 = line[i]
				if ($1 == "query")
					query()
				else if ($1 == "attempt")
					attempt()
			}
			if (host_count != attempts)
				bad(attempts " attempts, " host_count " hosts")
			print worst + 0, name >>differences
			exit status
		}
		function query() {
			if (!asked[$2])
				bad("nobody was asked for " $2)
			else
				near($2 " asked", $3, asked[$2])
			if ($4 == "-")
				return
			near($2 " answered", $4, answered[$2])
			if (records[$2] != $5)
				bad($2 ": " $5 " addresses, not " records[$2])
		}
		function attempt(  event) {
			if (hosts[++attempts] != $3 || port[$3] != $4)
				bad("attempt " attempts " to " $3 ", SYN to " \
				    hosts[attempts])
			if (source[$3] != $5)
				bad($3 ": from " $5 ", SYN from " source[$3])
			near($3 " started", $7, begun[$3])
			if (syns[$3] - 1 != $14)
				bad($3 ": " $14 " retransmissions, not " \
				    syns[$3] - 1)
			if ($9 != "connected" && $9 != "failed")
				return
			event = $9 == "connected" ? "syn-ack" : \
			    $10 == "ECONNREFUSED" ? "rst-out" : "icmp"
			if (how[$3] != event || who[$3] != $12)
				bad($3 ": " $9 " " $10 " " $12 ", seen was " \
				    how[$3] " " who[$3])
			near($3 " ended", $8, ended[$3])
		}' >&2
}

# check_agreement: the text and the chart of report.txt and the JSON of
# report.json agree with each other and with the schema.
check_agreement() {
	local chart

	chart=$(grep -n '^host.test port 80: ' report.txt) || fail 'no chart' ||
		return
	head -n $((${chart%%:*} - 1)) report.txt >text.txt
	tail -n +"${chart%%:*}" report.txt >chart.txt
	diff -u --label 'what the JSON says' --label 'what -t says' \
		<(text_of_json) <(sed 's/ *$//' text.txt) >&2 || return
	check_chart || return
	needs_schema
	assert_valid report report.json
}

# check_reports: they agree with the network, too.
check_reports() {
	check_wire || return
	check_agreement
}
