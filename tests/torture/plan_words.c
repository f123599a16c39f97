/* SPDX-License-Identifier: ISC */
/*
 * A case as a command, and in words.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "plan.h"

static const char *const kind_words[] = {
	[KIND_FILE] = "a regular file",
	[KIND_APPEND] = "a file in append mode",
	[KIND_PIPE] = "a pipe",
	[KIND_SOCKET] = "a socketpair",
	[KIND_TERMINAL] = "a raw terminal",
	[KIND_NULL] = "/dev/null",
	[KIND_CLOSED] = "closed",
};

static const char *const order_words[] = {
	[ORDER_TOGETHER] = "each side ends when it has sent all",
	[ORDER_SERVER] = "the server ends first",
	[ORDER_CLIENT] = "the client ends first",
	[ORDER_NOBODY] = "nobody ends",
};

static const char *const reset_words[] = {
	[RESET_NONE] = "does not reset",
	[RESET_ABORT] = "resets",
	[RESET_END_ABORT] = "ends its side, then resets",
	[RESET_CLOSE] = "closes for good",
};

__attribute__((format(printf, 2, 3))) static void
add(struct plan_command *command, const char *format, ...)
{
	va_list arguments;
	int i = 0;

	while (command->argv[i] != NULL)
		i++;
	va_start(arguments, format);
	vsnprintf(
	    command->words[i], sizeof(command->words[i]), format, arguments);
	va_end(arguments);
	command->argv[i] = command->words[i];
	command->argv[i + 1] = NULL;
}

static void
add_flag(struct plan_command *command, bool given, const char *flag)
{
	if (given)
		add(command, "%s", flag);
}

static void
add_seconds(struct plan_command *command, const char *option, int ms)
{
	add(command, "%s", option);
	add(command, "%d.%03d", ms / 1000, ms % 1000);
}

void
plan_command(
    const struct plan *plan, unsigned port, struct plan_command *command)
{
	command->argv[0] = NULL;
	add(command, "hecat");
	add_flag(command, plan->verbose, "-v");
	add_flag(command, plan->no_splice, "--no-splice");
	add_flag(command, plan->zero_copy, "--zero-copy");
	add_flag(command, plan->crlf, "-C");
	add_flag(command, plan->send_only, "--send-only");
	add_flag(command, plan->recv_only, "--recv-only");
	add_flag(command, plan->no_shutdown, "--no-shutdown");
	if (!plan->no_shutdown)
		add(command, "--shutdown=%d.%03d", plan->shutdown_ms / 1000,
		    plan->shutdown_ms % 1000);
	add_flag(command, plan->exit_on_peer_eof, "--exit-on-peer-eof");
	if (plan->quit_ms != -1)
		add_seconds(command, "-q", plan->quit_ms);
	if (plan->idle_ms != 0)
		add_seconds(command, "-i", plan->idle_ms);
	add(command, "127.0.0.1");
	add(command, "%u", port);
}

static void
print_pace(FILE *out, const struct pace_plan *plan)
{
	fprintf(out, "up to %zu at a time", plan->chunk_max);
	if (plan->pause_in > 0)
		fprintf(out, ", after 1 in %u a pause of up to %" PRIu64 " us",
		    plan->pause_in, plan->pause_max / 1000);
	fprintf(out, "\n");
}

static void
print_stream(FILE *out, const char *name, const struct plan_stream *stream,
    const struct pace_plan *pace)
{
	fprintf(out, "#   %s: %s", name, kind_words[stream->kind]);
	if (stream->kind == KIND_FILE || stream->kind == KIND_APPEND)
		fprintf(out, " after %zu bytes of others", stream->header);
	if (stream->nonblock)
		fprintf(out, ", with O_NONBLOCK");
	if (stream->held)
		fprintf(out, ", shared");
	fprintf(out, "; ");
	print_pace(out, pace);
}

static void
print_server(FILE *out, const struct plan *plan)
{
	fprintf(out, "#   server sends ");
	print_pace(out, &plan->pace[SERVER_SOURCE]);
	fprintf(out, "#   server receives ");
	print_pace(out, &plan->pace[SERVER_SINK]);
	if (plan->send_buffer != 0)
		fprintf(out, "#   SO_SNDBUF %d\n", plan->send_buffer);
	if (plan->receive_buffer != 0)
		fprintf(out, "#   SO_RCVBUF %d\n", plan->receive_buffer);
}

static void
print_end(FILE *out, const struct plan *plan)
{
	if (plan->reset == RESET_NONE) {
		fprintf(out, "#   %s; the last %" PRIu64 " bytes wait for it\n",
		    order_words[plan->order], plan->held_back);
		return;
	}
	fprintf(out,
	    "#   the server %s when %" PRIu64 " bytes are %s; "
	    "standard input %s\n",
	    reset_words[plan->reset], plan->reset_at,
	    plan->reset_on_upload ? "received" : "sent",
	    plan->input_ends ? "ends" : "stays open");
}

void
plan_print(FILE *out, const struct plan *plan)
{
	struct plan_command command;

	plan_command(plan, 0, &command);
	fprintf(out, "#  ");
	for (char **word = command.argv; word[1] != NULL; word++)
		fprintf(out, " %s", *word);
	fprintf(out,
	    " PORT\n#   up %" PRIu64 " bytes, down %" PRIu64 " bytes%s\n",
	    plan->upload, plan->download,
	    plan->one_descriptor ? "; one descriptor is both" : "");
	print_stream(out, "standard input", &plan->in, &plan->pace[FEEDER]);
	print_stream(
	    out, "standard output", &plan->out, &plan->pace[COLLECTOR]);
	if (plan->collector_delay > 0)
		fprintf(out, "#   nobody reads standard output for a while\n");
	print_server(out, plan);
	print_end(out, plan);
}
