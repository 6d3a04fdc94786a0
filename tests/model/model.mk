# SPDX-License-Identifier: MIT
#
# The lazy protocol apart from the kernel: docs/verification.md. The top Makefile
# includes this.
#
#	make test-model		SPIN on tests/model/lazy.pml
#	make test-relacy	relacy on mm/lazy_protocol.h
#
# MODEL_LONG=1 adds searches that take minutes, and gigabytes of memory.
#
# Both print TAP and need Debian's spin, gcc, g++ and relacy-dev.

MODEL_FLAGS := $(if $(MODEL_LONG),--long)

.PHONY: test-model test-relacy
test-model:
	@$(PYTHON) tests/model/run.py $(MODEL_FLAGS)
test-relacy:
	@$(PYTHON) tests/relacy/run.py $(MODEL_FLAGS)
