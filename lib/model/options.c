/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options object: its defaults, its life, its copies, and what is read from it. */
#include "model/options.h"

#include <stdlib.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

static const struct svclb_options defaults = {
	.mode = SVCLB_MODE_AUTO,
	.scheduler = "rr",
	.masquerade_bit = 14,
	.random_fully = true,
	.detect_local = SVCLB_DETECT_CLUSTER_CIDR,
	.drain_sec = DRAIN_LINGER,
	.node_port_first = 30000,
	.node_port_last = 32767,
	.localhost_node_ports = true,
	.ipv4 = true,
	.ipv6 = true,
	.prefix = "KUBE-",
	.link_name = "kube-ipvs0",
	.netns_fd = -1,
	.timeout_ms = 60000,
	.lock_wait_ms = 5000,
	.lock_file = (char *)"/run/xtables.lock",
	.lock_dir = (char *)"/run/svclb",
	.limits =
		{
			[SVCLB_LIMIT_BYTES] = 256 * MIB,
			[SVCLB_LIMIT_DEPTH] = 64,
			[SVCLB_LIMIT_DOCUMENTS] = 200000,
			[SVCLB_LIMIT_OBJECTS] = 500000,
			[SVCLB_LIMIT_SCALAR] = MIB,
			[SVCLB_LIMIT_NODES] = 20000000,
			[SVCLB_LIMIT_PROBLEMS] = 1000,
			[SVCLB_LIMIT_SERVERS] = 4000000,
		},
};

/* 10.96.0.0/12 and fd00:10:96::/108 */
static const struct cidr default_service_cidrs[] = {
	{.ip = {.family = 4, .b = {10, 96}}, .plen = 12},
	{.ip = {.family = 6, .b = {0xfd, 0, 0, 0x10, 0, 0x96}}, .plen = 108},
};

const char *options_limit_hint(uint32_t limit)
{
#define RAISE(field, name) \
	"raise limits." field " of the SvclbConfiguration, in C SVCLB_LIMIT_" name
	static const char *const hints[SVCLB_LIMIT_MAX_] = {
		[SVCLB_LIMIT_BYTES] = RAISE("bytes", "BYTES"),
		[SVCLB_LIMIT_DEPTH] = RAISE("depth", "DEPTH"),
		[SVCLB_LIMIT_DOCUMENTS] = RAISE("documents", "DOCUMENTS"),
		[SVCLB_LIMIT_OBJECTS] = RAISE("objects", "OBJECTS"),
		[SVCLB_LIMIT_SCALAR] = RAISE("scalar", "SCALAR"),
		[SVCLB_LIMIT_NODES] = RAISE("nodes", "NODES"),
		[SVCLB_LIMIT_PROBLEMS] = RAISE("problems", "PROBLEMS"),
		[SVCLB_LIMIT_SERVERS] = RAISE("servers", "SERVERS"),
	};
#undef RAISE

	return hints[limit];
}

const char *options_family_hint(uint8_t family)
{
#define LEAVE_OUT(option, word)                                                  \
	"leave it out: --ip-families " option ", ipFamilies: [" word "] of the " \
	"SvclbConfiguration, in C svclb_options_set_families()"
	return family == 6 ? LEAVE_OUT("ipv4", "IPv4") : LEAVE_OUT("ipv6", "IPv6");
#undef LEAVE_OUT
}

const struct svclb_options *options_defaults(void)
{
	return &defaults;
}

static void options_release(struct svclb_options *o)
{
	free(o->node_name);
	free(o->zone);
	free(o->detect_local_arg);
	free(o->lock_file);
	free(o->lock_dir);
	vec_free(&o->cluster_cidrs);
	vec_free(&o->node_port_cidrs);
	vec_free(&o->exclude_cidrs);
	vec_free(&o->service_cidrs);
	vec_free(&o->node_addresses);
	problems_free(&o->warnings);
	free(o);
}

static bool copy_text(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return *to || !from;
}

static bool copy_vec_(void **v, size_t *n, size_t *cap, const void *from, size_t count, size_t size)
{
	if (vec_reserve_(v, cap, count, size) < 0)
		return false;
	if (count)
		memcpy(*v, from, count * size);
	*n = count;
	return true;
}
#define copy_vec(to, from) \
	copy_vec_((void **)&(to)->v, &(to)->n, &(to)->cap, (from)->v, (from)->n, sizeof(*(to)->v))

static bool copy_owned(struct svclb_options *o, const struct svclb_options *from)
{
	return copy_text(&o->node_name, from->node_name) && copy_text(&o->zone, from->zone) &&
	       copy_text(&o->detect_local_arg, from->detect_local_arg) &&
	       copy_text(&o->lock_file, from->lock_file) &&
	       copy_text(&o->lock_dir, from->lock_dir) &&
	       copy_vec(&o->cluster_cidrs, &from->cluster_cidrs) &&
	       copy_vec(&o->node_port_cidrs, &from->node_port_cidrs) &&
	       copy_vec(&o->exclude_cidrs, &from->exclude_cidrs) &&
	       copy_vec(&o->service_cidrs, &from->service_cidrs) &&
	       copy_vec(&o->node_addresses, &from->node_addresses);
}

/* Empties what the copy must own itself. */
static void disown(struct svclb_options *o)
{
	static const struct problems no_problems;

	o->node_name = NULL;
	o->zone = NULL;
	o->detect_local_arg = NULL;
	o->lock_file = NULL;
	o->lock_dir = NULL;
	o->cluster_cidrs = (cidr_vec){0};
	o->node_port_cidrs = (cidr_vec){0};
	o->exclude_cidrs = (cidr_vec){0};
	o->service_cidrs = (cidr_vec){0};
	o->node_addresses = (node_address_vec){0};
	o->warnings = no_problems;
	/* what a context's say of its operation */
	o->deadline_ms = 0;
	atomic_init(&o->interrupted, false);
	o->interrupted_of = NULL;
	o->under_way = false;
	o->to_the_end = false;
}

struct svclb_options *options_copy(const struct svclb_options *opts)
{
	struct svclb_options *o = malloc(sizeof(*o));

	if (!o)
		return NULL;
	memcpy(o, opts, sizeof(*o));
	atomic_init(&o->refs, 1);
	disown(o);
	if (!copy_owned(o, opts)) {
		options_release(o);
		return NULL;
	}
	return o;
}

int svclb_options_new(struct svclb_options **ret, struct svclb_error **reterr)
{
	struct svclb_options *o;

	if (!ret)
		return err_set(reterr, SVCLB_EINVAL, "no place for the new options");
	o = options_copy(&defaults);
	if (!o)
		return err_nomem(reterr);
	*ret = o;
	return 0;
}

struct svclb_options *svclb_options_ref(struct svclb_options *opts)
{
	if (opts)
		atomic_fetch_add(&opts->refs, 1);
	return opts;
}

struct svclb_options *svclb_options_unref(struct svclb_options *opts)
{
	if (opts && atomic_fetch_sub(&opts->refs, 1) == 1)
		options_release(opts);
	return NULL;
}

const struct svclb_error *svclb_options_get_warnings(const struct svclb_options *opts)
{
	return opts ? opts->warnings.first : NULL;
}

uint32_t svclb_options_get_mode(const struct svclb_options *opts)
{
	return opts ? opts->mode : SVCLB_MODE_AUTO;
}

const char *svclb_options_get_node_name(const struct svclb_options *opts)
{
	return opts ? opts->node_name : NULL;
}

size_t svclb_options_count_node_addresses(const struct svclb_options *opts)
{
	return opts ? opts->node_addresses.n : 0;
}

uint64_t svclb_options_get_limit(const struct svclb_options *opts, uint32_t limit)
{
	return limit < SVCLB_LIMIT_MAX_ ? (opts ? opts : &defaults)->limits[limit] : 0;
}

const struct cidr *options_cidr_of(const cidr_vec *v, uint8_t family)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->v[i].ip.family == family)
			return &v->v[i];
	}
	return NULL;
}

const struct cidr *options_service_cidr(const struct svclb_options *opts, uint8_t family,
					struct cidr *storage)
{
	const struct cidr *found = NULL;

	if (opts->service_cidrs.n)
		found = options_cidr_of(&opts->service_cidrs, family);
	else if (family == 4 || family == 6)
		found = &default_service_cidrs[family == 6];
	if (!found)
		return NULL;
	*storage = *found;
	return storage;
}
