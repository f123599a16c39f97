/* SPDX-License-Identifier: ISC */
/*
 * TLS in the reports: the protocol, the certificate, and what was found about
 * it. All texts are those of the peer.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "report/json_writer.h"
#include "report/report.h"
#include "text.h"
#include "text_buffer.h"

/* A date: "2026-12-31". */
#define DATE_MAX 48

#define SECONDS_PER_DAY INT64_C(86400)

/* The most names of a certificate that are written in text. */
#define NAMES_MAX 6

static const char *
write_date(int64_t seconds, char *text)
{
	time_t time = (time_t)seconds;
	struct tm utc;

	if (gmtime_r(&time, &utc) == NULL)
		snprintf(text, DATE_MAX, "an unknown day");
	else
		snprintf(text, DATE_MAX, "%04d-%02d-%02d", utc.tm_year + 1900,
		    utc.tm_mon + 1, utc.tm_mday);
	return (text);
}

int64_t
report_tls_days(const struct tls_facts *facts, int64_t now)
{
	int64_t left = facts->not_after - now / MONOTIME_PER_SECOND;

	return (left / SECONDS_PER_DAY);
}

/* Writes "TLSv1.3, TLS_AES_256_GCM_SHA384, x25519, ALPN h2". */
static void
write_protocol(struct text_buffer *text, const struct tls_facts *facts)
{
	char alpn[REPORT_REASON_MAX];

	text_buffer_add(text, "%s, %s", facts->version, facts->cipher);
	if (facts->group != NULL)
		text_buffer_add(text, ", %s", facts->group);
	if (facts->alpn != NULL)
		text_buffer_add(text, ", ALPN %s",
		    text_show(alpn, sizeof(alpn), facts->alpn));
	if (facts->resumed)
		text_buffer_add(text, ", resumed");
}

/* Writes "no" with the reason, unless the attempt failed for it and says so. */
static void
write_verified(FILE *out, const struct trace_attempt *attempt,
    const struct tls_facts *facts)
{
	fprintf(out, "%s", facts->verified ? "yes" : "no");
	if (!facts->verified && facts->verify_error != 0 &&
	    (attempt->outcome != HECAT_OUTCOME_STEP_FAILED ||
		facts != attempt->tls))
		fprintf(out, ", %s", facts->verify_text);
}

/* Writes the names of the certificate: "a.test, b.test and 4 more". */
static void
write_names(FILE *out, const struct tls_facts *facts)
{
	size_t count = facts->name_count < NAMES_MAX ? facts->name_count
						     : NAMES_MAX;

	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%s", i == 0 ? "" : ", ");
		text_print(out, facts->names[i]);
	}
	if (facts->name_count > count)
		fprintf(out, " and %zu more", facts->name_count - count);
	if (count == 0)
		fprintf(out, "none");
}

/* Writes how long a certificate is valid from now on. */
static void
write_rest(FILE *out, const struct tls_facts *facts, int64_t now)
{
	int64_t days = report_tls_days(facts, now);

	if (facts->not_after < now / MONOTIME_PER_SECOND)
		fprintf(out, ", expired");
	else if (facts->not_before > now / MONOTIME_PER_SECOND)
		fprintf(out, ", not valid yet");
	else
		fprintf(out, ", %" PRId64 " day%s left", days,
		    days == 1 ? "" : "s");
}

static void
write_validity(FILE *out, const struct tls_facts *facts, int64_t now)
{
	char from[DATE_MAX], to[DATE_MAX];

	fprintf(out, "%s to %s", write_date(facts->not_before, from),
	    write_date(facts->not_after, to));
	write_rest(out, facts, now);
}

static void
print_or_none(FILE *out, const char *text)
{
	text_print(out, text == NULL ? "no name" : text);
}

void
report_tls_certificate(FILE *out, const struct tls_facts *facts, int64_t now)
{
	print_or_none(out, facts->subject);
	fprintf(out, " by ");
	print_or_none(out, facts->issuer);
	write_rest(out, facts, now);
	if (!facts->verified)
		fprintf(out, ", not verified");
}

/* Writes the messages about a handshake, unless there was none. */
static void
write_messages(
    FILE *out, const struct tls_facts *facts, int64_t handshake, int64_t now)
{
	char protocol[REPORT_REASON_MAX * 2], took[REPORT_REASON_MAX];
	struct text_buffer text = { protocol, sizeof(protocol), 0 };

	if (facts == NULL || facts->version == NULL)
		return;
	write_protocol(&text, facts);
	fprintf(out, "hecat: %s, handshake in %s\n", protocol,
	    report_duration(handshake, took));
	if (!facts->has_certificate)
		return;
	fprintf(out, "hecat: certificate of ");
	print_or_none(out, facts->subject);
	fprintf(out, " by ");
	print_or_none(out, facts->issuer);
	fprintf(out, ", ");
	write_validity(out, facts, now);
	fprintf(out, ", %sverified\n", facts->verified ? "" : "not ");
}

void
report_tls_winner(FILE *out, const struct trace *trace, int64_t now)
{
	const struct trace_attempt *winner = trace_winner(trace);

	if (winner != NULL)
		write_messages(
		    out, winner->tls, report_handshake_time(winner), now);
}

void
report_tls_outer(FILE *out, const struct trace *trace, int64_t now)
{
	const struct trace_attempt *winner = trace_winner(trace);

	if (winner != NULL)
		write_messages(
		    out, winner->proxy_tls, winner->proxy_tls_time, now);
}

/* Writes one line of a certificate below those of its attempt. */
static void
write_label(FILE *out, const char *label)
{
	fprintf(out, "\n      %-12s", label);
}

static void
write_attempt(FILE *out, size_t number, const struct trace_attempt *attempt,
    const struct tls_facts *facts, int64_t now)
{
	char protocol[REPORT_REASON_MAX * 2];
	struct text_buffer text = { protocol, sizeof(protocol), 0 };

	fprintf(out, "  %2zu  ", number);
	if (facts->version != NULL) {
		write_protocol(&text, facts);
		fprintf(out, "%-12s%s", "protocol", protocol);
	} else {
		fprintf(out, "%-12s%s", "protocol", "none was agreed on");
	}
	if (facts->has_certificate) {
		write_label(out, "certificate");
		print_or_none(out, facts->subject);
		write_label(out, "names");
		write_names(out, facts);
		write_label(out, "issuer");
		print_or_none(out, facts->issuer);
		write_label(out, "valid");
		write_validity(out, facts, now);
		write_label(out, "verified");
		write_verified(out, attempt, facts);
	}
	if (attempt->is_inner) {
		write_label(out, "with");
		fprintf(out, "the %s",
		    facts == attempt->tls ? "destination" : "proxy");
	}
	fputc('\n', out);
}

void
report_tls_text(FILE *out, const struct trace *trace, int64_t now)
{
	bool any = false;

	for (size_t i = 0; i < trace->attempt_count; i++) {
		const struct trace_attempt *attempt = &trace->attempts[i];

		if (attempt->tls == NULL && attempt->proxy_tls == NULL)
			continue;
		if (!any)
			fprintf(out, "   #  TLS\n");
		any = true;
		if (attempt->proxy_tls != NULL)
			write_attempt(
			    out, i + 1, attempt, attempt->proxy_tls, now);
		if (attempt->tls != NULL)
			write_attempt(out, i + 1, attempt, attempt->tls, now);
	}
}

/* Writes the bytes of a fingerprint in hexadecimal. */
static void
write_fingerprint(struct json *json, const struct tls_facts *facts)
{
	char text[2 * sizeof(facts->fingerprint) + 1];

	for (size_t i = 0; i < sizeof(facts->fingerprint); i++)
		snprintf(
		    text + 2 * i, 3, "%02x", (unsigned)facts->fingerprint[i]);
	json_string(json, "sha256", text);
}

static void
write_certificate(struct json *json, const struct tls_facts *facts)
{
	if (!facts->has_certificate) {
		json_null(json, "certificate");
		return;
	}
	json_object_begin(json, "certificate");
	json_string(json, "subject", facts->subject);
	json_string(json, "issuer", facts->issuer);
	json_array_begin(json, "names");
	for (size_t i = 0; i < facts->name_count; i++)
		json_string(json, NULL, facts->names[i]);
	json_array_end(json);
	report_json_time(
	    json, "not_before", facts->not_before * MONOTIME_PER_SECOND);
	report_json_time(
	    json, "not_after", facts->not_after * MONOTIME_PER_SECOND);
	write_fingerprint(json, facts);
	json_object_end(json);
}

int64_t
report_handshake_time(const struct trace_attempt *attempt)
{
	monotime_t start = attempt->tls_start != MONOTIME_NEVER
	    ? attempt->tls_start
	    : attempt->established;
	monotime_t end = attempt->tls_end != MONOTIME_NEVER ? attempt->tls_end
							    : attempt->end;

	return (start == MONOTIME_NEVER ? -1 : end - start);
}

void
report_json_tls(struct json *json, const char *name,
    const struct tls_facts *facts, int64_t handshake)
{
	if (facts == NULL) {
		json_null(json, name);
		return;
	}
	json_object_begin(json, name);
	json_string(json, "version", facts->version);
	json_string(json, "cipher", facts->cipher);
	json_string(json, "group", facts->group);
	json_string(json, "alpn", facts->alpn);
	json_bool(json, "resumed", facts->resumed);
	if (handshake == -1)
		json_null(json, "handshake_ms");
	else
		json_ms(json, "handshake_ms", handshake);
	json_bool(json, "verified", facts->verified);
	json_string(json, "verify_error",
	    facts->has_certificate && facts->verify_error != 0
		? facts->verify_text
		: NULL);
	write_certificate(json, facts);
	json_object_end(json);
}
