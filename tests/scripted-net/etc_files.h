/* SPDX-License-Identifier: ISC */
/*
 * The files under /etc that decide how names are resolved, as the scenario
 * wants them: visible in this mount namespace only.
 */
#ifndef ETC_FILES_H
#define ETC_FILES_H

#include "scenario.h"

/*
 * Puts resolv.conf, hosts, nsswitch.conf and, if scripted, gai.conf in place.
 * Returns NULL, or else a text that names what is not possible, with errno
 * set.
 */
const char *etc_files_install(const struct scenario *scenario);

#endif
