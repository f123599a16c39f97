/* SPDX-License-Identifier: ISC */
/*
 * The walk of one lookup: questions out, answers in.
 *
 * All questions are kept until the end, as the answer to an earlier name may be
 * the one that counts.
 */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "question.h"
#include "resolv_conf.h"
#include "search.h"
#include "walk.h"

#define FAMILIES 2 /* by enum walk_family */

/* The questions for one name of the list. */
struct step {
	struct question *questions[FAMILIES];
};

struct search {
	struct hecat_lookup *lookup;
	struct event_base *base;
	pid_t process;
	struct cares_server *servers; /* a copy */
	struct question_settings settings;
	struct search_list list;
	struct step *steps; /* one for each name of it */
	struct walk walk;
	struct event *grace;
	int family;              /* AF_UNSPEC: of both */
	bool answered[FAMILIES]; /* or not asked for */
};

static int
address_family_of(enum walk_family family)
{
	return (family == WALK_IPV6 ? AF_INET6 : AF_INET);
}

static bool
search_wants(const struct search *search, enum walk_family family)
{
	return (search->family == AF_UNSPEC ||
	    search->family == address_family_of(family));
}

static void
search_free(struct search *search)
{
	for (size_t i = 0; search->steps != NULL && i < search->list.count; i++)
		for (size_t j = 0; j < FAMILIES; j++)
			question_free(search->steps[i].questions[j]);
	free(search->steps);
	search_list_release(&search->list);
	if (search->grace != NULL)
		event_free(search->grace);
	free(search->servers);
	free(search);
}

/* Returns the result of a question that has ended; NULL: it has not. */
static const struct question_result *
search_result(const struct search *search, size_t step, enum walk_family family)
{
	const struct question *question = search->steps[step].questions[family];

	return (question == NULL ? NULL : question_get_result(question));
}

/*
 * Returns the result behind an answer of the walk, which may be that of the
 * other family: "no such name" is one for both.
 */
static const struct question_result *
search_find_result(const struct search *search, enum walk_family family,
    const struct walk_answer *answer)
{
	enum walk_family other = family == WALK_IPV6 ? WALK_IPV4 : WALK_IPV6;
	const struct question_result *result = search_result(
	    search, answer->step, family);

	if (result == NULL || result->error != answer->error)
		result = search_result(search, answer->step, other);
	return (
	    result != NULL && result->error == answer->error ? result : NULL);
}

/* Answers the lookup for one family. Returns false when out of memory. */
static bool
search_answer(struct search *search, enum walk_family family,
    const struct walk_answer *found)
{
	const struct search_name *name = &search->list.names[found->step];
	const struct question_result *result = search_find_result(
	    search, family, found);
	struct hecat_answer answer = {
		.size = sizeof(answer),
		.family = address_family_of(family),
		.error = found->error,
		.system_error = found->system_error,
	};
	char asked[sizeof(name->text)];

	/* "No such name" at the end of a walk holds for the typed name. */
	if (!name->as_typed && found->outcome != GAI_NO_NAME) {
		memcpy(asked, name->text, sizeof(asked));
		asked[strlen(asked) - 1] = '\0'; /* the dot of the root */
		answer.name = asked;
	}
	if (result != NULL) {
		answer.addresses = result->addresses;
		answer.text = result->text[0] == '\0' ? NULL : result->text;
		if (result->server != NULL)
			answer.server = &result->server->address.sa;
		answer.has_ttl = result->has_ttl;
		answer.ttl = result->ttl;
	}
	return (hecat_lookup_answer(search->lookup, &answer) == 0);
}

/*
 * Hands on what the walk has decided. When all is answered, or memory was
 * lacking, the lookup has ended, and the search is freed.
 */
static void
search_publish(struct search *search)
{
	bool ok = true;

	for (enum walk_family i = WALK_IPV6; ok && i <= WALK_IPV4; i++) {
		const struct walk_answer *found = walk_result(&search->walk, i);

		if (found == NULL || search->answered[i])
			continue;
		search->answered[i] = true;
		ok = search_answer(search, i, found);
	}
	if (!ok || (search->answered[WALK_IPV6] && search->answered[WALK_IPV4]))
		search_free(search);
}

/* Takes the end of a question for the name that the walk has come to, or that
 * it could not be asked (NULL). */
static void
search_take(struct search *search, enum walk_family family,
    const struct question_result *result)
{
	const struct walk_answer answer = {
		.outcome = result == NULL ? GAI_ERROR
					  : gai_error_class(result->error),
		.error = result == NULL ? EAI_MEMORY : result->error,
		.system_error = result == NULL ? 0 : result->system_error,
	};

	/* The next name begins with the server that is known to answer. */
	if (result != NULL && result->server != NULL)
		search->settings.first = (size_t)(result->server -
		    search->servers);
	walk_take(
	    &search->walk, family, search->walk.step, &answer, clock_now());
}

static void search_on_ipv6(struct question *question, void *arg);
static void search_on_ipv4(struct question *question, void *arg);

/* Asks for one family of the name that the walk has come to. */
static void
search_ask(struct search *search, enum walk_family family)
{
	static const struct walk_answer not_asked = {
		.outcome = GAI_NO_DATA,
		.error = GAI_ERROR_NO_DATA,
	};
	size_t step = search->walk.step;
	struct question *question;

	walk_asked(&search->walk, family);
	if (!search_wants(search, family)) {
		walk_take(&search->walk, family, step, &not_asked, clock_now());
		return;
	}
	question = question_new(search->base, &search->settings,
	    search->list.names[step].text, address_family_of(family),
	    family == WALK_IPV6 ? search_on_ipv6 : search_on_ipv4, search);
	search->steps[step].questions[family] = question;
	if (question == NULL)
		search_take(search, family, NULL);
}

/* Drops what was asked for names that the walk has left. */
static void
search_drop(struct search *search)
{
	for (size_t i = 0; i < search->walk.step * FAMILIES; i++) {
		struct question **question =
		    &search->steps[i / FAMILIES].questions[i % FAMILIES];

		if (*question == NULL || question_get_result(*question) != NULL)
			continue;
		question_free(*question);
		*question = NULL;
	}
}

/* Sets the timer to the end of the grace period. Returns false: no memory. */
static bool
search_set_grace(struct search *search)
{
	monotime_t end = walk_expires_at(&search->walk), now = clock_now();
	struct timeval tv;

	if (end == MONOTIME_NEVER) {
		event_del(search->grace);
		return (true);
	}
	tv = clock_timeval(end > now ? end - now : 0);
	return (event_add(search->grace, &tv) == 0);
}

/* Asks what the walk wants to know next, and hands on what it has decided. The
 * search may be freed. */
static void
search_go_on(struct search *search)
{
	size_t step;

	do {
		step = search->walk.step;
		search_drop(search);
		for (enum walk_family i = WALK_IPV6; i <= WALK_IPV4; i++)
			if (walk_wants(&search->walk, i))
				search_ask(search, i);
		if (!search_set_grace(search))
			walk_expire(&search->walk, MONOTIME_NEVER);
	} while (search->walk.step != step);
	search_publish(search);
}

static void
search_on_ipv6(struct question *question, void *arg)
{
	struct search *search = arg;

	search_take(search, WALK_IPV6, question_get_result(question));
	search_go_on(search);
}

static void
search_on_ipv4(struct question *question, void *arg)
{
	struct search *search = arg;

	search_take(search, WALK_IPV4, question_get_result(question));
	search_go_on(search);
}

static void
search_on_grace(evutil_socket_t fd, short what, void *arg)
{
	struct search *search = arg;

	(void)fd;
	(void)what;
	/* In a child it is the parent that goes on. */
	if (getpid() != search->process)
		return;
	walk_expire(&search->walk, clock_now());
	search_go_on(search);
}

/* Makes the list of one name, which ends in the dot of the root. */
static bool
list_init_absolute(struct search_list *list, const char *name)
{
	size_t length = strlen(name);

	*list = (struct search_list){ .names = NULL };
	list->names = calloc(1, sizeof(*list->names));
	if (list->names == NULL)
		return (false);
	if (length >= sizeof(list->names->text))
		return (true);
	memcpy(list->names->text, name, length + 1);
	list->names->as_typed = true;
	list->count = 1;
	return (true);
}

/* Makes the list of names to ask for, by resolv.conf(5). */
static bool
search_init_list(
    struct search *search, const char *name, const struct resolv_conf *conf)
{
	size_t length = strlen(name);

	if (length > 0 && name[length - 1] == '.')
		return (list_init_absolute(&search->list, name));
	return (search_list_init(&search->list, name, &conf->search));
}

/* Copies what is set: it may be changed while the search runs. */
static bool
search_init_settings(struct search *search, const struct hecat_cares *cares,
    const struct resolv_conf *conf)
{
	size_t size = cares->server_count * sizeof(*cares->servers);

	search->servers = malloc(size);
	if (search->servers == NULL)
		return (false);
	memcpy(search->servers, cares->servers, size);
	search->settings = (struct question_settings){
		.servers = search->servers,
		.server_count = cares->server_count,
		.timeout = cares->timeout != 0 ? cares->timeout : conf->timeout,
		.tries = cares->tries != 0 ? cares->tries : conf->attempts,
	};
	return (true);
}

/* Returns how long AAAA is waited for after "no such name" for A. */
static monotime_t
grace_of(const struct hecat_lookup *lookup)
{
	const struct hecat_config *config = hecat_connector_get_config(
	    hecat_lookup_get_connector(lookup));
	monotime_t grace = MONOTIME_NEVER;
	struct timeval tv;

	if (hecat_config_get_resolution_delay(config, &tv) != NULL)
		clock_from_timeval(&grace, &tv);
	return (grace);
}

/* Makes a search; NULL when out of memory. */
static struct search *
search_new(struct hecat_lookup *lookup, const struct hecat_cares *cares)
{
	struct search *search = calloc(1, sizeof(*search));
	struct resolv_conf conf;

	if (search == NULL)
		return (NULL);
	search->lookup = lookup;
	search->base = hecat_lookup_get_base(lookup);
	search->process = getpid();
	search->family = hecat_lookup_get_family(lookup);
	search->answered[WALK_IPV6] = !search_wants(search, WALK_IPV6);
	search->answered[WALK_IPV4] = !search_wants(search, WALK_IPV4);
	resolv_conf_read(&conf);
	search->grace = evtimer_new(search->base, search_on_grace, search);
	if (search->grace != NULL &&
	    search_init_settings(search, cares, &conf) &&
	    search_init_list(search, hecat_lookup_get_name(lookup), &conf))
		search->steps = calloc(
		    search->list.count + 1, sizeof(*search->steps));
	if (search->steps != NULL)
		return (search);
	search_free(search);
	return (NULL);
}

/* Answers that there is no such name, as it is too long for any. */
static int
answer_no_name(struct hecat_lookup *lookup)
{
	const struct hecat_answer answer = {
		.size = sizeof(answer),
		.family = AF_UNSPEC,
		.error = EAI_NONAME,
		.text = "no such name: it is too long",
	};

	return (hecat_lookup_answer(lookup, &answer) == 0 ? 0 : ENOMEM);
}

static int
search_start(struct hecat_lookup *lookup, void *arg)
{
	struct search *search = search_new(lookup, arg);

	if (search == NULL)
		return (ENOMEM);
	if (search->list.count == 0) {
		search_free(search);
		return (answer_no_name(lookup));
	}
	/* With a patience of 0 every failure ends the walk. */
	walk_init(&search->walk, search->list.count, grace_of(lookup), 0);
	hecat_lookup_set_data(lookup, search);
	search_go_on(search);
	return (0);
}

static void
search_cancel(struct hecat_lookup *lookup, void *arg)
{
	(void)arg;
	search_free(hecat_lookup_get_data(lookup));
}

const struct hecat_resolver_methods search_methods = {
	.size = sizeof(search_methods),
	.start = search_start,
	.cancel = search_cancel,
};
