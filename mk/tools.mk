# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Packages, libraries and the firmware's C library.

# make brings an included file up to date before anything else and then starts
# over: so packages are there before any rule runs, and the flags of libraries
# are asked for once. Goals that build nothing do without, as does `make -n`.
ifneq ($(filter-out help setup clean distclean lint-spdx,$(or $(MAKECMDGOALS),help)),)
ifeq ($(findstring n,$(firstword -$(MAKEFLAGS))),)
include $(BUILD)/libraries.mk
endif
endif

$(BUILD)/libraries.mk: mk/packages.list mk/setup.sh mk/tools.mk
	@$(SETUP) build
	@mkdir -p $(@D)
	@for lib in JSONC=json-c PCAP=libpcap ELF=libelf ZLIB=zlib; do \
		cflags=$$($(PKG_CONFIG) --cflags $${lib#*=}); \
		libs=$$($(PKG_CONFIG) --libs $${lib#*=}); \
		echo "$${lib%=*}_CFLAGS := $${cflags//-I/-isystem }"; \
		echo "$${lib%=*}_LIBS := $$libs"; \
	done >$@.new
	@mv $@.new $@

# Its pkg-config file asks for glib's development files, which nothing here needs.
SLIRP_LIBS := -lslirp

# What tests and lint need beyond that; suites that build with these packages
# name it as an order-only prerequisite: `program: source.c | $(SETUP_CHECK)`.
SETUP_CHECK := $(BUILD)/setup-check.stamp
$(SETUP_CHECK): mk/packages.list mk/setup.sh
	@$(SETUP) check
	@mkdir -p $(@D)
	@touch $@

CMOCKA_CFLAGS :=
CMOCKA_LIBS := -lcmocka

# Everything compiled or linked for the soft core depends on $(NEWLIB).
# Asked for on first use: goals without firmware do not pay for it.
NEWLIB_DIR = $(eval NEWLIB_DIR := $$(shell mk/newlib.sh --dir))$(NEWLIB_DIR)
NEWLIB = $(NEWLIB_DIR)/.complete
$(NEWLIB):
	@mk/newlib.sh
