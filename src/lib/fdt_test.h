/* SPDX-License-Identifier: MIT */
/* For the parser's tests: a small tree, made token by token. */
#pragma once

#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/fdt.h"
#include "lib/string.h"

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };
#define STRUCT_OFF 88 /* behind the header and three reservation entries */
#define STRUCT_SIZE 1024
#define STRINGS_OFF (STRUCT_OFF + STRUCT_SIZE)
#define STRINGS_SIZE 256

static u8 blob[STRINGS_OFF + STRINGS_SIZE];
static u32 at;	    /* next token */
static u32 strings; /* bytes used of the strings block */
static struct fdt f;

static inline void put32(size_t offset, u32 value)
{
	for (int i = 0; i < 4; i++)
		blob[offset + i] = (u8)(value >> (24 - 8 * i));
}

static inline void token(u32 value)
{
	put32(STRUCT_OFF + at, value);
	at += 4;
}

static inline void bytes(const void *p, u32 n)
{
	memcpy(blob + STRUCT_OFF + at, p, n);
	at = ALIGN_UP(at + n, 4);
}

static inline void begin(const char *name)
{
	token(BEGIN_NODE);
	bytes(name, (u32)strlen(name) + 1);
}

static inline void prop(const char *name, const void *p, u32 n)
{
	token(PROP);
	token(n);
	token(strings);
	bytes(p, n);
	memcpy(blob + STRINGS_OFF + strings, name, strlen(name) + 1);
	strings += (u32)strlen(name) + 1;
}

static inline void cells(const char *name, const u32 *value, u32 n)
{
	u8 raw[4 * 8];

	for (u32 i = 0; i < 4 * n; i++)
		raw[i] = (u8)(value[i / 4] >> (24 - 8 * (i % 4)));
	prop(name, raw, 4 * n);
}

#define CELLS(name, ...)                                                   \
	cells(name, (const u32[]){ __VA_ARGS__ },                          \
	      ARRAY_SIZE(((const u32[]){ __VA_ARGS__ })))
#define STRING(name, s) prop(name, s, sizeof(s))

static inline void header(u32 offset, u32 value)
{
	put32(offset, value);
}

static inline void start(void)
{
	memset(blob, 0, sizeof(blob));
	at = strings = 0;
	header(0, 0xd00dfeed);
	header(4, sizeof(blob));
	header(8, STRUCT_OFF);
	header(12, STRINGS_OFF);
	header(16, 40);
	header(20, 17);
	header(24, 16);
	header(28, 2);
	put32(40 + 4, 0x1000); /* reserved: 0x1000 + 0x2000 */
	put32(40 + 12, 0x2000);
	put32(56 + 0, 1); /* and 0x1_0000_0000 + 0x10 */
	put32(56 + 12, 0x10);
}

static inline void finish(void)
{
	token(END);
	header(32, strings);
	header(36, at);
}

static inline int open(void)
{
	return fdt_open(&f, blob, sizeof(blob));
}

static inline void make(void)
{
	start();
	token(NOP);
	begin("");
	token(NOP);
	CELLS("#address-cells", 2);
	token(NOP);
	CELLS("#size-cells", 1);
	STRING("compatible", "lodger,test\0lodger,any");
	begin("aliases");
	STRING("serial0", "/soc/serial@7e201000");
	STRING("loop", "loop");
	STRING("relative", "soc");
	token(END_NODE);
	begin("memory@0");
	CELLS("reg", 0, 0, 0x3b400000, 1, 0x40000000, 0xbc000000);
	token(END_NODE);
	token(NOP);
	begin("soc");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 1);
	CELLS("ranges", 0x40000000, 0, 0xff800000, 0x800000,
	      0x7e000000, 1, 0xfe000000, 0x1800000);
	token(NOP);
	begin("serial@7e201000");
	CELLS("reg", 0x7e201000, 0x200);
	STRING("compatible", "arm,pl011\0arm,primecell");
	STRING("status", "disabled");
	CELLS("phandle", 7);
	begin("port");
	CELLS("reg", 0, 0x7e201000, 0x10);
	token(END_NODE);
	token(END_NODE);
	begin("serial@40000000");
	CELLS("reg", 0x40000000, 0x800000, 0x407ffff0, 0x20, 0x10000000, 4);
	STRING("compatible", "arm,pl011");
	prop("status", "okay", 4); /* no NUL */
	CELLS("linux,phandle", 8);
	token(END_NODE);
	begin("pass"); /* a bus whose addresses are those above */
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 1);
	prop("ranges", "", 0);
	begin("dev");
	CELLS("reg", 0x7e000010, 0x10);
	token(END_NODE);
	token(END_NODE);
	token(END_NODE);
	token(END_NODE);
	finish();
}
