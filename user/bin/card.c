/* SPDX-License-Identifier: MIT */
/*
 * What is on the SD card: lists its folders, shows its files, runs its programs. All by
 * asking the service "card", or another one that speaks as it does (user/servers/files.h).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "services.h"

static long server;
static char *shared;

static long ask(struct ipc_message *m)
{
	long err = sys_ipc_call(server, m);

	return err ? err : (long)m->word[0];
}

static void connect(const char *service)
{
	struct ipc_message m = { { FILES_ATTACH }, 0, 0, 0 };
	long memory = sys_memory_create(FILES_MEMORY), h, err;

	server = lodger_service(service);
	if (server < 0)
		lodger_die("no %s service: %s", service, lodger_strerror((int)-server));
	shared = (char *)sys_vm_map(memory, 0, FILES_MEMORY, PROT_READ | PROT_WRITE, 0);
	h = sys_handle_duplicate(memory, RIGHT_READ | RIGHT_WRITE, 0);
	if (memory < 0 || (long)shared < 0 || h < 0)
		lodger_die("no memory");
	m.send = (uint64_t)h;
	err = ask(&m);
	if (err)
		lodger_die("%s service: %s", service, lodger_strerror((int)-err));
}

static uint64_t put_path(const char *path)
{
	size_t len = strlen(path);

	if (len >= FILES_MEMORY)
		lodger_die("too long a path");
	memcpy(shared, path, len);
	return len;
}

static int list(const char *folder)
{
	uint64_t cursor = 0;

	for (;;) {
		struct ipc_message m = { { FILES_LIST, put_path(folder), cursor }, 0, 0, 0 };
		long err = ask(&m);

		if (err == -ENOENT && cursor)
			return EXIT_OK;
		if (err == -ENOENT) { /* an empty folder, or none */
			printf("%s: nothing there\n", folder);
			return EXIT_ERROR;
		}
		if (err)
			lodger_die("%s: %s", folder, lodger_strerror((int)-err));
		if (m.word[4])
			printf("%9s  %.*s/\n", "", (int)m.word[1], shared);
		else
			printf("%9lu  %.*s\n", (unsigned long)m.word[3], (int)m.word[1], shared);
		cursor = m.word[2];
	}
}

/* Its memory, or the end. */
static long open_file(const char *path, uint64_t *size)
{
	struct ipc_message m = { { FILES_OPEN, put_path(path) }, 0, 0, 0 };
	long err = ask(&m);

	if (err)
		lodger_die("%s: %s", path, lodger_strerror((int)-err));
	*size = m.word[1];
	return ipc_handle(m.came, 0);
}

static int show(const char *path)
{
	uint64_t size;
	long memory = open_file(path, &size), at;

	at = sys_vm_map(memory, 0, (uint64_t)sys_memory_size(memory), PROT_READ, 0);
	if (at < 0)
		lodger_die("%s: %s", path, lodger_strerror((int)-at));
	fwrite((const char *)at, 1, size, stdout);
	fflush(stdout);
	return EXIT_OK;
}

/* CRC-32 as of zip and cksum -a crc32 (ISO 3309), to compare a file with what was put on. */
static int check(const char *path)
{
	uint32_t crc = ~0U;
	uint64_t size;
	long memory = open_file(path, &size), at;

	at = sys_vm_map(memory, 0, (uint64_t)sys_memory_size(memory), PROT_READ, 0);
	if (at < 0)
		lodger_die("%s: %s", path, lodger_strerror((int)-at));
	for (uint64_t i = 0; i < size; i++) {
		crc ^= ((const uint8_t *)at)[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	printf("%08lx %lu %s\n", (unsigned long)~crc & 0xffffffff, (unsigned long)size, path);
	return EXIT_OK;
}

static int run(const char *path, const char *const argv[])
{
	uint64_t size;
	long memory = open_file(path, &size);
	int64_t status;
	int child = lodger_spawn_memory((int)memory, size, argv);

	if (child < 0)
		lodger_die("%s: %s", path, lodger_strerror(-child));
	lodger_wait(child, WAIT_FOREVER, &status);
	return status < STATUS_KILLED ? (int)status : EXIT_ERROR;
}

int main(int argc, char **argv)
{
	const char *usage = "card [-s SERVICE] ls [FOLDER] | cat FILE | crc FILE | "
			    "run FILE [ARGUMENT...]\n"
			    "SERVICE: card, or files: those that the machine was started with";
	bool other = argc > 2 && !strcmp(argv[1], "-s");
	const char *service = other ? argv[2] : "card", *what;

	lodger_help(argc, argv, usage);
	argc -= other ? 2 : 0;
	argv += other ? 2 : 0;
	what = argc > 1 ? argv[1] : "";
	if (argc > 3 && strcmp(what, "run"))
		lodger_usage(usage);
	if (argc < 3 && strcmp(what, "ls"))
		lodger_usage(usage);
	connect(service);
	if (!strcmp(what, "ls"))
		return list(argc > 2 ? argv[2] : "/");
	if (!strcmp(what, "cat"))
		return show(argv[2]);
	if (!strcmp(what, "crc"))
		return check(argv[2]);
	if (!strcmp(what, "run"))
		return run(argv[2], (const char *const *)&argv[2]);
	lodger_usage(usage);
}
