/* SPDX-License-Identifier: ISC */
/*
 * A row is the address, its counts, three RTTs, the SYNs that were sent again,
 * and a remark.
 */
#include <limits.h>
#include <string.h>

#include "probe/table.h"
#include "report/report.h"

#define CONNECTED_WIDTH 9
#define RTT_WIDTH       6
#define RESENT_WIDTH    4

/* Writes an RTT, or a dash. */
static void
write_rtt(FILE *out, monotime_t rtt)
{
	if (rtt == -1)
		fprintf(out, " %*s", RTT_WIDTH, "-");
	else
		fprintf(out, " %*.1f", RTT_WIDTH, report_ms(rtt));
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
	unsigned width; /* of all that are there */
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
	columns.width = table->columns - room;
	if (columns.width < used)
		columns.width = used;
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

/* Writes a row without its remark. */
static void
write_numbers(FILE *out, const struct verdict_address *result,
    const struct columns *columns)
{
	char text[ADDRESS_TEXT_MAX];

	fprintf(out, "  %-*s  ", columns->address,
	    address_format_host(&result->address, text));
	if (result->tries == 0)
		fprintf(out, "%*s", CONNECTED_WIDTH, "-");
	else
		fprintf(out, "%3u of %2u", result->connected, result->tries);
	if (columns->has_min)
		write_rtt(out, verdict_rtt_min(result));
	if (columns->has_median)
		write_rtt(out, verdict_rtt_median(result));
	if (columns->has_max)
		write_rtt(out, verdict_rtt_max(result));
	if (columns->has_resent)
		fprintf(out, "  %*u", RESENT_WIDTH, result->retransmissions);
}

/* How a remark is shown. */
enum remark_place { REMARK_NONE, REMARK_BESIDE, REMARK_BELOW };

static enum remark_place
place_remark(const char *remark, const struct probe_table *table,
    const struct columns *columns, unsigned lines_left)
{
	size_t length = strlen(remark);

	if (length == 0)
		return (REMARK_NONE);
	if (columns->width + 2 + length <= table->columns)
		return (REMARK_BESIDE);
	if (table->lines > 0 && (lines_left < 2 || 4 + length > table->columns))
		return (REMARK_NONE);
	return (REMARK_BELOW);
}

/* Writes a row; returns how many lines it has. */
static unsigned
write_row(FILE *out, const struct probe_table *table,
    const struct verdict_address *result, const struct columns *columns,
    unsigned lines_left)
{
	char text[REPORT_REASON_MAX];
	const char *remark = address_remark(result, text);
	enum remark_place place = place_remark(
	    remark, table, columns, lines_left);

	write_numbers(out, result, columns);
	if (place != REMARK_NONE)
		fprintf(out, "%s%s", place == REMARK_BELOW ? "\n    " : "  ",
		    remark);
	fprintf(out, "\n");
	return (place == REMARK_BELOW ? 2 : 1);
}

/* Returns how many lines are left for the rows; one is for those left out. */
static unsigned
lines_of(const struct probe_table *table, const struct columns *columns)
{
	if (table->lines == 0)
		return (UINT_MAX);
	if (table->lines < 2 || columns->width > table->columns)
		return (0);
	return (table->lines - 2);
}

void
probe_table_write(FILE *out, const struct probe_table *table)
{
	struct columns columns = columns_of(table);
	unsigned left = lines_of(table, &columns);
	size_t i;

	if (left > 0)
		write_heading(out, &columns);
	for (i = 0; i < table->count && left > 0; i++)
		left -= write_row(
		    out, table, &table->addresses[i], &columns, left);
	if (i < table->count)
		fprintf(out, "  %s%zu more\n", i > 0 ? "and " : "",
		    table->count - i);
}
