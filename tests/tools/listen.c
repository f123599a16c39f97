/* SPDX-License-Identifier: ISC */
/*
 * Takes one port at several addresses, each in its own way, and lets a command
 * go on from there.
 *
 *	listen [-a ADDR] [-b ADDR] [-x ADDR] [-p PORT] [-R BYTES] [-t SECONDS]
 *	    -o FILE [COMMAND [ARGUMENT...]]
 *
 * -a listens; the command finds these sockets from descriptor 3 on, and their
 * number in LISTEN_FDS. -b is a black hole: it never answers a SYN, because
 * its queue has room for one connection, which is there. -x refuses: the port
 * is held without a listener (a client may yet bind it as its source port).
 * The port is PORT, or one that is free at all of the addresses, and is
 * written to FILE once everything is in place. -R is the size of the receive
 * buffers. Without a command it sits there. After 120 seconds, or -t, all of
 * it is killed by SIGALRM.
 */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "meeting.h"

#define PLACES_MAX 16

/* How often another port is tried when one is taken at some address. */
#define PORT_TRIES 50

/* Where the command looks for its sockets. */
#define FIRST_FD 3

enum role { ROLE_LISTEN, ROLE_BLACK_HOLE, ROLE_REFUSE };

struct place {
	enum role role;
	const char *address;
	int fd;
};

struct setup {
	struct place places[PLACES_MAX];
	size_t count;
	uint16_t port; /* 0: any */
	int receive_buffer;
	const char *port_file;
};

static void
add_place(struct setup *setup, enum role role, const char *address)
{
	if (setup->count == PLACES_MAX)
		errx(2, "more than %d addresses", PLACES_MAX);
	setup->places[setup->count++] = (struct place){
		.role = role,
		.address = address,
		.fd = -1,
	};
}

static struct addrinfo *
parse_address(const char *address, uint16_t port)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *info;
	char service[NI_MAXSERV];
	int error;

	snprintf(service, sizeof(service), "%d", port);
	error = getaddrinfo(address, service, &hints, &info);
	if (error != 0)
		errx(2, "%s: %s", address, gai_strerror(error));
	return (info);
}

/* Returns the port that the kernel has chosen. */
static uint16_t
port_of(int fd)
{
	struct sockaddr_storage storage;
	struct sockaddr *address = (struct sockaddr *)&storage;
	socklen_t length = sizeof(storage);
	char service[NI_MAXSERV];

	if (getsockname(fd, address, &length) == -1)
		err(1, "getsockname");
	getnameinfo(
	    address, length, NULL, 0, service, sizeof(service), NI_NUMERICSERV);
	return ((uint16_t)atoi(service));
}

static void
set_options(const struct setup *setup, const struct place *place, int family)
{
	int on = 1;

	if (family == AF_INET6)
		setsockopt(
		    place->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (place->role == ROLE_REFUSE)
		setsockopt(
		    place->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (setup->receive_buffer > 0)
		setsockopt(place->fd, SOL_SOCKET, SO_RCVBUF,
		    &setup->receive_buffer, sizeof(setup->receive_buffer));
}

/* Binds one place to the port; returns false when that is taken. */
static bool
bind_place(const struct setup *setup, struct place *place, uint16_t *port)
{
	struct addrinfo *info = parse_address(place->address, *port);
	bool bound;

	place->fd = socket(info->ai_family, SOCK_STREAM, 0);
	if (place->fd == -1)
		err(1, "socket");
	set_options(setup, place, info->ai_family);
	bound = bind(place->fd, info->ai_addr, info->ai_addrlen) == 0;
	if (!bound && errno != EADDRINUSE)
		err(1, "bind %s", place->address);
	freeaddrinfo(info);
	if (bound)
		*port = port_of(place->fd);
	return (bound);
}

/*
 * Binds every place to one port; returns false when it is taken somewhere. The
 * listeners come first, so that they have the lowest descriptors.
 */
static bool
bind_all(struct setup *setup, uint16_t *port)
{
	struct place *place;
	int role;

	for (role = ROLE_LISTEN; role <= ROLE_REFUSE; role++)
		for (place = setup->places;
		     place < setup->places + setup->count; place++)
			if ((int)place->role == role &&
			    !bind_place(setup, place, port))
				return (false);
	return (true);
}

static void
close_all(struct setup *setup)
{
	for (size_t i = 0; i < setup->count; i++) {
		if (setup->places[i].fd != -1)
			close(setup->places[i].fd);
		setup->places[i].fd = -1;
	}
}

/* Finds a port for all the places. */
static uint16_t
take_port(struct setup *setup)
{
	int tries = setup->port != 0 ? 1 : PORT_TRIES;

	while (tries-- > 0) {
		uint16_t port = setup->port;

		if (bind_all(setup, &port))
			return (port);
		close_all(setup);
	}
	errx(1, "no free port");
}

/* Fills the queue of a black hole with a connection that stays. */
static void
fill_queue(const struct place *place, uint16_t port)
{
	struct addrinfo *info = parse_address(place->address, port);
	int fd = socket(info->ai_family, SOCK_STREAM, 0);

	if (fd == -1 || connect(fd, info->ai_addr, info->ai_addrlen) == -1)
		err(1, "connect %s", place->address);
	freeaddrinfo(info);
}

/* Lets every place do what it is there for. */
static void
start_places(const struct setup *setup, uint16_t port)
{
	for (size_t i = 0; i < setup->count; i++) {
		const struct place *place = &setup->places[i];
		int backlog = place->role == ROLE_BLACK_HOLE ? 0 : SOMAXCONN;

		if (place->role == ROLE_REFUSE)
			continue;
		if (listen(place->fd, backlog) == -1)
			err(1, "listen %s", place->address);
		if (place->role == ROLE_BLACK_HOLE)
			fill_queue(place, port);
	}
}

/* Goes on as the command, with the listeners where it looks for them. */
static void
run_command(const struct setup *setup, char *argv[])
{
	char count[16];
	int listeners = 0;

	for (size_t i = 0; i < setup->count; i++)
		if (setup->places[i].role == ROLE_LISTEN)
			listeners++;
	snprintf(count, sizeof(count), "%d", listeners);
	setenv("LISTEN_FDS", count, 1);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

static void
parse_options(struct setup *setup, int argc, char *argv[])
{
	unsigned seconds = 120;
	int option;

	while ((option = getopt(argc, argv, "+a:b:x:o:p:R:t:")) != -1) {
		switch (option) {
		case 'a':
			add_place(setup, ROLE_LISTEN, optarg);
			break;
		case 'b':
			add_place(setup, ROLE_BLACK_HOLE, optarg);
			break;
		case 'x':
			add_place(setup, ROLE_REFUSE, optarg);
			break;
		case 'o':
			setup->port_file = optarg;
			break;
		case 'p':
			setup->port = (uint16_t)atoi(optarg);
			break;
		case 'R':
			setup->receive_buffer = atoi(optarg);
			break;
		case 't':
			seconds = (unsigned)atoi(optarg);
			break;
		default:
			exit(2);
		}
	}
	alarm(seconds);
}

int
main(int argc, char *argv[])
{
	struct setup setup = { .count = 0 };
	uint16_t port;

	parse_options(&setup, argc, argv);
	if (setup.count == 0 || setup.port_file == NULL)
		errx(2, "an address and -o are needed");
	/* Whatever was inherited would be taken for a listener. */
	for (int fd = FIRST_FD; fd < 64; fd++)
		close(fd);
	port = take_port(&setup);
	start_places(&setup, port);
	meeting_write(setup.port_file, port);
	if (optind < argc)
		run_command(&setup, argv + optind);
	for (;;)
		pause();
}
