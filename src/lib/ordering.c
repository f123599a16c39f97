/* SPDX-License-Identifier: ISC */
/*
 * The candidates' policy, and the policy table of RFC 6724 when it is needed.
 */
#include "ordering.h"

void
ordering_init(struct ordering *ordering, const struct connector_env *env,
    const struct connector_config *config)
{
	const struct hecat_config *given = &config->given;

	*ordering = (struct ordering){ .gai_conf = env->gai_conf };
	ordering->policy = (struct candidates_policy){
		.order = given->order == HECAT_ORDER_SORTED
		    ? CANDIDATES_SORTED
		    : CANDIDATES_AS_GIVEN,
		.preferred_family = given->preferred_family,
		.first_address_family_count = given->first_address_family_count,
		.sources = config->sources,
		.source_count = config->source_count,
		.table = &ordering->table,
		.source_of = env->source_of,
		.source_arg = env->host,
	};
}

void
ordering_prepare(struct ordering *ordering, size_t count)
{
	if (ordering->table_loaded || count <= 1 ||
	    ordering->policy.order != CANDIDATES_SORTED)
		return;
	ordering->table_loaded = true;
	policy_table_init(&ordering->table);
	if (ordering->gai_conf != NULL)
		policy_table_load(&ordering->table, ordering->gai_conf);
}
