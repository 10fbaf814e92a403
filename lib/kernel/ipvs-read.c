/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads all virtual servers with their real servers, and the connection time-outs. */
#include "kernel/ipvs.h"

#include <linux/ip_vs.h>
#include <stdlib.h>

/* What the dumps fill; separate from the state, which cannot forget what a repeated dump gives. */
struct service_list {
	const struct ipvs_backend *v;
	vserver_vec *vs;
};

struct taken_timeouts {
	struct ipvs_timeouts timeouts;
	bool given;
};

/* The real servers of one virtual server. */
struct dest_list {
	const struct ipvs_backend *v;
	rserver_vec *rs;
	uint8_t family;
};

static int cut_off(const struct ipvs_backend *v, const char *what, struct svclb_error **reterr)
{
	return err_give(reterr, backend_error(&v->b, SVCLB_EKERNEL, 0, "read IPVS", NULL, NULL, 0,
					      NULL, "the kernel sent a %s of unknown form", what));
}

static int take_service(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	struct service_list *l = data;
	struct vserver *vs;

	if (!h) {
		l->vs->n = 0;
		return 0;
	}
	vs = vec_push(l->vs);
	if (!vs)
		return err_nomem(reterr);
	return ipvs_parse_service(h, vs) ? 0 : cut_off(l->v, "virtual server", reterr);
}

static int take_dest(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	struct dest_list *l = data;
	struct rserver *rs;

	if (!h) {
		l->rs->n = 0;
		return 0;
	}
	rs = vec_push(l->rs);
	if (!rs)
		return err_nomem(reterr);
	return ipvs_parse_dest(h, l->family, rs) ? 0 : cut_off(l->v, "real server", reterr);
}

static int take_timeouts(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	struct taken_timeouts *l = data;

	(void)reterr;
	if (h)
		l->given = ipvs_parse_timeouts(h, &l->timeouts);
	return 0;
}

int ipvs_list_services(struct ipvs_backend *v, struct nlbuf *buf, vserver_vec *ret,
		       struct svclb_error **reterr)
{
	struct service_list l = {.v = v, .vs = ret};
	int error = 0;
	int rc;

	ret->n = 0;
	nlbuf_reset(buf);
	ipvs_put_list(buf, v->family, IPVS_CMD_GET_SERVICE, NULL);
	rc = nl_request(v->nl, buf, take_service, &l, &error, reterr);
	if (rc)
		return rc;
	return error ? nl_read_error(&v->b, error, "list virtual servers", reterr) : 0;
}

int ipvs_list_dests(struct ipvs_backend *v, const struct vs_key *key, struct nlbuf *buf,
		    rserver_vec *ret, struct svclb_error **reterr)
{
	struct dest_list l = {.v = v, .rs = ret, .family = key->family};
	int error = 0;
	int rc;

	ret->n = 0;
	nlbuf_reset(buf);
	ipvs_put_list(buf, v->family, IPVS_CMD_GET_DEST, key);
	rc = nl_request(v->nl, buf, take_dest, &l, &error, reterr);
	if (rc)
		return rc;
	return error ? nl_read_error(&v->b, error, "list real servers", reterr) : 0;
}

static int read_dests(struct ipvs_backend *v, rserver_vec *rs, struct nlbuf *buf,
		      const struct vserver *vs, struct svclb_state *ret,
		      struct svclb_error **reterr)
{
	int64_t index = state_add_vserver(ret, vs);
	int rc;

	if (index < 0)
		return err_nomem(reterr);
	rc = ipvs_list_dests(v, &vs->key, buf, rs, reterr);
	for (size_t i = 0; !rc && i < rs->n; i++) {
		rs->v[i].vs = (uint32_t)index;
		if (state_add_rserver(ret, &rs->v[i]) < 0)
			rc = err_nomem(reterr);
	}
	return rc;
}

static int read_services(struct ipvs_backend *v, struct nlbuf *buf, struct svclb_state *ret,
			 struct svclb_error **reterr)
{
	vserver_vec vs = {0};
	rserver_vec rs = {0};
	int rc = ipvs_list_services(v, buf, &vs, reterr);

	for (size_t i = 0; !rc && i < vs.n; i++) {
		ipvs_sched_seen(v, vs.v[i].sched);
		rc = read_dests(v, &rs, buf, &vs.v[i], ret, reterr);
	}
	vec_free(&vs);
	vec_free(&rs);
	return rc;
}

static int read_timeouts(struct ipvs_backend *v, struct nlbuf *buf, struct svclb_state *ret,
			 struct svclb_error **reterr)
{
	struct taken_timeouts l = {.given = false};
	int error = 0;
	int rc;

	nlbuf_reset(buf);
	nlbuf_genl(buf, v->family, IPVS_CMD_GET_CONFIG, IPVS_GENL_VERSION,
		   NLM_F_REQUEST | NLM_F_ACK);
	rc = nl_request(v->nl, buf, take_timeouts, &l, &error, reterr);
	if (rc)
		return rc;
	if (error)
		return nl_read_error(&v->b, error, "read the connection time-outs", reterr);
	ret->timeouts_given = l.given;
	ret->timeouts = l.timeouts;
	return 0;
}

int ipvs_read(struct backend *b, const struct svclb_state *want, struct svclb_state *ret,
	      struct svclb_error **reterr)
{
	struct ipvs_backend *v = (struct ipvs_backend *)b;
	struct nlbuf buf = {0};
	int rc = ipvs_lookup(v, reterr);

	if (rc)
		return rc;
	if (!v->family) {
		/* nothing can be there, which is fine as long as nothing is needed */
		if (b->opts->mode != SVCLB_MODE_IPVS || (want && !want->vservers.n))
			return 0;
		return err_give(reterr, ipvs_absent(v));
	}
	rc = read_services(v, &buf, ret, reterr);
	if (!rc)
		rc = read_timeouts(v, &buf, ret, reterr);
	nlbuf_free(&buf);
	return rc;
}
