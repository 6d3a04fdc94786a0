/* SPDX-License-Identifier: MIT */
/*
 * How services are found, and how they are watched: messages of init and of the server of
 * names. In each, word 0 is what is wanted, and in the reply 0 or -errno.
 */
#pragma once

#include <stdint.h>

#define SERVICE_NAME_MAX 24 /* bytes, NULs included: three words */

/*
 * To HANDLE_NAMES. A handle comes with the reply: who asks takes one (ipc_accept).
 *	NAMES_FIND	words 1..3 name	-> a handle to call it by; its badge is new. -ENOENT.
 *			Waits until the name is known; -EAGAIN: too many do already
 *	NAMES_BIND	words 1..3 name, and a handle; from init alone: -EPERM
 *	NAMES_COMPLETE	these are all. From init alone
 */
#define NAMES_FIND 1
#define NAMES_BIND 2
#define NAMES_COMPLETE 3

/*
 * To init, from the shell.
 *	SERVICE_GET	word 1 number	-> 1 state, 2 restarts, 3 status of the last that ended
 *			(-1: none has), 4 how long ago it was started, ns,
 *			5..7 name. -ENOENT: no more of them
 *	SERVICE_RESTART	words 1..3 name	-> it is ended, or started at once. -ENOENT; -ENODEV,
 *			-ENOEXEC: it will never run, as its state says
 */
#define SERVICE_GET 1
#define SERVICE_RESTART 2

enum service_state {
	SERVICE_RUNS,
	SERVICE_WAITS,	   /* it has ended, or there was no memory; it is started soon */
	SERVICE_NO_DEVICE, /* the machine has none that it drives: final */
	SERVICE_FAILED,	   /* it cannot be started: final */
};
