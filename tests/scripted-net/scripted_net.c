/* SPDX-License-Identifier: ISC */
/*
 * Runs a command on a network that behaves as in a scenario.
 *
 * The command gets namespaces of its own, where every packet that leaves the
 * machine comes to this program, which answers for all hosts there are.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "etc_files.h"
#include "help.h"
#include "keeper.h"
#include "machine.h"
#include "memory.h"
#include "namespace.h"
#include "network.h"

#define EXIT_USAGE       2
#define EXIT_INTERNAL    70
#define EXIT_UNAVAILABLE 77
#define ERROR_SIZE       512

struct options {
	const char *log;
	enum device_kind device;
	char **command;
};

/* Keeps what is opened off standard descriptors that are closed; the command
 * finds them closed still. */
static void
hold_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

/* Reads a whole file; the caller frees the text. */
static char *
read_file(const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	size_t length = 0, got;
	char *text = NULL;

	if (file == NULL)
		err(EXIT_USAGE, "%s", path);
	do {
		text = realloc(text, length + BUFSIZ + 1);
		if (text == NULL)
			err(EXIT_INTERNAL, "realloc");
		got = fread(text + length, 1, BUFSIZ, file);
		length += got;
	} while (got > 0);
	if (ferror(file))
		err(EXIT_USAGE, "%s", path);
	if (file != stdin)
		fclose(file);
	text[length] = '\0';
	return (text);
}

static void
add_text(struct scenario *scenario, const char *text, const char *source)
{
	char error[ERROR_SIZE];

	if (!scenario_parse(scenario, text, source, error, sizeof(error)))
		errx(EXIT_USAGE, "%s", error);
}

static void
add_file(struct scenario *scenario, const char *path)
{
	char *text = read_file(path);

	add_text(scenario, text, path);
	free(text);
}

static enum device_kind
device_kind(const char *name)
{
	if (strcmp(name, "tun") == 0)
		return (DEVICE_TUN);
	if (strcmp(name, "veth") == 0)
		return (DEVICE_VETH);
	errx(EXIT_USAGE, "-d %s: neither tun nor veth", name);
}

/* Reads the command line, and the scenarios it names. */
static void
parse_options(
    struct options *options, struct scenario *scenario, int argc, char **argv)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "+d:e:hl:s:", names, NULL)) !=
	    -1) {
		if (letter == 'd') {
			options->device = device_kind(optarg);
		} else if (letter == 'e') {
			add_text(scenario, optarg, "scenario");
		} else if (letter == 'l') {
			options->log = optarg;
		} else if (letter == 's') {
			add_file(scenario, optarg);
		} else if (letter == 'h') {
			help_print(stdout);
			exit(0);
		} else {
			fprintf(stderr, HELP_USAGE);
			exit(EXIT_USAGE);
		}
	}
	if (optind == argc)
		errx(EXIT_USAGE, "no command to run; see --help");
	options->command = argv + optind;
}

/* Ends the program where the system does not permit what it needs. */
static void
need(const char *missing)
{
	if (missing != NULL)
		err(EXIT_UNAVAILABLE, "not permitted here: %s", missing);
}

/* Enters the namespaces and makes everything in them. */
static void
set_up(const struct options *options, const struct scenario *scenario,
    struct device *device)
{
	char error[MACHINE_ERROR_MAX];
	struct netlink netlink;

	need(namespace_enter());
	if (!netlink_open(&netlink))
		need("netlink");
	need(device_open(device, options->device, &netlink));
	if (!machine_configure(scenario, &netlink, device, error))
		errx(errno == EPERM || errno == EACCES || errno == EOPNOTSUPP ||
			    errno == EAFNOSUPPORT
			? EXIT_UNAVAILABLE
			: EXIT_INTERNAL,
		    "%s", error);
	netlink_close(&netlink);
	need(etc_files_install(scenario));
}

/* Asks to be woken in time; a refusal is no error. */
static void
hurry(void)
{
	struct sched_param parameters = { .sched_priority = 1 };

	prctl(PR_SET_TIMERSLACK, 1);
	if (sched_setscheduler(0, SCHED_RR, &parameters) == -1)
		setpriority(PRIO_PROCESS, 0, -20);
}

/* Blocks what a signalfd is to report; stores the mask there was. */
static int
open_signals(sigset_t *before)
{
	sigset_t signals;
	int fd;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGQUIT);
	sigprocmask(SIG_BLOCK, &signals, before);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1)
		err(EXIT_INTERNAL, "signalfd");
	return (fd);
}

/* Runs the command on the wire; returns its exit status. */
static int
run(struct wire *wire, const struct options *options)
{
	sigset_t before;
	int signals = open_signals(&before);
	pid_t keeper;
	int status;

	wire->log->start = clock_now();
	keeper = keeper_start(options->command, &before);
	if (keeper == -1)
		err(EXIT_INTERNAL, "fork");
	hurry();
	status = network_run(wire, keeper, signals);
	close(signals);
	return (status);
}

int
main(int argc, char **argv)
{
	struct options options = { .device = DEVICE_ANY };
	struct scenario scenario;
	struct device device;
	struct wire_log log;
	struct wire wire = {
		.scenario = &scenario, .log = &log, .device = &device
	};
	int status;

	hold_standard_descriptors();
	scenario_init(&scenario);
	parse_options(&options, &scenario, argc, argv);
	scenario_complete(&scenario);
	if (!wire_log_open(&log, options.log))
		err(EXIT_USAGE, "-l %s", options.log);
	set_up(&options, &scenario, &device);
	wire.timers = timers_new();
	status = run(&wire, &options);
	timers_free(wire.timers);
	device_close(&device);
	wire_log_close(&log);
	scenario_release(&scenario);
	return (status);
}
