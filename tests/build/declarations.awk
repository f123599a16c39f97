# SPDX-License-Identifier: ISC
#
# What a header declares, from what the preprocessor prints of it with -dD: a
# line each, without repetition.
#
#	macro NAME [TEXT]	enum TAG		constant NAME
#	function NAME		struct TAG		member TAG NAME
#	type NAME		tag TAG			variable NAME
#
# A struct and an enum are defined here, a tag is only named. `files` is a
# regular expression of the files that count, beside what they include.

# The preprocessor says in which file it is.
/^# [0-9]+ "/ {
	here = $3 ~ files
	next
}

here && /^#define / {
	name = $2
	text = $0
	sub(/^#define [^ (]+/, "", text)
	if (text ~ /^\(/) {
		sub(/\(.*/, "", name)
		text = ""
	}
	say("macro " name text)
	next
}

/^#/ || !here { next }

{ tokenize($0) }

function say(line) {
	if (!(line in said))
		print line
	said[line] = 1
}

function tokenize(line) {
	while (match(line, /[A-Za-z_][A-Za-z_0-9]*|[^ \t]/)) {
		token(substr(line, RSTART, RLENGTH))
		line = substr(line, RSTART + RLENGTH)
	}
}

# A declaration ends with a semicolon that stands in no braces.
function token(word) {
	if (word == ";" && depth == 0) {
		declaration()
		count = 0
		return
	}
	depth += (word == "{") - (word == "}")
	words[++count] = word
}

function is_name(word) {
	return word ~ /^[A-Za-z_]/
}

function declaration(    i, open) {
	for (i = 1; i <= count && words[i] != "{"; i++)
		;
	open = i
	if (words[1] == "typedef")
		say("type " declared(2, count))
	else if (open <= count)
		definition(open)
	else if (words[1] ~ /^(struct|union|enum)$/ && count == 2)
		say("tag " words[2])
	else if (i = first("(", 1, count))
		say("function " words[i - 1])
	else
		say("variable " declared(1, count))
}

# A struct, union or enum whose body opens at a word.
function definition(open,    kind, tag, i, start, inner, separator) {
	kind = words[open - 2]
	tag = words[open - 1]
	say((kind == "enum" ? "enum " : "struct ") tag)
	separator = kind == "enum" ? "," : ";"
	start = open + 1
	for (i = open + 1; i <= count; i++) {
		if (inner == 0 && (words[i] == separator || words[i] == "}")) {
			if (i > start)
				say(kind == "enum" ? "constant " words[start] : \
				    "member " tag " " declared(start, i - 1))
			start = i + 1
		}
		inner += (index("({", words[i]) > 0) - (index(")}", words[i]) > 0)
		if (inner < 0)
			return
	}
}

# Returns the number of the first such word, or 0.
function first(word, from, to,    i) {
	for (i = from; i <= to; i++)
		if (words[i] == word)
			return i
	return 0
}

# Returns the name that is declared: that of a function pointer, of a function,
# or of an object, which may be an array.
function declared(from, to,    i) {
	if ((i = first("(", from, to)) && words[i + 1] == "*")
		return words[i + 2]
	if (i)
		return words[i - 1]
	if (i = first("[", from, to))
		return words[i - 1]
	return words[to]
}
