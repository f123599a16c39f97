# SPDX-License-Identifier: ISC
#
# By what label name-oracle knows what belongs together: the names of the files,
# of DNS and of the log that one question is about have the same, n1 or n2 or so.

# Returns the label in a line or a name, or "".
function label_of(text) {
    text = tolower(text)
    if (!match(text, /(^|[ .])n[0-9]+([. ]|$)/))
        return ""
    text = substr(text, RSTART, RLENGTH)
    gsub(/[. ]/, "", text)
    return text
}
