/* SPDX-License-Identifier: ISC */
/*
 * report/messages.h: standard error, where all messages of the program go:
 * whole lines, without waiting for the reader (report/writer.h).
 */
#ifndef REPORT_MESSAGES_H
#define REPORT_MESSAGES_H

#include <stdio.h>

#include "clock.h"
#include "report/writer.h"

/* How long the program waits at its end for its messages to be read. */
#define MESSAGES_PATIENCE_US MONOTIME_PER_SECOND
/* The same after a signal, whose sender waits for the program to end. */
#define MESSAGES_SIGNAL_PATIENCE_US (100 * MONOTIME_PER_MS)

/* Returns the FILE that messages go to; never NULL. */
FILE *messages(void);

/* Returns the writer of it; NULL when out of memory: messages() is stderr. */
struct writer *messages_writer(void);

/*
 * Writes all messages, waiting at most `patience` since the reader last took
 * bytes. Returns 0 or an errno, as writer_flush() does.
 */
int messages_flush(monotime_t patience);

#endif
