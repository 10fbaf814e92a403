/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `get virtual-servers` and `get real-servers`: what the kernel holds, next to who asked for it. */
#include "get.h"

char *origin_text(const char *origin)
{
	static const char service[] = "Service ";
	static const char port[] = " port ";
	const char *at;

	if (!origin)
		return xstrdup("");
	if (strncmp(origin, service, sizeof(service) - 1))
		return xstrdup(origin);
	origin += sizeof(service) - 1;
	at = strstr(origin, port);
	if (!at)
		return xstrdup(origin);
	return xasprintf("%.*s:%s", (int)(at - origin), origin, at + sizeof(port) - 1);
}

char *virtual_server_text(const struct svclb_virtual_server *vs)
{
	char buf[64];

	if (svclb_virtual_server_get_mark(vs))
		return xasprintf("FWM %u", svclb_virtual_server_get_mark(vs));
	return address_port(svclb_virtual_server_get_address(vs, buf, sizeof(buf)),
			    svclb_virtual_server_get_port(vs));
}

const char *virtual_server_protocol(const struct svclb_virtual_server *vs)
{
	const char *protocol = svclb_virtual_server_get_protocol(vs);

	return *protocol ? protocol : "FWM";
}

int get_read_kernel(struct get *g)
{
	struct svclb_error *err = NULL;
	int rc;

	if (g->have)
		return EXIT_DONE;
	rc = work_connect(&g->work);
	if (rc == EXIT_DONE && svclb_read(g->work.ctx, &g->have, &err) < 0)
		rc = fail_error(g->cli, err);
	if (rc == EXIT_DONE && svclb_compile(g->model, work_options(&g->work), &g->want, &err) < 0)
		rc = fail_error(g->cli, err);
	return rc;
}

static int compare(const struct svclb_virtual_server *a, const struct svclb_virtual_server *b)
{
	char x[64], y[64];
	int r = strcmp(virtual_server_protocol(a), virtual_server_protocol(b));

	if (!r)
		r = strcmp(svclb_virtual_server_get_address(a, x, sizeof(x)),
			   svclb_virtual_server_get_address(b, y, sizeof(y)));
	if (!r)
		r = (int)svclb_virtual_server_get_port(a) - (int)svclb_virtual_server_get_port(b);
	if (!r)
		r = svclb_virtual_server_get_mark(a) != svclb_virtual_server_get_mark(b);
	return r;
}

static int compare_pointers(const void *a, const void *b)
{
	return compare(*(const struct svclb_virtual_server *const *)a,
		       *(const struct svclb_virtual_server *const *)b);
}

/* The desired virtual servers, sorted for looking up. */
struct wanted {
	const struct svclb_virtual_server **v;
	size_t n;
};

static void wanted_load(const struct svclb_state *want, struct wanted *ret)
{
	const struct svclb_virtual_server *vs = NULL;
	size_t cap = 0;

	while ((vs = svclb_state_next_virtual_server(want, vs))) {
		if (ret->n == cap) {
			cap = cap ? cap * 2 : 64;
			ret->v = xrealloc(ret->v, cap, sizeof(void *));
		}
		ret->v[ret->n++] = vs;
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(void *), compare_pointers);
}

static char *service_of(const struct get *g, const struct wanted *w,
			const struct svclb_virtual_server *vs)
{
	const struct svclb_virtual_server **found =
		w->n ? bsearch(&vs, w->v, w->n, sizeof(void *), compare_pointers) : NULL;

	return origin_text(found ? svclb_virtual_server_get_origin(g->want, *found) : NULL);
}

/* By -n when it is given, and by names: of the Service, or the virtual server's own. */
static bool server_wanted(struct get *g, const char *service, const char *address)
{
	const char *slash = strchr(service, '/');
	autofree char *ns = slash ? xstrndup(service, (size_t)(slash - service)) : xstrdup("");
	autofree char *name = slash ? xstrndup(slash + 1, strcspn(slash + 1, ":")) : xstrdup("");
	bool named = !g->names.n;

	if (g->cli->ns && !g->cli->all_namespaces && strcmp(ns, g->cli->ns))
		return false;
	for (size_t i = 0; i < g->names.n; i++) {
		if (strcmp(g->names.v[i], name) && strcmp(g->names.v[i], address))
			continue;
		list_add_unique(&g->found, g->names.v[i]);
		named = true;
	}
	g->shown += named;
	return named;
}

static void real_servers_doc(struct doc *d, const struct svclb_state *st,
			     const struct svclb_virtual_server *vs)
{
	const struct svclb_real_server *rs = NULL;
	char buf[64];

	doc_array(d, "realServers");
	while ((rs = svclb_state_next_real_server(st, vs, rs))) {
		doc_object(d, NULL);
		doc_str(d, "address", svclb_real_server_get_address(rs, buf, sizeof(buf)));
		doc_int(d, "port", svclb_real_server_get_port(rs));
		doc_str(d, "forwarding", svclb_real_server_get_forwarding(rs));
		if (*svclb_real_server_get_tunnel_type(rs))
			doc_str(d, "tunnelType", svclb_real_server_get_tunnel_type(rs));
		doc_int(d, "weight", svclb_real_server_get_weight(rs));
		doc_int(d, "upperThreshold", svclb_real_server_get_upper_threshold(rs));
		doc_int(d, "lowerThreshold", svclb_real_server_get_lower_threshold(rs));
		doc_int(d, "activeConnections", svclb_real_server_get_active(rs));
		doc_int(d, "inactiveConnections", svclb_real_server_get_inactive(rs));
		doc_end(d);
	}
	doc_end(d);
}

static void server_item(struct get *g, const struct svclb_virtual_server *vs, const char *service)
{
	struct doc d;
	char buf[64];

	doc_begin(&d, get_doc_format(g));
	doc_object(&d, NULL);
	doc_str(&d, "apiVersion", API_VERSION);
	doc_str(&d, "kind", "KernelVirtualServer");
	doc_str(&d, "protocol", virtual_server_protocol(vs));
	doc_str(&d, "address", svclb_virtual_server_get_address(vs, buf, sizeof(buf)));
	doc_int(&d, "port", svclb_virtual_server_get_port(vs));
	doc_int(&d, "mark", svclb_virtual_server_get_mark(vs));
	doc_str(&d, "scheduler", svclb_virtual_server_get_scheduler(vs));
	doc_str(&d, "schedulerFlags",
		svclb_virtual_server_get_scheduler_flags(vs, buf, sizeof(buf)));
	doc_int(&d, "persistenceSeconds", svclb_virtual_server_get_persistence(vs));
	doc_int(&d, "persistencePrefix", svclb_virtual_server_get_persistence_prefix(vs));
	doc_bool(&d, "onePacket", svclb_virtual_server_is_one_packet(vs));
	doc_str(&d, "service", *service ? service : NULL);
	doc_str(&d, "owner", svclb_virtual_server_is_ours(vs) ? "ours" : "foreign");
	real_servers_doc(&d, g->have, vs);
	doc_end(&d);
	get_item_doc(g, &d);
}

/* "persistent 300 mask /24 ops (mh-port)", in the order and mostly in the words of ipvsadm. */
static char *flags_text(const struct svclb_virtual_server *vs)
{
	uint32_t seconds = svclb_virtual_server_get_persistence(vs);
	uint32_t prefix = svclb_virtual_server_get_persistence_prefix(vs);
	struct text t = {0};
	char buf[64];
	char *s;

	if (seconds)
		text_addf(&t, " persistent %u", seconds);
	if (seconds && prefix != 32 && prefix != 128)
		text_addf(&t, " mask /%u", prefix);
	if (svclb_virtual_server_is_one_packet(vs))
		text_add(&t, " ops");
	if (*svclb_virtual_server_get_scheduler_flags(vs, buf, sizeof(buf)))
		text_addf(&t, " (%s)", buf);
	s = xstrdup(t.len ? text_get(&t) + 1 : "");
	text_clear(&t);
	return s;
}

static void server_rows(struct get *g, const struct svclb_virtual_server *vs, const char *address,
			const char *service)
{
	const struct svclb_real_server *rs = NULL;
	autofree char *flags = flags_text(vs);
	char buf[64];

	table_row(&g->table, virtual_server_protocol(vs), address,
		  svclb_virtual_server_get_scheduler(vs), flags, service,
		  svclb_virtual_server_is_ours(vs) ? "ours" : "foreign");
	while ((rs = svclb_state_next_real_server(g->have, vs, rs))) {
		autofree char *real =
			address_port(svclb_real_server_get_address(rs, buf, sizeof(buf)),
				     svclb_real_server_get_port(rs));
		autofree char *text = xasprintf("-> %s", real);
		autofree char *weight = xasprintf("%u", svclb_real_server_get_weight(rs));
		autofree char *active = xasprintf("%u", svclb_real_server_get_active(rs));
		autofree char *inactive = xasprintf("%u", svclb_real_server_get_inactive(rs));

		table_row(&g->table, "", text, svclb_real_server_get_forwarding(rs), weight, active,
			  inactive);
	}
}

static void real_rows(struct get *g, const struct svclb_virtual_server *vs, const char *address,
		      const char *service)
{
	const struct svclb_real_server *rs = NULL;
	char buf[64];

	while ((rs = svclb_state_next_real_server(g->have, vs, rs))) {
		autofree char *real =
			address_port(svclb_real_server_get_address(rs, buf, sizeof(buf)),
				     svclb_real_server_get_port(rs));
		autofree char *weight = xasprintf("%u", svclb_real_server_get_weight(rs));
		autofree char *active = xasprintf("%u", svclb_real_server_get_active(rs));
		autofree char *inactive = xasprintf("%u", svclb_real_server_get_inactive(rs));

		table_row(&g->table, real, virtual_server_protocol(vs), address,
			  svclb_real_server_get_forwarding(rs), weight, active, inactive, service);
	}
}

static void real_names(struct get *g, const struct kind *k, const struct svclb_virtual_server *vs)
{
	const struct svclb_real_server *rs = NULL;
	char buf[64];

	while ((rs = svclb_state_next_real_server(g->have, vs, rs))) {
		autofree char *real =
			address_port(svclb_real_server_get_address(rs, buf, sizeof(buf)),
				     svclb_real_server_get_port(rs));

		get_item_name(g, k, real);
	}
}

static void show(struct get *g, const struct kind *k, const struct svclb_virtual_server *vs,
		 const char *service)
{
	autofree char *address = virtual_server_text(vs);
	bool real = k->thing == THING_REAL_SERVER;

	if (!server_wanted(g, service, address))
		return;
	if (g->cli->output == OUT_JSON || g->cli->output == OUT_YAML)
		server_item(g, vs, service);
	else if (g->cli->output == OUT_NAME && real)
		real_names(g, k, vs);
	else if (g->cli->output == OUT_NAME)
		get_item_name(g, k, address);
	else if (real)
		real_rows(g, vs, address, service);
	else
		server_rows(g, vs, address, service);
}

static int get_servers(struct get *g, const struct kind *k)
{
	const struct svclb_virtual_server *vs = NULL;
	struct wanted wanted = {0};
	int rc = get_read_kernel(g);

	if (rc != EXIT_DONE)
		return rc;
	wanted_load(g->want, &wanted);
	while ((vs = svclb_state_next_virtual_server(g->have, vs))) {
		autofree char *service = service_of(g, &wanted, vs);

		show(g, k, vs, service);
	}
	free(wanted.v);
	return EXIT_DONE;
}

int get_virtual_servers(struct get *g, const struct kind *k)
{
	g->table = (struct table){.columns = 6, .headers = 2};
	table_row(&g->table, "PROT", "VIRTUAL SERVER", "SCHEDULER", "FLAGS", "SERVICE", "OWNER");
	table_row(&g->table, "", "-> REAL SERVER", "FORWARD", "WEIGHT", "ACTIVECONN", "INACTCONN");
	return get_servers(g, k);
}

int get_real_servers(struct get *g, const struct kind *k)
{
	g->table = (struct table){.columns = 8, .headers = 1};
	table_row(&g->table, "REAL SERVER", "PROT", "VIRTUAL SERVER", "FORWARD", "WEIGHT",
		  "ACTIVECONN", "INACTCONN", "SERVICE");
	return get_servers(g, k);
}
