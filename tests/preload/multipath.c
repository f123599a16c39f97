/* SPDX-License-Identifier: ISC */
/*
 * A server that speaks Multipath TCP: preloaded, each TCP socket it makes is
 * one of MPTCP.
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <netinet/in.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

int
socket(int domain, int type, int protocol)
{
	if ((domain == AF_INET || domain == AF_INET6) &&
	    (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == SOCK_STREAM)
		protocol = IPPROTO_MPTCP;
	return ((int)syscall(SYS_socket, domain, type, protocol));
}
