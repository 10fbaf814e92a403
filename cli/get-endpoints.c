/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `get endpoints`: who serves each Service, as selected for traffic. */
#include "draining.h"
#include "get.h"

static int compare_ports(const void *a, const void *b)
{
	const struct svclb_selected_port *x = *(const struct svclb_selected_port *const *)a;
	const struct svclb_selected_port *y = *(const struct svclb_selected_port *const *)b;
	int r = strcmp(svclb_selected_port_get_namespace(x), svclb_selected_port_get_namespace(y));

	if (!r)
		r = strcmp(svclb_selected_port_get_service(x), svclb_selected_port_get_service(y));
	if (!r)
		r = (int)svclb_selected_port_get_family(x) - (int)svclb_selected_port_get_family(y);
	if (!r)
		r = (int)svclb_selected_port_get_port(x) - (int)svclb_selected_port_get_port(y);
	if (!r)
		r = strcmp(svclb_selected_port_get_protocol(x),
			   svclb_selected_port_get_protocol(y));
	return r;
}

int by_service_load(struct work *w, struct svclb_model *model, struct by_service *ret)
{
	const struct svclb_selected_port *p = NULL;
	struct svclb_error *err = NULL;
	size_t cap = 0;

	if (svclb_select(model, work_options(w), &ret->sel, &err) < 0)
		return fail_error(w->cli, err);
	while ((p = svclb_selection_next_port(ret->sel, p))) {
		if (ret->n == cap) {
			cap = cap ? cap * 2 : 64;
			ret->v = xrealloc(ret->v, cap, sizeof(void *));
		}
		ret->v[ret->n++] = p;
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(void *), compare_ports);
	return EXIT_DONE;
}

void by_service_free(struct by_service *b)
{
	svclb_selection_free(b->sel);
	free(b->v);
	*b = (struct by_service){0};
}

static int compare_name(const struct svclb_selected_port *p, const char *ns, const char *name)
{
	int r = strcmp(svclb_selected_port_get_namespace(p), ns);

	return r ? r : strcmp(svclb_selected_port_get_service(p), name);
}

const struct svclb_selected_port *const *by_service_find(const struct by_service *b, const char *ns,
							 const char *name, size_t *n)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_name(b->v[mid], ns, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (high = low; high < b->n && !compare_name(b->v[high], ns, name); high++)
		;
	*n = high - low;
	return *n ? b->v + low : NULL;
}

bool endpoint_serves(const struct svclb_selected_endpoint *ep)
{
	return svclb_selected_endpoint_get_flags(ep) &
	       (SVCLB_ENDPOINT_READY | SVCLB_ENDPOINT_IN_CLUSTER_SET | SVCLB_ENDPOINT_IN_LOCAL_SET);
}

char *endpoints_text(const struct svclb_selected_port *const *ports, size_t n, size_t max)
{
	autolist struct list all = {0};
	autotext struct text t = {0};

	for (size_t i = 0; i < n; i++) {
		const struct svclb_selected_endpoint *ep = NULL;
		char buf[64];

		while ((ep = svclb_selected_port_next_endpoint(ports[i], ep))) {
			autofree char *one = address_port(
				svclb_selected_endpoint_get_address(ep, buf, sizeof(buf)),
				svclb_selected_endpoint_get_port(ep));

			if (endpoint_serves(ep))
				list_add(&all, one);
		}
	}
	for (size_t i = 0; i < all.n && (!max || i < max); i++)
		text_addf(&t, "%s%s", i ? "," : "", all.v[i]);
	if (max && all.n > max)
		text_addf(&t, " + %zu more...", all.n - max);
	return xstrdup(all.n ? text_get(&t) : "<none>");
}

static void endpoint_doc(struct doc *d, const struct svclb_selected_endpoint *ep)
{
	char buf[64];

	doc_object(d, NULL);
	doc_str(d, "ip", svclb_selected_endpoint_get_address(ep, buf, sizeof(buf)));
	doc_str(d, "nodeName", svclb_selected_endpoint_get_node(ep));
	if (svclb_selected_endpoint_get_target(ep)) {
		doc_object(d, "targetRef");
		doc_str(d, "kind", "Pod");
		doc_str(d, "name", svclb_selected_endpoint_get_target(ep));
		doc_end(d);
	}
	doc_end(d);
}

static size_t count_endpoints(const struct svclb_selected_port *p, uint32_t number, bool ready)
{
	const struct svclb_selected_endpoint *ep = NULL;
	size_t n = 0;

	while ((ep = svclb_selected_port_next_endpoint(p, ep)))
		n += svclb_selected_endpoint_get_port(ep) == number && endpoint_serves(ep) == ready;
	return n;
}

static void addresses_doc(struct doc *d, const char *key, const struct svclb_selected_port *p,
			  uint32_t number, bool ready)
{
	const struct svclb_selected_endpoint *ep = NULL;

	if (!count_endpoints(p, number, ready))
		return;
	doc_array(d, key);
	while ((ep = svclb_selected_port_next_endpoint(p, ep)))
		if (svclb_selected_endpoint_get_port(ep) == number && endpoint_serves(ep) == ready)
			endpoint_doc(d, ep);
	doc_end(d);
}

/* One subset for a port and a number it resolves to. */
static void subset_doc(struct doc *d, const struct svclb_selected_port *p, uint32_t number)
{
	const char *name = svclb_selected_port_get_name(p);

	doc_object(d, NULL);
	addresses_doc(d, "addresses", p, number, true);
	addresses_doc(d, "notReadyAddresses", p, number, false);
	doc_array(d, "ports");
	doc_object(d, NULL);
	doc_str(d, "name", *name ? name : NULL);
	doc_int(d, "port", number);
	doc_str(d, "protocol", svclb_selected_port_get_protocol(p));
	doc_end(d);
	doc_end(d);
	doc_end(d);
}

static void subsets_of_port(struct doc *d, const struct svclb_selected_port *p)
{
	const struct svclb_selected_endpoint *ep = NULL;

	while ((ep = svclb_selected_port_next_endpoint(p, ep))) {
		uint32_t number = svclb_selected_endpoint_get_port(ep);
		const struct svclb_selected_endpoint *first = NULL;

		while ((first = svclb_selected_port_next_endpoint(p, first)))
			if (svclb_selected_endpoint_get_port(first) == number)
				break;
		if (first == ep)
			subset_doc(d, p, number);
	}
}

/* As v1 Endpoints, so that other tools and this one can read it. */
static void endpoints_item(struct get *g, const char *ns, const char *name,
			   const struct svclb_selected_port *const *ports, size_t n)
{
	struct doc d;

	doc_begin(&d, get_doc_format(g));
	doc_object(&d, NULL);
	doc_str(&d, "apiVersion", "v1");
	doc_str(&d, "kind", "Endpoints");
	doc_object(&d, "metadata");
	doc_str(&d, "name", name);
	doc_str(&d, "namespace", ns);
	doc_end(&d);
	doc_array(&d, "subsets");
	for (size_t i = 0; i < n; i++)
		subsets_of_port(&d, ports[i]);
	doc_end(&d);
	doc_end(&d);
	get_item_doc(g, &d);
}

/* " + 1 draining", in -o wide " + draining 10.244.1.2:8080"; "" for none. */
static char *draining_text(const struct get *g, const char *ns, const char *name)
{
	autofree char *all = g->have ? draining_of_service(g->have, g->want, ns, name) : NULL;
	size_t n = 1;

	if (!all)
		return xstrdup("");
	if (g->cli->output == OUT_WIDE)
		return xasprintf(" + draining %s", all);
	for (const char *p = all; *p; p++)
		n += *p == ',';
	return xasprintf(" + %zu draining", n);
}

static void endpoints_of(struct get *g, const struct kind *k, const struct svclb_object *o,
			 const struct by_service *b)
{
	const char *ns = svclb_object_get_namespace(o);
	const char *name = svclb_object_get_name(o);
	autofree char *shown = get_name(g, k, name);
	size_t n = 0;
	const struct svclb_selected_port *const *ports = by_service_find(b, ns, name, &n);
	char buf[32];

	if (g->cli->output == OUT_JSON || g->cli->output == OUT_YAML) {
		endpoints_item(g, ns, name, ports, n);
	} else if (g->cli->output == OUT_NAME) {
		get_item_name(g, k, name);
	} else {
		autofree char *text = endpoints_text(ports, n, g->cli->output == OUT_WIDE ? 0 : 3);
		autofree char *draining = draining_text(g, ns, name);
		autofree char *all = xasprintf("%s%s", text, draining);

		get_row(g, ns, shown, all, get_age(g, o, buf, sizeof(buf)));
	}
}

int get_endpoints(struct get *g, const struct kind *k)
{
	struct by_service b = {0};
	const struct svclb_object *o = NULL;
	int rc = by_service_load(&g->work, g->model, &b);

	if (rc == EXIT_DONE && !g->have && svclb_model_count(g->model, SVCLB_KIND_SERVICE))
		draining_look(g);
	get_header_row(g, "NAME", "ENDPOINTS", "AGE");
	while (rc == EXIT_DONE && (o = svclb_model_next(g->model, o)))
		if (svclb_object_get_kind(o) == SVCLB_KIND_SERVICE &&
		    selector_fits(g->cli->selector, o) &&
		    get_wanted(g, svclb_object_get_namespace(o), svclb_object_get_name(o)))
			endpoints_of(g, k, o, &b);
	by_service_free(&b);
	return rc;
}
