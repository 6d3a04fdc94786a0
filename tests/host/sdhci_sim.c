/* SPDX-License-Identifier: MIT */
/*
 * Written from the two specifications that sdhci.c and sdcard.c name, and not from these:
 * where a number stands here again, it was looked up again.
 */
#include "tests/host/sdhci_sim.h"

#include <string.h>

#define BASE_HZ 100000000ULL

enum { IDLE, READY, IDENT, STANDBY, TRANSFER, SENDING };

#define REG(s, offset) ((s)->regs[(offset) / 4])

static void misuse(struct sim *s, const char *what)
{
	if (!s->misuse)
		s->misuse = what;
}

static bool faulty(struct sim *s, enum sim_fault fault)
{
	if (s->fault != fault)
		return false;
	if (s->times && --s->times == 0)
		s->fault = SIM_OK;
	return true;
}

static bool faulty_command(struct sim *s, enum sim_fault fault, unsigned int index)
{
	return index == s->at_command && faulty(s, fault);
}

static u64 next_noise(struct sim *s)
{
	s->noise ^= s->noise << 13;
	s->noise ^= s->noise >> 7;
	s->noise ^= s->noise << 17;
	return s->noise;
}

void sim_sector(u64 sector, u8 data[SDHCI_BLOCK])
{
	for (unsigned int i = 0; i < SDHCI_BLOCK; i++)
		data[i] = (u8)((sector * 131 + i * 7) >> (i & 8));
}

/* ---- the card ---- */

static void put_bits(u32 csd[4], unsigned int high, unsigned int low, u32 value)
{
	for (unsigned int bit = low; bit <= high; bit++, value >>= 1)
		csd[bit / 32] |= (value & 1) << bit % 32;
}

static void make_csd(struct sim *s, u32 response[4])
{
	u32 csd[4] = { 0 };

	if (s->fault == SIM_WRONG_CSD) {
		put_bits(csd, 127, 126, s->at_command % 4);
		put_bits(csd, 83, 80, s->at_command / 4);
	} else if (s->high_capacity) {
		put_bits(csd, 127, 126, 1);
		put_bits(csd, 83, 80, 9);
		put_bits(csd, 69, 48, (u32)(s->sectors / 1024 - 1));
	} else {
		put_bits(csd, 83, 80, 10); /* as a card of 2 GB has it */
		put_bits(csd, 73, 62, (u32)(s->sectors / 64 - 1));
		put_bits(csd, 49, 47, 3);
	}
	/* The controller drops the CRC, the lowest eight bits. */
	for (unsigned int i = 0; i < 4; i++)
		response[i] = csd[i] >> 8 | (i < 3 ? csd[i + 1] << 24 : 0);
}

/* False: no answer. */
static bool card_command(struct sim *s, unsigned int index, u32 argument, u32 response[4])
{
	bool app = s->app;

	if (!s->present)
		return false;
	s->app = false;
	response[0] = s->status | s->state << 9 | 1U << 8 | (u32)app << 5;
	s->status = 0;
	if (index == 0) {
		s->state = IDLE;
		s->polls = 0;
		s->address = 0;
		s->four_lines = s->sending = false;
		return true;
	}
	if (app && index == 41 && s->state == IDLE) {
		if (!(argument & 0x00300000))
			misuse(s, "no voltage");
		response[0] = 0x00ff8000;
		if (s->fault == SIM_NEVER_READY || s->polls++ < 3 ||
		    (s->high_capacity && !(argument & 1U << 30)))
			return true;
		response[0] |= 1U << 31 | (u32)s->high_capacity << 30;
		s->state = READY;
		return true;
	}
	if (app && index == 6 && s->state == TRANSFER) {
		s->four_lines = argument == 2;
		return true;
	}
	switch (index) {
	case 8:
		if (s->old)
			break;
		response[0] = faulty(s, SIM_WRONG_ECHO) ? argument ^ 0xff : argument;
		return true;
	case 55:
		if (argument != s->address)
			break;
		s->app = true;
		response[0] |= 1U << 5;
		return true;
	case 2:
		if (s->state != READY)
			break;
		s->state = IDENT;
		memset(response, 0x5a, 16);
		return true;
	case 3:
		if (s->state != IDENT)
			break;
		s->state = STANDBY;
		s->address = 0x1234 << 16;
		response[0] = s->address | (response[0] & 0x1fff);
		return true;
	case 9:
		if (s->state != STANDBY || argument != s->address)
			break;
		make_csd(s, response);
		return true;
	case 7:
		if (s->state != STANDBY || argument != s->address)
			break;
		s->state = TRANSFER;
		return true;
	case 13:
		if (argument != s->address)
			break;
		return true;
	case 16:
		if (s->state != TRANSFER)
			break;
		if (argument != SDHCI_BLOCK)
			misuse(s, "block size");
		return true;
	case 12:
		if (s->state != SENDING)
			break;
		s->state = TRANSFER;
		s->sending = false;
		return true;
	case 17:
	case 18:
		if (s->state != TRANSFER)
			break;
		if (!s->high_capacity && argument % SDHCI_BLOCK)
			misuse(s, "misaligned");
		s->place = s->high_capacity ? argument : argument / SDHCI_BLOCK;
		if (s->place >= s->sectors)
			misuse(s, "behind the card's end");
		s->state = index == 18 ? SENDING : TRANSFER;
		s->sending = true;
		return true;
	case 24: case 25: case 27: case 28: case 29: case 32: case 33: case 38: case 42: case 56:
		misuse(s, "a command that writes");
		break;
	}
	s->status |= 1U << 22; /* illegal: said with the next answer */
	return false;
}

/* ---- the controller ---- */

static void raise(struct sim *s, u32 bits)
{
	REG(s, 0x30) |= bits & REG(s, 0x34);
	if (REG(s, 0x30) >> 16)
		REG(s, 0x30) |= 1U << 15;
}

static void start_command(struct sim *s, u32 value)
{
	unsigned int index = value >> 24 & 0x3f, kind = value >> 16 & 3;
	bool data = value & 1U << 21;
	u32 response[4] = { 0 };

	s->seen[index / 32] |= 1U << index % 32;
	if (!(REG(s, 0x2c) & 4) || !(REG(s, 0x28) & 0x100))
		misuse(s, "no clock, no power");
	if (REG(s, 0x24) & (1 | (index != 12 && (data || kind == 3) ? 2 : 0)))
		misuse(s, "a command while it was inhibited");
	if (s->card_clock_hz > (s->state >= STANDBY ? 25000000 : 400000))
		misuse(s, "clock too fast");
	if (data && !(value & 1U << 4))
		misuse(s, "a transfer to the card");
	REG(s, 0x24) |= 1;
	if (s->dead || faulty_command(s, SIM_COMMAND_SILENT, index))
		return;
	if (faulty_command(s, SIM_COMMAND_TIMEOUT, index) ||
	    !card_command(s, index, REG(s, 0x08), response)) {
		raise(s, 1U << 16);
		return;
	}
	if (faulty_command(s, SIM_COMMAND_CRC, index)) {
		raise(s, 1U << 17);
		return;
	}
	if (faulty_command(s, SIM_STATUS_ERROR, index))
		response[0] |= 1U << 19;
	if (kind == 1) {
		memcpy(&REG(s, 0x10), response, 16);
	} else {
		REG(s, 0x10) = response[0];
	}
	REG(s, 0x24) &= ~1U;
	raise(s, 1);
	if (index == 12) {
		s->due_ns = s->blocks = 0;
		REG(s, 0x24) &= ~2U;
	}
	if (data) {
		s->blocks = value & 1U << 5 ? REG(s, 0x04) >> 16 : 1;
		if ((value & 1U << 5 && !(value & 2)) || (REG(s, 0x04) & 0xfff) != SDHCI_BLOCK)
			misuse(s, "block count, block size");
		if ((index == 18) != (s->blocks > 1))
			misuse(s, "single or multiple");
		s->block = 0;
		s->due_ns = s->now_ns + s->block_ns;
		REG(s, 0x24) |= 2;
	} else if (kind == 3) {
		if (faulty_command(s, SIM_BUSY, index))
			REG(s, 0x24) |= 2;
		else
			raise(s, 2);
	}
}

/* What has become of the data by now. */
static void data_comes(struct sim *s)
{
	if (!s->due_ns || s->now_ns < s->due_ns)
		return;
	s->due_ns = 0;
	if (s->block == s->at_block) {
		s->dead = faulty(s, SIM_VANISH_CLOCK);
		if (s->dead || faulty(s, SIM_VANISH)) {
			s->present = false;
			REG(s, 0x24) &= ~(1U << 16);
			return;
		}
		if (faulty(s, SIM_DATA_SILENT))
			return;
		if (faulty(s, SIM_DATA_TIMEOUT)) {
			raise(s, 1U << 20);
			return;
		}
		if (faulty(s, SIM_DATA_CRC)) {
			raise(s, 1U << 21);
			return;
		}
	}
	if (s->four_lines != !!(REG(s, 0x28) & 2) || !s->sending) {
		misuse(s, "number of data lines");
		raise(s, 1U << 21);
		return;
	}
	s->words = SDHCI_BLOCK / 4;
	raise(s, 1U << 5);
}

static u32 take_word(struct sim *s)
{
	u8 data[SDHCI_BLOCK];
	u32 word;

	if (!s->words) {
		misuse(s, "data read before it was there");
		return 0;
	}
	sim_sector(s->place + s->block, data);
	memcpy(&word, data + SDHCI_BLOCK - 4 * s->words, 4);
	if (--s->words)
		return word;
	s->block++;
	if (--s->blocks) {
		s->due_ns = s->now_ns + s->block_ns;
	} else {
		s->sending = s->state == SENDING;
		if (!faulty(s, SIM_DATA_NO_END)) {
			REG(s, 0x24) &= ~2U;
			raise(s, 2);
		}
	}
	return word;
}

u32 sdhci_sim_get(struct sdhci *h, unsigned int offset)
{
	struct sim *s = h->ctx;

	s->now_ns += 50;
	s->registers_read++;
	data_comes(s);
	switch (s->fault) {
	case SIM_ONES:
		return ~0U;
	case SIM_ZEROS:
		return 0;
	case SIM_NOISE: /* few bits at once, or all is an error at once */
		return (u32)(next_noise(s) & next_noise(s) & next_noise(s));
	case SIM_INHIBITED:
		if (offset == 0x24)
			return REG(s, offset) | 1;
		break;
	default:
		break;
	}
	return offset == 0x20 ? take_word(s) : REG(s, offset);
}

static void put_clock(struct sim *s, u32 value)
{
	u32 n = (value >> 8 & 0xff) | (value >> 6 & 3) << 8;

	if (value & 1U << 24) {
		u32 state = s->present ? 1U << 16 : 0;

		memset(s->regs, 0, sizeof(s->regs));
		REG(s, 0x24) = state;
		s->due_ns = s->blocks = s->words = 0;
	}
	if (value & 1U << 25)
		REG(s, 0x24) &= ~1U;
	if (value & 1U << 26) {
		REG(s, 0x24) &= ~2U;
		s->due_ns = s->blocks = s->words = 0;
	}
	if (s->fault != SIM_RESET_STUCK)
		value &= 0xffffff;
	if (!(value & 1U << 24)) {
		value &= ~2U;
		if (value & 1 && s->fault != SIM_CLOCK_UNSTABLE)
			value |= 2;
		if (value & 4 && !(REG(s, 0x2c) & 2))
			misuse(s, "the card's clock before it is stable");
		if (REG(s, 0x2c) & 4 && (value ^ REG(s, 0x2c)) & 0xffc0)
			misuse(s, "another clock while the card has it");
	}
	s->card_clock_hz = n ? BASE_HZ / (2 * n) : BASE_HZ;
	REG(s, 0x2c) = value;
}

void sdhci_sim_put(struct sdhci *h, unsigned int offset, u32 value)
{
	struct sim *s = h->ctx;

	s->now_ns += 50;
	if (h->spaced_writes && s->card_clock_hz &&
	    s->now_ns - s->written_ns < 2000000000ULL / s->card_clock_hz)
		misuse(s, "a write too early after another");
	s->written_ns = s->now_ns;
	data_comes(s);
	switch (offset) {
	case 0x0c:
		start_command(s, value);
		break;
	case 0x2c:
		put_clock(s, value);
		break;
	case 0x30:
		REG(s, offset) &= ~value;
		if (!(REG(s, offset) >> 16))
			REG(s, offset) &= ~(1U << 15);
		break;
	case 0x04: case 0x08: case 0x28: case 0x34: case 0x38:
		REG(s, offset) = value;
		break;
	default:
		misuse(s, "a write to another register");
	}
}

/* ---- time ---- */

static u64 sim_now(void *ctx)
{
	struct sim *s = ctx;

	return s->now_ns += 20;
}

static int sim_wait(void *ctx, u64 deadline_ns)
{
	struct sim *s = ctx;

	data_comes(s);
	if (s->fault == SIM_NOISE && next_noise(s) % 2)
		return 0;
	if ((REG(s, 0x30) & REG(s, 0x38)) || s->now_ns >= deadline_ns)
		return 0;
	s->now_ns = s->due_ns && s->due_ns < deadline_ns ? s->due_ns : deadline_ns;
	return 0;
}

void sim_init(struct sim *s, u64 sectors, bool high_capacity)
{
	*s = (struct sim){
		.present = true, .high_capacity = high_capacity, .sectors = sectors,
		.block_ns = 50000, .noise = 1,
		.host = { .base_clock_hz = BASE_HZ, .wait = sim_wait, .now_ns = sim_now },
	};
	REG(s, 0x24) = 1U << 16;
	s->host.ctx = s;
	s->card.host = &s->host;
}
