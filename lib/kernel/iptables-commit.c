/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One table of one family as one transaction of the kernel. */
#include "kernel/iptables.h"

#include "kernel/halt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 16

struct attempt {
	struct tc_table t;
	struct edits edits;
	struct edits back;
	struct edits *maybe; /* how to put back a commit that failed, in case it took effect */
};

static void attempt_free(struct attempt *a)
{
	edits_free(&a->edits);
	edits_free(&a->back);
	tc_close(&a->t);
}

static int name_missing(void *data, const char *what, const char *module, int os_errno)
{
	struct svclb_error **first = data;
	struct err_parts parts = {.os_errno = os_errno};

	*first = err_new(SVCLB_EUNSUPPORTED, &parts, "the kernel lacks %s (%s)", what, module);
	return 1;
}

/* The kernel does not say which of all rules it meant, so everything they use is asked for. */
static int refused(const struct attempt *a, int os_errno, const struct svclb_state *want,
		   struct svclb_error **reterr)
{
	struct svclb_error *err = NULL;
	struct svclb_error *lacking = NULL;
	int rc = tc_error(&a->t, "commit table", NULL, os_errno, &err);

	if (want && os_errno != EAGAIN)
		(void)xt_probe(a->t.tc->family, want, NULL, name_missing, &lacking, NULL);
	if (lacking)
		err_set_cause(err, lacking);
	(void)err_give(reterr, err);
	return rc;
}

/* Keeps how to put back what this commit changed, unless an earlier try had changed it already. */
static void keep_back(struct attempt *a, struct table_undo *undo)
{
	struct edits none = {0};

	if (!undo->known)
		undo->edits = a->back;
	else
		edits_free(&a->back);
	a->back = none;
	undo->known = true;
}

static void move_edits(struct edits *to, struct edits *from)
{
	struct edits none = {0};

	edits_free(to);
	*to = *from;
	*from = none;
}

/* Reads, changes and commits once. *again: try once more, for the reason *os_errno (0: a set moved
 * to another number between being looked up and being held by the rule). */
static int attempt(struct attempt *a, const struct svclb_state *want, struct table_undo *undo,
		   bool *again, int *os_errno, struct svclb_error **reterr)
{
	bool unmoved = true;
	int rc = edits_plan(&a->t, want, &a->edits, &a->back, reterr);

	*again = false;
	if (rc < 0)
		return rc;
	if (!a->edits.v.n) {
		move_edits(&a->back, a->maybe);
		if (a->back.v.n)
			keep_back(a, undo);
		return 0;
	}
	edits_free(a->maybe); /* something is left to do, so it did not */
	if (*os_errno && *os_errno != EAGAIN)
		return refused(a, *os_errno, want, reterr);
	rc = edits_apply(&a->t, &a->edits, reterr);
	if (rc < 0)
		return rc;
	if (!a->t.tc->commit(a->t.h)) {
		*os_errno = errno;
		*again = true;
		if (*os_errno != EAGAIN) /* which says that the table is another one by now */
			move_edits(a->maybe, &a->back);
		return 0;
	}
	keep_back(a, undo);
	*os_errno = 0;
	rc = xt_sets_unmoved(&a->t.sets, &unmoved, reterr);
	*again = !unmoved;
	return rc;
}

/*
 * What was changed, or may have been, is put back at once. Where that fails, and so is not known to
 * have been done, undoing the step tries again.
 */
static void give_up(struct backend *b, uint32_t index, struct edits *maybe, struct table_undo *undo)
{
	if (!undo->known && maybe->v.n)
		move_edits(&undo->edits, maybe);
	(void)iptables_put_back(b, index, undo, NULL); /* the caller has what went wrong first */
	undo->known = undo->edits.v.n;
}

/* Tables are made by looking at them: one that is not there and has nothing to hold is let be. */
static int is_needed(uint8_t family, enum table table, const struct svclb_state *want, bool *ret,
		     struct svclb_error **reterr)
{
	unsigned present = 0;
	int rc = xt_tables_present(family, &present, reterr);

	*ret = present & 1U << table;
	for (size_t i = 0; want && i < want->chains.n && !*ret; i++)
		*ret = want->chains.v[i].family == family && want->chains.v[i].table == table;
	return rc;
}

/*
 * libiptc says that a commit failed also when only the counters could not be added back, and the
 * kernel refuses one when others changed the table meanwhile. Both are found out by reading again:
 * when nothing is left to do, it had worked.
 */
int iptables_commit(struct backend *b, uint32_t index, const struct svclb_state *want,
		    struct table_undo *undo, struct svclb_error **reterr)
{
	uint8_t family = table_index_family(index);
	enum table table = table_index_table(index);
	struct edits maybe = {0};
	struct attempt a = {0};
	bool again = false;
	int os_errno = 0;
	int rc = is_needed(family, table, want, &again, reterr);

	edits_free(&undo->edits);
	undo->known = false;
	for (int i = 0; i < TRIES && again && !rc; i++) {
		rc = halt_check(b->opts, reterr);
		if (rc)
			break;
		memset(&a, 0, sizeof(a));
		a.maybe = &maybe;
		rc = tc_open(&a.t, b, family, table, reterr);
		if (!rc)
			rc = attempt(&a, want, undo, &again, &os_errno, reterr);
		if (!rc && again && i == TRIES - 1)
			rc = refused(&a, os_errno ? os_errno : EAGAIN, want, reterr);
		attempt_free(&a);
	}
	if (!rc)
		undo->known = true;
	else
		give_up(b, index, &maybe, undo);
	edits_free(&maybe);
	return rc;
}

int iptables_put_back(struct backend *b, uint32_t index, struct table_undo *undo,
		      struct svclb_error **reterr)
{
	struct tc_table t;
	int os_errno = EAGAIN;
	int rc = 0;

	for (int i = 0; i < TRIES && os_errno == EAGAIN && undo->edits.v.n && !rc; i++) {
		rc = tc_open(&t, b, table_index_family(index), table_index_table(index), reterr);
		if (!rc)
			rc = kept_rules_refresh(&t, &undo->edits, reterr);
		if (!rc)
			rc = edits_apply(&t, &undo->edits, reterr);
		os_errno = !rc && !t.tc->commit(t.h) ? errno : 0;
		if (os_errno && (os_errno != EAGAIN || i == TRIES - 1))
			rc = tc_error(&t, "commit table", NULL, os_errno, reterr);
		tc_close(&t);
	}
	if (!rc)
		edits_free(&undo->edits);
	return rc;
}
