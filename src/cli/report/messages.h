/* SPDX-License-Identifier: ISC */
/*
 * report/messages.h: standard error, as all messages of the program go there:
 * whole lines, and never waiting for who reads them (writer.h).
 */
#ifndef REPORT_MESSAGES_H
#define REPORT_MESSAGES_H

#include <stdio.h>

#include "clock.h"
#include "report/writer.h"

/* How long the program waits at its end for a message to be read. */
#define MESSAGES_PATIENCE_US MONOTIME_PER_SECOND
/* The same when a signal has ended it: the sender of the signal waits. */
#define MESSAGES_SIGNAL_PATIENCE_US (100 * MONOTIME_PER_MS)

/* Returns the FILE that messages go to; never NULL. */
FILE *messages(void);

/* Returns its writer; NULL when memory was short, and messages() is stderr. */
struct writer *messages_writer(void);

/*
 * Writes out what there is, and waits for that `patience` at most since the
 * reader last took something. Returns 0 or an errno, as writer_flush().
 */
int messages_flush(monotime_t patience);

#endif
