/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Pods that a selector matches, found by its rarest label, and what a Service needs of them. */
#include "model/pods.h"

#include <stdlib.h>

#include "model/fields.h"
#include "model/index.h"

struct pod_label {
	uint64_t hash; /* of namespace, key and value */
	uint32_t pod;  /* number among the Pods */
};

static uint64_t label_hash(const char *ns, const struct label *l)
{
	uint64_t h = hash_text(hash_text(HASH_START, ns), l->key);

	return hash_finish(hash_text(h, l->value ? l->value : ""));
}

static int pod_label_cmp(const void *a, const void *b)
{
	const struct pod_label *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->pod < y->pod ? -1 : x->pod > y->pod;
}

static const struct pod *pod_at(const struct derive *d, size_t i)
{
	return d->m->objects.v[d->first_pod + i]->pod;
}

static void index_pods(struct derive *d)
{
	size_t n_pods = d->end_pods - d->first_pod, n = 0;

	for (size_t i = 0; i < n_pods; i++)
		n += pod_at(d, i)->meta.labels.n;
	d->labels = check_scratch(d->c, n, sizeof(*d->labels));
	if (!d->labels)
		return;
	for (size_t i = 0; i < n_pods; i++) {
		const struct meta *m = &pod_at(d, i)->meta;

		for (size_t k = 0; k < m->labels.n; k++)
			d->labels[d->n_labels++] = (struct pod_label){
				.hash = label_hash(m->ns.s, &m->labels.v[k]),
				.pod = (uint32_t)i,
			};
	}
	if (n > 1)
		qsort(d->labels, n, sizeof(*d->labels), pod_label_cmp);
}

static size_t lower_bound(const struct derive *d, uint64_t hash)
{
	size_t lo = 0, hi = d->n_labels;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (d->labels[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Pods that have the rarest label of the selector: [return, *end). */
static size_t rarest(const struct derive *d, const struct service *s, size_t *end)
{
	size_t first = 0;

	*end = 0;
	for (size_t i = 0; i < s->selector.n; i++) {
		uint64_t hash = label_hash(s->meta.ns.s, &s->selector.v[i]);
		size_t lo = lower_bound(d, hash);
		size_t hi = hash == UINT64_MAX ? d->n_labels : lower_bound(d, hash + 1);

		if (!i || hi - lo < *end - first) {
			first = lo;
			*end = hi;
		}
	}
	return first;
}

static bool selected(struct pod_walk *w, const struct pod *p)
{
	const struct service *s = w->s;

	w->steps++;
	if (strcmp(s->meta.ns.s, p->meta.ns.s))
		return false;
	for (size_t i = 0; i < s->selector.n; i++) {
		const struct label *want = &s->selector.v[i];
		const struct label *has = label_find(&p->meta.labels, want->key);

		w->steps += label_steps(&p->meta.labels);
		if (!has || strcmp(has->value ? has->value : "", want->value ? want->value : ""))
			return false;
	}
	return true;
}

bool pod_over(const struct pod *p)
{
	return text_is(&p->phase, "Succeeded") || text_is(&p->phase, "Failed");
}

/* The Pod's first address of a family. */
const struct ftext *pod_ip(const struct pod *p, uint8_t family)
{
	struct ipaddr ip;

	for (size_t i = 0; i < p->pod_ips.n; i++) {
		if (ip_parse(p->pod_ips.v[i].s, &ip, NULL) && ip.family == family)
			return &p->pod_ips.v[i];
	}
	if (!p->pod_ips.n && ip_parse(p->pod_ip.s, &ip, NULL) && ip.family == family)
		return &p->pod_ip;
	return NULL;
}

uint16_t pod_target(struct derive *d, const struct service_port *sp, const struct pod *p)
{
	if (!text_given(&sp->target_port_name))
		return (uint16_t)sp->target_port.v;
	if (!d->pod_ports.v && !pod_ports_index(d->c, &d->pod_ports))
		return 0;
	return pod_ports_find(&d->pod_ports, p, sp->proto, sp->target_port_name.s);
}

bool pods_open(struct derive *d, const struct service *s, struct pod_walk *ret)
{
	*ret = (struct pod_walk){.s = s};
	if (d->end_pods == d->first_pod)
		return false;
	if (!d->labels)
		index_pods(d);
	if (!d->labels)
		return false;
	ret->next = rarest(d, s, &ret->end);
	return true;
}

const struct pod *pods_next(const struct derive *d, struct pod_walk *w)
{
	while (w->next < w->end && check_goes_on(d->c)) {
		const struct pod *p = pod_at(d, d->labels[w->next++].pod);

		if (selected(w, p))
			return p;
	}
	return NULL;
}
