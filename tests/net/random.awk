# SPDX-License-Identifier: ISC
#
# What the oracles' random networks are made of. The addresses are of every
# kind that RFC 6724 tells apart, and of few networks, so that its rules tie.

# Starts a sequence. Neighbouring seeds begin much alike.
function begin(seed, i) {
    srand(seed)
    for (i = 0; i < 20; i++)
        rand()
}

function pick(n) { return int(rand() * n) }
function hex() { return sprintf("%x", 1 + pick(65535)) }
function byte() { return 1 + pick(254) }

# One of the words of a text.
function word_of(text, words) { return words[1 + pick(split(text, words, " "))] }

function address6(kind, net) {
    kind = pick(20)
    net = pick(3)
    if (kind < 9)
        return "2001:db8:" net ":" pick(2) "::" hex()
    if (kind < 10)
        return "2a00:" net "::" hex()
    if (kind < 12)
        return "fd0" net "::" hex()
    if (kind < 14)
        return "2002:c633:640" (1 + net) "::" hex()
    if (kind < 16)
        return "2001::" (1 + net) ":" hex() ":" hex()
    if (kind < 17)
        return "fec0:0:0:" (1 + net) "::" hex()
    if (kind < 18)
        return "3ffe:" (1 + net) "::" hex()
    if (kind < 19)
        return "::" byte() "." byte() "." byte() "." byte()
    return "ff0e::" hex()
}

function address4(kind) {
    kind = pick(10)
    if (kind < 4)
        return "198.51.100." byte()
    if (kind < 6)
        return "192.0.2." byte()
    if (kind < 8)
        return "10." pick(2) ".0." byte()
    if (kind < 9)
        return "169.254.1." byte()
    return "127.0.0." byte()
}

# One that a machine may send from.
function source6(address) {
    do
        address = address6()
    while (address ~ /^ff/)
    return address
}

# Prints a gai.conf with all of RFC 6724's table; ipv4 is the precedence and the
# label of IPv4 if they are others. glibc has an older table of its own, and one
# line in the file replaces all of its kind.
function policy_table(ipv4, i, n, lines, row) {
    n = split("::1/128 50 0,::/0 40 1,::ffff:0:0/96 " \
        (ipv4 == "" ? "35 4" : ipv4) ",2002::/16 30 2,2001::/32 5 5," \
        "fc00::/7 3 13,::/96 1 3,fec0::/10 1 11,3ffe::/16 1 12", lines, ",")
    for (i = 1; i <= n; i++) {
        split(lines[i], row, " ")
        printf "gai \"precedence %s %s\"\n", row[1], row[2]
        printf "gai \"label %s %s\"\n", row[1], row[3]
    }
}
