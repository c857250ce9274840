# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Firmware images: build/firmware/DEVICE.elf, and .hex files for a bitstream.
FW_DEVICES := net
# RL_STACK_BYTES of registers.def
FW_STACK_BYTES := 4096
FW_BUILD_ID := 0x$(shell git rev-parse --short=8 HEAD 2>/dev/null || echo 0)

# The fake hardware, for what runs the firmware on the build host.
FW_FAKE_SRC := $(sort $(wildcard firmware/hal/host/*.c))

FW_OUT := $(BUILD)/firmware
FW_SRC := firmware/boot/trap.c firmware/boot/rescue.c firmware/boot/syscalls.c \
	$(sort $(wildcard firmware/virtqueue/*.c firmware/virtio/*.c))
FW_OBJ := $(FW_OUT)/boot/crt0.o $(FW_SRC:firmware/%.c=$(FW_OUT)/%.o)
# The ring loop is what the cycles go to: speed, loads scheduled two ahead (rocket is
# the model that knows such a pipeline), and no misaligned access, which would trap.
FW_CFLAGS = $(RISCV_CFLAGS) -O2 -mtune=rocket -mstrict-align -flto \
	--param max-inline-insns-auto=300 --param inline-min-speedup=1 \
	-DRINGLET_SOC \
	-I$(BUILD)/gen

ALL += $(FW_DEVICES:%=$(FW_OUT)/%.elf)

$(FW_OUT)/%.o: firmware/%.c $(REGS_H) $(NEWLIB) firmware/firmware.mk mk/flags.mk
	$(call say,RVCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(RISCV_CC) $(FW_CFLAGS) -c -o $@ $<

$(FW_OUT)/boot/crt0.o: firmware/boot/crt0.S $(REGS_H) $(NEWLIB) firmware/firmware.mk
	$(call say,RVCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(RISCV_CC) $(FW_CFLAGS) -c -o $@ $<

# main.c is compiled for each device: it names the device it starts.
$(FW_DEVICES:%=$(FW_OUT)/main-%.o): $(FW_OUT)/main-%.o: firmware/main.c \
		$(REGS_H) $(NEWLIB) firmware/firmware.mk mk/flags.mk
	$(call say,RVCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(RISCV_CC) $(FW_CFLAGS) -DRINGLET_DEVICE=virtio_$*_ops \
		-DRINGLET_BUILD_ID=$(FW_BUILD_ID)u -c -o $@ $<

# A device is devices/NAME.c and its parts, devices/NAME_*.c.
fw_device_obj = $(patsubst firmware/%.c,$(FW_OUT)/%.o,$(wildcard \
	firmware/devices/$(1).c firmware/devices/$(1)_*.c))
$(foreach device,$(FW_DEVICES),$(eval $(FW_OUT)/$(device).elf: \
	$(call fw_device_obj,$(device))))

$(FW_DEVICES:%=$(FW_OUT)/%.elf): $(FW_OUT)/%.elf: $(FW_OUT)/main-%.o \
		$(FW_OBJ) linker/ringlet.ld firmware/sizes.awk
	$(call say,RVLD,$@)
	$(Q)$(RISCV_CC) $(FW_CFLAGS) $(RISCV_LDFLAGS) -T linker/ringlet.ld \
		-Wl,--defsym=__stack_bytes=$(FW_STACK_BYTES) -Wl,-Map=$@.map \
		-o $@.new $(filter %.o,$^) $(RISCV_LIBS)
	$(Q)$(RISCV_OBJDUMP) -d --no-show-raw-insn $@.new > $@.lst
	$(Q)$(RISCV_SIZE) -A $@.new | awk -v name=$@ -v stack=$(FW_STACK_BYTES) \
		-f firmware/sizes.awk - $@.lst >&2
	$(Q)mv $@.new $@

-include $(wildcard $(FW_OUT)/*.d $(FW_OUT)/*/*.d)
