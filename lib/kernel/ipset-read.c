/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the sets that are ours by name, and asks which set types the kernel has. */
#include "kernel/ipset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/names.h"

struct svclb_error *ipset_absent(const struct ipset_backend *s)
{
	return backend_error(&s->b, SVCLB_EUNSUPPORTED, 0, "look for IP sets", NULL, NULL, 0,
			     "load the kernel module ip_set", "the kernel has no IP sets (ip_set)");
}

/* nfnetlink's answer when nobody stands behind the subsystem */
static bool is_absent(int error)
{
	return error == EINVAL || error == EOPNOTSUPP || error == EPROTONOSUPPORT;
}

struct set_name {
	char name[SET_NAME_MAX];
};

struct name_list {
	const char *prefix;
	char other_owner[NAME_PREFIX_MAX]; /* one whose ledger there is */
	VEC(struct set_name) v;
};

/* A ledger is called PREFIX and the rest, whoever keeps it. */
static void note_owner(struct name_list *l, const char *name)
{
	const char *rest = set_table[SET_OWNED].suffix;
	size_t n = strlen(name);
	size_t m = strlen(rest);

	if (n <= m || n - m >= sizeof(l->other_owner) || strcmp(name + n - m, rest) != 0)
		return;
	memcpy(l->other_owner, name, n - m);
	l->other_owner[n - m] = '\0';
}

static int take_name(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	struct name_list *l = data;
	char name[SET_NAME_MAX];
	struct set_name *to;
	uint8_t family;

	if (!h) {
		l->v.n = 0;
		return 0;
	}
	if (!ipset_msg_name(h, name))
		return 0;
	if (!set_by_name(l->prefix, name, &family) && !ipset_is_temp(l->prefix, name)) {
		note_owner(l, name);
		return 0;
	}
	to = vec_push(&l->v);
	if (!to)
		return err_nomem(reterr);
	memcpy(to->name, name, sizeof(to->name));
	return 0;
}

struct image_take {
	const struct ipset_backend *s;
	const char *name; /* asked for */
	struct ipset_image *im;
};

static int take_image(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	const struct image_take *t = data;
	int rc;

	if (!h) {
		t->im->header = false;
		t->im->entries.n = 0;
		return 0;
	}
	rc = ipset_msg_list(h, t->im);
	if (rc == -1)
		return err_nomem(reterr);
	if (rc || strcmp(t->im->set.name, t->name))
		return err_give(reterr,
				backend_error(&t->s->b, SVCLB_EKERNEL, 0, "list set", t->name, NULL,
					      0, NULL, "the kernel sent a set of unknown form"));
	return 0;
}

int ipset_read_one(struct ipset_backend *s, const char *name, struct ipset_image *im, bool *found,
		   struct svclb_error **reterr)
{
	struct image_take t = {.s = s, .name = name, .im = im};
	struct nlbuf buf = {0};
	int error = 0;
	int rc;

	ipset_put_list(&buf, name);
	rc = nl_request(s->nl, &buf, take_image, &t, &error, reterr);
	nlbuf_free(&buf);
	if (rc)
		return rc;
	if (error && error != ENOENT)
		return nl_read_error(&s->b, error, "list a set", reterr);
	*found = !error && im->header;
	return 0;
}

/* A temporary set left by somebody who was killed is shown without members: it only has to go. */
static int add_image(struct svclb_state *ret, const struct ipset_image *im, bool temp,
		     struct svclb_error **reterr)
{
	int64_t set = state_add_set(ret, &im->set);

	if (set < 0)
		return err_nomem(reterr);
	for (size_t i = 0; !temp && i < im->entries.n; i++) {
		struct set_entry e = im->entries.v[i];

		e.set = (uint32_t)set;
		if (state_add_entry(ret, &e) < 0)
			return err_nomem(reterr);
	}
	return 0;
}

static int read_set(struct ipset_backend *s, const char *name, struct svclb_state *ret,
		    struct svclb_error **reterr)
{
	struct ipset_image im = {.header = false};
	bool found = false;
	int rc = ipset_read_one(s, name, &im, &found, reterr);

	if (!rc && found)
		rc = add_image(ret, &im, ipset_is_temp(s->b.opts->prefix, name), reterr);
	vec_free(&im.entries);
	return rc;
}

int ipset_read(struct backend *b, const struct svclb_state *want, struct svclb_state *ret,
	       struct svclb_error **reterr)
{
	struct ipset_backend *s = (struct ipset_backend *)b;
	struct name_list names = {.prefix = b->opts->prefix};
	struct nlbuf buf = {0};
	int error = 0;
	int rc;

	ipset_put_list(&buf, NULL);
	rc = nl_request(s->nl, &buf, take_name, &names, &error, reterr);
	nlbuf_free(&buf);
	if (!rc && error && !is_absent(error))
		rc = nl_read_error(b, error, "list sets", reterr);
	else if (!rc && error && b->opts->mode == SVCLB_MODE_IPVS && !(want && !want->sets.n))
		rc = err_give(reterr, ipset_absent(s));
	memcpy(ret->other_owner, names.other_owner, sizeof(ret->other_owner));
	for (size_t i = 0; !rc && i < names.v.n; i++)
		rc = read_set(s, names.v.v[i].name, ret, reterr);
	vec_free(&names.v);
	return rc;
}

/* ---- probe ---- */

static const char *module_of(enum set_type type)
{
	static const char *const modules[] = {
		[SET_HASH_IP_PORT] = "ip_set_hash_ipport",
		[SET_HASH_IP_PORT_IP] = "ip_set_hash_ipportip",
		[SET_HASH_IP_PORT_NET] = "ip_set_hash_ipportnet",
		[SET_HASH_IP] = "ip_set_hash_ip",
		[SET_BITMAP_PORT] = "ip_set_bitmap_port",
	};

	return modules[type];
}

static int probe_type(struct ipset_backend *s, enum set_type type, uint8_t family,
		      struct problems *missing, struct svclb_error **reterr)
{
	bool *seen = &s->types_seen[type][family == 6];
	struct nlbuf buf = {0};
	char hint[64];
	int error = 0;
	int rc;

	if (*seen)
		return 0;
	ipset_put_type(&buf, set_type_name(type), family);
	rc = nl_request(s->nl, &buf, NULL, NULL, &error, reterr);
	nlbuf_free(&buf);
	if (rc)
		return rc;
	if (error == EPERM)
		return nl_read_error(&s->b, error, "look for set types", reterr);
	*seen = !error;
	if (!error)
		return 0;
	(void)snprintf(hint, sizeof(hint), "load the kernel module %s", module_of(type));
	problems_add(missing, backend_error(&s->b, SVCLB_EUNSUPPORTED, 0, "look for set type", NULL,
					    NULL, 0, hint, "the kernel has no sets of type %s%s",
					    set_type_name(type), family == 6 ? " for IPv6" : ""));
	return 0;
}

static int probe_types(struct ipset_backend *s, const struct svclb_state *want,
		       struct problems *missing, struct svclb_error **reterr)
{
	int rc = 0;

	for (size_t i = 0; !rc && want && i < want->sets.n; i++)
		if (want->sets.v[i].type < SET_OTHER)
			rc = probe_type(s, want->sets.v[i].type, want->sets.v[i].family, missing,
					reterr);
	for (int t = SET_HASH_IP_PORT; !rc && !want && t < SET_OTHER; t++) {
		bool v4 = s->b.opts->ipv4 || t == SET_BITMAP_PORT;

		if (v4)
			rc = probe_type(s, (enum set_type)t, t == SET_BITMAP_PORT ? 0 : 4, missing,
					reterr);
		if (!rc && s->b.opts->ipv6 && t != SET_BITMAP_PORT)
			rc = probe_type(s, (enum set_type)t, 6, missing, reterr);
	}
	return rc;
}

int ipset_probe(struct backend *b, const struct svclb_state *want, struct problems *missing,
		struct svclb_error **reterr)
{
	struct ipset_backend *s = (struct ipset_backend *)b;
	struct nlbuf buf = {0};
	int error = 0;
	int rc;

	if (want ? !want->sets.n : b->opts->mode == SVCLB_MODE_IPTABLES)
		return 0;
	ipset_put_protocol(&buf);
	rc = nl_request(s->nl, &buf, NULL, NULL, &error, reterr);
	nlbuf_free(&buf);
	if (rc)
		return rc;
	if (is_absent(error)) {
		problems_add(missing, ipset_absent(s));
		return 0;
	}
	if (error)
		return nl_read_error(b, error, "look for IP sets", reterr);
	return probe_types(s, want, missing, reterr);
}
