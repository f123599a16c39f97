/* SPDX-License-Identifier: ISC */
/*
 * The host that the process runs on: its kernel and its policy table.
 */
#include <stdlib.h>

#include "container.h"
#include "host.h"
#include "source_address.h"

#define GAI_CONF "/etc/gai.conf"

/* What the kernel knows, asked for the first time when it is needed. */
struct system_host {
	struct host host;
	struct source_address *sources;
};

static struct source_address *
sources_of(struct host *host)
{
	struct system_host *self = container_of(host, struct system_host, host);

	if (self->sources == NULL)
		self->sources = source_address_new();
	return (self->sources);
}

/* Out of memory no destination has a source, and the order is as answered. */
static void
system_source_of(struct host *host, const struct address *destination,
    struct destsort_source *source)
{
	struct source_address *sources = sources_of(host);

	*source = (struct destsort_source){ .found = false };
	if (sources != NULL)
		source_address_find(sources, destination, source);
}

static const struct destsort_source *
system_own_address(struct host *host, size_t number)
{
	struct source_address *sources = sources_of(host);

	return (sources == NULL ? NULL : source_address_own(sources, number));
}

static void
system_rest(struct host *host)
{
	struct system_host *self = container_of(host, struct system_host, host);

	if (self->sources != NULL)
		source_address_close(self->sources);
}

static void
system_forget(struct host *host)
{
	struct system_host *self = container_of(host, struct system_host, host);

	if (self->sources != NULL)
		source_address_free(self->sources);
	self->sources = NULL;
}

static void
system_release(struct host *host)
{
	system_forget(host);
	free(container_of(host, struct system_host, host));
}

static const struct host_ops system_ops = {
	.source_of = system_source_of,
	.own_address = system_own_address,
	.rest = system_rest,
	.forget = system_forget,
	.release = system_release,
};

struct host *
host_system_new(void)
{
	struct system_host *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->host = (struct host){ .ops = &system_ops, .gai_conf = GAI_CONF };
	return (&self->host);
}
