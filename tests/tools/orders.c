/* SPDX-License-Identifier: ISC */
/*
 * Every order in which both sides of a relay send and end, with every option of
 * the relay, judged by the rules.
 *
 *	orders [-v] PROGRAM [OPTION]
 *
 * The events of a row, of which the program's side and the peer's side each
 * keep their order:
 *
 *	I  there is input		S  the peer sends
 *	E  input ends			F  the peer ends, and goes on reading
 *					C  the peer closes
 *					R  the peer resets the connection
 *
 * After each one everything that has to follow is waited for, and what must not
 * follow is looked for: the bytes and the end that the peer gets, the bytes and
 * the end of standard output, the end of the program and its status. OPTION is
 * given in each row too: --no-splice, for the other engine.
 *
 * Prints the rows that went wrong, and their number; -v prints all.
 */
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What has not happened by then will not happen. */
#define DEADLINE_MS 10000
/* Rows at the same time: each waits most of the time. */
#define WORKERS 24

#define INPUT    "in\n"
#define EXPANDED "in\r\n"
#define OUTPUT   "out\n"

#define STATUS_LOST 5
#define STATUS_IDLE 8
#define RUNNING     (-1)

/* What an option means, in the words of the manual. */
struct option_row {
	const char *words[3];
	bool at_once;    /* the write side is shut down with the input */
	bool soon;       /* after a wait that a test has time for */
	bool never;      /* nor later */
	bool quits;      /* leaves at the end of input */
	bool quits_soon; /* after a while */
	bool idles;      /* does not wait for long */
	bool discards;   /* what the peer sends */
	bool ignores;    /* standard input */
	bool leaves;     /* with the peer */
	bool crlf;
	bool fast; /* for the fast engine alone */
};

static const struct option_row options[] = {
	{ .words = { NULL } },
	{ .words = { "-N" }, .at_once = true },
	{ .words = { "--shutdown=0.05" }, .soon = true },
	{ .words = { "--no-shutdown" }, .never = true },
	{ .words = { "-q", "0" }, .at_once = true, .quits = true },
	{ .words = { "-q", "0.2" }, .soon = true, .quits_soon = true },
	{ .words = { "-q", "-1" } },
	{ .words = { "-i", "1" }, .soon = true, .idles = true },
	{ .words = { "--send-only" }, .at_once = true, .discards = true },
	{ .words = { "--recv-only" }, .never = true, .ignores = true },
	{ .words = { "--exit-on-peer-eof" }, .leaves = true },
	{ .words = { "-N", "--exit-on-peer-eof" },
	    .at_once = true,
	    .leaves = true },
	{ .words = { "-N", "-C" }, .at_once = true, .crlf = true },
	{ .words = { "--zero-copy" }, .fast = true },
	{ .words = { "--no-sandbox" } },
	{ .words = { "--progress" } },
};

static const char *const ours[] = { "", "I", "E", "IE" };
static const char *const theirs[] = { "", "S", "F", "SF", "C", "SC", "R",
	"SR" };

/* What there is to be seen of a row, or has to be. */
struct sight {
	char sent[16]; /* the peer has got this */
	bool shut;     /* and then the end */
	char written[16];
	bool closed; /* standard output */
	int status;  /* RUNNING: the program has not ended */
};

/* A row under way. */
struct row {
	const struct option_row *option;
	char events[8];
	int listener, peer; /* sockets; -1: closed */
	int input, output;  /* our ends of the standard streams */
	pid_t pid;
	struct sight seen;
};

static const char *program, *engine;
static bool verbose;

static long
now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (time.tv_sec * 1000 + time.tv_nsec / 1000000);
}

/* --- the rules ----------------------------------------------------------- */

/*
 * Says what has to be seen once `events` have happened and everything has come
 * of them that comes without another event. `may_shut`: the end of input is out
 * and may be sent by and by, or not. `is_last`: no other event will come, so
 * that nothing moves any more.
 */
static struct sight
rules(const struct option_row *option, const char *events, bool is_last,
    bool *may_shut)
{
	struct sight sight = { .status = RUNNING };
	bool input_ended = false, peer_ended = false, peer_closed = false;

	*may_shut = false;
	for (; *events != '\0' && sight.status == RUNNING; events++) {
		switch (*events) {
		case 'I':
			if (option->ignores)
				break;
			/* What is read and cannot be delivered is an error. */
			if (peer_closed)
				sight.status = STATUS_LOST;
			else
				strcat(sight.sent,
				    option->crlf ? EXPANDED : INPUT);
			break;
		case 'E':
			if (option->ignores)
				break;
			input_ended = true;
			if (option->at_once || option->soon || peer_ended)
				sight.shut = !option->never || peer_ended;
			*may_shut = !sight.shut && !option->never;
			if (option->quits || option->quits_soon || peer_ended)
				sight.status = 0;
			break;
		case 'S':
			if (!option->discards)
				strcat(sight.written, OUTPUT);
			break;
		case 'R':
			sight.status = STATUS_LOST;
			break;
		case 'C':
			peer_closed = true;
			/* FALLTHROUGH */
		case 'F':
			peer_ended = true;
			sight.closed = true;
			if (input_ended || option->ignores || option->leaves)
				sight.status = 0;
			break;
		}
	}
	if (sight.status == RUNNING && option->idles && is_last)
		sight.status = STATUS_IDLE;
	/* All that was open is closed then. */
	if (sight.status != RUNNING)
		sight.shut = sight.closed = true;
	return (sight);
}

/* Whether a row comes to an end by itself, which each one has to. */
static bool
ends(const struct option_row *option, const char *events)
{
	bool may_shut;

	return (rules(option, events, true, &may_shut).status != RUNNING);
}

/* --- a row ---------------------------------------------------------------- */

static void
listen_anywhere(struct row *row, char *port, size_t size)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);

	row->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (row->listener == -1 ||
	    bind(row->listener, (struct sockaddr *)&address, length) == -1 ||
	    listen(row->listener, 1) == -1 ||
	    getsockname(row->listener, (struct sockaddr *)&address, &length) ==
		-1)
		err(2, "listen");
	snprintf(port, size, "%u", ntohs(address.sin_port));
}

static void
run_program(const struct row *row, const char *port, int in, int out)
{
	const char *argv[10] = { program };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t count = 1;

	for (size_t i = 0; i < 3 && row->option->words[i] != NULL; i++)
		argv[count++] = row->option->words[i];
	if (engine != NULL)
		argv[count++] = engine;
	argv[count++] = "127.0.0.1";
	argv[count] = port;
	dup2(in, 0);
	dup2(out, 1);
	dup2(null, 2);
	execv(program, (char *const *)(void *)argv);
	_exit(127);
}

/* Takes the connection; there is none where the program refuses to start. */
static void
accept_program(struct row *row)
{
	struct pollfd entry = { .fd = row->listener, .events = POLLIN };

	row->peer = -1;
	if (poll(&entry, 1, DEADLINE_MS) == 1)
		row->peer = accept4(row->listener, NULL, NULL, SOCK_CLOEXEC);
	close(row->listener);
	if (row->peer == -1)
		errx(99, "%s: no connection",
		    row->option->words[0] == NULL ? "" : row->option->words[0]);
}

static void
start(struct row *row)
{
	int in[2], out[2];
	char port[8];

	listen_anywhere(row, port, sizeof(port));
	if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1)
		err(2, "pipe");
	row->pid = fork();
	if (row->pid == -1)
		err(2, "fork");
	if (row->pid == 0)
		run_program(row, port, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	row->input = in[1];
	row->output = out[0];
	accept_program(row);
	row->seen = (struct sight){ .status = RUNNING };
}

/* Adds what has come from a descriptor, if something has. */
static void
look_at(int fd, char *text, size_t size, bool *is_end)
{
	struct pollfd entry = { .fd = fd, .events = POLLIN };
	size_t used = strlen(text);
	ssize_t n;

	while (fd != -1 && !*is_end && poll(&entry, 1, 0) == 1) {
		n = read(fd, text + used, size - 1 - used);
		*is_end = n <= 0;
		used += n > 0 ? (size_t)n : 0;
		text[used] = '\0';
		if (used == size - 1)
			return;
	}
}

static void
look(struct row *row)
{
	int status;

	look_at(
	    row->peer, row->seen.sent, sizeof(row->seen.sent), &row->seen.shut);
	look_at(row->output, row->seen.written, sizeof(row->seen.written),
	    &row->seen.closed);
	if (row->seen.status == RUNNING &&
	    waitpid(row->pid, &status, WNOHANG) == row->pid)
		row->seen.status = WIFEXITED(status) ? WEXITSTATUS(status)
						     : 128 + WTERMSIG(status);
}

/* Whether what is seen is what has to be. */
static bool
is_right(const struct row *row, const struct sight *wanted, bool may_shut)
{
	const struct sight *seen = &row->seen;
	bool is_peer_closed = row->peer == -1;

	return (seen->status == wanted->status &&
	    strcmp(seen->written, wanted->written) == 0 &&
	    (seen->closed == wanted->closed || row->option->discards) &&
	    (is_peer_closed ||
		(strcmp(seen->sent, wanted->sent) == 0 &&
		    (seen->shut == wanted->shut || may_shut))));
}

static void
happen(struct row *row, char event)
{
	const struct linger now = { .l_onoff = 1 };

	switch (event) {
	case 'I':
		(void)!write(row->input, INPUT, strlen(INPUT));
		break;
	case 'E':
		close(row->input);
		row->input = -1;
		break;
	case 'S':
		send(row->peer, OUTPUT, strlen(OUTPUT), MSG_NOSIGNAL);
		break;
	case 'F':
		shutdown(row->peer, SHUT_WR);
		break;
	case 'R':
		setsockopt(row->peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(row->peer);
		row->peer = -1;
		break;
	case 'C':
		/* Nothing is left unread, which would make it a reset. */
		close(row->peer);
		row->peer = -1;
		break;
	}
}

static void
describe(const struct row *row, size_t done, const struct sight *wanted)
{
	const struct sight *seen = &row->seen;
	const char *const *words = row->option->words;

	fprintf(stderr,
	    "%s%s%s %s %s, after %zu of its events:\n"
	    "  expected peer %zu bytes%s, output %zu bytes%s, status %d\n"
	    "  happened peer %zu bytes%s, output %zu bytes%s, status %d\n",
	    words[0] == NULL ? "(none)" : words[0],
	    words[0] == NULL || words[1] == NULL ? "" : " ",
	    words[0] == NULL || words[1] == NULL ? "" : words[1],
	    engine == NULL ? "" : engine, row->events, done,
	    strlen(wanted->sent), wanted->shut ? " end" : "",
	    strlen(wanted->written), wanted->closed ? " end" : "",
	    wanted->status, strlen(seen->sent), seen->shut ? " end" : "",
	    strlen(seen->written), seen->closed ? " end" : "", seen->status);
}

/* Waits until all rules hold; false when they do not in time. */
static bool
settle(struct row *row, size_t done)
{
	long end = now_ms() + DEADLINE_MS;
	char events[8] = "";
	struct sight wanted;
	bool may_shut, right;
	memcpy(events, row->events, done);
	wanted = rules(
	    row->option, events, row->events[done] == '\0', &may_shut);
	for (;;) {
		look(row);
		right = is_right(row, &wanted, may_shut);
		if (right || now_ms() >= end)
			break;
		poll(NULL, 0, 1);
	}
	if (!right)
		describe(row, done, &wanted);
	return (right);
}

static void
finish(struct row *row)
{
	if (row->seen.status == RUNNING) {
		kill(row->pid, SIGKILL);
		waitpid(row->pid, NULL, 0);
	}
	close(row->output);
	if (row->input != -1)
		close(row->input);
	if (row->peer != -1)
		close(row->peer);
}

/* Runs one row; returns whether all of it was right. */
static bool
run_row(const struct option_row *option, const char *events)
{
	struct row row = { .option = option };
	bool right = true;

	snprintf(row.events, sizeof(row.events), "%s", events);
	start(&row);
	for (size_t i = 0; right && row.events[i] != '\0'; i++) {
		happen(&row, row.events[i]);
		right = settle(&row, i + 1);
		/* What comes after its end the program cannot see. */
		if (row.seen.status != RUNNING)
			break;
	}
	if (right && events[0] == '\0')
		right = settle(&row, 0);
	finish(&row);
	if (verbose)
		fprintf(stderr, "%s %s: %s\n",
		    option->words[0] == NULL ? "" : option->words[0], events,
		    right ? "ok" : "wrong");
	return (right);
}

/* --- all rows ---------------------------------------------------------------
 */

static size_t rows, own, wrong, worker;

/* Runs the row if it is this worker's. */
static void
take_row(const struct option_row *option, const char *events)
{
	if (!ends(option, events) || (option->fast && engine != NULL))
		return;
	if (rows++ % WORKERS != worker)
		return;
	own++;
	wrong += !run_row(option, events);
}

/* Makes every order of both, each of which keeps its own. */
static void
merge(const struct option_row *option, const char *a, const char *b,
    char *events, size_t used)
{
	events[used] = '\0';
	if (*a == '\0' && *b == '\0') {
		take_row(option, events);
		return;
	}
	if (*a != '\0') {
		events[used] = *a;
		merge(option, a + 1, b, events, used + 1);
	}
	if (*b != '\0') {
		events[used] = *b;
		merge(option, a, b + 1, events, used + 1);
	}
}

static void
run_all(void)
{
	char events[8];

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		for (size_t j = 0; j < sizeof(ours) / sizeof(ours[0]); j++)
			for (size_t k = 0;
			     k < sizeof(theirs) / sizeof(theirs[0]); k++)
				merge(
				    &options[i], ours[j], theirs[k], events, 0);
}

int
main(int argc, char *argv[])
{
	size_t failed = 0;
	int status, option;

	while ((option = getopt(argc, argv, "+v")) != -1)
		verbose = option == 'v';
	if (optind >= argc)
		errx(2, "usage: orders [-v] PROGRAM [OPTION]");
	program = argv[optind];
	engine = argv[optind + 1];
	signal(SIGPIPE, SIG_IGN);
	for (worker = 0; worker < WORKERS; worker++) {
		pid_t pid = fork();

		if (pid == -1)
			err(2, "fork");
		if (pid > 0)
			continue;
		run_all();
		_exit(wrong > 99 ? 99 : (int)wrong);
	}
	/* Which counts the rows alone. */
	run_all();
	for (size_t i = 0; i < WORKERS; i++)
		if (wait(&status) == -1 || !WIFEXITED(status))
			failed++;
		else
			failed += (size_t)WEXITSTATUS(status);
	printf("%zu rows, %zu wrong\n", rows, failed);
	return (failed > 0 || rows == 0);
}
