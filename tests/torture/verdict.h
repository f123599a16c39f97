/* SPDX-License-Identifier: ISC */
/*
 * verdict.h: what is wrong with the end of a case.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "transfer.h"

/* Writes a line on each thing that is wrong; returns their number. */
unsigned verdict(struct transfer *transfer, FILE *out);

#endif
