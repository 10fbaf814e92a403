/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages that go out together: one that fails inside a pack has nothing of a later phase behind it. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <sys/socket.h>

#include "kernel/ipset.h"
#include "kernel/ipvs.h"
#include "kernel/link.h"
#include "plan/diff.h"
#include "states.h"

#define MESSAGES_MAX 64
#define FAMILY	     99 /* of IPVS, a number the kernel would have chosen */

int __wrap_nl_connect(struct nl_sock *sk, int protocol);
int __wrap_nl_socket_get_fd(const struct nl_sock *sk);
int __wrap_nl_sendto(struct nl_sock *sk, void *buf, size_t size);
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags);
int __wrap_netns_call(struct netns *ns, int (*fn)(void *data, struct svclb_error **reterr),
		      void *data, struct svclb_error **reterr);

struct answer {
	struct nlmsghdr h;
	struct nlmsgerr e;
};

/* A kernel that lets message `fail_at` of all that change something fail, and goes on behind it. */
static struct {
	size_t fail_at;		 /* from 1; 0 = none */
	size_t deaf_at;		 /* the pack of which nobody hears, likewise */
	int signals;		 /* sends from now on that one meets */
	atomic_bool *interrupts; /* set by the last of them; NULL: none */
	size_t n;
	size_t packs;
	struct {
		int kind; /* command of IPVS, or type of rtnetlink */
		bool failed;
	} took[MESSAGES_MAX];
	size_t looked_at; /* changes there had been when somebody asked for connections */
	int servers;	  /* real servers of 10.96.0.1:80 */
	int fewest;
	bool has_link;
	bool newest_last; /* where IPv6 addresses are put */
	struct ipaddr addrs[MESSAGES_MAX];
	size_t addr_count;
	struct vserver *theirs; /* the one virtual server that is listed; NULL: none */
	struct rserver *real;	/* its real server */
	unsigned char answers[MESSAGES_MAX * sizeof(struct answer)];
	size_t answered; /* bytes */
} fake;

int __wrap_nl_connect(struct nl_sock *sk, int protocol)
{
	(void)sk;
	(void)protocol;
	return 0;
}

int __wrap_nl_socket_get_fd(const struct nl_sock *sk)
{
	(void)sk;
	return -1;
}

int __wrap_netns_call(struct netns *ns, int (*fn)(void *data, struct svclb_error **reterr),
		      void *data, struct svclb_error **reterr)
{
	(void)ns;
	return fn(data, reterr);
}

/* ---- libipset: it is given all entries at once, and then each by itself ---- */

static size_t entries_done; /* of those, by themselves, before nobody hears any more */

int __wrap_ipset_lib_open(const struct backend *b, struct ipset_lib **ret,
			  struct svclb_error **reterr);
void __wrap_ipset_lib_close(struct ipset_lib *l);
int __wrap_ipset_lib_entries(struct ipset_lib *l, const char *name, const struct ipset *set,
			     bool add, const struct set_entry *const *entries, size_t n,
			     size_t *n_done);
const char *__wrap_ipset_lib_words(const struct ipset_lib *l);
int __wrap_ipset_lib_os_errno(const struct ipset_lib *l);

int __wrap_ipset_lib_open(const struct backend *b, struct ipset_lib **ret,
			  struct svclb_error **reterr)
{
	(void)b;
	(void)reterr;
	*ret = NULL;
	return 0;
}

void __wrap_ipset_lib_close(struct ipset_lib *l)
{
	(void)l;
}

int __wrap_ipset_lib_entries(struct ipset_lib *l, const char *name, const struct ipset *set,
			     bool add, const struct set_entry *const *entries, size_t n,
			     size_t *n_done)
{
	(void)l;
	(void)name;
	(void)set;
	(void)add;
	(void)entries;
	*n_done = entries_done < n ? entries_done : n;
	return *n_done < n ? EIO : 0;
}

const char *__wrap_ipset_lib_words(const struct ipset_lib *l)
{
	(void)l;
	return "Internal protocol error";
}

int __wrap_ipset_lib_os_errno(const struct ipset_lib *l)
{
	(void)l;
	return ENOBUFS;
}

/* ---- netlink ---- */

static void put_answer(const void *message, size_t len)
{
	ck_assert_uint_le(fake.answered + len, sizeof(fake.answers));
	memcpy(fake.answers + fake.answered, message, len);
	fake.answered += len;
}

static void answer(const struct nlmsghdr *h, uint16_t type, int error)
{
	const struct answer a = {
		{.nlmsg_len = sizeof(a), .nlmsg_type = type, .nlmsg_seq = h->nlmsg_seq},
		{.error = -error, .msg = *h}};

	put_answer(&a, sizeof(a));
}

/* An object that is listed has the form of one that is made. */
static void list(const struct nlmsghdr *h, bool real)
{
	struct nlbuf b = {0};

	if (real)
		ipvs_put_dest(&b, FAMILY, IPVS_CMD_NEW_DEST, &fake.theirs->key, fake.real, true);
	else
		ipvs_put_service(&b, FAMILY, IPVS_CMD_NEW_SERVICE, fake.theirs, true);
	((struct nlmsghdr *)(void *)b.b)->nlmsg_seq = h->nlmsg_seq;
	put_answer(b.b, b.len);
	nlbuf_free(&b);
}

static int kind_of(const struct nlmsghdr *h)
{
	return h->nlmsg_type == FAMILY ? ((const struct genlmsghdr *)NLMSG_DATA(h))->cmd
				       : h->nlmsg_type;
}

static void list_link(const struct nlmsghdr *h)
{
	const struct ifinfomsg m = {.ifi_index = 7};
	struct nlbuf b = {0};
	size_t nest;

	nlbuf_msg(&b, RTM_NEWLINK, 0, &m, sizeof(m));
	nlbuf_str(&b, IFLA_IFNAME, "kube-ipvs0");
	nest = nlbuf_nest(&b, IFLA_LINKINFO);
	nlbuf_str(&b, IFLA_INFO_KIND, "dummy");
	nlbuf_nest_end(&b, nest);
	((struct nlmsghdr *)(void *)b.b)->nlmsg_seq = h->nlmsg_seq;
	put_answer(b.b, b.len);
	nlbuf_free(&b);
}

static void list_addrs(const struct nlmsghdr *h)
{
	for (size_t i = 0; i < fake.addr_count; i++) {
		struct nlbuf b = {0};

		link_put_addr(&b, true, 7, &fake.addrs[i]);
		((struct nlmsghdr *)(void *)b.b)->nlmsg_seq = h->nlmsg_seq;
		put_answer(b.b, b.len);
		nlbuf_free(&b);
	}
}

/* Addresses as the kernel keeps them, families mixed. */
static void take_addr(const struct nlmsghdr *h, bool add)
{
	struct nlmsghdr *copy = malloc(h->nlmsg_len);
	struct link_address a;
	size_t i = 0;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, h, h->nlmsg_len);
	copy->nlmsg_type = RTM_NEWADDR;
	ck_assert(link_parse_addr(copy, &a));
	free(copy);
	if (add) {
		i = a.ip.family == 6 && !fake.newest_last ? 0 : fake.addr_count;
		memmove(fake.addrs + i + 1, fake.addrs + i,
			(fake.addr_count++ - i) * sizeof(fake.addrs[0]));
		fake.addrs[i] = a.ip;
		return;
	}
	while (i < fake.addr_count && ip_cmp(&fake.addrs[i], &a.ip))
		i++;
	ck_assert_uint_lt(i, fake.addr_count);
	memmove(fake.addrs + i, fake.addrs + i + 1,
		(--fake.addr_count - i) * sizeof(fake.addrs[0]));
}

/* Answers what is no change: there is no link of that name yet, and nobody is connected. */
static bool asked(const struct nlmsghdr *h)
{
	int kind = kind_of(h);

	if (kind == RTM_GETLINK) {
		if (fake.has_link)
			list_link(h);
		answer(h, NLMSG_ERROR, fake.has_link ? 0 : ENODEV);
		return true;
	}
	if (kind == RTM_GETADDR) {
		list_addrs(h);
		answer(h, NLMSG_DONE, 0);
		return true;
	}
	if (kind != IPVS_CMD_GET_DEST && kind != IPVS_CMD_GET_SERVICE)
		return false;
	if (fake.theirs && (kind == IPVS_CMD_GET_SERVICE || fake.real))
		list(h, kind == IPVS_CMD_GET_DEST);
	answer(h, NLMSG_DONE, 0);
	if (kind == IPVS_CMD_GET_DEST)
		fake.looked_at = fake.n;
	return true;
}

static void take(const struct nlmsghdr *h)
{
	static const uint8_t address[] = {10, 96, 0, 1};
	bool failed = ++fake.n == fake.fail_at;
	int kind = kind_of(h);

	ck_assert_uint_le(fake.n, MESSAGES_MAX);
	fake.took[fake.n - 1].kind = kind;
	fake.took[fake.n - 1].failed = failed;
	if (fake.has_link && !failed && (kind == RTM_NEWADDR || kind == RTM_DELADDR))
		take_addr(h, kind == RTM_NEWADDR);
	if (failed)
		answer(h, NLMSG_ERROR, EINVAL);
	else if (h->nlmsg_flags & NLM_F_ACK)
		answer(h, NLMSG_ERROR, 0);
	if (!failed && memmem(h, h->nlmsg_len, address, sizeof(address)))
		fake.servers += (kind == IPVS_CMD_NEW_DEST) - (kind == IPVS_CMD_DEL_DEST);
	if (fake.servers < fake.fewest)
		fake.fewest = fake.servers;
}

int __wrap_nl_sendto(struct nl_sock *sk, void *buf, size_t size)
{
	const struct nlmsghdr *h;

	(void)sk;
	if (fake.signals) {
		if (!--fake.signals && fake.interrupts)
			atomic_store(fake.interrupts, true);
		errno = EINTR;
		return -NLE_INTR;
	}
	for (size_t at = 0; at < size; at += NLMSG_ALIGN(h->nlmsg_len)) {
		h = (const struct nlmsghdr *)(const void *)((const char *)buf + at);
		if (asked(h))
			continue;
		take(h);
		fake.packs += !at;
	}
	return (int)size;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags)
{
	size_t len = fake.answered;

	(void)fd;
	(void)flags;
	ck_assert_uint_gt(len, 0);
	if (fake.packs && fake.packs == fake.deaf_at) {
		fake.deaf_at = 0;
		fake.answered = 0;
		errno = ENOBUFS;
		return -1;
	}
	memcpy(m->msg_iov[0].iov_base, fake.answers, len);
	fake.answered = 0;
	return (ssize_t)len;
}

/* ---- plans ---- */

/* One endpoint replaced, one weight changed, one virtual server comes, one goes. */
static struct svclb_state *state_of(bool after)
{
	struct svclb_state *st = state_begin();
	uint32_t vs = put_vserver(st, "10.96.0.1", 80, after ? "wrr" : "rr");

	put_rserver(st, vs, after ? "10.1.0.3" : "10.1.0.2", 1);
	vs = put_vserver(st, "10.96.0.3", 80, "rr");
	put_rserver(st, vs, "10.1.0.4", after ? 5 : 1);
	vs = put_vserver(st, after ? "10.96.0.4" : "10.96.0.5", 80, "rr");
	put_rserver(st, vs, "10.1.0.5", 1);
	put_addr(st, after ? "10.96.0.4" : "10.96.0.5");
	return state_end(st);
}

struct bench {
	struct svclb_plan *plan;
	struct backend *b;
	const struct svclb_step *steps[MESSAGES_MAX];
	enum fate done[MESSAGES_MAX];
	enum fate *flags[MESSAGES_MAX];
	size_t n;
};

static bool is_link(const struct svclb_step *s)
{
	return s->kind == STEP_ADDR;
}

static bool is_ipvs(const struct svclb_step *s)
{
	return s->kind == STEP_VSERVER || s->kind == STEP_RSERVER || s->kind == STEP_QUIESCE;
}

static bool is_entry(const struct svclb_step *s)
{
	return s->kind == STEP_ENTRY;
}

/* Takes the two states over. */
static struct bench bench_of(struct svclb_state *from, struct svclb_state *to,
			     bool (*mine)(const struct svclb_step *s))
{
	struct bench b = {.n = 0};

	ck_assert_int_eq(svclb_diff(from, to, 0, &b.plan, NULL), 0);
	svclb_state_unref(from);
	svclb_state_unref(to);
	for (size_t i = 0; i < b.plan->steps.n; i++)
		if (mine(&b.plan->steps.v[i]))
			b.steps[b.n++] = &b.plan->steps.v[i];
	if (mine == is_link) {
		ck_assert_int_eq(link_backend_new(options_defaults(), NULL, &b.b, NULL), 0);
	} else if (mine == is_entry) {
		ck_assert_int_eq(ipset_backend_new(options_defaults(), NULL, &b.b, NULL), 0);
	} else {
		ck_assert_int_eq(ipvs_backend_new(options_defaults(), NULL, &b.b, NULL), 0);
		((struct ipvs_backend *)b.b)->family = FAMILY;
	}
	memset(&fake, 0, sizeof(fake));
	fake.servers = 1;
	fake.fewest = 1;
	return b;
}

static struct bench bench_new(bool (*mine)(const struct svclb_step *s))
{
	return bench_of(state_of(false), state_of(true), mine);
}

static void bench_free(struct bench *b)
{
	b->b->ops->free(b->b);
	svclb_plan_unref(b->plan);
}

static int run(struct bench *b, bool undo)
{
	struct backend_run r = {.plan = b->plan, .undo = undo, .done = b->flags};
	const struct svclb_step *steps[MESSAGES_MAX];

	for (size_t i = 0; i < b->n; i++) {
		size_t at = undo ? b->n - 1 - i : i;

		if (!fate_is_open(b->done[at], undo))
			continue;
		b->flags[r.n] = &b->done[at];
		steps[r.n++] = b->steps[at];
	}
	r.steps = steps;
	return r.n ? b->b->ops->run(b->b, &r, NULL) : 0;
}

/* ---- tests ---- */

/* What may be behind a failed message: what is not of a later phase than it. */
static int phase_of(int kind)
{
	static const int by_kind[] = {
		[IPVS_CMD_NEW_SERVICE] = 1, [IPVS_CMD_NEW_DEST] = 1, [IPVS_CMD_SET_SERVICE] = 2,
		[IPVS_CMD_SET_DEST] = 3,    [IPVS_CMD_DEL_DEST] = 4, [IPVS_CMD_DEL_SERVICE] = 5,
		[RTM_NEWADDR] = 6,	    [RTM_DELADDR] = 7,	     [RTM_DELROUTE] = 7,
	};

	return by_kind[kind];
}

static void assert_nothing_later(void)
{
	int failed = 0;

	for (size_t i = 0; i < fake.n; i++) {
		if (failed)
			ck_assert_int_le(phase_of(fake.took[i].kind), failed);
		if (fake.took[i].failed)
			failed = phase_of(fake.took[i].kind);
	}
}

/* Packs are few: one a phase. */
START_TEST(a_pack_for_each_phase)
{
	struct bench b = bench_new(_i ? is_link : is_ipvs);

	ck_assert_int_eq(run(&b, false), 0);
	ck_assert_uint_eq(fake.packs, _i ? 2 : 6);
	ck_assert_uint_eq(fake.n, _i ? 3 : 8); /* with the route to the address that goes */
	ck_assert_int_eq(fake.fewest, 1);
	ck_assert_int_eq(run(&b, true), 0);
	ck_assert_uint_eq(fake.packs, _i ? 4 : 12);
	ck_assert_int_eq(fake.fewest, 1);
	bench_free(&b);
}
END_TEST

START_TEST(nothing_of_a_later_phase_is_behind_a_failure)
{
	struct bench b = bench_new(is_ipvs);

	fake.fail_at = (size_t)_i;
	ck_assert_int_lt(run(&b, false), 0);
	assert_nothing_later();
	ck_assert_int_eq(run(&b, true), 0);
	ck_assert_int_eq(fake.fewest, 1);
	ck_assert_int_eq(fake.servers, 1);
	bench_free(&b);
}
END_TEST

START_TEST(no_address_goes_behind_one_that_did_not_come)
{
	struct bench b = bench_new(is_link);

	fake.fail_at = 1;
	ck_assert_int_lt(run(&b, false), 0);
	ck_assert_uint_eq(fake.n, 1);
	assert_nothing_later();
	bench_free(&b);
}
END_TEST

/* All that was sent may have been done; what was sent before has been, what comes behind has not. */
START_TEST(a_pack_without_an_answer_is_unknown)
{
	struct bench b = bench_new(is_ipvs);
	enum fate last = FATE_DONE;
	size_t unknown = 0;

	fake.deaf_at = (size_t)_i;
	ck_assert_int_lt(run(&b, false), 0);
	for (size_t i = 0; i < b.n; i++) {
		enum fate fate = b.done[i];

		ck_assert(fate == last || (last == FATE_DONE && fate == FATE_UNKNOWN) ||
			  (last == FATE_UNKNOWN && fate == FATE_UNDONE));
		unknown += fate == FATE_UNKNOWN;
		last = fate;
	}
	ck_assert_uint_gt(unknown, 0);
	ck_assert_int_eq(run(&b, true), 0);
	ck_assert_int_eq(fake.servers, 1);
	bench_free(&b);
}
END_TEST

static const struct {
	const char *sched; /* of the virtual server that is there by then; NULL: none */
	const char *real;  /* its real server; NULL: none */
	uint32_t weight;
	size_t undone; /* messages: the other virtual server's new real server is always deleted */
	bool stays;
} found[] = {
	{NULL, NULL, 0, 3, false},	{"rr", "10.1.0.5", 1, 3, false},
	{"rr", NULL, 0, 3, false},	{"wrr", "10.1.0.5", 1, 2, true},
	{"wrr", NULL, 0, 2, true},	{"rr", "10.1.0.9", 1, 2, true},
	{"rr", "10.1.0.5", 9, 1, true}, /* not ours either */
};

/* Nobody said whether a virtual server was made. One that we would not have made is not ours. */
START_TEST(a_virtual_server_of_somebody_faster_stays)
{
	struct bench b = bench_new(is_ipvs);
	struct rserver real = {.port = 8080, .weight = found[_i].weight};
	struct vserver vs =
		*state_find_vserver(b.plan->to, &(struct vs_key){.family = 4,
								 .proto = PROTO_TCP,
								 .port = 80,
								 .ip = ip_of("10.96.0.4")});
	size_t before;
	bool deleted = false;

	fake.deaf_at = 1;
	ck_assert_int_lt(run(&b, false), 0);
	before = fake.n;
	if (found[_i].sched) {
		memset(vs.sched, 0, sizeof(vs.sched));
		memcpy(vs.sched, found[_i].sched, strlen(found[_i].sched));
		fake.theirs = &vs;
	}
	if (found[_i].real) {
		real.ip = ip_of(found[_i].real);
		fake.real = &real;
	}
	ck_assert_int_eq(run(&b, true), 0);
	ck_assert_uint_eq(fake.n - before, found[_i].undone);
	for (size_t i = before; i < fake.n; i++)
		deleted = deleted || fake.took[i].kind == IPVS_CMD_DEL_SERVICE;
	ck_assert(deleted != found[_i].stays);
	for (size_t i = 0; i < b.n; i++)
		ck_assert_int_eq(b.done[i], FATE_UNDONE);
	bench_free(&b);
}
END_TEST

static const struct {
	int signals;
	bool meant; /* for the operation */
	int r;
} met[] = {{1, false, 0},
	   {7, false, 0},
	   {8, false, -SVCLB_EKERNEL},
	   {1, true, -SVCLB_EINTERRUPTED}};

/* A signal that meets a send is worth another try, and not for ever. */
START_TEST(a_send_that_a_signal_met_is_tried_again)
{
	struct svclb_options *opts = options_copy(options_defaults());
	struct bench b = bench_new(is_ipvs);

	b.b->opts = opts;
	fake.signals = met[_i].signals;
	fake.interrupts = met[_i].meant ? &opts->interrupted : NULL;
	ck_assert_int_eq(run(&b, false), met[_i].r);
	ck_assert_uint_eq(fake.packs, met[_i].r ? 0 : 6);
	for (size_t i = 0; i < b.n; i++)
		ck_assert_int_eq(b.done[i], met[_i].r ? FATE_UNDONE : FATE_DONE);
	bench_free(&b);
	svclb_options_unref(opts);
}
END_TEST

/* One that gets no connections anyway is deleted beside one that may have got some by now. */
START_TEST(connections_are_looked_at_before_the_first_deletion)
{
	struct svclb_state *from = state_begin();
	struct svclb_state *to = state_begin();
	uint32_t vs = put_vserver(from, "10.96.0.1", 80, "rr");
	struct bench b;

	put_rserver(from, vs, "10.1.0.1", 0);
	put_rserver(from, vs, "10.1.0.2", 1);
	vs = put_vserver(to, "10.96.0.1", 80, "rr");
	put_rserver(to, vs, "10.1.0.3", 1);
	b = bench_of(state_end(from), state_end(to), is_ipvs);
	ck_assert_int_eq(run(&b, false), 0);
	ck_assert_uint_eq(fake.n, 4);
	ck_assert_int_eq(fake.took[1].kind, IPVS_CMD_SET_DEST);
	ck_assert_uint_eq(fake.looked_at, 2);
	ck_assert_int_eq(fake.took[2].kind, IPVS_CMD_DEL_DEST);
	bench_free(&b);
}
END_TEST

/* Addresses [first, end), all of one family, are listed in this order. */
static void assert_listed(const char *const *want, size_t first, size_t end)
{
	uint8_t family = ip_of(want[first]).family;

	for (size_t i = 0; i < fake.addr_count; i++) {
		struct ipaddr ip;

		if (fake.addrs[i].family != family)
			continue;
		ck_assert_uint_lt(first, end);
		ip = ip_of(want[first++]);
		ck_assert_int_eq(ip_cmp(&fake.addrs[i], &ip), 0);
	}
	ck_assert_uint_eq(first, end);
}

/* What tools print is the same once addresses have come back, of kernels of both kinds. */
START_TEST(addresses_come_back_in_their_order)
{
	static const char *const listed[] = {"10.96.0.3", "10.96.0.1", "10.96.0.2", "10.96.0.9",
					     "fd00::5",	  "fd00::1",   "fd00::4",   "fd00::2"};
	enum { N = sizeof(listed) / sizeof(listed[0]) };
	struct svclb_state *from = state_begin();
	struct bench b;

	for (uint32_t i = 0; i < N; i++) {
		struct link_addr a = {.ip = ip_of(listed[i]), .place = i};

		ck_assert_int_ge(state_add_addr(from, &a), 0);
	}
	b = bench_of(state_end(from), state_end(state_begin()), is_link);
	ck_assert_uint_eq(b.n, N);
	fake.has_link = true;
	fake.newest_last = _i;
	for (size_t i = 0; i < N; i++)
		fake.addrs[fake.addr_count++] = ip_of(listed[i]);
	ck_assert_int_eq(run(&b, false), 0);
	ck_assert_uint_eq(fake.addr_count, 0);
	ck_assert_int_eq(run(&b, true), 0);
	ck_assert_uint_eq(fake.addr_count, N);
	assert_listed(listed, 0, 4);
	assert_listed(listed, 4, N);
	bench_free(&b);
}
END_TEST

/* Neither all at once nor the next one by itself were answered: all may have come. */
START_TEST(entries_without_an_answer_are_unknown)
{
	struct svclb_state *from = state_begin();
	struct svclb_state *to = state_begin();
	struct bench b;

	(void)put_set(from, SET_CLUSTER_IP);
	for (uint16_t i = 0, set = (uint16_t)put_set(to, SET_CLUSTER_IP); i < 4; i++)
		put_entry(to, set, "10.96.0.1", (uint16_t)(80 + i));
	b = bench_of(state_end(from), state_end(to), is_entry);
	ck_assert_uint_eq(b.n, 4);
	entries_done = (size_t)_i;
	ck_assert_int_eq(run(&b, false), _i < 4 ? -SVCLB_EKERNEL : 0);
	for (size_t i = 0; i < b.n; i++)
		ck_assert_int_eq(b.done[i], i < (size_t)_i ? FATE_DONE : FATE_UNKNOWN);
	entries_done = b.n;
	ck_assert_int_eq(run(&b, true), 0);
	for (size_t i = 0; i < b.n; i++)
		ck_assert_int_eq(b.done[i], FATE_UNDONE);
	bench_free(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("packs");
	TCase *tc = tcase_create("fake");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, a_pack_for_each_phase, 0, 2);
	tcase_add_loop_test(tc, nothing_of_a_later_phase_is_behind_a_failure, 1, 9);
	tcase_add_test(tc, no_address_goes_behind_one_that_did_not_come);
	tcase_add_loop_test(tc, a_pack_without_an_answer_is_unknown, 1, 6);
	tcase_add_loop_test(tc, a_virtual_server_of_somebody_faster_stays, 0,
			    (int)(sizeof(found) / sizeof(found[0])));
	tcase_add_loop_test(tc, a_send_that_a_signal_met_is_tried_again, 0, 4);
	tcase_add_test(tc, connections_are_looked_at_before_the_first_deletion);
	tcase_add_loop_test(tc, addresses_come_back_in_their_order, 0, 2);
	tcase_add_loop_test(tc, entries_without_an_answer_are_unknown, 0, 5);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
