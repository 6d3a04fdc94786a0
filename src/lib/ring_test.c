/* SPDX-License-Identifier: MIT */
#include "kernel/test.h"
#include "lib/ring.h"

/* Seen failing with one slot kept free to tell full from empty. */
TEST(ring, holds_as_many_as_its_size)
{
	u8 buf[8], byte = 0;
	struct ring r;

	ring_init(&r, buf, sizeof(buf));
	EXPECT(!ring_get(&r, &byte));
	for (u8 i = 0; i < 8; i++)
		EXPECT(ring_put(&r, i));
	EXPECT(!ring_put(&r, 8));
	EXPECT_EQ(ring_count(&r), 8);
	EXPECT_EQ(ring_space(&r), 0);
	for (u8 i = 0; i < 8; i++) {
		EXPECT(ring_get(&r, &byte));
		EXPECT_EQ(byte, i);
	}
	EXPECT(!ring_get(&r, &byte));
}

/* Seen failing with the mask left out (ASan) and with 16-bit indices. */
TEST(ring, survives_the_wrap_of_its_indices)
{
	u8 buf[16], in = 0, out = 0, some[16];
	struct ring r;

	ring_init(&r, buf, sizeof(buf));
	r.head = r.tail = ~0U - 20;
	for (int round = 0; round < 100; round++) {
		u32 n = (u32)round % 17, pushed;

		for (u32 i = 0; i < n; i++)
			some[i] = (u8)(in + i);
		pushed = ring_push_many(&r, some, n);
		in = (u8)(in + pushed);
		EXPECT_EQ(ring_count(&r) + ring_space(&r), 16);
		n = ring_pop_many(&r, some, (u32)round % 13);
		for (u32 i = 0; i < n; i++)
			EXPECT_EQ(some[i], out++);
	}
	EXPECT_EQ((u8)(in - out), ring_count(&r));
	EXPECT_LT(r.tail, 1000); /* it did wrap */
}

/* Seen failing with what fits computed as n, whatever the space. */
TEST(ring, takes_what_fits)
{
	u8 buf[4], some[6] = { 1, 2, 3, 4, 5, 6 };
	struct ring r;

	ring_init(&r, buf, sizeof(buf));
	EXPECT_EQ(ring_push_many(&r, some, 3), 3);
	EXPECT_EQ(ring_push_many(&r, some + 3, 3), 1);
	EXPECT_EQ(ring_pop_many(&r, some, 6), 4);
	EXPECT_EQ(some[3], 4);
	EXPECT_EQ(ring_pop_many(&r, some, 6), 0);
}

/* A fill that grows between two looks, as an interrupt makes it. */
static u32 looks;
static u32 growing_fill(void)
{
	return looks++ == 0 ? 0 : 3;
}

/* Taking min(what is asked, what is there) must look once: looking twice, a reader
 * that asked for one byte was given three. Seen failing with MIN as a plain
 * conditional expression. */
TEST(ring, looks_at_the_fill_once)
{
	looks = 0;
	EXPECT_EQ(MIN(1U, growing_fill()), 0);
	EXPECT_EQ(looks, 1);
	looks = 0;
	EXPECT_EQ(MAX(1U, growing_fill()), 1);
	EXPECT_EQ(looks, 1);
}
