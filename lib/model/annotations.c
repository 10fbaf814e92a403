/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library's own annotations as a table; svclb-manifest(5) has the same table. */
#include <stdlib.h>
#include <string.h>

#include "model/fields.h"
#include "model/keys.h"
#include "model/once.h"
#include "model/tuning.h"
#include "util/alike.h"

enum {
	ON_SERVICE = 1 << SVCLB_KIND_SERVICE,
	ON_SLICE = 1 << SVCLB_KIND_ENDPOINT_SLICE,
	ON_ENDPOINTS = 1 << SVCLB_KIND_ENDPOINTS,
	ON_POD = 1 << SVCLB_KIND_POD,
	ON_ALL = ON_SERVICE | ON_SLICE | ON_ENDPOINTS | ON_POD,
};

struct annotation;
typedef void value_check(struct check *c, const struct annotation *a, const struct label *l);

static value_check flags, word, number, truth, numbers, drain;

static const struct annotation {
	const char *name;
	value_check *check;
	uint32_t min;
	uint32_t max;
	uint32_t on;
	const char *const *words;
} annotations[] = {
	{"scheduler-flags", flags, 0, 0, ON_SERVICE},
	{"forwarding", word, 0, 0, ON_SERVICE, forwarding_method_words},
	{"tunnel-type", word, 0, 0, ON_SERVICE, tunnel_type_words},
	{"tunnel-port", number, 1, UINT16_MAX, ON_SERVICE},
	{"tunnel-checksum", word, 0, 0, ON_SERVICE, tunnel_checksum_words},
	{"one-packet", truth, 0, 0, ON_SERVICE},
	{"drain", drain, 0, 0, ON_SERVICE},
	{"affinity-prefix-ipv4", number, 1, 32, ON_SERVICE},
	{"affinity-prefix-ipv6", number, 1, 128, ON_SERVICE},
	{"weight", numbers, 0, WEIGHT_MAX, ON_ALL},
	{"upper-threshold", numbers, 0, THRESHOLD_MAX, ON_ALL},
	{"lower-threshold", numbers, 0, THRESHOLD_MAX, ON_ALL},
};

#define N_ANNOTATIONS (sizeof(annotations) / sizeof(annotations[0]))
#define PREFIX_LEN    (sizeof(ANNOTATION_PREFIX) - 1)

static const char *value_of(const struct label *l)
{
	return l && l->value ? l->value : "";
}

const struct label *annotation_find(const struct label_list *l, const char *name)
{
	return label_find_below(l, ANNOTATION_PREFIX, name);
}

static struct ftext text_of(const struct label_list *l, const char *name)
{
	const struct label *found = annotation_find(l, name);

	return (struct ftext){.s = found ? value_of(found) : NULL,
			      .at = found ? found->at : (struct pos){0}};
}

struct forwarding_words annotation_forwarding(const struct label_list *l)
{
	struct ftext port = text_of(l, "tunnel-port");
	struct forwarding_words w = {
		.method = text_of(l, "forwarding"),
		.tunnel_type = text_of(l, "tunnel-type"),
		.checksum = text_of(l, "tunnel-checksum"),
		.tunnel_port = {.given = text_given(&port), .v = 1, .at = port.at},
		.method_path = ANNOTATION_PATH "forwarding]",
		.type_path = ANNOTATION_PATH "tunnel-type]",
		.port_path = ANNOTATION_PATH "tunnel-port]",
		.checksum_path = ANNOTATION_PATH "tunnel-checksum]",
	};
	uint32_t v;

	/* one that is no port has its own report */
	if (port.s && decimal_parse(port.s, strlen(port.s), 1, UINT16_MAX, &v))
		w.tunnel_port.v = v;
	return w;
}

const char *service_scheduler(const struct check *c, const struct service *s)
{
	const char *own = label_get(&s->meta.annotations, ANNOTATION_SCHEDULER);

	return own && *own ? own : c->opts->scheduler;
}

/* ---- values ---- */

/* Where a field may be empty, an annotation may not; other words are checked together. */
static void word(struct check *c, const struct annotation *a, const struct label *l)
{
	if (*value_of(l))
		return;
	check_at(c, FAULT_NOT_SUPPORTED, c->path, NULL);
	check_report(c, l->at, "\"\" is not one of %s", check_words(c, a->words));
}

static void number(struct check *c, const struct annotation *a, const struct label *l)
{
	uint32_t v;

	if (!decimal_parse(value_of(l), strlen(value_of(l)), a->min, a->max, &v))
		check_report(c, l->at, "%s is not a whole number in %u-%u",
			     check_shown(c, l->value), a->min, a->max);
}

static void truth(struct check *c, const struct annotation *a, const struct label *l)
{
	(void)a;
	if (strcmp(value_of(l), "true") && strcmp(value_of(l), "false"))
		check_report(c, l->at, "%s is not true or false", check_shown(c, l->value));
}

static void drain(struct check *c, const struct annotation *a, const struct label *l)
{
	uint32_t seconds;

	(void)a;
	if (!drain_parse(value_of(l), &seconds))
		check_report(c, l->at, "%s is not " DRAIN_WORDS, check_shown(c, l->value));
}

/* "mh-port,mh-fallback", or "none" for none of them. */
static void flags(struct check *c, const struct annotation *a, const struct label *l)
{
	const char *sched = service_scheduler(c, c->obj->service);
	const char *p = value_of(l);

	(void)a;
	if (!strcmp(p, "none"))
		return;
	for (;;) {
		size_t n = strcspn(p, ",");

		validate_scheduler_flag(c, l->at, p, n, sched);
		if (!p[n])
			return;
		p += n + 1;
	}
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

bool annotation_item(const char **text, uint32_t max, struct annotation_item *ret)
{
	const char *p = skip_blanks(*text);
	size_t n = strcspn(p, ",");
	const char *end = p + n;
	const char *sign = memchr(p, '=', n);
	char ip[IP_TEXT_MAX];

	*ret = (struct annotation_item){0};
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	if (sign) {
		size_t len = (size_t)(sign - p);

		if (len >= sizeof(ip))
			return false;
		memcpy(ip, p, len);
		ip[len] = '\0';
		if (!ip_parse(ip, &ret->ip, NULL))
			return false;
		n -= len + 1;
		p = sign + 1;
	}
	if (!decimal_parse(p, n, 0, max, &ret->value))
		return false;
	*text = *end ? end + 1 : NULL;
	return true;
}

static int ip_of_list_cmp(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static size_t count_items(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == ',';
	return n;
}

/* Which of two numbers counts for an address nobody could tell. */
static void named_twice(struct check *c, const struct annotation *a, const struct label *l)
{
	struct ipaddr *ips = check_scratch(c, count_items(value_of(l)), sizeof(*ips));
	const char *p = value_of(l);
	struct annotation_item item;
	char shown[IP_TEXT_MAX];
	size_t n = 0;

	while (ips && p && annotation_item(&p, a->max, &item))
		if (item.ip.family)
			ips[n++] = item.ip;
	if (n > 1)
		qsort(ips, n, sizeof(*ips), ip_of_list_cmp);
	for (size_t i = 1; i < n; i++) {
		if (ip_cmp(&ips[i - 1], &ips[i]))
			continue;
		check_at(c, FAULT_DUPLICATE, c->path, NULL);
		check_report(c, l->at, "%s has two numbers", ip_format(&ips[i], shown));
		return;
	}
}

/* On a Pod, which is one endpoint, a number; elsewhere addresses may have their own. */
static void numbers(struct check *c, const struct annotation *a, const struct label *l)
{
	const char *p = value_of(l);
	struct annotation_item item;
	bool all = false;

	while (p) {
		if (!annotation_item(&p, a->max, &item)) {
			check_report(c, l->at, "%s is neither a whole number in %u-%u%s",
				     check_shown(c, l->value), a->min, a->max,
				     c->obj->kind == SVCLB_KIND_POD
					     ? ""
					     : " nor a list of them such as 10.0.0.1=1,10.0.0.2=3");
			return;
		}
		if (item.ip.family && c->obj->kind == SVCLB_KIND_POD) {
			check_report(c, l->at, "%s names an address, a Pod is one endpoint",
				     check_shown(c, l->value));
			return;
		}
		if (!item.ip.family && all) {
			check_report(c, l->at, "%s has two numbers for all other addresses",
				     check_shown(c, l->value));
			return;
		}
		all |= !item.ip.family;
	}
	if (strchr(value_of(l), '='))
		named_twice(c, a, l);
}

/* ---- what contradicts the Service ---- */

static void one_packet_udp(struct check *c, const struct service *s)
{
	const struct label *l = annotation_find(&s->meta.annotations, "one-packet");
	struct ftext method = text_of(&s->meta.annotations, "forwarding");

	check_at(c, FAULT_FORBIDDEN, ANNOTATION_PATH "one-packet]", NULL);
	for (size_t i = 0; l && !strcmp(value_of(l), "true") && i < s->n_ports; i++) {
		const struct service_port *p = &s->ports[i];

		if (text_is(&p->protocol, "UDP"))
			continue;
		check_report(c, l->at,
			     "only UDP has packets that are a request each, port %lld is %s",
			     (long long)p->port.v, check_shown(c, p->protocol.s));
		return;
	}
	if (l && !strcmp(value_of(l), "true") &&
	    (!text_given(&method) || text_is(&method, "masquerade")))
		check_warn(c, c->path, l->at, ONE_PACKET_ANSWERS);
}

static void prefix_affinity(struct check *c, const struct service *s, const char *name,
			    const char *path)
{
	const struct label *l = annotation_find(&s->meta.annotations, name);

	check_at(c, FAULT_FORBIDDEN, path, "set sessionAffinity: ClientIP, or remove it");
	if (l && !service_has_affinity(s))
		check_report(c, l->at, "only a Service with affinity ClientIP has it");
}

static void validate_together(struct check *c, const struct service *s)
{
	struct forwarding_words w = annotation_forwarding(&s->meta.annotations);

	validate_forwarding(c, &w);
	one_packet_udp(c, s);
	prefix_affinity(c, s, "affinity-prefix-ipv4", ANNOTATION_PATH "affinity-prefix-ipv4]");
	prefix_affinity(c, s, "affinity-prefix-ipv6", ANNOTATION_PATH "affinity-prefix-ipv6]");
}

/* ---- keys ---- */

static void unknown(struct check *c, const struct label *l)
{
	const char *name = l->key + PREFIX_LEN;
	const char *like = NULL;

	if (once_before(c, l->key))
		return;
	for (size_t i = 0; !like && i < N_ANNOTATIONS; i++)
		if (words_alike(annotations[i].name, name))
			like = annotations[i].name;
	if (!strcmp(name, "scheduler"))
		check_warn(c, "metadata.annotations", l->at,
			   "unknown annotation %s; the scheduler has " ANNOTATION_SCHEDULER,
			   check_shown(c, l->key));
	else if (like)
		check_warn(c, "metadata.annotations", l->at,
			   "unknown annotation %s; did you mean " ANNOTATION_PREFIX "%s?",
			   check_shown(c, l->key), like);
	else
		check_warn(c, "metadata.annotations", l->at, "unknown annotation %s",
			   check_shown(c, l->key));
	once_said(c, l->key);
}

static const char *article(const char *noun)
{
	return noun[0] == 'E' ? "an" : "a";
}

static void one_annotation(struct check *c, const struct label *l)
{
	const struct annotation *a = NULL;
	const char *path;

	for (size_t i = 0; !a && i < N_ANNOTATIONS; i++)
		if (!strcmp(annotations[i].name, l->key + PREFIX_LEN))
			a = &annotations[i];
	if (!a) {
		unknown(c, l);
		return;
	}
	path = arena_printf(&c->scratch, ANNOTATION_PATH "%s]", a->name);
	if (!path) {
		c->given_up = true;
		return;
	}
	if (!(a->on & 1u << c->obj->kind)) {
		if (once_before(c, l->key))
			return;
		check_warn(c, path, l->at, "has no effect on %s %s, it belongs on %s",
			   article(kind_name(c->obj->kind)), kind_name(c->obj->kind),
			   a->on == ON_SERVICE ? "Services" : "Services, their endpoints and Pods");
		once_said(c, l->key);
		return;
	}
	check_at(c, FAULT_INVALID, path, NULL);
	a->check(c, a, l);
}

/* Those of Kubernetes that are read, from Services alone. */
static void of_services(struct check *c, const struct label *l)
{
	static const char *const keys[] = {ANNOTATION_SCHEDULER, ANNOTATION_TOPOLOGY_HINTS,
					   ANNOTATION_TOPOLOGY_MODE};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *kind = kind_name(c->obj->kind);
		const char *path;

		if (strcmp(l->key, keys[i]) || once_before(c, l->key))
			continue;
		path = arena_printf(&c->scratch, "metadata.annotations[%s]", keys[i]);
		if (!path)
			c->given_up = true;
		else
			check_warn(c, path, l->at, "has no effect on %s %s, it belongs on Services",
				   article(kind), kind);
		once_said(c, l->key);
	}
}

void validate_annotations(struct check *c)
{
	const struct label_list *l = &c->obj->meta->annotations;
	bool any = false;

	for (size_t i = 0; i < l->n; i++) {
		if (c->obj->kind != SVCLB_KIND_SERVICE)
			of_services(c, &l->v[i]);
		if (strncmp(l->v[i].key, ANNOTATION_PREFIX, PREFIX_LEN))
			continue;
		any = true;
		one_annotation(c, &l->v[i]);
	}
	if (any && c->obj->kind == SVCLB_KIND_SERVICE)
		validate_together(c, c->obj->service);
}
