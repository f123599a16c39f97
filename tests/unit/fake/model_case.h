/* SPDX-License-Identifier: ISC */
/*
 * model_case.h: any case of a connect, and what becomes of it, compared with
 * connect_model.h.
 */
#ifndef MODEL_CASE_H
#define MODEL_CASE_H

/*
 * Makes a case by decisions, and runs a connector through it. any(n) returns a
 * number from 0 to n - 1, of at most 300. Fails the test, naming the case,
 * where another thing happens than the model says.
 */
void model_case_check(const char *name, int (*any)(int below));

#endif
