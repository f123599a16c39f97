/* SPDX-License-Identifier: ISC */
/*
 * /etc/hosts and the hosts: line of nsswitch.conf, against a slow reading of
 * their manuals. The first line of the input is the name, the rest the file.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "choices.h"
#include "hosts_hint.h"

#define NAME_BYTES 300

static bool
is_blank(char byte)
{
	return (byte != '\0' && strchr(" \t\r\v\f", byte) != NULL);
}

/* Cuts the next word off a line; an empty one is the end. */
static char *
next_word(char **line)
{
	char *word = *line;

	while (is_blank(*word))
		word++;
	for (*line = word; **line != '\0' && !is_blank(**line);)
		(*line)++;
	if (**line != '\0')
		*(*line)++ = '\0';
	return (word);
}

/* Cuts the next label off a name that has another one; NULL: no other. */
static char *
cut_label(char *name)
{
	char *dot = strchr(name, '.');

	if (dot == NULL)
		return (NULL);
	*dot = '\0';
	return (dot + 1);
}

static bool
has_only_ascii(const char *label)
{
	for (; *label != '\0'; label++)
		if ((unsigned char)*label > 0x7f)
			return (false);
	return (true);
}

/* Label by label; one that is not ASCII may stand there as any other. */
static bool
is_name(const char *word, const char *name)
{
	char *words = strdup(word), *names = strdup(name);
	char *left = words, *right = names, *next_left, *next_right;
	bool same = true;

	CHECK(words != NULL && names != NULL);
	while (same && left != NULL && right != NULL) {
		next_left = cut_label(left);
		next_right = cut_label(right);
		same = has_only_ascii(right) ? strcasecmp(left, right) == 0
					     : *left != '\0';
		left = next_left;
		right = next_right;
	}
	same = same && left == NULL && right == NULL;
	free(words);
	free(names);
	return (same);
}

/* Whether a line, without its end and its comment, has the name. */
static bool
line_has(char *line, const char *name)
{
	char *word = next_word(&line);

	while (*word != '\0') {
		word = next_word(&line);
		if (*word != '\0' && is_name(word, name))
			return (true);
	}
	return (false);
}

/* The file line by line. A NUL is taken for a byte like any other. */
static bool
file_has(const char *bytes, size_t size, const char *name)
{
	bool found = false;
	char *copy = malloc(size + 1);

	CHECK(copy != NULL);
	while (size > 0) {
		const char *end = memchr(bytes, '\n', size);
		size_t length = end == NULL ? size : (size_t)(end - bytes);

		memcpy(copy, bytes, length);
		copy[length] = '\0';
		for (char *at = copy; at < copy + length; at++)
			if (*at == '\0')
				*at = '\001';
		copy[strcspn(copy, "#")] = '\0';
		found = line_has(copy, name) || found;
		bytes += length + (end != NULL);
		size -= length + (end != NULL);
	}
	free(copy);
	return (found);
}

/* A service is there only if its name stands in the file. */
static void
check_services(FILE *file, const char *bytes, size_t size)
{
	struct host_services services;
	char *copy = malloc(size + 1);
	bool any;

	CHECK(copy != NULL);
	memcpy(copy, bytes, size);
	for (size_t i = 0; i < size; i++)
		if (copy[i] == '\0')
			copy[i] = '\001';
	copy[size] = '\0';
	host_services_read(&services, file);
	any = strstr(copy, "hosts:") != NULL;
	if (!any)
		CHECK(services.files && services.dns && !services.other);
	if (services.resolve)
		CHECK(strstr(copy, "resolve") != NULL);
	if (services.myhostname)
		CHECK(strstr(copy, "myhostname") != NULL);
	if (services.mymachines)
		CHECK(strstr(copy, "mymachines") != NULL);
	if (services.mdns)
		CHECK(strstr(copy, "mdns") != NULL);
	CHECK(!services.resolve_before_dns || services.resolve);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union {
		const uint8_t *in;
		void *out;
	} bytes;
	const uint8_t *end = memchr(data, '\n', size);
	char name[NAME_BYTES];
	const char *const names[] = { name };
	size_t length = end == NULL ? 0 : (size_t)(end - data);
	bool found;
	FILE *file;

	if (end == NULL || length >= sizeof(name) || length + 1 == size)
		return (0);
	memcpy(name, data, length);
	name[length] = '\0';
	bytes.in = end + 1;
	size -= length + 1;
	file = fmemopen(bytes.out, size, "r");
	if (file == NULL)
		return (0);
	/* No option and no answer has a name that is empty, or has blanks. */
	if (strlen(name) == length && length > 0 &&
	    name[strcspn(name, " \t\r\v\f#\001")] == '\0') {
		found = hosts_file_has(file, names, 1);
		CHECK(found == file_has((const char *)bytes.in, size, name));
	}
	rewind(file);
	check_services(file, (const char *)bytes.in, size);
	fclose(file);
	hosts_hint_is_own_name(name, "host.test");
	hosts_hint_is_mdns(name);
	return (0);
}
