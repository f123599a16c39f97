/* SPDX-License-Identifier: ISC */
/*
 * number_file.h: a number for the test that started the tool.
 */
#ifndef NUMBER_FILE_H
#define NUMBER_FILE_H

/* Writes a line with the number; the file appears at once and complete. */
void number_file_write(const char *name, int number);

#endif
