/* SPDX-License-Identifier: ISC */
/*
 * The decision, and the settings of the system's resolver that it needs.
 */
#include <sys/types.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

#include "lookup_plan.h"

/* From here on domains may have been left out of what res_ninit(3) gives. */
#define DOMAINS_LENGTH_MAX 200

/* What res_ninit(3) has by default. */
#define PATIENCE_DEFAULT (5 * MONOTIME_PER_SECOND)

/*
 * Whether other dots than that of ASCII are in the name: getaddrinfo(3) takes
 * them for one, so that here they cannot be counted.
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
 * Whether something besides /etc/hosts and DNS may know the name, as it may
 * where the files that say so could not be read.
 */
static bool
has_other_source(const char *name, const struct hosts_hint *hint)
{
	const struct host_services *services = &hint->services;

	if (hint->unknown || services->other ||
	    (!services->dns && !services->resolve))
		return (true);
	if (strchr(name, '.') == NULL &&
	    (hint->aliases || services->resolve || services->myhostname ||
		services->mymachines))
		return (true);
	if (hint->own_name && (services->myhostname || services->resolve))
		return (true);
	return (services->mdns && hosts_hint_is_local(name));
}

/* Whether the walk would ask mDNS for a name that is asked of DNS otherwise. */
static bool
has_local_domain(
    const struct hosts_hint *hint, const struct search_settings *settings)
{
	if (hint->services.mdns)
		for (size_t i = 0; i < settings->domain_count; i++)
			if (hosts_hint_is_local(settings->domains[i]))
				return (true);
	return (false);
}

/* Decides between the two ways that have a lookup for each family. */
static enum lookup_plan_kind
decide_for_dns(struct lookup_plan *plan, const char *name,
    const struct hosts_hint *hint, const struct search_settings *settings)
{
	if (name[0] == '\0' || name[strlen(name) - 1] == '.' ||
	    (hint->services.resolve_before_dns && hint->resolved_running))
		return (LOOKUP_PLAN_TWO);
	if (!hint->services.dns || settings == NULL ||
	    has_local_domain(hint, settings))
		return (LOOKUP_PLAN_ONE);
	if (settings->domain_count == 0)
		return (LOOKUP_PLAN_TWO);
	if (!search_list_init(&plan->list, name, settings) ||
	    plan->list.count == 0)
		return (LOOKUP_PLAN_ONE);
	return (LOOKUP_PLAN_WALK);
}

void
lookup_plan_decide(struct lookup_plan *plan, const char *name,
    const struct hosts_hint *hint, const struct search_settings *settings)
{
	*plan = (struct lookup_plan){ .patience = PATIENCE_DEFAULT };
	if (is_numeric(name))
		plan->kind = LOOKUP_PLAN_TWO;
	else if (hint->in_hosts_file || has_other_source(name, hint) ||
	    has_wide_dot(name))
		plan->kind = LOOKUP_PLAN_ONE;
	else
		plan->kind = decide_for_dns(plan, name, hint, settings);
}

#ifdef res_ninit

/* Returns false where there may be more domains than `state` has room for. */
static bool
take_settings(struct search_settings *settings, const char **domains,
    const struct __res_state *state)
{
	size_t count = 0, length = 0;

	while (count < MAXDNSRCH && state->dnsrch[count] != NULL) {
		domains[count] = state->dnsrch[count];
		length += strlen(domains[count]) + 1;
		count++;
	}
	*settings = (struct search_settings){
		.domains = domains,
		.domain_count = count,
		.ndots = state->ndots,
#ifdef RES_NOTLDQUERY
		.no_tld_query = (state->options & RES_NOTLDQUERY) != 0,
#endif
	};
	return (count < MAXDNSRCH && length < DOMAINS_LENGTH_MAX);
}

static void
decide_by_resolv_conf(
    struct lookup_plan *plan, const char *name, const struct hosts_hint *hint)
{
	struct __res_state state;
	struct search_settings settings;
	const char *domains[MAXDNSRCH];

	memset(&state, 0, sizeof(state));
	if (res_ninit(&state) != 0) {
		lookup_plan_decide(plan, name, hint, NULL);
		return;
	}
	lookup_plan_decide(plan, name, hint,
	    take_settings(&settings, domains, &state) ? &settings : NULL);
	if (state.retrans > 0)
		plan->patience = state.retrans * MONOTIME_PER_SECOND;
	res_nclose(&state);
}

#else

static void
decide_by_resolv_conf(
    struct lookup_plan *plan, const char *name, const struct hosts_hint *hint)
{
	lookup_plan_decide(plan, name, hint, NULL);
}

#endif

void
lookup_plan_make(struct lookup_plan *plan, const char *name)
{
	struct hosts_hint hint;

	hosts_hint_read(&hint, name);
	decide_by_resolv_conf(plan, name, &hint);
}

void
lookup_plan_release(struct lookup_plan *plan)
{
	search_list_release(&plan->list);
}
