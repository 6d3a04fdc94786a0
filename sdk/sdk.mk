# SPDX-License-Identifier: MIT
#
# make sdk [SDK=folder]: what it takes to build programs outside of this tree, from the
# same objects that its own programs are linked with. docs/sdk.md is its page. Included by
# the Makefile, behind user/user.mk.

SDK := $(or $(SDK),build/sdk)

# Linked with every program, because libc has others for some of what they define; the
# rest is an archive, of which a program gets what it names.
SDK_CRT0 := $(addprefix $(B)/user/obj/lib/,$(addsuffix .o,heap.c lock.c memory.c start.S \
	start.c terminal.c))
SDK_LIB = $(filter-out $(SDK_CRT0),$(filter $(B)/user/obj/lib/%,$(USER_LIB)))

.PHONY: sdk
sdk: $(SDK_CRT0) $(SDK_LIB)
	$(call say,SDK,$(SDK))
	$(Q)mkdir -p '$(SDK)/bin' '$(SDK)/lib' '$(SDK)/include/abi' '$(SDK)/include/sys'
	$(Q)cp include/abi/*.h '$(SDK)/include/abi'
	$(Q)cp $(addprefix user/lib/,lodger.h services.h syscall.h syscall64.h) '$(SDK)/include'
	$(Q)cp user/lib/sys/*.h '$(SDK)/include/sys'
	$(Q)cp user/user.ld sdk/lodger.specs '$(SDK)/lib'
	$(Q)cp sdk/lodger-cc tools/mkcpio '$(SDK)/bin'
	$(Q)cp docs/sdk.md '$(SDK)/README.md'; cp LICENSE '$(SDK)'
	$(Q)$(USER_CC) -r -nostdlib -o '$(SDK)/lib/crt0.o' $(SDK_CRT0)
	$(Q)rm -f '$(SDK)/lib/liblodger.a'
	$(Q)$(USER_AR) rcsD '$(SDK)/lib/liblodger.a' $(SDK_LIB)
