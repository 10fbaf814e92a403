/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which endpoints of a service port form its cluster set and its local set. */
#include "model/fields.h"
#include "model/keys.h"
#include "select/endpoints.h"
#include "select/exposed.h"

/* How far traffic is kept near, by hints that the slices' author left on each endpoint. */
enum topology {
	ANYWHERE,
	SAME_ZONE,
	SAME_NODE,
};

static const struct ftext_list *hints_of(const struct sel_endpoint *e, enum topology t)
{
	return t == SAME_NODE ? &e->from->node_hints : &e->from->zone_hints;
}

static bool hinted_for(const struct sel_endpoint *e, enum topology t, const char *name)
{
	const struct ftext_list *l = hints_of(e, t);

	for (size_t i = 0; i < l->n; i++)
		if (text_is(&l->v[i], name))
			return true;
	return false;
}

/* Weight 0 takes no new connections. */
static bool takes(const struct sel_endpoint *e)
{
	return !e->from->weight.given || e->from->weight.v;
}

/* Hints count only if every ready endpoint has some, as with a part missing the others would be
 * overloaded, and if one that takes connections has ours. */
static bool hints_usable(const struct sel_port *p, enum topology t, const char *name)
{
	bool ours = false;

	if (!*name)
		return false;
	for (size_t i = 0; i < p->n_endpoints; i++) {
		const struct sel_endpoint *e = &p->endpoints[i];

		if (!(e->flags & EP_READY))
			continue;
		if (!hints_of(e, t)->n)
			return false;
		ours = ours || (takes(e) && hinted_for(e, t, name));
	}
	return ours;
}

/* The annotation by which a Service asks for hints to be followed, the older key first. */
static bool annotated(const struct service *s)
{
	const char *v = label_get(&s->meta.annotations, ANNOTATION_TOPOLOGY_HINTS);

	if (!v)
		v = label_get(&s->meta.annotations, ANNOTATION_TOPOLOGY_MODE);
	return v && *v && strcmp(v, "disabled") && strcmp(v, "Disabled");
}

/* spec.trafficDistribution asks for hints by itself, hints for nodes included. */
static enum topology topology_of(const struct sel_port *p, const char *node_name, const char *zone)
{
	bool distributed = text_given(&p->service->traffic_distribution);

	if (distributed && hints_usable(p, SAME_NODE, node_name))
		return SAME_NODE;
	if ((distributed || annotated(p->service)) && hints_usable(p, SAME_ZONE, zone))
		return SAME_ZONE;
	return ANYWHERE;
}

/* Puts every endpoint that has all of `need` into the set of `member`; returns how many. */
static size_t put_all(struct sel_port *p, uint16_t need, uint16_t member)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_endpoints; i++) {
		struct sel_endpoint *e = &p->endpoints[i];

		if ((e->flags & need) != need)
			continue;
		e->flags |= member;
		n++;
	}
	return n;
}

/* Endpoints that go away but still serve: what is left when none is ready. */
#define FALLBACK (EP_SERVING | EP_TERMINATING)

/* Topology cannot empty the set, and never applies to the fallback. */
static void choose_cluster_set(struct sel_port *p, const char *node_name, const char *zone)
{
	enum topology t = topology_of(p, node_name, zone);
	const char *name = t == SAME_NODE ? node_name : zone;

	for (size_t i = 0; i < p->n_endpoints; i++) {
		struct sel_endpoint *e = &p->endpoints[i];

		if (!(e->flags & EP_READY) || (t != ANYWHERE && !hinted_for(e, t, name)))
			continue;
		e->flags |= EP_IN_CLUSTER;
		p->n_cluster++;
	}
	if (!p->n_cluster)
		p->n_cluster = put_all(p, FALLBACK, EP_IN_CLUSTER);
}

/* The fallback is decided here by the local endpoints alone, whatever is ready elsewhere. */
static void choose_local_set(struct sel_port *p)
{
	p->n_local = put_all(p, EP_LOCAL | EP_READY, EP_IN_LOCAL);
	if (!p->n_local)
		p->n_local = put_all(p, EP_LOCAL | FALLBACK, EP_IN_LOCAL);
}

static bool any_usable(const struct sel_port *p)
{
	for (size_t i = 0; i < p->n_endpoints; i++) {
		uint16_t flags = p->endpoints[i].flags;

		if ((flags & EP_READY) || (flags & FALLBACK) == FALLBACK)
			return true;
	}
	return false;
}

void choose_sets(struct sel_port *p, const char *node_name, const char *zone)
{
	bool outside = port_externally_accessible(p->service, p->port, p->family);

	/* traffic from the node and its pods to external addresses uses the cluster set, also of a
	 * Service whose external policy is Local */
	p->uses_cluster = !service_itp_local(p->service) || outside;
	p->uses_local = service_itp_local(p->service) || (service_etp_local(p->service) && outside);
	if (p->uses_cluster)
		choose_cluster_set(p, node_name, zone);
	if (p->uses_local)
		choose_local_set(p);
	p->any = p->n_cluster || (p->uses_local && any_usable(p));
}
