/* SPDX-License-Identifier: ISC */
/*
 * One text for each kind, with what a reader of it might be led to.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "fake/hostile.h"

const char *const hostile_texts[] = {
	"\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017\020.test",
	"\021\022\023\024\025\026\027\030\031\032\033\034\035\036\037\177.test",
	"\033[31m\033]0;title\007.test",
	/* C1 as bytes, and as characters: U+0080 to U+009F. */
	"\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f.test",
	"\x90\x91\x92\x93\x94\x95\x96\x97\x98\x99\x9a\x9b\x9c\x9d\x9e\x9f.test",
	"\xc2\x80\xc2\x81\xc2\x82\xc2\x83\xc2\x84\xc2\x85\xc2\x86\xc2\x87.test",
	"\xc2\x88\xc2\x89\xc2\x8a\xc2\x8b\xc2\x8c\xc2\x8d\xc2\x8e\xc2\x8f.test",
	"\xc2\x90\xc2\x91\xc2\x92\xc2\x93\xc2\x94\xc2\x95\xc2\x96\xc2\x97.test",
	"\xc2\x98\xc2\x99\xc2\x9a\xc2\x9b\xc2\x9c\xc2\x9d\xc2\x9e\xc2\x9f.test",
	"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202etset.",
	"\u2028\u2029\u2066\u2067\u2068\u2069.test",
	/* Cut off, overlong, a surrogate, beyond Unicode, no lead byte. */
	"b\xc3.test",
	"\xe2\x82.test\xf0\x9f\x90",
	"\xc0\x80\xc1\xbf\xe0\x9f\xbf\xf0\x8f\xbf\xbf.test",
	"\xed\xa0\x80\xed\xbf\xbf\xf4\x90\x80\x80\xf5\xff\xfe.test",
	"\"\\\"\\u0000.test\\",
	/* Nothing is wrong with it, but where a line is cut. */
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
	"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc.test",
};
const size_t hostile_count = sizeof(hostile_texts) / sizeof(hostile_texts[0]);

void
hostile_check(const char *text, const char *fault)
{
	if (fault == NULL)
		return;
	print_error("of");
	for (; *text != '\0'; text++)
		print_error(" %02x", (unsigned char)*text);
	fail_msg("%s", fault);
}
