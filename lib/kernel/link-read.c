/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads our link with its addresses, and the addresses of all other links. */
#include "kernel/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int take_link(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	struct link_info *info = data;

	(void)reterr;
	if (!h || !link_parse_link(h, info))
		info->index = 0;
	return 0;
}

int link_find(struct link_backend *l, struct link_info *ret, struct svclb_error **reterr)
{
	const char *name = l->b.opts->link_name;
	struct link_info info = {.index = 0};
	struct nlbuf buf = {0};
	char object[LINK_NAME_MAX + 8];
	int error = 0;
	int rc;

	link_put_get(&buf, name);
	rc = nl_request(l->nl, &buf, take_link, &info, &error, reterr);
	nlbuf_free(&buf);
	if (rc)
		return rc;
	if (error && error != ENODEV)
		return nl_read_error(&l->b, error, "look up the link", reterr);
	(void)snprintf(object, sizeof(object), "link %s", name);
	if (info.index && !info.dummy)
		return err_give(reterr,
				backend_error(&l->b, SVCLB_ECONFLICT, 0, "read link", object, NULL,
					      0, "remove that link, or set another link name",
					      "there is a link of this name that is no dummy"));
	if (info.index)
		l->dummy_seen = true;
	*ret = info;
	return 0;
}

static int take_addr(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	link_address_vec *l = data;
	struct link_address a;
	struct link_address *to;

	if (!h) {
		l->n = 0;
		return 0;
	}
	if (!link_parse_addr(h, &a))
		return 0;
	to = vec_push(l);
	if (!to)
		return err_nomem(reterr);
	*to = a;
	return 0;
}

int link_list_addrs(struct link_backend *l, link_address_vec *ret, struct svclb_error **reterr)
{
	struct nlbuf buf = {0};
	int error = 0;
	int rc;

	link_put_list_addrs(&buf);
	rc = nl_request(l->nl, &buf, take_addr, ret, &error, reterr);
	nlbuf_free(&buf);
	if (!rc && error)
		rc = nl_read_error(&l->b, error, "list addresses", reterr);
	return rc;
}

struct link_list {
	VEC(struct link_info) v;
};

static int take_links(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	struct link_list *l = data;
	struct link_info info;
	struct link_info *to;

	if (!h) {
		l->v.n = 0;
		return 0;
	}
	if (!link_parse_link(h, &info))
		return 0;
	to = vec_push(&l->v);
	if (!to)
		return err_nomem(reterr);
	*to = info;
	return 0;
}

static int list_links(struct link_backend *l, struct link_list *ret, struct svclb_error **reterr)
{
	struct nlbuf buf = {0};
	int error = 0;
	int rc;

	link_put_get(&buf, NULL);
	rc = nl_request(l->nl, &buf, take_links, ret, &error, reterr);
	nlbuf_free(&buf);
	if (!rc && error)
		rc = nl_read_error(&l->b, error, "list links", reterr);
	return rc;
}

static int by_index(const void *a, const void *b)
{
	const struct link_info *x = a;
	const struct link_info *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static const struct link_info *link_of(const struct link_list *links, int index)
{
	struct link_info key = {.index = index};

	return links->v.n ? bsearch(&key, links->v.v, links->v.n, sizeof(key), by_index) : NULL;
}

/* All links, sorted by index, and all addresses. */
static int list_all(struct link_backend *l, struct link_list *links, link_address_vec *addrs,
		    struct svclb_error **reterr)
{
	int rc = list_links(l, links, reterr);

	if (!rc)
		rc = link_list_addrs(l, addrs, reterr);
	if (!rc && links->v.n)
		qsort(links->v.v, links->v.n, sizeof(links->v.v[0]), by_index);
	return rc;
}

static bool is_ours(const struct link_backend *l, const struct link_info *on)
{
	return !strcmp(on->name, l->b.opts->link_name);
}

/* Our own link and that of any other owner: nobody but a service proxy has a use for addresses on a
 * dummy link that is down. */
static bool holds_services(const struct link_backend *l, const struct link_info *on)
{
	return is_ours(l, on) || (on->dummy && !on->up);
}

static int add_foreign(const struct link_address *a, const struct link_info *on,
		       struct svclb_state *ret, struct svclb_error **reterr)
{
	struct foreign_addr *to = vec_push(&ret->foreign_addrs);

	if (!to)
		return err_nomem(reterr);
	*to = (struct foreign_addr){.ip = a->ip, .plen = a->plen};
	memcpy(to->ifname, on->name, sizeof(to->ifname));
	return 0;
}

/* Wider prefixes on our link are not ours to judge. */
static int take_service_addr(const struct link_backend *l, const struct link_address *a,
			     const struct link_info *on, struct svclb_state *ret,
			     struct svclb_error **reterr)
{
	struct link_addr ours = {.ip = a->ip, .place = (uint32_t)ret->addrs.n};

	if (!is_ours(l, on) || a->plen != ip_bits(&a->ip))
		return add_foreign(a, on, ret, reterr);
	return state_add_addr(ret, &ours) < 0 ? err_nomem(reterr) : 0;
}

/* Link-local addresses come and go with the link's state. */
static bool is_made_by_kernel(const struct link_address *a)
{
	return a->ip.family == 6 && ip_is_link_local(&a->ip);
}

static void take_own_link(struct link_backend *l, const struct link_list *links,
			  struct svclb_state *ret)
{
	for (size_t i = 0; i < links->v.n; i++) {
		if (!is_ours(l, &links->v.v[i]))
			continue;
		ret->link = links->v.v[i].dummy;
		ret->other_link = !ret->link;
		l->dummy_seen |= ret->link;
	}
}

int link_read(struct backend *b, const struct svclb_state *want, struct svclb_state *ret,
	      struct svclb_error **reterr)
{
	struct link_backend *l = (struct link_backend *)b;
	struct link_list links = {.v = {0}};
	link_address_vec addrs = {0};
	int rc = list_all(l, &links, &addrs, reterr);

	(void)want;
	if (!rc)
		take_own_link(l, &links, ret);
	for (size_t i = 0; !rc && i < addrs.n; i++) {
		const struct link_address *a = &addrs.v[i];
		const struct link_info *on = link_of(&links, a->index);

		if (on && on->dummy && holds_services(l, on) && !is_made_by_kernel(a))
			rc = take_service_addr(l, a, on, ret, reterr);
	}
	vec_free(&links.v);
	vec_free(&addrs);
	return rc;
}

/* Appends the address unless it is a Service's. */
static int add_node_address(const struct link_backend *l, const struct link_list *links,
			    const struct link_address *a, node_address_vec *ret,
			    struct svclb_error **reterr)
{
	const struct link_info *on = link_of(links, a->index);
	struct node_address *to;

	if (on && holds_services(l, on))
		return 0;
	to = vec_push(ret);
	if (!to)
		return err_nomem(reterr);
	to->ip = a->ip;
	to->plen = a->plen;
	if (on)
		memcpy(to->ifname, on->name, sizeof(to->ifname));
	return 0;
}

int link_addresses(struct backend *b, node_address_vec *ret, struct svclb_error **reterr)
{
	struct link_backend *l = (struct link_backend *)b;
	struct link_list links = {.v = {0}};
	link_address_vec list = {0};
	int rc = list_all(l, &links, &list, reterr);

	for (size_t i = 0; !rc && i < list.n; i++)
		rc = add_node_address(l, &links, &list.v[i], ret, reterr);
	vec_free(&links.v);
	vec_free(&list);
	return rc;
}
