/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ipset backend: carries out steps on sets and their entries. */
#include "kernel/ipset.h"

#include <errno.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/ipset/ip_set_hash.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/halt.h"
#include "util/clock.h"

#define BUSY_TRIES 200
#define BUSY_PAUSE 20 /* ms: somebody lists the set */
#define TEMP_MARK  "TMP-"
#define BATCH_MAX  2000 /* entries between two looks at whether to go on */

static int ipset_run(struct backend *b, const struct backend_run *run, struct svclb_error **reterr);

static void ipset_free(struct backend *b)
{
	struct ipset_backend *s = (struct ipset_backend *)b;

	nl_conn_free(s->nl);
	free(s);
}

static const struct backend_ops ipset_ops = {
	.subsystem = "ipset",
	.probe = ipset_probe,
	.read = ipset_read,
	.run = ipset_run,
	.free = ipset_free,
};

int ipset_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
		      struct svclb_error **reterr)
{
	struct ipset_backend *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return err_nomem(reterr);
	s->b = (struct backend){.ops = &ipset_ops, .opts = opts, .ns = ns};
	rc = nl_conn_new(&s->b, NETLINK_NETFILTER, &s->nl, reterr);
	if (rc) {
		free(s);
		return rc;
	}
	*ret = &s->b;
	return 0;
}

/* The name's FNV-1a hash, because some names already have all the bytes there are. */
const char *ipset_temp_name(const char *prefix, const char *name, char buf[SET_NAME_MAX])
{
	uint32_t h = 2166136261u;

	for (const char *s = name; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	(void)snprintf(buf, SET_NAME_MAX, "%s" TEMP_MARK "%08x", prefix, (unsigned)h);
	return buf;
}

bool ipset_is_temp(const char *prefix, const char *name)
{
	size_t n = strlen(prefix);

	return !strncmp(name, prefix, n) && !strncmp(name + n, TEMP_MARK, strlen(TEMP_MARK)) &&
	       strspn(name + n + strlen(TEMP_MARK), "0123456789abcdef") == 8 &&
	       strlen(name + n + strlen(TEMP_MARK)) == 8;
}

/* ---- errors ---- */

/* Numbers from 4096 on are the subsystem's own; from 4352 on they depend on the type of set. */
static const struct {
	int error;
	bool bitmap_only;
	int code;
	const char *what;
	const char *hint;
} ipset_errors[] = {
	{ENOENT, false, SVCLB_EAGAIN, "the set no longer exists", NULL},
	{EEXIST, false, SVCLB_EAGAIN, "the set has come into being meanwhile", NULL},
	{ECANCELED, false, SVCLB_EINTERRUPTED, "interrupted", NULL},
	{ETIMEDOUT, false, SVCLB_ETIMEDOUT, "the time limit passed", "allow more time"},
	{EBUSY, false, SVCLB_EBUSY, "the set is being listed by somebody", "try again"},
	{IPSET_ERR_BUSY, false, SVCLB_EBUSY, "the set is in use",
	 "remove the rules that refer to it, or wait until nobody lists it"},
	{IPSET_ERR_FIND_TYPE, false, SVCLB_EUNSUPPORTED, "the kernel has no sets of this type",
	 "load the module of this type, its name begins with ip_set_"},
	{IPSET_ERR_MAX_SETS, false, SVCLB_EKERNEL, "the kernel has no room for another set",
	 "the limit is the parameter max_sets of the module ip_set"},
	{IPSET_ERR_EXIST_SETNAME2, false, SVCLB_EAGAIN, "the set no longer exists", NULL},
	{IPSET_ERR_TYPE_MISMATCH, false, SVCLB_EAGAIN, "the set has got another type", NULL},
	{IPSET_ERR_INVALID_CIDR, false, SVCLB_EKERNEL, "the kernel refuses the prefix", NULL},
	{IPSET_ERR_PROTOCOL, false, SVCLB_EAGAIN, "the set is not of the kind that was read", NULL},
	{IPSET_ERR_TYPE_SPECIFIC, true, SVCLB_EAGAIN, "the port is out of the set's range", NULL},
	{IPSET_ERR_HASH_FULL, false, SVCLB_EAGAIN, "the set is full", NULL},
};

static struct svclb_error *lib_error(const struct ipset_backend *s, int error,
				     const char *operation, const char *object, enum set_type type,
				     const struct svclb_state *st, origin_id origin,
				     const struct ipset_lib *lib)
{
	for (size_t i = 0; i < sizeof(ipset_errors) / sizeof(ipset_errors[0]); i++)
		if (ipset_errors[i].error == error &&
		    (!ipset_errors[i].bitmap_only || type == SET_BITMAP_PORT))
			return backend_error(&s->b, ipset_errors[i].code,
					     error < IPSET_ERR_PRIVATE ? error : 0, operation,
					     object, st, origin, ipset_errors[i].hint, "%s",
					     ipset_errors[i].what);
	if (error < IPSET_ERR_PRIVATE && error != EIO)
		return backend_error(&s->b, SVCLB_EKERNEL, error, operation, object, st, origin,
				     NULL, "the kernel refuses it");
	if (error == EIO)
		return backend_error(&s->b, SVCLB_EKERNEL, ipset_lib_os_errno(lib), operation,
				     object, st, origin, NULL, "no proper answer of the kernel: %s",
				     ipset_lib_words(lib));
	return backend_error(&s->b, SVCLB_EKERNEL, 0, operation, object, st, origin, NULL,
			     "the kernel refuses it: %s", ipset_lib_words(lib));
}

/* Words of each operation, by enum step_op. */
static const char *const set_words[] = {
	[STEP_ADD] = "create set",
	[STEP_CHANGE] = "enlarge set",
	[STEP_DELETE] = "destroy set",
};

static struct svclb_error *set_error(const struct ipset_backend *s, const struct step_view *v,
				     int error, const struct ipset_lib *lib)
{
	const struct svclb_state *st = v->op == STEP_DELETE ? v->from : v->to;
	const struct ipset *set = &st->sets.v[v->op == STEP_DELETE ? v->before : v->after];
	char object[SET_NAME_MAX + 8];

	(void)snprintf(object, sizeof(object), "set %s", set->name);
	return lib_error(s, error, set_words[v->op], object, set->type, st, set->origin, lib);
}

static struct svclb_error *entry_error(const struct ipset_backend *s, const struct step_view *v,
				       int error, const struct ipset_lib *lib)
{
	const struct svclb_state *st = v->op == STEP_DELETE ? v->from : v->to;
	const struct set_entry *e = &st->entries.v[v->op == STEP_DELETE ? v->before : v->after];
	const struct ipset *set = &st->sets.v[e->set];
	char text[KEY_TEXT_MAX];
	char object[KEY_TEXT_MAX + SET_NAME_MAX + 16];

	(void)snprintf(object, sizeof(object), "entry %s of set %s",
		       entry_text(set->type, e, text, sizeof(text)), set->name);
	return lib_error(s, error, v->op == STEP_DELETE ? "delete entry" : "add entry", object,
			 set->type, st, e->origin, lib);
}

/* ---- sets ---- */

static bool is_busy(int error)
{
	return error == EBUSY || error == IPSET_ERR_BUSY;
}

/* Whoever lists a set holds it for a moment; a rule holds it for good. */
static bool try_again(const struct ipset_backend *s, int *error, int tries)
{
	int halt;

	if (!is_busy(*error) || tries >= BUSY_TRIES)
		return false;
	halt = halt_errno(s->b.opts);
	if (halt) {
		*error = halt;
		return false;
	}
	clock_sleep_ms(BUSY_PAUSE);
	return true;
}

static int destroy(const struct ipset_backend *s, struct ipset_lib *lib, const char *name)
{
	int e = ipset_lib_destroy(lib, name);

	for (int i = 1; try_again(s, &e, i); i++)
		e = ipset_lib_destroy(lib, name);
	return e;
}

static int swap(const struct ipset_backend *s, struct ipset_lib *lib, const char *a, const char *b)
{
	int e = ipset_lib_swap(lib, a, b);

	for (int i = 1; try_again(s, &e, i); i++)
		e = ipset_lib_swap(lib, a, b);
	return e;
}

static int fill(struct ipset_lib *lib, const char *name, const struct ipset_image *im)
{
	const struct set_entry **list = calloc(im->entries.n + 1, sizeof(const struct set_entry *));
	size_t done;
	int e;

	if (!list)
		return ENOMEM;
	for (size_t i = 0; i < im->entries.n; i++)
		list[i] = &im->entries.v[i];
	e = ipset_lib_entries(lib, name, &im->set, true, list, im->entries.n, &done);
	free(list);
	return e;
}

/* Puts a set of the new capacity, with the same members, into the place of the old one, under
 * the rules that refer to it. */
static int replace_set(const struct ipset_backend *s, struct ipset_lib *lib,
		       const struct ipset_image *im, const struct ipset *set)
{
	char temp[SET_NAME_MAX];
	int e;

	ipset_temp_name(s->b.opts->prefix, set->name, temp);
	e = destroy(s, lib, temp); /* of one who was killed here */
	if (e && e != ENOENT)
		return e;
	e = ipset_lib_create(lib, temp, set, false);
	if (e)
		return e;
	e = fill(lib, temp, im);
	if (!e)
		e = swap(s, lib, temp, set->name);
	(void)destroy(s, lib, temp); /* one that stays is seen, and removed, by the next apply */
	return e;
}

static struct svclb_error *change_set(struct ipset_backend *s, struct ipset_lib *lib,
				      const struct step_view *v, int *error)
{
	const struct ipset *set = &v->to->sets.v[v->after];
	struct ipset_image im = {.header = false};
	struct svclb_error *err = NULL;
	bool found = false;
	int e = 0;

	/* what is in it now, not what was read: steps before this one may have changed it */
	if (ipset_read_one(s, set->name, &im, &found, &err) == 0) {
		if (!found)
			e = ENOENT;
		else if (im.set.type != set->type || im.set.family != set->family)
			e = IPSET_ERR_TYPE_MISMATCH;
		else
			e = replace_set(s, lib, &im, set);
		if (e)
			err = set_error(s, v, e, lib);
	}
	vec_free(&im.entries);
	*error = e;
	return err;
}

static struct svclb_error *run_set(struct ipset_backend *s, struct ipset_lib *lib,
				   const struct step_view *v, bool undo, int *error)
{
	const struct ipset *set;
	int e;

	if (v->op == STEP_CHANGE)
		return change_set(s, lib, v, error);
	set = v->op == STEP_DELETE ? &v->from->sets.v[v->before] : &v->to->sets.v[v->after];
	if (v->op == STEP_DELETE)
		e = destroy(s, lib, set->name);
	else if (set->type >= SET_OTHER)
		e = IPSET_ERR_FIND_TYPE;
	else
		e = ipset_lib_create(lib, set->name, set, undo);
	*error = e;
	if (!e || (undo && v->op == STEP_DELETE && e == ENOENT))
		return NULL;
	return set_error(s, v, e, lib);
}

/* ---- entries ---- */

/* Consecutive entries of one set that all come or all go. */
struct batch {
	const struct backend_run *run;
	size_t first;
	size_t n;
	const struct ipset *set;
	bool add;
	const struct set_entry **entries; /* room for all of the run */
};

static const struct set_entry *view_entry(const struct step_view *v, const struct ipset **set)
{
	const struct svclb_state *st = v->op == STEP_DELETE ? v->from : v->to;
	const struct set_entry *e = &st->entries.v[v->op == STEP_DELETE ? v->before : v->after];

	*set = &st->sets.v[e->set];
	return e;
}

static void batch_collect(struct batch *b, size_t from)
{
	b->first = from;
	b->n = 0;
	while (from + b->n < b->run->n && b->n < BATCH_MAX) {
		struct step_view v = backend_step(b->run, from + b->n);
		const struct set_entry *e;
		const struct ipset *set;

		if (v.kind != STEP_ENTRY)
			return;
		e = view_entry(&v, &set);
		if (b->n && (set != b->set || (v.op != STEP_DELETE) != b->add))
			return;
		b->set = set;
		b->add = v.op != STEP_DELETE; /* adding it again changes its comment */
		b->entries[b->n++] = e;
	}
}

/* Nobody knows whether a step without an answer took effect. */
static void note_unknown(const struct backend_run *run, size_t i, int error)
{
	if (!run->undo && error == EIO)
		*run->done[i] = FATE_UNKNOWN;
}

/* In undo the deletion of an entry of a set that is gone has nothing left to do. */
static bool tolerated(const struct backend_run *run, bool add, int error)
{
	return run->undo && !add && error == ENOENT;
}

static void batch_run(const struct ipset_backend *s, struct ipset_lib *lib, const struct batch *b,
		      struct problems *bad)
{
	size_t at = 0;

	while (at < b->n && (b->run->undo || !bad->first)) {
		size_t done = 0;
		int e = ipset_lib_entries(lib, b->set->name, b->set, b->add, b->entries + at,
					  b->n - at, &done);

		for (size_t i = 0; i < done; i++)
			*b->run->done[b->first + at + i] = backend_fate(b->run);
		at += done;
		if (!e)
			return;
		if (at >= b->n)
			return;
		if (tolerated(b->run, b->add, e)) {
			*b->run->done[b->first + at] = FATE_UNDONE;
		} else {
			struct step_view v = backend_step(b->run, b->first + at);

			/* those behind it may have gone out with it before */
			for (size_t i = at; i < b->n; i++)
				note_unknown(b->run, b->first + i, e);
			problems_add(bad, entry_error(s, &v, e, lib));
		}
		at++; /* undo goes on behind it */
	}
}

static void run_steps(struct ipset_backend *s, struct ipset_lib *lib, struct batch *b,
		      struct problems *bad)
{
	const struct backend_run *run = b->run;
	size_t i = 0;

	while (i < run->n && (run->undo || !bad->first)) {
		struct step_view v = backend_step(run, i);
		struct svclb_error *err = NULL;
		int error = 0;

		if (halt_check(s->b.opts, &err)) {
			problems_add(bad, err);
			return;
		}
		if (v.kind == STEP_ENTRY) {
			batch_collect(b, i);
			batch_run(s, lib, b, bad);
			i += b->n;
			continue;
		}
		err = run_set(s, lib, &v, run->undo, &error);
		if (!err)
			*run->done[i] = backend_fate(run);
		else
			note_unknown(run, i, error);
		if (err)
			problems_add(bad, err);
		i++;
	}
}

static int ipset_run(struct backend *b, const struct backend_run *run, struct svclb_error **reterr)
{
	struct ipset_backend *s = (struct ipset_backend *)b;
	struct problems bad = {.limit = run->undo ? 0 : RUN_ERRORS_MAX};
	struct batch batch = {.run = run};
	struct ipset_lib *lib = NULL;
	int rc;

	batch.entries = calloc(run->n + 1, sizeof(const struct set_entry *));
	if (!batch.entries)
		return err_nomem(reterr);
	rc = ipset_lib_open(b, &lib, reterr);
	if (!rc) {
		run_steps(s, lib, &batch, &bad);
		ipset_lib_close(lib);
		rc = problems_give(&bad, reterr);
	}
	free(batch.entries);
	return rc;
}
