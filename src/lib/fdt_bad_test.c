/* SPDX-License-Identifier: MIT */
/* What must happen when one thing in a tree is wrong, or too deep. */
#include "lib/fdt_test.h"

/* Seen failing, one line each, with the respective check removed, but for two:
 * a structure block inside the header has no valid token there anyway, and only
 * the fuzzer sees a blob shorter than a header read. */
TEST(fdt, refuses_bad_headers)
{
	static const struct {
		u32 offset, value;
		int err;
	} bad[] = {
		{ 0, 0xd00dfeee, -EINVAL },
		{ 4, sizeof(blob) + 1, -EOVERFLOW },
		{ 4, 39, -EILSEQ },
		{ 8, 36, -EILSEQ },
		{ 8, ~0U, -EILSEQ },
		{ 12, 36, -EILSEQ },
		{ 12, ~0U, -EILSEQ },
		{ 16, 36, -EILSEQ },
		{ 16, sizeof(blob) - 8, -EILSEQ },
		{ 16, ~0U, -EILSEQ },
		{ 20, 16, -EINVAL },
		{ 24, 18, -EINVAL },
		{ 32, ~0U, -EILSEQ },
		{ 36, ~0U, -EILSEQ },
		{ 36, 0, -EILSEQ },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		make();
		header(bad[i].offset, bad[i].value);
		EXPECT_EQ(open(), bad[i].err);
	}
	make();
	EXPECT_EQ(fdt_open(&f, blob, 0), -EOVERFLOW);
	EXPECT_EQ(fdt_open(&f, blob, 39), -EOVERFLOW);
	EXPECT_EQ(fdt_open(&f, blob, sizeof(blob) - 1), -EOVERFLOW);
}

/* Seen failing, one line each, with the respective check removed; only the
 * fuzzer sees the end of the last name not looked for (a read behind the blob). */
TEST(fdt, refuses_bad_structures)
{
	make();
	header(36, at - 4); /* no END */
	EXPECT_EQ(open(), -EILSEQ);

	make();
	header(32, strings - 1); /* the last name without its NUL */
	EXPECT_EQ(open(), -EILSEQ);

	start();
	finish(); /* no root */
	EXPECT_EQ(open(), -EILSEQ);

	start();
	begin("");
	token(END_NODE);
	begin(""); /* two */
	token(END_NODE);
	finish();
	EXPECT_EQ(open(), -EILSEQ);

	start();
	begin("root"); /* with a name */
	token(END_NODE);
	finish();
	EXPECT_EQ(open(), -EILSEQ);

	start();
	begin("");
	token(END_NODE);
	token(END_NODE);
	finish();
	EXPECT_EQ(open(), -EILSEQ);

	start();
	token(END_NODE);
	begin("");
	finish();
	EXPECT_EQ(open(), -EILSEQ);

	start();
	begin("");
	finish(); /* left open */
	EXPECT_EQ(open(), -EILSEQ);

	start();
	begin("");
	begin("child");
	token(END_NODE);
	CELLS("late", 1);
	token(END_NODE);
	finish();
	EXPECT_EQ(open(), -EILSEQ);

	start();
	CELLS("early", 1);
	begin("");
	token(END_NODE);
	finish();
	EXPECT_EQ(open(), -EILSEQ);

	start();
	begin("");
	token(5); /* no such token */
	token(END_NODE);
	finish();
	EXPECT_EQ(open(), -EILSEQ);

	start();
	begin("");
	CELLS("x", 1);
	token(PROP);
	token(~0U - 11); /* a length that wraps */
	token(0);
	token(END_NODE);
	finish();
	EXPECT_EQ(open(), -EILSEQ);

	start();
	begin("");
	begin("name");
	header(32, 0);
	header(36, at - 4); /* ends inside the name */
	EXPECT_EQ(open(), -EILSEQ);
}

/* Seen failing with the limit one larger (ASan: the way did not fit) and one
 * smaller. */
TEST(fdt, knows_its_depth)
{
	for (int extra = 0; extra < 2; extra++) {
		fdt_node node, deepest = -1;

		start();
		begin("");
		for (int i = 1; i < FDT_DEPTH_MAX + extra; i++)
			begin("n");
		for (int i = 0; i < FDT_DEPTH_MAX + extra; i++)
			token(END_NODE);
		finish();
		if (extra) {
			EXPECT_EQ(open(), -EILSEQ);
			continue;
		}
		EXPECT_EQ(open(), 0);
		for (node = fdt_root(&f); node >= 0;
		     node = fdt_next(&f, node, NULL))
			deepest = node;
		for (int i = 1; i < FDT_DEPTH_MAX; i++)
			deepest = fdt_parent(&f, deepest);
		EXPECT_EQ(deepest, fdt_root(&f));
	}
}
