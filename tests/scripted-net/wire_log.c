/* SPDX-License-Identifier: ISC */
/*
 * The log of what the network saw.  Every line is one write(), so that
 * nothing is lost and nothing is torn when the program is killed.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "timers.h"
#include "wire_log.h"

#define LINE_SIZE 1024

bool
wire_log_open(struct wire_log *log, const char *path)
{
	log->fd = -1;
	log->start = clock_now();
	if (path == NULL)
		return (true);
	if (strcmp(path, "-") == 0)
		log->fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		log->fd = open(path,
		    O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	return (log->fd != -1);
}

void
wire_log_close(struct wire_log *log)
{
	if (log->fd != -1)
		close(log->fd);
	log->fd = -1;
}

static void
write_line(struct wire_log *log, int64_t time, const char *event,
    const char *text, const char *detail)
{
	int64_t elapsed = (time - log->start) / NS_PER_US;
	char line[LINE_SIZE];
	ssize_t written;
	int length;

	length = snprintf(line, sizeof(line),
	    "%8" PRId64 " %s %.700s%s%.200s\n", elapsed, event, text,
	    detail[0] != '\0' ? " " : "", detail);
	written = write(log->fd, line, (size_t)length);
	(void)written;
}

static void
write_ends(struct wire_log *log, int64_t time, const char *event,
    const struct wire_ends *ends, const char *direction, const char *detail)
{
	char host[IP_TEXT_MAX], client[IP_TEXT_MAX], text[4 * IP_TEXT_MAX];

	if (log->fd == -1)
		return;
	snprintf(text, sizeof(text), "%s %u %s %s %u",
	    ip_format(&ends->host, host), ends->host_port, direction,
	    ip_format(&ends->client, client), ends->client_port);
	write_line(log, time, event, text, detail);
}

void
wire_log_event(struct wire_log *log, int64_t time, const char *event,
    const char *format, ...)
{
	char text[LINE_SIZE];
	va_list arguments;

	if (log->fd == -1)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_line(log, time, event, text, "");
}

void
wire_log_in(struct wire_log *log, const char *event,
    const struct wire_ends *ends, const char *detail)
{
	write_ends(log, log->arrival, event, ends, "from", detail);
}

void
wire_log_out(struct wire_log *log, const char *event,
    const struct wire_ends *ends, const char *detail)
{
	write_ends(log, clock_now(), event, ends, "to", detail);
}
