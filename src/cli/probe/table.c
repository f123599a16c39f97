/* SPDX-License-Identifier: ISC */
/*
 * A row is the address, its counts, three RTTs, the SYNs that were sent again,
 * and a remark.
 */
#include <string.h>

#include "probe/table.h"
#include "report/report.h"

#define CONNECTED_WIDTH 9
#define RTT_WIDTH       6
#define RESENT_WIDTH    4

/* Writes an RTT, or a dash; returns the columns. */
static int
write_rtt(FILE *out, monotime_t rtt)
{
	return (rtt == -1 ? fprintf(out, " %*s", RTT_WIDTH, "-")
			  : fprintf(out, " %*.1f", RTT_WIDTH, report_ms(rtt)));
}

const char *
probe_table_pending(monotime_t pending, char *text)
{
	return (pending == -1 ? "not tried" : report_no_answer(pending, text));
}

/* Returns why an address is not healthy. */
static const char *
address_remark(const struct verdict_address *result, char *text)
{
	if (result->reason[0] != '\0')
		return (result->reason);
	if (result->unavailable > 0 && result->tries > 0) {
		snprintf(text, REPORT_REASON_MAX,
		    "%u %s not available here: %.150s", result->unavailable,
		    result->unavailable == 1 ? "try" : "tries",
		    result->unavailable_reason);
		return (text);
	}
	if (result->unavailable > 0) {
		snprintf(text, REPORT_REASON_MAX, "not available here: %.150s",
		    result->unavailable_reason);
		return (text);
	}
	if (result->resent > 0) {
		snprintf(text, REPORT_REASON_MAX, "SYN sent again in %u of %u",
		    result->resent, result->tries);
		return (text);
	}
	if (result->pending != -1 || result->tries == 0)
		return (probe_table_pending(result->pending, text));
	return ("");
}

/* The columns of a row; those to the right of the first two may be left out. */
struct columns {
	int address;
	bool has_median;
	bool has_min;
	bool has_max;
	bool has_resent;
};

/* Returns whether `width` more columns have room, and takes them. */
static bool
take(unsigned *room, unsigned width)
{
	if (*room < width)
		return (false);
	*room -= width;
	return (true);
}

static struct columns
columns_of(const struct probe_table *table)
{
	struct columns columns = { .address = (int)strlen("address") };
	unsigned room = table->columns, used;

	for (size_t i = 0; i < table->count; i++)
		report_widen(&columns.address, &table->addresses[i].address);
	used = 2 + (unsigned)columns.address + 2 + CONNECTED_WIDTH;
	room = room > used ? room - used : 0;
	columns.has_median = take(&room, 1 + RTT_WIDTH);
	columns.has_min = take(&room, 1 + RTT_WIDTH);
	columns.has_max = take(&room, 1 + RTT_WIDTH);
	columns.has_resent = take(&room, 2 + RESENT_WIDTH);
	return (columns);
}

static void
write_heading(FILE *out, const struct columns *columns)
{
	fprintf(out, "  %-*s  %*s", columns->address, "address",
	    CONNECTED_WIDTH, "connected");
	if (columns->has_min)
		fprintf(out, " %*s", RTT_WIDTH, "min ms");
	if (columns->has_median)
		fprintf(
		    out, " %*s", RTT_WIDTH, columns->has_min ? "median" : "ms");
	if (columns->has_max)
		fprintf(out, " %*s", RTT_WIDTH, "max");
	if (columns->has_resent)
		fprintf(out, "  %*s", RESENT_WIDTH, "SYN+");
	fprintf(out, "\n");
}

/* Writes a row without its remark; returns its length. */
static int
write_numbers(FILE *out, const struct verdict_address *result,
    const struct columns *columns)
{
	char text[ADDRESS_TEXT_MAX];
	int used = fprintf(out, "  %-*s  ", columns->address,
	    address_format_host(&result->address, text));

	if (result->tries == 0)
		used += fprintf(out, "%*s", CONNECTED_WIDTH, "-");
	else
		used += fprintf(
		    out, "%3u of %2u", result->connected, result->tries);
	if (columns->has_min)
		used += write_rtt(out, verdict_rtt_min(result));
	if (columns->has_median)
		used += write_rtt(out, verdict_rtt_median(result));
	if (columns->has_max)
		used += write_rtt(out, verdict_rtt_max(result));
	if (columns->has_resent)
		used += fprintf(
		    out, "  %*u", RESENT_WIDTH, result->retransmissions);
	return (used);
}

/* Writes a row, in one line or two. */
static void
write_row(FILE *out, const struct probe_table *table,
    const struct verdict_address *result, const struct columns *columns)
{
	char text[REPORT_REASON_MAX];
	const char *remark = address_remark(result, text);
	int used = write_numbers(out, result, columns);

	if (remark[0] != '\0')
		fprintf(out, "%s%s",
		    used + 2 + strlen(remark) > table->columns ? "\n    "
							       : "  ",
		    remark);
	fprintf(out, "\n");
}

void
probe_table_write(FILE *out, const struct probe_table *table)
{
	struct columns columns = columns_of(table);

	write_heading(out, &columns);
	for (size_t i = 0; i < table->count; i++)
		write_row(out, table, &table->addresses[i], &columns);
}
