/* SPDX-License-Identifier: ISC */
/*
 * libhecat_cares, by its symbols.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "dns_config.h"
#include "optional_library.h"
#include "text.h"

#define LIBRARY "libhecat_cares.so.0"

/* The functions of hecat_cares.h that are used. */
struct dns_library {
	struct hecat_cares *(*new)(void);
	void (*free)(struct hecat_cares *cares);
	int (*add_server)(struct hecat_cares *cares,
	    const struct sockaddr *server, int socklen);
	int (*add_tcp_server)(struct hecat_cares *cares,
	    const struct sockaddr *server, int socklen);
	int (*use)(struct hecat_cares *cares, struct hecat_config *config);
	const char *(*get_ares_version)(void);
};

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
#define SYMBOL(name)                                                     \
	{                                                                \
		"hecat_cares_" #name, offsetof(struct dns_library, name) \
	}
	SYMBOL(new),
	SYMBOL(free),
	SYMBOL(add_server),
	SYMBOL(add_tcp_server),
	SYMBOL(use),
	SYMBOL(get_ares_version),
#undef SYMBOL
};

/* Opens the library; NULL, with dlerror(3), where there is none. */
static const struct dns_library *
library_open(void)
{
	static struct dns_library library;
	char path[PATH_MAX];
	void *handle = optional_library_open(LIBRARY, path);

	if (handle == NULL)
		return (NULL);
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(handle, symbols[i].name);

		if (symbol == NULL)
			return (NULL);
		/* POSIX has functions as well behind dlsym(3), ISO C not. */
		memcpy((char *)&library + symbols[i].offset, &symbol,
		    sizeof(symbol));
	}
	return (&library);
}

/* Adds the servers; false with errno. */
static bool
add_servers(const struct dns_config *config, const struct options *options)
{
	for (size_t i = 0; i < options->dns_count; i++) {
		const struct options_dns *server = &options->dns[i];
		int (*add)(struct hecat_cares *, const struct sockaddr *,
		    int) = server->tcp ? config->library->add_tcp_server
				       : config->library->add_server;

		if (add(config->cares, &server->address.sa,
			(int)server->address.length) == -1)
			return (false);
	}
	return (true);
}

enum status
dns_config_init(struct dns_config *config, const struct options *options,
    struct hecat_config *hecat, FILE *err)
{
	const char *reason;

	*config = (struct dns_config){ .library = NULL };
	if (options->dns_count == 0)
		return (STATUS_OK);
	config->library = library_open();
	if (config->library == NULL) {
		reason = dlerror();
		fputs("hecat: --dns: this hecat has no c-ares: ", err);
		text_print(err, reason != NULL ? reason : LIBRARY);
		fputc('\n', err);
		return (STATUS_USAGE);
	}
	config->cares = config->library->new ();
	if (config->cares != NULL && add_servers(config, options) &&
	    config->library->use(config->cares, hecat) == 0)
		return (STATUS_OK);
	fprintf(err, "hecat: --dns: %s\n", strerror(errno));
	dns_config_release(config);
	return (STATUS_INTERNAL);
}

void
dns_config_release(struct dns_config *config)
{
	if (config->library != NULL)
		config->library->free(config->cares);
	config->library = NULL;
}

const char *
dns_config_ares_version(void)
{
	const struct dns_library *library = library_open();

	return (library == NULL ? NULL : library->get_ares_version());
}
