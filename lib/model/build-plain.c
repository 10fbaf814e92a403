/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building plain virtual servers and their real servers call by call. */
#include <stdlib.h>
#include <string.h>

#include "model/build.h"
#include "model/copy.h"
#include "model/fields.h"

int svclb_plain_new(const char *name, struct svclb_plain **ret, struct svclb_error **reterr)
{
	struct svclb_plain *p;

	if (!name || !*name || !ret)
		return err_set(reterr, SVCLB_EINVAL, "a virtual server needs a name");
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_nomem(reterr);
	if (build_text(&p->arena, &p->plain.meta.name, name)) {
		svclb_plain_unref(p);
		return err_nomem(reterr);
	}
	*ret = p;
	return 0;
}

struct svclb_plain *svclb_plain_unref(struct svclb_plain *plain)
{
	if (plain)
		arena_free(&plain->arena);
	free(plain);
	return NULL;
}

int svclb_plain_set_address(struct svclb_plain *plain, const char *addr, const char *protocol,
			    uint32_t port)
{
	int r = plain ? build_text(&plain->arena, &plain->plain.address, addr) : -SVCLB_EINVAL;

	if (!r && protocol)
		r = build_text(&plain->arena, &plain->plain.protocol, protocol);
	if (!r)
		plain->plain.port = (struct fint){.v = port, .given = true};
	return r;
}

int svclb_plain_set_mark(struct svclb_plain *plain, uint32_t mark, const char *family)
{
	if (!plain)
		return -SVCLB_EINVAL;
	plain->plain.mark = (struct fint){.v = mark, .given = true};
	return family ? build_text(&plain->arena, &plain->plain.family, family) : 0;
}

static int set_truth(struct fbool *field, int on)
{
	if (!field || (on != 0 && on != 1))
		return -SVCLB_EINVAL;
	field->v = on ? TRI_TRUE : TRI_FALSE;
	return 0;
}

int svclb_plain_set_bind(struct svclb_plain *plain, int on)
{
	return set_truth(plain ? &plain->plain.bind : NULL, on);
}

int svclb_plain_set_one_packet(struct svclb_plain *plain, int on)
{
	return set_truth(plain ? &plain->plain.one_packet : NULL, on);
}

/* "a,b" into a list. */
static int add_flags(struct svclb_plain *plain, const char *flags)
{
	for (const char *p = flags; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");
		struct ftext *slot =
			list_push(&plain->arena, plain->plain.scheduler_flags.v,
				  plain->plain.scheduler_flags.n, plain->plain.scheduler_flags.cap);

		if (!slot)
			return -SVCLB_ENOMEM;
		*slot = (struct ftext){.s = arena_strndup(&plain->arena, p, n)};
		if (!slot->s) {
			plain->plain.scheduler_flags.n--;
			return -SVCLB_ENOMEM;
		}
		p += n;
	}
	return 0;
}

int svclb_plain_set_scheduler(struct svclb_plain *plain, const char *name, const char *flags)
{
	int r = plain ? build_text(&plain->arena, &plain->plain.scheduler, name) : -SVCLB_EINVAL;

	if (r)
		return r;
	plain->plain.scheduler_flags.n = 0;
	return flags ? add_flags(plain, flags) : 0;
}

int svclb_plain_set_persistence(struct svclb_plain *plain, uint32_t timeout_sec, uint32_t prefix)
{
	struct plain *p;

	if (!plain)
		return -SVCLB_EINVAL;
	p = &plain->plain;
	p->persistence_given = true;
	p->persistence_timeout = (struct fint){.v = timeout_sec, .given = timeout_sec != 0};
	p->persistence_prefix = (struct fint){.v = prefix, .given = prefix != 0};
	return 0;
}

int svclb_plain_add_server(struct svclb_plain *plain, const struct svclb_plain_server *server)
{
	struct plain_server *slot;
	struct plain_server copy;
	struct copier c;

	if (!plain || !server)
		return -SVCLB_EINVAL;
	c = (struct copier){.arena = &plain->arena};
	copy = server->server;
	copy_plain_server(&c, &copy);
	slot = c.failed ? NULL
			: list_push(&plain->arena, plain->plain.servers, plain->plain.n_servers,
				    plain->plain.cap_servers);
	if (!slot)
		return -SVCLB_ENOMEM;
	*slot = copy;
	return 0;
}

int svclb_model_add_plain(struct svclb_model *model, const struct svclb_plain *plain,
			  struct svclb_error **reterr)
{
	struct svclb_object o = {.kind = SVCLB_KIND_VIRTUAL_SERVER};
	struct meta *copy;

	if (!model || !plain)
		return err_set(reterr, SVCLB_EINVAL, "a model and a virtual server are needed");
	o.meta = (struct meta *)&plain->plain.meta;
	copy = object_copy(&model->arena, &o);
	if (!copy)
		return err_nomem(reterr);
	return model_add(model, SVCLB_KIND_VIRTUAL_SERVER, copy, reterr);
}

int svclb_plain_server_new(const char *addr, uint32_t port, struct svclb_plain_server **ret,
			   struct svclb_error **reterr)
{
	struct svclb_plain_server *s;

	if (!addr || !*addr || !ret)
		return err_set(reterr, SVCLB_EINVAL, "a real server needs an address");
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_nomem(reterr);
	if (build_text(&s->arena, &s->server.address, addr)) {
		svclb_plain_server_unref(s);
		return err_nomem(reterr);
	}
	s->server.port = (struct fint){.v = port, .given = port != 0};
	*ret = s;
	return 0;
}

struct svclb_plain_server *svclb_plain_server_unref(struct svclb_plain_server *server)
{
	if (server)
		arena_free(&server->arena);
	free(server);
	return NULL;
}

int svclb_plain_server_set_weight(struct svclb_plain_server *server, uint32_t weight)
{
	if (!server)
		return -SVCLB_EINVAL;
	server->server.weight = (struct fint){.v = weight, .given = true};
	return 0;
}

int svclb_plain_server_set_thresholds(struct svclb_plain_server *server, uint32_t upper,
				      uint32_t lower)
{
	if (!server)
		return -SVCLB_EINVAL;
	server->server.upper_threshold = (struct fint){.v = upper, .given = true};
	server->server.lower_threshold = (struct fint){.v = lower, .given = true};
	return 0;
}

int svclb_plain_server_set_forwarding(struct svclb_plain_server *server, const char *method,
				      const char *tunnel_type, uint32_t tunnel_port,
				      const char *tunnel_checksum)
{
	struct plain_server *s;
	int r;

	if (!server)
		return -SVCLB_EINVAL;
	s = &server->server;
	r = build_text(&server->arena, &s->forwarding, method);
	if (!r && tunnel_type)
		r = build_text(&server->arena, &s->tunnel_type, tunnel_type);
	if (!r && tunnel_checksum)
		r = build_text(&server->arena, &s->tunnel_checksum, tunnel_checksum);
	if (!r)
		s->tunnel_port = (struct fint){.v = tunnel_port, .given = tunnel_port != 0};
	return r;
}
