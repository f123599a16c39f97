/* SPDX-License-Identifier: ISC */
/*
 * The faults of glibc that the matrix meets. The proofs are of Debian 12's
 * glibc 2.36, by a debugger:
 *
 *	FAULT=malloc:K:12 LD_PRELOAD=.../fault.so gdb --args hecat NAME PORT
 */
#include <sys/wait.h>
#include <signal.h>
#include <string.h>

#include "known.h"

const struct known_fault known_faults[] = {
	{ .name = "glibc: nss_database_reload_1() asserts what memory decides",
	    .proof = "nss_database.c:291: getline(3) returns -1 without memory "
		     "for its line, and `ret > 0' is asserted",
	    .signal = SIGABRT,
	    .words = "nss_database_reload_1: Assertion" },
	{ .name = "glibc: the same, without memory for its message, too",
	    .proof = "assert.c: __assert_fail_base() calls asprintf(3), and "
		     "writes \"Unexpected error.\" when that fails",
	    .signal = SIGABRT,
	    .words = "Unexpected error." },
	{ .name = "glibc: __nss_database_get() goes on without its state",
	    .proof = "nss_database.c:402: nss_database_check_reload_and_get() "
		     "reads *local, which is NULL when it could not be "
		     "allocated",
	    .signal = SIGSEGV,
	    .words = NULL },
	{ .name = "glibc: get_locked_global() returns with its lock held",
	    .proof =
		"resolv_conf.c: when the first calloc(3) fails it "
		"returns NULL between lock and unlock, and the next "
		"getaddrinfo(3) or res_ninit(3) waits at line 88 for ever; "
		"with -w the program gives up",
	    .hangs = true },
	{ .name = "glibc: getaddrinfo(3) says of a lack of memory that there "
		  "is no such name",
	    .proof = "getaddrinfo.c: gethosts() and get_nss_addresses() make "
		     "EAI_NONAME or EAI_AGAIN of NSS_STATUS_UNAVAIL and "
		     "NSS_STATUS_TRYAGAIN, which the modules return without "
		     "memory; EAI_MEMORY is for its own allocations alone",
	    .status = 3,
	    .words = NULL },
};

const size_t known_fault_count = sizeof(known_faults) / sizeof(known_faults[0]);

/* Whether a run ended, and spoke, as this fault makes it. */
static bool
fits(const struct known_fault *known, const struct run_result *result)
{
	if (known->hangs || result->hung)
		return (known->hangs && result->hung);
	if (known->signal == 0)
		return (WIFEXITED(result->status) &&
		    WEXITSTATUS(result->status) == known->status);
	return (WIFSIGNALED(result->status) &&
	    WTERMSIG(result->status) == known->signal &&
	    (known->words == NULL
		    ? result->err.size == 0
		    : strstr(result->err.bytes, known->words) != NULL));
}

int
known_fault_of(const struct run_result *result)
{
	if (result->fired_in_lookup == 0)
		return (-1);
	for (size_t i = 0; i < known_fault_count; i++)
		if (fits(&known_faults[i], result))
			return ((int)i);
	return (-1);
}
