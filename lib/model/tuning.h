/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of virtual and real servers that Services get by annotations, and plain ones by fields. */
#ifndef SVCLB_MODEL_TUNING_H
#define SVCLB_MODEL_TUNING_H

#include "model/check.h"

#define WEIGHT_MAX    65535
#define THRESHOLD_MAX INT32_MAX
/* the kernel keeps no connection by which it could give them the service's address */
#define ONE_PACKET_ANSWERS \
	"with masquerade answers come from the real server's own address and port"
#define ANNOTATION_PATH "metadata.annotations[" ANNOTATION_PREFIX

/* How packets reach a real server, as the input words it, with the paths of the four fields. */
struct forwarding_words {
	struct ftext method;
	struct ftext tunnel_type;
	struct fint tunnel_port;
	struct ftext checksum;
	const char *method_path;
	const char *type_path;
	const char *port_path;
	const char *checksum_path;
};

extern const char *const forwarding_method_words[];
extern const char *const tunnel_type_words[];
extern const char *const tunnel_checksum_words[];

/* Place of a word in a NULL-terminated list; -1: it is not there. */
int word_index(const char *const *words, const char *word);
/* Reports what is wrong with the words and what contradicts what. */
void validate_forwarding(struct check *c, const struct forwarding_words *w);
/* Of valid words. */
struct forwarding forwarding_of(const struct forwarding_words *w);

/* Reports a flag that no scheduler has, or another one than sched; n is the flag's length. */
void validate_scheduler_flag(struct check *c, struct pos at, const char *flag, size_t n,
			     const char *sched);
/* Bits of a valid flag as in struct tuning; 0: there is no such flag. */
uint8_t scheduler_flag_bits(const char *flag, size_t n);

/* "linger", "cut", or whole seconds such as "30" or "30s", also with m or h, up to a year. */
#define DRAIN_WORDS "linger, cut, or a time such as 30s of at most a year"
bool drain_parse(const char *text, uint32_t *ret_sec);

/* A whole number in plain decimal digits within bounds. */
bool decimal_parse(const char *s, size_t n, uint32_t min, uint32_t max, uint32_t *ret);

/* Numbers that endpoints have, and the annotations that say them; tune.c. */
enum endpoint_value { VALUE_WEIGHT, VALUE_UPPER, VALUE_LOWER, VALUE_COUNT_ };
extern const char *const endpoint_value_names[VALUE_COUNT_];

/* ---- annotations.c ---- */

/* One item of an annotation about endpoints: a number, or an address with its number. */
struct annotation_item {
	struct ipaddr ip; /* family 0: for all that are not named */
	uint32_t value;
};

/* Takes the next item off *text, NULL at its end. False: there is none, or it is wrong. */
bool annotation_item(const char **text, uint32_t max, struct annotation_item *ret);

/* The value of an annotation of ours by its name without prefix, or NULL. */
const struct label *annotation_find(const struct label_list *l, const char *name);
/* What a Service's annotations say about forwarding. */
struct forwarding_words annotation_forwarding(const struct label_list *l);
/* The scheduler of a Service's virtual servers. */
const char *service_scheduler(const struct check *c, const struct service *s);

/* What the fields of a plain real server say about forwarding; validate-plain.c. */
struct forwarding_words plain_forwarding(const struct plain_server *s);

#endif
