/* SPDX-License-Identifier: ISC */
/*
 * hecat: connect by Happy Eyeballs, relay standard input and output.
 *
 * main() reads as the data flows: the arguments become options, the options a
 * session or a probe, and its outcome the end of the program.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "dns_config.h"
#include "hecat.h"
#include "report/messages.h"
#include "options/options.h"
#include "outcome.h"
#include "probe/probe.h"
#include "sandbox.h"
#include "session.h"
#include "stack.h"
#include "status.h"
#include "relay/stream.h"
#include "tls_module.h"

/* Ends as a program that `number` kills, as far as its parent can see. */
static void
die_of(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	signal(number, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
}

/*
 * Writes a text to standard output, and makes sure that all of it has gone
 * there: it fits into the buffer, so that only the flush can fail.
 */
static struct outcome
print_text(void (*text)(FILE *out))
{
	static char buffer[32768];
	struct outcome outcome = { .status = STATUS_STREAM };

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	text(stdout);
	if (stream_was_missing(STDOUT_FILENO))
		errno = EBADF;
	else if (fflush(stdout) == 0)
		return ((struct outcome){ .status = STATUS_OK });
	if (errno == EPIPE) {
		outcome_stdout_closed(&outcome);
		return (outcome);
	}
	fprintf(messages(), "hecat: standard output: %s\n", strerror(errno));
	return (outcome);
}

#ifdef __linux__
#define SPLICE_FEATURE " splice"
#else
#define SPLICE_FEATURE ""
#endif
#ifdef SANDBOX_BUILT_IN
#define SANDBOX_FEATURE " sandbox"
#else
#define SANDBOX_FEATURE ""
#endif

static void
write_version(FILE *out)
{
	char error[TLS_ERROR_MAX];
	const struct tls_module *tls = tls_module_open(error);
	const char *ares = dns_config_ares_version();

	fprintf(out, "hecat %s\nlibevent %s\n", hecat_get_version(),
	    event_get_version());
	fprintf(out, "%s\n",
	    tls != NULL ? tls->library() : "no OpenSSL: -c does not work");
	if (ares != NULL)
		fprintf(out, "c-ares %s\n", ares);
	else
		fprintf(out, "no c-ares: --dns does not work\n");
	fprintf(out, "features:%s%s%s\n", SPLICE_FEATURE SANDBOX_FEATURE,
	    ares != NULL ? " dns" : "", tls != NULL ? " tls" : "");
}

static struct outcome
run(const struct options *options)
{
	return (options->probe > 0 ? probe_run(options) : session_run(options));
}

int
main(int argc, char *argv[])
{
	struct outcome outcome = { .status = STATUS_INTERNAL };
	struct options options;
	char error[OPTIONS_ERROR_MAX];

	if (!stack_ensure()) {
		fprintf(messages(),
		    "hecat: no memory for the stack; raise the limit with "
		    "ulimit -v or -s\n");
		messages_flush(MESSAGES_PATIENCE_US);
		return (STATUS_INTERNAL);
	}
	if (stream_open_missing() == -1) {
		fprintf(messages(), "hecat: /dev/null: %s\n", strerror(errno));
		messages_flush(MESSAGES_PATIENCE_US);
		return (STATUS_INTERNAL);
	}
	signal(SIGPIPE, SIG_IGN);
	/* What is too large for its limit is an error of write(2). */
	signal(SIGXFSZ, SIG_IGN);
	switch (options_parse(&options, argc, argv, error)) {
	case OPTIONS_RUN:
		outcome = run(&options);
		break;
	case OPTIONS_HELP:
		outcome = print_text(options_usage);
		break;
	case OPTIONS_VERSION:
		outcome = print_text(write_version);
		break;
	case OPTIONS_INVALID:
		fprintf(messages(), "hecat: %s\n", error);
		outcome.status = STATUS_USAGE;
		break;
	case OPTIONS_NO_MEMORY:
		fprintf(messages(), "hecat: out of memory\n");
		break;
	}
	options_release(&options);
	messages_flush(outcome.signal != 0 ? MESSAGES_SIGNAL_PATIENCE_US
					   : MESSAGES_PATIENCE_US);
	if (outcome.signal != 0)
		die_of(outcome.signal);
	return (outcome.status);
}
