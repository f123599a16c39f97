/* SPDX-License-Identifier: ISC */
/*
 * How a name is looked up: whatever resolv.conf, nsswitch.conf and the name
 * are, what is asked is a list of absolute names that each begin with it, or
 * nothing but the name as it was typed.
 */
#include <string.h>

#include "choices.h"
#include "lookup_plan.h"

#define DOMAINS_MAX 6
#define NAME_BYTES  300

static void
choose_hint(struct choices *choices, struct hosts_hint *hint)
{
	bool *const facts[] = { &hint->services.files, &hint->services.dns,
		&hint->services.resolve, &hint->services.resolve_before_dns,
		&hint->services.myhostname, &hint->services.mymachines,
		&hint->services.mdns, &hint->services.other,
		&hint->in_hosts_file, &hint->aliases, &hint->resolved_running,
		&hint->own_name, &hint->machine, &hint->unknown };

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		*facts[i] = choose_one_in(choices, 4);
	hint->services.dns = !choose_one_in(choices, 4);
}

/* What is appended to a name is one of the domains. */
static bool
is_domain(const char *rest, const struct search_settings *settings)
{
	for (size_t i = 0; i < settings->domain_count; i++) {
		const char *domain = settings->domains[i];
		size_t length = strlen(domain);

		if (*domain == '.') {
			domain++;
			length--;
		}
		if (length > 0 && domain[length - 1] == '.')
			length--;
		if (strlen(rest) == length + 1 &&
		    strncmp(rest, domain, length) == 0 && rest[length] == '.')
			return (true);
	}
	return (false);
}

static void
check_list(const struct search_list *list, const char *name,
    const struct search_settings *settings)
{
	size_t own = strlen(name), as_typed = 0;

	CHECK(list->count <= settings->domain_count + 2);
	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->names[i].text;
		size_t length = strlen(text);

		CHECK(length >= 1 && length <= HOSTNAME_LENGTH_MAX + 1);
		CHECK(text[length - 1] == '.');
		CHECK(strncmp(text, name, own) == 0);
		if (list->names[i].as_typed) {
			CHECK(strcmp(text + own, ".") == 0);
			as_typed++;
		} else {
			CHECK(text[own] == '.');
			CHECK(is_domain(text + own + 1, settings));
		}
	}
	CHECK(as_typed <= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = { data, size };
	char name[NAME_BYTES], texts[DOMAINS_MAX][NAME_BYTES];
	const char *domains[DOMAINS_MAX];
	struct lookup_settings known = { .search.domains = domains };
	struct search_settings *settings = &known.search;
	struct hosts_hint hint = { .aliases = false };
	struct search_list list;
	struct lookup_plan plan;

	choose_hint(&choices, &hint);
	settings->ndots = choose(&choices, 16);
	settings->no_tld_query = choose_one_in(&choices, 4);
	settings->domain_count = choose(&choices, DOMAINS_MAX + 1);
	choose_text(&choices, name, sizeof(name));
	for (size_t i = 0; i < settings->domain_count; i++)
		domains[i] = choose_text(&choices, texts[i], NAME_BYTES);
	known.use_vc = choose_one_in(&choices, 4);
	known.single_request = choose_one_in(&choices, 4);
	lookup_plan_init(
	    &plan, name, choose_one_in(&choices, 8) ? NULL : &known);
	lookup_plan_decide(&plan, name, &hint);
	if (plan.kind == LOOKUP_PLAN_WALK) {
		CHECK(plan.list.count > 0 && !hint.in_hosts_file &&
		    !hint.unknown && !known.single_request);
		check_list(&plan.list, name, settings);
	}
	lookup_plan_release(&plan);
	if (name[0] == '\0' || name[strlen(name) - 1] == '.')
		return (0);
	CHECK(search_list_init(&list, name, settings));
	check_list(&list, name, settings);
	search_list_release(&list);
	return (0);
}
