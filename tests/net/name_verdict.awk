# SPDX-License-Identifier: ISC
#
# Judges what name-oracle has asked. Reads the question, which is the first file,
# and then for each name how it was asked for, what getaddrinfo says, what hecat
# did and what the network saw. Prints "same", "left out" or "differs" with the
# reason, and behind that what both did.

function family(address) { return address ~ /:/ ? 6 : 4 }
function clear(list, i) { for (i in list) delete list[i] }

function joined(list, n, i, line) {
    for (i = 1; i <= n; i++)
        line = line " " list[i]
    return line
}

# The addresses of each family, in their order.
function by_family(list, n, i, line4, line6) {
    for (i = 1; i <= n; i++)
        if (family(list[i]) == 4)
            line4 = line4 " " list[i]
        else
            line6 = line6 " " list[i]
    return line4 " |" line6
}

# Those of list that are not in others.
function without(list, n, others, i, line) {
    for (i = 1; i <= n; i++)
        if (!(list[i] in others))
            line = line " " list[i]
    return line
}

# getaddrinfo's first address of the other family than that of its first one.
function other_first(i) {
    for (i = 1; i <= their_count; i++)
        if (family(theirs[i]) != family(theirs[1]))
            return theirs[i]
}

# How much later the answer with getaddrinfo's first address came than the one
# with the other family, in microseconds; 0 when one family has addresses.
function lateness() {
    if (!(4 in answered) || !(6 in answered))
        return 0
    return answered[family(theirs[1])] - answered[10 - family(theirs[1])]
}

# The Resolution Delay is 50 ms; what is within 25 ms of it may be either. One
# lookup of both families, where it is in its place, waits for both.
function judge_first() {
    if (ours[1] == theirs[1] && (lateness() < 75000 || one_lookup || one_for[label]))
        return ""
    if (ours[1] == other_first() && lateness() > 25000)
        return ""
    if (ours[1] == theirs[1])
        return "first: waited " int(lateness() / 1000) " ms for " ours[1]
    return "first: " ours[1] ", not " theirs[1]
}

function judge_failure() {
    if (our_count > 0)
        return "attempts where there is to be a failure"
    return status == 3 ? "" : "the status is not 3"
}

function judge_addresses(missing, foreign) {
    missing = without(theirs, their_count, attempted)
    foreign = without(ours, our_count, known)
    if (foreign != "")
        return "attempts of what is not the name's:" foreign
    if (missing != "")
        return "no attempt:" missing
    if (status != 1)
        return "the status is not 1"
    if (how == "resolver" && joined(ours, our_count) != joined(theirs, their_count))
        return "another order than getaddrinfo's with --order resolver"
    if (by_family(ours, our_count) != by_family(theirs, their_count))
        return "another order within a family"
    return how == "resolver" ? "" : judge_first()
}

# Replaces what getaddrinfo said by what is expected instead.
function expect_addresses(i) {
    clear(known)
    their_count = split(expected, theirs, " ")
    for (i = 1; i <= their_count; i++)
        known[theirs[i]]
    failed = 0
}

function judge(i, reason) {
    for (i = 1; i <= their_count; i++)
        if (theirs[i] ~ /^127\./ || theirs[i] == "::1")
            return "left out"
    if (expected ~ /^failure/)
        reason = judge_failure()
    if (expected ~ /:/)
        expect_addresses()
    if (expected == "" || expected ~ /:/ || reason != "" && expected ~ /or getaddrinfo/)
        reason = failed ? judge_failure() : judge_addresses()
    return reason == "" ? "same" : "differs " reason
}

# Where one lookup may be what decides.
FNR == 1 { file++ }
file == 1 && /^(nsswitch|# alias)/ { one_lookup = 1 }
file == 1 && /^resolv .*(single-request|use-vc)/ { one_lookup = 1 }
file == 1 && /^resolv "search/ && (NF > 7 || length($0) > 200) { one_lookup = 1 }
file == 1 && /^hosts/ { one_for[label_of($0)] = 1 }
file == 1 && /^name .* (servfail|refused)/ { one_for[label_of($0)] = 1 }
file == 1 { next }

$1 == "ask" {
    sub(/^ask /, "")
    question = expected = $0
    how = $2
    if (!sub(/.* expect /, "", expected))
        expected = ""
    label = label_of($0)
    clear(theirs); clear(known); clear(ours); clear(attempted); clear(answered)
    their_count = our_count = failed = 0
    said = status = ""
}
$1 == "system" && $2 ~ /^[0-9a-f:.]+$/ {
    theirs[++their_count] = $2
    known[$2]
}
$1 == "system" && $2 !~ /^[0-9a-f:.]+$/ {
    failed = 1
    error = $2
}
$1 == "status" { status = $2 }
$1 == "said" { said = said "\n      " substr($0, 6) }
$1 == "attempts" {
    for (i = 2; i <= NF; i++)
        if (!($i in attempted)) {
            ours[++our_count] = $i
            attempted[$i]
        }
}
# An answer with addresses; the last one of a walk counts.
$1 == "wire" && $3 == "answer" && / [0-9]+ records? / && \
    label_of($5) == label {
    answered[$4 == "A" ? 4 : 6] = $2
}
$1 == "end" {
    result = judge()
    print result
    if (result !~ /^differs/)
        next
    print "    " question
    print "    getaddrinfo:" (failed ? " " error : joined(theirs, their_count))
    print "    hecat: status " status "," \
        (our_count ? joined(ours, our_count) : " no attempts") said
}
$1 == "broken"
