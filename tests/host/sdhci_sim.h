/* SPDX-License-Identifier: MIT */
/*
 * A host controller and a card, by their registers, in a time of their own: each access
 * takes a little of it, waiting takes it up to the interrupt or the deadline. Both can go
 * wrong (`fault`), and note what a driver must not do (`misuse`).
 */
#pragma once

#include "kernel/types.h"
#include "user/servers/sdcard.h"

enum sim_fault {
	SIM_OK,
	SIM_RESET_STUCK,     /* the reset bits stay set */
	SIM_CLOCK_UNSTABLE,
	SIM_INHIBITED,	     /* the command line is never free */
	SIM_COMMAND_SILENT,  /* `at_command` does nothing at all */
	SIM_COMMAND_TIMEOUT, /* it is not answered */
	SIM_COMMAND_CRC,
	SIM_STATUS_ERROR,    /* its status says so */
	SIM_BUSY,	     /* the card stays busy after it */
	SIM_NEVER_READY,
	SIM_WRONG_ECHO,
	SIM_WRONG_CSD,	     /* `at_command`: its version, and four times its block length */
	SIM_DATA_SILENT,     /* from block `at_block` on */
	SIM_DATA_TIMEOUT,
	SIM_DATA_CRC,
	SIM_DATA_NO_END,     /* all blocks, but no end of the transfer */
	SIM_VANISH,	     /* the card is pulled out before that block, */
	SIM_VANISH_CLOCK,    /* and the controller sees it and does nothing more for it */
	SIM_ONES,	     /* there is no controller: all bits are 1 */
	SIM_ZEROS,
	SIM_NOISE,	     /* each register is whatever `noise` makes it */
};

struct sim {
	struct sdhci host;
	struct sdcard card;
	u64 now_ns;
	const char *misuse; /* what the driver did wrong first */
	u32 seen[2];	    /* commands, a bit each */
	unsigned int registers_read;

	/* What is in the slot. */
	bool present, high_capacity, old; /* old: does not know SEND_IF_COND */
	u64 sectors;
	u64 block_ns; /* between two blocks */

	enum sim_fault fault;
	unsigned int at_command, at_block;
	unsigned int times; /* the fault heals after that many; 0: never */
	u64 noise;

	/* The card. */
	unsigned int state, polls, block;
	u32 address, status;
	bool app, four_lines, sending, dead;
	u64 place;

	/* The controller. */
	u32 regs[16];
	u64 written_ns, card_clock_hz;
	u64 due_ns; /* of the next block; 0: none */
	unsigned int blocks, words;
};

/* A card of that many sectors in a controller that works. */
void sim_init(struct sim *s, u64 sectors, bool high_capacity);
/* What is on it. */
void sim_sector(u64 sector, u8 data[SDHCI_BLOCK]);
