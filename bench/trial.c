/* SPDX-License-Identifier: ISC */
/*
 * One trial: the standard streams and the ends are made, the contender is
 * started, and what it cost is taken down when it has gone.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint.h"
#include "endpoint_tls.h"
#include "trial.h"

#define MIB        ((uint64_t)1024 * 1024)
#define FILE_BYTES (1024 * MIB)
/* A contender that takes longer than this is killed. */
#define TRIAL_MS 30000

extern char **environ;

struct bench {
	int listener;
	int port;
	int null;
	int input;  /* a file in memory, FILE_BYTES long; -1: not yet made */
	int output; /* a file in memory */
	struct marks *marks;
};

/* The ends of one trial; -1 where there is none. */
struct setting {
	int in;   /* becomes standard input */
	int out;  /* becomes standard output */
	int feed; /* the other end of a pipe */
	int drain;
	pid_t helpers[3]; /* 0: none */
};

static void
fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
listen_on_loopback(struct bench *bench)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);

	bench->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bench->listener == -1 ||
	    bind(bench->listener, (struct sockaddr *)&address, length) == -1 ||
	    listen(bench->listener, 16) == -1 ||
	    getsockname(
		bench->listener, (struct sockaddr *)&address, &length) == -1)
		fail("listen");
	bench->port = ntohs(address.sin_port);
}

struct bench *
bench_new(void)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (bench == NULL)
		fail("calloc");
	listen_on_loopback(bench);
	bench->marks = marks_new();
	bench->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bench->input = -1;
	bench->output = memfd_create("output", MFD_CLOEXEC);
	if (bench->null == -1 || bench->output == -1)
		fail("open");
	return (bench);
}

int
bench_port(const struct bench *bench)
{
	return (bench->port);
}

uint64_t
trial_limit(const struct direction *direction)
{
	if (direction->task == TASK_START_UP ||
	    direction->task == TASK_GREETING)
		return (1);
	return (FILE_BYTES);
}

/* Fills the file with pages of its own, and with nothing to be seen. */
static void
make_input(struct bench *bench)
{
	static char piece[64 * 1024];
	uint64_t made;

	bench->input = memfd_create("input", MFD_CLOEXEC);
	if (bench->input == -1)
		fail("memfd_create");
	for (made = 0; made < FILE_BYTES; made += sizeof(piece))
		if (write(bench->input, piece, sizeof(piece)) !=
		    (ssize_t)sizeof(piece))
			fail("write");
}

static int
duplicate(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy == -1)
		fail("dup");
	return (copy);
}

static void
make_pipe(int *reader, int *writer)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		fail("pipe");
	*reader = ends[0];
	*writer = ends[1];
}

/* The last `amount` bytes of the file are left to be read. */
static int
open_input(struct bench *bench, uint64_t amount)
{
	if (bench->input == -1)
		make_input(bench);
	lseek(bench->input, (off_t)(FILE_BYTES - amount), SEEK_SET);
	return (duplicate(bench->input));
}

static int
open_output(struct bench *bench)
{
	if (ftruncate(bench->output, 0) == -1)
		fail("ftruncate");
	lseek(bench->output, 0, SEEK_SET);
	return (duplicate(bench->output));
}

static void
open_streams(struct bench *bench, const struct direction *direction,
    uint64_t amount, struct setting *setting)
{
	setting->feed = setting->drain = -1;
	if (direction->in == SIDE_PIPE)
		make_pipe(&setting->in, &setting->feed);
	else if (direction->in == SIDE_FILE)
		setting->in = open_input(bench, amount);
	else
		setting->in = duplicate(bench->null);
	if (direction->out == SIDE_PIPE)
		make_pipe(&setting->drain, &setting->out);
	else if (direction->out == SIDE_FILE)
		setting->out = open_output(bench);
	else
		setting->out = duplicate(bench->null);
}

static void
set_marks(struct marks *marks, enum task task, uint64_t amount)
{
	memset(marks, 0, sizeof(*marks));
	if (task != TASK_DOWN)
		marks->amount[FLOW_UP] = amount;
	if (task == TASK_DOWN || task == TASK_BOTH)
		marks->amount[FLOW_DOWN] = amount;
}

/* Starts the processes at the ends. */
static void
start_helpers(struct bench *bench, const struct direction *direction,
    struct setting *setting)
{
	enum task task = direction->task;
	pid_t *next = setting->helpers;

	if (task == TASK_GREETING) {
		*next++ = endpoint_greet_tls(bench->listener, bench->marks);
		*next = endpoint_drain_pipe(setting->drain, bench->marks);
	} else if (task == TASK_PING) {
		*next = endpoint_ping(bench->listener, setting->feed,
		    setting->drain, bench->marks);
	} else if (task != TASK_START_UP) {
		*next++ = direction->tls
		    ? endpoint_serve_tls(bench->listener, bench->marks)
		    : endpoint_serve(bench->listener, bench->marks);
		if (setting->feed != -1)
			*next++ = endpoint_feed_pipe(
			    setting->feed, bench->marks);
		if (setting->drain != -1)
			*next = endpoint_drain_pipe(
			    setting->drain, bench->marks);
	}
	if (setting->feed != -1)
		close(setting->feed);
	if (setting->drain != -1)
		close(setting->drain);
}

/* Starts the contender. By vfork(2): our size would add to its peak. */
static pid_t
start_contender(const struct contender *contender,
    const struct direction *direction, struct setting *setting)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, setting->in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, setting->out, STDOUT_FILENO);
	/* Some describe the certificate at length. */
	if (direction->tls)
		posix_spawn_file_actions_addopen(
		    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	errno = posix_spawnp(
	    &pid, contender->argv[0], &actions, NULL, contender->argv, environ);
	if (errno != 0)
		fail(contender->argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(setting->in);
	close(setting->out);
	return (pid);
}

/* Waits for a process of ours, and ends it when that takes too long. */
static bool
await(pid_t pid, struct rusage *usage)
{
	struct pollfd entry = { .events = POLLIN };
	int status;

	entry.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (entry.fd == -1 || poll(&entry, 1, TRIAL_MS) != 1)
		kill(pid, SIGKILL);
	close(entry.fd);
	if (wait4(pid, &status, 0, usage) != pid)
		fail("wait4");
	return (WIFEXITED(status));
}

static double
seconds_of(struct timeval time)
{
	return ((double)time.tv_sec + (double)time.tv_usec / 1e6);
}

/* Returns when the last byte arrived, or else when the process ended. */
static int64_t
end_of(const struct marks *marks, const struct direction *direction,
    int64_t exited)
{
	int64_t up = marks->ended[FLOW_UP];
	int64_t down = marks->ended[FLOW_DOWN];

	switch (direction->task) {
	case TASK_UP:
	case TASK_PING:
		return (up);
	case TASK_BOTH:
		return (up > down ? up : down);
	case TASK_DOWN:
		return (direction->out == SIDE_PIPE ? down : exited);
	case TASK_START_UP:
	case TASK_GREETING:
		break;
	}
	return (exited);
}

static bool
is_complete(const struct bench *bench, const struct direction *direction,
    uint64_t amount)
{
	const struct marks *marks = bench->marks;
	bool complete = true;

	if (trial_limit(direction) == 1)
		return (true);
	if (direction->task != TASK_DOWN)
		complete = marks->bytes[FLOW_UP] == amount;
	if (direction->out == SIDE_PIPE && direction->task != TASK_PING)
		complete = complete && marks->bytes[FLOW_DOWN] == amount;
	if (direction->out == SIDE_FILE)
		complete = lseek(bench->output, 0, SEEK_END) == (off_t)amount;
	return (complete);
}

/* Takes the connections of a start-up, which nobody else does. */
static bool
accept_left(struct bench *bench)
{
	struct pollfd entry = { .fd = bench->listener, .events = POLLIN };
	bool found = false;
	int fd;

	while (poll(&entry, 1, 0) == 1) {
		fd = accept(bench->listener, NULL, NULL);
		found = found || fd != -1;
		close(fd);
	}
	return (found);
}

struct sample
trial_run(struct bench *bench, const struct direction *direction,
    const struct contender *contender, uint64_t amount)
{
	struct setting setting = { 0 };
	struct rusage usage;
	struct sample sample = { 0 };
	int64_t started, exited;
	bool ended;
	size_t i;

	set_marks(bench->marks, direction->task, amount);
	open_streams(bench, direction, amount, &setting);
	start_helpers(bench, direction, &setting);
	started = clock_ns();
	ended = await(start_contender(contender, direction, &setting), &usage);
	exited = clock_ns();
	if (direction->task == TASK_START_UP)
		ended = accept_left(bench) && ended;
	else if (direction->task != TASK_GREETING)
		started = bench->marks->accepted;
	for (i = 0; i < 3; i++)
		if (setting.helpers[i] != 0)
			await(setting.helpers[i], &(struct rusage){ 0 });
	sample.amount = direction->task == TASK_BOTH ? 2 * amount : amount;
	sample.seconds = (double)(end_of(bench->marks, direction, exited) -
			     started) /
	    1e9;
	sample.good = ended && sample.seconds > 0 &&
	    is_complete(bench, direction, amount);
	sample.cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
	sample.peak = usage.ru_maxrss;
	return (sample);
}
