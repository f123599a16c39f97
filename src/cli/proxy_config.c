/* SPDX-License-Identifier: ISC */
/*
 * Options, environment and the file of --proxy-auth-file in, a request out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "ascii_name.h"
#include "password.h"
#include "prefix.h"
#include "proxy/no_proxy.h"
#include "proxy_config.h"
#include "text.h"

/* A line of --proxy-auth-file, with its end. */
#define AUTH_LINE_MAX (2 * PROXY_FIELD_MAX + 4)

bool
proxy_config_is_used(const struct proxy_config *config)
{
	return (config->proxy.scheme != OPTIONS_PROXY_NONE);
}

bool
proxy_config_is_tls(const struct proxy_config *config)
{
	return (config->proxy.scheme == OPTIONS_PROXY_HTTPS);
}

/* Returns whether a scheme knows IPv4 addresses, a user and no password. */
static bool
is_socks4(enum options_proxy_scheme scheme)
{
	return (
	    scheme == OPTIONS_PROXY_SOCKS4 || scheme == OPTIONS_PROXY_SOCKS4A);
}

static enum status
fail_memory(FILE *err)
{
	fprintf(err, "hecat: out of memory\n");
	return (STATUS_INTERNAL);
}

/*
 * Returns the first of two variables that is set and not empty, with its name;
 * NULL: none.
 */
static const char *
find_variable(const char *const names[2], const char **name)
{
	for (size_t i = 0; i < 2; i++) {
		const char *value = getenv(names[i]);

		*name = names[i];
		if (value != NULL && *value != '\0')
			return (value);
	}
	return (NULL);
}

/* Takes the proxy of the environment; without a scheme it is one for HTTP. */
static enum status
read_environment(
    struct proxy_config *config, const struct options *options, FILE *err)
{
	static const char *const proxies[] = { "all_proxy", "ALL_PROXY" };
	static const char *const exceptions[] = { "no_proxy", "NO_PROXY" };
	const char *name, *url = find_variable(proxies, &name), *list, *other;
	char error[OPTIONS_ERROR_MAX];
	enum options_result result;
	size_t size;
	char *full;

	if (url == NULL)
		return (STATUS_OK);
	list = find_variable(exceptions, &other);
	if (list != NULL && no_proxy_has(list, options->host))
		return (STATUS_OK);
	size = sizeof("http://") + strlen(url);
	full = malloc(size);
	if (full == NULL)
		return (fail_memory(err));
	snprintf(full, size, "%s%s",
	    strstr(url, "://") == NULL ? "http://" : "", url);
	result = options_proxy_parse(&config->proxy, full, error);
	free(full);
	if (result == OPTIONS_RUN)
		return (STATUS_OK);
	if (result == OPTIONS_NO_MEMORY)
		return (fail_memory(err));
	fprintf(err, "hecat: $%s: %s\n", name, error);
	return (STATUS_USAGE);
}

/* Replaces a text by a copy of another one; false when out of memory. */
static bool
copy_text(char **copy, const char *text)
{
	free(*copy);
	*copy = text == NULL ? NULL : strdup(text);
	return (text == NULL || *copy != NULL);
}

/* Takes the proxy of the options. */
static enum status
copy_proxy(
    struct proxy_config *config, const struct options_proxy *proxy, FILE *err)
{
	config->proxy.scheme = proxy->scheme;
	config->proxy.port = proxy->port;
	if (copy_text(&config->proxy.host, proxy->host) &&
	    copy_text(&config->proxy.user, proxy->user) &&
	    copy_text(&config->proxy.password, proxy->password))
		return (STATUS_OK);
	return (fail_memory(err));
}

/* Prints what is wrong with the file of --proxy-auth-file. */
static enum status
fail_file(const char *path, const char *reason, FILE *err)
{
	char quoted[TEXT_QUOTE_MAX];

	fprintf(err, "hecat: --proxy-auth-file %s: %s\n",
	    text_value(quoted, path), reason);
	return (STATUS_USAGE);
}

/*
 * Reads the first line, without its end; what has no room is left out. Returns
 * an errno, or 0.
 */
static int
read_line(const char *path, char line[AUTH_LINE_MAX])
{
	FILE *file = fopen(path, "re");
	size_t length = 0;
	int byte, error;

	if (file == NULL)
		return (errno);
	errno = 0;
	while ((byte = getc(file)) != EOF && byte != '\n')
		if (length + 1 < AUTH_LINE_MAX)
			line[length++] = (char)byte;
	error = ferror(file) ? errno : 0;
	fclose(file);
	line[length] = '\0';
	line[strcspn(line, "\r")] = '\0';
	return (error);
}

/* Takes user and password of "user:password". */
static enum status
read_file(struct proxy_config *config, const char *path, FILE *err)
{
	char line[AUTH_LINE_MAX];
	int error = read_line(path, line);
	char *password = error == 0 ? strchr(line, ':') : NULL;

	if (error != 0)
		return (fail_file(path, strerror(error), err));
	if (password == NULL || password == line)
		return (fail_file(
		    path, "its first line must be USER:PASSWORD", err));
	*password++ = '\0';
	if (strlen(line) > PROXY_FIELD_MAX ||
	    strlen(password) > PROXY_FIELD_MAX)
		return (fail_file(
		    path, "user and password: at most 255 bytes each", err));
	if (copy_text(&config->proxy.user, line) &&
	    copy_text(&config->proxy.password, password))
		return (STATUS_OK);
	return (fail_memory(err));
}

/* Asks for the password of -P; SOCKS 4 has none. */
static enum status
ask_password(struct proxy_config *config, FILE *err)
{
	char prompt[PROXY_FIELD_MAX * 2 + 32], line[PROXY_FIELD_MAX + 1];
	char user[PROXY_FIELD_MAX + 1], host[PROXY_FIELD_MAX + 1];
	int error;

	if (config->proxy.scheme == OPTIONS_PROXY_SOCKS4)
		return (STATUS_OK);
	snprintf(prompt, sizeof(prompt), "Proxy password for %s@%s: ",
	    text_show(user, sizeof(user), config->proxy.user),
	    text_show(host, sizeof(host), config->proxy.host));
	error = password_read(prompt, line, sizeof(line));
	if (error != 0) {
		fprintf(err,
		    "hecat: -P: no password from the terminal: %s; use"
		    " --proxy-auth-file\n",
		    strerror(error));
		return (STATUS_USAGE);
	}
	return (copy_text(&config->proxy.password, line) ? STATUS_OK
							 : fail_memory(err));
}

/* Prints why this proxy cannot be asked for this host. */
static enum status
fail_host(const char *host, const char *reason, FILE *err)
{
	char quoted[TEXT_QUOTE_MAX];

	fprintf(err, "hecat: %s: %s\n", text_value(quoted, host), reason);
	return (STATUS_USAGE);
}

/*
 * Sets the address that is asked for. The lookup leaves out one that is
 * excluded, and reports that.
 */
static enum status
set_address(
    struct proxy_config *config, const struct options *options, FILE *err)
{
	const struct address *address = &config->request.address;
	const char *host = options->host;

	if (config->lookup_family == AF_INET &&
	    address_family(address) != AF_INET)
		return (fail_host(
		    host, "SOCKS 4 knows no IPv6 addresses; use socks5", err));
	if (strchr(host, '%') != NULL)
		return (fail_host(
		    host, "a zone of this host means nothing to a proxy", err));
	config->looks_up = prefix_any_contains(
	    options->excluded, options->excluded_count, address);
	return (STATUS_OK);
}

/* Sets the name that is asked for, where the proxy looks it up. */
static enum status
set_name(struct proxy_config *config, const char *host, FILE *err)
{
	enum idn_result result = idn_to_ascii(host, &config->ascii);

	if (result == IDN_CONVERTED)
		config->request.host = config->ascii;
	return (ascii_name_check(result, host, err));
}

/* Sets the host that is asked for. */
static enum status
set_host(struct proxy_config *config, const struct options *options, FILE *err)
{
	enum options_proxy_scheme scheme = config->proxy.scheme;
	struct proxy_request *request = &config->request;

	config->lookup_family = is_socks4(scheme) ? AF_INET : AF_UNSPEC;
	request->host = options->host;
	if (address_parse(&request->address, options->host, 0) ==
	    ADDRESS_PARSED)
		return (set_address(config, options, err));
	request->address.length = 0;
	config->looks_up = scheme == OPTIONS_PROXY_SOCKS4 ||
	    scheme == OPTIONS_PROXY_SOCKS5;
	return (config->looks_up ? STATUS_OK
				 : set_name(config, options->host, err));
}

static enum proxy_protocol
protocol_of(enum options_proxy_scheme scheme)
{
	switch (scheme) {
	case OPTIONS_PROXY_SOCKS4:
	case OPTIONS_PROXY_SOCKS4A:
		return (PROXY_SOCKS4);
	case OPTIONS_PROXY_SOCKS5:
	case OPTIONS_PROXY_SOCKS5H:
		return (PROXY_SOCKS5);
	case OPTIONS_PROXY_NONE:
	case OPTIONS_PROXY_ENV:
	case OPTIONS_PROXY_HTTP:
	case OPTIONS_PROXY_HTTPS:
		break;
	}
	return (PROXY_HTTP);
}

/* Finds the proxy; there may be none. */
static enum status
find_proxy(
    struct proxy_config *config, const struct options *options, FILE *err)
{
	enum status status = options->proxy.scheme == OPTIONS_PROXY_ENV
	    ? read_environment(config, options, err)
	    : copy_proxy(config, &options->proxy, err);

	if (status == STATUS_OK && proxy_config_is_used(config) &&
	    options->proxy_auth_file != NULL)
		status = read_file(config, options->proxy_auth_file, err);
	if (status == STATUS_OK && is_socks4(config->proxy.scheme) &&
	    config->proxy.password != NULL &&
	    config->proxy.password[0] != '\0') {
		fprintf(err, "hecat: %s: SOCKS 4 has no password; use socks5\n",
		    options->proxy_auth_file != NULL ? "--proxy-auth-file"
						     : "--proxy");
		return (STATUS_USAGE);
	}
	if (status == STATUS_OK && options->proxy_asks_password)
		status = ask_password(config, err);
	if (status == STATUS_OK && proxy_config_is_tls(config) &&
	    options->pass_fd) {
		fprintf(err,
		    "hecat: -F: the parent would have to speak TLS with the"
		    " https proxy\n");
		status = STATUS_USAGE;
	}
	return (status);
}

enum status
proxy_config_init(struct proxy_config *config, const struct options *options,
    uint16_t port, FILE *err)
{
	enum status status;

	*config = (struct proxy_config){ .looks_up = false };
	if (options->proxy.scheme == OPTIONS_PROXY_NONE)
		return (STATUS_OK);
	status = find_proxy(config, options, err);
	if (status == STATUS_OK && proxy_config_is_used(config))
		status = set_host(config, options, err);
	if (status != STATUS_OK) {
		proxy_config_release(config);
		return (status);
	}
	config->request.protocol = protocol_of(config->proxy.scheme);
	config->request.port = port;
	config->request.user = config->proxy.user;
	config->request.password = config->proxy.password;
	snprintf(config->port, sizeof(config->port), "%u",
	    (unsigned)config->proxy.port);
	return (STATUS_OK);
}

void
proxy_config_release(struct proxy_config *config)
{
	options_proxy_release(&config->proxy);
	free(config->ascii);
	config->ascii = NULL;
}
