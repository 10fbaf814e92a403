/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects for the tests of the model, made field by field in the model's own arena. */
#ifndef TESTS_UNIT_MODEL_MAKE_H
#define TESTS_UNIT_MODEL_MAKE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <svclb/svclb.h>

#include "model/model.h"

#define MAYBE __attribute__((unused)) static

MAYBE struct svclb_model *new_model(void)
{
	struct svclb_model *m = NULL;

	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	return m;
}

MAYBE void add_object(struct svclb_model *m, uint32_t kind, struct meta *meta)
{
	ck_assert_int_eq(model_add(m, kind, meta, NULL), 0);
}

MAYBE struct service *new_service(struct svclb_model *m, const char *name)
{
	struct service *s = arena_alloc(&m->arena, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	s->meta.name.s = name;
	add_object(m, SVCLB_KIND_SERVICE, &s->meta);
	return s;
}

MAYBE struct service_port *add_port(struct svclb_model *m, struct service *s, int port)
{
	struct service_port *p = list_push(&m->arena, s->ports, s->n_ports, s->cap_ports);

	ck_assert_ptr_nonnull(p);
	memset(p, 0, sizeof(*p));
	p->port.v = port;
	p->port.given = true;
	return p;
}

MAYBE void add_text(struct svclb_model *m, struct ftext_list *l, const char *text)
{
	struct ftext *t = list_push(&m->arena, l->v, l->n, l->cap);

	ck_assert_ptr_nonnull(t);
	memset(t, 0, sizeof(*t));
	t->s = text;
}

MAYBE void add_label(struct svclb_model *m, struct label_list *l, const char *key,
		     const char *value)
{
	struct label *t = list_push(&m->arena, l->v, l->n, l->cap);

	ck_assert_ptr_nonnull(t);
	memset(t, 0, sizeof(*t));
	t->key = key;
	t->value = value;
}

MAYBE struct slice *new_slice(struct svclb_model *m, const char *name, const char *service)
{
	struct slice *s = arena_alloc(&m->arena, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	s->meta.name.s = name;
	s->address_type.s = "IPv4";
	if (service)
		add_label(m, &s->meta.labels, "kubernetes.io/service-name", service);
	add_object(m, SVCLB_KIND_ENDPOINT_SLICE, &s->meta);
	return s;
}

MAYBE struct slice_endpoint *add_endpoint(struct svclb_model *m, struct slice *s, const char *addr)
{
	struct slice_endpoint *e =
		list_push(&m->arena, s->endpoints, s->n_endpoints, s->cap_endpoints);

	ck_assert_ptr_nonnull(e);
	memset(e, 0, sizeof(*e));
	if (addr)
		add_text(m, &e->addresses, addr);
	return e;
}

MAYBE struct slice_port *add_slice_port(struct svclb_model *m, struct slice *s, int port)
{
	struct slice_port *p = list_push(&m->arena, s->ports, s->n_ports, s->cap_ports);

	ck_assert_ptr_nonnull(p);
	memset(p, 0, sizeof(*p));
	p->port.v = port;
	p->port.given = true;
	return p;
}

MAYBE struct endpoints *new_endpoints(struct svclb_model *m, const char *name)
{
	struct endpoints *e = arena_alloc(&m->arena, sizeof(*e));

	ck_assert_ptr_nonnull(e);
	e->meta.name.s = name;
	add_object(m, SVCLB_KIND_ENDPOINTS, &e->meta);
	return e;
}

MAYBE struct endpoint_subset *add_subset(struct svclb_model *m, struct endpoints *e)
{
	struct endpoint_subset *s = list_push(&m->arena, e->subsets, e->n_subsets, e->cap_subsets);

	ck_assert_ptr_nonnull(s);
	memset(s, 0, sizeof(*s));
	return s;
}

MAYBE struct endpoint_address *add_address(struct svclb_model *m, struct endpoint_subset *s,
					   const char *ip, bool ready)
{
	struct endpoint_address *a =
		ready ? list_push(&m->arena, s->addresses, s->n_addresses, s->cap_addresses)
		      : list_push(&m->arena, s->not_ready, s->n_not_ready, s->cap_not_ready);

	ck_assert_ptr_nonnull(a);
	memset(a, 0, sizeof(*a));
	a->ip.s = ip;
	return a;
}

MAYBE struct slice_port *add_subset_port(struct svclb_model *m, struct endpoint_subset *s, int port)
{
	struct slice_port *p = list_push(&m->arena, s->ports, s->n_ports, s->cap_ports);

	ck_assert_ptr_nonnull(p);
	memset(p, 0, sizeof(*p));
	p->port.v = port;
	p->port.given = true;
	return p;
}

/* A running, ready Pod with the label app=APP. */
MAYBE struct pod *new_pod(struct svclb_model *m, const char *name, const char *app, const char *ip)
{
	struct pod *p = arena_alloc(&m->arena, sizeof(*p));

	ck_assert_ptr_nonnull(p);
	p->meta.name.s = name;
	p->pod_ip.s = ip;
	p->phase.s = "Running";
	p->ready = TRI_TRUE;
	if (app)
		add_label(m, &p->meta.labels, "app", app);
	add_object(m, SVCLB_KIND_POD, &p->meta);
	return p;
}

MAYBE void add_container_port(struct svclb_model *m, struct pod *p, const char *name, int port)
{
	struct container_port *c = list_push(&m->arena, p->ports, p->n_ports, p->cap_ports);

	ck_assert_ptr_nonnull(c);
	memset(c, 0, sizeof(*c));
	c->name.s = name;
	c->port.v = port;
	c->port.given = true;
}

/* Completes and expects success. */
MAYBE void complete_model(struct svclb_model *m, const struct svclb_options *opts)
{
	struct svclb_error *err = NULL;
	char *text = NULL;

	if (svclb_model_complete(m, opts, &err)) {
		ck_assert_int_eq(svclb_error_to_text(err, &text), 0);
		ck_abort_msg("%s", text);
	}
}

/* Completes and expects a problem with this field and beginning of the message; returns how many
 * problems there were. */
MAYBE size_t refuse_model(struct svclb_model *m, const struct svclb_options *opts,
			  const char *field, const char *message)
{
	struct svclb_error *err = NULL;
	bool found = false;
	size_t n = 0;

	ck_assert_int_eq(svclb_model_complete(m, opts, &err), -SVCLB_EINVALID);
	for (const struct svclb_error *e = err; e; e = svclb_error_get_next(e)) {
		const char *f = svclb_error_get_field(e);

		n++;
		found |= f && !strcmp(f, field) &&
			 !strncmp(svclb_error_get_message(e), message, strlen(message));
	}
	ck_assert_msg(found, "no problem of %s: %s; the first is %s: %s", field, message,
		      svclb_error_get_field(err), svclb_error_get_message(err));
	svclb_error_unref(err);
	return n;
}

/* How many warnings contain the text. */
MAYBE size_t warnings_with(const struct svclb_model *m, const char *text)
{
	size_t n = 0;

	for (const struct svclb_error *e = svclb_model_get_warnings(m); e;
	     e = svclb_error_get_next(e))
		n += strstr(svclb_error_get_message(e), text) != NULL;
	return n;
}

/* The i-th derived slice in the model's order, or NULL. */
MAYBE const struct slice *derived_slice(struct svclb_model *m, size_t i)
{
	model_sort(m);
	for (size_t k = 0; k < m->objects.n; k++) {
		if (m->objects.v[k]->derived && !i--)
			return m->objects.v[k]->slice;
	}
	return NULL;
}

MAYBE int run_suite(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

#endif
