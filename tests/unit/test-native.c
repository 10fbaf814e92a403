/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole pipeline in mode iptables on the running kernel, each test in a network namespace of
 * its own: also on hosts without IPVS. Requests are real ones, to listeners of the test itself.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <svclb/svclb.h>

#define SKIPPED	  77
#define ENDPOINTS 4
#define REQUESTS  400

static const char service[] = "apiVersion: v1\n"
			      "kind: Service\n"
			      "metadata: {name: web}\n"
			      "spec:\n"
			      "  type: NodePort\n"
			      "  clusterIP: 10.96.0.10\n"
			      "  ports: [{port: 80, nodePort: 30080}]\n";

static const char slice[] = "---\n"
			    "apiVersion: discovery.k8s.io/v1\n"
			    "kind: EndpointSlice\n"
			    "metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}\n"
			    "addressType: IPv4\n"
			    "ports: [{port: 8080}]\n"
			    "endpoints: [{addresses: [10.244.1.1]}, {addresses: [10.244.1.2]}, "
			    "{addresses: [10.244.1.3]}, {addresses: [10.244.1.4]}]\n";

static int listeners[ENDPOINTS];

static void shell(const char *command)
{
	ck_assert_msg(!system(command), "%s", command);
}

static int listen_at(const char *ip)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(8080)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(inet_pton(AF_INET, ip, &a.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	return fd;
}

/* Pods are addresses of the namespace's own, and service addresses have a way out of it. */
static void setup(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	shell("ip link set lo up && ip link add out type veth peer name in &&"
	      " ip link set out up && ip link set in up");
	shell("iptables-legacy -t nat -S >/dev/null && iptables-legacy -S >/dev/null");
	for (int i = 0; i < ENDPOINTS; i++) {
		char ip[32];
		char command[80];

		(void)snprintf(ip, sizeof(ip), "10.244.1.%d", i + 1);
		(void)snprintf(command, sizeof(command), "ip addr add %s/32 dev lo", ip);
		shell(command);
		listeners[i] = listen_at(ip);
	}
	shell("ip route add 10.96.0.0/12 dev out src 10.244.1.1");
}

static struct svclb_ctx *new_ctx(uint32_t mode)
{
	struct svclb_options *o = NULL;
	struct svclb_ctx *ctx = NULL;
	char lock[64];

	(void)snprintf(lock, sizeof(lock), "/tmp/svclb-test-native.%d", (int)getpid());
	ck_assert_int_eq(svclb_options_new(&o, NULL), 0);
	ck_assert_int_eq(svclb_options_set_mode(o, mode), 0);
	ck_assert_int_eq(svclb_options_set_families(o, 1, 0), 0);
	ck_assert_int_eq(svclb_options_set_lock_file(o, lock), 0);
	(void)strcat(lock, ".d");
	ck_assert_int_eq(svclb_options_set_lock_dir(o, lock), 0);
	ck_assert_int_eq(svclb_ctx_new(o, &ctx, NULL), 0);
	svclb_options_unref(o);
	return ctx;
}

static void free_ctx(struct svclb_ctx *ctx)
{
	char lock[64];
	char command[80];

	svclb_ctx_free(ctx);
	(void)snprintf(lock, sizeof(lock), "/tmp/svclb-test-native.%d", (int)getpid());
	(void)unlink(lock); /* not there where nothing was changed */
	(void)snprintf(command, sizeof(command), "rm -rf %s.d", lock);
	shell(command);
}

static size_t apply(struct svclb_ctx *ctx, const char *extra, bool endpoints)
{
	struct svclb_model *m = NULL;
	struct svclb_report *report = NULL;
	struct svclb_error *err = NULL;
	char text[2000];
	char *why = NULL;
	size_t n;

	(void)snprintf(text, sizeof(text), "%s%s%s", service, extra, endpoints ? slice : "");
	ck_assert_int_eq(svclb_model_new(NULL, &m, NULL), 0);
	ck_assert_int_eq(svclb_model_load(m, text, strlen(text), "web.yaml", NULL), 0);
	if (svclb_apply(ctx, m, &report, &err) < 0) {
		(void)svclb_error_to_text(err, &why);
		ck_abort_msg("%s", why ? why : "?");
	}
	n = svclb_report_get_changes(report);
	svclb_report_unref(report);
	svclb_model_unref(m);
	return n;
}

/* The listener that takes one connection to an address; -1: refused, -2: no answer. */
static int request(const char *ip, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct timeval patience = {.tv_sec = 2};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int taken = -2;

	ck_assert_int_eq(inet_pton(AF_INET, ip, &a.sin_addr), 1);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)), 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		taken = errno == ECONNREFUSED ? -1 : -2;
	} else {
		for (int i = 0; i < ENDPOINTS; i++) {
			int conn = accept(listeners[i], NULL, NULL);

			if (conn < 0)
				continue;
			taken = i;
			close(conn);
		}
	}
	close(fd);
	return taken;
}

START_TEST(requests)
{
	static const struct {
		const char *ip;
		uint16_t port;
	} to[] = {{"10.96.0.10", 80}, {"127.0.0.1", 30080}};
	struct svclb_ctx *ctx = new_ctx(SVCLB_MODE_IPTABLES);

	ck_assert_uint_gt(apply(ctx, "", true), 0);
	for (size_t t = 0; t < sizeof(to) / sizeof(to[0]); t++) {
		int got[ENDPOINTS] = {0};

		for (int i = 0; i < REQUESTS; i++) {
			int who = request(to[t].ip, to[t].port);

			ck_assert_msg(who >= 0, "%s: request %d: %d", to[t].ip, i, who);
			got[who]++;
		}
		/* 100 each, with a standard deviation of 8.7: six of them */
		for (int i = 0; i < ENDPOINTS; i++)
			ck_assert_msg(got[i] >= 48 && got[i] <= 152, "%s: endpoint %d: %d of %d",
				      to[t].ip, i, got[i], REQUESTS);
	}
	ck_assert_uint_eq(apply(ctx, "", true), 0);
	free_ctx(ctx);
}
END_TEST

START_TEST(affinity)
{
	struct svclb_ctx *ctx = new_ctx(SVCLB_MODE_IPTABLES);
	int first;

	(void)apply(ctx, "  sessionAffinity: ClientIP\n", true);
	first = request("10.96.0.10", 80);
	ck_assert_int_ge(first, 0);
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(request("10.96.0.10", 80), first);
	ck_assert_uint_eq(apply(ctx, "  sessionAffinity: ClientIP\n", true), 0);
	free_ctx(ctx);
}
END_TEST

START_TEST(no_endpoints)
{
	struct svclb_ctx *ctx = new_ctx(SVCLB_MODE_IPTABLES);

	(void)apply(ctx, "", false);
	ck_assert_int_eq(request("10.96.0.10", 80), -1);
	free_ctx(ctx);
}
END_TEST

/* What a command prints; the caller frees it. */
static char *output_of(const char *command)
{
	char *text = calloc(1, 65536);
	FILE *f = popen(command, "r");

	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(f);
	(void)fread(text, 1, 65535, f); /* nothing is a result too */
	ck_assert_int_eq(pclose(f), 0);
	return text;
}

#define SAVE "iptables-legacy-save | sed -e '/^#/d' -e 's/\\[.*//'"

START_TEST(nothing_is_left)
{
	struct svclb_ctx *ctx = new_ctx(SVCLB_MODE_AUTO);
	char *before = output_of(SAVE);
	char *after;

	(void)apply(ctx, "", true);
	ck_assert_int_eq(svclb_cleanup(ctx, NULL, NULL), 0);
	after = output_of(SAVE);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	free_ctx(ctx);
}
END_TEST

START_TEST(auto_is_explained)
{
	struct svclb_ctx *ctx = new_ctx(SVCLB_MODE_AUTO);
	const struct svclb_error *notice;
	uint32_t mode = SVCLB_MODE_AUTO;

	ck_assert_int_eq(svclb_resolve_mode(ctx, &mode, NULL), 0);
	notice = svclb_ctx_get_mode_notice(ctx);
	ck_assert((mode == SVCLB_MODE_IPTABLES) == (notice != NULL));
	ck_assert(!notice || svclb_error_get_cause(notice));
	ck_assert_int_eq(svclb_probe(ctx, NULL), 0);
	free_ctx(ctx);
}
END_TEST

/* Why nothing can be tested here, or NULL. Asked in a child, which may change its namespace. */
static const char *obstacle(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return "cannot fork";
	if (!pid) {
		if (unshare(CLONE_NEWNET))
			_exit(1);
		_exit(system("iptables-legacy -t nat -S >/dev/null 2>&1") ? 2 : 0);
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return "cannot tell what is possible here";
	if (WEXITSTATUS(status) == 1)
		return "no permission for a network namespace";
	return WEXITSTATUS(status) ? "no legacy tables, or no iptables-legacy" : NULL;
}

int main(void)
{
	const char *why = obstacle();
	Suite *s;
	TCase *t;
	SRunner *r;
	int failed;

	if (why) {
		printf("SKIP: %s\n", why);
		return SKIPPED;
	}
	s = suite_create("native");
	t = tcase_create("kernel");
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, requests);
	tcase_add_test(t, affinity);
	tcase_add_test(t, no_endpoints);
	tcase_add_test(t, nothing_is_left);
	tcase_add_test(t, auto_is_explained);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
