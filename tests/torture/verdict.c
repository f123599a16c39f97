/* SPDX-License-Identifier: ISC */
/*
 * What has to have arrived, and how the program has to have ended.
 *
 * Without a reset everything arrives and the status is 0, but for what a side
 * that leaves early cuts off, and 8 where nobody ends. With a reset
 *
 *   - what came out is no more than the server sent, and no less than was
 *     acknowledged when it broke off: that lay in the kernel of the program,
 *     where a reset does not reach it;
 *   - the status is 5, also when all of the upload had arrived by then, for
 *     nobody has said that the download was complete;
 *   - but where the server had ended its side, or closed and so ended it, and
 *     had received the whole upload, the program may have been done: 0;
 *   - a reset can be faster than the program sees its connection come up: then
 *     it has none, 1, and has neither sent nor received anything.
 */
#include <sys/wait.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "status.h"
#include "verdict.h"

static unsigned
check_stream(const struct data_check *check, const char *name, bool may_be_cut,
    FILE *out)
{
	if (check->differs) {
		fprintf(out,
		    "the %s differs at byte %" PRIu64 " of %" PRIu64 "\n", name,
		    check->count, check->data.size);
		return (1);
	}
	if (!may_be_cut && !data_check_is_complete(check)) {
		fprintf(out,
		    "the %s ends after %" PRIu64 " bytes of %" PRIu64 "\n",
		    name, check->position, check->data.size);
		return (1);
	}
	return (0);
}

static unsigned
check_nothing(const struct data_check *check, const char *name, FILE *out)
{
	if (check->count == 0 && !check->differs)
		return (0);
	fprintf(out, "the %s was to be left alone\n", name);
	return (1);
}

/* TLS that has ended well has ended with a close_notify. */
static unsigned
check_end(const struct transfer *transfer, FILE *out)
{
	int status = transfer->child.status;

	if (transfer->server.sink.error != ENODATA || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != STATUS_OK)
		return (0);
	fprintf(out, "it sent no close_notify\n");
	return (1);
}

static unsigned
check_upload(struct transfer *transfer, FILE *out)
{
	const struct plan *plan = transfer->plan;
	const struct data_check *check = &transfer->server.sink.check;
	unsigned wrong;

	if (!plan->recv_only)
		return (check_stream(
		    check, "upload", plan_upload_may_be_cut(plan), out));
	wrong = check_nothing(check, "upload", out);
	/* What a terminal or a socket that is both holds is not all input. */
	if (!plan->one_descriptor)
		wrong += standard_check_unread(
		    &transfer->standard, transfer->feeder.sent, out);
	return (wrong);
}

/* Returns whether the reset probably ended the connect. */
static bool
is_unconnected(const struct transfer *transfer)
{
	const struct server *server = &transfer->server;
	int status = transfer->child.status;

	return (WIFEXITED(status) &&
	    WEXITSTATUS(status) == STATUS_UNCONNECTED &&
	    !transfer->plan->verbose && server->has_broken_off &&
	    server->sink.check.count == 0 && server->unread == 0 &&
	    transfer->collector.check.count == 0 &&
	    (strstr(transfer->child.err, "reset by peer") != NULL ||
		strstr(transfer->child.err, "Broken pipe") != NULL));
}

/* Compares what came out with what the server knows of it. */
static unsigned
check_reset(const struct transfer *transfer, uint64_t count, FILE *out)
{
	const struct server *server = &transfer->server;

	if (!plan_output_is_kept(transfer->plan) || !server->has_broken_off ||
	    is_unconnected(transfer))
		return (0);
	if (count > server->source.sent) {
		fprintf(out, "more came out than was sent\n");
		return (1);
	}
	if (count >= server->acknowledged)
		return (0);
	fprintf(out,
	    "before the reset %" PRIu64 " bytes had arrived, "
	    "but only %" PRIu64 " came out\n",
	    server->acknowledged, count);
	return (1);
}

static unsigned
check_download(struct transfer *transfer, FILE *out)
{
	const struct plan *plan = transfer->plan;
	struct data_check *check = &transfer->collector.check;
	unsigned wrong = standard_check_file(&transfer->standard, check, out);

	if (wrong > 0)
		return (wrong);
	if (plan->send_only)
		return (check_nothing(check, "output", out));
	if (!plan_output_is_kept(plan))
		return (0);
	wrong = check_stream(
	    check, "download", plan_download_may_be_cut(plan), out);
	if (plan->reset != RESET_NONE)
		wrong += check_reset(transfer, check->count, out);
	return (wrong);
}

/* Returns whether everything had arrived at a server that reported its end. */
static bool
may_be_done(const struct transfer *transfer)
{
	const struct plan *plan = transfer->plan;
	const struct server *server = &transfer->server;
	uint64_t total = plan->recv_only ? 0 : plan_expanded_upload(plan);

	/* A close with something unread is a reset at once. */
	if (plan->reset == RESET_ABORT ||
	    (plan->reset == RESET_CLOSE && server->unread > 0))
		return (false);
	/* What is unread are records: nobody knows of how many bytes. */
	if (server_certificate() != NULL && server->unread > 0)
		return (server->sink.check.count <= total);
	return (server->sink.check.count + server->unread == total);
}

static bool
status_is_legal(const struct transfer *transfer, int status)
{
	const struct plan *plan = transfer->plan;

	if (plan->reset == RESET_NONE)
		return (status ==
		    (plan->order == ORDER_NOBODY ? STATUS_IDLE : STATUS_OK));
	/* A close without a close_notify. */
	if (server_certificate() != NULL && plan->reset == RESET_CLOSE &&
	    status == STATUS_TRUNCATED)
		return (true);
	return (status == STATUS_LOST || is_unconnected(transfer) ||
	    (status == STATUS_OK && may_be_done(transfer)));
}

static unsigned
check_status(const struct transfer *transfer, FILE *out)
{
	int status = transfer->child.status;

	if (transfer->timed_out) {
		fprintf(out, "it hangs\n");
		return (1);
	}
	if (WIFSIGNALED(status)) {
		fprintf(out, "it ended by signal %d\n", WTERMSIG(status));
		return (1);
	}
	if (status_is_legal(transfer, WEXITSTATUS(status)))
		return (0);
	fprintf(out, "the exit status is %d\n", WEXITSTATUS(status));
	return (1);
}

/* A good end is silent, a bad one has a reason. */
static unsigned
check_words(const struct transfer *transfer, FILE *out)
{
	const char *words = transfer->child.err;
	int status = transfer->child.status;

	if (!WIFEXITED(status))
		return (0);
	if (WEXITSTATUS(status) == STATUS_OK && *words != '\0' &&
	    !transfer->plan->verbose) {
		fprintf(out, "it says something with status 0\n");
		return (1);
	}
	if (WEXITSTATUS(status) == STATUS_LOST &&
	    strstr(words, "connection lost: ") == NULL) {
		fprintf(out, "it does not say what was lost\n");
		return (1);
	}
	return (0);
}

unsigned
verdict(struct transfer *transfer, FILE *out)
{
	unsigned wrong = check_status(transfer, out);

	wrong += check_words(transfer, out);
	wrong += check_upload(transfer, out);
	wrong += check_end(transfer, out);
	wrong += check_download(transfer, out);
	return (wrong + standard_check_flags(&transfer->standard, out));
}
