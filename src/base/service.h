/* SPDX-License-Identifier: ISC */
/*
 * service.h: the port of a TCP service.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdint.h>

/*
 * Finds the port of `service`, a number from 1 to 65535 or a name of
 * services(5), and sets *port, in host byte order. Returns 0; EINVAL: the text
 * is empty, or a number out of these bounds; ENOENT: there is no such TCP
 * service; or the errno of what kept it from being found. Safe in threads.
 */
int service_port(uint16_t *port, const char *service);

#endif
