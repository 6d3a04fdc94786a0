# SPDX-License-Identifier: MIT
#
# make check: what can be found without running anything. Included by the
# Makefile; each source's verdict is kept in $(B), so a second run looks only at
# what has changed.
#
#	check-layers	every #include goes down (tools/check-layers)
#	check-style	tools/check-style
#	check-sparse	address spaces (__user, __iomem), lock balance
#	check-analyzer	gcc -fanalyzer, not of the tests (not with LLVM=1)
#	check-format	advice only: what clang-format would write otherwise

SPARSE_FLAGS := -m64 --arch=arm64 -std=gnu11 -Wsparse-error \
	-U__STDC_HOSTED__ -D__STDC_HOSTED__=0 -D__VERSION__='"sparse"'

# Since gcc 13 it follows a pointer and its length apart, and is mostly wrong.
ANALYZER_FLAGS := -fanalyzer -Wno-analyzer-out-of-bounds

.PHONY: check check-layers check-style check-sparse check-analyzer check-format
check: check-layers check-style check-sparse
ifeq ($(CC_KIND),gcc)
check: check-analyzer
endif

check-layers check-style:
	@$(PYTHON) tools/$@

check-sparse: $(SRCS:%.c=$(B)/sparse/%.ok)
check-analyzer: $(patsubst %.c,$(B)/analyzer/%.ok,$(filter-out %_test.c,$(SRCS)))

CHECK_NEEDS := $(B)/flags $(B)/gen/build_info.h

$(B)/sparse/%.ok: %.c $(CHECK_NEEDS)
	$(call say,SPARSE,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(SPARSE) $(SPARSE_FLAGS) $(CPPFLAGS) $<
	$(Q)$(CC) $(CFLAGS) -MM -MP -MF $@.d -MT $@ $<
	$(Q)touch $@

$(B)/analyzer/%.ok: %.c $(CHECK_NEEDS)
	$(call say,ANALYZE,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(ANALYZER_FLAGS) -MMD -MP -MF $@.d -MT $@ -c -o /dev/null $<
	$(Q)touch $@

check-format:
	@clang-format --dry-run $(SRCS) $(wildcard $(SRCS:.c=.h))

-include $(wildcard $(SRCS:%.c=$(B)/sparse/%.ok.d) $(SRCS:%.c=$(B)/analyzer/%.ok.d))
