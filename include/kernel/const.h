/* SPDX-License-Identifier: MIT */
/* Constants that both C and the assembler read: the latter knows no suffixes. */
#pragma once

#ifdef __ASSEMBLER__
#define UL(x) x
#else
#define UL(x) x##UL
#endif
