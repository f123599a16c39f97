/* SPDX-License-Identifier: ISC */
/*
 * tcp_info.h: what the kernel knows of a TCP connection (TCP_INFO).
 *
 * Only Linux has it in this form; elsewhere this header is empty, and its users
 * have another way. Kernels differ in how much of the struct they fill in.
 */
#ifndef TCP_INFO_H
#define TCP_INFO_H

#ifdef __linux__
#include <sys/socket.h>
#include <linux/tcp.h>

/*
 * Fills in *info for the socket `fd`; what this kernel does not know is 0.
 * Returns the number of bytes that the kernel filled in, 0 on failure.
 */
socklen_t tcp_info_get(int fd, struct tcp_info *info);
#endif

#endif
