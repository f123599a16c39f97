/* SPDX-License-Identifier: ISC */
/*
 * The program as a child, in a process group of its own, and one poll(2) loop
 * for all that it talks to.
 */
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

/* After this a run hangs; it takes 10 ms, or 3 s when a lookup is repeated. */
#define DEADLINE_MS 15000

/* How much there can be of a stream. */
#define DATA_MAX ((size_t)1024 * 1024)

/* Where the child finds the descriptor of --report-fd. */
#define REPORT_FD 9

#define ARGUMENT_MAX 128

struct runner {
	const char *program;
	char preload[PATH_MAX + 16]; /* as variables of the environment */
	char tally_path[PATH_MAX + 16];
	char folder[64];
	char input_path[96];
	char output_path[96];
	char json_path[96];
	struct tally *tally;
	char *upload; /* what is sent from here on, and expected there */
	char *download;
};

/* A connection that the peer has accepted. */
struct connection {
	int fd; /* -1: closed */
	size_t sent;
	bool ended;      /* by us */
	bool peer_ended; /* nothing more comes */
};

/* One run. Descriptors are -1 once they are closed. */
struct run {
	struct runner *runner;
	const struct scenario *scenario;
	struct run_result *result;
	pid_t pid;
	int process; /* a pidfd */
	int listener;
	uint16_t port;
	int child_in, child_out, child_err, child_report; /* until the fork */
	int in, out, err, report;
	size_t written; /* of the input */
	struct connection connections[RUN_CONNECTIONS_MAX];
	size_t connection_count;
	const struct connection *carrier; /* of data */
};

static int64_t
now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return ((int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000);
}

/* Makes bytes that neither repeat soon nor contain a line end. */
static char *
make_data(unsigned seed)
{
	char *data = malloc(DATA_MAX);
	uint32_t value = seed;

	if (data == NULL)
		err(2, "malloc");
	for (size_t i = 0; i < DATA_MAX; i++) {
		value = value * 1664525 + 1013904223;
		data[i] = (char)(' ' + (value >> 24) % 95);
	}
	return (data);
}

static void
write_file(const char *path, const char *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, bytes, size) != (ssize_t)size)
		err(2, "%s", path);
	close(fd);
}

static struct tally *
make_tally(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *tally;

	if (fd == -1 || ftruncate(fd, sizeof(struct tally)) == -1)
		err(2, "%s", path);
	tally = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (tally == MAP_FAILED)
		err(2, "mmap");
	close(fd);
	return (tally);
}

struct runner *
runner_new(const char *program, const char *preload)
{
	struct runner *runner = calloc(1, sizeof(*runner));

	if (runner == NULL)
		err(2, "calloc");
	runner->program = program;
	strcpy(runner->folder, "/tmp/faults.XXXXXX");
	if (mkdtemp(runner->folder) == NULL)
		err(2, "mkdtemp");
	snprintf(
	    runner->preload, sizeof(runner->preload), "LD_PRELOAD=%s", preload);
	snprintf(runner->tally_path, sizeof(runner->tally_path),
	    "FAULT_TALLY=%s/tally", runner->folder);
	snprintf(runner->input_path, sizeof(runner->input_path), "%s/input",
	    runner->folder);
	snprintf(runner->output_path, sizeof(runner->output_path), "%s/output",
	    runner->folder);
	snprintf(runner->json_path, sizeof(runner->json_path), "%s/json",
	    runner->folder);
	runner->tally = make_tally(strchr(runner->tally_path, '=') + 1);
	runner->upload = make_data(1);
	runner->download = make_data(2);
	return (runner);
}

/* Empties the folder. Returns whether anything but our own files was in it. */
static bool
empty_folder(const struct runner *runner)
{
	static const char *const own[] = { ".", "..", "tally", "input",
		"output", "json" };
	const size_t count = sizeof(own) / sizeof(own[0]);
	DIR *folder = opendir(runner->folder);
	const struct dirent *entry;
	bool found = false;

	if (folder == NULL)
		err(2, "%s", runner->folder);
	while ((entry = readdir(folder)) != NULL) {
		size_t i = 0;

		while (i < count && strcmp(own[i], entry->d_name) != 0)
			i++;
		if (i == count) {
			found = true;
			unlinkat(dirfd(folder), entry->d_name, 0);
		}
	}
	closedir(folder);
	return (found);
}

void
runner_free(struct runner *runner)
{
	empty_folder(runner);
	unlink(strchr(runner->tally_path, '=') + 1);
	unlink(runner->input_path);
	unlink(runner->output_path);
	unlink(runner->json_path);
	rmdir(runner->folder);
	munmap(runner->tally, sizeof(*runner->tally));
	free(runner->upload);
	free(runner->download);
	free(runner);
}

static void
close_end(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* Takes a port of 127.0.0.1, and listens there or not. */
static void
open_peer(struct run *run)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);

	run->listener = socket(
	    AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (run->listener == -1 ||
	    bind(run->listener, (struct sockaddr *)&address, length) == -1 ||
	    getsockname(run->listener, (struct sockaddr *)&address, &length) ==
		-1)
		err(2, "peer");
	run->port = ntohs(address.sin_port);
	if (run->scenario->peer != PEER_LISTENS)
		return;
	if (listen(run->listener, RUN_CONNECTIONS_MAX) == -1)
		err(2, "listen");
}

/* Makes two ends, ours without blocking; `ours` is the one that writes or not.
 */
static void
make_pair(enum stream_type type, bool we_write, int *ours, int *theirs)
{
	int pair[2];

	if (type == TYPE_SOCKET) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ==
		    -1)
			err(2, "socketpair");
	} else if (pipe2(pair, O_CLOEXEC) == -1) {
		err(2, "pipe");
	}
	*ours = pair[we_write ? 1 : 0];
	*theirs = pair[we_write ? 0 : 1];
	if (fcntl(*ours, F_SETFL, O_NONBLOCK) == -1)
		err(2, "fcntl");
}

static int
open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd == -1)
		err(2, "%s", path);
	return (fd);
}

static void
open_streams(struct run *run)
{
	const struct scenario *scenario = run->scenario;
	const struct runner *runner = run->runner;

	switch (scenario->streams) {
	case TYPE_NULL:
		run->child_in = open_file("/dev/null", O_RDONLY);
		break;
	case TYPE_FILE:
		write_file(
		    runner->input_path, runner->upload, scenario->upload);
		run->child_in = open_file(runner->input_path, O_RDONLY);
		break;
	default:
		make_pair(scenario->streams, true, &run->in, &run->child_in);
		break;
	}
	if (scenario->streams == TYPE_FILE)
		run->child_out = open_file(
		    runner->output_path, O_WRONLY | O_CREAT | O_TRUNC);
	else
		make_pair(
		    scenario->streams == TYPE_SOCKET ? TYPE_SOCKET : TYPE_PIPE,
		    false, &run->out, &run->child_out);
	make_pair(TYPE_PIPE, false, &run->err, &run->child_err);
	if (scenario->report == REPORT_FD_JSON)
		make_pair(TYPE_PIPE, false, &run->report, &run->child_report);
}

/* Fills in the port and the file. */
static void
make_arguments(const struct run *run, char texts[][ARGUMENT_MAX], char **argv)
{
	const char *const *arguments = run->scenario->arguments;
	size_t i;

	argv[0] = (char *)(uintptr_t)run->runner->program;
	for (i = 0; i < SCENARIO_ARGUMENTS_MAX && arguments[i] != NULL; i++) {
		char *text = texts[i];

		if (strcmp(arguments[i], SCENARIO_PORT) == 0)
			snprintf(text, ARGUMENT_MAX, "%u", run->port);
		else if (strcmp(arguments[i], "--json=" SCENARIO_JSON) == 0)
			snprintf(text, ARGUMENT_MAX, "--json=%s",
			    run->runner->json_path);
		else
			snprintf(text, ARGUMENT_MAX, "%s", arguments[i]);
		argv[i + 1] = text;
	}
	argv[i + 1] = NULL;
}

/* Becomes the program. */
static void
become(struct run *run, const char *fault, const struct refusal *refusal)
{
	char texts[SCENARIO_ARGUMENTS_MAX][ARGUMENT_MAX];
	char *argv[SCENARIO_ARGUMENTS_MAX + 2];
	char variable[64];
	char *variables[5] = { (char *)(uintptr_t) "LC_ALL=C" };
	size_t count = 1;

	make_arguments(run, texts, argv);
	if (refusal == NULL) {
		variables[count++] = run->runner->preload;
		variables[count++] = run->runner->tally_path;
	}
	if (fault != NULL) {
		snprintf(variable, sizeof(variable), "FAULT=%s", fault);
		variables[count++] = variable;
	}
	variables[count] = NULL;
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	/* Out of the way of the descriptors that it is to have. */
	run->child_err = fcntl(run->child_err, F_DUPFD_CLOEXEC, 20);
	if (run->child_report != -1)
		run->child_report = fcntl(
		    run->child_report, F_DUPFD_CLOEXEC, 20);
	if (dup2(run->child_in, STDIN_FILENO) == -1 ||
	    dup2(run->child_out, STDOUT_FILENO) == -1 ||
	    (run->child_report != -1 &&
		dup2(run->child_report, REPORT_FD) == -1) ||
	    dup2(run->child_err, STDERR_FILENO) == -1)
		_exit(125);
	if (refusal != NULL && refusal_apply(refusal) == -1)
		_exit(125);
	execve(run->runner->program, argv, variables);
	_exit(125);
}

static void
start(struct run *run, const char *fault, const struct refusal *refusal)
{
	open_peer(run);
	open_streams(run);
	run->pid = fork();
	if (run->pid == -1)
		err(2, "fork");
	if (run->pid == 0)
		become(run, fault, refusal);
	setpgid(run->pid, run->pid);
	close_end(&run->child_in);
	close_end(&run->child_out);
	close_end(&run->child_err);
	close_end(&run->child_report);
	run->process = pidfd_open(run->pid, 0);
	if (run->process == -1)
		err(2, "pidfd_open");
}

/* Compares what has come with what was sent. */
static void
compare(struct run_stream *stream, const char *expected, size_t size,
    const char *bytes, size_t count)
{
	if (stream->count + count > size ||
	    memcmp(expected + stream->count, bytes, count) != 0)
		stream->differs = true;
	stream->count += count;
}

static void
keep_text(struct run_text *text, const char *bytes, size_t count)
{
	size_t room = text->size < RUN_TEXT_MAX ? RUN_TEXT_MAX - text->size : 0;

	if (room > 0)
		memcpy(text->bytes + text->size, bytes,
		    count < room ? count : room);
	text->size += count;
}

/* Whether standard output is a report, and no payload. */
static bool
reports_to_stdout(const struct scenario *scenario)
{
	return (scenario->report == REPORT_STDOUT_TEXT ||
	    scenario->report == REPORT_STDOUT_JSON);
}

static void
keep_output(struct run *run, const char *bytes, size_t count)
{
	if (reports_to_stdout(run->scenario))
		keep_text(&run->result->report, bytes, count);
	else
		compare(&run->result->downloaded, run->runner->download,
		    run->scenario->download, bytes, count);
}

/* Reads what is there, and closes a descriptor that has ended. */
static ssize_t
read_end(int *fd, char *bytes, size_t size)
{
	ssize_t n = *fd == -1 ? -1 : read(*fd, bytes, size);

	if (n == 0 || (n == -1 && *fd != -1 && errno != EAGAIN))
		close_end(fd);
	return (n);
}

static void
read_ends(struct run *run)
{
	static char bytes[256 * 1024];
	ssize_t n;

	while ((n = read_end(&run->out, bytes, sizeof(bytes))) > 0)
		keep_output(run, bytes, (size_t)n);
	while ((n = read_end(&run->err, bytes, sizeof(bytes))) > 0)
		keep_text(&run->result->err, bytes, (size_t)n);
	while ((n = read_end(&run->report, bytes, sizeof(bytes))) > 0)
		keep_text(&run->result->report, bytes, (size_t)n);
}

static void
write_input(struct run *run)
{
	ssize_t n;

	while (run->in != -1) {
		size_t left = run->scenario->upload - run->written;

		n = left == 0
		    ? 0
		    : send(run->in, run->runner->upload + run->written, left,
			  MSG_NOSIGNAL);
		if (n == -1 && errno == ENOTSOCK)
			n = write(
			    run->in, run->runner->upload + run->written, left);
		if (n == -1 && errno == EAGAIN)
			return;
		if (n > 0)
			run->written += (size_t)n;
		else
			close_end(&run->in);
	}
}

static void
accept_all(struct run *run)
{
	int fd;

	while (run->scenario->peer == PEER_LISTENS &&
	    run->connection_count < RUN_CONNECTIONS_MAX) {
		fd = accept4(
		    run->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -1)
			return;
		run->connections[run->connection_count++] = (struct connection){
			.fd = fd
		};
	}
}

static void
receive(struct run *run, struct connection *connection)
{
	static char bytes[256 * 1024];
	ssize_t n = 1;

	while (connection->fd != -1 &&
	    (n = read(connection->fd, bytes, sizeof(bytes))) > 0) {
		if (run->carrier == NULL)
			run->carrier = connection;
		if (run->carrier != connection)
			run->result->split = true;
		else
			compare(&run->result->uploaded, run->runner->upload,
			    run->scenario->upload, bytes, (size_t)n);
	}
	if (n == 0)
		connection->peer_ended = true;
	else if (n == -1 && errno != EAGAIN)
		close_end(&connection->fd);
}

/* Sends, and ends once all is sent and received. */
static void
answer(struct run *run, struct connection *connection)
{
	const struct scenario *scenario = run->scenario;
	ssize_t n;

	while (connection->fd != -1 && connection->sent < scenario->download) {
		n = send(connection->fd,
		    run->runner->download + connection->sent,
		    scenario->download - connection->sent, MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN)
			close_end(&connection->fd);
		if (n == -1)
			return;
		connection->sent += (size_t)n;
	}
	if (connection->fd != -1 && !connection->ended &&
	    run->result->uploaded.count >= scenario->upload) {
		connection->ended = true;
		shutdown(connection->fd, SHUT_WR);
	}
	/* One that has lost what it waits for goes, too. */
	if (connection->peer_ended &&
	    (connection->ended || connection->sent == scenario->download))
		close_end(&connection->fd);
}

static void
serve(struct run *run)
{
	accept_all(run);
	for (size_t i = 0; i < run->connection_count; i++) {
		receive(run, &run->connections[i]);
		answer(run, &run->connections[i]);
	}
}

/* Adds what is to be waited for. */
static void
wait_on(struct pollfd *entries, nfds_t *count, int fd, short events)
{
	if (fd != -1)
		entries[(*count)++] = (struct pollfd){ fd, events, 0 };
}

/* Waits until something can go on; at most `timeout` milliseconds. */
static void
wait_for_any(const struct run *run, bool has_ended, int timeout)
{
	struct pollfd entries[6 + RUN_CONNECTIONS_MAX];
	nfds_t count = 0;

	if (!has_ended)
		wait_on(entries, &count, run->process, POLLIN);
	wait_on(entries, &count, run->in, POLLOUT);
	wait_on(entries, &count, run->out, POLLIN);
	wait_on(entries, &count, run->err, POLLIN);
	wait_on(entries, &count, run->report, POLLIN);
	if (!has_ended && run->scenario->peer == PEER_LISTENS)
		wait_on(entries, &count, run->listener, POLLIN);
	for (size_t i = 0; i < run->connection_count; i++) {
		const struct connection *connection = &run->connections[i];
		bool more = connection->sent < run->scenario->download;

		wait_on(entries, &count, connection->fd,
		    (short)((connection->peer_ended ? 0 : POLLIN) |
			(more ? POLLOUT : 0)));
	}
	poll(entries, count, timeout);
}

/* Whether something may still come once the program has ended. */
static bool
is_open(const struct run *run)
{
	if (run->out != -1 || run->err != -1 || run->report != -1)
		return (true);
	for (size_t i = 0; i < run->connection_count; i++)
		if (run->connections[i].fd != -1)
			return (true);
	return (false);
}

/* Plays the peer and the terminal until the program has ended. */
static void
play(struct run *run)
{
	int64_t deadline = now_ms() + DEADLINE_MS;
	bool has_ended = false;

	while (!has_ended || is_open(run)) {
		if (now_ms() >= deadline)
			break;
		wait_for_any(run, has_ended, (int)(deadline - now_ms()) + 1);
		if (!has_ended &&
		    waitpid(run->pid, &run->result->status, WNOHANG) ==
			run->pid)
			has_ended = true;
		serve(run);
		write_input(run);
		read_ends(run);
	}
	if (!has_ended) {
		run->result->hung = true;
		kill(run->pid, SIGKILL);
		waitpid(run->pid, &run->result->status, 0);
	}
	/* What holds a stream open is a process that it has left. */
	if (kill(-run->pid, SIGKILL) == 0 ||
	    (!run->result->hung && is_open(run)))
		run->result->left_process = true;
}

static void
read_file(const char *path, void (*keep)(struct run *, const char *, size_t),
    struct run *run)
{
	static char bytes[256 * 1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while (fd != -1 && (n = read(fd, bytes, sizeof(bytes))) > 0)
		keep(run, bytes, (size_t)n);
	if (fd != -1)
		close(fd);
}

static void
keep_report(struct run *run, const char *bytes, size_t count)
{
	keep_text(&run->result->report, bytes, count);
}

/* Takes what it has left in files, and tidies up. */
static void
collect(struct run *run)
{
	struct runner *runner = run->runner;

	if (run->scenario->streams == TYPE_FILE)
		read_file(runner->output_path, keep_output, run);
	if (run->scenario->report == REPORT_FILE_JSON)
		read_file(runner->json_path, keep_report, run);
	run->result->left_file = empty_folder(runner);
	run->result->fired = runner->tally->fired;
	run->result->fired_in_lookup = runner->tally->fired_in_lookup;
	for (size_t i = 0; i < FAULT_COUNT; i++)
		run->result->calls[i] = runner->tally->calls[i];
	close_end(&run->process);
	close_end(&run->listener);
	close_end(&run->in);
	close_end(&run->out);
	close_end(&run->err);
	close_end(&run->report);
	for (size_t i = 0; i < run->connection_count; i++)
		close_end(&run->connections[i].fd);
}

void
runner_run(struct runner *runner, const struct scenario *scenario,
    const char *fault, const struct refusal *refusal, struct run_result *result)
{
	struct run run = {
		.runner = runner,
		.scenario = scenario,
		.result = result,
		.process = -1,
		.listener = -1,
		.child_in = -1,
		.child_out = -1,
		.child_err = -1,
		.child_report = -1,
		.in = -1,
		.out = -1,
		.err = -1,
		.report = -1,
	};

	memset(result, 0, sizeof(*result));
	memset(runner->tally, 0, sizeof(*runner->tally));
	unlink(runner->json_path);
	start(&run, fault, refusal);
	play(&run);
	collect(&run);
	result->err.bytes[result->err.size < RUN_TEXT_MAX ? result->err.size
							  : RUN_TEXT_MAX] =
	    '\0';
	result->report
	    .bytes[result->report.size < RUN_TEXT_MAX ? result->report.size
						      : RUN_TEXT_MAX] = '\0';
}
