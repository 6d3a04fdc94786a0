/* SPDX-License-Identifier: MIT */
/*
 * The tests of src/lib/string_test.c once more, on the kernel's own functions:
 * everything else on the host gets the C library's. Under other names they can
 * live beside those, and ASan sees every byte they touch.
 */
#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define memchr own_memchr
#define strlen own_strlen
#define strnlen own_strnlen
#define strcmp own_strcmp
#define strncmp own_strncmp
#define strchr own_strchr
#define strrchr own_strrchr
#define strstr own_strstr
#define str_copy own_str_copy
#define str_to_u64 own_str_to_u64

#undef LODGER_HOST
#include "lib/string.c"
#include "lib/string_test.c"
