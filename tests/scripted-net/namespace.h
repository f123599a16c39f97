/* SPDX-License-Identifier: ISC */
/*
 * Namespaces of this program's own: network, mounts and the name of the
 * machine, and users where that is what it takes to be allowed the others.
 */
#ifndef NAMESPACE_H
#define NAMESPACE_H

/*
 * Leaves the namespaces of the system.  Returns NULL, or else a text that
 * names what is not permitted, with errno set.
 */
const char *namespace_enter(void);

#endif
