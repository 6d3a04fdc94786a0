/* SPDX-License-Identifier: MIT */
/*
 * What the parser says of a small tree. Where one thing in it is wrong: fdt_bad_test.c. On the
 * host, tests/host/fdt_compare.c holds the parser beside libfdt over real trees.
 */
#include "lib/fdt_test.h"

/* Seen failing with NOPs not skipped, with END_NODE not counted in fdt_next(), and with *depth set
 * rather than moved. */
TEST(fdt, walks_all_nodes)
{
	static const char *const names[] = {
		"", "aliases", "memory@0", "soc", "serial@7e201000", "port",
		"serial@40000000", "pass", "dev",
	};
	static const int depths[] = { 0, 1, 1, 1, 2, 3, 2, 2, 3 };
	fdt_node node, soc;
	int depth = 0;

	make();
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(f.boot_cpuid, 2);
	node = fdt_root(&f);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT(node >= 0);
		EXPECT_EQ(strcmp(fdt_name(&f, node), names[i]), 0);
		EXPECT_EQ(depth, depths[i]);
		node = fdt_next(&f, node, &depth);
	}
	EXPECT_EQ(node, -ENOENT);

	soc = fdt_path(&f, "/soc");
	node = fdt_first_child(&f, soc);
	EXPECT_EQ(node, fdt_path(&f, "/soc/serial@7e201000"));
	EXPECT_EQ(fdt_parent(&f, node), soc);
	node = fdt_next_sibling(&f, node);
	EXPECT_EQ(node, fdt_path(&f, "/soc/serial@40000000"));
	node = fdt_next_sibling(&f, fdt_next_sibling(&f, node));
	EXPECT_EQ(node, -ENOENT);
	EXPECT_EQ(fdt_first_child(&f, fdt_path(&f, "/aliases")), -ENOENT);
	EXPECT_EQ(fdt_next_sibling(&f, soc), -ENOENT);
	EXPECT_EQ(fdt_parent(&f, fdt_root(&f)), -ENOENT);
	EXPECT_EQ(fdt_parent(&f, soc), fdt_root(&f));
}

/* Seen failing with a component compared only as far as the node's name goes,
 * with "@40000000" left out of the comparison, with ':' part of the name, and
 * with an alias taken that does not begin with '/'. */
TEST(fdt, finds_nodes)
{
	fdt_node serial, other;
	char path[32];

	make();
	EXPECT_EQ(open(), 0);
	serial = fdt_path(&f, "/soc/serial@7e201000");
	other = fdt_path(&f, "/soc/serial@40000000");
	EXPECT(serial > 0 && other > serial);
	EXPECT_EQ(fdt_path(&f, "/soc/serial"), serial);
	EXPECT_EQ(fdt_path(&f, "//soc//serial/"), serial);
	EXPECT_EQ(fdt_path(&f, "serial0"), serial);
	EXPECT_EQ(fdt_path(&f, "serial0:115200n8"), serial);
	EXPECT_EQ(fdt_path(&f, "/soc/serial@40000000:9600"), other);
	EXPECT_EQ(fdt_parent(&f, fdt_path(&f, "serial0/port")), serial);
	EXPECT_EQ(fdt_path(&f, "/"), fdt_root(&f));
	EXPECT_EQ(fdt_path(&f, "/soc/serial@4"), -ENOENT);
	EXPECT_EQ(fdt_path(&f, "/soc/seria"), -ENOENT);
	EXPECT_EQ(fdt_path(&f, "/soc/serials"), -ENOENT);
	EXPECT_EQ(fdt_path(&f, "serial1"), -ENOENT);
	EXPECT_EQ(fdt_path(&f, "loop"), -ENOENT);
	EXPECT_EQ(fdt_path(&f, "relative"), -ENOENT);
	EXPECT_EQ(fdt_path(&f, ""), -ENOENT);

	EXPECT_EQ(fdt_by_phandle(&f, 7), serial);
	EXPECT_EQ(fdt_by_phandle(&f, 8), other);
	EXPECT_EQ(fdt_by_phandle(&f, 9), -ENOENT);
	EXPECT_EQ(fdt_by_phandle(&f, 0), -ENOENT);

	EXPECT_EQ(fdt_compatible(&f, -1, "lodger,any"), fdt_root(&f));
	EXPECT_EQ(fdt_compatible(&f, -1, "arm,pl011"), serial);
	EXPECT_EQ(fdt_compatible(&f, serial, "arm,pl011"), other);
	EXPECT_EQ(fdt_compatible(&f, other, "arm,pl011"), -ENOENT);
	EXPECT_EQ(fdt_compatible(&f, -1, "arm,pl01"), -ENOENT);
	EXPECT(fdt_is_compatible(&f, serial, "arm,primecell"));
	EXPECT(!fdt_is_compatible(&f, other, "arm,primecell"));

	fdt_full_path(&f, other, path, sizeof(path));
	EXPECT_EQ(strcmp(path, "/soc/serial@40000000"), 0);
	fdt_full_path(&f, other, path, 8);
	EXPECT_EQ(strcmp(path, "/soc/se"), 0);
	fdt_full_path(&f, other, path, 5);
	EXPECT_EQ(strcmp(path, "/soc"), 0);
	fdt_full_path(&f, fdt_root(&f), path, sizeof(path));
	EXPECT_EQ(strcmp(path, "/"), 0);
}

/* Seen failing with a string let through that has no NUL, with the length of a
 * property in cells rounded up, and with "disabled" available. */
TEST(fdt, reads_properties)
{
	fdt_node serial, other, none = -ENOENT;
	u32 len, cell;

	make();
	EXPECT_EQ(open(), 0);
	serial = fdt_path(&f, "serial0");
	other = fdt_path(&f, "/soc/serial@40000000");
	EXPECT(fdt_get(&f, serial, "reg", &len));
	EXPECT_EQ(len, 8);
	EXPECT(!fdt_get(&f, serial, "re", &len));
	EXPECT_EQ(strcmp(fdt_get_string(&f, serial, "status"), "disabled"), 0);
	EXPECT(!fdt_get_string(&f, other, "status"));
	EXPECT_EQ(fdt_get_u32(&f, serial, "reg", 1, &cell), 0);
	EXPECT_EQ(cell, 0x200);
	EXPECT_EQ(fdt_get_u32(&f, serial, "reg", 2, &cell), -EINVAL);
	EXPECT_EQ(fdt_get_u32(&f, serial, "reg", 0x40000000, &cell), -EINVAL);
	EXPECT_EQ(fdt_get_u32(&f, serial, "nosuch", 0, &cell), -ENOENT);
	EXPECT_EQ(fdt_get_u32(&f, other, "status", 0, &cell), 0);
	EXPECT_EQ(fdt_get_u32(&f, fdt_path(&f, "/aliases"), "loop", 1, &cell),
		  -EINVAL);
	EXPECT(!fdt_is_available(&f, serial));
	EXPECT(!fdt_is_available(&f, other));
	EXPECT(fdt_is_available(&f, fdt_root(&f)));

	/* A node that is none has nothing. */
	EXPECT(!fdt_get(&f, none, "reg", &len) && !fdt_name(&f, none));
	EXPECT_EQ(fdt_first_prop(&f, none), -ENOENT);
	EXPECT_EQ(fdt_next_prop(&f, none), -ENOENT);
	EXPECT_EQ(fdt_next(&f, none, NULL), -ENOENT);
	EXPECT(!fdt_prop_name(&f, none) && !fdt_prop_data(&f, none, &len));
}

/* Seen failing with only the base looked for in "ranges", with the first entry
 * taken for all, and with the parent's own cells used for its own reg. */
TEST(fdt, translates_addresses)
{
	fdt_node memory, serial, other;
	u64 base, size;

	make();
	EXPECT_EQ(open(), 0);
	memory = fdt_path(&f, "/memory");
	serial = fdt_path(&f, "serial0");
	other = fdt_path(&f, "/soc/serial@40000000");
	EXPECT_EQ(fdt_reg(&f, memory, 0, &base, &size), 0);
	EXPECT(base == 0 && size == 0x3b400000);
	EXPECT_EQ(fdt_reg(&f, memory, 1, &base, &size), 0);
	EXPECT(base == 0x140000000 && size == 0xbc000000);
	EXPECT_EQ(fdt_reg(&f, memory, 2, &base, &size), -ENOENT);
	EXPECT_EQ(fdt_reg(&f, serial, 0, &base, &size), 0);
	EXPECT(base == 0x1fe201000 && size == 0x200);
	EXPECT_EQ(fdt_reg(&f, other, 0, &base, &size), 0);
	EXPECT(base == 0xff800000 && size == 0x800000);
	EXPECT_EQ(fdt_reg(&f, other, 1, &base, &size), -EINVAL); /* sticks out */
	EXPECT_EQ(fdt_reg(&f, other, 2, &base, &size), -EINVAL); /* outside */
	EXPECT_EQ(fdt_reg(&f, fdt_path(&f, "/soc/pass/dev"), 0, &base, &size),
		  0);
	EXPECT(base == 0x1fe000010 && size == 0x10);
	/* No "ranges" at serial@7e201000: its children's are other numbers. */
	EXPECT_EQ(fdt_reg(&f, fdt_path(&f, "serial0/port"), 0, &base, &size),
		  -EINVAL);
	EXPECT_EQ(fdt_reg(&f, fdt_path(&f, "/soc"), 0, &base, &size), -ENOENT);
	EXPECT_EQ(fdt_reg(&f, fdt_root(&f), 0, &base, &size), -ENOENT);
}

/* Seen failing with the end of the range not looked at, and with cells of 3
 * read as if they were 2. */
TEST(fdt, refuses_odd_addresses)
{
	u64 base = 0, size = 0;

	start();
	begin("");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	begin("top");
	CELLS("reg", ~0U, 0xfffffff0, 0, 0x10, ~0U, 0xfffffff0, 0, 0xf);
	token(END_NODE);
	begin("pci");
	CELLS("#address-cells", 3);
	prop("ranges", "", 0);
	begin("dev");
	CELLS("reg", 1, 2, 3, 4, 5);
	token(END_NODE);
	token(END_NODE);
	begin("cpus");
	CELLS("#size-cells", 0);
	prop("ranges", "", 0);
	begin("cpu");
	CELLS("reg", 1, 2);
	token(END_NODE);
	token(END_NODE);
	begin("over");
	CELLS("ranges", 0, 0, ~0U, ~0U, 0x1000);
	begin("dev");
	CELLS("reg", 0, 1, 1);
	token(END_NODE);
	token(END_NODE);
	token(END_NODE);
	finish();
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(fdt_reg(&f, fdt_path(&f, "/top"), 0, &base, &size),
		  -EOVERFLOW);
	EXPECT_EQ(fdt_reg(&f, fdt_path(&f, "/top"), 1, &base, &size), 0);
	EXPECT_EQ(fdt_reg(&f, fdt_path(&f, "/pci/dev"), 0, &base, &size),
		  -EINVAL);
	EXPECT_EQ(fdt_reg(&f, fdt_path(&f, "/cpus/cpu"), 0, &base, &size),
		  -EINVAL);
	EXPECT_EQ(fdt_reg(&f, fdt_path(&f, "/over/dev"), 0, &base, &size),
		  -EOVERFLOW);
}

/* Seen failing with every entry taken for one further on. */
TEST(fdt, lists_reservations)
{
	u64 base, size;

	make();
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(fdt_reservation(&f, 0, &base, &size), 0);
	EXPECT(base == 0x1000 && size == 0x2000);
	EXPECT_EQ(fdt_reservation(&f, 1, &base, &size), 0);
	EXPECT(base == 0x100000000 && size == 0x10);
	EXPECT_EQ(fdt_reservation(&f, 2, &base, &size), -ENOENT);
	EXPECT_EQ(fdt_reservation(&f, 3, &base, &size), -ENOENT);
}
