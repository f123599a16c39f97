/* SPDX-License-Identifier: ISC */
/*
 * Parts of a file that are claimed by its offset.
 */
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "file_claim.h"

/* What is claimed at once. */
#define CLAIM_BYTES ((off_t)1024 * 1024)
/* A rest shorter than this is as well copied. */
#define WORTH_BYTES ((off_t)64 * 1024)

bool
file_claim_next(struct file_claim *claim, int fd)
{
	struct stat status;
	off_t count, end, rest;

	if (fstat(fd, &status) == -1 || !S_ISREG(status.st_mode))
		return (false);
	rest = status.st_size - lseek(fd, 0, SEEK_CUR);
	if (rest < WORTH_BYTES)
		return (false);
	count = rest < CLAIM_BYTES ? rest : CLAIM_BYTES;
	/* In one step: another process may have moved it since. */
	end = lseek(fd, count, SEEK_CUR);
	if (end == -1)
		return (false);
	claim->next = end - count;
	claim->count = (size_t)count;
	if (end <= status.st_size)
		return (true);
	file_claim_give_back(claim, fd);
	return (false);
}

void
file_claim_give_back(struct file_claim *claim, int fd)
{
	lseek(fd, -(off_t)claim->count, SEEK_CUR);
	claim->count = 0;
}
