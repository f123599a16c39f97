/* SPDX-License-Identifier: ISC */
/*
 * One call of getsockopt(2).
 */
#include <netinet/in.h>
#include <string.h>

#include "tcp_info.h"

#ifdef __linux__
socklen_t
tcp_info_get(int fd, struct tcp_info *info)
{
	socklen_t length = sizeof(*info);

	memset(info, 0, sizeof(*info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &length) == -1)
		return (0);
	return (length);
}
#endif
