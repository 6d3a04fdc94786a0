/* SPDX-License-Identifier: MIT */
/*
 * What a user program sees of the kernel: system calls, handles, the state in
 * which a program starts. Usable from assembly (numbers only).
 *
 * Calling convention. `svc #0`, number in x8, arguments in x0..x5, result in
 * x0: >= 0, or -errno (abi/errno.h). To the caller it is a function call:
 * x19..x30, sp, the FP/SIMD registers, FPCR/FPSR and TPIDR_EL0 keep their
 * values; x1..x18 come back as zero, so that nothing of the kernel leaks.
 *
 * From AArch32: `svc 0`, number in r7, arguments from r0 on; those called u64 below take
 * two registers, the low half first. The result is in r0 and r1, low half first; all other
 * registers keep their values. Structures are the same.
 *
 * Every object is named by a handle: a small positive number that means
 * something only in the process that holds it.
 */
#pragma once

/* ---- system calls ---- */
#define SYS_nop 0	     /* () -> 0; to measure the cost of the way */
#define SYS_exit 1	     /* (status): end the process, all its threads */
#define SYS_thread_exit 2    /* (): end this thread; the last one ends the
			      * process with status 0 */
#define SYS_yield 3	     /* () -> 0; others of the same priority first */
#define SYS_sleep 4	     /* (u64 ns) -> 0 */
#define SYS_read 5	     /* (h, void *buf, len) -> bytes; 0 = end of input */
#define SYS_write 6	     /* (h, const void *buf, len) -> bytes */
#define SYS_vm_map 7	     /* (h or HANDLE_NONE, addr or 0, len, prot, offset)
			      * -> address */
#define SYS_vm_unmap 8	     /* (addr, len) -> 0 */
#define SYS_spawn 9	     /* (h image, offset, len, struct spawn_args *)
			      * -> handle of the process */
#define SYS_wait 10	     /* (h, u64 timeout_ns, s64 *status) -> 0,
			      * -ETIMEDOUT; process or thread; status may be
			      * 0: not wanted */
#define SYS_thread_create 11 /* (entry, sp, arg, tls) -> handle */
#define SYS_close 12	     /* (h) -> 0 */
#define SYS_kill 13	     /* (h process) -> 0: it ends with STATUS_KILLED */
#define SYS_exec 14	     /* (h image, offset, len, struct spawn_args *): that
			      * program in the place of this one */
#define SYS_vm_protect 15    /* (addr, len, prot) -> 0; prot may be 0: no access */
#define SYS_handle_duplicate 16 /* (h, rights, u64 badge) -> handle, derived from h, with
			      * those of its rights; badge 0: h's, another only if h
			      * has none */
#define SYS_handle_revoke 17 /* (h) -> 0: all that is derived from h is closed */
#define SYS_endpoint_create 18 /* () -> handle with all rights */
#define SYS_notification_create 19 /* () -> handle with all rights */
#define SYS_signal 20	     /* (h notification, u64 bits) -> 0 */
#define SYS_notification_wait 21 /* (h, u64 timeout_ns) -> bits signalled since the last
			      * time, which are zero from now on; -ETIMEDOUT */
#define SYS_ipc_accept 22    /* (n) -> 0: this thread takes up to n handles with a message,
			      * 0..IPC_HANDLES; room for them is taken now */
#define SYS_terminal_mode 23 /* (h, TERMINAL_*) -> the mode before; -EIO: not in the foreground */
#define SYS_timer_create 24  /* (h notification, u64 bits) -> handle of a timer, stopped */
#define SYS_timer_set 25     /* (h timer, u64 ns) -> 0: in that time it signals the bits,
			      * once; WAIT_FOREVER: it does not */
#define SYS_memory_create 26 /* (len) -> handle, all rights: zeros, as they are touched */
#define SYS_memory_clone 27  /* (h memory, offset, len) -> handle, all rights: a copy of that
			      * part; the pages are shared until one side writes */
#define SYS_memory_size 28   /* (h memory) -> bytes */
#define SYS_memory_paged 29  /* (h endpoint, u64 badge, len) -> handle, all rights: what is
			      * touched is asked for there, see PAGER_FAULT */
#define SYS_memory_supply 30 /* (h memory, offset, h from, from_offset, len) -> bytes: give
			      * it pages that another one has, where it has none */
#define SYS_device_find 31   /* (h device, const char *compatible, len, n) -> handle of the
			      * n-th such device below it, 0 the first; all its rights */
#define SYS_device_property 32 /* (h device, const char *name, len, void *buf, buf_len) ->
			      * bytes of that property, of which buf_len at most are in buf */
#define SYS_device_memory 33 /* (h device, n, struct device_memory *) -> 0: its n-th range of
			      * registers */
#define SYS_device_interrupt 34 /* (h device, n, h notification, u64 bits) -> handle of its n-th
			      * interrupt, on: each time it signals the bits, and is off */
#define SYS_interrupt_ack 35 /* (h interrupt) -> 0: it is on again */
/* 36..39: not in use */
#define SYS_thread_priority 40 /* (h thread or HANDLE_NONE: the calling one, 1..31) -> 0: more is
			      * more urgent, but never above the caller's own */
#define SYS_reply_create 42  /* () -> handle: keeps a caller whose reply is put off */
#define SYS_reply_keep 43    /* (h reply) -> 0: it keeps whom the calling thread owes a reply, and
			      * which it owes no more */
#define NR_SYSCALLS 44
#define SYS_thread_pointer 48 /* AArch32 only: (value) -> 0; TPIDRURO, which it cannot write */

/*
 * Messages. Other numbers, and another convention: x0..x7 are the message, x9 is a
 * handle, x10 up to IPC_HANDLES handles of 16 bits each that go along, the first lowest,
 * 0 behind the last, x11 a timeout in ns. Back come x8 = 0 or -errno, x0..x7 the message
 * received, x9 the badge of the handle it was sent by, x10 the handles that came with it;
 * all other registers as for the calls above. Where x8 < 0, x0..x7, x9 and x10 are zero.
 *
 * From AArch32: r0 is the handle, r1 the address of a struct ipc_message, r2 and r3 the
 * timeout; back comes what x8 is above, in r0 and r1, and the rest in the struct.
 */
#define SYS_ipc_call 64	      /* send by h, wait for the reply */
#define SYS_ipc_reply_receive 65 /* reply, then receive from h */
#define SYS_ipc_receive 66    /* from h; x8 is IPC_SENT if nobody waits for a reply */
#define SYS_ipc_reply 67      /* to who called; h is not looked at */
#define SYS_ipc_send 68	      /* by h, until it is received; there is no reply */
#define SYS_ipc_reply_to 69   /* to whom h, a reply, keeps */
#define NR_SYSCALLS_IPC 70
#define IPC_WORDS 8
#define IPC_HANDLES 4
#define IPC_SENT 1	      /* x8 of receive: 0 is a call, this is a send */

/* ---- rights of a handle ---- */
#define RIGHT_READ 1	      /* terminal: read; memory: map, clone */
#define RIGHT_WRITE 2	      /* terminal: write; memory: map with PROT_WRITE */
#define RIGHT_WAIT 4	      /* process, thread, notification */
#define RIGHT_KILL 8
#define RIGHT_SPAWN 16	      /* run what is in this memory object */
#define RIGHT_CALL 32	      /* endpoint: call and send */
#define RIGHT_RECEIVE 64      /* endpoint */
#define RIGHT_SIGNAL 128      /* notification */
#define RIGHT_DUPLICATE 256
#define RIGHT_SET 512	      /* timer; interrupt: acknowledge; thread: its priority */
#define RIGHT_SUPPLY 1024     /* memory: give it pages */
#define RIGHT_REPLY 2048      /* reply: keep a caller in it, answer who is kept */

/* ---- handles a process starts with ---- */
#define HANDLE_NONE 0	   /* never valid; in vm_map: anonymous memory */
#define HANDLE_SELF 1	   /* its own process */
#define HANDLE_TERMINAL 2  /* read and write */
#define HANDLE_INITRAMFS 3 /* memory object, read only: a newc cpio archive */
#define HANDLE_NAMES 4	   /* endpoint of the server of names (abi/services.h) */
#define HANDLE_FIRST 5	   /* the first number that calls hand out */
/* 2, 3 and 4 are what the parent has under these numbers, or name nothing. */

/* ---- vm_map, vm_protect ---- */
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4 /* not together with PROT_WRITE: -EINVAL */

#define USER_PAGE_SIZE 4096
#define USER_VA_START 0x10000UL	     /* nothing is ever mapped below */
#define USER_VA_END 0x4000000000UL   /* half of the 39-bit range; AArch32: */
#define USER32_VA_END 0xffff0000UL   /* 4 GB but for the last 64 KB */

/*
 * What a pager receives when somebody touches a page that memory of SYS_memory_paged does
 * not have: word 0 PAGER_FAULT, word 1 the page's offset in it, word 2 PROT_READ, _WRITE or
 * _EXEC, and the badge. It supplies the page and replies with word 0 = 0; else, or if it
 * dies, or has not replied after PAGER_TIMEOUT_MS, who touched it has a fault.
 */
#define PAGER_FAULT 0x50414745 /* "PAGE" */
#define PAGER_TIMEOUT_MS 5000

/*
 * ---- terminal_mode: how the foreground process reads ----
 * It is set by a process and lasts until that has ended, or the shell edits.
 * RAW: a read returns what has been typed, at least a byte, as it came and without echo;
 * Ctrl-C is a byte, and ends the program only at the third of which none was read.
 * With RAW only: SIGNALS: Ctrl-C ends the program at once, as it does in TERMINAL_LINE.
 * TIMED: a read returns 0 after TERMINAL_TENTHS(n) seconds/10 without input; 0: at once.
 */
#define TERMINAL_LINE 0	      /* edited lines, with echo */
#define TERMINAL_RAW 1
#define TERMINAL_SIGNALS 2
#define TERMINAL_TIMED 4
#define TERMINAL_TENTHS(n) ((n) << 8) /* 0..255 */

/* ---- limits ---- */
#define IO_MAX 0x10000	     /* bytes of a read or write; more: -EINVAL */
#define SPAWN_ARGS_MAX 4096  /* bytes of arguments and environment, NULs included */
#define SPAWN_ARGC_MAX 64
#define SPAWN_ENVC_MAX 32
#define SPAWN_HANDLES_MAX 32
#define HANDLES_MAX 16384    /* of one process; not multiples of 64 */
#define WAIT_FOREVER 0xffffffffffffffffUL

/* ---- exit status: what SYS_exit said (0..255), or, ended by the kernel: ---- */
#define STATUS_KILLED 0x100  /* kill, or Ctrl-C at the terminal */
#define STATUS_FAULT 0x200   /* + exception class (ESR_ELx.EC) */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct spawn_args {
	uint64_t args;	   /* user address of argc, then envc NUL-terminated strings, */
	uint64_t args_len; /* one after the other; bytes, last NUL included */
	uint64_t argc;	   /* 1..SPAWN_ARGC_MAX; the first names the process */
	uint64_t flags;	   /* SPAWN_* */
	uint64_t handles;  /* user address of nr_handles numbers (uint64_t), duplicates */
	uint64_t nr_handles; /* of which the program finds from HANDLE_FIRST on; exec: 0 */
	uint64_t envc;	   /* 0..SPAWN_ENVC_MAX: the environment */
	uint64_t memory_max; /* bytes, whole pages, that it and its children may use, which
			      * are the parent's no more until they have ended; 0: as much
			      * as the parent, together with it; exec: 0 */
};

#define SPAWN_NO_TERMINAL 256 /* handle 2 names nothing in the program */
#define SPAWN_NO_INITRAMFS 512 /* 3, and the archive is not mapped */
#define SPAWN_NO_NAMES 1024   /* 4 */
#define SPAWN_FLAGS (SPAWN_NO_TERMINAL | SPAWN_NO_INITRAMFS | SPAWN_NO_NAMES)

struct device_memory {
	uint64_t handle; /* a memory object: map it; read and write */
	uint64_t offset; /* where in it the registers begin */
	uint64_t size;	 /* bytes */
};

/*
 * At its entry point a program finds x0 = address of this block (16-byte
 * aligned, above the stack), sp = top of a stack of USER_STACK_SIZE that grows
 * on demand, every other register 0.
 */
struct start_info {
	uint64_t size;		/* of this struct: more may be appended */
	uint64_t pid;
	uint64_t argc;
	uint64_t argv;		/* address of argc + 1 pointers of the program's own width,
				 * last 0 */
	uint64_t initramfs;	/* address and length of the archive, mapped */
	uint64_t initramfs_len; /* read-only; 0 without a handle that may read it */
	uint64_t counter_hz;	/* CNTVCT_EL0 ticks at this rate; readable */
	uint64_t flags;		/* START_* */
	uint64_t envc;
	uint64_t envp;		/* address of envc + 1 pointers, last 0 */
};
#define START_PMU 1 /* PMEVCNTR0_EL0 counts instructions and may be read */

/* A message as programs keep it, and as AArch32 ones hand it over. */
struct ipc_message {
	uint64_t word[IPC_WORDS];
	uint64_t badge; /* of the handle by which it was sent */
	uint64_t send;	/* handles that go along, 16 bits each; 0 behind the call */
	uint64_t came;	/* handles that came with it */
};

#define USER_STACK_SIZE 0x100000UL
#endif
