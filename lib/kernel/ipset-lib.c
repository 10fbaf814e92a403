/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of IP sets through libipset. Its list of types and its cache of sets are global to the
 * process, so one session at a time is open in it; types are given with each command, so the
 * cache, which knows no namespaces, is never asked.
 */
#include "kernel/ipset.h"

#include <errno.h>
#include <libipset/data.h>
#include <libipset/session.h>
#include <libipset/types.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* these two need what session.h includes */
#include <libipset/linux_ip_set_bitmap.h>
#include <libipset/linux_ip_set_hash.h>

#include "kernel/halt.h"
#include "state/draining.h"
#include "util/clock.h"

static pthread_mutex_t libipset_lock = PTHREAD_MUTEX_INITIALIZER;

/* By trying: pthread_mutex_timedlock() goes by a clock that may be set meanwhile, and knows of no
 * interruption. */
int ipset_lib_lock(const struct svclb_options *opts, struct svclb_error **reterr)
{
	uint32_t pause = 1;
	int rc = 0;

	while (!rc && pthread_mutex_trylock(&libipset_lock)) {
		rc = halt_check(opts, reterr);
		if (!rc)
			clock_sleep_ms(pause);
		pause = pause < 8 ? pause * 2 : pause;
	}
	return rc;
}

void ipset_lib_unlock(void)
{
	pthread_mutex_unlock(&libipset_lock);
}

struct ipset_lib {
	const struct backend *b;
	struct ipset_session *session;
	bool exist;	 /* what is there already, or is not there, is no error */
	char words[256]; /* of the last error, one line */
	int os_errno;	 /* of the last system call, when that error was seen */
};

/* libipset prints nothing of its own accord; should it try to, it goes nowhere. */
static int print_nothing(struct ipset_session *session, void *p, const char *fmt, ...)
{
	(void)session;
	(void)p;
	(void)fmt;
	return 0;
}

/* libipset knows an error as a sentence only. Where a part of one stands, this number was meant. */
static const struct {
	const char *part;
	int error;
} sentences[] = {
	{"given name does not exist", ENOENT},
	{"same name already exists", EEXIST},
	{"in use by a kernel component", IPSET_ERR_BUSY},
	{"Hash is full", IPSET_ERR_HASH_FULL},
	{"already added", IPSET_ERR_EXIST},
	{"not added", IPSET_ERR_EXIST},
	{"second set does not exist", IPSET_ERR_EXIST_SETNAME2},
	{"type does not match", IPSET_ERR_TYPE_MISMATCH},
	{"out of the range", IPSET_ERR_BITMAP_RANGE},
	{"maximal number of sets", IPSET_ERR_MAX_SETS},
	{"set type not supported", IPSET_ERR_FIND_TYPE},
	{"set type does not supported", IPSET_ERR_FIND_TYPE},
	{"CIDR parameter", IPSET_ERR_INVALID_CIDR},
	{"could not be created", EMSGSIZE},
	{"ipset protocol error", IPSET_ERR_PROTOCOL},
	{"Invalid protocol specified", IPSET_ERR_INVALID_PROTO},
	{"Protocol missing", IPSET_ERR_MISSING_PROTO},
};

#define ERRNO_MAX 133 /* asm-generic/errno.h */

/* Any other error is the system's own words behind a colon. */
static int sentence_errno(const char *words)
{
	const char *tail = strstr(words, "received: ");
	char text[128];

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (strstr(words, sentences[i].part))
			return sentences[i].error;
	for (int e = 1; tail && e <= ERRNO_MAX; e++)
		if (!strcmp(tail + strlen("received: "), err_os_text(e, text, sizeof(text))))
			return e;
	return EIO;
}

/* Takes the report out of the session, where it would pile up. *line: its line, 0 if none. Of an
 * exchange that failed libipset says no more than that: only errno tells why. */
static int take_error(struct ipset_lib *l, uint32_t *line)
{
	int os_errno = errno;
	const char *report = ipset_session_report_msg(l->session);
	unsigned int n = 0;
	int at = 0;

	*line = 0;
	if (sscanf(report, "Error in line %u: %n", &n, &at) == 1 && at > 0) {
		*line = n;
		report += at;
	}
	(void)snprintf(l->words, sizeof(l->words), "%.*s", (int)strcspn(report, "\n"), report);
	ipset_session_report_reset(l->session);
	l->os_errno = os_errno;
	return sentence_errno(l->words);
}

const char *ipset_lib_words(const struct ipset_lib *l)
{
	return l->words;
}

int ipset_lib_os_errno(const struct ipset_lib *l)
{
	return l->os_errno;
}

static void set_exist(struct ipset_lib *l, bool exist)
{
	l->exist = exist;
	if (exist)
		ipset_envopt_set(l->session, IPSET_ENV_EXIST);
	else
		ipset_envopt_unset(l->session, IPSET_ENV_EXIST);
}

/* The session opens its socket with its first command, so that is given inside the namespace. */
static int open_here(void *data, struct svclb_error **reterr)
{
	struct ipset_lib *l = data;
	uint32_t line;
	int e;

	errno = 0;
	if (ipset_cmd(l->session, IPSET_CMD_NONE, 0) >= 0)
		return 0;
	e = take_error(l, &line);
	return err_give(reterr, backend_error(l->b, SVCLB_EKERNEL, e == EIO ? l->os_errno : e,
					      "open ipset session", NULL, NULL, 0, NULL,
					      "no session with the kernel's IP sets%s%s",
					      *l->words ? ": " : "", l->words));
}

static int open_session(struct ipset_lib *l, struct svclb_error **reterr)
{
	struct ipset_session *before = l->session;
	int rc;

	l->session = ipset_session_init(print_nothing, NULL);
	if (!l->session) {
		l->session = before;
		return err_nomem(reterr);
	}
	ipset_envopt_set(l->session, IPSET_ENV_QUIET);
	set_exist(l, l->exist);
	rc = netns_call(l->b->ns, open_here, l, reterr);
	if (rc) {
		ipset_session_fini(l->session);
		l->session = before;
	} else if (before) {
		ipset_session_fini(before);
	}
	return rc;
}

/* An answer that was lost may still come, and would be taken for that of the next command: that one
 * gets another session. */
static int lib_error(struct ipset_lib *l, uint32_t *line)
{
	char words[sizeof(l->words)];
	int e = take_error(l, line);
	int os_errno = l->os_errno;

	if (e != EIO)
		return e;
	memcpy(words, l->words, sizeof(words));
	(void)open_session(l, NULL); /* without one the next command tells what is wrong */
	memcpy(l->words, words, sizeof(words));
	l->os_errno = os_errno;
	return e;
}

int ipset_lib_open(const struct backend *b, struct ipset_lib **ret, struct svclb_error **reterr)
{
	struct ipset_lib *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return err_nomem(reterr);
	l->b = b;
	rc = ipset_lib_lock(b->opts, reterr);
	if (rc) {
		free(l);
		return rc;
	}
	if (!ipset_types())
		ipset_load_types();
	rc = open_session(l, reterr);
	if (rc) {
		ipset_lib_unlock();
		free(l);
		return rc;
	}
	*ret = l;
	return 0;
}

void ipset_lib_close(struct ipset_lib *l)
{
	ipset_session_fini(l->session);
	ipset_lib_unlock();
	free(l);
}

static void put(struct ipset_lib *l, enum ipset_opt opt, const void *value)
{
	(void)ipset_session_data_set(l->session, opt, value); /* fails for unknown options only */
}

static void put_family(struct ipset_lib *l, uint8_t family)
{
	uint8_t af = family == 6 ? AF_INET6 : AF_INET;

	if (family)
		put(l, IPSET_OPT_FAMILY, &af);
}

/* One command without entries. */
static int lib_cmd(struct ipset_lib *l, enum ipset_cmd cmd)
{
	uint32_t line;

	l->words[0] = '\0';
	errno = 0;
	return ipset_cmd(l->session, cmd, 0) < 0 ? lib_error(l, &line) : 0;
}

static void put_create(struct ipset_lib *l, const struct ipset *set)
{
	static const uint16_t first = 0;
	static const uint16_t last = UINT16_MAX;
	static const uint32_t hashsize = 1024;

	if (set->type == SET_BITMAP_PORT) {
		put(l, IPSET_OPT_PORT_FROM, &first);
		put(l, IPSET_OPT_PORT_TO, &last);
		return;
	}
	put(l, IPSET_OPT_HASHSIZE, set->hashsize ? &set->hashsize : &hashsize);
	put(l, IPSET_OPT_MAXELEM, &set->maxelem);
	if (set->noted)
		put(l, IPSET_OPT_CREATE_COMMENT, &first); /* a flag: its value does not count */
}

int ipset_lib_create(struct ipset_lib *l, const char *name, const struct ipset *set, bool exist)
{
	uint32_t line;

	set_exist(l, exist);
	put(l, IPSET_SETNAME, name);
	put(l, IPSET_OPT_TYPENAME, set_type_name(set->type));
	if (set->type != SET_BITMAP_PORT)
		put_family(l, set->family);
	errno = 0;
	/* asks the kernel once for the revisions of the type and takes the best that both know */
	if (!ipset_type_get(l->session, IPSET_CMD_CREATE))
		return lib_error(l, &line);
	put_create(l, set);
	return lib_cmd(l, IPSET_CMD_CREATE);
}

int ipset_lib_destroy(struct ipset_lib *l, const char *name)
{
	put(l, IPSET_SETNAME, name);
	return lib_cmd(l, IPSET_CMD_DESTROY);
}

int ipset_lib_swap(struct ipset_lib *l, const char *a, const char *b)
{
	put(l, IPSET_SETNAME, a);
	put(l, IPSET_OPT_SETNAME2, b);
	return lib_cmd(l, IPSET_CMD_SWAP);
}

/* libipset lists a type's newest revision first; it has every part that an element can have. */
static const struct ipset_type *find_type(enum set_type type)
{
	const char *name = set_type_name(type);
	const struct ipset_type *t = ipset_types();

	while (t && strcmp(t->name, name))
		t = t->next;
	return t;
}

static void put_entry(struct ipset_lib *l, const char *name, const struct ipset *set,
		      const struct ipset_type *type, const struct set_entry *e, bool add)
{
	char note[DRAIN_NOTE_MAX];

	put(l, IPSET_SETNAME, name);
	put(l, IPSET_OPT_TYPE, type);
	if (set->type == SET_BITMAP_PORT) {
		put(l, IPSET_OPT_PORT, &e->port);
		return;
	}
	put_family(l, set->family);
	put(l, IPSET_OPT_IP, e->ip.b);
	if (set->type == SET_HASH_IP)
		return;
	put(l, IPSET_OPT_PORT, &e->port);
	put(l, IPSET_OPT_PROTO, &e->proto);
	if (set->type == SET_HASH_IP_PORT)
		return;
	put(l, IPSET_OPT_IP2, e->ip2.b);
	if (set->type == SET_HASH_IP_PORT_NET)
		put(l, IPSET_OPT_CIDR2, &e->plen2);
	if (set->noted && add)
		put(l, IPSET_OPT_ADT_COMMENT, drain_note(e, note));
}

/* One message for each, which leaves no doubt about any. */
static int entries_singly(struct ipset_lib *l, const char *name, const struct ipset *set,
			  enum ipset_cmd cmd, const struct set_entry *const *entries, size_t n,
			  size_t *n_done)
{
	const struct ipset_type *type = find_type(set->type);

	for (*n_done = 0; *n_done < n; ++*n_done) {
		int e;

		put_entry(l, name, set, type, entries[*n_done], cmd == IPSET_CMD_ADD);
		e = lib_cmd(l, cmd);
		if (e)
			return e;
	}
	return 0;
}

/* libipset packs consecutive lines into a message until it is full; the kernel stops at the first
 * bad line of a message and names it. */
static int entries_packed(struct ipset_lib *l, const char *name, const struct ipset *set,
			  enum ipset_cmd cmd, const struct set_entry *const *entries, size_t n,
			  uint32_t *line)
{
	const struct ipset_type *type = find_type(set->type);
	int rc = 0;

	*line = 0;
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		put_entry(l, name, set, type, entries[i], cmd == IPSET_CMD_ADD);
		errno = 0;
		rc = ipset_cmd(l->session, cmd, (uint32_t)i + 1);
	}
	if (rc >= 0)
		rc = ipset_commit(l->session);
	return rc < 0 ? lib_error(l, line) : 0;
}

int ipset_lib_entries(struct ipset_lib *l, const char *name, const struct ipset *set, bool add,
		      const struct set_entry *const *entries, size_t n, size_t *n_done)
{
	enum ipset_cmd cmd = add ? IPSET_CMD_ADD : IPSET_CMD_DEL;
	uint32_t line;
	int e;

	*n_done = 0;
	if (!find_type(set->type) || n > UINT32_MAX - 1)
		return IPSET_ERR_FIND_TYPE;
	set_exist(l, true);
	e = entries_packed(l, name, set, cmd, entries, n, &line);
	ipset_session_lineno(l->session, 0);
	if (!e) {
		*n_done = n;
		return 0;
	}
	/* with an answer that made no sense, nobody knows what the line is */
	if (line && line <= n && e != EIO) {
		*n_done = line - 1;
		return e;
	}
	return entries_singly(l, name, set, cmd, entries, n, n_done);
}
