/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the kernel has IPVS and the schedulers that are wanted. No command lists schedulers, so
 * each is tried with a virtual server in a namespace of its own, where nobody can see it.
 */
#include "kernel/ipvs.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

#define SCHEDS_MAX 64 /* different names in one question; the kernel has about 13 */

struct sched_list {
	const struct vserver *vs[SCHEDS_MAX]; /* first user of each */
	size_t n;
};

static void add_sched(const struct ipvs_backend *v, struct sched_list *l, const struct vserver *vs)
{
	if (ipvs_sched_known(v, vs->sched) || l->n == SCHEDS_MAX)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->vs[i]->sched, vs->sched))
			return;
	l->vs[l->n++] = vs;
}

static void add_missing(const struct ipvs_backend *v, const struct svclb_state *want,
			const char *sched, origin_id origin, struct problems *missing)
{
	char hint[64];

	(void)snprintf(hint, sizeof(hint), "load the kernel module ip_vs_%s", sched);
	problems_add(missing,
		     backend_error(&v->b, SVCLB_EUNSUPPORTED, ENOENT, "look for scheduler", NULL,
				   want, origin, hint, "the kernel has no scheduler %s", sched));
}

/* That of the node is nobody's fault; any other one is that of each who asks for it. */
static int blame_users(const struct ipvs_backend *v, const struct svclb_state *want,
		       const char *sched, struct problems *missing, struct svclb_error **reterr)
{
	bool *said;

	if (!want || !strcmp(sched, v->b.opts->scheduler)) {
		add_missing(v, NULL, sched, 0, missing);
		return 0;
	}
	said = calloc(want->origins.n, sizeof(*said));
	if (!said)
		return err_nomem(reterr);
	for (size_t i = 0; i < want->vservers.n; i++) {
		const struct vserver *vs = &want->vservers.v[i];

		if (strcmp(vs->sched, sched) || said[vs->origin])
			continue;
		said[vs->origin] = true;
		add_missing(v, want, sched, vs->origin, missing);
	}
	free(said);
	return 0;
}

/* One virtual server for each scheduler, told apart by mark. */
static int try_scheds(struct ipvs_backend *v, struct netns *ns, const struct sched_list *l,
		      int errors[SCHEDS_MAX], struct svclb_error **reterr)
{
	struct backend inside = v->b;
	struct nl_conn *nl = NULL;
	struct nlbuf buf = {0};
	char text[NL_TEXT_MAX];
	int rc;

	inside.ns = ns;
	rc = nl_conn_new(&inside, NETLINK_GENERIC, &nl, reterr);
	if (rc)
		return rc;
	for (size_t i = 0; i < l->n; i++) {
		struct vserver vs = {.key = {.family = 4, .fwmark = (uint32_t)i + 1}};

		memcpy(vs.sched, l->vs[i]->sched, sizeof(vs.sched));
		vs.netmask = 32;
		ipvs_put_service(&buf, v->family, IPVS_CMD_NEW_SERVICE, &vs, true);
	}
	rc = nl_batch(nl, &buf, errors, text, NULL, reterr);
	nlbuf_free(&buf);
	nl_conn_free(nl);
	return rc;
}

static int probe_scheds(struct ipvs_backend *v, const struct svclb_state *want,
			const struct sched_list *l, struct problems *missing,
			struct svclb_error **reterr)
{
	int errors[SCHEDS_MAX];
	struct netns *ns = NULL;
	struct svclb_error *err = NULL;
	int rc = netns_new_private(&ns, &err);

	if (rc == -SVCLB_EPERM) {
		/* the step that needs the scheduler will tell */
		svclb_error_unref(err);
		return 0;
	}
	if (rc)
		return err_give(reterr, err);
	rc = try_scheds(v, ns, l, errors, reterr);
	netns_free(ns);
	for (size_t i = 0; !rc && i < l->n; i++)
		if (errors[i] == ENOENT)
			rc = blame_users(v, want, l->vs[i]->sched, missing, reterr);
		else if (!errors[i])
			ipvs_sched_seen(v, l->vs[i]->sched);
	return rc;
}

int ipvs_probe(struct backend *b, const struct svclb_state *want, struct problems *missing,
	       struct svclb_error **reterr)
{
	struct ipvs_backend *v = (struct ipvs_backend *)b;
	struct vserver configured = {0};
	struct sched_list l = {.n = 0};
	int rc;

	if (want ? !want->vservers.n : b->opts->mode == SVCLB_MODE_IPTABLES)
		return 0;
	rc = ipvs_lookup(v, reterr);
	if (rc)
		return rc;
	if (!v->family) {
		problems_add(missing, ipvs_absent(v));
		return 0;
	}
	for (size_t i = 0; want && i < want->vservers.n; i++)
		add_sched(v, &l, &want->vservers.v[i]);
	if (!want) {
		memcpy(configured.sched, b->opts->scheduler, sizeof(configured.sched));
		add_sched(v, &l, &configured);
	}
	return l.n ? probe_scheds(v, want, &l, missing, reterr) : 0;
}
