/* SPDX-License-Identifier: MIT */
/*
 * The part of QEMU's interface for TCG plugins that schedfuzz.c calls, declared
 * by hand: Debian packages no header for it. QEMU resolves these names when it
 * loads the plugin; one that it does not have, or a version that it no longer
 * accepts, is an error at start, before the guest runs.
 *
 * The order of events: QEMU calls qemu_plugin_install once. From then on it shows
 * us each block of guest code as it is translated, and we may ask for a call
 * before each execution of an instruction in it. That call comes on the thread of
 * the vCPU which executes it, and no lock of QEMU's is held.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PLUGIN_EXPORT __attribute__((visibility("default")))

/* Of QEMU 9.2 to 10.0; QEMU also takes plugins of a few versions before its own. */
#define PLUGIN_API_VERSION 4

typedef uint64_t qemu_plugin_id_t;

struct qemu_info_t;
struct qemu_plugin_tb;	 /* both valid only during the call that hands them over */
struct qemu_plugin_insn;

enum qemu_plugin_cb_flags {
	QEMU_PLUGIN_CB_NO_REGS, /* the callback does not look at registers */
};

typedef void (*plugin_translated_fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*plugin_executed_fn)(unsigned int vcpu, void *userdata);
typedef void (*plugin_exit_fn)(qemu_plugin_id_t id, void *userdata);

/* ---- what QEMU looks for in the plugin ---- */

extern PLUGIN_EXPORT int qemu_plugin_version;

/* argv: "name=value" each, in the order of the command line. 0: go on. */
PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
				      int argc, char **argv);

/* ---- what the plugin calls ---- */

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, plugin_translated_fn fn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, plugin_executed_fn fn,
					    enum qemu_plugin_cb_flags flags, void *userdata);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, plugin_exit_fn fn, void *userdata);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
