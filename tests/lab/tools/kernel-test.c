/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Drives the real kernel's backends without the stages above them: builds states, carries plans
 * out forwards and backwards in a namespace of its own, makes steps fail, and reads back each time.
 * With an argument N: also measures N set entries and N / 10 virtual servers of 10 real servers.
 * With a second one: runs it as a shell command inside while the first state is there.
 * Prints "ok NAME" or "not ok NAME" for each check; the exit code says whether all were ok.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svclb/svclb.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/kernel.h"
#include "model/model.h"
#include "plan/plan.h"
#include "state/names.h"

static int failures;
static bool have_ipvs = true;
static bool have_dummy = true;

static void check(const char *name, bool good, struct svclb_error *err)
{
	char *text = NULL;

	printf("%s %s\n", good ? "ok" : "not ok", name);
	if (!good && err && !svclb_error_to_text(err, &text))
		printf("%s\n", text);
	svclb_text_free(text);
	if (!good)
		failures++;
}

static void die(const char *what)
{
	printf("not ok %s\n", what);
	exit(1);
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* ---- states ---- */

static struct ipaddr ip(const char *text)
{
	struct ipaddr a;

	if (!ip_parse(text, &a, NULL))
		die(text);
	return a;
}

static int64_t add_vs(struct svclb_state *st, const char *addr, uint16_t port, uint8_t proto,
		      const char *sched, uint32_t persistence)
{
	struct vserver vs = {
		.key = {.ip = ip(addr), .port = port, .proto = proto},
		.flags = persistence ? VS_PERSISTENT : 0,
		.timeout_sec = persistence,
	};

	vs.key.family = vs.key.ip.family;
	vs.netmask = ip_bits(&vs.key.ip);
	(void)snprintf(vs.sched, sizeof(vs.sched), "%s", sched);
	return state_add_vserver(st, &vs);
}

static void add_rs(struct svclb_state *st, int64_t vs, const char *addr, uint16_t port,
		   uint32_t weight)
{
	struct rserver rs = {.vs = (uint32_t)vs, .ip = ip(addr), .port = port, .weight = weight};

	state_add_rserver(st, &rs);
}

static int64_t add_set(struct svclb_state *st, enum set_id id, uint8_t family, uint32_t maxelem)
{
	struct ipset set = {
		.type = set_table[id].type,
		.family = set_table[id].type == SET_BITMAP_PORT ? 0 : family,
		.hashsize = set_table[id].type == SET_BITMAP_PORT ? 0 : 1024,
		.maxelem = set_table[id].type == SET_BITMAP_PORT ? 0 : maxelem,
	};

	set_full_name(st->prefix, id, family, set.name);
	return state_add_set(st, &set);
}

static void add_entry(struct svclb_state *st, int64_t set, const char *addr, uint8_t proto,
		      uint16_t port, const char *addr2, uint8_t plen2)
{
	struct set_entry e = {.set = (uint32_t)set, .proto = proto, .port = port, .plen2 = plen2};

	if (addr)
		e.ip = ip(addr);
	if (addr2)
		e.ip2 = ip(addr2);
	state_add_entry(st, &e);
}

static void add_addr(struct svclb_state *st, const char *addr)
{
	struct link_addr a = {.ip = ip(addr)};

	if (have_dummy)
		state_add_addr(st, &a);
}

static struct svclb_state *sealed(struct svclb_state *st)
{
	struct svclb_error *err = NULL;

	for (size_t i = 0; i < st->vservers.n; i++)
		st->vservers.v[i].ours = true;
	if (state_seal(st, &err))
		check("seal", false, err);
	return st;
}

static void first_ipvs(struct svclb_state *st)
{
	int64_t vs = add_vs(st, "10.96.0.1", 443, PROTO_TCP, "rr", 0);

	add_rs(st, vs, "10.1.1.1", 6443, 1);
	add_rs(st, vs, "10.1.1.2", 6443, 2);
	vs = add_vs(st, "10.96.0.10", 53, PROTO_UDP, "wrr", 10800);
	add_rs(st, vs, "10.1.2.1", 53, 1);
	vs = add_vs(st, "fd00:96::1", 443, PROTO_TCP, "sh", 300);
	add_rs(st, vs, "fd00:1::1", 6443, 1);
	add_vs(st, "10.96.0.11", 80, PROTO_SCTP, "lc", 0);
}

static struct svclb_state *first_state(const struct svclb_options *opts)
{
	struct svclb_state *st = state_new(opts);
	int64_t set;

	if (have_ipvs)
		first_ipvs(st);
	set = add_set(st, SET_CLUSTER_IP, 4, 64);
	add_entry(st, set, "10.96.0.1", PROTO_TCP, 443, NULL, 0);
	add_entry(st, set, "10.96.0.10", PROTO_UDP, 53, NULL, 0);
	set = add_set(st, SET_CLUSTER_IP, 6, 64);
	add_entry(st, set, "fd00:96::1", PROTO_TCP, 443, NULL, 0);
	set = add_set(st, SET_LOOP_BACK, 4, 64);
	add_entry(st, set, "10.1.1.1", PROTO_TCP, 6443, "10.1.1.1", 0);
	set = add_set(st, SET_LOAD_BALANCER_SOURCE_CIDR, 4, 64);
	add_entry(st, set, "10.96.0.1", PROTO_TCP, 443, "192.0.2.0", 24);
	add_entry(st, set, "10.96.0.1", PROTO_TCP, 443, "198.51.100.7", 32);
	set = add_set(st, SET_LOAD_BALANCER_SOURCE_CIDR, 6, 64);
	add_entry(st, set, "fd00:96::1", PROTO_TCP, 443, "2001:db8::", 32);
	set = add_set(st, SET_NODE_PORT_TCP, 4, 0);
	add_entry(st, set, NULL, 0, 30080, NULL, 0);
	set = add_set(st, SET_IPVS_IPS, 4, 64);
	add_entry(st, set, "10.96.0.1", 0, 0, NULL, 0);
	state_add_sysctl(st, "net.ipv4.ip_forward", "1");
	if (have_ipvs)
		state_add_sysctl(st, "net.ipv4.vs.conntrack", "1");
	st->link = have_dummy;
	add_addr(st, "10.96.0.1");
	add_addr(st, "10.96.0.10");
	add_addr(st, "fd00:96::1");
	return sealed(st);
}

static void second_ipvs(struct svclb_state *st)
{
	int64_t vs = add_vs(st, "10.96.0.1", 443, PROTO_TCP, "wlc", 0);
	char addr[32];

	add_rs(st, vs, "10.1.1.1", 6443, 0);
	add_rs(st, vs, "10.1.1.3", 6443, 5);
	vs = add_vs(st, "fd00:96::1", 443, PROTO_TCP, "sh", 0);
	add_rs(st, vs, "fd00:1::1", 6443, 1);
	add_rs(st, vs, "fd00:1::2", 6443, 1);
	vs = add_vs(st, "10.96.0.20", 80, PROTO_TCP, "rr", 0);
	for (int i = 0; i < 700; i++) { /* more than one pack */
		(void)snprintf(addr, sizeof(addr), "10.2.%d.%d", i / 250, i % 250 + 1);
		add_rs(st, vs, addr, 8080, 1);
	}
}

static struct svclb_state *second_state(const struct svclb_options *opts)
{
	struct svclb_state *st = state_new(opts);
	char addr[32];
	int64_t set;

	if (have_ipvs)
		second_ipvs(st);
	set = add_set(st, SET_CLUSTER_IP, 4, 4096); /* grown under its members */
	add_entry(st, set, "10.96.0.1", PROTO_TCP, 443, NULL, 0);
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(addr, sizeof(addr), "10.97.%d.%d", i / 250, i % 250 + 1);
		add_entry(st, set, addr, PROTO_TCP, 80, NULL, 0);
	}
	set = add_set(st, SET_CLUSTER_IP, 6, 64);
	add_entry(st, set, "fd00:96::1", PROTO_TCP, 443, NULL, 0);
	add_entry(st, set, "fd00:96::2", PROTO_SCTP, 443, NULL, 0);
	add_set(st, SET_LOOP_BACK, 4, 64);
	set = add_set(st, SET_LOOP_BACK, 6, 64);
	add_entry(st, set, "fd00:1::1", PROTO_TCP, 6443, "fd00:1::1", 0);
	set = add_set(st, SET_NODE_PORT_TCP, 4, 0);
	add_entry(st, set, NULL, 0, 30081, NULL, 0);
	add_entry(st, set, NULL, 0, 65535, NULL, 0);
	set = add_set(st, SET_NODE_PORT_TCP, 6, 0);
	add_entry(st, set, NULL, 0, 30081, NULL, 0);
	set = add_set(st, SET_IPVS_IPS, 6, 64);
	add_entry(st, set, "fd00:96::1", 0, 0, NULL, 0);
	state_add_sysctl(st, "net.ipv4.ip_forward", "0");
	st->link = have_dummy;
	add_addr(st, "10.96.0.1");
	add_addr(st, "fd00:96::1");
	for (int i = 0; i < 600; i++) {
		(void)snprintf(addr, sizeof(addr), "10.97.%d.%d", i / 250, i % 250 + 1);
		add_addr(st, addr);
	}
	return sealed(st);
}

/* ---- running ---- */

static struct svclb_state *read_back(struct kernel *k, const struct svclb_state *want)
{
	struct svclb_state *st = state_new(k->opts);
	struct svclb_error *err = NULL;

	if (k->ops->read(k, want, st, &err)) {
		check("read", false, err);
		exit(1);
	}
	st->timeouts_given = false;
	return sealed(st);
}

static struct svclb_plan *diff(struct svclb_state *a, struct svclb_state *b)
{
	struct svclb_plan *p = NULL;
	struct svclb_error *err = NULL;

	if (svclb_diff(a, b, 1, &p, &err)) {
		check("diff", false, err);
		exit(1);
	}
	return p;
}

static void check_kernel(struct kernel *k, const char *name, struct svclb_state *want)
{
	struct svclb_state *now = read_back(k, want);
	struct svclb_plan *p = diff(now, want);
	char *text = NULL;

	check(name, svclb_plan_count(p) == 0, NULL);
	if (svclb_plan_count(p) && !svclb_plan_to_text(p, &text, NULL))
		printf("%.2000s\n", text);
	svclb_text_free(text);
	svclb_plan_unref(p);
	svclb_state_unref(now);
}

static int run(struct kernel *k, struct svclb_plan *p, bool undo, enum fate *done,
	       struct svclb_error **err)
{
	double start = now_ms();
	int rc = k->ops->run(k, p, 0, p->steps.n, undo, done, err);

	printf("# %s %zu steps: %.1f ms\n", undo ? "undo" : "run", p->steps.n, now_ms() - start);
	return rc;
}

static size_t count_done(const struct svclb_plan *p, const enum fate *done)
{
	size_t n = 0;

	for (size_t i = 0; i < p->steps.n; i++)
		n += done[i] == FATE_DONE;
	return n;
}

/* There and, when asked, back. */
static void transit(struct kernel *k, const char *name, struct svclb_state *from,
		    struct svclb_state *to, bool back)
{
	struct svclb_plan *p = diff(from, to);
	enum fate *done = calloc(p->steps.n + 1, sizeof(*done));
	struct svclb_error *err = NULL;
	int rc = run(k, p, false, done, &err);

	check(name, !rc && count_done(p, done) == p->steps.n, err);
	check_kernel(k, "  it is there", to);
	if (back) {
		err = svclb_error_unref(err);
		rc = run(k, p, true, done, &err);
		check("  undo", !rc && !count_done(p, done), err);
		check_kernel(k, "  it is back", from);
	}
	svclb_error_unref(err);
	svclb_plan_unref(p);
	free(done);
}

/* A plan that fails somewhere: what took effect is undone exactly. */
static void stumble(struct kernel *k, const char *name, struct svclb_state *from,
		    struct svclb_state *to, const char *words)
{
	struct svclb_plan *p = diff(from, to);
	enum fate *done = calloc(p->steps.n + 1, sizeof(*done));
	struct svclb_error *err = NULL;
	char *text = NULL;
	int rc = run(k, p, false, done, &err);

	(void)svclb_error_to_text(err, &text);
	check(name, rc < 0 && text && strstr(text, words), err);
	printf("# %zu of %zu done, then: %.300s\n", count_done(p, done), p->steps.n,
	       text ? text : "");
	svclb_text_free(text);
	err = svclb_error_unref(err);
	rc = run(k, p, true, done, &err);
	check("  undo", !rc && !count_done(p, done), err);
	svclb_error_unref(err);
	check_kernel(k, "  it is back", from);
	svclb_plan_unref(p);
	free(done);
}

/* A set that cannot hold what is to be put in. */
static void full_set(struct kernel *k, struct svclb_state *from)
{
	struct svclb_state *to = state_new(k->opts);
	int64_t set = add_set(to, SET_EXTERNAL_IP, 4, 300);
	char addr[32];

	for (int i = 0; i < 500; i++) {
		(void)snprintf(addr, sizeof(addr), "10.98.%d.%d", i / 250, i % 250 + 1);
		add_entry(to, set, addr, PROTO_TCP, 80, NULL, 0);
	}
	stumble(k, "a set runs full", from, sealed(to), "the set is full");
	svclb_state_unref(to);
}

static void no_scheduler(struct kernel *k, struct svclb_state *from)
{
	struct svclb_state *to = state_new(k->opts);
	int64_t vs = add_vs(to, "10.96.7.7", 80, PROTO_TCP, "rr", 0);

	add_rs(to, vs, "10.9.9.9", 80, 1);
	vs = add_vs(to, "10.96.7.8", 80, PROTO_TCP, "nosuch", 0);
	add_rs(to, vs, "10.9.9.9", 80, 1);
	vs = add_vs(to, "10.96.7.9", 80, PROTO_TCP, "rr", 0);
	add_rs(to, vs, "10.9.9.9", 80, 1);
	stumble(k, "a scheduler is unknown", from, sealed(to), "no scheduler nosuch");
	svclb_state_unref(to);
}

static void probe(struct kernel *k, struct svclb_state *want)
{
	struct svclb_error *err = NULL;
	char *text = NULL;
	double start = now_ms();
	int rc = k->ops->probe(k, want, &err);

	printf("# probe %.1f ms\n", now_ms() - start);
	if (rc && !svclb_error_to_text(err, &text))
		printf("%s", text);
	if (rc && text) {
		have_ipvs = have_ipvs && !strstr(text, "no IPVS");
		have_dummy = have_dummy && !strstr(text, "no dummy");
	}
	svclb_text_free(text);
	svclb_error_unref(err);
}

static void probe_scheduler(struct kernel *k)
{
	struct svclb_state *st = state_new(k->opts);
	struct svclb_error *err = NULL;
	char *text = NULL;

	add_vs(st, "10.96.7.8", 80, PROTO_TCP, "mh", 0);
	add_vs(st, "10.96.7.9", 80, PROTO_TCP, "nosuch", 0);
	sealed(st);
	check("probe names a missing scheduler",
	      k->ops->probe(k, st, &err) == -SVCLB_EUNSUPPORTED &&
		      !svclb_error_to_text(err, &text) && strstr(text, "ip_vs_nosuch") &&
		      !strstr(text, "mh"),
	      err);
	svclb_text_free(text);
	svclb_error_unref(err);
	svclb_state_unref(st);
}

static void measure(struct kernel *k, struct svclb_state *from, int n)
{
	struct svclb_state *to = state_new(k->opts);
	int64_t set = add_set(to, SET_EXTERNAL_IP, 4, 1u << 20);
	char addr[32];

	for (int i = 0; i < n; i++) {
		(void)snprintf(addr, sizeof(addr), "10.%d.%d.%d", 100 + i / 62500, i / 250 % 250,
			       i % 250 + 1);
		add_entry(to, set, addr, PROTO_TCP, 80, NULL, 0);
	}
	for (int i = 0; have_ipvs && i < n / 10; i++) {
		int64_t vs;

		(void)snprintf(addr, sizeof(addr), "10.%d.%d.%d", 100 + i / 62500, i / 250 % 250,
			       i % 250 + 1);
		vs = add_vs(to, addr, 80, PROTO_TCP, "rr", 0);
		for (int j = 0; j < 10; j++) {
			(void)snprintf(addr, sizeof(addr), "10.1.1.%d", j + 1);
			add_rs(to, vs, addr, 80, 1);
		}
	}
	sealed(to);
	transit(k, "many", from, to, true);
	svclb_state_unref(to);
}

/* A descriptor of a fresh namespace, while this process stays where it is. */
static int fresh_namespace(void)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int fd;

	if (here < 0 || unshare(CLONE_NEWNET))
		die("make a network namespace");
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	/* without any address the kernel takes none for one of a unicast real server */
	if (system("ip link set lo up"))
		die("set the loopback device up");
	if (fd < 0 || setns(here, CLONE_NEWNET))
		die("come back from the network namespace");
	close(here);
	return fd;
}

static void locks(struct kernel *k, struct svclb_options *opts)
{
	struct kernel *other = NULL;
	struct svclb_error *err = NULL;

	if (kernel_real_new(opts, &other, &err))
		die("second kernel");
	check("lock", !k->ops->lock(k, &err), err);
	check("  second one waits in vain", other->ops->lock(other, &err) == -SVCLB_EBUSY, err);
	err = svclb_error_unref(err);
	k->ops->unlock(k);
	check("  then gets it", !other->ops->lock(other, &err), err);
	other->ops->free(other);
}

static void addresses(struct kernel *k)
{
	node_address_vec v = {0};
	struct svclb_error *err = NULL;
	bool ours = false;

	check("addresses", !k->ops->addresses(k, &v, &err), err);
	for (size_t i = 0; i < v.n; i++)
		ours = ours || !strcmp(v.v[i].ifname, k->opts->link_name);
	check("  not those of our link", !ours, NULL);
	printf("# %zu addresses\n", v.n);
	vec_free(&v);
	svclb_error_unref(err);
}

static void look(int fd, const char *command)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(setns(fd, CLONE_NEWNET) || system(command) ? 1 : 0);
	(void)waitpid(pid, NULL, 0);
}

/* What somebody left who was killed while a set was being replaced. */
static void left_behind(struct kernel *k, struct svclb_state *at)
{
	struct svclb_state *now;

	look(k->opts->netns_fd, "ipset create KUBE-TMP-01234abc hash:ip && "
				"ipset add KUBE-TMP-01234abc 192.0.2.1");
	now = read_back(k, at);
	transit(k, "a temporary set left behind goes", now, at, false);
	svclb_state_unref(now);
}

/* A set that somebody is listing is not replaced before that one has finished. */
static void listed(struct kernel *k, struct svclb_state *from, const char *seconds)
{
	struct svclb_state *to = second_state(k->opts);
	char command[200];
	char name[SET_NAME_MAX];
	bool shortly = seconds[0] == '0';

	set_full_name(to->prefix, SET_CLUSTER_IP, 4, name);
	for (size_t i = 0; i < to->sets.n; i++)
		if (!strcmp(to->sets.v[i].name, name))
			to->sets.v[i].maxelem = 8192;
	(void)snprintf(command, sizeof(command),
		       "mkfifo held && (timeout %s set-holder %s >held 2>&1 &) && "
		       "read -r word <held; rm held",
		       seconds, name);
	look(k->opts->netns_fd, command);
	if (shortly)
		transit(k, "a set is being listed for a moment", from, to, true);
	else
		stumble(k, "a set is being listed for long", from, to, "listed");
	svclb_state_unref(to);
}

/* Without privileges nothing is read but addresses, and the error says what is missing. */
static void unprivileged(struct svclb_options *opts)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct kernel *k = NULL;
		struct svclb_error *err = NULL;
		struct svclb_state *st = state_new(opts);
		int rc = setns(opts->netns_fd, CLONE_NEWNET);

		opts->netns_fd = -1;
		rc = rc || setresuid(65534, 65534, 65534) || kernel_real_new(opts, &k, &err);
		check("unprivileged", !rc, err);
		if (!rc) {
			check("  read needs a capability",
			      k->ops->read(k, NULL, st, &err) == -SVCLB_EPERM &&
				      strstr(svclb_error_get_hint(err), "CAP_NET_ADMIN"),
			      err);
			addresses(k);
		}
		fflush(stdout);
		_exit(failures ? 1 : 0);
	}
	(void)waitpid(pid, &(int){0}, 0);
}

static void foreign_link(struct kernel *k)
{
	struct svclb_state *st = state_new(k->opts);
	struct svclb_error *err = NULL;

	look(k->opts->netns_fd, "ip link add kube-ipvs0 type veth peer name other");
	check("a foreign link is not ours",
	      !k->ops->read(k, NULL, st, &err) && st->other_link && !st->link, err);
	svclb_error_unref(err);
	svclb_state_unref(st);
	look(k->opts->netns_fd, "ip link del kube-ipvs0");
}

static void drive(struct kernel *k, struct svclb_options *opts, int n, const char *command)
{
	struct svclb_state *zero = sealed(state_new(opts));
	struct svclb_state *a;
	struct svclb_state *b;

	probe(k, NULL);
	a = first_state(opts);
	b = second_state(opts);
	probe(k, b);
	if (have_ipvs)
		probe_scheduler(k);
	locks(k, opts);
	check_kernel(k, "nothing there", zero);
	transit(k, "first state and back", zero, a, true);
	transit(k, "first state", zero, a, false);
	if (command)
		look(opts->netns_fd, command);
	transit(k, "second state and back", a, b, true);
	addresses(k);
	full_set(k, a);
	left_behind(k, a);
	unprivileged(opts);
	if (have_ipvs)
		no_scheduler(k, a);
	if (n)
		measure(k, a, n);
	transit(k, "second state", a, b, false);
	listed(k, b, "0.1");
	listed(k, b, "300");
	look(opts->netns_fd, "pkill -x set-holder");
	transit(k, "cleanup and back", b, zero, true);
	transit(k, "cleanup", b, zero, false);
	foreign_link(k);
	svclb_state_unref(a);
	svclb_state_unref(b);
	svclb_state_unref(zero);
}

int main(int argc, char **argv)
{
	char lock_file[] = "/tmp/kernel-test.XXXXXX";
	struct svclb_options *opts = NULL;
	struct kernel *k = NULL;
	struct svclb_error *err = NULL;
	int fd = fresh_namespace();
	int tmp = mkstemp(lock_file);

	if (tmp < 0 || svclb_options_new(&opts, &err))
		die("set up");
	svclb_options_set_lock_file(opts, lock_file);
	svclb_options_set_lock_wait(opts, 200);
	opts->mode = SVCLB_MODE_IPTABLES; /* parts that the kernel lacks are no errors to a read */
	opts->netns_fd = fd;
	if (kernel_real_new(opts, &k, &err)) {
		check("kernel", false, err);
		return 1;
	}
	drive(k, opts, argc > 1 ? atoi(argv[1]) : 0, argc > 2 ? argv[2] : NULL);
	k->ops->free(k);
	svclb_options_unref(opts);
	close(fd);
	close(tmp);
	unlink(lock_file);
	return failures ? 1 : 0;
}
