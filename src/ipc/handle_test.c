/* SPDX-License-Identifier: MIT */
/*
 * Handle tables, with objects that only count: every reference that goes in must
 * come out, whoever closes what and when.
 */
#include "ipc/handle.h"
#include "core/failpoint.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "sched/task.h"

static struct handle_table table;
static u32 released;

static void release(struct object *o)
{
	__atomic_add_fetch(&released, 1, __ATOMIC_RELAXED);
	atomic_inc(&object_counts[o->type].now);
}

static const struct object_ops ops = { .release = release };
static struct object thing, other;

/* One that `objects` does not count: most are never released. */
static void init(struct object *o, enum object_type type)
{
	object_init(o, type, &ops);
	__atomic_sub_fetch(&object_counts[type].now.v, 1, __ATOMIC_RELAXED);
}

static int setup(void)
{
	init(&thing, OBJ_MEMORY);
	init(&other, OBJ_THREAD);
	released = 0;
	return handle_table_init(&table, NULL);
}

/* handle_add of one more reference. */
static int add(struct object *o, u32 rights)
{
	int h;

	object_get(o);
	h = handle_add(&table, o, rights);
	if (h < 0)
		object_put(o);
	return h;
}

/* What handle_get answers; the reference goes back. */
static int get(u64 h, enum object_type type, u32 rights)
{
	struct object *o;
	int err = handle_get(&table, h, type, rights, &o);

	if (!err)
		object_put(o);
	return err;
}

/* Seen failing with the type not compared, with one right that is enough for two, and
 * with h cut to 32 bits. */
static void looks_up(void)
{
	struct object *o;
	int a = add(&thing, RIGHT_READ | RIGHT_SPAWN), b = add(&other, RIGHT_WAIT);

	EXPECT_EQ(a, 1);
	EXPECT_EQ(b, 2);
	EXPECT_EQ(handle_get(&table, 1, OBJ_MEMORY, RIGHT_READ, &o), 0);
	EXPECT_EQ((u64)o, (u64)&thing);
	EXPECT_EQ(atomic_read(&thing.refs), 3); /* ours, the table's, this one */
	object_put(o);
	EXPECT_EQ(get(1, OBJ_MEMORY, RIGHT_READ | RIGHT_SPAWN), 0);
	EXPECT_EQ(get(1, OBJ_MEMORY, RIGHT_READ | RIGHT_WRITE), -EPERM);
	EXPECT_EQ(get(1, OBJ_PROCESS, RIGHT_READ), -EBADF);
	EXPECT_EQ(get(2, OBJ_MEMORY, 0), -EBADF);
	EXPECT_EQ(handle_get_any(&table, 2, BIT(OBJ_PROCESS) | BIT(OBJ_THREAD),
				 RIGHT_WAIT, &o, NULL), 0);
	object_put(o);
	EXPECT_EQ(get(HANDLE_NONE, OBJ_MEMORY, 0), -EBADF);
	EXPECT_EQ(get(3, OBJ_MEMORY, 0), -EBADF);
	EXPECT_EQ(get(table.size, OBJ_MEMORY, 0), -EBADF);
	EXPECT_EQ(get(HANDLES_MAX, OBJ_MEMORY, 0), -EBADF);
	EXPECT_EQ(get(~0UL, OBJ_MEMORY, 0), -EBADF);
	EXPECT_EQ(get(1UL << 32 | 1, OBJ_MEMORY, 0), -EBADF);

	EXPECT_EQ(handle_close(&table, HANDLE_NONE), -EBADF);
	EXPECT_EQ(handle_close(&table, 3), -EBADF);
	EXPECT_EQ(handle_close(&table, 1), 0);
	EXPECT_EQ(handle_close(&table, 1), -EBADF);
	EXPECT_EQ(get(1, OBJ_MEMORY, 0), -EBADF);
	EXPECT_EQ(atomic_read(&thing.refs), 1);
	EXPECT_EQ(add(&thing, 0), 1); /* what was closed is used again */
}

TEST(handle, names_what_was_put_in)
{
	EXPECT_EQ(setup(), 0);
	looks_up();
	handle_table_destroy(&table);
	EXPECT_EQ(released, 0);
	EXPECT_EQ(atomic_read(&thing.refs), 1);
	EXPECT_EQ(atomic_read(&other.refs), 1);
}

/* Numbers that name something: not multiples of HANDLES_PER_CHUNK. */
static bool names(int h)
{
	return h % HANDLES_PER_CHUNK != 0;
}

/* Seen failing with `size > HANDLES_MAX` in grow, and with free slots from 2 on in
 * add_chunk. */
static void fills(void)
{
	int all = HANDLES_MAX - HANDLES_MAX / HANDLES_PER_CHUNK;

	for (int h = 1; h < HANDLES_MAX; h++)
		if (names(h))
			EXPECT_EQ(add(&thing, RIGHT_READ), h);
	EXPECT_EQ(add(&thing, RIGHT_READ), -EMFILE);
	EXPECT_EQ(handle_reserve(&table), -EMFILE);
	EXPECT_EQ(atomic_read(&thing.refs), 1 + all);
	for (int h = 1; h < HANDLES_MAX; h += 7)
		EXPECT_EQ(handle_close(&table, (u64)h), names(h) ? 0 : -EBADF);
	for (int h = 1; h < HANDLES_MAX; h++)
		EXPECT_EQ(get((u64)h, OBJ_MEMORY, RIGHT_READ),
			  h % 7 == 1 || !names(h) ? -EBADF : 0);
	for (int h = 1; h < HANDLES_MAX; h += 7)
		if (names(h))
			EXPECT_LT(0, add(&thing, RIGHT_READ));
	EXPECT_EQ(add(&thing, RIGHT_READ), -EMFILE);
}

TEST(handle, as_many_as_allowed)
{
	EXPECT_EQ(setup(), 0);
	fills();
	handle_table_destroy(&table);
	EXPECT_EQ(atomic_read(&thing.refs), 1);
}

/* Seen failing with the slot not returned in handle_unreserve, and without
 * object_put in handle_install of a table that is gone. */
TEST(handle, reserved_ones_name_nothing)
{
	int a, b;

	EXPECT_EQ(setup(), 0);
	a = handle_reserve(&table);
	b = handle_reserve(&table);
	EXPECT_EQ(a, 1);
	EXPECT_EQ(b, 2);
	EXPECT_EQ(get(1, OBJ_MEMORY, 0), -EBADF);
	EXPECT_EQ(handle_close(&table, 1), -EBADF); /* not a user's to close */
	handle_unreserve(&table, a);
	EXPECT_EQ(add(&other, 0), a);
	object_get(&thing);
	handle_install(&table, b, &thing, RIGHT_READ);
	EXPECT_EQ(get(2, OBJ_MEMORY, RIGHT_READ), 0);
	EXPECT_EQ(table.used, 2);

	/* The process ends between the two steps. */
	a = handle_reserve(&table);
	b = handle_reserve(&table);
	handle_table_destroy(&table);
	EXPECT_EQ(atomic_read(&thing.refs), 1);
	object_get(&thing);
	handle_install(&table, a, &thing, 0);
	EXPECT_EQ(atomic_read(&thing.refs), 1);
	handle_unreserve(&table, b);
	EXPECT_EQ(add(&thing, 0), -ESRCH);
	EXPECT_EQ(get(1, OBJ_MEMORY, 0), -EBADF);
	EXPECT_EQ(handle_close(&table, 1), -EBADF);
}

/* The last reference goes with the handle. Seen failing with object_put left out of
 * handle_table_destroy. */
TEST(handle, drops_its_references)
{
	EXPECT_EQ(setup(), 0);
	EXPECT_EQ(handle_add(&table, &thing, 0), 1); /* consumes ours */
	EXPECT_EQ(handle_add(&table, &other, 0), 2);
	EXPECT_EQ(handle_close(&table, 1), 0);
	EXPECT_EQ(released, 1);
	handle_table_destroy(&table);
	EXPECT_EQ(released, 2);
}

/* Seen failing with the answer of kzalloc not looked at in handle_table_init, and with
 * the list of chunks not freed there. */
TEST(handle, failing_at_each_allocation)
{
	bool hit = true;

	for (u32 n = 1; hit; n++) {
		int err, h = 1;

		failpoint_arm(n);
		err = setup();
		for (u32 i = 0; !err && i < 140 && h > 0; i++) /* grows twice */
			h = add(&thing, 0);
		hit = failpoint_disarm();
		if (!err)
			handle_table_destroy(&table);
		EXPECT_EQ(atomic_read(&thing.refs), 1);
		err = err ? err : MIN(h, 0);
		EXPECT(err == 0 || (hit && err == -ENOMEM));
		/* One was not covered by what a magazine still had. */
		EXPECT(n > 1 || err || !CONFIG_FAILPOINTS);
	}
}

/* ---- what is derived ---- */

static struct handle_table table2;

static u64 badge_of(struct handle_table *t, int h)
{
	struct object *o;
	u64 badge = ~0ULL;

	if (handle_get_any(t, (u64)h, (u32)BIT(OBJ_MEMORY), 0, &o, &badge) == 0)
		object_put(o);
	return badge;
}

/* Seen failing with rights | s->rights in derive, and without its look at the badge. */
static void duplicates(void)
{
	int a = add(&thing, RIGHT_READ | RIGHT_SPAWN | RIGHT_DUPLICATE), b, c, d;

	b = handle_derive(&table, (u64)a, &table, RIGHT_READ | RIGHT_WRITE | RIGHT_DUPLICATE, 7);
	EXPECT(b > 0 && b != a);
	EXPECT_EQ(get((u64)b, OBJ_MEMORY, RIGHT_READ), 0);
	EXPECT_EQ(get((u64)b, OBJ_MEMORY, RIGHT_WRITE), -EPERM);
	EXPECT_EQ(get((u64)b, OBJ_MEMORY, RIGHT_SPAWN), -EPERM);
	EXPECT_EQ(badge_of(&table, a), 0);
	EXPECT_EQ(badge_of(&table, b), 7);
	EXPECT_EQ(handle_derive(&table, (u64)b, &table, RIGHT_READ, 8), -EPERM);
	c = handle_derive(&table, (u64)b, &table, RIGHT_READ, 0);
	EXPECT_EQ(badge_of(&table, c), 7);
	EXPECT_EQ(handle_derive(&table, (u64)c, &table, RIGHT_READ, 0), -EPERM);
	EXPECT_EQ(handle_derive(&table, 60, &table, RIGHT_READ, 0), -EBADF);
	d = handle_derive(&table, (u64)a, &table2, RIGHT_READ, 0);
	EXPECT_EQ(d, 1);
	EXPECT_EQ(atomic_read(&thing.refs), 5);
	EXPECT_EQ(table.used, 3);
}

TEST(handle, duplicates_have_no_more_rights)
{
	EXPECT_EQ(setup(), 0);
	EXPECT_EQ(handle_table_init(&table2, NULL), 0);
	duplicates();
	handle_table_destroy(&table);
	EXPECT_EQ(atomic_read(&thing.refs), 2); /* table2's */
	handle_table_destroy(&table2);
	EXPECT_EQ(atomic_read(&thing.refs), 1);
}

/*
 * a -> b -> c (of another table) -> d; e beside b. Seen failing with the children of a
 * closed handle left without a parent, and with revoke_one that goes down one level.
 */
static void revokes(void)
{
	u32 all = RIGHT_READ | RIGHT_DUPLICATE;
	int a = add(&thing, all);
	int b = handle_derive(&table, (u64)a, &table, all, 0);
	int c = handle_derive(&table, (u64)b, &table2, all, 0);
	int d = handle_derive(&table2, (u64)c, &table2, all, 0);
	int e = handle_derive(&table, (u64)a, &table, all, 0);

	EXPECT_EQ(handle_revoke(&table, (u64)e), 0);
	EXPECT_EQ(atomic_read(&thing.refs), 6);
	EXPECT_EQ(handle_close(&table2, (u64)c), 0); /* d is b's now */
	EXPECT_EQ(handle_revoke(&table, (u64)b), 0);
	EXPECT_EQ(badge_of(&table2, d), ~0ULL);
	EXPECT_EQ(table2.used, 0);
	EXPECT_EQ(get((u64)b, OBJ_MEMORY, RIGHT_READ), 0); /* itself it stays */
	c = handle_derive(&table, (u64)b, &table2, all, 0);
	EXPECT_EQ(handle_close(&table, (u64)b), 0);
	EXPECT_EQ(handle_revoke(&table, (u64)a), 0);
	EXPECT_EQ(get((u64)e, OBJ_MEMORY, RIGHT_READ), -EBADF);
	EXPECT_EQ(badge_of(&table2, c), ~0ULL);
	EXPECT_EQ(atomic_read(&thing.refs), 2);
	EXPECT_EQ(handle_revoke(&table, (u64)e), -EBADF);
	EXPECT_EQ(handle_revoke(&table, 1UL << 40), -EBADF);
}

TEST(handle, revokes_what_is_derived)
{
	EXPECT_EQ(setup(), 0);
	EXPECT_EQ(handle_table_init(&table2, NULL), 0);
	revokes();
	handle_table_destroy(&table2);
	handle_table_destroy(&table);
	EXPECT_EQ(atomic_read(&thing.refs), 1);
}

/* ---- all CPUs ---- */

#define ROUNDS 1500
static u32 wrong;

static void hammer(void *arg)
{
	int mine[20] = { 0 };

	for (u32 i = 0; i < ROUNDS; i++) {
		int *h = &mine[i * 13 % ARRAY_SIZE(mine)];
		bool bad = false;

		if (*h == 0)
			bad = (*h = add(&thing, RIGHT_READ)) <= 0;
		else if (get((u64)*h, OBJ_MEMORY, RIGHT_READ))
			bad = true; /* it is ours, nobody else closes it */
		else if (i % 3 == 0 && handle_close(&table, (u64)*h) == 0)
			*h = 0;
		if (bad)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	for (u32 i = 0; i < ARRAY_SIZE(mine); i++)
		if (mine[i] > 0 && handle_close(&table, (u64)mine[i]))
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
}

/* Threads on every CPU use one table, which grows under them. Seen failing with the
 * lock left out of handle_close. */
TEST(handle, all_cpus_at_once)
{
	struct task *tasks[NR_CPUS] = { NULL };
	bool created = true;

	EXPECT_EQ(setup(), 0);
	wrong = 0;
	for_each_online_cpu(cpu) {
		struct task_params p = { .name = "test", .entry = hammer,
					 .affinity = cpu_bit(cpu) };

		tasks[cpu] = task_create(&p);
		created &= tasks[cpu] != NULL;
	}
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		if (tasks[cpu])
			task_start(tasks[cpu]);
	hammer(NULL);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		if (!tasks[cpu])
			continue;
		task_join(tasks[cpu]);
		task_put(tasks[cpu]);
	}
	EXPECT(created);
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(table.used, 0);
	EXPECT_EQ(atomic_read(&thing.refs), 1);
	handle_table_destroy(&table);
}
