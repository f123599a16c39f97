/* SPDX-License-Identifier: ISC */
/*
 * proxy/no_proxy.h: the hosts that need no proxy, as $no_proxy lists them.
 */
#ifndef PROXY_NO_PROXY_H
#define PROXY_NO_PROXY_H

#include <stdbool.h>

/*
 * Returns whether `list` names the host: words with commas or spaces between
 * them, each a name, with or without a dot in front, that the host has or is
 * in; an address, or a prefix of some; or "*", for all.
 */
bool no_proxy_has(const char *list, const char *host);

#endif
