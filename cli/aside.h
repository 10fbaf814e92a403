/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects in quarantine: left out of an apply, with the reason, and remembered until they are sound. */
#ifndef SVCLBCTL_ASIDE_H
#define SVCLBCTL_ASIDE_H

#include "cli.h"

struct doc;
struct store;

struct aside_one {
	uint32_t kind; /* 0: it has no identity, name says what is known of it */
	char *ns;
	char *name;
	char *reason;	 /* problems joined by "; ", the first ones and how many more there are */
	size_t reasons;	 /* how many there are */
	size_t kept_len; /* of reason, without the number of more */
	char *file;
	uint32_t line; /* of the first problem */
	uint32_t column;
	size_t order; /* in which they were added */
	bool said;    /* that it is left aside */
	bool hides;   /* other objects may stand in the part of the input; not stored */
};

/* Sorted by identity. */
struct asides {
	struct aside_one *v;
	size_t n;
	size_t added; /* ever */
};

/* Adds a list of problems, one element for each; asides_fold() has to follow the last list. */
void asides_add(struct asides *a, const struct svclb_error *list);
void asides_add_object(struct asides *a, const struct svclb_object *obj, const char *reason);
/* Makes one element of those of one object, and sorts. */
void asides_fold(struct asides *a);
void asides_clear(struct asides *a);
const struct aside_one *asides_find(const struct asides *a, uint32_t kind, const char *ns,
				    const char *name);
/* Whether any object may stand in what is left aside. */
bool asides_unknown(const struct asides *a);
/* "Service default/web", "document 3". */
char *aside_name(const struct aside_one *one);
/* "web.yaml:3:5", "" if not known. */
char *aside_place(const struct aside_one *one);
/* The member "quarantined" of a document. */
void asides_doc(struct doc *d, const struct asides *a);

/* ---- store-aside.c ---- */
int store_aside_list(struct store *s, struct asides *ret);
int store_aside_add(struct store *s, const struct aside_one *one);
int store_aside_forget(struct store *s, uint32_t kind, const char *ns, const char *name);
/* Those without identity that came from one input. */
int store_aside_forget_file(struct store *s, const char *file);
/* Those of which the stored version itself was refused. */
int store_aside_forget_stored(struct store *s);
int store_aside_clear(struct store *s);

#endif
