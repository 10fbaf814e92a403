/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which questions to the kernel find the tracked flows of an apply, and only few others. */
#include "kernel/conntrack.h"

#include "model/model.h"

/* The same, in two ways: what puts a key to a question, and what all keys put to it share. */
struct question {
	struct flow_key outline;
	struct flow_key common;
};

/* From narrow to wide. */
enum width {
	BY_ADDRESS, /* one for each virtual address and port, and for each real server's */
	BY_PORT,    /* one for each port, and for each real server's address */
	ALL,
	WIDTHS,
};

/* The kernel cannot be asked for an address of IPv6, so keys that differ in it share a question. */
static struct flow_key outline_of(const struct flow_key *key, enum width width)
{
	struct flow_key o = {.port = 0};
	bool addresses = key->vip.family == 4;

	if (width == ALL)
		return o;
	if (key->real.family) {
		if (addresses)
			o.real = key->real;
		if (width == BY_ADDRESS)
			o.real_port = key->real_port;
		return o;
	}
	if (addresses && width == BY_ADDRESS)
		o.vip = key->vip;
	o.port = key->port;
	return o;
}

static void keep_common(struct flow_key *c, const struct flow_key *key)
{
	if (ip_cmp(&c->vip, &key->vip))
		c->vip = (struct ipaddr){.family = 0};
	if (ip_cmp(&c->real, &key->real))
		c->real = (struct ipaddr){.family = 0};
	if (c->port != key->port)
		c->port = 0;
	if (c->real_port != key->real_port)
		c->real_port = 0;
}

/* Whether another key names all flows of this one of a real server. */
static bool covered(const struct flow_key *key, const struct flow_key *keys, size_t n)
{
	struct flow_key all = {.vip = key->vip, .port = key->port};

	return key->real.family && flow_among(&all, keys, n);
}

/* How many, or more than the limit: too many. */
static size_t ask(const struct flow_key *keys, size_t n, enum width width, struct question *q)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		struct flow_key outline = outline_of(&keys[i], width);
		size_t k = 0;

		if (covered(&keys[i], keys, n))
			continue;
		while (k < count && flow_key_cmp(&q[k].outline, &outline))
			k++;
		if (k < count)
			keep_common(&q[k].common, &keys[i]);
		else if (count == CT_QUESTIONS_MAX)
			return count + 1;
		else
			q[count++] = (struct question){outline, keys[i]};
	}
	return count;
}

size_t conntrack_questions(const struct flow_key *keys, size_t n,
			   struct flow_key ret[CT_QUESTIONS_MAX])
{
	struct question q[CT_QUESTIONS_MAX];
	size_t count = CT_QUESTIONS_MAX + 1;

	for (int width = BY_ADDRESS; width < WIDTHS && count > CT_QUESTIONS_MAX; width++)
		count = ask(keys, n, (enum width)width, q);
	for (size_t i = 0; i < count; i++) {
		ret[i] = q[i].common;
		/* all addresses of the node's, which the kernel takes for that one */
		if (ip_is_unspecified(&ret[i].vip))
			ret[i].vip.family = 0;
	}
	return count;
}

bool conntrack_answers(const struct flow_key *flow, const struct flow_key *question)
{
	bool addresses = flow->vip.family == 4;

	return !((question->port && question->port != flow->port) ||
		 (question->real_port && question->real_port != flow->real_port) ||
		 (addresses && question->vip.family && ip_cmp(&question->vip, &flow->vip)) ||
		 (addresses && question->real.family && ip_cmp(&question->real, &flow->real)));
}
