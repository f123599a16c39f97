/* SPDX-License-Identifier: ISC */
/*
 * The whole connector, in virtual time, against the model of the unit tests.
 * Where there are no bytes left a case would be empty, so those that there are
 * begin anew, each time with another meaning.
 */
#include "choices.h"
#include "fake/model_case.h"

static const uint8_t *bytes;
static size_t count, at;

static int
any(int below)
{
	unsigned number;

	if (count == 0)
		return (0);
	number = bytes[at % count] + 37 * (unsigned)(at / count);
	at++;
	number = number << 8 ^ (bytes[at % count] * 167U);
	return ((int)(number % (unsigned)below));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bytes = data;
	count = size;
	at = 0;
	model_case_check("this input", any);
	return (0);
}
