/* SPDX-License-Identifier: ISC */
/*
 * The command line: argv through getopt_long, one option at a time, then the
 * operands, then the conflicts.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "options/parse.h"

/* getopt's value of row i by its long name; letters are below. */
#define NAME_BASE 256

/* getopt's value of an operand, when its letters begin with '-'. */
#define OPERAND 1

/* The letters and names for getopt_long, made from the table. */
struct grammar {
	char letters[2 + 2 * OPTION_TABLE_SIZE + 1];
	struct option names[OPTION_TABLE_SIZE + 1];
};

/*
 * Fills in the grammar. With "-" getopt returns operands as they come: options
 * may follow them even under POSIXLY_CORRECT, argv is not permuted, and the
 * word before optind is always the last one that was read. With ":" a missing
 * argument and an unknown option have different codes. The letter of an option
 * has no optional argument: in -N5 the 5 is another option.
 */
static void
make_grammar(struct grammar *grammar)
{
	const struct option_spec *spec = option_table;
	char *letter;
	int i;

	memset(grammar, 0, sizeof(*grammar));
	letter = grammar->letters;
	*letter++ = '-';
	*letter++ = ':';
	for (i = 0; i < OPTION_TABLE_SIZE; i++, spec++) {
		struct option *name = &grammar->names[i];

		name->name = spec->name;
		name->has_arg = spec->argument == NULL  ? no_argument
		    : option_argument_is_optional(spec) ? optional_argument
							: required_argument;
		name->val = NAME_BASE + i;
		if (spec->letter == '\0')
			continue;
		*letter++ = spec->letter;
		if (name->has_arg == required_argument)
			*letter++ = ':';
	}
}

/* Empties *options and gives every field its default. */
static void
set_defaults(struct options *options)
{
	const struct option_spec *spec;

	memset(options, 0, sizeof(*options));
	for (spec = option_table; spec < option_table + OPTION_TABLE_SIZE;
	     spec++)
		option_store(options, spec, spec->initial);
}

/* Returns the option for a code of getopt's. */
static enum option_id
find_option(int code)
{
	int i = 0;

	if (code >= NAME_BASE)
		return ((enum option_id)(code - NAME_BASE));
	while (option_table[i].letter != code)
		i++;
	return ((enum option_id)i);
}

/*
 * Returns the word with the long option that getopt has just returned: the last
 * word that it read, or the one before when that is the argument.
 */
static const char *
typed_token(char *const argv[])
{
	const char *last = argv[optind - 1];

	return (optarg != NULL && optarg == last ? argv[optind - 2] : last);
}

/*
 * Notes that an option was given and in which form. An abbreviated name, which
 * getopt_long accepts, is refused: a later option with the same first letters
 * would break it.
 */
static enum options_result
note_option(struct parse *parse, int code, char *const argv[])
{
	enum option_id id = find_option(code);
	const char *name = option_table[id].name;
	const char *token;

	if (code >= NAME_BASE) {
		token = typed_token(argv);
		if (strcspn(token + 2, "=") != strlen(name))
			return (parse_fail_name(parse, token));
	}
	parse->given[id].form = code < NAME_BASE ? FORM_LETTER : FORM_NAME;
	parse->given[id].argument = optarg;
	return (OPTIONS_RUN);
}

/* Writes the error line for an option without the argument that it needs. */
static enum options_result
fail_missing(struct parse *parse, int code, char *const argv[])
{
	enum option_id id = find_option(code);
	char spelling[SPELLING_MAX];
	enum options_result result;

	optarg = NULL;
	result = note_option(parse, code, argv);
	if (result != OPTIONS_RUN)
		return (result);
	return (parse_fail(parse, "%s needs an argument: %s",
	    option_spelling(spelling, parse, id), option_table[id].argument));
}

/*
 * Writes the error line for an option that getopt refuses: an unknown letter,
 * an unknown or ambiguous name, or a name with an argument that it does not
 * take.
 */
static enum options_result
fail_refused(struct parse *parse, int code, char *const argv[])
{
	const char *token = argv[optind - 1];
	char spelling[SPELLING_MAX], quoted[TEXT_QUOTE_MAX];
	enum options_result result;

	if (code == 0)
		return (parse_fail_name(parse, token));
	if (code < NAME_BASE)
		return (parse_fail_letter(parse, code));
	optarg = NULL;
	result = note_option(parse, code, argv);
	if (result != OPTIONS_RUN)
		return (result);
	return (parse_fail(parse, "%s takes no argument: %s",
	    option_spelling(spelling, parse, find_option(code)),
	    text_quote(quoted, strchr(token, '=') + 1)));
}

/* Keeps an operand; those after the third one are dropped. */
static void
add_operand(struct parse *parse, const char *operand)
{
	size_t room = sizeof(parse->operands) / sizeof(parse->operands[0]);

	if (parse->operand_count < room)
		parse->operands[parse->operand_count++] = operand;
	if (parse->takes_detached && parse->detached == NULL)
		parse->detached = operand;
	parse->takes_detached = false;
}

/* Handles one code of getopt's; returns OPTIONS_RUN to go on. */
static enum options_result
handle_code(struct parse *parse, int code, char *const argv[])
{
	const struct option_spec *spec;
	enum options_result result;

	switch (code) {
	case OPERAND:
		add_operand(parse, optarg);
		return (OPTIONS_RUN);
	case ':':
		return (fail_missing(parse, optopt, argv));
	case '?':
		return (fail_refused(parse, optopt, argv));
	}
	result = note_option(parse, code, argv);
	if (result != OPTIONS_RUN)
		return (result);
	spec = &option_table[find_option(code)];
	parse->takes_detached = optarg == NULL && parse->detached == NULL &&
	    option_argument_is_optional(spec);
	if (parse->takes_detached)
		parse->detached_id = find_option(code);
	return (option_apply(parse, spec, optarg));
}

/* Reads argv; with optind 0 getopt starts again. */
static enum options_result
read_arguments(struct parse *parse, int argc, char *const argv[])
{
	enum options_result result = OPTIONS_RUN;
	struct grammar grammar;
	int code;

	make_grammar(&grammar);
	opterr = 0;
	optind = 0;
	while (result == OPTIONS_RUN) {
		optopt = 0; /* unspecified by POSIX for a name */
		code = getopt_long(
		    argc, argv, grammar.letters, grammar.names, NULL);
		if (code == -1)
			break;
		result = handle_code(parse, code, argv);
	}
	/* The operands after "--". */
	while (result == OPTIONS_RUN && optind < argc)
		add_operand(parse, argv[optind++]);
	return (result);
}

/*
 * Returns the first word that is a long option with one dash; NULL: there is
 * none.
 */
static const char *
find_single_dash(int argc, char *const argv[])
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *name = argv[i] + 1;
		size_t length = strcspn(argv[i], "=");

		if (argv[i][0] != '-' || length < 3)
			continue;
		for (int id = 0; id < OPTION_TABLE_SIZE; id++)
			if (strlen(option_table[id].name) == length - 1 &&
			    strncmp(option_table[id].name, name, length - 1) ==
				0)
				return (argv[i]);
	}
	return (NULL);
}

/* Checks the arguments when all of them are read. */
static enum options_result
conclude(struct parse *parse)
{
	enum options_result result;

	if (parse->version && parse->operand_count == 0)
		return (OPTIONS_VERSION);
	if (parse->version)
		return (parse_fail(parse,
		    "-V prints the version and takes no host (nc's -V, a"
		    " routing table, is not in hecat)"));
	result = target_parse(parse);
	if (result == OPTIONS_RUN)
		result = conflicts_check(parse);
	return (result == OPTIONS_RUN ? proxy_conclude(parse) : result);
}

enum options_result
options_parse(
    struct options *options, int argc, char *const argv[], char *error)
{
	struct parse parse = { .options = options, .error = error };
	enum options_result result;
	const char *token;

	set_defaults(options);
	result = read_arguments(&parse, argc, argv);
	/* As letters it is an error, or means something else. */
	token = result == OPTIONS_INVALID ? find_single_dash(argc, argv) : NULL;
	if (token != NULL)
		return (parse_fail_single_dash(&parse, token));
	return (result == OPTIONS_RUN ? conclude(&parse) : result);
}

void
options_release(struct options *options)
{
	size_t i;

	for (i = 0; i < options->resolve_count; i++) {
		free(options->resolves[i].host);
		free(options->resolves[i].addresses);
	}
	free(options->resolves);
	free(options->dns);
	free(options->addresses);
	free(options->sources);
	free(options->excluded);
	free(options->interface);
	free(options->json_file);
	free(options->hex_dump_file);
	free(options->server_name);
	free(options->ca_file);
	free(options->ca_path);
	free(options->cert);
	free(options->key);
	free(options->alpn);
	options_proxy_release(&options->proxy);
	free(options->proxy_auth_file);
	free(options->service);
	free(options->host);
	memset(options, 0, sizeof(*options));
}
