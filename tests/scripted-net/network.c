/* SPDX-License-Identifier: ISC */
/*
 * The network as a running thing.  One thread waits for the device, for
 * signals and for the next thing that is due.
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper.h"
#include "name_server.h"
#include "network.h"
#include "tcp_host.h"

#define BATCH 64 /* packets read before timers are checked again */

/* What runs this late is in the log; how often that is measured. */
#define STALL          (2 * NS_PER_MS)
#define STALL_INTERVAL (5 * NS_PER_MS)

struct network {
	struct wire *wire;
	struct tcp_hosts *hosts;
	uint8_t buffer[PACKET_SIZE_MAX];
};

/* UDP gets the ICMP errors of its host, or nothing. */
static void
take_udp(struct wire *wire, const struct packet *packet)
{
	const struct behaviour *behaviour = scenario_host(
	    wire->scenario, &packet->destination, packet->destination_port);
	struct wire_ends ends = wire_packet_ends(packet);
	char detail[32];

	snprintf(detail, sizeof(detail), "%zu", packet->payload_length);
	wire_log_in(wire->log, "udp", &ends, detail);
	if (behaviour->answer == HOST_ICMP)
		wire_send_icmp(wire, behaviour->delay, packet, behaviour->icmp,
		    &behaviour->router);
	else if (behaviour->answer == HOST_REFUSE)
		wire_send_icmp(wire, behaviour->delay, packet,
		    icmp_kind_find("port-unreachable"), &behaviour->router);
}

static void
take_packet(struct network *network, size_t length)
{
	struct wire *wire = network->wire;
	struct packet packet;
	struct wire_ends ends;

	if (!packet_parse(&packet, network->buffer, length))
		return;
	ends = wire_packet_ends(&packet);
	if (packet.protocol == IPPROTO_TCP)
		tcp_hosts_input(network->hosts, &packet);
	else if (name_server_at(wire, &ends))
		name_server_input(wire, &packet);
	else
		take_udp(wire, &packet);
}

/* Takes in packets, up to `limit`; true when there may be more. */
static bool
drain(struct network *network, int limit)
{
	struct wire *wire = network->wire;
	ssize_t length;

	while (limit-- > 0) {
		length = device_read(
		    wire->device, network->buffer, sizeof(network->buffer));
		if (length == -1)
			return (errno == EINTR);
		wire->log->arrival = clock_now();
		wire->scenario->now = wire->log->arrival - wire->log->start;
		take_packet(network, (size_t)length);
	}
	return (true);
}

/* Tells what a signal asks for; Ctrl-C is left to the command itself. */
static bool
asks_for_end(const struct signalfd_siginfo *info)
{
	if (info->ssi_signo == SIGCHLD)
		return (false);
	return (info->ssi_signo == SIGTERM || info->ssi_signo == SIGHUP ||
	    info->ssi_code != SI_KERNEL);
}

/* Takes one signal; true with the status when the keeper has ended. */
static bool
take_signal(int signals, pid_t keeper, int *status)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return (false);
	if (asks_for_end(&info))
		kill(keeper, SIGTERM);
	return (waitpid(keeper, status, WNOHANG) == keeper);
}

/* Waits for input, but not beyond the time of the next thing due. */
static void
wait_for_input(struct wire *wire, struct pollfd *fds, bool ready)
{
	struct timespec timeout = { 0 };
	int64_t due, left = 0;
	bool timed = timers_next(wire->timers, &due);

	if (timed)
		left = due - clock_now();
	if (left > 0 && !ready) {
		timeout.tv_sec = left / NS_PER_S;
		timeout.tv_nsec = left % NS_PER_S;
	}
	fds[0].revents = fds[1].revents = 0;
	ppoll(fds, 2, timed || ready ? &timeout : NULL, NULL);
}

/*
 * Notes how much later this runs than it is due: the program under test, which
 * shares the processor, may have waited as long. Goes on until the network
 * ends.
 */
static void
note_stall(void *context, void *subject)
{
	struct wire *wire = context;
	int64_t *due = subject, now = clock_now();

	if (now - *due > STALL)
		wire_log_event(wire->log, now, "stall", "%" PRId64,
		    (now - *due) / NS_PER_US);
	*due = now + STALL_INTERVAL;
	timers_add(wire->timers, *due, note_stall, wire, due, false);
}

int
network_run(struct wire *wire, pid_t keeper, int signals)
{
	int64_t stall_due = clock_now();
	struct tcp_service service = name_server_service(wire);
	struct network network = { .wire = wire,
		.hosts = tcp_hosts_new(wire, &service) };
	struct pollfd fds[] = {
		{ .fd = wire->device->fd, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	bool more = false, ended = false;
	int status = 0;

	note_stall(wire, &stall_due);
	while (!ended) {
		wait_for_input(wire, fds, more);
		more = drain(&network, BATCH);
		timers_run(wire->timers, clock_now());
		if (fds[1].revents != 0)
			ended = take_signal(signals, keeper, &status);
	}
	/* What the command sent before it ended belongs to the log. */
	while (drain(&network, BATCH))
		;
	tcp_hosts_free(network.hosts);
	return (keeper_exit_status(status));
}
