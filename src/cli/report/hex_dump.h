/* SPDX-License-Identifier: ISC */
/*
 * report/hex_dump.h: what passes a connection, as text (--hex-dump).
 *
 *	> 0.012345 00000000: 4745 5420 2f20 4854 5450 2f31 2e30 0d0a  GET /
 *HTTP/1.0.. < 0.043210 00000000: 4854 5450 2f31 2e30 2032 3030 204f 4b0d
 *HTTP/1.0 200 OK.
 *
 * A line has the direction (">" sent, "<" received), the seconds since the
 * start, and a line of xxd(1) for up to 16 bytes: their place in all that went
 * this way. Bytes that were sent or received at once have lines of one time;
 * others never share a line. So the lines of one direction without their first
 * two columns are what xxd -r makes the bytes of.
 *
 * Nothing is left out: where the output does not take what is dumped, the relay
 * waits. After an error of the output nothing more is written.
 *
 * The life of one: hex_dump_new(); hex_dump_start(); its tap is given to the
 * stream of the connection; hex_dump_finish(); hex_dump_free().
 */
#ifndef REPORT_HEX_DUMP_H
#define REPORT_HEX_DUMP_H

#include <stdbool.h>

#include "clock.h"
#include "relay/stream.h"

struct hex_dump;

/*
 * Opens a dump in the file at `path`, which is emptied, or on standard error
 * (NULL). The reader of a FIFO is waited for, for `patience` at most. Returns
 * NULL with errno; ETIMEDOUT: no process opened it to read.
 */
struct hex_dump *hex_dump_new(const char *path, monotime_t patience);

/* Has the times begin at `start`. */
void hex_dump_start(struct hex_dump *dump, monotime_t start);

/* Returns what sees the bytes; NULL for NULL. */
struct stream_tap *hex_dump_tap(struct hex_dump *dump);

/*
 * Writes what is left. The reader is waited for without end, but only briefly
 * when a signal ends the program. Returns 0, or the errno of the first write
 * that failed: the dump is not complete.
 */
int hex_dump_finish(struct hex_dump *dump, bool is_signalled);

/* Frees it, which may be NULL, and closes the file. */
void hex_dump_free(struct hex_dump *dump);

#endif
