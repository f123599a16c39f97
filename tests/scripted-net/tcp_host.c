/* SPDX-License-Identifier: ISC */
/*
 * The TCP side of every host.
 *
 * Flows are never removed before the end, so timers may point to them; a
 * timer of an older connection between the same ends is known by the sequence
 * number of its SYN.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "tcp_host.h"

#define BUCKETS 4096

struct tcp_hosts {
	struct wire *wire;
	struct tcp_service service;
	struct tcp_flow *buckets[BUCKETS];
};

/* Something due later in the life of a flow. */
struct appointment {
	struct tcp_flow *flow;
	uint32_t client_start;
};

static const struct behaviour served = { .answer = HOST_ACCEPT };

static void run_steps(struct tcp_hosts *hosts, struct tcp_flow *flow);

struct tcp_hosts *
tcp_hosts_new(struct wire *wire, const struct tcp_service *service)
{
	struct tcp_hosts *hosts = memory_new(1, sizeof(*hosts));

	hosts->wire = wire;
	hosts->service = *service;
	return (hosts);
}

void
tcp_hosts_free(struct tcp_hosts *hosts)
{
	struct tcp_flow *flow, *next;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		for (flow = hosts->buckets[i]; flow != NULL; flow = next) {
			next = flow->next;
			tcp_flow_release(flow);
			free(flow);
		}
	}
	free(hosts);
}

static bool
same_ends(const struct wire_ends *a, const struct wire_ends *b)
{
	return (a->host_port == b->host_port &&
	    a->client_port == b->client_port && ip_equal(&a->host, &b->host) &&
	    ip_equal(&a->client, &b->client));
}

/* Returns the bucket of a flow: its ends multiplied into one number. */
static struct tcp_flow **
bucket(struct tcp_hosts *hosts, const struct wire_ends *ends)
{
	uint32_t hash = ends->client_port * 31u + ends->host_port;
	size_t i;

	for (i = 0; i < ip_size(&ends->host); i++)
		hash = hash * 31 + ends->host.bytes[i] +
		    7u * ends->client.bytes[i];
	return (&hosts->buckets[hash % BUCKETS]);
}

static struct tcp_flow *
find_flow(struct tcp_hosts *hosts, const struct wire_ends *ends)
{
	struct tcp_flow *flow = *bucket(hosts, ends);

	while (flow != NULL && !same_ends(&flow->ends, ends))
		flow = flow->next;
	return (flow);
}

/* A line for the very port of a service goes before the service. */
static const struct behaviour *
find_behaviour(struct tcp_hosts *hosts, const struct wire_ends *ends)
{
	const struct behaviour *behaviour;

	if (!hosts->service.serves(hosts->service.context, ends))
		return (scenario_host(
		    hosts->wire->scenario, &ends->host, ends->host_port));
	behaviour = scenario_host_port(
	    hosts->wire->scenario, &ends->host, ends->host_port);
	return (behaviour == NULL ? &served : behaviour);
}

static struct tcp_flow *
add_flow(struct tcp_hosts *hosts, const struct wire_ends *ends)
{
	struct tcp_flow **head = bucket(hosts, ends);
	struct tcp_flow *flow = memory_new(1, sizeof(*flow));

	flow->wire = hosts->wire;
	flow->ends = *ends;
	flow->behaviour = find_behaviour(hosts, ends);
	flow->next = *head;
	*head = flow;
	return (flow);
}

/* Accepts or refuses when the time has come. */
static void
answer_syn(void *context, void *subject)
{
	struct appointment *due = subject;
	struct tcp_flow *flow = due->flow;

	(void)context;
	if (due->client_start != flow->client_start)
		return;
	if (flow->behaviour->answer == HOST_ACCEPT)
		tcp_flow_accept(flow);
	else
		tcp_flow_refuse(flow);
}

static void
make_appointment(struct tcp_hosts *hosts, struct tcp_flow *flow, int64_t due,
    timer_action action)
{
	struct appointment *later = memory_new(1, sizeof(*later));

	later->flow = flow;
	later->client_start = flow->client_start;
	timers_add(hosts->wire->timers, due, action, hosts, later, true);
}

/* Counts a SYN and arranges its answer; a sequence number of its own makes it
 * the first of another connection. */
static void
take_syn(struct tcp_hosts *hosts, const struct packet *packet,
    const struct wire_ends *ends)
{
	int64_t now = hosts->wire->log->arrival;
	struct tcp_flow *flow = find_flow(hosts, ends);
	const struct behaviour *behaviour;
	char detail[64];

	if (flow == NULL)
		flow = add_flow(hosts, ends);
	if (flow->syns == 0 || flow->client_start != packet->sequence)
		tcp_flow_renew(flow, packet);
	flow->syns++;
	behaviour = flow->behaviour;
	snprintf(detail, sizeof(detail), "#%u", flow->syns);
	wire_log_in(hosts->wire->log, "syn", ends, detail);
	snprintf(detail, sizeof(detail), "tos %u ttl %u mss %u window %u%s",
	    packet->tos, packet->ttl, packet->mss, packet->window,
	    packet->mptcp ? " mptcp" : "");
	wire_log_in(hosts->wire->log, "syn-header", ends, detail);
	if (behaviour->answer == HOST_DROP ||
	    flow->syns <= behaviour->drop_syns)
		return;
	if (behaviour->answer == HOST_ICMP)
		wire_send_icmp(hosts->wire, behaviour->delay, packet,
		    behaviour->icmp, &behaviour->router);
	else
		make_appointment(
		    hosts, flow, now + behaviour->delay, answer_syn);
}

/* Does one step; false when it has to wait for data. */
static bool
do_step(struct tcp_flow *flow, const struct step *step)
{
	switch (step->kind) {
	case STEP_SAY:
		tcp_flow_send(flow, step->text, step->length);
		break;
	case STEP_READ:
		return (flow->received >= step->length);
	case STEP_CLOSE:
		tcp_flow_close(flow);
		break;
	case STEP_RESET:
		tcp_flow_abort(flow);
		break;
	case STEP_ECHO:
		flow->echo = true;
		break;
	case STEP_STAY_OPEN:
		return (false);
	}
	return (true);
}

static void
step_due(void *context, void *subject)
{
	struct appointment *due = subject;
	struct tcp_flow *flow = due->flow;

	if (due->client_start != flow->client_start ||
	    flow->state != FLOW_ESTABLISHED)
		return;
	flow->waiting = false;
	if (do_step(flow, &flow->behaviour->steps[flow->step]))
		flow->step++;
	run_steps(context, flow);
}

/* Plays the steps as far as time and data allow, then answers a FIN. */
static void
run_steps(struct tcp_hosts *hosts, struct tcp_flow *flow)
{
	const struct step *step;

	while (!flow->waiting && flow->state == FLOW_ESTABLISHED &&
	    flow->step < flow->behaviour->step_count) {
		step = &flow->behaviour->steps[flow->step];
		if (step->kind == STEP_READ && !do_step(flow, step))
			return;
		if (step->delay > 0) {
			flow->waiting = true;
			make_appointment(
			    hosts, flow, clock_now() + step->delay, step_due);
			return;
		}
		if (!do_step(flow, step))
			return;
		flow->step++;
	}
	if (!flow->waiting && flow->fin_received)
		tcp_flow_close(flow);
}

/* Hands what a service has not consumed yet to it, with what is new. */
static void
serve(struct tcp_hosts *hosts, struct tcp_flow *flow,
    const struct flow_news *news)
{
	size_t consumed;
	uint8_t *in;

	if (news->length == 0)
		return;
	in = memory_new(flow->in_length + news->length, 1);
	if (flow->in_length > 0)
		memcpy(in, flow->in, flow->in_length);
	memcpy(in + flow->in_length, news->data, news->length);
	free(flow->in);
	flow->in = in;
	flow->in_length += news->length;
	consumed = hosts->service.receive(
	    hosts->service.context, flow, flow->in, flow->in_length);
	flow->in_length -= consumed;
	memmove(flow->in, flow->in + consumed, flow->in_length);
}

/* A black hole is silent about packets of no connection, too. */
static void
take_stray(struct tcp_hosts *hosts, const struct packet *packet,
    const struct wire_ends *ends)
{
	if ((packet->flags & TCP_FLAG_RST) != 0)
		wire_log_in(hosts->wire->log, "rst-in", ends, "");
	else if (find_behaviour(hosts, ends)->answer != HOST_DROP)
		tcp_flow_reject(hosts->wire, packet);
}

void
tcp_hosts_input(struct tcp_hosts *hosts, const struct packet *packet)
{
	struct wire_ends ends = wire_packet_ends(packet);
	struct flow_news news;
	struct tcp_flow *flow;

	if ((packet->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN) {
		take_syn(hosts, packet, &ends);
		return;
	}
	flow = find_flow(hosts, &ends);
	if (flow == NULL) {
		take_stray(hosts, packet, &ends);
		return;
	}
	if (flow->behaviour->drop_larger > 0 &&
	    packet->payload_length > flow->behaviour->drop_larger)
		return;
	tcp_flow_input(flow, packet, &news);
	if (flow->state != FLOW_ESTABLISHED)
		return;
	if (flow->behaviour == &served)
		serve(hosts, flow, &news);
	if (news.established || news.length > 0 || flow->fin_received)
		run_steps(hosts, flow);
}
