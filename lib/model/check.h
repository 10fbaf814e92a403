/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the steps of completing a model share: where they are, and how they report. */
#ifndef SVCLB_MODEL_CHECK_H
#define SVCLB_MODEL_CHECK_H

#include "model/model.h"
#include "model/patience.h"

/* Why a field is refused; each message begins with the class's words. */
enum fault {
	FAULT_REQUIRED,
	FAULT_INVALID,
	FAULT_NOT_SUPPORTED,
	FAULT_DUPLICATE,
	FAULT_FORBIDDEN,
	FAULT_TOO_MANY,
	FAULT_LIMIT, /* one of the options: no fault of the object that meets it */
	FAULT_SIZE,  /* the same, but the object exceeds it by itself */
};

#define SHOWN_MAX   96 /* a value in a message, cut beyond */
#define FIELD_DEPTH 3

/* A key of an annotation that a warning was given for. */
struct once {
	const char *key;
	uint32_t kind;		     /* of object */
	struct svclb_error *warning; /* NULL: there was no room for it */
	size_t others;
};

struct check {
	struct svclb_model *model;
	const struct svclb_options *opts;
	struct arena scratch; /* gone when the model is completed */
	struct problems problems;
	size_t each; /* problems kept of one object in a row; 0: all */
	size_t of_object;
	struct patience patience;
	bool given_up; /* for want of memory or time: nothing that is found counts */

	/* The place that reports name. */
	const struct svclb_object *obj;
	const char *path; /* each '#' stands for the next index */
	size_t index[FIELD_DEPTH];
	enum fault fault;
	const char *hint;
	const char *advice; /* the hint of warnings; NULL: none */
	uint64_t rival;	    /* arrival of who has what the field claims or contradicts it, or 0 */
	struct pos at;	    /* used when the field itself has no place */

	struct once *once;
	size_t n_once;
	size_t cap_once;

	char shown[4][SHOWN_MAX];
	unsigned n_shown;
};

/* Whether there are memory and time to go on: asked once for each object. */
bool check_goes_on(struct check *c);

/* Starts with another object. */
void check_object(struct check *c, const struct svclb_object *obj);

/* Says what the reports from here on are about; hint may be NULL. */
void check_at(struct check *c, enum fault fault, const char *path, const char *hint);

/* Adds a problem of the current object, path and fault. */
void check_report(struct check *c, struct pos at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same where a Service that came first has what the field claims. */
void check_taken(struct check *c, struct pos at, const struct service *by, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Adds a warning to the model; path NULL: about the object as a whole. */
void check_warn(struct check *c, const char *path, struct pos at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The value in quotes, with what does not print escaped; valid until the fourth next call. */
const char *check_shown(struct check *c, const char *value);
/* "A, B and C" of a NULL-terminated list, into scratch memory; never NULL. */
const char *check_words(struct check *c, const char *const *words);

/* Scratch memory; NULL marks c->given_up. */
void *check_scratch(struct check *c, size_t n, size_t size);

/* Why an address cannot be one of an endpoint or an external one; NULL: it can. */
const char *address_fault(const char *text, struct ipaddr *ret);

/* A member of a list whose members must differ: by text, or by number when text is NULL. */
struct unique {
	const char *text;
	uint64_t number;
	size_t index;
	struct pos at;
	const char *shown;
};

/* Reports every member that repeats an earlier one; sets c->index[depth]. */
void check_unique(struct check *c, struct unique *u, size_t n, unsigned depth);

/* ---- the steps, in their order ---- */
void model_default(struct check *c);   /* default.c */
void model_canonical(struct check *c); /* canonical.c */
void model_validate(struct check *c);  /* validate.c */
void model_allocate(struct check *c); /* allocate.c: nothing is allocated once there are problems */
void model_resolve(struct check *c);  /* resolve.c: protocols to numbers */
void model_derive(struct check *c);   /* derive.c */
void model_tune(struct check *c);     /* tune.c: what annotations say, to where it is used */
void model_warn_affinity_config(struct check *c); /* idle.c, before defaulting */
void model_warn_idle(struct check *c);		  /* idle.c: fields that change nothing */
void model_warn_addresses(
	struct check *c); /* unused.c: those that are no endpoint, and spare ones */

/* size.c: whether the model may be expanded; what is too much becomes a problem. more: endpoints over
 * all ports that each Service will get yet, by family; NULL: none. */
bool model_check_size(struct check *c, const uint64_t (*more)[2]);

/* Parts of model_validate(). */
void validate_service(struct check *c, const struct service *s);
void validate_service_ports(struct check *c, const struct service *s);
void validate_service_addresses(struct check *c, const struct service *s);
void validate_service_policy(struct check *c, const struct service *s);
void validate_slice(struct check *c, const struct slice *s);
void validate_endpoints(struct check *c, const struct endpoints *e);
void validate_pod(struct check *c, const struct pod *p);
void validate_node(struct check *c, const struct node *n);
void validate_plain(struct check *c, const struct plain *p);
void validate_annotations(struct check *c); /* annotations.c */

#endif
