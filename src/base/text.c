/* SPDX-License-Identifier: ISC */
/*
 * UTF-8, and the characters that are never written.
 */
#include <string.h>

#include "text.h"

/* Written in the place of a byte or a character that may not be written. */
#define REPLACEMENT '?'

/* Columns of a quoted text beyond which it is cut. */
#define QUOTE_COLUMNS 60

size_t
text_decode(const char *text, uint32_t *code)
{
	/* No overlong forms, no surrogates, nothing above U+10FFFF. */
	static const struct {
		unsigned char first, last; /* of the lead byte */
		unsigned char low, high;   /* of the byte after it */
		unsigned char length;
	} forms[] = {
		{ 0x00, 0x7f, 0x00, 0xff, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *at = (const unsigned char *)text;
	size_t i = 0;

	while (i < sizeof(forms) / sizeof(forms[0]) && at[0] > forms[i].last)
		i++;
	if (i == sizeof(forms) / sizeof(forms[0]) || at[0] < forms[i].first)
		return (0);
	*code = at[0];
	if (forms[i].length == 1)
		return (1);
	if (at[1] < forms[i].low || at[1] > forms[i].high)
		return (0);
	/* The lead byte of a sequence of N bytes holds 7 - N bits. */
	*code &= 0x7fU >> forms[i].length;
	*code = *code << 6 | (at[1] & 0x3f);
	for (size_t next = 2; next < forms[i].length; next++) {
		if ((at[next] & 0xc0) != 0x80)
			return (0);
		*code = *code << 6 | (at[next] & 0x3f);
	}
	return (forms[i].length);
}

size_t
text_shown(const char *text)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x0000, 0x001f }, { 0x007f, 0x009f },
		{ 0x061c, 0x061c }, /* Arabic letter mark */
		{ 0x200e, 0x200f }, /* left-to-right, right-to-left mark */
		{ 0x2028, 0x2029 }, /* line, paragraph separator */
		{ 0x202a, 0x202e }, /* embeddings and overrides */
		{ 0x2066, 0x206f }, /* isolates; deprecated format controls */
	};
	uint32_t code;
	size_t length = text_decode(text, &code);

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (length > 0 && code >= hidden[i].first &&
		    code <= hidden[i].last)
			return (0);
	return (length);
}

/* Returns the number of bytes that one REPLACEMENT replaces. */
static size_t
replaced_length(const char *text)
{
	uint32_t code;
	size_t length = text_decode(text, &code);

	return (length > 0 ? length : 1);
}

const char *
text_show(char *shown, size_t size, const char *text)
{
	size_t used = 0, length;

	while (*text != '\0') {
		length = text_shown(text);
		if (used + (length > 0 ? length : 1) >= size)
			break;
		if (length > 0)
			memcpy(shown + used, text, length);
		else
			shown[used] = REPLACEMENT;
		used += length > 0 ? length : 1;
		text += length > 0 ? length : replaced_length(text);
	}
	shown[used] = '\0';
	return (shown);
}

void
text_print(FILE *out, const char *text)
{
	size_t length;

	while (*text != '\0') {
		length = text_shown(text);
		if (length > 0)
			fwrite(text, 1, length, out);
		else
			putc(REPLACEMENT, out);
		text += length > 0 ? length : replaced_length(text);
	}
}

size_t
text_length(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text += replaced_length(text))
		count++;
	return (count);
}

size_t
text_bytes(const char *text, size_t count)
{
	size_t bytes = 0;

	for (; count > 0 && text[bytes] != '\0'; count--)
		bytes += replaced_length(text + bytes);
	return (bytes);
}

/* Writes one byte of a quoted text, escaped if need be; returns its columns. */
static size_t
escape(char *out, char byte)
{
	unsigned char value = (unsigned char)byte;

	if (byte == '\'' || byte == '\\')
		return ((size_t)snprintf(out, 5, "\\%c", byte));
	if (value < ' ' || value > '~')
		return ((size_t)snprintf(out, 5, "\\x%02x", value));
	*out = byte;
	return (1);
}

const char *
text_quote(char *quoted, const char *text)
{
	size_t used = 0;

	quoted[used++] = '\'';
	for (; *text != '\0' && used <= QUOTE_COLUMNS; text++)
		used += escape(quoted + used, *text);
	snprintf(quoted + used, TEXT_QUOTE_MAX - used, "%s'",
	    *text != '\0' ? "..." : "");
	return (quoted);
}

const char *
text_value(char *shown, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789._:,/%@+=[]~-";
	size_t length = strlen(text);

	if (length == 0 || length > QUOTE_COLUMNS || text[length - 1] == ':' ||
	    strspn(text, plain) != length)
		return (text_quote(shown, text));
	memcpy(shown, text, length + 1);
	return (shown);
}
