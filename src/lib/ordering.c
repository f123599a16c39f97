/* SPDX-License-Identifier: ISC */
/*
 * The candidates' policy, and the policy table of RFC 6724 when it is needed.
 */
#include <errno.h>

#include "descriptor.h"
#include "ordering.h"

static void
host_source_of(const struct address *destination,
    struct destsort_source *source, void *arg)
{
	struct host *host = arg;

	host->ops->source_of(host, destination, source);
}

static const struct destsort_source *
host_own_address(size_t number, void *arg)
{
	struct host *host = arg;

	return (host->ops->own_address(host, number));
}

void
ordering_init(struct ordering *ordering, struct host *host,
    const struct hecat_config *config)
{
	*ordering = (struct ordering){ .host = host };
	ordering->policy = (struct candidates_policy){
		.order = config->order,
		.preferred_family = config->preferred_family,
		.first_address_family_count =
		    config->first_address_family_count,
		.sources = config->sources,
		.source_count = config->source_count,
		.excluded = config->excluded,
		.excluded_count = config->excluded_count,
		.table = &ordering->table,
		.source_of = host_source_of,
		.source_arg = host,
	};
}

static void
need_table(struct ordering *ordering)
{
	if (ordering->table_loaded)
		return;
	policy_table_init(&ordering->table);
	/* What cannot be read for lack of a descriptor is read another time. */
	ordering->table_loaded = ordering->host->gai_conf == NULL ||
	    policy_table_load(&ordering->table, ordering->host->gai_conf) ||
	    !descriptor_is_shortage(errno);
}

void
ordering_prepare(struct ordering *ordering, size_t count)
{
	if (count > 1 && ordering->policy.order == HECAT_ORDER_SORTED)
		need_table(ordering);
}

void
ordering_read_ahead(struct ordering *ordering)
{
	if (ordering->policy.order != HECAT_ORDER_SORTED)
		return;
	need_table(ordering);
	(void)ordering->host->ops->own_address(ordering->host, 0);
}

static void
source_of(const struct address *destination, struct destsort_source *source,
    void *arg)
{
	candidates_source_of(arg, destination, source);
}

/*
 * A family that is preferred leads with whatever address it has, if the host
 * can use one; else RFC 6724 decides which family leads.
 */
bool
ordering_may_lead(
    struct ordering *ordering, struct candidates *candidates, int family)
{
	struct candidates_policy *policy = &ordering->policy;
	struct awaited_family awaited = {
		.family = family,
		.table = &ordering->table,
		.source_of = source_of,
		.source_arg = policy,
		.own_address = host_own_address,
		.own_arg = ordering->host,
	};
	const struct candidate *first = candidates_at(candidates, 0);

	if (policy->order != HECAT_ORDER_SORTED ||
	    address_family(&first->address) == family)
		return (false);
	need_table(ordering);
	if (policy->preferred_family != AF_UNSPEC)
		return (policy->preferred_family == family &&
		    awaited_family_is_usable(&awaited));
	first = candidates_first(candidates);
	return (awaited_family_may_lead(&awaited,
	    &(struct destsort_pair){
		.destination = first->address,
		.source = first->source,
	    }));
}
