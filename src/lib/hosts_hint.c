/* SPDX-License-Identifier: ISC */
/*
 * The parts of nsswitch.conf(5), hosts(5) and nss-myhostname(8) that decide
 * whether the name server is queried.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "descriptor.h"
#include "hostname.h"
#include "hosts_hint.h"

#define NSSWITCH_CONF   "/etc/nsswitch.conf"
#define HOSTS           "/etc/hosts"
#define RESOLVED_SOCKET "/run/systemd/resolve/io.systemd.Resolve"
#define MACHINES        "/run/systemd/machines/" /* a file for each */

#define HOSTNAME_SIZE 256
#define WORD_SIZE     1024 /* longer than any name */
#define BLANKS        " \t\r\n\v\f"

static bool
is_word(const char *word, size_t length, const char *expected)
{
	return (
	    strlen(expected) == length && strncmp(word, expected, length) == 0);
}

/*
 * Adds one service, `length` bytes at `word`. `ends`: when it does not find the
 * name, no other service is queried.
 */
static void
add_service(
    struct host_services *services, const char *word, size_t length, bool ends)
{
	services->dns_last = is_word(word, length, "dns");
	if (is_word(word, length, "files")) {
		services->files = true;
	} else if (services->dns_last) {
		services->dns = true;
	} else if (is_word(word, length, "resolve")) {
		services->resolve = true;
		services->resolve_before_dns = services->resolve_before_dns ||
		    (ends && !services->dns);
	} else if (is_word(word, length, "myhostname")) {
		services->myhostname = true;
	} else if (is_word(word, length, "mymachines")) {
		services->mymachines = true;
	} else if (length >= 4 && strncmp(word, "mdns", 4) == 0) {
		services->mdns = true;
	} else {
		services->other = true;
	}
}

/*
 * Changes *ends by one action like "!UNAVAIL=return": whether the service
 * before it is the last one when it does not find the name.
 */
static void
read_action(const char *text, size_t length, bool *ends)
{
	static const char not_found[] = "NOTFOUND=";
	size_t status = sizeof(not_found) - 1;
	bool negated = length > 0 && *text == '!';
	bool is_not_found;

	text += negated;
	length -= negated;
	is_not_found = length > status &&
	    strncasecmp(text, not_found, status) == 0;
	if (is_not_found != negated)
		*ends = length > 7 &&
		    strncasecmp(text + length - 7, "=return", 7) == 0;
}

/* Reads the actions after a '['; returns their end. */
static const char *
read_actions(const char *text, bool *ends)
{
	size_t length;

	for (;;) {
		text += strspn(text, BLANKS);
		if (*text == ']')
			return (text + 1);
		if (*text == '\0' || *text == '#')
			return (text);
		length = strcspn(text, BLANKS "]#");
		read_action(text, length, ends);
		text += length;
	}
}

/* Reads the services of a line, up to a '#'. */
static void
read_services(struct host_services *services, const char *text)
{
	const char *word;
	size_t length;
	bool ends;

	*services = (struct host_services){ .files = false };
	for (;;) {
		text += strspn(text, BLANKS);
		if (*text == '\0' || *text == '#')
			break;
		word = text;
		length = strcspn(text, BLANKS "[#");
		text += length;
		text += strspn(text, BLANKS);
		ends = false;
		if (*text == '[')
			text = read_actions(text + 1, &ends);
		if (length > 0)
			add_service(services, word, length, ends);
	}
	if (!services->dns)
		services->resolve_before_dns = services->resolve;
}

void
host_services_read(struct host_services *services, FILE *file)
{
	char *line = NULL, *text;
	size_t size = 0;

	*services = (struct host_services){
		.files = true,
		.dns = true,
		.dns_last = true,
	};
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
is_blank(int byte)
{
	return (byte != '\n' && isspace(byte) != 0);
}

/* One word of a file; bytes beyond the buffer are only counted. */
struct word {
	char text[WORD_SIZE];
	size_t length;
};

/* Reads the word that begins with *byte; *byte is then the byte after it. */
static void
read_word(struct word *word, FILE *file, int *byte)
{
	word->length = 0;
	for (;
	     *byte != EOF && *byte != '\n' && *byte != '#' && !is_blank(*byte);
	     *byte = next_byte(file), word->length++)
		if (word->length < WORD_SIZE)
			word->text[word->length] = (char)*byte;
}

static bool
is_ascii(const char *label, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)label[i] > 0x7f)
			return (false);
	return (true);
}

/* Returns whether `length` bytes of a word may be the encoded label. */
static bool
label_is(const char *text, size_t length, const char *label, size_t own)
{
	if (!is_ascii(label, own))
		return (length > 0);
	return (length == own && strncasecmp(text, label, own) == 0);
}

/* Compares a word with a name, label by label. */
static bool
word_is(const struct word *word, const char *name)
{
	const char *text = word->text, *end = text + word->length, *dot;
	size_t own, length;

	if (word->length > WORD_SIZE)
		return (false);
	for (;; text++, name++) {
		own = strcspn(name, ".");
		dot = memchr(text, '.', (size_t)(end - text));
		length = (size_t)((dot == NULL ? end : dot) - text);
		if (!label_is(text, length, name, own))
			return (false);
		text += length;
		name += own;
		if (text == end || *name == '\0')
			return (text == end && *name == '\0');
	}
}

static bool
word_is_one_of(const struct word *word, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (word_is(word, names[i]))
			return (true);
	return (false);
}

/* Reads one line, up to its end, and returns whether it has a name. */
static bool
line_has(FILE *file, int *byte, const char *const *names, size_t count)
{
	struct word word;
	bool found = false;

	for (size_t words = 0;; words++) {
		while (is_blank(*byte))
			*byte = next_byte(file);
		if (*byte == EOF || *byte == '\n' || *byte == '#')
			break;
		read_word(&word, file, byte);
		/* The first word is the address. */
		if (words > 0 && word_is_one_of(&word, names, count))
			found = true;
	}
	while (*byte != EOF && *byte != '\n')
		*byte = next_byte(file);
	return (found);
}

bool
hosts_file_has(FILE *file, const char *const *names, size_t count)
{
	bool found = false;
	int byte;

	while (!found && (byte = next_byte(file)) != EOF)
		found = line_has(file, &byte, names, count);
	return (found);
}

bool
hosts_hint_is_own_name(const char *name, const char *hostname)
{
	return (hostname_is_in(name, "localhost") ||
	    hostname_is_in(name, "localhost.localdomain") ||
	    hostname_equal(name, "_gateway") ||
	    hostname_equal(name, "gateway") ||
	    hostname_equal(name, "_outbound") ||
	    (*hostname != '\0' && hostname_equal(name, hostname)));
}

bool
hosts_hint_is_mdns(const char *name)
{
	return (hostname_is_in(name, "local"));
}

/* Returns whether errno is a lack of memory or descriptors. */
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
read_hosts_file(struct hosts_hint *hint, const char *const *names, size_t count)
{
	FILE *file = fopen(HOSTS, "re");

	if (file == NULL) {
		hint->unknown = hint->unknown || is_shortage();
		return;
	}
	errno = 0;
	hint->in_hosts_file = hosts_file_has(file, names, count);
	hint->unknown = hint->unknown || is_shortage();
	fclose(file);
}

/* Returns whether nss-mymachines(8) knows the name, which has to be exact. */
static bool
is_machine(const char *name)
{
	char path[sizeof(MACHINES) + HOSTNAME_SIZE];
	int length = snprintf(path, sizeof(path), "%s%s", MACHINES, name);

	return ((size_t)length < sizeof(path) && *name != '\0' &&
	    strchr(name, '/') == NULL && access(path, F_OK) == 0);
}

void
hosts_hint_read(struct hosts_hint *hint, const char *const *names, size_t count)
{
	char hostname[HOSTNAME_SIZE] = "";

	if (gethostname(hostname, sizeof(hostname) - 1) == -1)
		hostname[0] = '\0';
	*hint = (struct hosts_hint){
		/* getaddrinfo(3) reads it in the same thread. */
		/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
		.aliases = getenv("HOSTALIASES") != NULL,
	};
	for (size_t i = 0; i < count; i++)
		if (hosts_hint_is_own_name(names[i], hostname))
			hint->own_name = true;
	read_nsswitch(hint);
	if (hint->services.files)
		read_hosts_file(hint, names, count);
	if (hint->services.mymachines)
		hint->machine = is_machine(names[0]);
	if (hint->services.resolve)
		hint->resolved_running = access(RESOLVED_SOCKET, F_OK) == 0;
}
