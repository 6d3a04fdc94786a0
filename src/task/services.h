/* SPDX-License-Identifier: MIT */
/*
 * What the kernel hands out to begin with, and init, the program that starts all other
 * servers (user/init). Programs of the shell are given from the kernel's own handles, as a
 * child is from its parent's.
 */
#pragma once

#include "ipc/handle.h"

extern struct handle_table kernel_handles;

/* After the archive is known. No memory is a panic: nothing runs without. Thread context. */
void services_init(void);
/* Start a program of the archive as init; log if that fails. NULL: there is none. Once. */
void services_start(const char *program);
/* A message to init (abi/services.h), and its answer in word[]: what it says in word 0, or
 * -EPIPE (it has ended, or never ran), -ETIMEDOUT, -EINTR. Thread context; sleeps. */
s64 services_call(u64 word[IPC_WORDS]);
