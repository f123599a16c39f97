# SPDX-License-Identifier: ISC
#
# Prints the table of what a step of a search list may answer in each family, as
# a question of name-oracle's: before that step no name exists, behind it every
# one has addresses of both families.

function answer(name, a, aaaa) {
    print "name " name " A " a "\nname " name " AAAA " aaaa
}
function addresses4(step) { return "198.18." row "." step " 198.19." row "." step }
function addresses6(step) {
    return "2001:db8:" step ":" row "::1 2001:db8:" step ":" row "::2"
}

# What is to come of silence. A step with an address ends the walk, and
# a silent family is not waited for; getaddrinfo does not find AAAA
# beside a silent A, and loses the address. After NXDOMAIN for A the
# walk goes on, as getaddrinfo does. What is silent otherwise ends
# the walk, where getaddrinfo goes on to some other step; a failure
# beside it may have asked getaddrinfo first.
function expectation(a, aaaa) {
    if (a != "silent" && aaaa != "silent")
        return ""
    if (a == "addresses")
        return ""
    if (aaaa == "addresses")
        return " expect " addresses6(at)
    if (a == "nxdomain")
        return ""
    if (a ~ /servfail|refused/ || aaaa ~ /servfail|refused/)
        return " expect failure or getaddrinfo"
    return " expect failure"
}

# Writes one row; the steps of the name are in step[1..3], in order.
function write(typed, a, aaaa, i) {
    if (aaaa ~ /silent/ || a ~ /silent/)
        silence = silence "# ask " typed expectation(a, aaaa) "\n"
    else
        asked = asked "# ask " typed "\n"
    answer(step[at], a == "addresses" ? addresses4(at) : a, \
        aaaa == "addresses" ? addresses6(at) : aaaa)
    for (i = at + 1; i <= 3; i++)
        answer(step[i], addresses4(i), addresses6(i))
}

# The steps of a name without a dot, and of one with ndots dots.
function steps(last) {
    row++
    step[1 + !last] = "n" row (last ? "" : ".x") ".one.test"
    step[2 + !last] = "n" row (last ? "" : ".x") ".two.test"
    step[last ? 3 : 1] = "n" row (last ? "" : ".x")
    return step[last ? 3 : 1]
}

BEGIN {
    policy_table()
    print "address 192.0.2.1/24\naddress 2001:db8::1/128"
    print "resolv \"options timeout:1 attempts:1\""
    print "resolv \"search one.test two.test\""
    print "host ::/0 0.0.0.0/0 refuse"
    n = split("addresses nodata nxdomain servfail refused silent", \
        outcomes, " ")
    # Each step alone, as typed the last one and the first one.
    for (place = 1; place <= 4; place++)
        for (i = 1; i <= n; i++)
            for (j = 1; j <= n; j++) {
                at = place % 4 + (place == 4)
                typed = steps(place < 4)
                write(typed, outcomes[i], outcomes[j])
            }
    # Two steps in a row that have nothing, each in its way.
    for (i = 2; i < n; i++)
        for (j = 2; j < n; j++) {
            typed = steps(1)
            at = 2
            write(typed, outcomes[j], outcomes[j])
            answer(step[1], outcomes[i], outcomes[i])
        }
    # What waits goes first.
    printf "%s%s", silence, asked
}
