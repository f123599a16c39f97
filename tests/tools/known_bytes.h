/* SPDX-License-Identifier: ISC */
/*
 * known_bytes.h: endless streams of bytes of which every one is known
 * beforehand, so that the receiver of a part can check whether it is intact.
 */
#ifndef KNOWN_BYTES_H
#define KNOWN_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Two streams with nothing in common: what the program sends, and the peer. */
enum pattern { PATTERN_UPLOAD = 1, PATTERN_DOWNLOAD = 2 };

/* Writes `size` bytes of the stream, from `offset` on. */
void pattern_fill(
    enum pattern pattern, uint64_t offset, unsigned char *bytes, size_t size);

/* Returns whether these are the bytes of the stream from `offset` on. */
bool pattern_matches(enum pattern pattern, uint64_t offset,
    const unsigned char *bytes, size_t size);

/* Reads "4096", "64k" or "64M"; false for anything else. */
bool pattern_parse_size(uint64_t *size, const char *text);

#endif
