/* SPDX-License-Identifier: ISC */
/*
 * The fault matrix: each call that the program makes in each scenario fails
 * once, at each of the times that it is made, with each error that it can have;
 * then from that time on; and sets of system calls are refused for the whole of
 * a run. Every run is judged from the outside (judge.h).
 *
 *	matrix [--jobs N] [--part N] [--only NAME] [--list]
 *
 * --part takes one run of N, always the same. --only takes those whose name
 * begins with NAME, and shows what each of them did: SCENARIO:CALL:K:ERROR,
 * K+ for all from the K-th on, SCENARIO:refuse:CALLS:ERROR. --list prints the
 * names alone.
 *
 * HECAT is the program; the preload library and the scripted network are where
 * make put them. Where no network of one's own is permitted it ends with 77.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"
#include "known.h"
#include "plan.h"
#include "run.h"
#include "scenario.h"

#define NAME_MAX_BYTES 256
#define WORDS_MAX      120

/* Tells the program, run again in the scripted network, that it is there. */
#define INSIDE "FAULTS_INSIDE"

/* One run: a fault, or a refusal. */
struct job {
	const struct scenario *scenario;
	const struct run_result *calm;
	const struct plan_refusal *refusal; /* NULL: a fault */
	const char *refusal_error;
	enum fault_call call;
	unsigned number;
	bool goes_on;
	struct plan_error error;
};

/* What became of it; shared by the processes. */
struct outcome {
	enum verdict verdict;
	int known; /* which of known_faults; -1: none */
	int status;
	char words[WORDS_MAX]; /* the last line of stderr */
};

struct jobs {
	struct job *items;
	size_t count;
	size_t capacity;
};

struct matrix {
	const char *program;
	char preload[PATH_MAX];
	long workers;
	size_t part;
	const char *only;
	bool list;
	struct run_result *calm; /* of each scenario */
	struct jobs jobs;
	struct outcome *outcomes;
	atomic_size_t *next;
};

static void
describe(const struct job *job, char *name)
{
	if (job->refusal != NULL)
		snprintf(name, NAME_MAX_BYTES, "%s:refuse:%s:%s",
		    job->scenario->name, job->refusal->calls,
		    job->refusal_error);
	else
		snprintf(name, NAME_MAX_BYTES, "%s:%s:%u%s:%s",
		    job->scenario->name, plan_call_name(job->call), job->number,
		    job->goes_on ? "+" : "", plan_error_name(job->error.error));
}

/* Adds a job where it is wanted. */
static void
add(struct matrix *matrix, size_t *seen, const struct job *job)
{
	struct jobs *jobs = &matrix->jobs;
	char name[NAME_MAX_BYTES];

	describe(job, name);
	if (matrix->only != NULL &&
	    strncmp(matrix->only, name, strlen(matrix->only)) != 0)
		return;
	/* A stride that no dimension of the matrix has. */
	if (matrix->part > 1 && (*seen)++ * 7919 % matrix->part != 0)
		return;
	if (jobs->count == jobs->capacity) {
		jobs->capacity = jobs->capacity * 2 + 1024;
		jobs->items = reallocarray(
		    jobs->items, jobs->capacity, sizeof(*jobs->items));
		if (jobs->items == NULL)
			err(2, "jobs");
	}
	jobs->items[jobs->count++] = *job;
}

/* Adds the failures of one call in a scenario. */
static void
add_call(struct matrix *matrix, size_t *seen, size_t scenario,
    const struct plan_call *call)
{
	struct job job = {
		.scenario = &scenarios[scenario],
		.calm = &matrix->calm[scenario],
		.call = call->call,
	};
	unsigned count = job.calm->calls[call->call];

	for (job.number = 1; job.number <= count; job.number++)
		for (size_t i = 0; i < PLAN_ERRORS_MAX; i++) {
			job.error = call->errors[i];
			if (job.error.error == 0)
				break;
			job.goes_on = false;
			add(matrix, seen, &job);
			job.goes_on = true;
			if (!job.error.once)
				add(matrix, seen, &job);
		}
}

static void
add_refusals(struct matrix *matrix, size_t *seen, size_t scenario)
{
	struct job job = {
		.scenario = &scenarios[scenario],
		.calm = &matrix->calm[scenario],
	};

	for (size_t i = 0; i < plan_refusal_count; i++) {
		const struct plan_refusal *refusal = &plan_refusals[i];
		const size_t most = sizeof(refusal->errors) /
		    sizeof(refusal->errors[0]);

		job.refusal = refusal;
		for (size_t j = 0; j < most && refusal->errors[j]; j++) {
			job.refusal_error = refusal->errors[j];
			add(matrix, seen, &job);
		}
	}
}

/* Lets each scenario be once, with nothing in its way. */
static void
measure(struct matrix *matrix)
{
	struct runner *runner = runner_new(matrix->program, matrix->preload);

	matrix->calm = calloc(scenario_count, sizeof(*matrix->calm));
	if (matrix->calm == NULL)
		err(2, "calloc");
	for (size_t i = 0; i < scenario_count; i++) {
		struct run_result *result = &matrix->calm[i];
		enum verdict verdict;

		runner_run(runner, &scenarios[i], NULL, NULL, result);
		verdict = judge(&scenarios[i], result, 0, 0, NULL);
		if (verdict != VERDICT_RIGHT)
			errx(2,
			    "%s without a fault: %s, status %#x, sent %zu, "
			    "received %zu\n%s",
			    scenarios[i].name, verdict_name(verdict),
			    (unsigned)result->status, result->uploaded.count,
			    result->downloaded.count, result->err.bytes);
	}
	runner_free(runner);
}

static void
plan(struct matrix *matrix)
{
	size_t seen = 0;

	for (size_t i = 0; i < scenario_count; i++) {
		for (size_t j = 0; j < plan_call_count; j++)
			add_call(matrix, &seen, i, &plan_calls[j]);
		add_refusals(matrix, &seen, i);
	}
}

/* Keeps the last line of the messages. */
static void
keep_words(struct outcome *outcome, char *text)
{
	size_t length = strlen(text);
	const char *last;

	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	last = strrchr(text, '\n');
	snprintf(
	    outcome->words, WORDS_MAX, "%s", last == NULL ? text : last + 1);
}

static enum verdict
run_fault(
    struct runner *runner, const struct job *job, struct run_result *result)
{
	char fault[NAME_MAX_BYTES], error[16];

	snprintf(error, sizeof(error), "%d", job->error.error);
	snprintf(fault, sizeof(fault), "%s:%u%s:%s", plan_call_name(job->call),
	    job->number, job->goes_on ? "+" : "",
	    job->error.error == FAULT_SHORT ? "short" : error);
	runner_run(runner, job->scenario, fault, NULL, result);
	/* Without the fault all has to be well. */
	return (result->fired > 0
		? judge(job->scenario, result,
		      job->error.ends | (job->goes_on ? END_FOREVER : 0),
		      job->error.error, job->calm)
		: judge(job->scenario, result, 0, 0, job->calm));
}

static enum verdict
run_refusal(
    struct runner *runner, const struct job *job, struct run_result *result)
{
	struct refusal refusal = {
		.error = refusal_error(job->refusal_error),
	};

	if (refusal.error == 0 || !refusal_add(&refusal, job->refusal->calls))
		errx(2, "no such call or error: %s", job->refusal->calls);
	runner_run(runner, job->scenario, NULL, &refusal, result);
	result->fired = 1;
	return (judge(job->scenario, result, job->refusal->ends, refusal.error,
	    job->calm));
}

static void
run_job(struct runner *runner, const struct job *job, struct outcome *outcome,
    struct run_result *result)
{
	enum verdict verdict = job->refusal != NULL
	    ? run_refusal(runner, job, result)
	    : run_fault(runner, job, result);

	if (result->fired == 0 && verdict == VERDICT_RIGHT)
		verdict = VERDICT_UNMET;
	outcome->known = -1;
	if (verdict == VERDICT_CRASHED || verdict == VERDICT_HUNG ||
	    verdict == VERDICT_STATUS)
		outcome->known = known_fault_of(result);
	if (outcome->known != -1)
		verdict = VERDICT_KNOWN;
	outcome->verdict = verdict;
	outcome->status = result->status;
	keep_words(outcome, result->err.bytes);
}

/* Shows all of one run. */
static void
show(const struct job *job, const struct run_result *result)
{
	printf("  sent %zu of %zu, received %zu of %zu; the fault fired %u "
	       "times\n",
	    result->uploaded.count, job->scenario->upload,
	    result->downloaded.count, job->scenario->download, result->fired);
	if (result->err.size > 0)
		printf("  -- stderr --\n%s\n", result->err.bytes);
	if (result->report.size > 0)
		printf("  -- report --\n%s\n", result->report.bytes);
}

static void
show_outcome(const struct job *job, const struct outcome *outcome)
{
	char name[NAME_MAX_BYTES];

	describe(job, name);
	if (WIFSIGNALED(outcome->status))
		printf("%-14s signal %-3d %-40s %s\n",
		    verdict_name(outcome->verdict), WTERMSIG(outcome->status),
		    name, outcome->words);
	else
		printf("%-14s status %-3d %-40s %s\n",
		    verdict_name(outcome->verdict),
		    WEXITSTATUS(outcome->status), name, outcome->words);
}

/* Does jobs until none is left. */
static void
work(struct matrix *matrix)
{
	struct runner *runner = runner_new(matrix->program, matrix->preload);
	struct run_result *result = malloc(sizeof(*result));
	size_t i;

	if (result == NULL)
		err(2, "malloc");
	while ((i = atomic_fetch_add(matrix->next, 1)) < matrix->jobs.count) {
		struct outcome *outcome = &matrix->outcomes[i];

		run_job(runner, &matrix->jobs.items[i], outcome, result);
		if (matrix->only != NULL) {
			show_outcome(&matrix->jobs.items[i], outcome);
			show(&matrix->jobs.items[i], result);
			fflush(stdout);
		}
	}
	free(result);
	runner_free(runner);
}

static void *
share(size_t size)
{
	void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (bytes == MAP_FAILED)
		err(2, "mmap");
	return (bytes);
}

/* Does all jobs, some at a time. */
static void
work_all(struct matrix *matrix)
{
	int status;

	matrix->next = share(sizeof(*matrix->next));
	matrix->outcomes = share(
	    matrix->jobs.count * sizeof(*matrix->outcomes) + 1);
	fflush(stdout);
	for (long i = 0; i < matrix->workers; i++) {
		pid_t pid = fork();

		if (pid == -1)
			err(2, "fork");
		if (pid == 0) {
			work(matrix);
			exit(0);
		}
	}
	while (wait(&status) > 0)
		if (status != 0)
			errx(2, "a worker has failed");
}

/* A line of totals: runs that match, by verdict. */
struct totals {
	size_t of[VERDICT_COUNT];
};

static void
count(struct totals *totals, const struct outcome *outcome)
{
	totals->of[outcome->verdict]++;
}

static size_t
failures(const struct totals *totals)
{
	size_t sum = 0;

	for (int i = VERDICT_FIRST_FAILURE; i < VERDICT_COUNT; i++)
		sum += totals->of[i];
	return (sum);
}

static void
print_totals(const char *name, const struct totals *totals)
{
	size_t failed = failures(totals);
	size_t all = totals->of[VERDICT_RIGHT] + totals->of[VERDICT_ERROR] +
	    totals->of[VERDICT_UNMET] + totals->of[VERDICT_KNOWN] + failed;

	if (all == 0)
		return;
	printf("  %-44.44s %6zu %6zu %6zu %6zu %6zu %6zu\n", name, all,
	    totals->of[VERDICT_RIGHT], totals->of[VERDICT_ERROR],
	    totals->of[VERDICT_UNMET], totals->of[VERDICT_KNOWN], failed);
}

static void
print_header(const char *title)
{
	printf("%-46s %6s %6s %6s %6s %6s %6s\n", title, "runs", "right",
	    "error", "unmet", "known", "FAILED");
}

static void
print_by_scenario(const struct matrix *matrix)
{
	print_header("by scenario");
	for (size_t i = 0; i < scenario_count; i++) {
		struct totals totals = { { 0 } };

		for (size_t j = 0; j < matrix->jobs.count; j++)
			if (matrix->jobs.items[j].scenario == &scenarios[i])
				count(&totals, &matrix->outcomes[j]);
		print_totals(scenarios[i].name, &totals);
	}
}

static void
print_by_call(const struct matrix *matrix)
{
	print_header("by call");
	for (int call = 0; call < FAULT_COUNT; call++) {
		struct totals totals = { { 0 } };

		for (size_t j = 0; j < matrix->jobs.count; j++)
			if (matrix->jobs.items[j].refusal == NULL &&
			    matrix->jobs.items[j].call == (enum fault_call)call)
				count(&totals, &matrix->outcomes[j]);
		print_totals(plan_call_name((enum fault_call)call), &totals);
	}
	for (size_t i = 0; i < plan_refusal_count; i++) {
		struct totals totals = { { 0 } };
		char name[NAME_MAX_BYTES];

		for (size_t j = 0; j < matrix->jobs.count; j++)
			if (matrix->jobs.items[j].refusal == &plan_refusals[i])
				count(&totals, &matrix->outcomes[j]);
		snprintf(
		    name, sizeof(name), "refused: %s", plan_refusals[i].calls);
		print_totals(name, &totals);
	}
}

static const char *
error_of(const struct job *job)
{
	return (job->refusal != NULL ? job->refusal_error
				     : plan_error_name(job->error.error));
}

static void
print_by_error(const struct matrix *matrix)
{
	const struct job *jobs = matrix->jobs.items;

	print_header("by error");
	for (size_t i = 0; i < matrix->jobs.count; i++) {
		struct totals totals = { { 0 } };
		size_t first = 0;

		while (strcmp(error_of(&jobs[first]), error_of(&jobs[i])) != 0)
			first++;
		if (first < i)
			continue;
		for (size_t j = i; j < matrix->jobs.count; j++)
			if (strcmp(error_of(&jobs[j]), error_of(&jobs[i])) == 0)
				count(&totals, &matrix->outcomes[j]);
		print_totals(error_of(&jobs[i]), &totals);
	}
}

/* Prints what libc did wrong, by name. */
static void
print_known(const struct matrix *matrix)
{
	for (size_t i = 0; i < known_fault_count; i++) {
		size_t times = 0;

		for (size_t j = 0; j < matrix->jobs.count; j++)
			times += matrix->outcomes[j].known == (int)i;
		if (times > 0)
			printf("known, %zu times: %s\n    %s\n", times,
			    known_faults[i].name, known_faults[i].proof);
	}
}

/* Prints the totals and what failed. Returns whether anything did. */
static bool
conclude(const struct matrix *matrix)
{
	struct totals totals = { { 0 } };

	for (size_t i = 0; i < matrix->jobs.count; i++) {
		const struct outcome *outcome = &matrix->outcomes[i];

		count(&totals, outcome);
		if (outcome->verdict >= VERDICT_FIRST_FAILURE &&
		    matrix->only == NULL)
			show_outcome(&matrix->jobs.items[i], outcome);
	}
	if (matrix->only == NULL) {
		print_by_scenario(matrix);
		print_by_call(matrix);
		print_by_error(matrix);
	}
	print_known(matrix);
	print_header("in all");
	print_totals("", &totals);
	for (int i = VERDICT_FIRST_FAILURE; i < VERDICT_COUNT; i++)
		if (totals.of[i] > 0)
			printf("  %6zu %s\n", totals.of[i],
			    verdict_name((enum verdict)i));
	if (failures(&totals) > 0 && matrix->only == NULL)
		printf("to see one of them: %s --only NAME\n",
		    program_invocation_name);
	return (failures(&totals) > 0);
}

/* Runs itself in the network that the scenarios need. */
static void
go_inside(const char *folder, char *argv[], int argc)
{
	char network[PATH_MAX];
	const char *given = getenv("SCRIPTED_NET");
	char **command = calloc((size_t)argc + 5, sizeof(*command));

	if (command == NULL)
		err(2, "calloc");
	snprintf(network, sizeof(network), "%s/../scripted-net/scripted-net",
	    folder);
	command[0] = strdup(given != NULL ? given : network);
	command[1] = strdup("-e");
	command[2] = strdup(scenario_network);
	command[3] = strdup("--");
	for (int i = 0; i < argc; i++)
		command[4 + i] = argv[i];
	setenv(INSIDE, "1", 1);
	execv(command[0], command);
	err(2, "%s", command[0]);
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: matrix [--jobs N] [--part N] [--only NAME] [--list]\n");
	exit(2);
}

static void
read_options(struct matrix *matrix, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "jobs", required_argument, NULL, 'j' },
		{ "part", required_argument, NULL, 'p' },
		{ "only", required_argument, NULL, 'o' },
		{ "list", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	matrix->workers = sysconf(_SC_NPROCESSORS_ONLN) * 2;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'j')
			matrix->workers = atol(optarg);
		else if (option == 'p')
			matrix->part = strtoul(optarg, NULL, 10);
		else if (option == 'o')
			matrix->only = optarg;
		else if (option == 'l')
			matrix->list = true;
		else
			usage();
	}
	if (optind < argc || matrix->workers < 1)
		usage();
}

/* Finds what is tested, and what with. */
static void
find_files(struct matrix *matrix, const char *folder)
{
	char program[PATH_MAX];

	matrix->program = getenv("HECAT");
	if (matrix->program == NULL) {
		snprintf(program, sizeof(program), "%s/../../../hecat", folder);
		matrix->program = realpath(program, NULL);
	}
	if (matrix->program == NULL)
		errx(2, "HECAT has to be the path of the program");
	snprintf(matrix->preload, PATH_MAX, "%s/fault.so", folder);
	if (access(matrix->preload, R_OK) == -1)
		err(2, "%s", matrix->preload);
}

int
main(int argc, char *argv[])
{
	struct matrix matrix = { .part = 1 };
	char self[PATH_MAX] = "";
	const char *folder;
	char name[NAME_MAX_BYTES];

	signal(SIGPIPE, SIG_IGN);
	read_options(&matrix, argc, argv);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) == -1)
		err(2, "/proc/self/exe");
	folder = dirname(self);
	if (getenv(INSIDE) == NULL)
		go_inside(folder, argv, argc);
	find_files(&matrix, folder);
	measure(&matrix);
	plan(&matrix);
	if (matrix.jobs.count == 0)
		errx(2, "no such run");
	if (matrix.list) {
		for (size_t i = 0; i < matrix.jobs.count; i++) {
			describe(&matrix.jobs.items[i], name);
			puts(name);
		}
		return (0);
	}
	work_all(&matrix);
	return (conclude(&matrix) ? 1 : 0);
}
