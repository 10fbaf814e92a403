/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection tracking backend: deletes the UDP flows that a plan cuts off. Steps of one address,
 * one real server or one port share a listing, which the kernel narrows down to those.
 */
#include "kernel/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/model.h"

struct ct_backend {
	struct backend b;
	struct nl_conn *nl;
};

/* Which flows are meant, and those found. */
struct ct_hunt {
	struct flow_key *keys; /* in order, of one family */
	size_t n;
	struct flow_key question;
	bool unfiltered; /* the kernel names others too, so one answer is about all keys */
	VEC(struct ct_flow) found;
	struct netns *ns;
	struct ipaddr asked; /* the last address that was asked about, and the answer */
	bool local;
};

/* ---- finding ---- */

/* Asks the kernel: no list of addresses is complete, 127.0.0.0/8 for one is local as a whole.
 * Link-local ones, which cannot be asked about without a link, are taken for the node's. */
static int ask_local(void *data, struct svclb_error **reterr)
{
	struct ct_hunt *hunt = data;
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6};
	struct sockaddr_in a4 = {.sin_family = AF_INET};
	bool v4 = hunt->asked.family == 4;
	int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)reterr;
	memcpy(&a4.sin_addr, hunt->asked.b, sizeof(a4.sin_addr));
	memcpy(&a6.sin6_addr, hunt->asked.b, sizeof(a6.sin6_addr));
	hunt->local = fd >= 0 && (!bind(fd, v4 ? (struct sockaddr *)&a4 : (struct sockaddr *)&a6,
					v4 ? sizeof(a4) : sizeof(a6)) ||
				  ip_is_link_local(&hunt->asked));
	if (fd >= 0)
		close(fd);
	return 0;
}

static bool is_local(struct ct_hunt *hunt, const struct ipaddr *ip)
{
	if (!ip_cmp(&hunt->asked, ip))
		return hunt->local;
	hunt->asked = *ip;
	hunt->local = false;
	(void)netns_call(hunt->ns, ask_local, hunt, NULL); /* who cannot ask keeps the flow */
	return hunt->local;
}

static int take_flow(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	struct ct_hunt *hunt = data;
	struct ct_flow f;
	struct ct_flow *slot;
	struct flow_key key;

	/* A listing that starts over may name a flow twice; deleting it twice does no harm. */
	if (!h || !conntrack_parse_flow(h, &f))
		return 0;
	key = conntrack_flow_key(&f);
	hunt->unfiltered = hunt->unfiltered || !conntrack_answers(&key, &hunt->question);
	if (!flow_among(&key, hunt->keys, hunt->n) &&
	    (!flow_among_node(&key, hunt->keys, hunt->n) || !is_local(hunt, &key.vip)))
		return 0;
	slot = vec_push(&hunt->found);
	if (!slot)
		return err_nomem(reterr);
	*slot = f;
	return 0;
}

static int list_flows(struct ct_backend *ct, struct ct_hunt *hunt, bool filter, int *error,
		      struct svclb_error **reterr)
{
	struct svclb_error *err = NULL;
	struct nlbuf buf = {0};
	int rc;

	hunt->unfiltered = !filter;
	conntrack_put_dump(&buf, hunt->keys[0].vip.family, &hunt->question, filter);
	*error = 0;
	rc = nl_request(ct->nl, &buf, take_flow, hunt, error, &err);
	nlbuf_free(&buf);
	if (rc == -SVCLB_EAGAIN) {
		/* The table never stands still; what was seen in all those rounds is enough. */
		svclb_error_unref(err);
		return 0;
	}
	return rc ? err_give(reterr, err) : 0;
}

/* A kernel that does not want the filter is asked without. One without ctnetlink refuses both: it
 * has no flows that anybody could delete. */
static int find_flows(struct ct_backend *ct, struct ct_hunt *hunt, struct svclb_error **reterr)
{
	int error;
	int rc = list_flows(ct, hunt, true, &error, reterr);

	if (!rc && (error == EINVAL || error == EOPNOTSUPP))
		rc = list_flows(ct, hunt, false, &error, reterr);
	if (rc || !error || error == EINVAL || error == EOPNOTSUPP)
		return rc;
	return nl_read_error(&ct->b, error, "list flows", reterr);
}

/* ---- deleting ---- */

/* Gone meanwhile, or handed to a flow table, which ends it by itself. */
static bool tolerated(int error)
{
	return !error || error == ENOENT || error == EBUSY;
}

static int delete_pack(struct ct_backend *ct, const struct ct_flow *f, size_t n, struct nlbuf *buf,
		       struct svclb_error **reterr)
{
	int errors[NL_PACK_MAX];
	char words[NL_TEXT_MAX];
	int rc;

	nlbuf_reset(buf);
	for (size_t i = 0; i < n; i++)
		conntrack_put_delete(buf, &f[i]);
	rc = nl_batch(ct->nl, buf, errors, words, NULL, reterr);
	for (size_t i = 0; !rc && i < n; i++)
		if (!tolerated(errors[i]))
			rc = nl_read_error(&ct->b, errors[i], "delete flows", reterr);
	return rc;
}

static int delete_flows(struct ct_backend *ct, const struct ct_hunt *hunt,
			struct svclb_error **reterr)
{
	struct nlbuf buf = {0};
	int rc = 0;

	for (size_t i = 0; !rc && i < hunt->found.n; i += NL_PACK_MAX) {
		size_t n = hunt->found.n - i;

		rc = delete_pack(ct, hunt->found.v + i, n < NL_PACK_MAX ? n : NL_PACK_MAX, &buf,
				 reterr);
	}
	nlbuf_free(&buf);
	return rc;
}

/* ---- the backend ---- */

static int search_cmp(const void *a, const void *b)
{
	return flow_key_cmp(a, b);
}

/* Flows of the n keys, in order, all of one family. Those of one question are gone before the next
 * one, which would name them again. */
static int flush(struct ct_backend *ct, struct flow_key *keys, size_t n,
		 struct svclb_error **reterr)
{
	struct ct_hunt hunt = {.keys = keys, .n = n, .ns = ct->b.ns};
	struct flow_key questions[CT_QUESTIONS_MAX];
	size_t count = conntrack_questions(keys, n, questions);
	int rc = 0;

	for (size_t i = 0; !rc && !hunt.unfiltered && i < count; i++) {
		hunt.question = questions[i];
		hunt.found.n = 0;
		rc = find_flows(ct, &hunt, reterr);
		if (!rc)
			rc = delete_flows(ct, &hunt, reterr);
	}
	vec_free(&hunt.found);
	return rc;
}

static int flush_families(struct ct_backend *ct, struct flow_key *keys, size_t n,
			  struct svclb_error **reterr)
{
	size_t v4 = 0;
	int rc = 0;

	qsort(keys, n, sizeof(*keys), search_cmp);
	while (v4 < n && keys[v4].vip.family == 4)
		v4++;
	if (v4)
		rc = flush(ct, keys, v4, reterr);
	if (!rc && v4 < n)
		rc = flush(ct, keys + v4, n - v4, reterr);
	return rc;
}

static int conntrack_run(struct backend *b, const struct backend_run *run,
			 struct svclb_error **reterr)
{
	struct flow_key *keys;
	int rc;

	if (run->undo) { /* a flow comes back with its next packet */
		for (size_t i = 0; i < run->n; i++)
			*run->done[i] = FATE_UNDONE;
		return 0;
	}
	keys = calloc(run->n + 1, sizeof(*keys));
	if (!keys)
		return err_nomem(reterr);
	for (size_t i = 0; i < run->n; i++) {
		struct step_view s = backend_step(run, i);

		keys[i] = flow_key_of(s.kind, s.from, s.to, s.before, s.after);
	}
	rc = flush_families((struct ct_backend *)b, keys, run->n, reterr);
	free(keys);
	for (size_t i = 0; !rc && i < run->n; i++)
		*run->done[i] = FATE_DONE;
	return rc;
}

static bool has_udp(const struct svclb_state *want)
{
	for (size_t i = 0; want && i < want->vservers.n; i++)
		if (want->vservers.v[i].key.proto == PROTO_UDP)
			return true;
	return !want || want->fronts.n;
}

/* nfnetlink has one number for subsystems it does not know: EINVAL. */
static int conntrack_probe(struct backend *b, const struct svclb_state *want,
			   struct problems *missing, struct svclb_error **reterr)
{
	struct ct_backend *ct = (struct ct_backend *)b;
	struct nlbuf buf = {0};
	int error = 0;
	int rc;

	if (!has_udp(want))
		return 0;
	conntrack_put_stats(&buf);
	rc = nl_request(ct->nl, &buf, NULL, NULL, &error, reterr);
	nlbuf_free(&buf);
	if (rc || !error)
		return rc;
	if (error != EINVAL)
		return nl_read_error(b, error, "ask for connection tracking", reterr);
	problems_add(missing, backend_error(b, SVCLB_EUNSUPPORTED, 0, "look for ctnetlink", NULL,
					    NULL, 0, "load the kernel module nf_conntrack_netlink",
					    "the kernel has no ctnetlink (nf_conntrack_netlink), "
					    "which UDP Services need"));
	return 0;
}

static void conntrack_free(struct backend *b)
{
	struct ct_backend *ct = (struct ct_backend *)b;

	nl_conn_free(ct->nl);
	free(ct);
}

static const struct backend_ops conntrack_ops = {
	.subsystem = "conntrack",
	.probe = conntrack_probe,
	.run = conntrack_run,
	.free = conntrack_free,
};

int conntrack_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
			  struct svclb_error **reterr)
{
	struct ct_backend *ct = calloc(1, sizeof(*ct));
	int rc;

	if (!ct)
		return err_nomem(reterr);
	ct->b = (struct backend){.ops = &conntrack_ops, .opts = opts, .ns = ns};
	rc = nl_conn_new(&ct->b, NETLINK_NETFILTER, &ct->nl, reterr);
	if (rc) {
		free(ct);
		return rc;
	}
	*ret = &ct->b;
	return 0;
}
