/* SPDX-License-Identifier: ISC */
/*
 * The parts of nsswitch.conf(5), hosts(5) and nss-myhostname(8) that decide
 * whether a name server is asked at all.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "descriptor.h"
#include "hosts_hint.h"

#define NSSWITCH_CONF   "/etc/nsswitch.conf"
#define HOSTS           "/etc/hosts"
#define RESOLVED_SOCKET "/run/systemd/resolve/io.systemd.Resolve"

#define HOSTNAME_SIZE 256

static bool
is_word(const char *word, size_t length, const char *expected)
{
	return (
	    strlen(expected) == length && strncmp(word, expected, length) == 0);
}

/* Adds one service, `length` bytes at `word`. */
static void
add_service(struct host_services *services, const char *word, size_t length)
{
	if (is_word(word, length, "files"))
		services->files = true;
	else if (is_word(word, length, "dns"))
		services->dns = true;
	else if (is_word(word, length, "resolve"))
		services->resolve = true;
	else if (is_word(word, length, "myhostname"))
		services->myhostname = true;
	else if (is_word(word, length, "mymachines"))
		services->mymachines = true;
	else if (length >= 4 && strncmp(word, "mdns", 4) == 0)
		services->mdns = true;
	else
		services->other = true;
	services->resolve_before_dns = services->resolve_before_dns ||
	    (services->resolve && !services->dns);
}

/* Reads the services of a line, which end at a '#'; actions in [] are none. */
static void
read_services(struct host_services *services, const char *text)
{
	size_t length;

	*services = (struct host_services){ .files = false };
	for (;;) {
		text += strspn(text, " \t\r\n\v\f");
		if (*text == '\0' || *text == '#')
			return;
		if (*text == '[') {
			text += strcspn(text, "]#");
			text += *text == ']';
			continue;
		}
		length = strcspn(text, " \t\r\n\v\f[#");
		add_service(services, text, length);
		text += length;
	}
}

void
host_services_read(struct host_services *services, FILE *file)
{
	char *line = NULL, *text;
	size_t size = 0;

	*services = (struct host_services){ .files = true, .dns = true };
	while (file != NULL && getline(&line, &size, file) != -1) {
		text = line + strspn(line, " \t");
		if (strncmp(text, "hosts:", 6) == 0)
			read_services(services, text + 6);
	}
	free(line);
}

static int
next_byte(FILE *file)
{
	/* The stream belongs to this thread alone. */
	return (getc_unlocked(file)); /* NOLINT(concurrency-mt-unsafe) */
}

static bool
is_ascii(const char *name)
{
	for (; *name != '\0'; name++)
		if ((unsigned char)*name > 0x7f)
			return (false);
	return (true);
}

static bool
is_blank(int byte)
{
	return (byte != '\n' && isspace(byte) != 0);
}

/*
 * Compares the word that begins with `byte` with `name` and leaves what ends
 * it in *byte. With `encoded` every word that begins with "xn--" is the name.
 */
static bool
word_is(FILE *file, int *byte, const char *name, bool encoded)
{
	static const char prefix[] = "xn--";
	size_t length = 0;
	bool same = true, begins = encoded;

	for (;
	     *byte != EOF && *byte != '\n' && *byte != '#' && !is_blank(*byte);
	     *byte = next_byte(file), length++) {
		if (begins && length < 4 && tolower(*byte) != prefix[length])
			begins = false;
		if (!same || name[length] == '\0' ||
		    tolower(*byte) != tolower((unsigned char)name[length]))
			same = false;
	}
	return ((same && name[length] == '\0') || (begins && length > 4));
}

/* Reads one line, but for its end; `byte` is its first one. */
static bool
line_has(FILE *file, int *byte, const char *name, bool encoded)
{
	bool found = false;

	for (size_t words = 0;; words++) {
		while (is_blank(*byte))
			*byte = next_byte(file);
		if (*byte == EOF || *byte == '\n' || *byte == '#')
			break;
		/* The first word is the address. */
		if (word_is(file, byte, name, encoded) && words > 0)
			found = true;
	}
	while (*byte != EOF && *byte != '\n')
		*byte = next_byte(file);
	return (found);
}

bool
hosts_file_has(FILE *file, const char *name)
{
	bool encoded = !is_ascii(name);
	bool found = false;
	int byte;

	while (!found && (byte = next_byte(file)) != EOF)
		found = line_has(file, &byte, name, encoded);
	return (found);
}

/* Returns the length of `name` without a dot at its end. */
static size_t
length_of(const char *name)
{
	size_t length = strlen(name);

	return (length > 0 && name[length - 1] == '.' ? length - 1 : length);
}

static bool
is_name(const char *name, const char *expected)
{
	size_t length = length_of(name);

	return (length == length_of(expected) &&
	    strncasecmp(name, expected, length) == 0);
}

/* Whether `name` is `domain` or in it. */
static bool
is_in(const char *name, const char *domain)
{
	size_t length = length_of(name), end = strlen(domain);

	return (length >= end &&
	    strncasecmp(name + length - end, domain, end) == 0 &&
	    (length == end || name[length - end - 1] == '.'));
}

bool
hosts_hint_is_own_name(const char *name, const char *hostname)
{
	return (is_in(name, "localhost") ||
	    is_in(name, "localhost.localdomain") || is_name(name, "_gateway") ||
	    is_name(name, "gateway") || is_name(name, "_outbound") ||
	    (*hostname != '\0' && is_name(name, hostname)));
}

bool
hosts_hint_is_local(const char *name)
{
	return (is_in(name, "local"));
}

/* Whether a file could not be read though it is there, for lack of something.
 */
static bool
is_shortage(void)
{
	return (errno == ENOMEM || descriptor_is_shortage(errno));
}

static void
read_nsswitch(struct hosts_hint *hint)
{
	FILE *file = fopen(NSSWITCH_CONF, "re");

	hint->unknown = file == NULL && is_shortage();
	errno = 0;
	host_services_read(&hint->services, file);
	hint->unknown = hint->unknown || is_shortage();
	if (file != NULL)
		fclose(file);
}

static void
read_hosts_file(struct hosts_hint *hint, const char *name)
{
	FILE *file = fopen(HOSTS, "re");

	if (file == NULL) {
		hint->unknown = hint->unknown || is_shortage();
		return;
	}
	errno = 0;
	hint->in_hosts_file = hosts_file_has(file, name);
	hint->unknown = hint->unknown || is_shortage();
	fclose(file);
}

void
hosts_hint_read(struct hosts_hint *hint, const char *name)
{
	char hostname[HOSTNAME_SIZE] = "";

	if (gethostname(hostname, sizeof(hostname) - 1) == -1)
		hostname[0] = '\0';
	*hint = (struct hosts_hint){
		/* As getaddrinfo(3) does in the same thread. */
		/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
		.aliases = getenv("HOSTALIASES") != NULL,
		.own_name = hosts_hint_is_own_name(name, hostname),
	};
	read_nsswitch(hint);
	if (hint->services.files)
		read_hosts_file(hint, name);
	if (hint->services.resolve)
		hint->resolved_running = access(RESOLVED_SOCKET, F_OK) == 0;
}
