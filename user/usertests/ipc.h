/* SPDX-License-Identifier: MIT */
/* What the tests of messages share (ipc.c). */
#pragma once

#include "usertests.h"

#define GIVEN HANDLE_FIRST /* what a child was given */

/* What word 0 asks of a server. */
enum { ADD, WHO, DIE, STOP, HOLD };

/* A new endpoint. */
long ipc_endpoint(void);
/* Serve the endpoint `arg`: 0 once told to stop, or an errno. */
int ipc_serve(void *arg);
/* `count` calls, and that their answers are right. */
void ipc_check_calls(long ep, unsigned int count);
/* One call, which has to end with err. */
void ipc_ask(long ep, uint64_t what, long err);
/* One call by a thread of its own: 0 or an errno. */
int ipc_call_it(void *arg);
