/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* EndpointSlices, and Endpoints, which share the rules for addresses and ports. */
#include "model/check.h"
#include "model/fields.h"
#include "model/syntax.h"

#define ENDPOINTS_MAX	1000
#define ADDRESSES_MAX	100
#define ZONE_HINTS_MAX	8
#define SLICE_PORTS_MAX 20000

static const char *const address_types[] = {"IPv4", "IPv6", "FQDN", NULL};
static const char *const protocols[] = {"TCP", "UDP", "SCTP", NULL};

static void address_type(struct check *c, const struct slice *s)
{
	if (!text_given(&s->address_type)) {
		check_at(c, FAULT_REQUIRED, "addressType", NULL);
		check_report(c, s->address_type.at, "one of %s", check_words(c, address_types));
	} else if (!family_from_name(s->address_type.s) && !text_is(&s->address_type, "FQDN")) {
		check_at(c, FAULT_NOT_SUPPORTED, "addressType", NULL);
		check_report(c, s->address_type.at, "%s is not one of %s",
			     check_shown(c, s->address_type.s), check_words(c, address_types));
	}
}

static void address_number(struct check *c, const struct slice_endpoint *e)
{
	if (!e->addresses.n) {
		check_at(c, FAULT_REQUIRED, "endpoints[#].addresses", NULL);
		check_report(c, e->addresses.at, "at least one address");
	} else if (e->addresses.n > ADDRESSES_MAX) {
		check_at(c, FAULT_TOO_MANY, "endpoints[#].addresses", NULL);
		check_report(c, e->addresses.at, "%zu addresses, at most %d", e->addresses.n,
			     ADDRESSES_MAX);
	}
}

static void address_of_type(struct check *c, const struct slice *s, const struct ftext *t)
{
	uint8_t family = family_from_name(s->address_type.s);
	const char *fault;
	struct ipaddr ip;

	if (text_is(&s->address_type, "FQDN")) {
		if (!t->s || !is_domain_name(t->s))
			check_report(c, t->at, "%s is not a DNS subdomain", check_shown(c, t->s));
		return;
	}
	fault = address_fault(t->s, &ip);
	if (fault)
		check_report(c, t->at, "%s %s", check_shown(c, t->s), fault);
	else if (family && ip.family != family)
		check_report(c, t->at, "%s is not of the slice's addressType %s",
			     check_shown(c, t->s), s->address_type.s);
}

static void addresses(struct check *c, const struct slice *s, const struct slice_endpoint *e)
{
	address_number(c, e);
	check_at(c, FAULT_INVALID, "endpoints[#].addresses[#]", NULL);
	for (size_t i = 0; i < e->addresses.n && i < ADDRESSES_MAX; i++) {
		c->index[1] = i;
		address_of_type(c, s, &e->addresses.v[i]);
	}
}

static void syntax(struct check *c, const char *path, const struct ftext *t,
		   bool (*ok)(const char *), const char *words)
{
	if (!text_given(t) || ok(t->s))
		return;
	check_at(c, FAULT_INVALID, path, NULL);
	check_report(c, t->at, "%s is not %s", check_shown(c, t->s), words);
}

static void zone_hints(struct check *c, const struct slice_endpoint *e)
{
	const struct ftext_list *l = &e->zone_hints;

	if (l->n > ZONE_HINTS_MAX) {
		check_at(c, FAULT_TOO_MANY, "endpoints[#].hints.forZones", NULL);
		check_report(c, l->at, "%zu zones, at most %d", l->n, ZONE_HINTS_MAX);
	}
	for (size_t i = 0; i < l->n && i < ZONE_HINTS_MAX; i++) {
		c->index[1] = i;
		syntax(c, "endpoints[#].hints.forZones[#].name", &l->v[i], is_label_value,
		       "a label value");
		for (size_t k = 0; k < i; k++) {
			if (strcmp(text_or(&l->v[k], ""), text_or(&l->v[i], "")))
				continue;
			check_at(c, FAULT_DUPLICATE, "endpoints[#].hints.forZones[#].name", NULL);
			check_report(c, l->v[i].at, "%s is at index %zu already",
				     check_shown(c, l->v[i].s), k);
			break;
		}
	}
}

static void node_hints(struct check *c, const struct slice_endpoint *e)
{
	for (size_t i = 0; i < e->node_hints.n; i++) {
		c->index[1] = i;
		syntax(c, "endpoints[#].hints.forNodes[#].name", &e->node_hints.v[i],
		       is_dns1123_subdomain, "a DNS subdomain");
	}
}

static void validate_slice_endpoint(struct check *c, const struct slice *s,
				    const struct slice_endpoint *e)
{
	addresses(c, s, e);
	syntax(c, "endpoints[#].nodeName", &e->node_name, is_dns1123_subdomain, "a DNS subdomain");
	syntax(c, "endpoints[#].hostname", &e->hostname, is_dns1123_label, "a DNS label");
	if (e->zone_hints.n)
		zone_hints(c, e);
	node_hints(c, e);
}

/* Where the ports of a list are, of a slice or of a subset. */
struct port_paths {
	const char *name;
	const char *protocol;
	const char *port;
	unsigned depth;	     /* of the port's index */
	bool names_required; /* Endpoints: when there are several */
	bool port_required;  /* Endpoints; a slice may leave it open */
};

static const struct port_paths slice_paths = {
	"ports[#].name", "ports[#].protocol", "ports[#].port", 0, false, false,
};

static const struct port_paths subset_paths = {
	"subsets[#].ports[#].name",
	"subsets[#].ports[#].protocol",
	"subsets[#].ports[#].port",
	1,
	true,
	true,
};

static void protocol(struct check *c, const struct port_paths *w, const struct slice_port *p)
{
	if (!text_given(&p->protocol)) {
		check_at(c, FAULT_REQUIRED, w->protocol, NULL);
		check_report(c, p->protocol.at, "one of %s", check_words(c, protocols));
	} else if (!proto_from_name(p->protocol.s)) {
		check_at(c, FAULT_NOT_SUPPORTED, w->protocol, "protocols are written in capitals");
		check_report(c, p->protocol.at, "%s is not one of %s",
			     check_shown(c, p->protocol.s), check_words(c, protocols));
	}
}

static void port_number(struct check *c, const struct port_paths *w, const struct slice_port *p)
{
	check_at(c, FAULT_INVALID, w->port, NULL);
	if (p->port.given ? p->port.v < 1 || p->port.v > UINT16_MAX : w->port_required)
		check_report(c, p->port.at, "%lld is not in 1-65535", (long long)p->port.v);
}

static void names_differ(struct check *c, const struct slice *s)
{
	struct unique *u = check_scratch(c, s->n_ports, sizeof(*u));

	if (!u)
		return;
	for (size_t i = 0; i < s->n_ports; i++)
		u[i] = (struct unique){
			.text = text_or(&s->ports[i].name, ""),
			.index = i,
			.at = pos_or(s->ports[i].name.at, s->ports[i].at),
		};
	check_at(c, FAULT_DUPLICATE, "ports[#].name", NULL);
	check_unique(c, u, s->n_ports, 0);
}

static void validate_ports(struct check *c, const struct port_paths *w, const struct slice_port *v,
			   size_t n)
{
	struct pos at = c->at;

	for (size_t i = 0; i < n; i++) {
		c->index[w->depth] = i;
		c->at = pos_or(v[i].at, at);
		if (w->names_required && n > 1 && !text_given(&v[i].name)) {
			check_at(c, FAULT_REQUIRED, w->name, NULL);
			check_report(c, v[i].name.at, "each of several ports needs a name");
		}
		syntax(c, w->name, &v[i].name, is_dns1123_label, "a DNS label");
		protocol(c, w, &v[i]);
		port_number(c, w, &v[i]);
	}
	c->at = at;
}

static void slice_limits(struct check *c, const struct slice *s)
{
	if (s->n_endpoints > ENDPOINTS_MAX) {
		check_at(c, FAULT_TOO_MANY, "endpoints", "use several slices");
		check_report(c, s->endpoints[ENDPOINTS_MAX].at, "%zu endpoints, at most %d",
			     s->n_endpoints, ENDPOINTS_MAX);
	}
	if (s->n_ports > SLICE_PORTS_MAX) {
		check_at(c, FAULT_TOO_MANY, "ports", NULL);
		check_report(c, s->ports[SLICE_PORTS_MAX].at, "%zu ports, at most %d", s->n_ports,
			     SLICE_PORTS_MAX);
	}
}

void validate_slice(struct check *c, const struct slice *s)
{
	address_type(c, s);
	slice_limits(c, s);
	for (size_t i = 0; i < s->n_endpoints; i++) {
		c->index[0] = i;
		c->at = pos_or(s->endpoints[i].at, s->meta.at);
		validate_slice_endpoint(c, s, &s->endpoints[i]);
	}
	c->at = s->meta.at;
	validate_ports(c, &slice_paths, s->ports, s->n_ports);
	if (s->n_ports > 1)
		names_differ(c, s);
}

static void subset_addresses(struct check *c, const char *list, const struct endpoint_address *v,
			     size_t n)
{
	bool ready = !strcmp(list, "addresses");
	struct ipaddr ip;

	for (size_t i = 0; i < n; i++) {
		const char *fault = address_fault(v[i].ip.s, &ip);

		c->index[1] = i;
		check_at(c, FAULT_INVALID,
			 ready ? "subsets[#].addresses[#].ip"
			       : "subsets[#].notReadyAddresses[#].ip",
			 NULL);
		if (fault)
			check_report(c, pos_or(v[i].ip.at, v[i].at), "%s %s",
				     check_shown(c, v[i].ip.s), fault);
		syntax(c,
		       ready ? "subsets[#].addresses[#].nodeName"
			     : "subsets[#].notReadyAddresses[#].nodeName",
		       &v[i].node_name, is_dns1123_subdomain, "a DNS subdomain");
		syntax(c,
		       ready ? "subsets[#].addresses[#].hostname"
			     : "subsets[#].notReadyAddresses[#].hostname",
		       &v[i].hostname, is_dns1123_label, "a DNS label");
	}
}

void validate_endpoints(struct check *c, const struct endpoints *e)
{
	for (size_t i = 0; i < e->n_subsets; i++) {
		const struct endpoint_subset *s = &e->subsets[i];

		c->index[0] = i;
		c->at = pos_or(s->at, e->meta.at);
		if (!s->n_addresses && !s->n_not_ready) {
			check_at(c, FAULT_REQUIRED, "subsets[#]", NULL);
			check_report(c, s->at, "addresses or notReadyAddresses");
		}
		subset_addresses(c, "addresses", s->addresses, s->n_addresses);
		subset_addresses(c, "notReadyAddresses", s->not_ready, s->n_not_ready);
		validate_ports(c, &subset_paths, s->ports, s->n_ports);
	}
}
