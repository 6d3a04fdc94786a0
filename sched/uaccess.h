/* SPDX-License-Identifier: MIT */
/*
 * Copies between kernel and the caller's address space. They use the unprivileged
 * loads and stores (LDTR/STTR), so the MMU checks them as EL0 would be checked.
 * A thread without an mm gets -EFAULT, whatever it lodges in (invariant 17).
 * Thread context; may fault pages in; no spin locks held.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

/* 0 or -EFAULT (out of memory for a page included); how much was copied is then
 * undefined. */
int copy_from_user(void *dst, u64 user_src, size_t n) __must_check;
int copy_to_user(u64 user_dst, const void *src, size_t n) __must_check;
/* Is [addr, addr + n) inside the caller's user range? Not: is it mapped. */
bool user_range_ok(u64 addr, u64 n);
