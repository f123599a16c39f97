# SPDX-License-Identifier: ISC
#
# Prints a random machine, and how it is asked for so many names: a question of
# name-oracle's. The variables seed and names are given.

function chance(percent) { return pick(100) < percent }

# Where loopback leads is not for this oracle to say.
function destination4(address) {
    do
        address = address4()
    while (address ~ /^127/)
    return address
}

function sources(kind, i) {
    kind = pick(14)
    if (kind == 0)
        print "no-ipv6"
    if (kind == 1) {
        print "no-ipv4\naddress 2001:db8::1/128"
        return
    }
    # Without IPv6 glibc does not learn what network its IPv4 address is of.
    print "address 192.0.2.1/" (kind == 0 ? 32 : 24)
    if (kind == 0)
        return
    if (chance(25))
        print "address 10.0.0.1/16"
    if (chance(10))
        print "address 169.254.1.1/16"
    if (kind == 2)
        print "address fd00::1/128"
    else if (kind == 3)
        print "address 2002:c000:201::1/128"
    else if (kind == 4)
        print "address 2001:0:1::1/128"
    else if (kind == 5)
        print "address 2001:db8::1/128 deprecated"
    else if (kind == 6)
        print "address fe80::1/128"
    else if (kind == 7)
        print "address 2001:db8::1/128\naddress fd00::1/128"
    else if (kind < 11)
        print "address 2001:db8::1/128"
    else
        for (i = 1 + pick(3); i > 0; i--)
            print "address " source6() "/128" (pick(4) ? "" : " deprecated")
    if (chance(25))
        print "route " word_of("unreachable prohibit blackhole") " " \
            word_of("2001:db8::/63 2001:db8:1::/48 fd01::/16 2002::/16 " \
            "198.51.100.128/25 10.1.0.0/16 2001::/32 2000::/3 " \
            "128.0.0.0/1 ::/0 0.0.0.0/0")
}

# Draws the search list into domain[1..domains].
function search(i, n, line, name) {
    n = chance(4) ? 7 : pick(5)
    domains = 0
    for (i = 1; i <= n; i++) {
        name = word_of("one.test two.test deep.three.test corp")
        if (chance(5))
            name = "."
        else if (chance(3))
            name = sprintf("%060d.%060d.%060d.test", i, i, i)
        else if (chance(8))
            name = name "."
        line = line " " name
        domain[++domains] = name
    }
    if (domains == 1 && chance(40))
        print "resolv \"domain" line "\""
    else if (domains > 0)
        print "resolv \"search" line "\""
    # Without a list it comes from elsewhere, or there is none.
    if (domains == 0 && chance(40)) {
        print "hostname box.one.test"
        domain[++domains] = "one.test"
    }
    if (chance(5)) {
        print "# env LOCALDOMAIN=two.test"
        domain[domains = 1] = "two.test"
    }
}

# A server may be silent only where the resolver gives up soon.
function options(line, i) {
    impatient = chance(12)
    if (impatient)
        line = line " timeout:1 attempts:1"
    else if (chance(10))
        line = line " timeout:2 attempts:" 1 + pick(3)
    if (chance(60))
        line = line " ndots:" pick(6)
    if (chance(40))
        line = line " " word_of("rotate edns0 single-request " \
            "single-request-reopen use-vc no-tld-query no-aaaa trust-ad")
    one_by_one = line ~ /single-request/
    over_tcp = line ~ /use-vc/
    if (chance(15))
        line = line " no-tld-query"
    if (line != "")
        print "resolv \"options" line "\""
    if (chance(5))
        print "# env RES_OPTIONS=ndots:" pick(6)
}

function services(line) {
    line = word_of("files files,dns dns,files files,myhostname,dns " \
        "files,mdns4_minimal,[NOTFOUND=return],dns " \
        "files,[NOTFOUND=return],dns files,[!UNAVAIL=return],dns " \
        "resolve,[!UNAVAIL=return],files,myhostname,dns dns,files " \
        "files,dns,myhostname files,dns,myhostname,mymachines " \
        "files,mdns4_minimal,[NOTFOUND=return],dns,myhostname " \
        "dns,[NOTFOUND=return],files")
    gsub(",", " ", line)
    print "nsswitch \"hosts: " line "\""
}

function list6(i, line) {
    for (i = chance(70) ? 1 : 1 + pick(4); i > 0; i--)
        line = line " " address6()
    return substr(line, 2)
}
function list4(i, line) {
    for (i = chance(70) ? 1 : 1 + pick(4); i > 0; i--)
        line = line " " destination4()
    return substr(line, 2)
}

# Both families answer soon, or one of them clearly later than the
# Resolution Delay.
function delay() {
    return chance(35) ? "" : " after " word_of("5ms 15ms 15ms 120ms")
}
function negative() {
    if (chance(20))
        return word_of("servfail refused")
    return word_of("nodata nodata nxdomain")
}

# What DNS has under a name.
function records(name, kind, a, aaaa, late, silent) {
    kind = pick(100)
    if (name ~ /^\./ || length(name) > 250)
        return
    if (kind < 30) # NXDOMAIN
        return
    if (kind < 40 && chance(20)) {
        print "name " name " cname alias." name
        name = "alias." name
    }
    a = list4()
    aaaa = list6()
    if (kind >= 92 || kind >= 80 && kind < 85)
        a = negative()
    if (kind >= 86)
        aaaa = negative()
    if (kind < 80 && chance(35)) {
        if (chance(50))
            a = negative()
        else
            aaaa = negative()
    }
    # Where A is asked first, glibc does not get to AAAA after a failure, and
    # for a name alone nothing is left. After a silence it asks so, too.
    if ((one_by_one && (absolute || domains == 0) || impatient) && \
        a ~ /servfail|refused/)
        a = "nodata"
    # Of a tie glibc lists first what has come first; it is A that leads.
    late = ipv4 ~ /^40 / ? "" : delay()
    if (impatient && !over_tcp && chance(25)) {
        if (a == "nxdomain" || a ~ /\./)
            aaaa = "silent"
        silent = aaaa == "silent"
    }
    print "name " name " A " \
        (a ~ /\./ && !silent && chance(3) ? "truncated " : "") a late
    print "name " name " AAAA " aaaa \
        (silent ? "" : a == "nxdomain" ? late : delay())
}

function hosts(name, form, domain_name, i) {
    form = chance(15) ? toupper(name) : name
    i = pick(9)
    if (i == 0)
        print "hosts 0.0.0.0 " form
    else if (i == 1)
        print "hosts " destination4() " other.test " form " third.test"
    else if (i == 2)
        print "hosts " address6() " " form
    else if (i == 3)
        print "hosts " destination4() " " form "\nhosts " address6() " " form
    else if (i == 4)
        print "hosts " address6() " " form "\nhosts " address6() " " \
            form "\nhosts " destination4() " x " form "\nhosts " \
            destination4() " " form
    else if (i == 5)
        print "hosts " destination4() " " form ".one.test"
    else if (i == 6)
        print "hosts " destination4() " " form "."
    else if (i == 7 && domains > 0) {
        domain_name = domain[1 + pick(domains)]
        sub(/\.$/, "", domain_name)
        print "hosts " destination4() " " form "." domain_name "."
    } else
        print "hosts " destination4() " " form " " form ".one.test"
}

function ask(n, label, name, typed, i) {
    name = "n" n word_of("- - - .x .x .a.x .a.b.x .a.b.c.x .local .one.test")
    sub(/-$/, "", name)
    typed = name
    if (chance(3)) {
        typed = "b\303\274cher." name
        name = "xn--bcher-kva." name
    } else if (name ~ /\.x$/ && chance(3)) {
        typed = name "." "b\303\274cher"
        name = name ".xn--bcher-kva"
    }
    absolute = chance(12)
    if (chance(20))
        hosts(name)
    if (name !~ /\./ && chance(10)) {
        print "# alias " name " target." name ".test"
        records("target." name ".test")
    }
    records(name)
    delete seen
    for (i = 1; i <= domains; i++) {
        sub(/\.$/, "", domain[i])
        if (domain[i] != "" && !((domain[i]) in seen))
            records(name "." domain[i])
        seen[domain[i]]
    }
    if (chance(12))
        typed = toupper(typed)
    if (absolute)
        typed = typed "."
    i = pick(100)
    print "# ask " typed (i < 6 ? " -4" : i < 12 ? " -6" : \
        i < 20 ? " resolver" : "")
}

BEGIN {
    begin(seed)
    ipv4 = chance(25) ? word_of("100 40 41 4") " " word_of("4 1") : ""
    policy_table(ipv4)
    sources()
    search()
    options()
    if (chance(12))
        services()
    if (chance(8))
        print "nameserver 192.0.2.53 192.0.2.54"
    for (n = 1; n <= names; n++)
        ask(n)
    print "host ::/0 0.0.0.0/0 refuse"
}
