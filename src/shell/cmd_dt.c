/* SPDX-License-Identifier: MIT */
/* `dt`: browse the device tree that the machine was booted with. */
#include "shell/shell.h"

#include "core/machine.h"
#include "lib/format.h"
#include "lib/string.h"

/* Strings, each with its NUL, of printable characters and none of them empty? */
static bool is_strings(const u8 *p, u32 len)
{
	if (len < 2 || p[len - 1] != 0 || p[0] == 0)
		return false;
	for (u32 i = 0; i < len; i++)
		if (p[i] ? p[i] < ' ' || p[i] > '~' : i && !p[i - 1])
			return false;
	return true;
}

/* A property's value as the source of a device tree would have it. */
static void property_text(const void *data, u32 len, char *buf, size_t size)
{
	const u8 *p = data;
	size_t used = 0;
	u32 step = len % 4 ? 1 : 4, i;

	buf[0] = 0;
	if (is_strings(p, len)) {
		for (i = 0; i < len && used < size - 8; i += strlen((const char *)p + i) + 1)
			used += (size_t)fmt_scnprintf(buf + used, size - used,
						      "%s\"%s\"", i ? ", " : "",
						      (const char *)p + i);
	} else if (len) {
		used += (size_t)fmt_scnprintf(buf, size, step == 4 ? "<" : "[");
		for (i = 0; i < len && used < size - 20; i += step)
			used += (size_t)fmt_scnprintf(
				buf + used, size - used,
				step == 4 ? "%s0x%llx" : "%s%02llx",
				i ? " " : "",
				step == 4 ? (unsigned long long)
						    fdt_read_cells(p + i, 1) :
					    (unsigned long long)p[i]);
		used += (size_t)fmt_scnprintf(buf + used, size - used, "%s%s",
					      i < len ? " ..." : "",
					      step == 4 ? ">" : "]");
	}
}

static int cmd_dt(struct shell *sh, int argc, char **argv)
{
	static const struct column props[] = {
		{ "name", "PROPERTY", -24 }, { "value", "VALUE", -1 },
	};
	static const struct column children[] = { { "name", "NODES", -1 } };
	const struct fdt *f = &machine_fdt;
	static char text[512];
	fdt_node node;
	struct record r;
	struct table t;

	if (argc > 2)
		return shell_usage(sh);
	node = fdt_path(f, argc == 2 ? argv[1] : "/");
	if (node < 0)
		return shell_fail(sh, -ENOENT, "no node '%s'; Tab completes "
				  "paths", argv[1]);
	fdt_full_path(f, node, text, sizeof(text));
	record_begin(&r, &sh->out, 0);
	record_field(&r, "path", v_str(text));
	record_table(&r, "properties", &t, props, ARRAY_SIZE(props));
	for (fdt_prop p = fdt_first_prop(f, node); p >= 0;
	     p = fdt_next_prop(f, p)) {
		const void *data;
		u32 len;

		data = fdt_prop_data(f, p, &len);
		property_text(data, len, text, sizeof(text));
		table_row(&t, v_str(fdt_prop_name(f, p)), v_str(text));
	}
	table_end(&t);
	record_table(&r, "nodes", &t, children, ARRAY_SIZE(children));
	for (fdt_node n = fdt_first_child(f, node); n >= 0;
	     n = fdt_next_sibling(f, n))
		table_row(&t, v_str(fdt_name(f, n)));
	table_end(&t);
	record_end(&r);
	return 0;
}

/* The children of the folder part of what was typed. */
static void complete_path(struct completions *c, int argc, char **argv)
{
	const struct fdt *f = &machine_fdt;
	char path[COMPLETION_MAX];
	size_t folder = c->prefix_len;
	fdt_node parent;

	if (argc > 1 || c->prefix_len >= sizeof(path) - 1)
		return;
	if (folder == 0) {
		complete_add(c, "/");
		return;
	}
	while (folder > 0 && c->prefix[folder - 1] != '/')
		folder--;
	if (folder == 0)
		return;
	memcpy(path, c->prefix, folder);
	path[folder > 1 ? folder - 1 : folder] = 0;
	parent = fdt_path(f, path);
	if (parent < 0)
		return;
	for (fdt_node n = fdt_first_child(f, parent); n >= 0;
	     n = fdt_next_sibling(f, n)) {
		memcpy(path, c->prefix, folder);
		fmt_snprintf(path + folder, sizeof(path) - folder, "%s%s",
			     fdt_name(f, n),
			     fdt_first_child(f, n) >= 0 ? "/" : "");
		complete_add(c, path);
	}
}

COMMAND(dt) = {
	.name = "dt",
	.usage = "[PATH] [--json|--csv]",
	.brief = "a node of the device tree: properties and nodes below",
	.help = "example: dt /soc",
	.flags = CMD_LISTING,
	.run = cmd_dt,
	.complete = complete_path,
};
