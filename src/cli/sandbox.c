/* SPDX-License-Identifier: ISC */
/*
 * Landlock and a seccomp filter, by system call: libc has no wrappers.
 *
 * The filter lists the system calls that are refused. A list of allowed ones
 * would break a relay with another version of libc, as versions differ in the
 * calls that they make for a read or an allocation.
 */
#include "sandbox.h"

#ifdef SANDBOX_BUILT_IN
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

/* The system calls of x32, another way to the same kernel on x86-64. */
#define X32_BIT 0x40000000

/*
 * The part of the kernel's Landlock interface that is used here. It is repeated
 * because the headers of many systems are older than their kernels.
 */
#define CREATE_RULESET 444
#define ADD_RULE       445
#define RESTRICT_SELF  446

struct ruleset {
	uint64_t file_access;
	uint64_t network_access; /* since ABI 4 */
	uint64_t scopes;         /* since ABI 6 */
};

struct path_rule {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

enum { RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

#define ACCESS_BIT(number) (UINT64_C(1) << (number))
#define ACCESS_REMOVE_FILE ACCESS_BIT(5)
#define ACCESS_MAKE_FILE   ACCESS_BIT(8)

/* Returns the rights that this version of Landlock can take away. */
static struct ruleset
all_rights(long version)
{
	unsigned file_rights = 13;

	if (version >= 2)
		file_rights++; /* a file to another folder */
	if (version >= 3)
		file_rights++; /* truncate */
	if (version >= 5)
		file_rights++; /* ioctl of a device */
	return ((struct ruleset){
	    .file_access = ACCESS_BIT(file_rights) - 1,
	    .network_access = version >= 4 ? 3 : 0, /* bind, connect */
	    .scopes = version >= 6 ? 3 : 0,         /* sockets, signals */
	});
}

static size_t
ruleset_size(long version)
{
	if (version >= 6)
		return (sizeof(struct ruleset));
	return (version >= 4 ? offsetof(struct ruleset, scopes)
			     : offsetof(struct ruleset, network_access));
}

/* Allows that a file of `folder` is renamed within it, or removed. */
static bool
allow_renames(int rules, int folder)
{
	struct path_rule rule = {
		.allowed = ACCESS_REMOVE_FILE | ACCESS_MAKE_FILE,
		.parent = folder,
	};

	return (folder == -1 ||
	    syscall(ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0) == 0);
}

static bool
restrict_files(int folder)
{
	long version = syscall(CREATE_RULESET, NULL, 0, RULESET_VERSION);
	struct ruleset rights;
	long rules;
	bool done;

	if (version < 1)
		return (false);
	rights = all_rights(version);
	rules = syscall(CREATE_RULESET, &rights, ruleset_size(version), 0);
	if (rules == -1)
		return (false);
	done = allow_renames((int)rules, folder) &&
	    syscall(RESTRICT_SELF, rules, 0) == 0;
	close((int)rules);
	return (done);
}

/* The system calls that a relay does not need; some machines lack some. */
static const unsigned short refused[] = {
	/* Programs and processes. */
	SYS_execve,
	SYS_execveat,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_kill,
	SYS_tkill,
#ifdef SYS_fork
	SYS_fork,
	SYS_vfork,
#endif
#ifdef SYS_pidfd_open
	SYS_pidfd_open,
	SYS_pidfd_send_signal,
#endif
#ifdef SYS_pidfd_getfd
	SYS_pidfd_getfd,
#endif
	/* Files by name. */
	SYS_openat,
	SYS_open_by_handle_at,
	SYS_mknodat,
	SYS_mkdirat,
	SYS_linkat,
	SYS_symlinkat,
	SYS_fchmodat,
	SYS_fchownat,
	SYS_truncate,
	SYS_utimensat,
	SYS_setxattr,
	SYS_lsetxattr,
	SYS_removexattr,
	SYS_lremovexattr,
	SYS_chdir,
	SYS_fchdir,
#ifdef SYS_openat2
	SYS_openat2,
#endif
#ifdef SYS_open
	SYS_open,
	SYS_creat,
	SYS_mknod,
	SYS_mkdir,
	SYS_rmdir,
	SYS_link,
	SYS_symlink,
	SYS_chmod,
	SYS_chown,
	SYS_lchown,
#endif
	/* Connections. socket(2) is allowed: if_indextoname(3) needs it. */
	SYS_connect,
	SYS_sendmsg,
	SYS_sendmmsg,
	SYS_bind,
	SYS_listen,
	SYS_accept,
	SYS_accept4,
	/* Administration, and calls with a history of exploits. */
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_setns,
	SYS_unshare,
	SYS_swapon,
	SYS_swapoff,
	SYS_reboot,
	SYS_sethostname,
	SYS_setdomainname,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_kexec_load,
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_adjtimex,
	SYS_acct,
	SYS_quotactl,
	SYS_personality,
	SYS_add_key,
	SYS_request_key,
	SYS_keyctl,
	SYS_bpf,
	SYS_perf_event_open,
	SYS_userfaultfd,
	SYS_memfd_create,
#ifdef SYS_io_uring_setup
	SYS_io_uring_setup,
	SYS_io_uring_enter,
	SYS_io_uring_register,
#endif
	SYS_setuid,
	SYS_setgid,
	SYS_setreuid,
	SYS_setregid,
	SYS_setresuid,
	SYS_setresgid,
	SYS_setgroups,
	SYS_capset,
};

/* The calls that are refused when no report will be renamed. */
static const unsigned short refused_without_folder[] = {
	SYS_unlinkat,
#ifdef SYS_renameat
	SYS_renameat,
#endif
	SYS_renameat2,
#ifdef SYS_rename
	SYS_rename,
	SYS_unlink,
#endif
};

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* When a system call is refused. */
enum condition {
	ALWAYS,
	UNLESS_THREAD, /* clone(2) of a process */
	WITH_ADDRESS,  /* sendto(2) with an address; send(2) has none */
	EXECUTABLE,    /* mmap(2), mprotect(2) of executable memory */
	UNKNOWN_CALL   /* always, with ENOSYS: libc then calls another one */
};

struct rule {
	uint32_t number; /* of the system call */
	enum condition condition;
};

static const struct rule conditional[] = {
	{ SYS_clone, UNLESS_THREAD },
#ifdef SYS_clone3
	/* Its flags are in memory, where a filter cannot see them. */
	{ SYS_clone3, UNKNOWN_CALL },
#endif
	{ SYS_sendto, WITH_ADDRESS },
	{ SYS_mmap, EXECUTABLE },
	{ SYS_mprotect, EXECUTABLE },
};

#define RULES_MAX                                                 \
	(LENGTH_OF(refused) + LENGTH_OF(refused_without_folder) + \
	    LENGTH_OF(conditional))

/* Instructions: a rule has 7 at most, and may have a branch. */
#define FILTER_MAX (2 * RULES_MAX + 8 * LENGTH_OF(conditional) + 64)

/* The most rules that are compared one by one at the end of a search. */
#define SEARCH_END 3

struct filter {
	struct rule rules[RULES_MAX];
	size_t rule_count;
	struct sock_filter code[FILTER_MAX];
	unsigned short length;
};

static void
emit(struct filter *filter, struct sock_filter instruction)
{
	filter->code[filter->length++] = instruction;
}

static void
load(struct filter *filter, size_t offset)
{
	emit(filter,
	    (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* Compares the loaded value and skips `yes` or `no` instructions. */
static void
branch(struct filter *filter, unsigned short comparison, uint32_t with,
    unsigned char yes, unsigned char no)
{
	emit(filter,
	    (struct sock_filter)BPF_JUMP(
		BPF_JMP | comparison | BPF_K, with, yes, no));
}

/* Ends the filter with an errno; 0 allows the call. */
static void
emit_return(struct filter *filter, int error)
{
	uint32_t result = error == 0
	    ? SECCOMP_RET_ALLOW
	    : SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA);

	emit(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, result));
}

/* Returns the offset of one half of an argument. */
static size_t
argument_offset(unsigned number, bool lower)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	lower = !lower;
#endif
	return (offsetof(struct seccomp_data, args) +
	    number * sizeof(uint64_t) + (lower ? 0 : sizeof(uint32_t)));
}

/* Emits one rule; for another call the filter goes on after it. */
static void
emit_rule(struct filter *filter, struct rule rule)
{
	unsigned short start = filter->length;

	branch(filter, BPF_JEQ, rule.number, 0, 0);
	switch (rule.condition) {
	case ALWAYS:
		break;
	case UNLESS_THREAD:
		load(filter, argument_offset(0, true));
		branch(filter, BPF_JSET, CLONE_THREAD, 0, 1);
		emit_return(filter, 0);
		break;
	case WITH_ADDRESS:
		load(filter, argument_offset(4, true));
		branch(filter, BPF_JEQ, 0, 0, 3);
		load(filter, argument_offset(4, false));
		branch(filter, BPF_JEQ, 0, 0, 1);
		emit_return(filter, 0);
		break;
	case EXECUTABLE:
		load(filter, argument_offset(2, true));
		branch(filter, BPF_JSET, PROT_EXEC, 1, 0);
		emit_return(filter, 0);
		break;
	case UNKNOWN_CALL:
		break;
	}
	emit_return(filter, rule.condition == UNKNOWN_CALL ? ENOSYS : EPERM);
	filter->code[start].jf = (unsigned char)(filter->length - start - 1);
}

/*
 * Emits a binary search for the call among `count` sorted rules. When the
 * filter is installed the kernel runs it for every system call number, which
 * takes 150 us with a linear search.
 */
static void
emit_search(struct filter *filter, const struct rule *rules, size_t count)
{
	unsigned short start = filter->length;
	size_t half = count / 2;

	if (count <= SEARCH_END) {
		for (size_t i = 0; i < count; i++)
			emit_rule(filter, rules[i]);
		emit_return(filter, 0);
		return;
	}
	branch(filter, BPF_JGE, rules[half].number, 0, 0);
	emit_search(filter, rules, half);
	filter->code[start].jt = (unsigned char)(filter->length - start - 1);
	emit_search(filter, rules + half, count - half);
}

static void
add_rules(struct filter *filter, const unsigned short *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		filter->rules[filter->rule_count++] = (struct rule){
			.number = numbers[i],
			.condition = ALWAYS,
		};
}

static int
compare_rules(const void *left, const void *right)
{
	const struct rule *a = left, *b = right;

	return (a->number < b->number ? -1 : a->number > b->number);
}

static void
filter_build(struct filter *filter, bool has_folder)
{
	add_rules(filter, refused, LENGTH_OF(refused));
	if (!has_folder)
		add_rules(filter, refused_without_folder,
		    LENGTH_OF(refused_without_folder));
	for (size_t i = 0; i < LENGTH_OF(conditional); i++)
		filter->rules[filter->rule_count++] = conditional[i];
	qsort(filter->rules, filter->rule_count, sizeof(filter->rules[0]),
	    compare_rules);

	load(filter, offsetof(struct seccomp_data, arch));
	branch(filter, BPF_JEQ, ARCHITECTURE, 1, 0);
	emit_return(filter, EPERM);
	load(filter, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
	branch(filter, BPF_JGE, X32_BIT, 0, 1);
	emit_return(filter, EPERM);
#endif
	emit_search(filter, filter->rules, filter->rule_count);
}

/*
 * SPEC_ALLOW keeps older kernels from turning on costly mitigations of
 * speculative execution, against code that this program does not run.
 */
static bool
restrict_calls(bool has_folder)
{
	struct filter filter = { .rule_count = 0 };
	struct sock_fprog program;

	filter_build(&filter, has_folder);
	program = (struct sock_fprog){
		.len = filter.length,
		.filter = filter.code,
	};
	return (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

unsigned
sandbox_enter(int folder)
{
	unsigned parts = 0;

	/* Both need it: a program that is executed gains no rights. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return (0);
	if (restrict_files(folder))
		parts |= SANDBOX_LANDLOCK;
	if (restrict_calls(folder != -1))
		parts |= SANDBOX_SECCOMP;
	return (parts);
}
#else
unsigned
sandbox_enter(int folder)
{
	(void)folder;
	return (0);
}
#endif
