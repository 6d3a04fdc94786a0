/* SPDX-License-Identifier: MIT */
#include "kernel/test.h"
#include "lib/format.h"
#include "lib/string.h"
#include "shell/history.h"

static struct history h;

/* Seen failing without the search for an equal line in history_add(). */
TEST(history, keeps_a_line_once)
{
	h.used = 0;
	history_add(&h, "one");
	history_add(&h, "two");
	history_add(&h, "one");
	history_add(&h, "");
	history_add(&h, " secret");
	EXPECT_EQ(history_count(&h), 2);
	EXPECT_EQ(strcmp(history_get(&h, 0), "one"), 0);
	EXPECT_EQ(strcmp(history_get(&h, 1), "two"), 0);
	EXPECT_EQ(history_get(&h, 2), 0);
	EXPECT_EQ(history_search(&h, 0, "tw"), 1);
	EXPECT_EQ(history_search(&h, 0, "three"), (u64)-1);
}

/* Seen failing (ASan) with `used + n > HISTORY_BYTES + 1`. */
TEST(history, oldest_make_room)
{
	char line[64];
	unsigned int n;

	h.used = 0;
	for (unsigned int i = 0; i < 2000; i++) {
		fmt_snprintf(line, sizeof(line), "line number %u", i);
		history_add(&h, line);
		EXPECT_LE(h.used, HISTORY_BYTES);
	}
	EXPECT_EQ(strcmp(history_get(&h, 0), "line number 1999"), 0);
	n = history_count(&h);
	EXPECT_LT(200, n);
	fmt_snprintf(line, sizeof(line), "line number %u", 2000 - n);
	EXPECT_EQ(strcmp(history_get(&h, n - 1), line), 0);
}
