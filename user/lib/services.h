/* SPDX-License-Identifier: MIT */
/*
 * Services: finding one, and being one. A service is an endpoint that init has made, with a
 * name; the server receives there (handle HANDLE_SERVICE), and if it ends init starts
 * another one, which receives at the same endpoint.
 */
#pragma once

#include <abi/services.h>

#include "lodger.h"
#include "syscall.h"

/* What init gives a server: its endpoint, and then what the manifest lists for it, in that
 * order. */
#define HANDLE_SERVICE HANDLE_FIRST

/* Words of a message: a name into them, and out of them. -EINVAL: it is too long. */
int lodger_name_pack(uint64_t word[3], const char *name);
void lodger_name_unpack(char name[SERVICE_NAME_MAX], const uint64_t word[3]);

/* Reply by SYS_ipc_reply_receive (h: from where to receive then) or SYS_ipc_reply_to (h: whom);
 * one handle may go along. If who asked has no room for it, it is closed, and he gets -EMFILE
 * in word 0. Returns what that call does; what was received is in *m. */
long lodger_reply(long how, long h, struct ipc_message *m);

/*
 * Serve at HANDLE_SERVICE until nobody can call any more; up to so many `handles` come with a
 * message. answer() says what word 0 of the reply is, and if that is 0, the rest of it is
 * in *reply, which was all zero. Returns EXIT_ERROR.
 */
int lodger_serve(unsigned int handles,
		 long (*answer)(const struct ipc_message *m, struct ipc_message *reply));

/* A handle to call the service by, or -ENOENT (there is none), -EPIPE (nobody serves names),
 * -ETIMEDOUT, -EAGAIN (too many others wait for names that are not known yet). The calling
 * thread takes one handle with a message afterwards. */
int lodger_service(const char *name);
