/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forwarding methods, tunnels and flags of schedulers: their words, and what goes with what. */
#include "model/tuning.h"

#include <string.h>

#include "model/fields.h"

/* Places in these lists are the numbers of model.h. */
const char *const forwarding_method_words[] = {"masquerade", "direct", "tunnel", NULL};
const char *const tunnel_type_words[] = {"ipip", "gue", "gre", NULL};
const char *const tunnel_checksum_words[] = {"none", "full", "remote", NULL};

static const struct sched_flag {
	const char *name;
	const char *sched;
	uint8_t bits;
} sched_flags[] = {
	{"sh-fallback", "sh", 1 << 0},
	{"sh-port", "sh", 1 << 1},
	{"mh-fallback", "mh", 1 << 0},
	{"mh-port", "mh", 1 << 1},
};

static const char *const sched_flag_words[] = {"sh-fallback", "sh-port", "mh-fallback", "mh-port",
					       NULL};

int word_index(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++)
		if (word && !strcmp(words[i], word))
			return i;
	return -1;
}

bool decimal_parse(const char *s, size_t n, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint64_t v = 0;

	if (!n || n > 10 || (n > 1 && *s == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	if (v < min || v > max)
		return false;
	*ret = (uint32_t)v;
	return true;
}

bool drain_parse(const char *text, uint32_t *ret_sec)
{
	static const struct {
		const char *unit;
		uint32_t seconds;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}};
	size_t n = strspn(text, "0123456789");
	uint32_t v;

	if (!strcmp(text, "linger") || !strcmp(text, "cut")) {
		*ret_sec = *text == 'c' ? DRAIN_CUT : DRAIN_LINGER;
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + n, units[i].unit) ||
		    !decimal_parse(text, n, 0, DRAIN_MAX / units[i].seconds, &v))
			continue;
		*ret_sec = v * units[i].seconds;
		return true;
	}
	return false;
}

static const struct sched_flag *find_flag(const char *flag, size_t n)
{
	for (size_t i = 0; i < sizeof(sched_flags) / sizeof(sched_flags[0]); i++)
		if (strlen(sched_flags[i].name) == n && !strncmp(sched_flags[i].name, flag, n))
			return &sched_flags[i];
	return NULL;
}

uint8_t scheduler_flag_bits(const char *flag, size_t n)
{
	const struct sched_flag *f = find_flag(flag, n);

	return f ? f->bits : 0;
}

void validate_scheduler_flag(struct check *c, struct pos at, const char *flag, size_t n,
			     const char *sched)
{
	const struct sched_flag *f = find_flag(flag, n);
	const char *text;

	if (f && !strcmp(f->sched, sched))
		return;
	if (f) {
		check_report(c, at, "%s is a flag of the scheduler %s, the scheduler here is %s",
			     f->name, f->sched, sched);
		return;
	}
	text = arena_strndup(&c->scratch, flag, n);
	if (text)
		check_report(c, at, "%s is not one of %s", check_shown(c, text),
			     check_words(c, sched_flag_words));
	else
		c->given_up = true;
}

static bool word_known(struct check *c, const char *path, const struct ftext *t,
		       const char *const *words)
{
	if (!text_given(t) || word_index(words, t->s) >= 0)
		return true;
	check_at(c, FAULT_NOT_SUPPORTED, path, NULL);
	check_report(c, t->at, "%s is not one of %s", check_shown(c, t->s), check_words(c, words));
	return false;
}

static void needs_tunnel(struct check *c, const char *path, bool given, struct pos at)
{
	check_at(c, FAULT_FORBIDDEN, path, "set the forwarding method tunnel, or remove it");
	if (given)
		check_report(c, at, "only the forwarding method tunnel has it");
}

static void validate_tunnel(struct check *c, const struct forwarding_words *w)
{
	int type = word_index(tunnel_type_words, text_or(&w->tunnel_type, "ipip"));

	check_at(c, FAULT_REQUIRED, w->port_path, NULL);
	if (type == TUNNEL_GUE && !w->tunnel_port.given)
		check_report(c, pos_or(w->tunnel_type.at, w->method.at),
			     "a tunnel of type gue needs the port that the real servers listen on");
	check_at(c, FAULT_FORBIDDEN, w->port_path, NULL);
	if (type >= 0 && type != TUNNEL_GUE && w->tunnel_port.given)
		check_report(c, w->tunnel_port.at, "only a tunnel of type gue has a port");
	check_at(c, FAULT_INVALID, w->port_path, NULL);
	if (w->tunnel_port.given && (w->tunnel_port.v < 1 || w->tunnel_port.v > UINT16_MAX))
		check_report(c, w->tunnel_port.at, "%lld is not in 1-65535",
			     (long long)w->tunnel_port.v);
	check_at(c, FAULT_FORBIDDEN, w->checksum_path, NULL);
	if (type == TUNNEL_IPIP && text_given(&w->checksum))
		check_report(c, w->checksum.at, "a tunnel of type ipip has no checksum");
	if (type == TUNNEL_GRE && text_is(&w->checksum, "remote"))
		check_report(c, w->checksum.at, "only a tunnel of type gue has remote checksums");
}

void validate_forwarding(struct check *c, const struct forwarding_words *w)
{
	bool known = word_known(c, w->method_path, &w->method, forwarding_method_words);

	known &= word_known(c, w->type_path, &w->tunnel_type, tunnel_type_words);
	known &= word_known(c, w->checksum_path, &w->checksum, tunnel_checksum_words);
	if (!known)
		return;
	if (text_is(&w->method, "tunnel")) {
		validate_tunnel(c, w);
		return;
	}
	needs_tunnel(c, w->type_path, text_given(&w->tunnel_type), w->tunnel_type.at);
	needs_tunnel(c, w->port_path, w->tunnel_port.given, w->tunnel_port.at);
	needs_tunnel(c, w->checksum_path, text_given(&w->checksum), w->checksum.at);
}

struct forwarding forwarding_of(const struct forwarding_words *w)
{
	struct forwarding f = {0};

	if (text_given(&w->method))
		f.method = (uint8_t)word_index(forwarding_method_words, w->method.s);
	if (text_given(&w->tunnel_type))
		f.tunnel = (uint8_t)word_index(tunnel_type_words, w->tunnel_type.s);
	if (text_given(&w->checksum))
		f.checksum = (uint8_t)word_index(tunnel_checksum_words, w->checksum.s);
	f.port = (uint16_t)w->tunnel_port.v;
	return f;
}
