/* SPDX-License-Identifier: MIT */
#include "core/ksyms.h"

#include "kernel/test.h"
#include "lib/string.h"

extern const char _text[], _etext[];

/* Seen failing with `<` for `<=` in the search. */
TEST(ksyms, names_a_function_and_the_place_in_it)
{
	u64 offset;
	const char *name = ksym_lookup((vaddr_t)ksym_lookup + 8, &offset);

	EXPECT(name && strcmp(name, "ksym_lookup") == 0);
	EXPECT_EQ(offset, 8);
	name = ksym_lookup((vaddr_t)test_fail, NULL);
	EXPECT(name && strcmp(name, "test_fail") == 0);
}

/* Going up through the text, each step is deeper in the same function or not
 * beyond the start of another. Seen failing with `<` for `<=` in the search,
 * and with names counted from the first instead of from their mark. */
TEST(ksyms, knows_all_of_the_text)
{
	const u64 step = 16;
	const char *last_name = NULL;
	u64 last_offset = 0;

	for (vaddr_t at = (vaddr_t)_text; at < (vaddr_t)_etext; at += step) {
		u64 offset;
		const char *name = ksym_lookup(at, &offset);

		EXPECT(name && name[0]);
		if (name == last_name)
			EXPECT_EQ(offset, last_offset + step);
		else
			EXPECT_LT(offset, step);
		last_name = name;
		last_offset = offset;
	}
}

/* Seen failing with the bounds not looked at. */
TEST(ksyms, knows_nothing_outside)
{
	static const char data;

	EXPECT(!ksym_lookup(0, NULL));
	EXPECT(!ksym_lookup((vaddr_t)_text - 1, NULL));
	EXPECT(!ksym_lookup((vaddr_t)_etext, NULL));
	EXPECT(!ksym_lookup((vaddr_t)&data, NULL));
}
