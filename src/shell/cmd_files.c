/* SPDX-License-Identifier: MIT */
/* Files of the initramfs: ls, cat. */
#include "lib/string.h"
#include "shell/shell.h"
#include "task/initramfs.h"

static int cmd_ls(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "size", "SIZE", 8 }, { "mode", NULL, 0 },
		{ "name", "NAME", -1 },
	};
	const char *prefix = argc == 2 ? argv[1] : "";
	struct cpio_entry e;
	struct table t;
	size_t offset = 0;
	int err;

	if (argc > 2)
		return shell_usage(sh);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	while (!(err = initramfs_next(&offset, &e)))
		if (CPIO_IS_FILE(e.mode) &&
		    strncmp(e.name, prefix, strlen(prefix)) == 0)
			table_row(&t, v_u64(e.size), v_u64(e.mode),
				  v_str(e.name));
	table_end(&t);
	return err == -ENOENT ? 0 : err;
}

static void complete_file(struct completions *c, int argc, char **argv)
{
	struct cpio_entry e;
	size_t offset = 0;

	while (initramfs_next(&offset, &e) == 0)
		if (CPIO_IS_FILE(e.mode))
			complete_add(c, e.name);
}

COMMAND(ls) = {
	.name = "ls",
	.usage = "[PREFIX] [--json|--csv]",
	.brief = "files of the initramfs",
	.help = "example: ls --json",
	.flags = CMD_LISTING,
	.run = cmd_ls,
	.complete = complete_file,
};

/* Text as it is, other control characters as '?'. */
static int print_file(struct shell *sh, const struct cpio_entry *e)
{
	char line[128];
	size_t n = 0;

	for (u32 i = 0; i < e->size; i++) {
		char c = (char)e->data[i];

		line[n++] = (u8)c >= ' ' || c == '\n' || c == '\t' ? c : '?';
		if (n < sizeof(line) && i + 1 < e->size)
			continue;
		out_write(&sh->out, line, n);
		n = 0;
		if (shell_interrupted())
			return -EINTR;
	}
	return 0;
}

static int cmd_cat(struct shell *sh, int argc, char **argv)
{
	struct cpio_entry e;
	int err = 0;

	if (argc < 2)
		return shell_usage(sh);
	for (int i = 1; i < argc && !err; i++) {
		err = initramfs_find(argv[i], &e);
		if (err)
			return shell_fail(sh, err, "'%s': %s", argv[i],
					  shell_errno_text(err));
		if (memchr(e.data, 0, MIN(e.size, 512U)))
			return shell_fail(sh, -EINVAL, "'%s' is not text "
					  "(%u bytes)", argv[i], e.size);
		err = print_file(sh, &e);
	}
	return err;
}

COMMAND(cat) = {
	.name = "cat",
	.usage = "FILE...",
	.brief = "print files of the initramfs",
	.help = "The program of that name does it from user space: run cat FILE\n"
		"example: cat motd",
	.run = cmd_cat,
	.complete = complete_file,
};
