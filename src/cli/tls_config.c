/* SPDX-License-Identifier: ISC */
/*
 * Options in, settings of the TLS module out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "idn.h"
#include "relay/tls_stream.h"
#include "text.h"
#include "tls_config.h"
#include "tls_module.h"

/* The file that the keys are appended to, for programs that decrypt captures.
 */
#define KEY_LOG_VARIABLE "SSLKEYLOGFILE"

/* Opens the key log; one that cannot be opened is no reason not to connect. */
static int
open_key_log(FILE *err)
{
	const char *path = getenv(KEY_LOG_VARIABLE);
	char quoted[TEXT_QUOTE_MAX];
	int fd;

	if (path == NULL || path[0] == '\0')
		return (-1);
	fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    0600);
	if (fd == -1)
		fprintf(err, "hecat: " KEY_LOG_VARIABLE " %s: %s\n",
		    text_quote(quoted, path), strerror(errno));
	return (fd);
}

/* Prints an error of the module, which may have any bytes of a path. */
static void
print(FILE *err, const char *before, const char *error)
{
	fprintf(err, "hecat: %s", before);
	text_print(err, error);
	fputc('\n', err);
}

/* Returns a duration as the module takes it; zero: it never ends. */
static struct timeval
timeval_of(int64_t duration)
{
	if (duration == OPTIONS_FOREVER)
		return ((struct timeval){ 0 });
	return (clock_timeval(duration));
}

/* Returns what is to follow the handshake. */
static enum hecat_success
success_of(const struct options *options)
{
	switch (options->success) {
	case OPTIONS_SUCCESS_OPEN:
		return (HECAT_SUCCESS_OPEN);
	case OPTIONS_SUCCESS_DATA:
		return (HECAT_SUCCESS_DATA);
	case OPTIONS_SUCCESS_DEFAULT:
	case OPTIONS_SUCCESS_TCP:
	case OPTIONS_SUCCESS_TLS:
		break;
	}
	return (HECAT_SUCCESS_TCP);
}

/*
 * Has the module make one by `settings`, with the ASCII form of the name. A
 * name that has none is left to the module to refuse. NULL with errno and a
 * line.
 */
static struct tls *
new_tls(
    const struct tls_config *config, struct tls_settings *settings, char *line)
{
	const char *name = settings->server_name;
	char *ascii = NULL;
	struct tls *tls;
	int error;

	if (idn_to_ascii(name, &ascii) == IDN_CONVERTED)
		settings->server_name = ascii;
	tls = config->module->new (settings, line);
	error = errno;
	settings->server_name = name;
	free(ascii);
	errno = error;
	return (tls);
}

/*
 * Makes what the settings ask for, inside of what `proxy` needs, unless that is
 * NULL; false with errno and a line.
 */
static bool
make(struct tls_config *config, struct tls_settings *settings,
    const char *proxy, char *error)
{
	struct tls_settings outer = *settings;

	if (proxy == NULL) {
		config->tls = new_tls(config, settings, error);
		return (config->tls != NULL);
	}
	outer.server_name = proxy;
	outer.server_name_given = false;
	outer.cert = outer.key = outer.alpn = NULL;
	outer.success = HECAT_SUCCESS_TCP;
	config->inner = new_tls(config, settings, error);
	if (config->inner != NULL)
		config->tls = new_tls(config, &outer, error);
	return (config->tls != NULL);
}

enum status
tls_config_init(struct tls_config *config, const struct options *options,
    const char *proxy, FILE *err)
{
	char error[TLS_ERROR_MAX];
	enum status status;
	struct tls_settings settings = {
		.server_name = options->server_name != NULL
		    ? options->server_name
		    : (proxy != NULL && !options->tls ? proxy : options->host),
		.server_name_given = options->server_name != NULL,
		.ca_file = options->ca_file,
		.ca_path = options->ca_path,
		.cert = options->cert,
		.key = options->key,
		.alpn = options->alpn,
		.min_version = (int)options->tls_min,
		.insecure = options->insecure,
		.padding = !options->no_tls_padding,
		.handshake_timeout = timeval_of(options->tls_handshake_timeout),
		.success = success_of(options),
		.success_open = timeval_of(options->success_open),
	};

	*config = (struct tls_config){ .key_log = -1 };
	if (!options->tls && proxy == NULL)
		return (STATUS_OK);
	config->module = tls_module_open(error);
	if (config->module == NULL) {
		print(err,
		    options->tls ? "-c: this hecat has no TLS: "
				 : "--proxy: this hecat has no TLS: ",
		    error);
		return (STATUS_USAGE);
	}
	config->key_log = settings.key_log = open_key_log(err);
	if (make(config, &settings, options->tls ? proxy : NULL, error)) {
		if (options->insecure)
			fprintf(err,
			    "hecat: --insecure: the peer is not verified\n");
		return (STATUS_OK);
	}
	status = errno == ENOMEM ? STATUS_INTERNAL : STATUS_USAGE;
	print(err, "", error);
	tls_config_release(config);
	return (status);
}

void
tls_config_release(struct tls_config *config)
{
	if (config->module == NULL)
		return;
	config->module->free(config->tls);
	config->module->free(config->inner);
	if (config->key_log != -1)
		close(config->key_log);
	config->module = NULL;
}

void
tls_config_observe(const struct tls_config *config, tls_observer observer)
{
	if (config->module != NULL)
		config->module->observe(config->tls, observer);
}

int
tls_config_take(const struct tls_config *config,
    struct hecat_connector *connector, struct tls_stream **tls)
{
	*tls = NULL;
	if (config->module == NULL)
		return (hecat_connector_take_fd(connector));
	*tls = config->module->take(connector);
	return (*tls == NULL ? -1 : (*tls)->fd);
}

void
tls_config_close(int fd, struct tls_stream *tls)
{
	if (tls == NULL) {
		close(fd);
		return;
	}
	tls->ops->end(tls);
	tls->ops->free(tls);
}
