/* SPDX-License-Identifier: ISC */
/*
 * meeting.h: where a tool and the test that started it meet: files that one
 * makes and the other waits for.
 */
#ifndef MEETING_H
#define MEETING_H

/* Makes the file. */
void meeting_touch(const char *name);

/* Waits until another process has made it. */
void meeting_wait(const char *name);

/* Writes a line with the number; the file appears at once and complete. */
void meeting_write(const char *name, int number);

/* Waits for such a file; returns the number. */
int meeting_read(const char *name);

#endif
