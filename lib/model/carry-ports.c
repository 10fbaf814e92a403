/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Node ports that a Service keeps: each port finds its predecessor, and no number comes twice. */
#include <stdlib.h>
#include <string.h>

#include "model/carry.h"
#include "model/fields.h"

struct held_number {
	int64_t number;
	bool carried;
};

struct carry {
	struct service *next;
	const struct service *held;
	const struct service_port **by_name; /* of held */
	const struct service_port **by_port; /* of held, by protocol and port */
	struct held_number *numbers;	     /* of held, sorted */
	int64_t *given;			     /* by next itself, sorted */
	size_t n_given;
};

static const char *port_name(const struct service_port *p)
{
	return text_or(&p->name, "");
}

static int name_cmp(const struct service_port *a, const struct service_port *b)
{
	return strcmp(port_name(a), port_name(b));
}

static int port_cmp(const struct service_port *a, const struct service_port *b)
{
	if (a->port.v != b->port.v)
		return a->port.v < b->port.v ? -1 : 1;
	return strcmp(text_or(&a->protocol, "TCP"), text_or(&b->protocol, "TCP"));
}

static int place_cmp(const struct service_port *a, const struct service_port *b)
{
	return (a > b) - (a < b);
}

static int by_name(const void *pa, const void *pb)
{
	const struct service_port *const *a = pa, *const *b = pb;
	int r = name_cmp(*a, *b);

	return r ? r : place_cmp(*a, *b);
}

static int by_port(const void *pa, const void *pb)
{
	const struct service_port *const *a = pa, *const *b = pb;
	int r = port_cmp(*a, *b);

	return r ? r : place_cmp(*a, *b);
}

/* Of numbers alone, and of entries, which begin with one. */
static int by_number(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

static void carry_close(struct carry *c)
{
	free(c->by_name);
	free(c->by_port);
	free(c->numbers);
	free(c->given);
}

static bool carry_open(struct carry *c, struct service *next, const struct service *held)
{
	size_t n = held->n_ports;

	*c = (struct carry){.next = next, .held = held};
	c->by_name = malloc((n + 1) * sizeof(*c->by_name));
	c->by_port = malloc((n + 1) * sizeof(*c->by_port));
	c->numbers = calloc(n + 1, sizeof(*c->numbers));
	c->given = malloc((next->n_ports + 1) * sizeof(*c->given));
	if (!c->by_name || !c->by_port || !c->numbers || !c->given) {
		carry_close(c);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		c->by_name[i] = c->by_port[i] = &held->ports[i];
		c->numbers[i].number = held->ports[i].node_port.v;
	}
	for (size_t i = 0; i < next->n_ports; i++)
		if (next->ports[i].node_port.v)
			c->given[c->n_given++] = next->ports[i].node_port.v;
	qsort(c->by_name, n, sizeof(*c->by_name), by_name);
	qsort(c->by_port, n, sizeof(*c->by_port), by_port);
	qsort(c->numbers, n, sizeof(*c->numbers), by_number);
	qsort(c->given, c->n_given, sizeof(*c->given), by_number);
	return true;
}

/* The first of a sorted list that is not before p. */
static const struct service_port *find(const struct service_port *const *v, size_t n,
				       const struct service_port *p,
				       int (*cmp)(const struct service_port *,
						  const struct service_port *))
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (cmp(v[mid], p) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && !cmp(v[lo], p) ? v[lo] : NULL;
}

/* The held port of the same name, or else of the same protocol and port. */
static const struct service_port *held_port(const struct carry *c, const struct service_port *p)
{
	const struct service_port *same = find(c->by_name, c->held->n_ports, p, name_cmp);

	return same ? same : find(c->by_port, c->held->n_ports, p, port_cmp);
}

/* The first entry of a number that some held port has. */
static struct held_number *entry_of(const struct carry *c, int64_t number)
{
	size_t lo = 0, hi = c->held->n_ports;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->numbers[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &c->numbers[lo];
}

/* Two ports of one Service may share a number that they shared before. */
static bool may_have(const struct carry *c, const struct held_number *e)
{
	bool shared = e + 1 < c->numbers + c->held->n_ports && e[1].number == e->number;

	if (shared)
		return true;
	return !e->carried && c->next->health_check_node_port.v != e->number &&
	       !(c->n_given &&
		 bsearch(&e->number, c->given, c->n_given, sizeof(*c->given), by_number));
}

bool carry_node_ports(struct service *next, const struct service *held)
{
	struct carry c;

	if (!carry_open(&c, next, held))
		return false;
	for (size_t i = 0; i < next->n_ports; i++) {
		struct service_port *p = &next->ports[i];
		const struct service_port *h = p->node_port.v ? NULL : held_port(&c, p);
		struct held_number *e = h && h->node_port.v ? entry_of(&c, h->node_port.v) : NULL;

		if (!e || !may_have(&c, e))
			continue;
		p->node_port = (struct fint){.v = h->node_port.v, .given = true};
		p->node_port_allocated = h->node_port_allocated;
		e->carried = true;
	}
	carry_close(&c);
	return true;
}
