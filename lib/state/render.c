/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* States as text: the choice of the form, and the forms that are lists. */
#include "state/render.h"

#include "util/utf8.h"

void render_addresses(struct strbuf *b, const struct svclb_state *st)
{
	char ip[IP_TEXT_MAX];

	for (size_t i = 0; i < st->addrs.n; i++)
		strbuf_addf(b, "%s/%u\n", ip_format(&st->addrs.v[i].ip, ip),
			    ip_bits(&st->addrs.v[i].ip));
}

void render_sysctls(struct strbuf *b, const struct svclb_state *st)
{
	for (size_t i = 0; i < st->sysctls.n; i++)
		strbuf_addf(b, "%s=%s\n", st->sysctls.v[i].key, st->sysctls.v[i].value);
}

/* False: no such format. */
static bool render(struct strbuf *b, const struct svclb_state *st, uint32_t format)
{
	switch (format) {
	case SVCLB_FORMAT_JSON:
		render_json(b, st);
		return true;
	case SVCLB_FORMAT_IPVSADM:
		render_ipvsadm(b, st);
		return true;
	case SVCLB_FORMAT_IPSET:
		render_ipset(b, st);
		return true;
	case SVCLB_FORMAT_IPTABLES:
		render_iptables(b, st, 4);
		return true;
	case SVCLB_FORMAT_IP6TABLES:
		render_iptables(b, st, 6);
		return true;
	case SVCLB_FORMAT_ADDRESSES:
		render_addresses(b, st);
		return true;
	case SVCLB_FORMAT_SYSCTLS:
		render_sysctls(b, st);
		return true;
	default:
		return false;
	}
}

int svclb_state_to_text(const struct svclb_state *state, uint32_t format, char **ret,
			struct svclb_error **reterr)
{
	struct strbuf b = {0};
	char *text;

	if (!state || !ret)
		return err_set(reterr, SVCLB_EINVAL,
			       "svclb_state_to_text needs a state and a result");
	if (!render(&b, state, format))
		return err_set(reterr, SVCLB_EINVAL, "%u is no format of a state", format);
	text = strbuf_steal(&b);
	if (!text)
		return err_nomem(reterr);
	text_make_safe(text, true); /* names that the kernel gave may hold anything */
	*ret = text;
	return 0;
}
