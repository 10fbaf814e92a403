/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two libraries of libiptc as two tables of the same calls, and their errors in words. */
#include "kernel/iptables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libiptc/libip6tc.h>
#include <libiptc/libiptc.h>

#include "state/names.h"

/* The libraries differ in the names of their functions and in the type of an entry only. */
#define TC_FAMILY(n, lib, entry)                                                        \
	static const void *first_rule##n(const char *chain, struct xtc_handle *h)       \
	{                                                                               \
		return lib##_first_rule(chain, h);                                      \
	}                                                                               \
	static const void *next_rule##n(const void *rule, struct xtc_handle *h)         \
	{                                                                               \
		return lib##_next_rule(rule, h);                                        \
	}                                                                               \
	static const char *target##n(const void *rule, struct xtc_handle *h)            \
	{                                                                               \
		return lib##_get_target(rule, h);                                       \
	}                                                                               \
	static int append##n(const char *chain, const void *rule, struct xtc_handle *h) \
	{                                                                               \
		return lib##_append_entry(chain, rule, h);                              \
	}                                                                               \
	static int insert##n(const char *chain, const void *rule, unsigned at,          \
			     struct xtc_handle *h)                                      \
	{                                                                               \
		return lib##_insert_entry(chain, rule, at, h);                          \
	}                                                                               \
	static int set_policy##n(const char *chain, const char *policy,                 \
				 struct xt_counters *counters, struct xtc_handle *h)    \
	{                                                                               \
		return lib##_set_policy(chain, policy, counters, h);                    \
	}                                                                               \
	static const struct tc_ops tc##n = {                                            \
		n,                                                                      \
		lib##_init,                                                             \
		lib##_free,                                                             \
		lib##_commit,                                                           \
		lib##_first_chain,                                                      \
		lib##_next_chain,                                                       \
		lib##_builtin,                                                          \
		lib##_is_chain,                                                         \
		first_rule##n,                                                          \
		next_rule##n,                                                           \
		target##n,                                                              \
		append##n,                                                              \
		insert##n,                                                              \
		lib##_delete_num_entry,                                                 \
		lib##_flush_entries,                                                    \
		lib##_create_chain,                                                     \
		lib##_delete_chain,                                                     \
		lib##_get_policy,                                                       \
		set_policy##n,                                                          \
	}

TC_FAMILY(4, iptc, struct ipt_entry);
TC_FAMILY(6, ip6tc, struct ip6t_entry);

const struct tc_ops *tc_ops_of(uint8_t family)
{
	return family == 6 ? &tc6 : &tc4;
}

int tc_open(struct tc_table *t, struct backend *b, uint8_t family, enum table table,
	    struct svclb_error **reterr)
{
	memset(t, 0, sizeof(*t));
	t->b = b;
	t->tc = tc_ops_of(family);
	t->table = table;
	t->sets.fd = -1;
	t->h = t->tc->init(table_name(table));
	return t->h ? 0 : tc_error(t, "read table", NULL, errno, reterr);
}

void tc_close(struct tc_table *t)
{
	if (t->h)
		t->tc->free(t->h);
	t->h = NULL;
	xt_sets_free(&t->sets);
	vec_free(&t->buf.b);
}

bool tc_is_ours(const struct tc_table *t, const char *chain)
{
	return chain_is_ours(t->b->opts->prefix, t->table, chain);
}

bool tc_is_builtin(const struct tc_table *t, const char *chain)
{
	return builtin_order(chain) >= 0 && t->tc->builtin(chain, t->h);
}

bool tc_jumps_to_ours(const struct tc_table *t, const void *rule)
{
	struct xt_entry_target *target =
		xt_entry_target(t->tc->family, (void *)(uintptr_t)rule); /* only read */

	return !target->u.user.name[0] && tc_is_ours(t, t->tc->target(rule, t->h));
}

/* What an errno means depends on the call; an empty operation stands for every other one. */
static const struct {
	const char *operation;
	int os_errno;
	const char *text;
	const char *hint;
} words[] = {
	{"", EPERM, "no permission: CAP_NET_ADMIN and CAP_NET_RAW are needed", NULL},
	{"", EACCES, "no permission: CAP_NET_ADMIN and CAP_NET_RAW are needed", NULL},
	{"", ENOPROTOOPT, "the kernel has no tables of this family",
	 "the module is ip_tables or ip6_tables"},
	{"", EAFNOSUPPORT, "the kernel has no such address family", NULL},
	{"", 0, "the kernel's format differs from the one libiptc was built for", NULL},
	{"read table", ENOENT, "the kernel has no such table", NULL},
	{"read table", EINVAL, "the kernel's format differs from the one libiptc was built for",
	 NULL},
	{"commit table", ENOENT, "the kernel does not know a match, target or set of a rule", NULL},
	{"commit table", EPROTONOSUPPORT, "the kernel lacks the revision of a match or target",
	 NULL},
	{"commit table", EINVAL, "the kernel refuses a rule, for its place or its values", NULL},
	{"commit table", ELOOP, "chains jump in a circle", NULL},
	{"commit table", ERANGE, "a rule matches more parts than a set can have", NULL},
	{"commit table", EAGAIN, "others kept changing the table", NULL},
	{"add rule", ENOENT, "no such chain", NULL},
	{"create chain", EEXIST, "a chain or target of this name exists", NULL},
	{"delete chain", EMLINK, "a rule that is not ours still jumps to it",
	 "remove that rule first"},
	{"delete chain", ENOTEMPTY, "the chain still has rules", NULL},
};

static int code_of(int os_errno)
{
	switch (os_errno) {
	case EPERM:
	case EACCES:
		return SVCLB_EPERM;
	case ENOMEM:
		return SVCLB_ENOMEM;
	case EAGAIN:
		return SVCLB_EAGAIN;
	case ENOPROTOOPT:
	case EAFNOSUPPORT:
		return SVCLB_EUNSUPPORTED;
	case EMLINK:
		return SVCLB_ECONFLICT;
	default:
		return SVCLB_EKERNEL;
	}
}

int tc_error(const struct tc_table *t, const char *operation, const char *chain, int os_errno,
	     struct svclb_error **reterr)
{
	char object[64];
	char buf[128];
	const char *text = NULL;
	const char *hint = NULL;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !text; i++)
		if (words[i].os_errno == os_errno &&
		    (!words[i].operation[0] || !strcmp(words[i].operation, operation))) {
			text = words[i].text;
			hint = words[i].hint;
		}
	(void)snprintf(object, sizeof(object), "IPv%u table %s%s%s", (unsigned)t->tc->family,
		       table_name(t->table), chain ? " chain " : "", chain ? chain : "");
	return err_give(reterr,
			backend_error(t->b, code_of(os_errno), os_errno, operation, object, NULL, 0,
				      hint, "%s",
				      text ? text : err_os_text(os_errno, buf, sizeof(buf))));
}
