/* SPDX-License-Identifier: ISC */
/*
 * The contenders: command lines with HECAT, BARE and PORT to be filled in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contender.h"

struct program {
	const char *name;
	bool weaker;          /* takes part where there are such loops */
	const char *lines[6]; /* of a task; NULL: it does not take part */
};

static const struct program programs[] = {
	{ "hecat", false,
	    {
		[TASK_UP] = "HECAT -N 127.0.0.1 PORT",
		[TASK_DOWN] = "HECAT 127.0.0.1 PORT",
		[TASK_BOTH] = "HECAT -N 127.0.0.1 PORT",
		[TASK_PING] = "HECAT -N 127.0.0.1 PORT",
		[TASK_START_UP] = "HECAT -z 127.0.0.1 PORT",
	    } },
	{ "hecat --zero-copy", true,
	    {
		[TASK_UP] = "HECAT --zero-copy -N 127.0.0.1 PORT",
	    } },
	{ "hecat --no-splice", false,
	    {
		[TASK_UP] = "HECAT --no-splice -N 127.0.0.1 PORT",
		[TASK_DOWN] = "HECAT --no-splice 127.0.0.1 PORT",
		[TASK_BOTH] = "HECAT --no-splice -N 127.0.0.1 PORT",
		[TASK_PING] = "HECAT --no-splice -N 127.0.0.1 PORT",
	    } },
	{ "nc", false,
	    {
		[TASK_UP] = "nc -N 127.0.0.1 PORT",
		[TASK_DOWN] = "nc 127.0.0.1 PORT",
		[TASK_BOTH] = "nc -N 127.0.0.1 PORT",
		[TASK_PING] = "nc -N 127.0.0.1 PORT",
		[TASK_START_UP] = "nc -z 127.0.0.1 PORT",
	    } },
	{ "ncat", false,
	    {
		[TASK_UP] = "ncat 127.0.0.1 PORT",
		[TASK_DOWN] = "ncat 127.0.0.1 PORT",
		[TASK_BOTH] = "ncat 127.0.0.1 PORT",
		[TASK_PING] = "ncat 127.0.0.1 PORT",
		[TASK_START_UP] = "ncat -z 127.0.0.1 PORT",
	    } },
	{ "socat", false,
	    {
		[TASK_UP] = "socat -u STDIN TCP:127.0.0.1:PORT",
		[TASK_DOWN] = "socat -u TCP:127.0.0.1:PORT STDOUT",
		[TASK_BOTH] = "socat -t 60 STDIO TCP:127.0.0.1:PORT",
		[TASK_PING] = "socat -t 60 STDIO TCP:127.0.0.1:PORT",
		[TASK_START_UP] = "socat -u /dev/null TCP:127.0.0.1:PORT",
	    } },
};

/* Certificates are verified by hecat alone; what the others do is less. */
#define TLS_CLIENT "openssl s_client -quiet -connect 127.0.0.1:PORT"
#define TLS_SOCAT  "OPENSSL:127.0.0.1:PORT,verify=0"

static const struct program tls_programs[] = {
	{ "hecat", false,
	    {
		[TASK_UP] = "HECAT -c --ca-file CA -N 127.0.0.1 PORT",
		[TASK_DOWN] = "HECAT -c --ca-file CA 127.0.0.1 PORT",
		[TASK_BOTH] = "HECAT -c --ca-file CA -N 127.0.0.1 PORT",
		[TASK_GREETING] = "HECAT -c --ca-file CA 127.0.0.1 PORT",
	    } },
	{ "s_client", false,
	    {
		[TASK_UP] = TLS_CLIENT,
		[TASK_DOWN] = TLS_CLIENT,
		[TASK_BOTH] = TLS_CLIENT,
		[TASK_GREETING] = TLS_CLIENT,
	    } },
	{ "ncat", false,
	    {
		[TASK_UP] = "ncat --ssl 127.0.0.1 PORT",
		[TASK_DOWN] = "ncat --ssl --recv-only 127.0.0.1 PORT",
		[TASK_BOTH] = "ncat --ssl 127.0.0.1 PORT",
		[TASK_GREETING] = "ncat --ssl --recv-only 127.0.0.1 PORT",
	    } },
	{ "socat", false,
	    {
		[TASK_UP] = "socat -u STDIN " TLS_SOCAT,
		[TASK_DOWN] = "socat -u " TLS_SOCAT " STDOUT",
		[TASK_BOTH] = "socat -t 60 STDIO " TLS_SOCAT,
		[TASK_GREETING] = "socat -u " TLS_SOCAT " STDOUT",
	    } },
};

static const char *const bare_tasks[] = {
	[TASK_UP] = "up",
	[TASK_DOWN] = "down",
	[TASK_BOTH] = "both",
	[TASK_PING] = "both",
	[TASK_START_UP] = "-",
	[TASK_GREETING] = "-",
};

static const char *
from_environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return (value != NULL ? value : otherwise);
}

/* Whether a program is to be had: a path, or in $PATH. */
static bool
is_installed(const char *program)
{
	char path[4096];
	const char *list = from_environment("PATH", "/usr/bin:/bin");
	int length;

	if (strchr(program, '/') != NULL)
		return (access(program, X_OK) == 0);
	for (;; list += length + 1) {
		length = (int)strcspn(list, ":");
		snprintf(path, sizeof(path), "%.*s/%s", length, list, program);
		if (access(path, X_OK) == 0)
			return (true);
		if (list[length] == '\0')
			return (false);
	}
}

/* Fills in what stands for something else, also within a word. */
static void
append_word(struct contender *contender, const char *word, int port)
{
	size_t length = strlen(contender->line);
	const char *at = strstr(word, "PORT");
	char *to = contender->line + length;
	size_t room = sizeof(contender->line) - length;

	if (strcmp(word, "HECAT") == 0)
		snprintf(to, room, "%s ", from_environment("HECAT", "./hecat"));
	else if (strcmp(word, "BARE") == 0)
		snprintf(to, room, "%s ",
		    from_environment("BARE", "build/bench/bare"));
	else if (strcmp(word, "CA") == 0)
		snprintf(to, room, "%s ",
		    from_environment("BENCH_CA", "build/bench/ca.pem"));
	else if (at != NULL)
		snprintf(to, room, "%.*s%d%s ", (int)(at - word), word, port,
		    at + strlen("PORT"));
	else
		snprintf(to, room, "%s ", word);
}

/* Makes the command line; false when the program is not there. */
static bool
set_line(struct contender *contender, const char *template, int port)
{
	char copy[sizeof(contender->line)];
	char *rest, *word;
	size_t count = 0;

	contender->line[0] = '\0';
	snprintf(copy, sizeof(copy), "%s", template);
	for (word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		append_word(contender, word, port);
	for (word = strtok_r(contender->line, " ", &rest);
	     word != NULL && count < CONTENDER_ARGS_MAX - 1;
	     word = strtok_r(NULL, " ", &rest))
		contender->argv[count++] = word;
	contender->argv[count] = NULL;
	return (count > 0 && is_installed(contender->argv[0]));
}

/* Whether `name` is one of a list with commas; NULL lists all. */
static bool
is_listed(const char *name, const char *list)
{
	size_t length;

	for (; list != NULL; list += length + 1) {
		length = strcspn(list, ",");
		if (strlen(name) == length && strncmp(name, list, length) == 0)
			return (true);
		if (list[length] == '\0')
			return (false);
	}
	return (true);
}

static size_t
list_bare(struct contender *list, size_t count,
    const struct direction *direction, bool weaker, const char *only, int port)
{
	char techniques[64], line[128];
	char *rest, *word;

	snprintf(techniques, sizeof(techniques), "%s",
	    weaker ? direction->weaker : direction->bare);
	for (word = strtok_r(techniques, " ", &rest);
	     word != NULL && count < CONTENDERS_MAX;
	     word = strtok_r(NULL, " ", &rest)) {
		snprintf(list[count].name, CONTENDER_NAME_MAX, "bare %s", word);
		snprintf(line, sizeof(line), "BARE %s %s PORT", word,
		    bare_tasks[direction->task]);
		list[count].bare = true;
		list[count].weaker = weaker;
		count += is_listed(list[count].name, only) &&
		    set_line(&list[count], line, port);
	}
	return (count);
}

size_t
contenders_list(struct contender list[CONTENDERS_MAX],
    const struct direction *direction, const char *only, int port)
{
	const struct program *table = direction->tls ? tls_programs : programs;
	size_t rows = direction->tls
	    ? sizeof(tls_programs) / sizeof(tls_programs[0])
	    : sizeof(programs) / sizeof(programs[0]);
	size_t count = 0;
	size_t i;
	const char *line;

	for (i = 0; i < rows; i++) {
		line = table[i].lines[direction->task];
		if (line == NULL || !is_listed(table[i].name, only) ||
		    (table[i].weaker && direction->weaker[0] == '\0'))
			continue;
		list[count].bare = false;
		list[count].weaker = table[i].weaker;
		snprintf(
		    list[count].name, CONTENDER_NAME_MAX, "%s", table[i].name);
		count += set_line(&list[count], line, port);
	}
	count = list_bare(list, count, direction, false, only, port);
	return (list_bare(list, count, direction, true, only, port));
}
