/* SPDX-License-Identifier: ISC */
/*
 * tls/records.h: how many of the bytes written have arrived when N of the
 * encrypted ones have: a record counts when all of it is there.
 */
#ifndef TLS_RECORDS_H
#define TLS_RECORDS_H

#include <stddef.h>
#include <stdint.h>

/* Records of 16 KiB of more than the system keeps for one connection. */
#define RECORDS_MAX 1024

/* Where a record ends: in the encrypted bytes, and in those written. */
struct record {
	uint64_t encrypted;
	uint64_t written;
};

/* All zero is empty. */
struct records {
	struct record ring[RECORDS_MAX];
	size_t first;
	size_t count;
	uint64_t arrived; /* of the bytes written, as far as was asked */
};

/*
 * Adds a record, which ends at these counts. Where there is no room, each two
 * of the older ones become one, whose bytes then arrive together: nobody has to
 * ask in time.
 */
void records_add(struct records *records, uint64_t encrypted, uint64_t written);

/* Returns how many of the bytes written arrive with `encrypted` ones. */
uint64_t records_arrived(struct records *records, uint64_t encrypted);

#endif
