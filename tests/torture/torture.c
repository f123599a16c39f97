/* SPDX-License-Identifier: ISC */
/*
 * Random transfers through the program, compared byte for byte.
 *
 *	torture HECAT [--transfers N] [--resets N] [--seed S] [--max-bytes N]
 *	    [--case K]
 *
 * All about a case is drawn from the seed and its number: sizes, chunks,
 * pauses, options, what standard input and output are, and which side ends
 * first or resets. Of a case that fails all this is printed, with the command
 * that repeats it (with PEER_TLS in the environment, where that was, for TLS: a
 * certificate with its key, for HECAT is then tests/cli/tls): K is 17 for the
 *17th transfer, r17 for the 17th reset. The exit status is 0 if all pass, 1 if
 *not, and 2 if the test itself is in trouble.
 */
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "verdict.h"

struct torture {
	const char *program;
	unsigned transfers;
	unsigned resets;
	uint64_t seed;
	uint64_t max_bytes;
	const char *only; /* the one case; NULL: all of them */
	unsigned passed;
	unsigned failed;
};

static uint64_t
parse_number(const char *text, uint64_t max)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || number > max)
		errx(2, "'%s' is no number up to %" PRIu64, text, max);
	return (number);
}

static void
parse_options(struct torture *torture, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "transfers", required_argument, NULL, 't' },
		{ "resets", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },
		{ "max-bytes", required_argument, NULL, 'm' },
		{ "case", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 't')
			torture->transfers = (unsigned)parse_number(
			    optarg, UINT32_MAX);
		else if (option == 'r')
			torture->resets = (unsigned)parse_number(
			    optarg, UINT32_MAX);
		else if (option == 's')
			torture->seed = parse_number(optarg, UINT64_MAX);
		else if (option == 'm')
			torture->max_bytes = parse_number(
			    optarg, UINT64_C(1) << 40);
		else if (option == 'c')
			torture->only = optarg;
		else
			exit(2);
	}
	if (optind != argc - 1)
		errx(2,
		    "usage: torture HECAT [--transfers N] [--resets N] "
		    "[--seed S] [--max-bytes N] [--case K]");
	torture->program = argv[optind];
}

/* Prints the case, what became of it and how to repeat it. */
static void
print_case(const struct torture *torture, const struct transfer *transfer)
{
	const struct plan *plan = transfer->plan;

	plan_print(stdout, plan);
	transfer_print(stdout, transfer);
	if (transfer->child.err_size > 0)
		printf("#   it says: %s", transfer->child.err);
	printf("#   again: torture %s --seed %" PRIu64 " --max-bytes %" PRIu64
	       " --case %s%u\n",
	    torture->program, torture->seed, torture->max_bytes,
	    plan->resets ? "r" : "", plan->number);
}

static void
run_case(struct torture *torture, bool resets, unsigned number)
{
	static struct transfer transfer;
	struct plan plan;
	char *words = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&words, &size);
	unsigned wrong;

	if (out == NULL)
		err(2, "memory");
	plan_draw(&plan, torture->seed, resets, number, torture->max_bytes);
	transfer_run(&transfer, &plan, torture->program);
	wrong = verdict(&transfer, out);
	fclose(out);
	if (wrong > 0)
		torture->failed++;
	else
		torture->passed++;
	if (wrong > 0 || torture->only != NULL) {
		printf("%s - %s %u of seed %" PRIu64 "\n%s",
		    wrong > 0 ? "not ok" : "ok", resets ? "reset" : "transfer",
		    number, torture->seed, words);
		print_case(torture, &transfer);
		fflush(stdout);
	}
	free(words);
	transfer_close(&transfer);
}

static void
run_all(struct torture *torture)
{
	const char *only = torture->only;
	bool resets = only != NULL && *only == 'r';

	if (only != NULL) {
		run_case(torture, resets,
		    (unsigned)parse_number(
			resets ? only + 1 : only, UINT32_MAX));
		return;
	}
	for (unsigned i = 1; i <= torture->transfers; i++)
		run_case(torture, false, i);
	for (unsigned i = 1; i <= torture->resets; i++)
		run_case(torture, true, i);
}

/* Nothing that is opened later is to be a standard stream. */
static void
open_missing(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	close(fd);
}

int
main(int argc, char *argv[])
{
	struct torture torture = {
		.transfers = 1000,
		.resets = 200,
		.seed = 1,
		.max_bytes = UINT64_C(64) << 20,
	};

	open_missing();
	parse_options(&torture, argc, argv);
	if (access(torture.program, X_OK) == -1)
		err(2, "%s", torture.program);
	signal(SIGPIPE, SIG_IGN);
	run_all(&torture);
	printf("%u passed, %u failed\n", torture.passed, torture.failed);
	return (torture.failed == 0 ? 0 : 1);
}
