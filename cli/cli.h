/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of svclbctl share: the command line as parsed, exit codes, texts and problems. */
#ifndef SVCLBCTL_CLI_H
#define SVCLBCTL_CLI_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svclb/svclb.h>

#define API_VERSION	  "svclb.io/v1alpha1"
#define STATE_DIR_DEFAULT "/var/lib/svclb"

/* Exit codes are an interface: scripts branch on them. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_DIFFERENT = 3, /* only with --exit-code */
	EXIT_INVALID = 4,
	EXIT_DENIED = 5, /* permission or missing kernel feature */
	EXIT_QUARANTINED = 6,
	EXIT_ROLLED_BACK = 7,
	EXIT_LOCKED = 8,	/* lock or time limit */
	EXIT_STUCK = 9,		/* putting back failed */
	EXIT_INTERRUPTED = 130, /* 128 and the number of SIGINT, as shells say */
};

/* Commands as bits, so that a flag can say which of them take it. */
enum command_bit {
	CMD_VALIDATE = 1 << 0,
	CMD_RENDER = 1 << 1,
	CMD_PLAN = 1 << 2,
	CMD_APPLY = 1 << 3,
	CMD_DELETE = 1 << 4,
	CMD_GET = 1 << 5,
	CMD_DESCRIBE = 1 << 6,
	CMD_STATUS = 1 << 7,
	CMD_CLEANUP = 1 << 8,
	CMD_VERSION = 1 << 9,
	CMD_HELP = 1 << 10,
	CMD_COMPLETION = 1 << 11,
	CMD_ALL = (1 << 12) - 1,
};

/* ---- text.c: memory and growing texts; out of memory ends the program ---- */

struct text {
	char *s; /* NUL-terminated once anything was added */
	size_t len;
	size_t cap;
};

struct list {
	char **v;
	size_t n;
};

void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void text_addn(struct text *t, const char *s, size_t n);
void text_add(struct text *t, const char *s);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *text_get(const struct text *t); /* "" when empty */
void text_clear(struct text *t);
void list_add(struct list *l, const char *s);
void list_add_unique(struct list *l, const char *s);
void list_sort_unique(struct list *l);
bool list_has_sorted(const struct list *l, const char *s); /* of a sorted list */
void list_clear(struct list *l);
/* Text from input made safe for a terminal: what moves its cursor or turns its direction of writing
 * becomes '?', and so does what is no UTF-8. */
char *printable(const char *s);

void free_text_(struct text *t);
void free_list_(struct list *l);
void free_mem_(void *p);
void free_lib_text_(char **p);
#define autofree __attribute__((cleanup(free_mem_)))
#define autotext __attribute__((cleanup(free_text_)))
#define autolist __attribute__((cleanup(free_list_)))
#define autolib	 __attribute__((cleanup(free_lib_text_))) /* texts of the library */

/* ---- the command line ---- */

enum dry_run { DRY_RUN_NONE, DRY_RUN_CLIENT, DRY_RUN_KERNEL };

enum output {
	OUT_DEFAULT,
	OUT_TABLE,
	OUT_WIDE,
	OUT_JSON,
	OUT_YAML,
	OUT_NAME,
	OUT_IPVSADM,
	OUT_IPSET,
	OUT_IPTABLES,
	OUT_IP6TABLES,
	OUT_ADDRESSES,
	OUT_SYSCTLS,
};

/* One node-wide setting as given by a flag; the store keeps those of the last apply. */
struct setting {
	char *name;
	char *value;
};

struct settings {
	struct setting *v;
	size_t n;
};

struct duration {
	uint32_t ms;
	bool given;
};

#define WAIT_AS_TIMEOUT UINT32_MAX

struct problem {
	struct svclb_error *err; /* a list, or NULL: then text */
	char *text;
	const char *hint; /* to the text; NULL: none */
	int exit;
};

/* Stands for the file in messages about applied objects. */
#define STORED_NAME "stored objects"

struct cli {
	const struct command *cmd;
	struct list args; /* plain arguments after the command */
	struct list files;
	struct settings given;
	const char *config;
	const char *state_dir;
	const char *netns;
	const char *ns; /* NULL: default */
	const char *output_name;
	const char *color;
	const char *dry_run_name;
	const char *selector;
	const char *plan_file;
	struct duration timeout;
	struct duration lock_wait;
	struct duration wait; /* WAIT_AS_TIMEOUT: given without a value */
	bool recursive;
	bool quiet;
	bool verbose;
	bool help;
	bool adopt;
	bool prune;
	bool stored;
	bool quarantine;
	bool exit_code;
	bool all_namespaces;
	bool no_headers;
	bool ignore_not_found;
	bool yes;

	enum output output;
	enum dry_run dry_run;
	bool color_out; /* colour on stdout */
	bool color_err;
	bool stdin_used;
	double began_ms;	/* on clock_ms() */
	struct list inputs;	/* the files to be read, those of folders too */
	int inputs_rc;		/* of finding them */
	unsigned folders;	/* looked into for them */
	uint64_t bytes_max;	/* of one input, by the options; 0: they are not known yet */
	struct stream *streams; /* read already, by streams_read() */
	size_t n_streams;
	struct problem *problems;
	size_t n_problems;
};

struct command {
	const char *name;
	unsigned bit;
	int (*run)(struct cli *c);
	const char *args;    /* plain arguments, for the usage line */
	unsigned max_args;   /* more are a usage error */
	const char *outputs; /* formats of -o, "" none; the first is the default */
	const char *summary;
	const char *details;
};

/* main.c */
const struct command *command_at(size_t i); /* NULL behind the last */
const struct command *command_find(const char *name);

/* suggest.c: the nearest of the names that is near enough to be a slip, else NULL. */
struct suggestion {
	const char *wanted;
	const char *best;
	size_t distance;
};
void suggest_consider(struct suggestion *s, const char *name);

/* ---- problems.c: everything that goes wrong ends here; main prints it at the end ---- */

int fail(struct cli *c, int exit_code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int fail_errno(struct cli *c, const char *path, int os_errno); /* about a file */
int fail_usage(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int fail_error(struct cli *c, struct svclb_error *err); /* takes the reference; the exit code */
void fail_hint(struct cli *c, const char *hint);	/* gives the last one of fail() a hint */
int exit_of_code(int code);
void cli_problems_print(const struct cli *c);
void cli_problems_free(struct cli *c);
void warn(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void warn_list(const struct cli *c, const struct svclb_error *list);
void note(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints the list of problems as {"kind":"Result","ok":false,...}. */
void cli_problems_print_json(const struct cli *c);

#endif
