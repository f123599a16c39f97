/* SPDX-License-Identifier: ISC */
/*
 * sandbox.h: a relay gives up what it does not need.
 *
 * A relay moves bytes between descriptors that are open already. Once it runs,
 * the thread that called sandbox_enter() can open no file, run no program, make
 * no connection and signal no other process: each such system call fails with
 * EPERM (EACCES for a file) and nothing is killed. So an error in the code that
 * handles a stranger's bytes has little to work with.
 *
 * It is best effort. Linux has Landlock (5.13) and seccomp filters (3.17);
 * where one is missing or forbidden the other still applies. Threads that exist
 * already, those of pending lookups, are not restricted.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

/* Defined where there is a sandbox at all. */
#if defined(__linux__) && !defined(HECAT_NO_SANDBOX) && \
    (defined(__x86_64__) || defined(__aarch64__) || defined(__riscv))
#define SANDBOX_BUILT_IN 1
#endif

/* What is in force, as bits. */
enum sandbox_part {
	SANDBOX_LANDLOCK = 1, /* no file system */
	SANDBOX_SECCOMP = 2   /* no system call that a relay has no use for */
};

/*
 * Restricts the calling thread and those it makes, for good. In `folder`, a
 * descriptor of a folder, or -1, files may still be renamed and removed: that
 * is how a report takes its final name. Returns the parts in force; 0 where the
 * system has none of them, or forbids them. errno is not kept.
 */
unsigned sandbox_enter(int folder);

#endif
