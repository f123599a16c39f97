/* SPDX-License-Identifier: ISC */
/*
 * The arguments that name a proxy: --proxy with its URL, and -x, -X and -P, as
 * nc spells it.
 *
 * No message has the user or the password of a URL in it: it may be kept in a
 * log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "duration.h"
#include "options/parse.h"

#define SCHEMES "socks5, socks5h, socks4, socks4a, http or https"

#define PORT_SOCKS 1080
#define PORT_HTTP  3128
#define PORT_HTTPS 443

static const struct {
	const char *name;
	uint16_t port;
} schemes[] = {
	[OPTIONS_PROXY_NONE] = { "", 0 },
	[OPTIONS_PROXY_ENV] = { "", 0 },
	[OPTIONS_PROXY_SOCKS4] = { "socks4", PORT_SOCKS },
	[OPTIONS_PROXY_SOCKS4A] = { "socks4a", PORT_SOCKS },
	[OPTIONS_PROXY_SOCKS5] = { "socks5", PORT_SOCKS },
	[OPTIONS_PROXY_SOCKS5H] = { "socks5h", PORT_SOCKS },
	[OPTIONS_PROXY_HTTP] = { "http", PORT_HTTP },
	[OPTIONS_PROXY_HTTPS] = { "https", PORT_HTTPS },
};

#define SCHEME_COUNT (sizeof(schemes) / sizeof(schemes[0]))

const char *
options_proxy_scheme_name(enum options_proxy_scheme scheme)
{
	return (schemes[scheme].name);
}

void
options_proxy_release(struct options_proxy *proxy)
{
	free(proxy->host);
	free(proxy->user);
	free(proxy->password);
	*proxy = (struct options_proxy){ .scheme = OPTIONS_PROXY_NONE };
}

/* Writes what is wrong; returns OPTIONS_INVALID. */
static enum options_result
fail(char *error, const char *text)
{
	snprintf(error, OPTIONS_ERROR_MAX, "%s", text);
	return (OPTIONS_INVALID);
}

/* Returns the value of a hexadecimal digit; -1: it is none. */
static int
digit_value(char digit)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = digit == '\0' ? NULL : strchr(digits, digit);

	return (at == NULL ? -1 : (int)((at - digits) % 16));
}

/*
 * Replaces each "%HH" by its byte (RFC 3986 section 2.1). Returns false where
 * one is none, or a byte is a control character, which neither a user nor a
 * password has.
 */
static bool
decode(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++, to++) {
		*to = *text;
		if (*text == '%') {
			int high = digit_value(text[1]);
			int low = high == -1 ? -1 : digit_value(text[2]);

			if (low == -1)
				return (false);
			*to = (char)(high * 16 + low);
			text += 2;
		}
		if ((unsigned char)*to < ' ' || *to == 0x7f)
			return (false);
	}
	*to = '\0';
	return (true);
}

/* Returns whether a user or a password has a length that proxies know. */
static bool
is_field(const char *text)
{
	return (strlen(text) <= OPTIONS_PROXY_FIELD_MAX);
}

/* Keeps copies of "user:password"; writes NULs into it. */
static enum options_result
keep_user(struct options_proxy *proxy, char *text, char *error)
{
	char *password = strchr(text, ':');

	if (password != NULL)
		*password++ = '\0';
	if (!decode(text) || (password != NULL && !decode(password)))
		return (fail(error,
		    "user and password: a % is written %25, and control"
		    " characters are not allowed"));
	if (*text == '\0' || !is_field(text) ||
	    (password != NULL && !is_field(password)))
		return (fail(error, "user and password: 1 to 255 bytes each"));
	/* With HTTP the first colon is the end of the user. */
	if (strchr(text, ':') != NULL)
		return (fail(error, "a user has no colon in it"));
	proxy->user = strdup(text);
	proxy->password = password == NULL ? NULL : strdup(password);
	return (
	    proxy->user != NULL && (password == NULL || proxy->password != NULL)
		? OPTIONS_RUN
		: OPTIONS_NO_MEMORY);
}

/* Keeps a port; without one that of the scheme. */
static enum options_result
keep_port(struct options_proxy *proxy, const char *port, char *error)
{
	int64_t number = schemes[proxy->scheme].port;

	if (*port != '\0' &&
	    (!number_parse(&number, port) || number < 1 ||
		number > UINT16_MAX)) {
		char quoted[TEXT_QUOTE_MAX];

		snprintf(error, OPTIONS_ERROR_MAX,
		    "port %s: must be 1 to 65535", text_value(quoted, port));
		return (OPTIONS_INVALID);
	}
	proxy->port = (uint16_t)number;
	return (OPTIONS_RUN);
}

/*
 * Keeps host and port of "HOST[:PORT]"; writes NULs into it. A colon without a
 * port is no port.
 */
static enum options_result
keep_host(struct options_proxy *proxy, char *text, char *error)
{
	char *end, *colon, quoted[TEXT_QUOTE_MAX];
	const char *fault;

	end = *text == '[' ? strchr(text, ']') : text;
	if (end == NULL)
		return (fail(error, "the ']' is missing"));
	colon = strchr(end, ':');
	if (*text == '[') {
		if (end[1] != '\0' && end[1] != ':')
			return (
			    fail(error, "the ':' after the ']' is missing"));
		*end = '\0';
		text++;
	} else if (colon != NULL && strchr(colon + 1, ':') != NULL) {
		return (fail(error, "an IPv6 address is written [ADDRESS]"));
	}
	if (colon != NULL)
		*colon++ = '\0';
	fault = host_fault(text);
	if (fault != NULL && *text == '\0')
		return (fail(error, fault));
	if (fault != NULL) {
		snprintf(error, OPTIONS_ERROR_MAX, "%s: %s",
		    text_value(quoted, text), fault);
		return (OPTIONS_INVALID);
	}
	proxy->host = strdup(text);
	if (proxy->host == NULL)
		return (OPTIONS_NO_MEMORY);
	return (keep_port(proxy, colon == NULL ? "" : colon, error));
}

/* Returns the scheme that these bytes name; _NONE: it is unknown. */
static enum options_proxy_scheme
find_scheme(const char *text, size_t length)
{
	for (size_t i = OPTIONS_PROXY_SOCKS4; i < SCHEME_COUNT; i++)
		if (strlen(schemes[i].name) == length &&
		    strncasecmp(schemes[i].name, text, length) == 0)
			return ((enum options_proxy_scheme)i);
	return (OPTIONS_PROXY_NONE);
}

/*
 * Keeps what is behind "scheme://": "[USER[:PASSWORD]@]HOST[:PORT][/]"; writes
 * NULs into it.
 */
static enum options_result
keep_authority(struct options_proxy *proxy, char *text, char *error)
{
	char *path = text + strcspn(text, "/?#");
	char *at;
	enum options_result result = OPTIONS_RUN;

	if (strchr(path, '@') != NULL)
		return (fail(error,
		    "user and password: '/', '?' and '#' are written %2F, %3F"
		    " and %23"));
	if (*path != '\0' && strcmp(path, "/") != 0)
		return (fail(error, "nothing follows the host and its port"));
	*path = '\0';
	at = strrchr(text, '@');
	if (at != NULL) {
		*at = '\0';
		result = keep_user(proxy, text, error);
		text = at + 1;
	}
	return (result == OPTIONS_RUN ? keep_host(proxy, text, error) : result);
}

enum options_result
options_proxy_parse(struct options_proxy *proxy, const char *url, char *error)
{
	const char *begin = strstr(url, "://");
	enum options_result result;
	char *copy;

	*proxy = (struct options_proxy){ .scheme = OPTIONS_PROXY_NONE };
	if (begin == NULL)
		return (
		    fail(error, "must be SCHEME://HOST[:PORT], with " SCHEMES));
	proxy->scheme = find_scheme(url, (size_t)(begin - url));
	if (proxy->scheme == OPTIONS_PROXY_NONE)
		return (fail(error, "the scheme must be " SCHEMES));
	copy = strdup(begin + 3);
	if (copy == NULL)
		return (OPTIONS_NO_MEMORY);
	result = keep_authority(proxy, copy, error);
	free(copy);
	return (result);
}

/* Writes the error line for an argument that is not to be seen in it. */
static enum options_result
fail_quietly(const struct parse *parse, const struct option_spec *spec,
    const char *reason)
{
	char spelling[SPELLING_MAX];

	return (parse_fail(parse, "%s: %s",
	    option_spelling(
		spelling, parse, (enum option_id)(spec - option_table)),
	    reason));
}

enum options_result
option_set_proxy(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	struct options_proxy *proxy = &parse->options->proxy;
	char error[OPTIONS_ERROR_MAX];
	enum options_result result;

	options_proxy_release(proxy);
	if (strcmp(argument, "env") == 0) {
		proxy->scheme = OPTIONS_PROXY_ENV;
		return (OPTIONS_RUN);
	}
	result = options_proxy_parse(proxy, argument, error);
	if (result != OPTIONS_INVALID)
		return (result);
	return (fail_quietly(parse, spec, error));
}

enum options_result
option_set_proxy_address(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	struct options_proxy *proxy = &parse->options->proxy;
	struct options_proxy parsed = { .scheme = OPTIONS_PROXY_NONE };
	char error[OPTIONS_ERROR_MAX];
	enum options_result result;
	char *copy;

	/* What looks like a URL may have a password in it. */
	if (strchr(argument, '@') != NULL || strstr(argument, "://") != NULL)
		return (fail_quietly(parse, spec,
		    "must be ADDR[:PORT]; a URL goes to --proxy, a user to"
		    " -P"));
	copy = strdup(argument);
	if (copy == NULL)
		return (OPTIONS_NO_MEMORY);
	/* A port that is not given depends on -X, which may come later. */
	result = keep_host(&parsed, copy, error);
	free(copy);
	free(proxy->host);
	proxy->host = parsed.host;
	proxy->port = parsed.port;
	return (result == OPTIONS_INVALID
		? option_fail(parse, spec, argument, "%s", error)
		: result);
}

enum options_result
option_set_proxy_user(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	struct options_proxy *proxy = &parse->options->proxy;

	if (*argument == '\0' || !is_field(argument) ||
	    strchr(argument, ':') != NULL)
		return (option_fail(parse, spec, argument,
		    "must be 1 to %d bytes without a colon",
		    OPTIONS_PROXY_FIELD_MAX));
	parse->options->proxy_asks_password = true;
	free(proxy->user);
	proxy->user = strdup(argument);
	return (proxy->user == NULL ? OPTIONS_NO_MEMORY : OPTIONS_RUN);
}

/* Writes the error line for an option that does not fit the proxy. */
static enum options_result
fail_with(const struct parse *parse, enum option_id id, const char *text)
{
	enum option_id own = parse->given[OPTION_PROXY].form != FORM_ABSENT
	    ? OPTION_PROXY
	    : OPTION_PROXY_ADDRESS;
	char a[SPELLING_MAX], b[SPELLING_MAX];

	return (parse_fail(parse, "%s and %s exclude each other: %s",
	    option_spelling(a, parse, id), option_spelling(b, parse, own),
	    text));
}

enum options_result
proxy_conclude(struct parse *parse)
{
	const struct option_given *given = parse->given;
	struct options *options = parse->options;
	struct options_proxy *proxy = &options->proxy;

	if (given[OPTION_PROXY_ADDRESS].form != FORM_ABSENT) {
		if (proxy->scheme == OPTIONS_PROXY_NONE)
			proxy->scheme = OPTIONS_PROXY_SOCKS5H;
		if (proxy->port == 0)
			proxy->port = schemes[proxy->scheme].port;
	}
	if (given[OPTION_PROXY_AUTH_FILE].form != FORM_ABSENT) {
		if (proxy->scheme == OPTIONS_PROXY_NONE)
			return (parse_fail(
			    parse, "--proxy-auth-file needs --proxy"));
		if (proxy->user != NULL)
			return (fail_with(
			    parse, OPTION_PROXY_AUTH_FILE, "both name a user"));
	}
	if (proxy->scheme == OPTIONS_PROXY_NONE)
		return (OPTIONS_RUN);
	if (options->success >= OPTIONS_SUCCESS_OPEN && !options->tls)
		return (fail_with(parse, OPTION_SUCCESS,
		    "the race is to the proxy, which waits for us"));
	if (options->pass_fd && proxy->scheme == OPTIONS_PROXY_HTTPS)
		return (fail_with(parse, OPTION_PASS_FD,
		    "the parent would have to speak TLS with an https proxy"));
	return (OPTIONS_RUN);
}
