/* SPDX-License-Identifier: ISC */
/*
 * The machine under test: its addresses and routes.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stddef.h>

#include "device.h"
#include "scenario.h"

#define MACHINE_ERROR_MAX 256

/*
 * Gives the machine the addresses and routes of the scenario.  Returns false
 * with one line in `error` when the kernel refuses.
 */
bool machine_configure(const struct scenario *scenario, struct netlink *netlink,
    const struct device *device, char *error);

#endif
