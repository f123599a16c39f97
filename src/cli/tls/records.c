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

void
records_add(struct records *records, uint64_t encrypted, uint64_t written)
{
	if (records->count < RECORDS_MAX)
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
