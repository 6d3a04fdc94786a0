/* SPDX-License-Identifier: MIT */
/*
 * The kernel's device tree parser beside Debian's libfdt.
 *
 *	fdt-compare MUTATIONS file.dtb...
 *
 * Of each file and of MUTATIONS damaged copies of it, both have to say the same:
 * whether it can be read at all (fdt_check_full() is the judge), and then every
 * node, name, depth, property and value; and for every node of a whole file, for
 * some of each damaged one, its parent, path, handle, compatible list and
 * addresses. Addresses are translated here by a function of its own, on top of
 * libfdt and from the child upwards, unlike the kernel's.
 *
 * The kernel refuses, on purpose, what libfdt reads (see stricter()):
 *   - versions before 17, which nothing has written since 2006;
 *   - a tree without a root;
 *   - a tree deeper than FDT_DEPTH_MAX;
 *   - a property behind a child of its node, or outside of any node.
 * There is nothing that the kernel reads and libfdt refuses. libfdt 1.6.1 has an
 * error of its own: a property's length of nearly 2^32 wraps its sum, and leads
 * it backwards, for ever, or a little forwards and on. wraps() finds such trees
 * before it sees them; the kernel has to refuse them.
 *
 * Mutations depend on the file and the number of the mutation only, so a failure
 * is found again by the same call. Seen failing with, in fdt.c: NOPs not skipped
 * in skip_nops(), the padding of a token left out, strings_size not checked; in
 * fdt_query.c: the first range taken for all, "linux,phandle" left out.
 */
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one function of the kernel's parser that libfdt has too. */
#define fdt_get_string kernel_fdt_get_string
#include "lib/fdt.c"
#include "lib/fdt_query.c"

static struct {
	unsigned long files, nodes, props, regs, accepted, refused, stricter;
} count;

static const char *file_name;
static long mutation; /* 0: the file as it is */

static void differ(const char *what, int node)
{
	fprintf(stderr, "%s, mutation %ld: %s differs at node %#x\n", file_name,
		mutation, what, (unsigned int)node);
	exit(EXIT_FAILURE);
}

#define SAME(a, b, what, node)                                             \
	do {                                                               \
		if ((a) != (b))                                            \
			differ(what, node);                                \
	} while (0)

/* xorshift64 */
static uint64_t random_state;

static uint32_t pick(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % n;
}

/* Whether libfdt reads it and the kernel, on purpose, does not. */
static bool stricter(const void *blob)
{
	int offset = 0, next, depth = 0;
	bool had_root = false, props_allowed = false;

	if (fdt_version(blob) < 17)
		return true;
	for (;; offset = next) {
		switch (fdt_next_tag(blob, offset, &next)) {
		case FDT_BEGIN_NODE:
			had_root = props_allowed = true;
			if (++depth > FDT_DEPTH_MAX)
				return true;
			break;
		case FDT_END_NODE:
			depth--;
			props_allowed = false;
			break;
		case FDT_PROP:
			if (!props_allowed)
				return true;
			break;
		case FDT_END:
			return !had_root;
		}
	}
}

/* Whether a property's length would wrap in libfdt, see above. */
static bool wraps(const void *blob, size_t size)
{
	int offset = 0, next, tag;
	const fdt32_t *len;

	if (size < FDT_V1_SIZE || fdt_check_header(blob) ||
	    fdt_totalsize(blob) > size)
		return false; /* refused before it walks */
	do {
		tag = fdt_next_tag(blob, offset, &next);
		len = fdt_offset_ptr(blob, offset + 4, 4);
		if (tag == FDT_PROP && len && fdt32_ld(len) > INT32_MAX)
			return true;
		offset = next;
	} while (tag != FDT_END && next >= 0);
	return false;
}

/* ---- addresses, by libfdt ---- */

static bool cells_of(const void *blob, int node, int *a, int *s)
{
	int len_a, len_s;
	const fdt32_t *pa = fdt_getprop(blob, node, "#address-cells", &len_a);
	const fdt32_t *ps = fdt_getprop(blob, node, "#size-cells", &len_s);

	*a = 2;
	*s = 1;
	if ((pa && len_a < 4) || (ps && len_s < 4))
		return false;
	if (pa)
		*a = (int)fdt32_ld(pa);
	if (ps)
		*s = (int)fdt32_ld(ps);
	return (*a == 1 || *a == 2) && (*s == 1 || *s == 2);
}

static uint64_t number(const fdt32_t **p, int cells)
{
	uint64_t n = 0;

	while (cells--)
		n = n << 32 | fdt32_ld((*p)++);
	return n;
}

/* [base, base + size) as the children of bus see it -> as the CPU does. */
static int up(const void *blob, int bus, uint64_t base, uint64_t size,
	      uint64_t *out)
{
	int parent = fdt_parent_offset(blob, bus), len, a, s, pa, ps, n;
	const fdt32_t *p;

	if (parent < 0) { /* the root's children are where they say */
		*out = base;
		return base + size < base ? -EOVERFLOW : 0;
	}
	p = fdt_getprop(blob, bus, "ranges", &len);
	if (!p || !cells_of(blob, bus, &a, &s) ||
	    !cells_of(blob, parent, &pa, &ps))
		return -EINVAL;
	if (len == 0)
		return up(blob, parent, base, size, out);
	for (n = len / (4 * (a + pa + s)); n > 0; n--) {
		uint64_t from = number(&p, a);
		uint64_t to = number(&p, pa);
		uint64_t bytes = number(&p, s);

		/* Whole in [from, from + bytes), in numbers of 128 bits. */
		if (base < from || (unsigned __int128)base + size >
					   (unsigned __int128)from + bytes)
			continue;
		if (to + (base - from) < to)
			return -EOVERFLOW;
		return up(blob, parent, to + (base - from), size, out);
	}
	return -EINVAL;
}

static int reg_by_libfdt(const void *blob, int node, int index, uint64_t *base,
			 uint64_t *size)
{
	int parent = fdt_parent_offset(blob, node), len, a, s;
	const fdt32_t *p = fdt_getprop(blob, node, "reg", &len);

	if (!p || parent < 0)
		return -ENOENT;
	if (!cells_of(blob, parent, &a, &s))
		return -EINVAL;
	if (index >= len / (4 * (a + s)))
		return -ENOENT;
	p += index * (a + s);
	*base = number(&p, a);
	*size = number(&p, s);
	return up(blob, parent, *base, *size, base);
}

/* ---- comparison ---- */

static void compare_props(const struct fdt *f, const void *blob, int node)
{
	int theirs = fdt_first_property_offset(blob, node);
	fdt_prop ours = fdt_first_prop(f, node);

	while (theirs >= 0 && ours >= 0) {
		const char *name;
		const void *data, *value;
		uint32_t len;
		int their_len;

		SAME(ours, theirs, "property", node);
		value = fdt_getprop_by_offset(blob, theirs, &name, &their_len);
		data = fdt_prop_data(f, ours, &len);
		SAME(data, value, "value", node);
		SAME((int)len, their_len, "length", node);
		SAME(strcmp(fdt_prop_name(f, ours), name), 0, "name", node);
		count.props++;
		theirs = fdt_next_property_offset(blob, theirs);
		ours = fdt_next_prop(f, ours);
	}
	SAME(ours < 0, theirs < 0, "number of properties", node);
}

static void compare_strings(const struct fdt *f, const void *blob, int node)
{
	int len;
	uint32_t our_len;
	const char *s = fdt_getprop(blob, node, "compatible", &len);

	SAME(fdt_get(f, node, "compatible", &our_len), (const void *)s,
	     "compatible", node);
	SAME(fdt_is_compatible(f, node, "arm,pl011"),
	     fdt_node_check_compatible(blob, node, "arm,pl011") == 0,
	     "is compatible", node);
	for (; s && len > 0 && memchr(s, 0, (size_t)len);) {
		int n = (int)strlen(s) + 1;

		SAME(fdt_is_compatible(f, node, s), true, "compatible", node);
		s += n;
		len -= n;
	}
}

/* slashes: a name up to here has a '/', over which fdt_get_path() stumbles. */
static void compare_node(const struct fdt *f, const void *blob, int node,
			 bool slashes)
{
	char theirs[512], ours[512];
	uint32_t handle = fdt_get_phandle(blob, node);
	int parent = fdt_parent_offset(blob, node);
	int index, err;

	SAME(fdt_parent(f, node), parent < 0 ? -ENOENT : parent, "parent", node);
	index = fdt_first_subnode(blob, node);
	SAME(fdt_first_child(f, node), index < 0 ? -ENOENT : index, "child", node);
	if (node > 0 && parent >= 0) {
		index = fdt_next_subnode(blob, node);
		SAME(fdt_next_sibling(f, node), index < 0 ? -ENOENT : index,
		     "sibling", node);
	}
	compare_strings(f, blob, node);

	if (!slashes && !fdt_get_path(blob, node, theirs, sizeof(theirs))) {
		fdt_full_path(f, node, ours, sizeof(ours));
		SAME(strcmp(ours, theirs), 0, "path", node);
		/* The kernel ends a path at ':' as stdout-path asks. */
		if (!strchr(theirs, ':')) {
			index = fdt_path_offset(blob, theirs);
			SAME(fdt_path(f, theirs), index < 0 ? -ENOENT : index,
			     "node of the path", node);
		}
	}
	if (handle != 0 && handle != ~0U) {
		index = fdt_node_offset_by_phandle(blob, handle);
		SAME(fdt_by_phandle(f, handle), index, "phandle", node);
	}
	for (index = 0, err = 0; err != -ENOENT && index < 64; index++) {
		uint64_t base = 0, size = 0, our_base = 0, our_size = 0;

		err = reg_by_libfdt(blob, node, index, &base, &size);
		SAME(fdt_reg(f, node, (unsigned int)index, &our_base, &our_size),
		     err, "reg", node);
		if (err == 0) {
			SAME(our_base, base, "address", node);
			SAME(our_size, size, "size", node);
			count.regs++;
		}
		if (err == -EINVAL)
			break;
	}
}

static void compare_reservations(const struct fdt *f, const void *blob)
{
	int n = fdt_num_mem_rsv(blob);

	for (int i = 0; i <= n; i++) {
		uint64_t base, size, our_base, our_size;
		int err = fdt_reservation(f, (unsigned int)i, &our_base, &our_size);

		if (i == n) {
			SAME(err, -ENOENT, "end of reservations", i);
			break;
		}
		if (err || fdt_get_mem_rsv(blob, i, &base, &size) ||
		    base != our_base || size != our_size)
			differ("reservation", i);
	}
}

/* blob[0..size) both ways; the closer look at one node in `sparse`. */
static void compare(const void *blob, size_t size, uint32_t sparse)
{
	int err, node, ours, depth = 0, our_depth = 0;
	bool slashes = false;
	struct fdt f;

	err = wraps(blob, size) ? -1 : fdt_check_full(blob, size);
	if (err || stricter(blob)) {
		if (!fdt_open(&f, blob, size))
			differ("what can be read (libfdt refuses)", 0);
		if (err)
			count.refused++;
		else
			count.stricter++;
		return;
	}
	if (fdt_open(&f, blob, size))
		differ("what can be read (libfdt reads it)", 0);
	count.accepted++;
	SAME(f.boot_cpuid, fdt_boot_cpuid_phys(blob), "boot CPU", 0);
	compare_reservations(&f, blob);

	/* libfdt starts at offset 0 even if there are NOPs. */
	node = fdt_next_node(blob, -1, NULL);
	ours = fdt_root(&f);
	while (node >= 0 && ours >= 0) {
		int len;
		const char *name = fdt_get_name(blob, node, &len);

		SAME(ours, node, "node", node);
		SAME(our_depth, depth, "depth", node);
		SAME(fdt_name(&f, ours), name, "name", node);
		compare_props(&f, blob, node);
		slashes |= strchr(name, '/') != NULL;
		if (pick(sparse) == 0)
			compare_node(&f, blob, node, slashes);
		count.nodes++;
		node = fdt_next_node(blob, node, &depth);
		if (depth < 0)
			break;
		ours = fdt_next(&f, ours, &our_depth);
	}
	if (depth >= 0)
		SAME(ours < 0, node < 0, "number of nodes", node);
}

/* ---- mutations ---- */

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Make NOPs of one property, as boot loaders do. The tree is still whole. */
static void nop_property(uint8_t *b)
{
	int offset = 0, next, tag, last = -1;

	for (; (tag = fdt_next_tag(b, offset, &next)) != FDT_END; offset = next) {
		if (tag == FDT_PROP && (last < 0 || pick(8) == 0))
			last = offset;
	}
	if (last < 0)
		return;
	fdt_next_tag(b, last, &next);
	for (; last < next; last += 4)
		put32(b + fdt_off_dt_struct(b) + last, FDT_NOP);
}

/* Damage of one kind at one place; returns the size afterwards. */
static size_t damage(uint8_t *b, size_t size, uint32_t struct_off)
{
	static const uint32_t words[] = { 0, 1, 2, 3, 4, 5, 9, 16, 0x100, 17,
					  0x7fffffff, 0x80000000, 0xfffffff4,
					  0xfffffffc, 0xffffffff };
	uint32_t word = struct_off + 4 * pick((uint32_t)(size - struct_off) / 4);
	uint32_t v = pick(3) ? words[pick(ARRAY_SIZE(words))] :
			       pick((uint32_t)size);

	switch (pick(16)) {
	default: /* most often a bit anywhere: many such trees can be read */
		b[pick((uint32_t)size)] ^= (uint8_t)(1 << pick(8));
		break;
	case 1:
		b[pick((uint32_t)size)] = (uint8_t)v;
		break;
	case 2:
		put32(b + 4 * pick(10), v); /* the header */
		break;
	case 3: /* ... and by a little */
		b[4 * pick(10) + 2 + pick(2)] ^= (uint8_t)(1 << pick(8));
		break;
	case 4:
	case 5:
		put32(b + word, v);
		break;
	case 6: /* take a word out */
		memmove(b + word, b + word + 4, size - word - 4);
		break;
	case 7: /* and put one in */
		memmove(b + word + 4, b + word, size - word - 4);
		put32(b + word, v);
		break;
	case 8:
		if (pick(4) == 0)
			size = 40 + pick((uint32_t)size - 40);
		break;
	}
	return size;
}

static void *copy(const uint8_t *bytes, size_t size)
{
	void *p = malloc(size); /* of that size exactly: ASan is watching */

	if (!p)
		exit(EXIT_FAILURE);
	return memcpy(p, bytes, size);
}

static uint8_t *read_file(const char *name, size_t *size)
{
	static uint8_t buf[1 << 20];
	FILE *in = fopen(name, "rb");

	if (!in) {
		perror(name);
		exit(EXIT_FAILURE);
	}
	*size = fread(buf, 1, sizeof(buf), in);
	fclose(in);
	return buf;
}

static void compare_file(const char *name, long mutations)
{
	size_t size;
	uint8_t *bytes = read_file(name, &size);
	uint32_t struct_off;
	struct fdt f;
	void *blob;

	file_name = name;
	mutation = 0;
	random_state = 1;
	blob = copy(bytes, size);
	if (fdt_open(&f, blob, size)) {
		fprintf(stderr, "%s: not a device tree\n", name);
		exit(EXIT_FAILURE);
	}
	compare(blob, size, 1);
	struct_off = f.struct_off;
	free(blob);
	count.files++;

	for (mutation = 1; mutation <= mutations; mutation++) {
		uint8_t *b = copy(bytes, size);
		size_t left = size;
		void *cut;

		random_state = 0x9e3779b97f4a7c15 * (uint64_t)mutation;
		if (pick(4) == 0)
			nop_property(b);
		for (uint32_t n = 1 + pick(3); n > 0 && left == size; n--)
			left = damage(b, size, struct_off);
		cut = copy(b, left);
		free(b);
		/* A closer look costs time in proportion to the whole tree. */
		compare(cut, left, 1 + (uint32_t)left / 1024);
		free(cut);
	}
}

int main(int argc, char **argv)
{
	long mutations = argc > 1 ? strtol(argv[1], NULL, 10) : 0;

	for (int i = 2; i < argc; i++)
		compare_file(argv[i], mutations);
	printf("fdt-compare: %lu files, %lu mutations of each: %lu read, %lu "
	       "refused by both, %lu by the kernel only; %lu nodes, %lu "
	       "properties, %lu addresses agree\n",
	       count.files, (unsigned long)mutations, count.accepted,
	       count.refused, count.stricter, count.nodes, count.props,
	       count.regs);
	/* A comparison of nothing is no success. */
	if (!count.files || !count.regs ||
	    (mutations >= 1000 && (!count.refused || !count.stricter)))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
