/* SPDX-License-Identifier: ISC */
/*
 * A ring of the records that have not arrived.
 */
#include "tls/records.h"

static struct record *
record_at(struct records *records, size_t number)
{
	return (&records->ring[(records->first + number) % RECORDS_MAX]);
}

/* The youngest of each two is kept, with the bytes of both. */
static void
forget_every_second(struct records *records)
{
	for (size_t i = 0; i < RECORDS_MAX / 2; i++)
		*record_at(records, i) = *record_at(records, 2 * i + 1);
	records->count = RECORDS_MAX / 2;
}

void
records_add(struct records *records, uint64_t encrypted, uint64_t written)
{
	if (records->count == RECORDS_MAX)
		forget_every_second(records);
	records->count++;
	*record_at(records, records->count - 1) = (struct record){
		.encrypted = encrypted,
		.written = written,
	};
}

uint64_t
records_arrived(struct records *records, uint64_t encrypted)
{
	while (records->count > 0 &&
	    record_at(records, 0)->encrypted <= encrypted) {
		records->arrived = record_at(records, 0)->written;
		records->first = (records->first + 1) % RECORDS_MAX;
		records->count--;
	}
	return (records->arrived);
}
