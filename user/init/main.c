/* SPDX-License-Identifier: MIT */
/*
 * init: the first program. It makes an endpoint for each service of the manifest, starts the
 * servers with what the manifest gives them and nothing else, and starts again what ends.
 * An endpoint outlives its servers: who called one that died gets -EPIPE, who calls next
 * waits for the new one.
 *
 * One thread waits for each server; the first one answers the shell (abi/services.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "services.h"

/* What the kernel gives init (src/task/services.c). */
#define HANDLE_DEVICES HANDLE_FIRST
#define HANDLE_ALL_NAMES (HANDLE_FIRST + 1)
#define HANDLE_INIT (HANDLE_FIRST + 2)

#define BIND_NS (2 * NSEC_PER_SEC)
#define DELAY_MIN_NS (10 * NSEC_PER_MSEC)
#define DELAY_MAX_NS (5 * NSEC_PER_SEC)
#define LIVES_NS NSEC_PER_SEC /* who has lived so long is started again without delay */
#define OFTEN 5		      /* who has not, so often in a row, is spoken of */

static struct service {
	const struct service_entry *entry;
	struct lodger_thread thread;
	long endpoint; /* to call it by */
	long receive;  /* for its servers; closed if there will be none */
	long hurry;    /* notification: it is to be started now */
	struct lodger_lock lock;
	int state;	    /* [lock] enum service_state */
	int process;	    /* [lock] handle; 0: none */
	uint64_t restarts;  /* [lock] */
	int64_t status;	    /* [lock] of the last that ended; -1 */
	uint64_t started_ns; /* [lock] */
} services[SERVICES_MAX];
static unsigned int nr_services;
static struct service_entry entries[SERVICES_MAX];

static struct service *find(const char *name)
{
	for (unsigned int i = 0; i < nr_services; i++)
		if (!strcmp(services[i].entry->name, name))
			return &services[i];
	return NULL;
}

static long tell_names(struct ipc_message *m)
{
	long err = sys_ipc(SYS_ipc_call, HANDLE_ALL_NAMES, m, BIND_NS);

	return err ? err : (long)m->word[0];
}

/* Tell the server of names which services are to be found by name. */
static void bind_all(void)
{
	struct ipc_message m;

	for (unsigned int i = 0; i < nr_services; i++) {
		const struct service *s = &services[i];
		long err;

		if (s->entry->is_private)
			continue;
		m = (struct ipc_message){ { NAMES_BIND }, 0, 0, 0 };
		m.send = (uint64_t)sys_handle_duplicate(s->endpoint,
							RIGHT_CALL | RIGHT_DUPLICATE, 0);
		err = lodger_name_pack(&m.word[1], s->entry->name);
		if (!err)
			err = tell_names(&m);
		if (err)
			printf("init: %s: cannot be found by name: %s\n", s->entry->name,
			       lodger_strerror((int)-err));
	}
	m = (struct ipc_message){ { NAMES_COMPLETE }, 0, 0, 0 };
	tell_names(&m);
}

/* ---- starting ---- */

#define GIVEN_MAX 24

/* Handles for a server, ours until it has them. */
struct given {
	uint64_t handle[GIVEN_MAX];
	unsigned int n;
};

/* 0, or -errno: of h, or there are too many. */
static long give(struct given *g, long h)
{
	if (h < 0)
		return h;
	if (g->n == GIVEN_MAX) {
		sys_close(h);
		return -E2BIG;
	}
	g->handle[g->n++] = (uint64_t)h;
	return 0;
}

/* The first device of these that there is, or all; -ENOENT: there is none. */
static long give_devices(struct given *g, const struct grant *grant)
{
	unsigned int before = g->n;
	long err = 0;

	for (int i = 0; i < 4 && grant->name[i] && !err; i++) {
		const char *name = grant->name[i];

		for (uint64_t nr = 0; !err; nr++)
			err = give(g, sys_device_find(HANDLE_DEVICES, name, strlen(name), nr));
		if (err == -ENOENT)
			err = 0;
		if (g->n > before && grant->kind == GRANT_DEVICE)
			break;
	}
	while (grant->kind == GRANT_DEVICE && g->n > before + 1)
		sys_close((long)g->handle[--g->n]);
	return err ? err : g->n == before ? -ENOENT : 0;
}

/* What the manifest gives its servers, behind the endpoint. 0 or -errno. */
static long grant(const struct service *s, struct given *g)
{
	long err = 0;

	g->handle[0] = (uint64_t)s->receive;
	g->n = 1;
	for (unsigned int i = 0; i < s->entry->nr_grants && !err; i++) {
		const struct grant *of = &s->entry->grants[i];
		struct service *used = of->kind == GRANT_USES ? find(of->name[0]) : NULL;

		if (of->kind != GRANT_USES)
			err = give_devices(g, of);
		else
			err = used ? give(g, sys_handle_duplicate(used->endpoint,
						RIGHT_CALL | RIGHT_DUPLICATE,
						(uint64_t)(s - services) + 1)) :
				     -ENOEXEC;
	}
	return err;
}

/* A handle of the process, or -errno. */
static int start(const struct service *s)
{
	struct given g;
	long ret = grant(s, &g);

	if (!ret) {
		const struct spawn_args with = {
			.handles = (uintptr_t)g.handle,
			.nr_handles = g.n,
			.flags = s->entry->flags,
			.memory_max = s->entry->memory_max,
		};

		ret = lodger_spawn_as(s->entry->program, s->entry->argv, &with);
		if (ret == -ENOENT) /* the program, not a device */
			ret = -ENOEXEC;
	}
	while (--g.n > 0)
		sys_close((long)g.handle[g.n]);
	return (int)ret;
}

static bool is_names(const struct service *s)
{
	return s->endpoint == HANDLE_ALL_NAMES;
}

static void set(struct service *s, int state, int process, int64_t status)
{
	lodger_lock(&s->lock);
	s->state = state;
	s->process = process;
	if (process > 0)
		s->started_ns = lodger_clock_ns();
	if (status >= 0) {
		s->status = status;
		s->restarts++;
	}
	lodger_unlock(&s->lock);
}

/* Once: it goes on being started. */
static void say_often(const struct service *s, int64_t status)
{
	char how[64];

	printf("init: %s: has ended %d times, each soon after its start; last: %s\n",
	       s->entry->name, OFTEN, lodger_status_text(status, how, sizeof(how)));
}

/* Before the next try; somebody may not want to wait. */
static void wait_a_while(const struct service *s, uint64_t ns)
{
	sys_notification_wait(s->hurry, ns);
}

/* One service's life. */
static int watch(void *arg)
{
	struct service *s = arg;
	uint64_t delay_ns = DELAY_MIN_NS;
	unsigned int in_a_row = 0;

	for (;;) {
		int child = start(s);
		int64_t status = -1;

		/* Whom svc calls failed, of him the reason has been said. */
		if (child < 0 && child != -ENOENT)
			printf("init: %s: %s: %s\n", s->entry->name, s->entry->program,
			       lodger_strerror(-child));
		if (child == -ENOENT || child == -ENOEXEC) {
			set(s, child == -ENOENT ? SERVICE_NO_DEVICE : SERVICE_FAILED, 0, -1);
			sys_close(s->receive); /* who calls learns it: -EPIPE */
			return 0;
		}
		if (child < 0) { /* no memory: perhaps later */
			wait_a_while(s, DELAY_MAX_NS);
			continue;
		}
		set(s, SERVICE_RUNS, child, -1);
		if (is_names(s))
			bind_all();
		lodger_wait(child, WAIT_FOREVER, &status);
		set(s, SERVICE_WAITS, 0, status);
		lodger_close(child);
		/* It may have given its right to receive to others. */
		sys_handle_revoke(s->receive);
		if (lodger_clock_ns() - s->started_ns >= LIVES_NS) {
			delay_ns = DELAY_MIN_NS;
			in_a_row = 0;
		}
		if (++in_a_row == OFTEN)
			say_often(s, status);
		wait_a_while(s, delay_ns);
		delay_ns = delay_ns * 2 > DELAY_MAX_NS ? DELAY_MAX_NS : delay_ns * 2;
	}
}

static void add(const struct service_entry *e)
{
	struct service *s = &services[nr_services++];
	long all;

	s->entry = e;
	s->state = SERVICE_WAITS;
	s->status = -1;
	all = strcmp(e->name, "names") ? sys_endpoint_create() : HANDLE_ALL_NAMES;
	if (all < 0)
		lodger_die("%s: %s", e->name, lodger_strerror((int)-all));
	s->receive = sys_handle_duplicate(all, RIGHT_RECEIVE | RIGHT_DUPLICATE, 0);
	s->hurry = sys_notification_create();
	if (s->hurry < 0)
		lodger_die("%s: %s", e->name, lodger_strerror((int)-s->hurry));
	s->endpoint = all;
	if (is_names(s))
		return;
	s->endpoint = sys_handle_duplicate(all, RIGHT_CALL | RIGHT_DUPLICATE, 0);
	sys_close(all);
}

/* ---- answering ---- */

static long get(uint64_t number, uint64_t word[])
{
	struct service *s = &services[number];

	if (number >= nr_services)
		return -ENOENT;
	lodger_lock(&s->lock);
	word[1] = (uint64_t)s->state;
	word[2] = s->restarts;
	word[3] = (uint64_t)s->status;
	word[4] = lodger_clock_ns() - s->started_ns;
	lodger_unlock(&s->lock);
	return lodger_name_pack(&word[5], s->entry->name);
}

static long restart(const uint64_t word[3])
{
	char name[SERVICE_NAME_MAX];
	struct service *s;
	long err = 0;

	lodger_name_unpack(name, word);
	s = find(name);
	if (!s)
		return -ENOENT;
	lodger_lock(&s->lock);
	if (s->process)
		lodger_kill(s->process); /* its thread does the rest */
	else if (s->state == SERVICE_NO_DEVICE)
		err = -ENODEV;
	else if (s->state == SERVICE_FAILED)
		err = -ENOEXEC;
	else
		sys_signal(s->hurry, 1);
	lodger_unlock(&s->lock);
	return err;
}

static void answer_for_ever(void)
{
	struct ipc_message m = { 0 };
	long err = sys_ipc_receive(HANDLE_INIT, &m);

	while (err >= 0) {
		struct ipc_message reply = { 0 };

		reply.word[0] = (uint64_t)(m.word[0] == SERVICE_GET ? get(m.word[1], reply.word) :
					   m.word[0] == SERVICE_RESTART ? restart(&m.word[1]) :
									  -EINVAL);
		m = reply;
		err = sys_ipc_reply_receive(HANDLE_INIT, &m);
	}
	lodger_die("cannot be asked: %s", lodger_strerror((int)-err));
}

int main(void)
{
	struct lodger_file f;
	unsigned int n;
	char *text;
	int err = lodger_file_find("services", &f);

	if (err)
		lodger_die("services: %s", lodger_strerror(-err));
	text = malloc(f.size + 1);
	if (!text)
		lodger_die("no memory");
	memcpy(text, f.data, f.size);
	text[f.size] = '\0';
	n = manifest_read(text, entries);
	for (unsigned int i = 0; i < n; i++)
		add(&entries[i]);
	for (unsigned int i = 0; i < n; i++) {
		err = lodger_thread_create(&services[i].thread, watch, &services[i]);
		if (err)
			printf("init: %s: %s\n", entries[i].name, lodger_strerror(-err));
	}
	answer_for_ever();
	return EXIT_ERROR;
}
