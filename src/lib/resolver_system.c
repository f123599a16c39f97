/* SPDX-License-Identifier: ISC */
/*
 * The system's resolver: getaddrinfo(3), which follows nsswitch.conf, one call
 * per family, each on a thread of the pool, told to the event loop through
 * a pipe.
 *
 * getaddrinfo cannot be interrupted. So a lookup is shared by its owner and
 * its jobs, and the last one to let go frees it: an owner that cancels leaves
 * at once, and a job that hangs hangs alone.
 */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "clock.h"
#include "descriptor.h"
#include "resolver.h"
#include "thread_pool.h"

#ifndef AI_IDN
#define AI_IDN 0
#endif

/* One call of getaddrinfo, for one family or for AF_UNSPEC. */
struct job {
	struct thread_job work; /* first: a job is its work */
	struct lookup *lookup;
	struct job *ahead; /* has a head start on this one; may be NULL */
	int family;
	bool done;      /* the outcome below is complete */
	bool delivered; /* the owner has been told */
	bool in_place;
	monotime_t started; /* 0: it is still queued */
	int error;
	int system_error;
	struct address *addresses;
	size_t count;
};

struct lookup {
	pthread_mutex_t lock;   /* over all that is not constant below */
	pthread_cond_t changed; /* a job is done, or the lookup cancelled */
	unsigned references;    /* the owner's and one for each job */
	bool cancelled;         /* the owner is gone */
	int wake[2];            /* a byte for each job that is done */
	struct job jobs[2];     /* AAAA first */
	size_t job_count;
	char *name;
	uint16_t port;
	struct event *readable; /* the owner's alone, as is all below */
	resolver_cb cb;
	void *arg;
};

struct system_resolver {
	struct resolver resolver;
	struct event_base *base;
};

static void
close_wake(struct lookup *lookup)
{
	for (size_t i = 0; i < 2; i++) {
		if (lookup->wake[i] != -1)
			close(lookup->wake[i]);
		lookup->wake[i] = -1;
	}
}

/* errno stays, for whoever gives up. */
static void
lookup_free(struct lookup *lookup)
{
	int error = errno;

	for (size_t i = 0; i < lookup->job_count; i++)
		free(lookup->jobs[i].addresses);
	close_wake(lookup);
	pthread_cond_destroy(&lookup->changed);
	pthread_mutex_destroy(&lookup->lock);
	free(lookup->name);
	free(lookup);
	errno = error;
}

/* Drops one reference. */
static void
lookup_unref(struct lookup *lookup)
{
	bool last;

	pthread_mutex_lock(&lookup->lock);
	last = --lookup->references == 0;
	pthread_mutex_unlock(&lookup->lock);
	if (last)
		lookup_free(lookup);
}

/* Copies the addresses of `list` to the job, with the port of the lookup. */
static bool
job_keep(struct job *job, const struct addrinfo *list)
{
	size_t count = 0;

	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
		count++;
	if (count == 0)
		return (true);
	job->addresses = calloc(count, sizeof(*job->addresses));
	if (job->addresses == NULL)
		return (false);
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		struct address *address = &job->addresses[job->count];

		if (!address_from_sockaddr(
			address, ai->ai_addr, ai->ai_addrlen))
			continue;
		address_set_port(address, job->lookup->port);
		job->count++;
	}
	return (true);
}

static void
job_resolve(struct job *job)
{
	struct addrinfo hints = {
		.ai_family = job->family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_IDN,
	};
	struct addrinfo *list = NULL;

	job->error = getaddrinfo(job->lookup->name, NULL, &hints, &list);
	job->system_error = job->error == EAI_SYSTEM ? errno : 0;
	if (job->error != 0)
		return;
	if (!job_keep(job, list))
		job->error = EAI_MEMORY;
	else if (job->count == 0)
		job->error = EAI_NONAME;
	freeaddrinfo(list);
}

/* Returns when a head start over the jobs behind ends. */
static monotime_t
head_start_end(const struct job *job, monotime_t now)
{
	if (job->done)
		return (now);
	return ((job->started != 0 ? job->started : now) +
	    RESOLVER_SYSTEM_HEAD_START_US);
}

static void
wait_until(struct lookup *lookup, monotime_t end)
{
	struct timespec until = {
		.tv_sec = (time_t)(end / MONOTIME_PER_SECOND),
		.tv_nsec = (long)(end % MONOTIME_PER_SECOND * 1000),
	};

	pthread_cond_timedwait(&lookup->changed, &lookup->lock, &until);
}

/* Gives the job ahead its head start. Returns whether it is still wanted. */
static bool
job_begin(struct job *job)
{
	struct lookup *lookup = job->lookup;
	monotime_t now = clock_now();
	bool wanted;

	pthread_mutex_lock(&lookup->lock);
	while (!lookup->cancelled && job->ahead != NULL &&
	    now < head_start_end(job->ahead, now)) {
		wait_until(lookup, head_start_end(job->ahead, now));
		now = clock_now();
	}
	job->started = now;
	pthread_cond_broadcast(&lookup->changed);
	wanted = !lookup->cancelled;
	pthread_mutex_unlock(&lookup->lock);
	return (wanted);
}

/* Publishes the outcome and wakes the owner, if there still is one. */
static void
job_end(struct job *job)
{
	struct lookup *lookup = job->lookup;

	pthread_mutex_lock(&lookup->lock);
	job->done = true;
	pthread_cond_broadcast(&lookup->changed);
	if (!lookup->cancelled)
		while (write(lookup->wake[1], "", 1) == -1 && errno == EINTR)
			continue;
	pthread_mutex_unlock(&lookup->lock);
}

static void
job_run(struct thread_job *work)
{
	struct job *job = (struct job *)work;
	struct lookup *lookup = job->lookup;

	if (job_begin(job))
		job_resolve(job);
	job_end(job);
	lookup_unref(lookup);
}

/* Tells the owner of one job. The owner may cancel the lookup inside. */
static void
deliver(struct lookup *lookup, const struct job *job)
{
	struct resolver_answer answer = {
		.family = job->family,
		.error = job->error,
		.system_error = job->system_error,
		.in_place = job->in_place,
		.addresses = job->addresses,
		.count = job->count,
	};

	lookup->cb(&answer, lookup->arg);
}

/* Returns the first job that is done and not delivered, and marks it. */
static struct job *
take_done(struct lookup *lookup)
{
	struct job *found = NULL;

	pthread_mutex_lock(&lookup->lock);
	for (size_t i = 0; i < lookup->job_count && found == NULL; i++)
		if (lookup->jobs[i].done && !lookup->jobs[i].delivered)
			found = &lookup->jobs[i];
	if (found != NULL)
		found->delivered = true;
	pthread_mutex_unlock(&lookup->lock);
	return (found);
}

/* One byte stands for one job: the loop comes back for the other one. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct lookup *lookup = arg;
	struct job *job;
	char byte;

	(void)what;
	if (read(fd, &byte, 1) != 1)
		return;
	job = take_done(lookup);
	if (job != NULL)
		deliver(lookup, job);
}

/* A family that hangs is not to hold up another one. */
static unsigned
kind_of(int family)
{
	if (family == AF_UNSPEC)
		return (2);
	return (family == AF_INET6 ? 0 : 1);
}

/* Lays out the jobs of a question, AAAA ahead of A. */
static void
add_jobs(struct lookup *lookup, enum resolver_families families)
{
	static const int of[][2] = {
		[RESOLVER_IPV6] = { AF_INET6, 0 },
		[RESOLVER_IPV4] = { AF_INET, 0 },
		[RESOLVER_BOTH] = { AF_INET6, AF_INET },
		[RESOLVER_BOTH_TOGETHER] = { AF_UNSPEC, 0 },
	};
	struct job *jobs = lookup->jobs;

	lookup->job_count = families == RESOLVER_BOTH ? 2 : 1;
	for (size_t i = 0; i < lookup->job_count; i++) {
		jobs[i].work.run = job_run;
		jobs[i].lookup = lookup;
		jobs[i].family = of[families][i];
		jobs[i].work.kind = kind_of(jobs[i].family);
		jobs[i].ahead = i > 0 ? &jobs[i - 1] : NULL;
	}
	lookup->references = 1 + (unsigned)lookup->job_count;
}

static bool
init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	bool ok;

	if (pthread_condattr_init(&attributes) != 0)
		return (false);
	ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(condition, &attributes) == 0;
	pthread_condattr_destroy(&attributes);
	return (ok);
}

static struct lookup *
lookup_new(const struct resolver_question *question)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (lookup == NULL)
		return (NULL);
	lookup->wake[0] = lookup->wake[1] = -1;
	pthread_mutex_init(&lookup->lock, NULL);
	if (!init_condition(&lookup->changed)) {
		pthread_mutex_destroy(&lookup->lock);
		free(lookup);
		errno = ENOMEM;
		return (NULL);
	}
	add_jobs(lookup, question->families);
	lookup->port = question->port;
	lookup->name = strdup(question->name);
	if (lookup->name == NULL || descriptor_pipe(lookup->wake) == -1) {
		lookup_free(lookup);
		return (NULL);
	}
	return (lookup);
}

/* Waits for the jobs on `base`. Returns false with errno. */
static bool
watch(struct lookup *lookup, struct event_base *base)
{
	errno = ENOMEM; /* unless something else is said */
	lookup->readable = event_new(
	    base, lookup->wake[0], EV_READ | EV_PERSIST, on_readable, lookup);
	if (lookup->readable != NULL && event_add(lookup->readable, NULL) == 0)
		return (true);
	if (lookup->readable != NULL)
		event_free(lookup->readable);
	return (false);
}

static struct lookup *
system_start(struct resolver *resolver,
    const struct resolver_question *question, resolver_cb cb, void *arg)
{
	struct system_resolver *self = (struct system_resolver *)resolver;
	struct lookup *lookup = lookup_new(question);

	if (lookup == NULL)
		return (NULL);
	lookup->cb = cb;
	lookup->arg = arg;
	if (!watch(lookup, self->base)) {
		lookup_free(lookup);
		return (NULL);
	}
	for (size_t i = 0; i < lookup->job_count; i++) {
		struct job *job = &lookup->jobs[i];

		if (thread_pool_submit(&job->work) == THREAD_POOL_NONE) {
			job->in_place = true;
			job_run(&job->work);
		}
	}
	return (lookup);
}

static void
system_cancel(struct lookup *lookup)
{
	event_free(lookup->readable);
	pthread_mutex_lock(&lookup->lock);
	lookup->cancelled = true;
	/* A job may hang for long; its owner's descriptors must not. */
	close_wake(lookup);
	pthread_cond_broadcast(&lookup->changed);
	pthread_mutex_unlock(&lookup->lock);
	lookup_unref(lookup);
}

static void
system_release(struct resolver *resolver)
{
	free(resolver);
}

struct resolver *
resolver_system_new(struct event_base *base)
{
	struct system_resolver *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->resolver = (struct resolver){
		.start = system_start,
		.cancel = system_cancel,
		.release = system_release,
	};
	self->base = base;
	return (&self->resolver);
}
