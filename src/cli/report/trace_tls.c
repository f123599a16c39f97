/* SPDX-License-Identifier: ISC */
/*
 * One block of memory has the facts, then the names, then all the texts.
 */
#include <stdlib.h>
#include <string.h>

#include "report/trace_tls.h"

struct copy {
	struct tls_facts facts;
	const char *names[];
};

/* Returns the bytes of a text with its NUL; 0: there is none. */
static size_t
size_of(const char *text)
{
	return (text == NULL ? 0 : strlen(text) + 1);
}

/* Writes a text to *rest, which then stands behind it; returns the copy. */
static const char *
add(char **rest, const char *text)
{
	char *copy = *rest;

	if (text == NULL)
		return (NULL);
	memcpy(copy, text, size_of(text));
	*rest += size_of(text);
	return (copy);
}

struct tls_facts *
trace_tls_copy(const struct tls_facts *facts)
{
	size_t names = facts->name_count * sizeof(facts->names[0]);
	size_t size = size_of(facts->version) + size_of(facts->cipher) +
	    size_of(facts->group) + size_of(facts->alpn) +
	    size_of(facts->subject) + size_of(facts->issuer) +
	    size_of(facts->verify_text);
	struct copy *copy;
	char *rest;

	for (size_t i = 0; i < facts->name_count; i++)
		size += size_of(facts->names[i]);
	copy = malloc(sizeof(*copy) + names + size);
	if (copy == NULL)
		return (NULL);
	copy->facts = *facts;
	rest = (char *)(copy->names + facts->name_count);
	copy->facts.version = add(&rest, facts->version);
	copy->facts.cipher = add(&rest, facts->cipher);
	copy->facts.group = add(&rest, facts->group);
	copy->facts.alpn = add(&rest, facts->alpn);
	copy->facts.subject = add(&rest, facts->subject);
	copy->facts.issuer = add(&rest, facts->issuer);
	copy->facts.verify_text = add(&rest, facts->verify_text);
	for (size_t i = 0; i < facts->name_count; i++)
		copy->names[i] = add(&rest, facts->names[i]);
	copy->facts.names = copy->names;
	return (&copy->facts);
}

void
trace_tls_free(struct tls_facts *copy)
{
	/* The facts begin the block. */
	free(copy);
}
