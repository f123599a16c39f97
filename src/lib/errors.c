/* SPDX-License-Identifier: ISC */
/*
 * A list of errors, and a sentence of it.
 */
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before a header of libevent below defines _GNU_SOURCE, too late for glibc. */
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
#define HAS_GNU_STRERROR_R
#endif

#include "errors.h"
#include "step.h"
#include "text.h"

/* Bytes that hold a reason with its NUL; what is longer is cut off. */
#define REASON_MAX STEP_TEXT_MAX

/* Of a lookup, and of an attempt. */
#define NO_ANSWER "no answer"

struct hecat_error_entry {
	enum hecat_error_kind kind;
	int family;
	int error;
	int system_error;
	enum hecat_outcome outcome;
	size_t number; /* in the order of start, among those of its kind */
	struct address address; /* length 0, here and below: none */
	struct address source;
	struct address icmp_sender;
	struct address server;
	char text[REASON_MAX];
};

/* Returns room for one more; NULL when out of memory. */
static struct hecat_error_entry *
add(struct errors *errors)
{
	size_t capacity = errors->capacity == 0 ? 8 : errors->capacity * 2;
	struct hecat_error_entry *longer;

	if (errors->count == errors->capacity) {
		longer = realloc(errors->entries, capacity * sizeof(*longer));
		if (longer == NULL) {
			errors->incomplete = true;
			return (NULL);
		}
		errors->entries = longer;
		errors->capacity = capacity;
	}
	return (&errors->entries[errors->count++]);
}

/* Writes the text of an errno. strerror(3) is not safe in threads. */
static void
write_errno(char *text, int error)
{
#ifdef HAS_GNU_STRERROR_R
	char buffer[REASON_MAX];

	snprintf(
	    text, REASON_MAX, "%s", strerror_r(error, buffer, sizeof(buffer)));
#else
	if (strerror_r(error, text, REASON_MAX) != 0)
		snprintf(text, REASON_MAX, "errno %d", error);
#endif
}

static void
write_lookup(char *text, int error, int system_error)
{
	if (error == EAI_SYSTEM)
		write_errno(text, system_error);
	else
		snprintf(text, REASON_MAX, "%s", gai_strerror(error));
}

static void
write_attempt(char *text, const struct hecat_event *event)
{
	const char *words = NO_ANSWER;

	switch (event->outcome) {
	case HECAT_OUTCOME_TIMED_OUT:
		words = "timed out";
		break;
	case HECAT_OUTCOME_CLOSED:
		words = "closed by the peer";
		break;
	case HECAT_OUTCOME_CANCELLED:
		if (event->in_step)
			words = "connected, but not finished";
		else if (event->established != MONOTIME_NEVER)
			words = "connected, no data";
		break;
	case HECAT_OUTCOME_STEP_FAILED:
		if (event->text != NULL)
			text_show(text, REASON_MAX, event->text);
		else
			write_errno(text, event->error);
		return;
	case HECAT_OUTCOME_FAILED:
	case HECAT_OUTCOME_WON:
		write_errno(text, event->error);
		return;
	}
	snprintf(text, REASON_MAX, "%s", words);
}

/* Returns a new entry; NULL when out of memory. */
static struct hecat_error_entry *
add_lookup(struct errors *errors, int family, int error, int system_error)
{
	struct hecat_error_entry *entry = add(errors);

	if (entry == NULL)
		return (NULL);
	*entry = (struct hecat_error_entry){
		.kind = HECAT_ERROR_KIND_LOOKUP,
		.family = family,
		.error = error,
		.system_error = system_error,
		.number = family == AF_INET, /* AAAA is asked first */
	};
	write_lookup(entry->text, error, system_error);
	return (entry);
}

/* Adds a negative answer, with what the resolver says of it. */
static void
add_answer(struct errors *errors, const struct hecat_event *event)
{
	struct hecat_error_entry *entry = add_lookup(
	    errors, event->family, event->error, event->system_error);

	if (entry == NULL)
		return;
	entry->server = address_copy(event->server);
	if (event->text != NULL)
		text_show(entry->text, REASON_MAX, event->text);
}

/* Takes out what a lookup with `family` was answered before. */
static void
drop_lookup(struct errors *errors, int family)
{
	size_t kept = 0;

	for (size_t i = 0; i < errors->count; i++)
		if (errors->entries[i].kind != HECAT_ERROR_KIND_LOOKUP ||
		    errors->entries[i].family != family)
			errors->entries[kept++] = errors->entries[i];
	errors->count = kept;
}

static void
add_attempt(struct errors *errors, const struct hecat_event *event)
{
	struct hecat_error_entry *entry = add(errors);

	if (entry == NULL)
		return;
	*entry = (struct hecat_error_entry){
		.kind = HECAT_ERROR_KIND_ATTEMPT,
		.error = event->error,
		.outcome = event->outcome,
		.number = event->attempt,
		.address = address_copy(event->address),
		.source = address_copy(event->source),
		.icmp_sender = address_copy(event->icmp_sender),
	};
	entry->family = address_family(&entry->address);
	write_attempt(entry->text, event);
}

void
errors_add(struct errors *errors, const struct hecat_event *event)
{
	if (event->type != HECAT_EVENT_ANSWER) {
		add_attempt(errors, event);
		return;
	}
	drop_lookup(errors, event->family);
	if (event->error != 0)
		add_answer(errors, event);
}

void
errors_add_unanswered(struct errors *errors, int family, int shortage)
{
	struct hecat_error_entry *entry = add_lookup(
	    errors, family, shortage == 0 ? EAI_AGAIN : EAI_SYSTEM, shortage);

	if (entry != NULL && shortage == 0)
		snprintf(entry->text, REASON_MAX, "%s", NO_ANSWER);
}

void
errors_add_put_off(struct errors *errors, size_t number,
    const struct address *destination, const struct address *source,
    int shortage)
{
	add_attempt(errors,
	    &(struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_ENDED,
		.attempt = number,
		.outcome = HECAT_OUTCOME_FAILED,
		.error = shortage,
		.address = &destination->sa,
		.source = source == NULL ? NULL : &source->sa,
	    });
}

/* Lookups come before attempts, which have to wait for one. */
static int
compare_entries(const void *left, const void *right)
{
	const struct hecat_error_entry *a = left;
	const struct hecat_error_entry *b = right;

	if (a->kind != b->kind)
		return (a->kind == HECAT_ERROR_KIND_LOOKUP ? -1 : 1);
	return (a->number < b->number ? -1 : a->number > b->number);
}

void
errors_complete(struct errors *errors, bool connected)
{
	size_t kept = 0;

	for (size_t i = 0; i < errors->count; i++)
		if (!connected ||
		    errors->entries[i].kind == HECAT_ERROR_KIND_LOOKUP ||
		    errors->entries[i].outcome != HECAT_OUTCOME_CANCELLED)
			errors->entries[kept++] = errors->entries[i];
	errors->count = kept;
	if (kept > 1)
		qsort(errors->entries, kept, sizeof(*errors->entries),
		    compare_entries);
	errors->complete = true;
}

size_t
errors_count(const struct errors *errors)
{
	return (errors->complete ? errors->count : 0);
}

const struct hecat_error_entry *
errors_at(const struct errors *errors, size_t number)
{
	return (
	    number < errors_count(errors) ? &errors->entries[number] : NULL);
}

void
errors_release(struct errors *errors)
{
	free(errors->entries);
	*errors = (struct errors){ .entries = NULL };
}

/* A text that is written as far as there is room. */
struct sentence {
	char *text;
	size_t size;
	size_t length;
};

static void __attribute__((format(printf, 2, 3)))
append(struct sentence *sentence, const char *format, ...)
{
	size_t used = sentence->length < sentence->size ? sentence->length
							: sentence->size;
	va_list arguments;
	int added;

	va_start(arguments, format);
	added = vsnprintf(sentence->text == NULL ? NULL : sentence->text + used,
	    sentence->size - used, format, arguments);
	va_end(arguments);
	if (added > 0)
		sentence->length += (size_t)added;
}

/* Appends a foreign text, without bytes that a terminal obeys. */
static void
append_shown(struct sentence *sentence, const char *text)
{
	char shown[8];
	size_t bytes;

	while (*text != '\0') {
		bytes = text_bytes(text, 1);
		snprintf(shown, sizeof(shown), "%.*s", (int)bytes, text);
		append(sentence, "%s", text_shown(text) > 0 ? shown : "?");
		text += bytes;
	}
}

static void
append_subject(struct sentence *sentence, const struct hecat_error_entry *entry)
{
	char text[ADDRESS_TEXT_MAX];

	if (entry->kind == HECAT_ERROR_KIND_LOOKUP)
		append(sentence, "%s lookup",
		    entry->family == AF_UNSPEC      ? "AAAA+A"
			: entry->family == AF_INET6 ? "AAAA"
						    : "A");
	else
		append(sentence, "%s", address_format(&entry->address, text));
}

static const char *
meaning_of(enum hecat_error error)
{
	switch (error) {
	case HECAT_ERROR_RESOLVE:
		return ("no usable address");
	case HECAT_ERROR_TIMEOUT:
		return ("no connection in time");
	case HECAT_ERROR_MEMORY:
		return ("out of memory");
	case HECAT_ERROR_CANCELLED:
		return ("cancelled");
	default:
		return ("no connection");
	}
}

/* Neighbours with one reason share it. */
static void
append_entries(struct sentence *sentence, const struct errors *errors)
{
	for (size_t i = 0; i < errors->count; i++) {
		const struct hecat_error_entry *entry = &errors->entries[i];

		append_subject(sentence, entry);
		if (i + 1 < errors->count &&
		    strcmp(entry[1].text, entry->text) == 0)
			append(sentence, ", ");
		else
			append(sentence, ": %s%s", entry->text,
			    i + 1 < errors->count ? "; " : "");
	}
	if (errors->incomplete)
		append(sentence, "; more, but out of memory");
}

int
errors_format(const struct errors *errors, const char *host,
    const char *service, enum hecat_error error, char *text, size_t size)
{
	struct sentence sentence = { .text = text, .size = size };

	if (size > 0)
		*text = '\0';
	if (error == 0)
		return (0);
	if (host != NULL) {
		append_shown(&sentence, host);
		append(&sentence, " port ");
		append_shown(&sentence, service);
		append(&sentence, ": ");
	}
	append(&sentence, "%s%s", meaning_of(error),
	    errors->count > 0 ? ": " : "");
	append_entries(&sentence, errors);
	return ((int)sentence.length);
}

enum hecat_error_kind
hecat_error_entry_get_kind(const struct hecat_error_entry *entry)
{
	return (entry->kind);
}

int
hecat_error_entry_get_family(const struct hecat_error_entry *entry)
{
	return (entry->family);
}

int
hecat_error_entry_get_error(const struct hecat_error_entry *entry)
{
	return (entry->error);
}

int
hecat_error_entry_get_system_error(const struct hecat_error_entry *entry)
{
	return (entry->system_error);
}

enum hecat_outcome
hecat_error_entry_get_outcome(const struct hecat_error_entry *entry)
{
	return (entry->outcome);
}

/* Returns the sockaddr of `address`, NULL when there is none in it. */
static const struct sockaddr *
sockaddr_of(const struct address *address)
{
	return (address->length == 0 ? NULL : &address->sa);
}

const struct sockaddr *
hecat_error_entry_get_address(const struct hecat_error_entry *entry)
{
	return (sockaddr_of(&entry->address));
}

const struct sockaddr *
hecat_error_entry_get_source(const struct hecat_error_entry *entry)
{
	return (sockaddr_of(&entry->source));
}

const struct sockaddr *
hecat_error_entry_get_icmp_sender(const struct hecat_error_entry *entry)
{
	return (sockaddr_of(&entry->icmp_sender));
}

const struct sockaddr *
hecat_error_entry_get_server(const struct hecat_error_entry *entry)
{
	return (sockaddr_of(&entry->server));
}

const char *
hecat_error_entry_get_text(const struct hecat_error_entry *entry)
{
	return (entry->text);
}
