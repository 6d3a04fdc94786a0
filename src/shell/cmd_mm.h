/* SPDX-License-Identifier: MIT */
/* What the files of `mm` share. */
#pragma once

#include "shell/shell.h"

void mm_cpus(struct shell *sh); /* the table of `mm cpus` */
struct mm;
/* The regions of mm, which is pinned, and their totals: fields of r. (cmd_vm.c) */
void show_regions(struct record *r, struct mm *mm);
int mm_ledger_show(struct shell *sh, const struct mm *mm);
int cmd_mm_stat(struct shell *sh, int argc, char **argv);
int cmd_mm_watch(struct shell *sh, int argc, char **argv);
int cmd_mm_strategy(struct shell *sh, int argc, char **argv);
void complete_strategy(struct completions *c, int argc, char **argv);
