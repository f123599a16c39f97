/* SPDX-License-Identifier: ISC */
/*
 * sandbox.h: a relay drops the rights that it does not need.
 *
 * A relay moves bytes between descriptors that are open already. After
 * sandbox_enter() the calling thread can open no file, run no program, make no
 * connection and signal no other process: each such system call fails with
 * EPERM (EACCES for a file); the process is not killed. So an attacker who
 * takes over the process through the bytes of a peer can do little with it.
 *
 * It is best effort. Linux has Landlock (5.13) and seccomp filters (3.17);
 * where one is missing or forbidden the other still applies. Existing threads,
 * those of pending lookups, are not restricted.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

/* Defined where this program has a sandbox. */
#if defined(__linux__) && !defined(HECAT_NO_SANDBOX) && \
    (defined(__x86_64__) || defined(__aarch64__) || defined(__riscv))
#define SANDBOX_BUILT_IN 1
#endif

/* The parts in force, as bits. */
enum sandbox_part {
	SANDBOX_LANDLOCK = 1, /* no files */
	SANDBOX_SECCOMP = 2   /* no system calls that a relay does not need */
};

/*
 * Restricts the calling thread, and threads that it makes, permanently. In
 * `folder`, a descriptor of a folder or -1, files may still be renamed and
 * removed, as a report is renamed when it is complete. Returns the parts in
 * force; 0 where the system has none of them, or forbids them. errno changes.
 */
unsigned sandbox_enter(int folder);

#endif
