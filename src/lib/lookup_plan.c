/* SPDX-License-Identifier: ISC */
/*
 * The decision, and the settings of the system's resolver that it needs.
 */
#include <sys/types.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lookup_plan.h"
#include "resolv_conf.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define BLANKS      " \t"

/* The default of res_ninit(3). */
#define PATIENCE_DEFAULT (5 * MONOTIME_PER_SECOND)

/*
 * Returns whether the name has a dot that is not ASCII: getaddrinfo(3) treats
 * it as a dot, but the dots of the name are counted here.
 */
static bool
has_wide_dot(const char *name)
{
	return (strstr(name, "\xe3\x80\x82") != NULL || /* U+3002 */
	    strstr(name, "\xef\xbc\x8e") != NULL ||     /* U+FF0E */
	    strstr(name, "\xef\xbd\xa1") != NULL);      /* U+FF61 */
}

static bool
is_numeric(const char *name)
{
	struct in_addr address;

	return (strchr(name, ':') != NULL || inet_aton(name, &address) != 0);
}

/*
 * Returns whether a source other than /etc/hosts and DNS may know the name;
 * true where the files that decide could not be read.
 */
static bool
has_other_source(const char *name, const struct hosts_hint *hint)
{
	const struct host_services *services = &hint->services;

	if (hint->unknown || services->other ||
	    (!services->dns && !services->resolve))
		return (true);
	/* Both systemd-resolved and DNS are queried: each may know one family.
	 */
	if (hint->resolved_running && !services->resolve_before_dns)
		return (true);
	if (strchr(name, '.') == NULL &&
	    (hint->aliases || services->resolve || services->myhostname ||
		services->mymachines))
		return (true);
	if (hint->machine ||
	    (hint->own_name && (services->myhostname || services->resolve)))
		return (true);
	return (services->mdns && hosts_hint_is_mdns(name));
}

/* Returns whether the list has a name that mDNS answers, not DNS. */
static bool
has_local_name(const struct search_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (hosts_hint_is_mdns(list->names[i].text))
			return (true);
	return (false);
}

static bool
is_absolute(const char *name)
{
	return (*name == '\0' || name[strlen(name) - 1] == '.');
}

void
lookup_plan_init(struct lookup_plan *plan, const char *name,
    const struct lookup_settings *settings)
{
	*plan = (struct lookup_plan){
		.kind = LOOKUP_PLAN_UNSPEC,
		.patience = PATIENCE_DEFAULT,
		.negative_is_certain = settings == NULL || !settings->use_vc,
	};
	if (is_numeric(name) || is_absolute(name) ||
	    (settings != NULL && settings->search.domain_count == 0))
		plan->kind = LOOKUP_PLAN_PER_FAMILY;
	else if (settings != NULL && !settings->single_request &&
	    search_list_init(&plan->list, name, &settings->search) &&
	    plan->list.count > 0)
		plan->kind = LOOKUP_PLAN_WALK;
}

void
lookup_plan_decide(
    struct lookup_plan *plan, const char *name, const struct hosts_hint *hint)
{
	const struct host_services *services = &hint->services;
	/* Another source may know it, only as it was typed. */
	bool is_shared = hint->in_hosts_file || has_other_source(name, hint) ||
	    has_wide_dot(name);
	/* The service resolve uses no search domain for it. */
	bool is_resolved = services->resolve_before_dns &&
	    hint->resolved_running;
	/* DNS does not answer all names of the walk. */
	bool is_mixed = !is_absolute(name) &&
	    (!services->dns || (services->mdns && has_local_name(&plan->list)));

	plan->negative_is_certain &= services->dns_last;
	if (is_numeric(name) || (is_resolved && !is_shared))
		plan->kind = LOOKUP_PLAN_PER_FAMILY;
	else if (is_shared || is_mixed)
		plan->kind = LOOKUP_PLAN_UNSPEC;
}

static size_t
count_words(const char *text)
{
	size_t count = 0;

	for (;;) {
		text += strspn(text, BLANKS);
		if (*text == '\0' || *text == '\n')
			return (count);
		text += strcspn(text, BLANKS "\n");
		count++;
	}
}

/* Returns the rest of a line that begins with `keyword`; NULL: another line. */
static const char *
after_keyword(const char *line, const char *keyword)
{
	size_t length = strlen(keyword);

	if (strncmp(line, keyword, length) != 0 || line[length] == '\0' ||
	    strchr(BLANKS, line[length]) == NULL)
		return (NULL);
	return (line + length);
}

size_t
lookup_plan_count_domains(FILE *file)
{
	size_t size = 0, domains = SIZE_MAX;
	char *line = NULL;

	while (getline(&line, &size, file) != -1) {
		const char *search = after_keyword(line, "search");
		const char *domain = after_keyword(line, "domain");

		if (search != NULL && count_words(search) > 0)
			domains = count_words(search);
		else if (domain != NULL && count_words(domain) > 0)
			domains = 1;
	}
	free(line);
	return (domains);
}

/*
 * Returns whether there are more domains than the `count` of res_ninit(3),
 * which ends the list before the first domain that does not fit into 256 bytes.
 * Without a line for domains there is at most the domain of the host.
 */
static bool
is_cut(size_t count)
{
	/* getaddrinfo(3) reads it in the same thread. */
	/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
	const char *given = getenv("LOCALDOMAIN");
	size_t domains = SIZE_MAX;
	FILE *file;

	if (given != NULL)
		return (count_words(given) != count);
	file = fopen(RESOLV_CONF, "re");
	if (file != NULL) {
		domains = lookup_plan_count_domains(file);
		fclose(file);
	}
	return (domains != SIZE_MAX && domains != count);
}

/* Begins the plan by resolv.conf(5). */
static void
init_by_system(struct lookup_plan *plan, const char *name)
{
	struct resolv_conf conf;
	bool known = resolv_conf_read(&conf) && !conf.may_lack_domains &&
	    !is_cut(conf.search.domain_count);
	const struct lookup_settings settings = {
		.search = conf.search,
		.use_vc = conf.use_vc,
		.single_request = conf.single_request,
	};

	lookup_plan_init(plan, name, known ? &settings : NULL);
	plan->patience = conf.timeout;
}

/* Reads what this machine knows of the name and of those in the list. */
static bool
read_hint(
    struct hosts_hint *hint, const char *name, const struct search_list *list)
{
	const char **names = calloc(list->count + 1, sizeof(*names));

	if (names == NULL)
		return (false);
	names[0] = name;
	for (size_t i = 0; i < list->count; i++)
		names[i + 1] = list->names[i].text;
	hosts_hint_read(hint, names, list->count + 1);
	free(names);
	return (true);
}

void
lookup_plan_make(struct lookup_plan *plan, const char *name)
{
	struct hosts_hint hint;

	init_by_system(plan, name);
	if (read_hint(&hint, name, &plan->list))
		lookup_plan_decide(plan, name, &hint);
	else
		plan->kind = LOOKUP_PLAN_UNSPEC;
}

void
lookup_plan_release(struct lookup_plan *plan)
{
	search_list_release(&plan->list);
}
