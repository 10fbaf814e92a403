/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl describe: one object at length, for people. */
#include "commands.h"
#include "get.h"

#define LABEL_WIDTH 26

struct describe {
	struct get get; /* names, model, states */
	struct by_service endpoints;
	size_t shown;
};

static void line(const char *label, const char *value)
{
	autofree char *head = xasprintf("%s:", label);
	autofree char *clean = printable(value && *value ? value : "<none>");

	printf("%-*s%s\n", LABEL_WIDTH, head, clean);
}

/* A line only where the object has the field. */
static void field_line(const struct svclb_object *o, const char *label, const char *path)
{
	autolib char *value = field(o, "%s", path);

	if (value && *value)
		line(label, value);
}

static void list_line(const struct svclb_object *o, const char *label, const char *path)
{
	autofree char *value = list_text(o, path);

	if (*value)
		line(label, value);
}

/* One pair a line, aligned below the first. */
static void map_lines(struct cli *c, const struct svclb_object *o, const char *label,
		      const char *path)
{
	autofree char *text = map_text(c, o, path, "\n");
	char *rest = NULL;

	for (char *p = strtok_r(text, "\n", &rest); p; p = strtok_r(NULL, "\n", &rest)) {
		if (label)
			line(label, p);
		else
			printf("%*s%s\n", LABEL_WIDTH, "", p);
		label = NULL;
	}
}

static void describe_meta(struct cli *c, const struct svclb_object *o)
{
	line("Name", svclb_object_get_name(o));
	if (*svclb_object_get_namespace(o))
		line("Namespace", svclb_object_get_namespace(o));
	map_lines(c, o, "Labels", "metadata.labels");
	map_lines(c, o, "Annotations", "metadata.annotations");
}

static char *named(const char *name, const char *rest)
{
	return xasprintf("%s  %s", name && *name ? name : "<unset>", rest);
}

/* The endpoints of the i-th port, of both families. */
static char *port_endpoints(const struct describe *d, const struct svclb_object *o,
			    const char *port, const char *protocol)
{
	const struct svclb_selected_port *matching[4];
	size_t n = 0, total = 0;
	const struct svclb_selected_port *const *ports = by_service_find(
		&d->endpoints, svclb_object_get_namespace(o), svclb_object_get_name(o), &total);

	for (size_t i = 0; i < total && n < 4; i++)
		if (svclb_selected_port_get_port(ports[i]) == strtoul(port, NULL, 10) &&
		    !strcmp(svclb_selected_port_get_protocol(ports[i]), protocol))
			matching[n++] = ports[i];
	return endpoints_text(matching, n, 0);
}

static void describe_port(const struct describe *d, const struct svclb_object *o, size_t i)
{
	autolib char *name = field(o, "spec.ports[%zu].name", i);
	autolib char *port = field(o, "spec.ports[%zu].port", i);
	autolib char *protocol = field(o, "spec.ports[%zu].protocol", i);
	autolib char *target = field(o, "spec.ports[%zu].targetPort", i);
	autolib char *node_port = field(o, "spec.ports[%zu].nodePort", i);
	const char *proto = protocol ? protocol : "TCP";
	autofree char *number = xasprintf("%s/%s", port ? port : "?", proto);
	autofree char *port_line = named(name, number);
	autofree char *target_line = xasprintf("%s/%s", target ? target : "?", proto);
	autofree char *endpoints = port_endpoints(d, o, port ? port : "0", proto);

	line("Port", port_line);
	line("TargetPort", target_line);
	if (node_port && strcmp(node_port, "0") != 0) {
		autofree char *node_number = xasprintf("%s/%s", node_port, proto);
		autofree char *node_line = named(name, node_number);

		line("NodePort", node_line);
	}
	line("Endpoints", endpoints);
}

static void describe_ingress(const struct svclb_object *o)
{
	size_t n = field_count(o, "status.loadBalancer.ingress");
	autotext struct text t = {0};

	for (size_t i = 0; i < n; i++) {
		autolib char *ip = field(o, "status.loadBalancer.ingress[%zu].ip", i);
		autolib char *host = field(o, "status.loadBalancer.ingress[%zu].hostname", i);
		const char *s = ip && *ip ? ip : host;

		if (s)
			text_addf(&t, "%s%s", t.len ? "," : "", s);
	}
	if (t.len)
		line("LoadBalancer Ingress", text_get(&t));
}

static size_t count_real_servers(const struct svclb_state *st,
				 const struct svclb_virtual_server *vs)
{
	const struct svclb_real_server *rs = NULL;
	size_t n = 0;

	while ((rs = svclb_state_next_real_server(st, vs, rs)))
		n++;
	return n;
}

static bool belongs(const char *origin, const struct svclb_object *o)
{
	autofree char *text = origin_text(origin);
	autofree char *prefix =
		xasprintf("%s/%s", svclb_object_get_namespace(o), svclb_object_get_name(o));
	size_t n = strlen(prefix);

	return !strncmp(text, prefix, n) && (!text[n] || text[n] == ':');
}

static void describe_virtual_servers(const struct describe *d, const struct svclb_object *o)
{
	const struct svclb_state *st = d->get.want;
	const char *skipped = svclb_object_get_skip_reason(o);
	const struct svclb_virtual_server *vs = NULL;
	const char *label = "Virtual Servers";

	if (skipped) {
		printf("No virtual server: %s\n", skipped);
		return;
	}
	while ((vs = svclb_state_next_virtual_server(st, vs))) {
		autofree char *address = virtual_server_text(vs);
		autofree char *head = label ? xasprintf("%s:", label) : xstrdup("");

		if (!belongs(svclb_virtual_server_get_origin(st, vs), o))
			continue;
		printf("%-*s%s/%s %s, %zu real servers\n", LABEL_WIDTH, head, address,
		       virtual_server_protocol(vs), svclb_virtual_server_get_scheduler(vs),
		       count_real_servers(st, vs));
		label = NULL;
	}
	if (label)
		line(label, NULL);
}

static void describe_policies(const struct svclb_object *o)
{
	autolib char *seconds = field(o, "spec.sessionAffinityConfig.clientIP.timeoutSeconds");
	autolib char *node_port = field(o, "spec.healthCheckNodePort");
	autolib char *scheduler =
		field(o, "metadata.annotations['service.kubernetes.io/ipvs-scheduler']");

	field_line(o, "Session Affinity", "spec.sessionAffinity");
	if (seconds) {
		autofree char *text = xasprintf("%s s", seconds);

		line("Affinity Timeout", text);
	}
	field_line(o, "External Traffic Policy", "spec.externalTrafficPolicy");
	field_line(o, "Internal Traffic Policy", "spec.internalTrafficPolicy");
	if (node_port && strcmp(node_port, "0") != 0)
		line("HealthCheck NodePort", node_port);
	list_line(o, "LoadBalancer Source Ranges", "spec.loadBalancerSourceRanges");
	if (scheduler)
		line("Scheduler", scheduler);
}

static void describe_service(const struct describe *d, const struct svclb_object *o)
{
	size_t ports = field_count(o, "spec.ports");

	describe_meta(d->get.cli, o);
	map_lines(d->get.cli, o, "Selector", "spec.selector");
	field_line(o, "Type", "spec.type");
	field_line(o, "External Name", "spec.externalName");
	field_line(o, "IP Family Policy", "spec.ipFamilyPolicy");
	list_line(o, "IP Families", "spec.ipFamilies");
	field_line(o, "IP", "spec.clusterIP");
	list_line(o, "IPs", "spec.clusterIPs");
	list_line(o, "External IPs", "spec.externalIPs");
	describe_ingress(o);
	for (size_t i = 0; i < ports; i++)
		describe_port(d, o, i);
	describe_policies(o);
	describe_virtual_servers(d, o);
}

static void describe_node(const struct describe *d, const struct svclb_object *o)
{
	size_t n = field_count(o, "status.addresses");

	describe_meta(d->get.cli, o);
	list_line(o, "PodCIDRs", "spec.podCIDRs");
	for (size_t i = 0; i < n; i++) {
		autolib char *type = field(o, "status.addresses[%zu].type", i);
		autolib char *address = field(o, "status.addresses[%zu].address", i);

		line(type ? type : "Address", address);
	}
}

/* Kinds without a form of their own: name and labels, then the object itself. */
static void describe_other(const struct describe *d, const struct svclb_object *o)
{
	autolib char *yaml = NULL;

	describe_meta(d->get.cli, o);
	if (svclb_object_to_yaml(o, &yaml) == 0)
		printf("Object:\n%s", yaml);
}

static void describe_plain(const struct describe *d, const struct svclb_object *o)
{
	autofree char *origin = xasprintf("VirtualServer %s", svclb_object_get_name(o));
	const struct svclb_state *st = d->get.want;
	const struct svclb_virtual_server *vs = NULL;

	describe_other(d, o);
	while ((vs = svclb_state_next_virtual_server(st, vs))) {
		autofree char *address = virtual_server_text(vs);

		if (strcmp(svclb_virtual_server_get_origin(st, vs), origin))
			continue;
		printf("%-*s%s/%s %s, %zu real servers\n", LABEL_WIDTH, "Virtual Server:", address,
		       virtual_server_protocol(vs), svclb_virtual_server_get_scheduler(vs),
		       count_real_servers(st, vs));
	}
}

/* A later version of the object that is not in force. */
static void describe_quarantine(const struct describe *d, const struct svclb_object *o)
{
	const struct aside_one *one =
		asides_find(&d->get.asides, svclb_object_get_kind(o), svclb_object_get_namespace(o),
			    svclb_object_get_name(o));
	autofree char *place = one ? aside_place(one) : NULL;
	autofree char *text = one ? xasprintf("%s (%s)", one->reason, place) : NULL;

	if (text)
		line("Quarantined", text);
}

static void describe_one(struct describe *d, const struct kind *k, const struct svclb_object *o)
{
	if (d->shown++)
		putchar('\n');
	if (k->thing == THING_SERVICE || k->thing == THING_ENDPOINTS)
		describe_service(d, o);
	else if (k->thing == THING_NODE)
		describe_node(d, o);
	else if (k->thing == THING_PLAIN)
		describe_plain(d, o);
	else
		describe_other(d, o);
	describe_quarantine(d, o);
}

/* Endpoints are shown with the Service they serve. */
static uint32_t object_kind(const struct kind *k)
{
	return k->thing == THING_ENDPOINTS ? SVCLB_KIND_SERVICE : (uint32_t)k->thing;
}

static int describe_kind(struct describe *d, const struct kind *k)
{
	const struct svclb_object *o = NULL;
	int rc = EXIT_DONE;

	while ((o = svclb_model_next(d->get.model, o)))
		if (svclb_object_get_kind(o) == object_kind(k) &&
		    get_wanted(&d->get, svclb_object_get_namespace(o), svclb_object_get_name(o)))
			describe_one(d, k, o);
	for (size_t i = 0; i < d->get.names.n; i++) {
		bool found = false;

		for (size_t j = 0; j < d->get.found.n; j++)
			found |= !strcmp(d->get.found.v[j], d->get.names.v[i]);
		if (!found)
			rc = get_missing(&d->get, k, d->get.names.v[i]);
	}
	return rc;
}

static const struct kind *parse_arguments(struct describe *d)
{
	struct cli *c = d->get.cli;
	autofree char *word = xstrdup(c->args.n ? c->args.v[0] : "");
	char *slash = strchr(word, '/');
	const struct kind *k;

	if (!*word) {
		fail_usage(c, "describe: what? for example: describe service web");
		return NULL;
	}
	if (slash) {
		*slash = 0;
		list_add(&d->get.names, slash + 1);
	}
	for (size_t i = 1; i < c->args.n; i++)
		list_add(&d->get.names, c->args.v[i]);
	k = kind_find(c, word);
	if (k && k->thing >= THING_VIRTUAL_SERVER) {
		fail_usage(c, "describe: %s are shown by: get %s", k->plural, k->plural);
		return NULL;
	}
	return k;
}

static int describe(struct describe *d, const struct kind *k)
{
	struct get *g = &d->get;
	struct svclb_error *err = NULL;
	int rc = work_open(&g->work, g->cli, WORK_READ_STORE);

	if (rc == EXIT_DONE)
		work_find_addresses(&g->work);
	if (rc == EXIT_DONE)
		rc = work_current(&g->work, &g->model);
	if (rc == EXIT_DONE)
		rc = work_asides(&g->work, &g->asides);
	if (rc == EXIT_DONE)
		rc = by_service_load(&g->work, g->model, &d->endpoints);
	if (rc == EXIT_DONE && svclb_compile(g->model, work_options(&g->work), &g->want, &err) < 0)
		rc = fail_error(g->cli, err);
	return rc == EXIT_DONE ? describe_kind(d, k) : rc;
}

int cmd_describe(struct cli *c)
{
	struct describe d = {.get.cli = c};
	const struct kind *k = parse_arguments(&d);
	int rc = k ? describe(&d, k) : EXIT_USAGE;

	by_service_free(&d.endpoints);
	svclb_state_unref(d.get.want);
	svclb_model_unref(d.get.model);
	asides_clear(&d.get.asides);
	list_clear(&d.get.names);
	list_clear(&d.get.found);
	work_close(&d.get.work);
	return rc;
}
