/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `get` of what was applied: Services, EndpointSlices, Pods, Nodes and VirtualServers. */
#include "get.h"

#define NONE "<none>"

static void join(struct text *t, const char *s)
{
	if (s && *s)
		text_addf(t, "%s%s", t->len ? "," : "", s);
}

static char *take_or(struct text *t, const char *otherwise)
{
	char *s = xstrdup(t->len ? text_get(t) : otherwise);

	text_clear(t);
	return s;
}

char *list_text(const struct svclb_object *obj, const char *path)
{
	struct text t = {0};
	size_t n = field_count(obj, path);

	for (size_t i = 0; i < n; i++) {
		autolib char *s = field(obj, "%s[%zu]", path, i);

		join(&t, s);
	}
	return take_or(&t, "");
}

char *map_text(struct cli *c, const struct svclb_object *obj, const char *path, const char *between)
{
	autofree char *json_path = xasprintf("$.%s", path);
	struct settings map = {0};
	autolib char *json = NULL;
	struct text t = {0};

	if (svclb_object_to_json(obj, &json) == 0)
		(void)json_map(c, json, json_path, &map); /* it reports by itself */
	for (size_t i = 0; i < map.n; i++)
		text_addf(&t, "%s%s=%s", t.len ? between : "", map.v[i].name, map.v[i].value);
	settings_clear(&map);
	return take_or(&t, NONE);
}

char *service_ports(const struct svclb_object *svc)
{
	struct text t = {0};
	size_t n = field_count(svc, "spec.ports");

	for (size_t i = 0; i < n; i++) {
		autolib char *port = field(svc, "spec.ports[%zu].port", i);
		autolib char *node_port = field(svc, "spec.ports[%zu].nodePort", i);
		autolib char *protocol = field(svc, "spec.ports[%zu].protocol", i);
		bool has = node_port && strcmp(node_port, "0") != 0;

		text_addf(&t, "%s%s%s%s/%s", t.len ? "," : "", port ? port : "?", has ? ":" : "",
			  has ? node_port : "", protocol ? protocol : "TCP");
	}
	return take_or(&t, NONE);
}

static void join_ingress(struct text *t, const struct svclb_object *svc)
{
	size_t n = field_count(svc, "status.loadBalancer.ingress");

	for (size_t i = 0; i < n; i++) {
		autolib char *ip = field(svc, "status.loadBalancer.ingress[%zu].ip", i);
		autolib char *host = field(svc, "status.loadBalancer.ingress[%zu].hostname", i);

		join(t, ip && *ip ? ip : host);
	}
}

char *service_external_ips(const struct svclb_object *svc)
{
	autolib char *type = field(svc, "spec.type");
	autolib char *name = field(svc, "spec.externalName");
	autofree char *given = list_text(svc, "spec.externalIPs");
	bool balancer = type && !strcmp(type, "LoadBalancer");
	struct text t = {0};

	if (type && !strcmp(type, "ExternalName"))
		return xstrdup(name ? name : NONE);
	if (balancer)
		join_ingress(&t, svc);
	join(&t, given);
	return take_or(&t, balancer ? "<pending>" : NONE);
}

static const char *or_none(const char *s)
{
	return s && *s ? s : NONE;
}

static void service_row(struct get *g, const struct svclb_object *o, const char *name,
			const char *age)
{
	autolib char *type = field(o, "spec.type");
	autolib char *cluster_ip = field(o, "spec.clusterIP");
	autofree char *external = service_external_ips(o);
	autofree char *ports = service_ports(o);
	autofree char *selector =
		g->cli->output == OUT_WIDE ? map_text(g->cli, o, "spec.selector", ",") : NULL;

	get_row(g, svclb_object_get_namespace(o), name, or_none(type), or_none(cluster_ip),
		external, ports, age, selector);
}

static void slice_row(struct get *g, const struct svclb_object *o, const char *name,
		      const char *age)
{
	autolib char *type = field(o, "addressType");
	struct text ports = {0};
	struct text addresses = {0};
	size_t n = field_count(o, "ports");
	size_t endpoints = field_count(o, "endpoints");

	for (size_t i = 0; i < n; i++) {
		autolib char *port = field(o, "ports[%zu].port", i);

		join(&ports, port ? port : "*");
	}
	for (size_t i = 0; i < endpoints && i < 3; i++) {
		autolib char *address = field(o, "endpoints[%zu].addresses[0]", i);

		join(&addresses, address);
	}
	if (endpoints > 3)
		text_addf(&addresses, " + %zu more...", endpoints - 3);
	get_row(g, svclb_object_get_namespace(o), name, or_none(type), or_none(ports.s),
		or_none(addresses.s), age);
	text_clear(&ports);
	text_clear(&addresses);
}

static const char *pod_ready(const struct svclb_object *o)
{
	size_t n = field_count(o, "status.conditions");

	for (size_t i = 0; i < n; i++) {
		autolib char *type = field(o, "status.conditions[%zu].type", i);
		autolib char *status = field(o, "status.conditions[%zu].status", i);

		if (type && status && !strcmp(type, "Ready"))
			return !strcmp(status, "True") ? "yes" : "no";
	}
	return "<unknown>";
}

static void pod_row(struct get *g, const struct svclb_object *o, const char *name, const char *age)
{
	autolib char *phase = field(o, "status.phase");
	autolib char *ip = field(o, "status.podIP");
	autolib char *node = field(o, "spec.nodeName");

	get_row(g, svclb_object_get_namespace(o), name, pod_ready(o), phase ? phase : "<unknown>",
		or_none(ip), or_none(node), age);
}

static void node_row(struct get *g, const struct svclb_object *o, const char *name, const char *age)
{
	autofree char *cidrs = list_text(o, "spec.podCIDRs");
	struct text addresses = {0};
	size_t n = field_count(o, "status.addresses");

	for (size_t i = 0; i < n; i++) {
		autolib char *type = field(o, "status.addresses[%zu].type", i);
		autolib char *address = field(o, "status.addresses[%zu].address", i);

		if (type && strstr(type, "IP"))
			join(&addresses, address);
	}
	get_row(g, "", name, or_none(addresses.s), or_none(cidrs), age);
	text_clear(&addresses);
}

static void plain_row(struct get *g, const struct svclb_object *o, const char *name,
		      const char *age)
{
	autolib char *address = field(o, "spec.address");
	autolib char *port = field(o, "spec.port");
	autolib char *protocol = field(o, "spec.protocol");
	autolib char *mark = field(o, "spec.mark");
	autolib char *scheduler = field(o, "spec.scheduler");
	autofree char *key = mark ? xasprintf("mark %s", mark)
				  : address_port(address ? address : "",
						 (uint32_t)strtoul(port ? port : "0", NULL, 10));
	autofree char *servers = xasprintf("%zu", field_count(o, "spec.realServers"));

	get_row(g, "", name, key, mark ? NONE : or_none(protocol), or_none(scheduler), servers,
		age);
}

static void object_header(struct get *g, const struct kind *k)
{
	if (k->thing == THING_SERVICE && g->cli->output == OUT_WIDE)
		get_header_row(g, "NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE",
			       "SELECTOR");
	else if (k->thing == THING_SERVICE)
		get_header_row(g, "NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE");
	else if (k->thing == THING_ENDPOINT_SLICE)
		get_header_row(g, "NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE");
	else if (k->thing == THING_POD)
		get_header_row(g, "NAME", "READY", "STATUS", "IP", "NODE", "AGE");
	else if (k->thing == THING_PLAIN)
		get_header_row(g, "NAME", "ADDRESS", "PROTOCOL", "SCHEDULER", "SERVERS", "AGE");
	else
		get_header_row(g, "NAME", "INTERNAL-IP", "POD-CIDRS", "AGE");
}

const char *get_age(struct get *g, const struct svclb_object *o, char *buf, size_t size)
{
	autolib char *created = field(o, "metadata.creationTimestamp");
	autofree char *applied = NULL;

	if ((!created || !*created) && g->work.store)
		(void)store_applied(g->work.store, svclb_object_get_kind(o),
				    svclb_object_get_namespace(o), svclb_object_get_name(o),
				    &applied); /* it reports by itself */
	return age_text(applied ? applied : created, buf, size);
}

static void object_row(struct get *g, const struct kind *k, const struct svclb_object *o)
{
	autofree char *name = get_name(g, k, svclb_object_get_name(o));
	char buf[32];
	const char *age = get_age(g, o, buf, sizeof(buf));

	if (k->thing == THING_SERVICE)
		service_row(g, o, name, age);
	else if (k->thing == THING_ENDPOINT_SLICE)
		slice_row(g, o, name, age);
	else if (k->thing == THING_POD)
		pod_row(g, o, name, age);
	else if (k->thing == THING_PLAIN)
		plain_row(g, o, name, age);
	else
		node_row(g, o, name, age);
}

int get_objects(struct get *g, const struct kind *k)
{
	const struct svclb_object *o = NULL;
	int rc = EXIT_DONE;

	object_header(g, k);
	while (rc == EXIT_DONE && (o = svclb_model_next(g->model, o))) {
		if (svclb_object_get_kind(o) != (uint32_t)k->thing ||
		    !selector_fits(g->cli->selector, o) ||
		    !get_wanted(g, svclb_object_get_namespace(o), svclb_object_get_name(o)))
			continue;
		if (g->cli->output == OUT_JSON || g->cli->output == OUT_YAML)
			rc = get_item_object(g, o);
		else if (g->cli->output == OUT_NAME)
			get_item_name(g, k, svclb_object_get_name(o));
		else
			object_row(g, k, o);
	}
	return rc;
}
