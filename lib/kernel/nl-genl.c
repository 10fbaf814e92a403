/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking up generic netlink families, which also loads the module behind one. */
#include "kernel/nl.h"

#include <errno.h>
#include <linux/genetlink.h>

static int family_take(void *data, const struct nlmsghdr *h, struct svclb_error **reterr)
{
	static const struct nla_policy policy[CTRL_ATTR_FAMILY_ID + 1] = {
		[CTRL_ATTR_FAMILY_ID] = {.type = NLA_U16},
	};
	struct nlattr *tb[CTRL_ATTR_FAMILY_ID + 1];
	uint16_t *id = data;

	(void)reterr;
	if (h && nl_parse_attrs(h, GENL_HDRLEN, tb, CTRL_ATTR_FAMILY_ID, policy) &&
	    tb[CTRL_ATTR_FAMILY_ID])
		*id = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	return 0;
}

int nl_genl_family(struct nl_conn *c, const char *name, uint16_t *ret, struct svclb_error **reterr)
{
	struct nlbuf b = {0};
	uint16_t id = 0;
	int error = 0;
	int rc;

	nlbuf_genl(&b, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_REQUEST | NLM_F_ACK);
	nlbuf_str(&b, CTRL_ATTR_FAMILY_NAME, name);
	rc = nl_request(c, &b, family_take, &id, &error, reterr);
	nlbuf_free(&b);
	if (rc)
		return rc;
	if (error && error != ENOENT)
		return nl_read_error(nl_conn_backend(c), error, "look up a netlink family", reterr);
	*ret = id;
	return 0;
}
