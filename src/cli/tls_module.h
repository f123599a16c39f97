/* SPDX-License-Identifier: ISC */
/*
 * tls_module.h: finds and opens the TLS module of the program (tls/tls.h).
 */
#ifndef TLS_MODULE_H
#define TLS_MODULE_H

#include "tls/tls.h"

/*
 * Opens the module: that of the tree that the program was built in, or else the
 * one that was installed with it. It stays open. Returns NULL with the reason
 * in `error`, a buffer of TLS_ERROR_MAX bytes, where there is none that fits.
 */
const struct tls_module *tls_module_open(char *error);

#endif
