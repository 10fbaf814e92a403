/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers of sets, by which rules name them, and whether a set suits a rule. */
#include "kernel/xt.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>

void xt_sets_free(struct xt_sets *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	vec_free(&s->refs);
}

static int set_error(int os_errno, const char *what, const char *name, struct svclb_error **reterr)
{
	struct err_parts parts = {.os_errno = os_errno, .subsystem = "ipset", .operation = what};
	char words[128];

	if (os_errno == ENOMEM)
		return err_nomem(reterr);
	if (os_errno == EPERM)
		parts.hint = "CAP_NET_ADMIN is needed";
	if (os_errno == ENOPROTOOPT)
		parts.hint = "the module is ip_set";
	return err_give(reterr, err_new(os_errno == EPERM ? SVCLB_EPERM : SVCLB_EKERNEL, &parts,
					"set %s: %s", name,
					os_errno == ENOPROTOOPT
						? "the kernel has no sets"
						: err_os_text(os_errno, words, sizeof(words))));
}

/* One request of the sets' socket option; the answer replaces it. */
static int ask(const struct xt_sets *s, void *req, socklen_t size)
{
	return getsockopt(s->fd, SOL_IP, SO_IP_SET, req, &size) < 0 ? -errno : 0;
}

static int open_sets(struct xt_sets *s)
{
	struct ip_set_req_version req = {.op = IP_SET_OP_VERSION, .version = IPSET_PROTOCOL};
	int ret;

	if (s->fd >= 0)
		return 0;
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	ret = ask(s, &req, sizeof(req));
	if (ret < 0) {
		close(s->fd);
		s->fd = -1;
		return ret;
	}
	s->protocol = req.version; /* later requests must carry the kernel's own */
	return 0;
}

static int remember(struct xt_sets *s, const char *name, uint16_t index,
		    struct svclb_error **reterr)
{
	struct xt_set_ref *ref = vec_push(&s->refs);

	if (!ref)
		return err_nomem(reterr);
	memcpy(ref->name, name, strnlen(name, sizeof(ref->name) - 1));
	ref->index = index;
	return 0;
}

int xt_set_index(struct xt_sets *s, const char *name, uint16_t *ret, struct svclb_error **reterr)
{
	struct ip_set_req_get_set req = {.op = IP_SET_OP_GET_BYNAME};
	int rc;

	for (size_t i = 0; i < s->refs.n; i++)
		if (!strcmp(s->refs.v[i].name, name)) {
			*ret = s->refs.v[i].index;
			return 0;
		}
	rc = open_sets(s);
	if (!rc) {
		req.version = s->protocol;
		memcpy(req.set.name, name, strnlen(name, sizeof(req.set.name) - 1));
		rc = ask(s, &req, sizeof(req));
	}
	if (!rc && req.set.index == IPSET_INVALID_ID)
		rc = -ENOENT;
	if (rc < 0)
		return set_error(-rc, "look up set", name, reterr);
	rc = remember(s, name, req.set.index, reterr);
	if (!rc)
		*ret = req.set.index;
	return rc;
}

static int name_of(struct xt_sets *s, uint16_t index, char ret[SET_NAME_MAX])
{
	struct ip_set_req_get_set req = {.op = IP_SET_OP_GET_BYINDEX};
	int rc = open_sets(s);

	if (!rc) {
		req.version = s->protocol;
		req.set.index = index;
		rc = ask(s, &req, sizeof(req));
	}
	if (!rc) {
		memcpy(ret, req.set.name, SET_NAME_MAX);
		ret[SET_NAME_MAX - 1] = '\0';
	}
	return rc;
}

int xt_set_name(struct xt_sets *s, uint16_t index, char ret[SET_NAME_MAX],
		struct svclb_error **reterr)
{
	char name[SET_NAME_MAX] = "";
	int rc;

	for (size_t i = 0; i < s->refs.n; i++)
		if (s->refs.v[i].index == index) {
			memcpy(ret, s->refs.v[i].name, SET_NAME_MAX);
			return 0;
		}
	rc = name_of(s, index, name);
	if (rc < 0)
		return set_error(-rc, "look up set", "of a rule", reterr);
	rc = name[0] ? remember(s, name, index, reterr) : 0;
	if (!rc)
		memcpy(ret, name, SET_NAME_MAX);
	return rc;
}

int xt_sets_unmoved(struct xt_sets *s, bool *ret, struct svclb_error **reterr)
{
	char name[SET_NAME_MAX];

	*ret = true;
	for (size_t i = 0; i < s->refs.n && *ret; i++) {
		int rc = name_of(s, s->refs.v[i].index, name);

		if (rc < 0)
			return set_error(-rc, "look up set", s->refs.v[i].name, reterr);
		*ret = !strcmp(name, s->refs.v[i].name);
	}
	return 0;
}

/* ---- whether a set suits a rule ---- */

struct header {
	char type[SET_NAME_MAX];
	uint8_t family; /* the kernel's; AF_UNSPEC for types without addresses */
};

static int parse_header(struct nlmsghdr *h, struct header *ret)
{
	struct nlattr *tb[IPSET_ATTR_CMD_MAX + 1];

	if (!h || nlmsg_parse(h, sizeof(struct nfgenmsg), tb, IPSET_ATTR_CMD_MAX, NULL) < 0 ||
	    !tb[IPSET_ATTR_TYPENAME] || !tb[IPSET_ATTR_FAMILY] ||
	    nla_len(tb[IPSET_ATTR_TYPENAME]) < 1 || nla_len(tb[IPSET_ATTR_FAMILY]) < 1)
		return -EPROTO;
	(void)nla_strlcpy(ret->type, tb[IPSET_ATTR_TYPENAME], sizeof(ret->type));
	ret->family = nla_get_u8(tb[IPSET_ATTR_FAMILY]);
	return 0;
}

static int read_header(const char *name, struct header *ret)
{
	struct nl_msg *msg = xt_nfnl_new(NFNL_SUBSYS_IPSET, IPSET_CMD_HEADER, AF_INET, 0);
	struct nlmsghdr *answer = NULL;
	int rc = -ENOMEM;

	if (msg && !nla_put_u8(msg, IPSET_ATTR_PROTOCOL, IPSET_PROTOCOL) &&
	    !nla_put_string(msg, IPSET_ATTR_SETNAME, name))
		rc = xt_nfnl_ask(msg, &answer);
	if (!rc)
		rc = parse_header(answer, ret);
	free(answer);
	nlmsg_free(msg);
	return rc;
}

/* Parts of an element, from the type's name: hash:ip,port,net has three. */
static unsigned dimension(const char *type)
{
	unsigned n = 1;

	for (; *type; type++)
		n += *type == ',';
	return n;
}

int xt_set_check(const char *name, uint8_t family, uint8_t n_dirs, struct svclb_error **reterr)
{
	uint8_t af = family == 6 ? AF_INET6 : AF_INET;
	struct header h = {0};
	int rc = read_header(name, &h);

	if (rc < 0)
		return set_error(-rc, "look up set", name, reterr);
	if (h.family != AF_UNSPEC && h.family != af)
		return err_set(reterr, SVCLB_ECONFLICT,
			       "set %s holds addresses of IPv%d, not IPv%u", name,
			       h.family == AF_INET6 ? 6 : 4, (unsigned)family);
	if (dimension(h.type) != n_dirs)
		return err_set(reterr, SVCLB_ECONFLICT, "set %s has type %s, rules match %u part%s",
			       name, h.type, (unsigned)n_dirs, n_dirs == 1 ? "" : "s");
	return 0;
}
