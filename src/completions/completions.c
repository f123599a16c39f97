/* SPDX-License-Identifier: ISC */
/*
 * Writes the completions of a shell, made from the table of the options.
 *
 *	completions {bash,zsh,fish}
 *
 * A program of the build alone: it runs on the machine that builds.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "options/parse.h"

/* What an argument is completed with. */
enum argument_kind {
	ARGUMENT_NONE, /* there is no argument */
	ARGUMENT_FILE,
	ARGUMENT_FOLDER,
	ARGUMENT_TEXT /* with words, or with nothing */
};

/* Bytes that hold the words of every option, and the name of an argument. */
#define WORDS_MAX 128

static enum argument_kind
argument_kind(const struct option_spec *spec)
{
	if (spec->argument == NULL)
		return (ARGUMENT_NONE);
	if (strcmp(spec->argument, "FOLDER") == 0)
		return (ARGUMENT_FOLDER);
	if (strstr(spec->argument, "FILE") != NULL)
		return (ARGUMENT_FILE);
	return (ARGUMENT_TEXT);
}

/* Returns whether the letter takes the argument, too. */
static bool
letter_takes_argument(const struct option_spec *spec)
{
	return (spec->letter != '\0' && spec->argument != NULL &&
	    !option_argument_is_optional(spec));
}

/*
 * Writes the words of "{MS,none}" that are to be typed as they are, with a
 * blank between them, to `words`, a buffer of WORDS_MAX bytes: "none". What is
 * in capitals stands for something; of "open:MS" there is "open:". Returns
 * `words`.
 */
static const char *
argument_words(const struct option_spec *spec, char *words)
{
	struct text_buffer text = { words, WORDS_MAX, 0 };
	const char *item = spec->argument;
	size_t length, fixed;

	words[0] = '\0';
	if (item == NULL || *item != '{')
		return (words);
	for (item++; *item != '\0'; item += length + 1) {
		length = strcspn(item, ",}");
		fixed = 0;
		while (fixed < length && !isupper((unsigned char)item[fixed]))
			fixed++;
		if (fixed > 0)
			text_buffer_add(&text, "%s%.*s",
			    text.length > 0 ? " " : "", (int)fixed, item);
	}
	return (words);
}

/* Writes what stands for the argument in a message: "SECONDS". */
static const char *
argument_name(const struct option_spec *spec, char *name)
{
	struct text_buffer text = { name, WORDS_MAX, 0 };
	const char *from = spec->argument;

	name[0] = '\0';
	for (; from != NULL && *from != '\0'; from++)
		if (strchr("[]={}", *from) == NULL)
			text_buffer_add(
			    &text, "%c", strchr(":,", *from) ? ' ' : *from);
	return (name);
}

/* Writes `text`, a backslash before each of `special`, within '' quotes. */
static void
write_quoted(const char *text, const char *special, const char *quote)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs(quote, stdout);
		else if (strchr(special, *text) != NULL)
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

/* bash */

/* Writes the patterns of a case: "-d|--delay". */
static void
write_pattern(const struct option_spec *spec)
{
	if (letter_takes_argument(spec))
		printf("-%c|", spec->letter);
	printf("--%s", spec->name);
}

/* Writes all options, or those with an argument that is a word of its own. */
static void
write_bash_options(bool with_argument)
{
	const char *separator = "";

	for (size_t i = 0; i < OPTION_TABLE_SIZE; i++) {
		const struct option_spec *spec = &option_table[i];

		if (with_argument &&
		    (spec->argument == NULL ||
			option_argument_is_optional(spec)))
			continue;
		fputs(separator, stdout);
		separator = with_argument ? "|" : " ";
		if (with_argument) {
			write_pattern(spec);
			continue;
		}
		if (spec->letter != '\0')
			printf("-%c ", spec->letter);
		printf("--%s", spec->name);
	}
}

/* Writes the letters that take an argument, or those that take none. */
static void
write_bash_letters(bool with_argument)
{
	for (size_t i = 0; i < OPTION_TABLE_SIZE; i++) {
		const struct option_spec *spec = &option_table[i];

		if (spec->letter != '\0' &&
		    letter_takes_argument(spec) == with_argument)
			putchar(spec->letter);
	}
}

/* Writes what completes the argument of each option. */
static void
write_bash_arguments(void)
{
	char words[WORDS_MAX];

	for (size_t i = 0; i < OPTION_TABLE_SIZE; i++) {
		const struct option_spec *spec = &option_table[i];
		enum argument_kind kind = argument_kind(spec);

		if (kind == ARGUMENT_NONE)
			continue;
		fputs("    ", stdout);
		write_pattern(spec);
		if (kind == ARGUMENT_FILE)
			puts(") _hecat_reply -f -o filenames ;;");
		else if (kind == ARGUMENT_FOLDER)
			puts(") _hecat_reply -d -o filenames ;;");
		else if (*argument_words(spec, words) != '\0')
			printf(") _hecat_reply -W '%s' ;;\n", words);
		else
			puts(") ;;");
	}
}

static void
write_bash(void)
{
	fputs(
	    "# Completions of hecat for bash.\n"
	    "\n"
	    "# Replies what compgen makes of its arguments for $cur; after -o"
	    " stands an option\n"
	    "# of compopt.\n"
	    "_hecat_reply() {\n"
	    "    local -a generate=()\n"
	    "    while (($# > 0)); do\n"
	    "        if [[ $1 == -o ]]; then\n"
	    "            compopt -o \"$2\" 2>/dev/null\n"
	    "            shift 2\n"
	    "        else\n"
	    "            generate+=(\"$1\")\n"
	    "            shift\n"
	    "        fi\n"
	    "    done\n"
	    "    mapfile -t COMPREPLY < <(compgen \"${generate[@]}\" --"
	    " \"$cur\")\n"
	    "}\n"
	    "\n"
	    "# Completes the argument of option $1; fails when it takes none.\n"
	    "_hecat_argument() {\n"
	    "    case $1 in\n",
	    stdout);
	write_bash_arguments();
	fputs(
	    "    *) return 1 ;;\n"
	    "    esac\n"
	    "}\n"
	    "\n"
	    "# Sets $words to the words up to the cursor. Readline parts them "
	    "at"
	    " '=', ':'\n"
	    "# and '@' as well; in the line a blank is before each.\n"
	    "_hecat_words() {\n"
	    "    local line=$COMP_LINE rest i\n"
	    "\n"
	    "    words=()\n"
	    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
	    "        rest=${line#\"${line%%[![:space:]]*}\"}\n"
	    "        if ((i == 0)) || [[ $rest != \"$line\" ]]; then\n"
	    "            words+=(\"${COMP_WORDS[i]}\")\n"
	    "        else\n"
	    "            words[${#words[@]} - 1]+=${COMP_WORDS[i]}\n"
	    "        fi\n"
	    "        line=${rest#\"${COMP_WORDS[i]}\"}\n"
	    "    done\n"
	    "}\n"
	    "\n"
	    "# Sets $option to the last option of word $1: that of -zX is -X.\n"
	    "_hecat_option() {\n"
	    "    option=$1\n"
	    "    [[ ! $1 =~ ^-[",
	    stdout);
	write_bash_letters(false);
	fputs("]+([", stdout);
	write_bash_letters(true);
	fputs(
	    "])$ ]] || option=-${BASH_REMATCH[1]}\n"
	    "}\n"
	    "\n"
	    "_hecat() {\n"
	    "    local cur=${COMP_WORDS[COMP_CWORD]} i last option operands=0\n"
	    "    local prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	    "    local -a words\n"
	    "\n"
	    "    COMPREPLY=()\n"
	    "    if [[ $cur == '=' ]]; then\n"
	    "        cur=\n"
	    "        _hecat_argument \"$prev\"\n"
	    "        return\n"
	    "    elif [[ $prev == '=' ]]; then\n"
	    "        _hecat_argument \"${COMP_WORDS[COMP_CWORD - 2]}\"\n"
	    "        return\n"
	    "    fi\n"
	    "    _hecat_words\n"
	    "    last=$((${#words[@]} - 1))\n"
	    "    [[ ${words[last]} == \"$cur\" ]] || return\n"
	    "    _hecat_option \"${words[last - 1]}\"\n"
	    "    case $option in\n"
	    "    ",
	    stdout);
	write_bash_options(true);
	fputs(")\n"
	      "        _hecat_argument \"$option\"\n"
	      "        return\n"
	      "        ;;\n"
	      "    esac\n"
	      "    if [[ $cur == -* ]]; then\n"
	      "        _hecat_reply -W '",
	    stdout);
	write_bash_options(false);
	fputs("'\n"
	      "        return\n"
	      "    fi\n"
	      "    for ((i = 1; i < last; i++)); do\n"
	      "        _hecat_option \"${words[i]}\"\n"
	      "        case $option in\n"
	      "        ",
	    stdout);
	write_bash_options(true);
	fputs(") ((i++)) ;;\n"
	      "        -*) ;;\n"
	      "        *) ((operands++)) ;;\n"
	      "        esac\n"
	      "    done\n"
	      "    case $operands in\n"
	      "    0) _hecat_reply -A hostname ;;\n"
	      "    1) _hecat_reply -A service ;;\n"
	      "    esac\n"
	      "}\n"
	      "\n"
	      "complete -F _hecat hecat\n",
	    stdout);
}

/* zsh */

/* Returns whether an option may be given more than once. */
static bool
is_repeatable(const struct option_spec *spec)
{
	return (spec->kind == KIND_COUNTED ||
	    strstr(spec->help, "(repeatable)") != NULL);
}

/* Writes "[help]" and what completes the argument. */
static void
write_zsh_rest(const struct option_spec *spec, bool takes_argument)
{
	char words[WORDS_MAX], name[WORDS_MAX];

	fputs("'[", stdout);
	write_quoted(spec->help, "[]:\\", "'\\''");
	fputs("]", stdout);
	if (takes_argument) {
		printf("%s%s:", option_argument_is_optional(spec) ? "::" : ":",
		    argument_name(spec, name));
		if (argument_kind(spec) == ARGUMENT_FILE)
			fputs("_files", stdout);
		else if (argument_kind(spec) == ARGUMENT_FOLDER)
			fputs("_files -/", stdout);
		else if (*argument_words(spec, words) != '\0') {
			fputs("(", stdout);
			write_quoted(words, ":", "");
			fputs(")", stdout);
		}
	}
	fputs("'", stdout);
}

/* Writes the specification of one spelling. */
static void
write_zsh_spelling(const struct option_spec *spec, bool is_letter)
{
	bool takes_argument = is_letter ? letter_takes_argument(spec)
					: spec->argument != NULL;

	fputs("    ", stdout);
	if (is_repeatable(spec))
		fputs("'*'", stdout);
	else if (spec->letter != '\0')
		printf("'(-%c --%s)'", spec->letter, spec->name);
	if (is_letter)
		printf("-%c%s", spec->letter, takes_argument ? "+" : "");
	else
		printf("--%s%s", spec->name,
		    !takes_argument                         ? ""
			: option_argument_is_optional(spec) ? "=-"
							    : "=");
	write_zsh_rest(spec, takes_argument);
	fputs(" \\\n", stdout);
}

static void
write_zsh(void)
{
	fputs("#compdef hecat\n"
	      "# Completions of hecat for zsh.\n"
	      "\n"
	      "_arguments -s -S \\\n",
	    stdout);
	for (size_t i = 0; i < OPTION_TABLE_SIZE; i++) {
		if (option_table[i].letter != '\0')
			write_zsh_spelling(&option_table[i], true);
		write_zsh_spelling(&option_table[i], false);
	}
	fputs("    '1:host:_hosts' \\\n"
	      "    '2:port:_ports'\n",
	    stdout);
}

/* fish */

static void
write_fish_option(const struct option_spec *spec)
{
	enum argument_kind kind = argument_kind(spec);
	char words[WORDS_MAX];

	fputs("complete -c hecat", stdout);
	if (spec->letter != '\0')
		printf(" -s %c", spec->letter);
	printf(" -l %s", spec->name);
	if (kind != ARGUMENT_NONE && !option_argument_is_optional(spec))
		fputs(kind == ARGUMENT_TEXT ? " -x" : " -r", stdout);
	if (kind == ARGUMENT_FILE)
		fputs(" -F", stdout);
	else if (kind == ARGUMENT_FOLDER)
		fputs(" -a '(__fish_complete_directories)'", stdout);
	else if (*argument_words(spec, words) != '\0')
		printf(" -a '%s'", words);
	fputs(" -d '", stdout);
	write_quoted(spec->help, "\\", "\\'");
	fputs("'\n", stdout);
}

static void
write_fish(void)
{
	fputs("# Completions of hecat for fish.\n"
	      "\n"
	      "complete -c hecat -f -a '(__fish_print_hostnames)'\n",
	    stdout);
	for (size_t i = 0; i < OPTION_TABLE_SIZE; i++)
		write_fish_option(&option_table[i]);
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *shell;
		void (*write)(void);
	} shells[] = {
		{ "bash", write_bash },
		{ "zsh", write_zsh },
		{ "fish", write_fish },
	};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (argc != 2 || strcmp(argv[1], shells[i].shell) != 0)
			continue;
		shells[i].write();
		return (fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1);
	}
	fprintf(stderr, "usage: completions {bash,zsh,fish}\n");
	return (2);
}
