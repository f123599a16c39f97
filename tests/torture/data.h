/* SPDX-License-Identifier: ISC */
/*
 * data.h: a stream of bytes of which every one is known beforehand.
 *
 * Its sender writes any piece of it, at any offset. Its receiver holds what
 * came, in whatever pieces, against what had to come: byte for byte, with
 * CRLF for LF where that was asked for, and with nothing after the end.
 */
#ifndef DATA_H
#define DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATA_WINDOW 4096

struct data {
	uint64_t key;
	uint64_t size;
	bool text; /* full of CR and LF */
};

struct data_check {
	struct data data;
	bool crlf;
	uint64_t count;    /* bytes that came */
	uint64_t position; /* bytes of the stream they stand for */
	bool differs;      /* at `count` */
	bool after_cr;     /* with crlf: the last byte was CR */
	bool cr_given;     /* with crlf: the CR before the next LF has come */
	uint64_t window_at;
	size_t window_size;
	unsigned char window[DATA_WINDOW];
};

/* Writes `size` bytes of the stream, from `offset` on. */
void data_fill(const struct data *data, uint64_t offset, unsigned char *bytes,
    size_t size);

void data_check_init(
    struct data_check *check, const struct data *data, bool crlf);

/* Takes the next bytes that came; after the first difference none counts. */
void data_check_add(
    struct data_check *check, const unsigned char *bytes, size_t size);

/* Returns whether all of the stream has come, and nothing else. */
bool data_check_is_complete(const struct data_check *check);

#endif
