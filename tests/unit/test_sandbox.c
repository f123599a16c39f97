/* SPDX-License-Identifier: ISC */
/*
 * What a process in the sandbox can still do, and what it cannot: each case in
 * a child, as there is no way back.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox.h"

static char folder[] = "/tmp/hecat-sandbox-XXXXXX";
static int folder_fd;

/* A case returns 0, or the errno of what failed. */
typedef int case_fn(void);

#define BOTH (SANDBOX_LANDLOCK | SANDBOX_SECCOMP)

/* Runs `run` in the sandbox of a child; returns what it returned. */
static int
in_sandbox(case_fn *run, int renames_in)
{
	int status;
	pid_t child = fork();

	assert_true(child != -1);
	if (child == 0) {
		if (sandbox_enter(renames_in) != BOTH)
			_exit(255);
		_exit(run());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return (WEXITSTATUS(status));
}

static int
errno_of(bool ok)
{
	return (ok ? 0 : errno);
}

static int
open_to_read(void)
{
	return (errno_of(open("/etc/passwd", O_RDONLY) != -1));
}

static int
open_to_write(void)
{
	return (
	    errno_of(open("/tmp/hecat-new", O_WRONLY | O_CREAT, 0600) != -1));
}

static int
run_a_program(void)
{
	char name[] = "true";
	char *const arguments[] = { name, NULL };

	execv("/bin/true", arguments);
	return (errno);
}

static int
make_a_process(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return (errno_of(child != -1));
}

/* An address without a listener. */
static const struct sockaddr_in nobody = {
	.sin_family = AF_INET,
	.sin_port = 0xffff,
	.sin_addr = { 0x0100007f },
};

static int
connect_to_another(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return (errno_of(connect(fd, (const struct sockaddr *)&nobody,
			     sizeof(nobody)) == 0));
}

static int
listen_for_others(void)
{
	return (errno_of(listen(socket(AF_INET, SOCK_STREAM, 0), 1) == 0));
}

static int
send_to_another(void)
{
	return (errno_of(
	    sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0,
		(const struct sockaddr *)&nobody, sizeof(nobody)) == 1));
}

static int
send_a_message(void)
{
	const struct msghdr message = { .msg_iov = NULL };

	return (errno_of(
	    sendmsg(socket(AF_INET, SOCK_DGRAM, 0), &message, 0) == 0));
}

static int
signal_the_parent(void)
{
	return (errno_of(kill(getppid(), 0) == 0));
}

static int
make_code(void)
{
	return (
	    errno_of(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED));
}

static int
remove_a_file(void)
{
	return (errno_of(unlinkat(folder_fd, "old", 0) == 0));
}

static int
rename_in_folder(void)
{
	return (errno_of(renameat(folder_fd, "old", folder_fd, "new") == 0));
}

static int
rename_elsewhere(void)
{
	return (errno_of(
	    renameat(folder_fd, "old", AT_FDCWD, "/tmp/hecat-moved") == 0));
}

static int
open_in_folder(void)
{
	return (errno_of(openat(folder_fd, "old", O_RDONLY) != -1));
}

static void *
nothing(void *arg)
{
	return (arg);
}

/* What a relay does all day, and how a program ends by a signal. */
static int
relay(void)
{
	char bytes[3] = "";
	pthread_t thread;
	void *memory;
	int ends[2], pair[2];
	char zone[IF_NAMESIZE];

	memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || pipe2(ends, O_CLOEXEC) == -1 ||
	    write(ends[1], "ab", 2) != 2 || read(ends[0], bytes, 2) != 2 ||
	    fcntl(ends[0], F_GETFL) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 ||
	    send(pair[0], "ab", 2, MSG_NOSIGNAL) != 2 ||
	    recv(pair[1], bytes, 2, 0) != 2 ||
	    if_indextoname(1, zone) == NULL ||
	    shutdown(ends[0], SHUT_WR) == 0 || errno != ENOTSOCK)
		return (errno);
	if (pthread_create(&thread, NULL, nothing, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return (EAGAIN);
	return (raise(SIGCHLD));
}

static void
what_a_relay_does_works(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(relay, -1), 0);
	assert_int_equal(in_sandbox(relay, folder_fd), 0);
}

static void
what_it_has_no_use_for_is_refused(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(open_to_read, -1), EPERM);
	assert_int_equal(in_sandbox(open_to_write, -1), EPERM);
	assert_int_equal(in_sandbox(run_a_program, -1), EPERM);
	assert_int_equal(in_sandbox(make_a_process, -1), EPERM);
	assert_int_equal(in_sandbox(connect_to_another, -1), EPERM);
	assert_int_equal(in_sandbox(listen_for_others, -1), EPERM);
	assert_int_equal(in_sandbox(send_to_another, -1), EPERM);
	assert_int_equal(in_sandbox(send_a_message, -1), EPERM);
	assert_int_equal(in_sandbox(signal_the_parent, -1), EPERM);
	assert_int_equal(in_sandbox(make_code, -1), EPERM);
	assert_int_equal(in_sandbox(remove_a_file, -1), EPERM);
	assert_int_equal(in_sandbox(rename_in_folder, -1), EPERM);
}

static void
a_report_can_be_renamed_in_its_folder(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(in_sandbox(open_in_folder, folder_fd), EPERM);
	assert_int_not_equal(in_sandbox(rename_elsewhere, folder_fd), 0);
	assert_int_equal(in_sandbox(rename_in_folder, folder_fd), 0);
	assert_int_equal(fstatat(folder_fd, "new", &status, 0), 0);
	assert_int_equal(renameat(folder_fd, "new", folder_fd, "old"), 0);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return (-1);
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return (openat(folder_fd, "old", O_WRONLY | O_CREAT, 0600) == -1);
}

static int
tear_down(void **state)
{
	(void)state;
	unlinkat(folder_fd, "old", 0);
	return (rmdir(folder));
}

/* Returns why the sandbox cannot be tested here; NULL: it can. */
static const char *
obstacle(void)
{
	const char *preloaded = getenv("LD_PRELOAD");
	int status;
	pid_t child;

	if (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL)
		return ("valgrind would be restricted with the test");
	child = fork();
	if (child == 0)
		_exit((int)sandbox_enter(-1));
	waitpid(child, &status, 0);
	return (WEXITSTATUS(status) == BOTH ? NULL : "no Landlock and seccomp");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_relay_does_works),
		cmocka_unit_test(what_it_has_no_use_for_is_refused),
		cmocka_unit_test(a_report_can_be_renamed_in_its_folder),
	};
	const char *reason = obstacle();

	if (reason != NULL) {
		printf("1..1\nok 1 sandbox # skip %s\n", reason);
		return (0);
	}
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
