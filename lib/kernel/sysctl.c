/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sysctl backend: kernel settings below /proc/sys, in the namespace. */
#include "kernel/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state/sysctls.h"

#define ROOT "/proc/sys/"

/* An access to one setting; done inside the namespace, which decides what the path names. */
struct access {
	const struct backend *b;
	const char *key;
	const char *write; /* value to write; NULL: read */
	char *value;	   /* SYSCTL_VALUE_MAX bytes to read into */
};

static struct svclb_error *access_error(const struct access *a, int e)
{
	const char *operation = a->write ? "set sysctl" : "read sysctl";

	if (e == ENOENT)
		return backend_error(a->b, SVCLB_EUNSUPPORTED, e, operation, a->key, NULL, 0,
				     "the module it belongs to may not be loaded",
				     "the kernel has no setting %s", a->key);
	if (e == EROFS)
		return backend_error(a->b, SVCLB_EPERM, e, operation, a->key, NULL, 0,
				     "/proc/sys must be writable, or the value be set beforehand",
				     "/proc/sys is mounted read-only");
	if (e == EBADMSG)
		return backend_error(a->b, SVCLB_EKERNEL, e, operation, a->key, NULL, 0, NULL,
				     "the value is not one short line of text");
	return backend_error(a->b, SVCLB_EKERNEL, e, operation, a->key, NULL, 0, NULL, "%s",
			     a->write ? "cannot set it" : "cannot read it");
}

/* Dotted key to path. Keys are our own, but a saved plan may bring any. */
static bool key_path(const char *key, char *path, size_t size)
{
	size_t n = strlen(key);

	if (!n || n + sizeof(ROOT) > size || strstr(key, "..") || strchr(key, '/'))
		return false;
	memcpy(path, ROOT, sizeof(ROOT) - 1);
	memcpy(path + sizeof(ROOT) - 1, key, n + 1);
	for (char *s = path + sizeof(ROOT) - 1; *s; s++)
		if (*s == '.')
			*s = '/';
	return true;
}

/* A value that was cut off could pass for another one, and plans show values as they are. */
bool sysctl_value(const char *bytes, size_t n, char ret[SYSCTL_VALUE_MAX])
{
	if (n && bytes[n - 1] == '\n')
		n--;
	if (!n || n >= SYSCTL_VALUE_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (bytes[i] < ' ' || bytes[i] > '~')
			return false;
	memcpy(ret, bytes, n);
	ret[n] = '\0';
	return true;
}

static int do_access(int fd, const struct access *a)
{
	char bytes[SYSCTL_VALUE_MAX]; /* full, it is too long, or the line's end is the last byte */
	ssize_t n;

	if (a->write)
		return write(fd, a->write, strlen(a->write)) < 0 ? errno : 0;
	n = read(fd, bytes, sizeof(bytes));
	if (n < 0)
		return errno;
	return sysctl_value(bytes, (size_t)n, a->value) ? 0 : EBADMSG;
}

static int access_here(void *data, struct svclb_error **reterr)
{
	const struct access *a = data;
	char path[sizeof(ROOT) + SYSCTL_KEY_MAX];
	int fd;
	int e;

	if (!key_path(a->key, path, sizeof(path)))
		return err_give(reterr, access_error(a, ENOENT));
	fd = open(path, (a->write ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return err_give(reterr, access_error(a, errno));
	e = do_access(fd, a);
	close(fd);
	return e ? err_give(reterr, access_error(a, e)) : 0;
}

/* All wanted settings, in one visit to the namespace. */
struct visit {
	struct backend *b;
	const struct svclb_state *want; /* NULL: every setting we ever make, where it exists */
	struct svclb_state *ret;	/* read: values go here */
	struct problems *missing;	/* probe: what is missing goes here */
};

/* One setting: what is missing is recorded where there is a list, and passed over without one. */
static int visit_key(const struct visit *v, const char *key, struct svclb_error **reterr)
{
	char value[SYSCTL_VALUE_MAX];
	struct svclb_error *err = NULL;
	struct access a = {.b = v->b, .key = key, .value = value};
	int rc = access_here(&a, &err);

	if (rc == -SVCLB_EUNSUPPORTED && v->missing) {
		problems_add(v->missing, err);
		return 0;
	}
	if (rc == -SVCLB_EUNSUPPORTED && !v->want) {
		svclb_error_unref(err);
		return 0;
	}
	if (rc)
		return err_give(reterr, err);
	if (v->ret && state_add_sysctl(v->ret, key, value) < 0)
		return err_nomem(reterr);
	return 0;
}

static int visit_here(void *data, struct svclb_error **reterr)
{
	const struct visit *v = data;
	size_t n = v->want ? v->want->sysctls.n : SYSCTL_COUNT;
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = visit_key(v, v->want ? v->want->sysctls.v[i].key : sysctl_table[i].key,
			       reterr);
	return rc;
}

static int visit_localnet(void *data, struct svclb_error **reterr)
{
	struct visit v = *(struct visit *)data;

	v.want = NULL; /* where it exists */
	return visit_key(&v, SYSCTL_ROUTE_LOCALNET, reterr);
}

bool sysctl_is_on(struct backend *b, const char *key)
{
	char value[SYSCTL_VALUE_MAX];
	struct access a = {.b = b, .key = key, .value = value};

	return !netns_call(b->ns, access_here, &a, NULL) && strcmp(value, "0");
}

static int sysctl_probe(struct backend *b, const struct svclb_state *want, struct problems *missing,
			struct svclb_error **reterr)
{
	struct visit v = {.b = b, .want = want, .missing = missing};

	return want && want->sysctls.n ? netns_call(b->ns, visit_here, &v, reterr) : 0;
}

static int sysctl_read(struct backend *b, const struct svclb_state *want, struct svclb_state *ret,
		       struct svclb_error **reterr)
{
	struct visit v = {.b = b, .want = want, .ret = ret};
	int rc = netns_call(b->ns, visit_here, &v, reterr);

	/* it may have to be taken back by who does not want it; what is read twice is merged */
	return rc || !want ? rc : netns_call(b->ns, visit_localnet, &v, reterr);
}

struct run_visit {
	struct backend *b;
	const struct backend_run *run;
	struct problems *bad;
};

/* Without a new image there is nothing to set: what the setting was before is not known. */
static int run_here(void *data, struct svclb_error **reterr)
{
	const struct run_visit *v = data;

	(void)reterr;
	for (size_t i = 0; i < v->run->n && (v->run->undo || !v->bad->first); i++) {
		struct step_view s = backend_step(v->run, i);
		struct svclb_error *err = NULL;
		struct access a = {.b = v->b};

		if (s.after != STEP_NONE) {
			a.key = s.to->sysctls.v[s.after].key;
			a.write = s.to->sysctls.v[s.after].value;
		}
		if (a.key && access_here(&a, &err))
			problems_add(v->bad, err);
		else
			*v->run->done[i] = backend_fate(v->run);
	}
	return 0;
}

static int sysctl_run(struct backend *b, const struct backend_run *run, struct svclb_error **reterr)
{
	struct problems bad = {.limit = b->opts->limits[SVCLB_LIMIT_PROBLEMS]};
	struct run_visit v = {.b = b, .run = run, .bad = &bad};
	int rc = netns_call(b->ns, run_here, &v, reterr);

	return rc ? rc : problems_give(&bad, reterr);
}

static void sysctl_free(struct backend *b)
{
	free(b);
}

static const struct backend_ops sysctl_ops = {
	.subsystem = "sysctl",
	.probe = sysctl_probe,
	.read = sysctl_read,
	.run = sysctl_run,
	.free = sysctl_free,
};

int sysctl_backend_new(const struct svclb_options *opts, struct netns *ns, struct backend **ret,
		       struct svclb_error **reterr)
{
	struct backend *b = calloc(1, sizeof(*b));

	if (!b)
		return err_nomem(reterr);
	*b = (struct backend){.ops = &sysctl_ops, .opts = opts, .ns = ns};
	*ret = b;
	return 0;
}
