/* SPDX-License-Identifier: ISC */
/*
 * A filter in classic BPF: one comparison for each call.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "refusal.h"

#define CALL(name)                                  \
	{                                           \
		.text = #name, .number = SYS_##name \
	}

static const struct {
	const char *text;
	int number;
} calls[] = {
	CALL(accept4),
	CALL(bind),
	CALL(clone3),
	CALL(connect),
	CALL(dup),
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(epoll_pwait),
	CALL(eventfd2),
	CALL(fcntl),
	CALL(ftruncate),
	CALL(futex),
	CALL(getpeername),
	CALL(getrandom),
	CALL(getsockname),
	CALL(getsockopt),
	CALL(ioctl),
	CALL(lseek),
	CALL(newfstatat),
	CALL(openat),
	CALL(pipe2),
	CALL(ppoll),
	CALL(prctl),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(sched_getaffinity),
	CALL(seccomp),
	CALL(sendfile),
	CALL(sendmmsg),
	CALL(sendmsg),
	CALL(sendto),
	CALL(set_robust_list),
	CALL(setsockopt),
	CALL(shutdown),
	CALL(socket),
	CALL(socketpair),
	CALL(splice),
	CALL(statx),
	CALL(timerfd_create),
	CALL(timerfd_settime),
	CALL(uname),
#ifdef SYS_epoll_wait
	CALL(epoll_wait),
	CALL(eventfd),
	CALL(pipe),
	CALL(poll),
	CALL(select),
	CALL(stat),
#endif
#ifdef SYS_epoll_pwait2
	CALL(epoll_pwait2),
#endif
#ifdef SYS_landlock_create_ruleset
	CALL(landlock_create_ruleset),
#endif
};

/* Returns the number of a call; -1: it is not known. */
static int
find(const char *text, size_t length)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strlen(calls[i].text) == length &&
		    memcmp(calls[i].text, text, length) == 0)
			return (calls[i].number);
	return (-1);
}

bool
refusal_add(struct refusal *refusal, const char *names)
{
	while (*names != '\0') {
		size_t length = strcspn(names, ",");
		int number = find(names, length);

		if (number == -1 || refusal->count == REFUSAL_CALLS_MAX)
			return (false);
		refusal->numbers[refusal->count++] = number;
		names += length;
		names += *names == ',';
	}
	return (refusal->count > 0);
}

int
refusal_error(const char *name)
{
	const char *known;

	for (int error = 1; error < 134; error++) {
		known = strerrorname_np(error);
		if (known != NULL && strcmp(known, name) == 0)
			return (error);
	}
	return (0);
}

int
refusal_apply(const struct refusal *refusal)
{
	struct sock_filter code[REFUSAL_CALLS_MAX + 3];
	struct sock_fprog program = { .filter = code };
	unsigned short used = 0;
	unsigned count = (unsigned)refusal->count;

	code[used++] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < count; i++)
		/* Found: over the comparisons left and the permission. */
		code[used++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, (unsigned)refusal->numbers[i],
		    (unsigned char)(count - i), 0);
	code[used++] = (struct sock_filter)BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ERRNO | (unsigned)(refusal->error & 0xffff));
	program.len = used;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return (-1);
	return (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}
