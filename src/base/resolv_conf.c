/* SPDX-License-Identifier: ISC */
/*
 * What res_ninit(3) has read, as a value.
 */
#include <sys/types.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

#include "resolv_conf.h"

/* The defaults of res_ninit(3). */
#define TIMEOUT_DEFAULT  (5 * MONOTIME_PER_SECOND)
#define ATTEMPTS_DEFAULT 2
#define NDOTS_DEFAULT    1

/* With this many bytes of domains res_ninit(3) may have left some out. */
#define DOMAINS_LENGTH_MAX 200

static void
init_defaults(struct resolv_conf *conf)
{
	*conf = (struct resolv_conf){
		.search.ndots = NDOTS_DEFAULT,
		.timeout = TIMEOUT_DEFAULT,
		.attempts = ATTEMPTS_DEFAULT,
	};
	conf->search.domains = conf->domains;
}

#ifdef res_ninit

/* Copies the domains of the search list. */
static void
take_domains(struct resolv_conf *conf, const struct __res_state *state)
{
	size_t count = 0, used = 0;

	while (count < RESOLV_CONF_DOMAINS_MAX && count < MAXDNSRCH &&
	    state->dnsrch[count] != NULL) {
		size_t size = strlen(state->dnsrch[count]) + 1;

		if (size > sizeof(conf->text) - used)
			break;
		memcpy(conf->text + used, state->dnsrch[count], size);
		conf->domains[count++] = conf->text + used;
		used += size;
	}
	conf->search.domain_count = count;
	conf->may_lack_domains = count == RESOLV_CONF_DOMAINS_MAX ||
	    used >= DOMAINS_LENGTH_MAX;
}

static void
take_options(struct resolv_conf *conf, const struct __res_state *state)
{
	conf->search.ndots = state->ndots;
#ifdef RES_NOTLDQUERY
	conf->search.no_tld_query = (state->options & RES_NOTLDQUERY) != 0;
#endif
#ifdef RES_USEVC
	conf->use_vc = (state->options & RES_USEVC) != 0;
#endif
#ifdef RES_SNGLKUP
	conf->single_request = (state->options &
				   (RES_SNGLKUP | RES_SNGLKUPREOP)) != 0;
#endif
	if (state->retrans > 0)
		conf->timeout = state->retrans * MONOTIME_PER_SECOND;
	if (state->retry > 0)
		conf->attempts = (unsigned)state->retry;
}

bool
resolv_conf_read(struct resolv_conf *conf)
{
	struct __res_state state;

	init_defaults(conf);
	memset(&state, 0, sizeof(state));
	if (res_ninit(&state) != 0)
		return (false);
	take_domains(conf, &state);
	take_options(conf, &state);
	res_nclose(&state);
	return (true);
}

#else

bool
resolv_conf_read(struct resolv_conf *conf)
{
	init_defaults(conf);
	return (false);
}

#endif
