// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The core alone with 8 MiB of memory and a few test registers, for core_tb.
// All signals but the clock go through DPI; reset is generated here. Requires
// RISCV_FORMAL to be defined: the retirement port is checked in every run.
//
//   0x80000000  8 MiB of code and data
//   0x10000000  interrupt lines: bit 0 software, 1 timer, 2 external
//   0x10000004  write: after bits 15:0 cycles set the lines to bits 18:16
//   0x10000008  write: print bits 7:0
//
// Everything else, and fetching from the test registers, is an access fault.

module core_top (
  input logic clk_i
);

  localparam int unsigned RamWords = 8 * 1024 * 1024 / 4;
  localparam logic [31:0] RamBase  = 32'h8000_0000;
  localparam logic [31:0] RegBase  = 32'h1000_0000;

  // Something was stored in the two words at the address given to
  // rl_core_tb_setup.
  import "DPI-C" context function void rl_core_tb_tohost();
  import "DPI-C" context function void rl_core_tb_putchar(int unsigned value);

  export "DPI-C" function rl_core_tb_setup;
  export "DPI-C" function rl_core_tb_write;
  export "DPI-C" function rl_core_tb_host_write;
  export "DPI-C" function rl_core_tb_read;
  export "DPI-C" function rl_core_tb_count;
  export "DPI-C" function rl_core_tb_pc;

  logic [31:0] ram [RamWords];
  longint unsigned host_wrote = 0;  // the cycle of the host's latest write

  // ------------------------------------------------------------ configuration

  int unsigned tohost_addr;
  int unsigned wait_seed;

  initial begin
    tohost_addr = 0;
    wait_seed   = 0;
  end

  function automatic void rl_core_tb_setup(int unsigned tohost,
                                           int unsigned seed);
    tohost_addr = tohost;
    wait_seed   = seed;
  endfunction

  // Word number within the RAM.
  function automatic void rl_core_tb_write(int unsigned index,
                                           int unsigned value);
    ram[index[20:0]] = value;
  endfunction

  // The same while the program runs: loads under way are not judged.
  function automatic void rl_core_tb_host_write(int unsigned index,
                                                int unsigned value);
    ram[index[20:0]] = value;
    host_wrote = counts[0];
  endfunction

  function automatic int unsigned rl_core_tb_read(int unsigned index);
    return ram[index[20:0]];
  endfunction

  // -------------------------------------------------------------------- reset

  logic [2:0] reset_count = 3'd0;
  logic       rst_n = 1'b0;
  always_ff @(posedge clk_i) begin
    if (reset_count != 3'd7) begin
      reset_count <= reset_count + 3'd1;
    end
    rst_n <= reset_count == 3'd7;
  end

  // ----------------------------------------------------------------- the core

  logic        imem_valid, imem_ready, imem_rvalid, imem_err;
  logic [31:0] imem_addr, imem_rdata;
  logic        dmem_valid, dmem_ready, dmem_write, dmem_rvalid, dmem_err;
  logic [31:0] dmem_addr, dmem_wdata, dmem_rdata;
  logic [3:0]  dmem_wstrb;
  logic [2:0]  lines_q;
  logic        sleeping;
  rl_core_pkg::perf_t perf;

  logic        rvfi_valid;
  logic [63:0] rvfi_order;
  logic [31:0] rvfi_insn;
  logic        rvfi_trap;
  logic        rvfi_halt;
  logic        rvfi_intr;
  logic [1:0]  rvfi_mode;
  logic [1:0]  rvfi_ixl;
  logic [4:0]  rvfi_rs1_addr;
  logic [4:0]  rvfi_rs2_addr;
  logic [31:0] rvfi_rs1_rdata;
  logic [31:0] rvfi_rs2_rdata;
  logic [4:0]  rvfi_rd_addr;
  logic [31:0] rvfi_rd_wdata;
  logic [31:0] rvfi_pc_rdata;
  logic [31:0] rvfi_pc_wdata;
  logic [31:0] rvfi_mem_addr;
  logic [3:0]  rvfi_mem_rmask;
  logic [3:0]  rvfi_mem_wmask;
  logic [31:0] rvfi_mem_rdata;
  logic [31:0] rvfi_mem_wdata;
  logic        rvfi_mem_fault;
  logic [3:0]  rvfi_mem_fault_rmask;
  logic [3:0]  rvfi_mem_fault_wmask;
  logic [31:0] rvfi_csr_mstatus_rmask;
  logic [31:0] rvfi_csr_mstatus_wmask;
  logic [31:0] rvfi_csr_mstatus_rdata;
  logic [31:0] rvfi_csr_mstatus_wdata;
  logic [31:0] rvfi_csr_mepc_rmask;
  logic [31:0] rvfi_csr_mepc_wmask;
  logic [31:0] rvfi_csr_mepc_rdata;
  logic [31:0] rvfi_csr_mepc_wdata;
  logic [31:0] rvfi_csr_mcause_rmask;
  logic [31:0] rvfi_csr_mcause_wmask;
  logic [31:0] rvfi_csr_mcause_rdata;
  logic [31:0] rvfi_csr_mcause_wdata;
  logic [31:0] rvfi_csr_mtval_rmask;
  logic [31:0] rvfi_csr_mtval_wmask;
  logic [31:0] rvfi_csr_mtval_rdata;
  logic [31:0] rvfi_csr_mtval_wdata;

  logic [31:0] unused_base, unused_offset;
  rl_core #(
    .ResetVector(RamBase)
  ) u_core (
    .rvfi_valid,
    .rvfi_order,
    .rvfi_insn,
    .rvfi_trap,
    .rvfi_halt,
    .rvfi_intr,
    .rvfi_mode,
    .rvfi_ixl,
    .rvfi_rs1_addr,
    .rvfi_rs2_addr,
    .rvfi_rs1_rdata,
    .rvfi_rs2_rdata,
    .rvfi_rd_addr,
    .rvfi_rd_wdata,
    .rvfi_pc_rdata,
    .rvfi_pc_wdata,
    .rvfi_mem_addr,
    .rvfi_mem_rmask,
    .rvfi_mem_wmask,
    .rvfi_mem_rdata,
    .rvfi_mem_wdata,
    .rvfi_mem_fault,
    .rvfi_mem_fault_rmask,
    .rvfi_mem_fault_wmask,
    .rvfi_csr_mstatus_rmask,
    .rvfi_csr_mstatus_wmask,
    .rvfi_csr_mstatus_rdata,
    .rvfi_csr_mstatus_wdata,
    .rvfi_csr_mepc_rmask,
    .rvfi_csr_mepc_wmask,
    .rvfi_csr_mepc_rdata,
    .rvfi_csr_mepc_wdata,
    .rvfi_csr_mcause_rmask,
    .rvfi_csr_mcause_wmask,
    .rvfi_csr_mcause_rdata,
    .rvfi_csr_mcause_wdata,
    .rvfi_csr_mtval_rmask,
    .rvfi_csr_mtval_wmask,
    .rvfi_csr_mtval_rdata,
    .rvfi_csr_mtval_wdata,
    .clk_i,
    .rst_ni         (rst_n),
    .imem_valid_o   (imem_valid),
    .imem_ready_i   (imem_ready),
    .imem_addr_o    (imem_addr),
    .imem_rvalid_i  (imem_rvalid),
    .imem_rdata_i   (imem_rdata),
    .imem_err_i     (imem_err),
    .dmem_valid_o   (dmem_valid),
    .dmem_ready_i   (dmem_ready),
    .dmem_addr_o    (dmem_addr),
    .dmem_base_o    (unused_base),
    .dmem_offset_o  (unused_offset),
    .dmem_write_o   (dmem_write),
    .dmem_wstrb_o   (dmem_wstrb),
    .dmem_wdata_o   (dmem_wdata),
    .dmem_rvalid_i  (dmem_rvalid),
    .dmem_rdata_i   (dmem_rdata),
    .dmem_err_i     (dmem_err),
    .irq_external_i (lines_q[2]),
    .irq_timer_i    (lines_q[1]),
    .irq_software_i (lines_q[0]),
    .sleep_o        (sleeping),
    .perf_o         (perf)
  );

  // ----------------------------------------------------------------- memories

  // One generator (xorshift) for both ports; they look at different bits.
  logic [31:0] random_q, random_1, random_2;
  assign random_1 = random_q ^ (random_q << 13);
  assign random_2 = random_1 ^ (random_1 >> 17);
  always_ff @(posedge clk_i or negedge rst_n) begin
    if (!rst_n) begin
      random_q <= 32'd0;
    end else begin
      random_q <= random_q == 0 ? (wait_seed | 32'h8000_0000)
                                : random_2 ^ (random_2 << 5);
    end
  end

  logic imem_accept, dmem_accept, imem_in_ram, dmem_in_ram, dmem_in_regs;
  assign imem_in_ram  = imem_addr[31:23] == RamBase[31:23];
  assign dmem_in_ram  = dmem_addr[31:23] == RamBase[31:23];
  assign dmem_in_regs = dmem_addr[31:4] == RegBase[31:4];

  rl_tb_port u_iport (
    .clk_i,
    .rst_ni   (rst_n),
    .waits_i  (wait_seed != 0),
    .random_i (random_q[3:0]),
    .valid_i  (imem_valid),
    .ready_o  (imem_ready),
    .rvalid_o (imem_rvalid),
    .rdata_o  (imem_rdata),
    .err_o    (imem_err),
    .accept_o (imem_accept),
    .rdata_i  (ram[imem_addr[22:2]]),
    .err_i    (!imem_in_ram)
  );

  rl_tb_port u_dport (
    .clk_i,
    .rst_ni   (rst_n),
    .waits_i  (wait_seed != 0),
    .random_i (random_q[19:16]),
    .valid_i  (dmem_valid),
    .ready_o  (dmem_ready),
    .rvalid_o (dmem_rvalid),
    .rdata_o  (dmem_rdata),
    .err_o    (dmem_err),
    .accept_o (dmem_accept),
    .rdata_i  (dmem_in_ram ? ram[dmem_addr[22:2]] : {29'd0, lines_q}),
    .err_i    (!dmem_in_ram && !dmem_in_regs)
  );

  always @(posedge clk_i) begin
    if (dmem_accept && dmem_write && dmem_in_ram) begin
      for (int i = 0; i < 4; i++) begin
        if (dmem_wstrb[i]) begin
          ram[dmem_addr[22:2]][8*i +: 8] <= dmem_wdata[8*i +: 8];
        end
      end
      if (tohost_addr != 0 && dmem_addr[31:3] == tohost_addr[31:3]) begin
        rl_core_tb_tohost();
      end
    end
  end

  // ----------------------------------------------------------- test registers

  logic [15:0] delay_q = 16'd0;
  logic [2:0]  delayed_q = 3'd0;
  logic        reg_write;
  assign reg_write = dmem_accept && dmem_write && dmem_in_regs;

  always_ff @(posedge clk_i or negedge rst_n) begin
    if (!rst_n) begin
      lines_q <= 3'd0;
      delay_q <= 16'd0;
    end else begin
      if (delay_q != 16'd0) begin
        delay_q <= delay_q - 16'd1;
        if (delay_q == 16'd1) begin
          lines_q <= delayed_q;
        end
      end
      if (reg_write) begin
        unique case (dmem_addr[3:2])
          2'd0: lines_q <= dmem_wdata[2:0];
          2'd1: {delayed_q, delay_q} <= dmem_wdata[18:0];
          2'd2: rl_core_tb_putchar(dmem_wdata);
          default: ;
        endcase
      end
    end
  end

  // ----------------------------------------------------- counters and checks
  // Immediate assertions: concurrent ones would sample the whole RAM.

  // High from the first cycle after reset.
  logic running_q;
  always_ff @(posedge clk_i or negedge rst_n) begin
    if (!rst_n) begin
      running_q <= 1'b0;
    end else begin
      running_q <= 1'b1;
    end
  end

  longint unsigned counts [9];
  initial begin
    for (int i = 0; i < 9; i++) begin
      counts[i] = 0;
    end
  end

  // 0 cycles, 1 retired, then the stall causes in the order of perf_t.
  always @(posedge clk_i) begin
    if (running_q) begin
      counts[0] <= counts[0] + 1;
      for (int i = 0; i < 8; i++) begin
        if (perf[7-i]) begin
          counts[i+1] <= counts[i+1] + 1;
        end
      end
    end
  end

  function automatic longint unsigned rl_core_tb_count(int unsigned index);
    return index < 9 ? counts[index[3:0]] : 0;
  endfunction

  always @(posedge clk_i) begin
    one_cause_a: assert (!running_q || $onehot(perf))
      else $error("perf_o: %b is not exactly one cause", perf);
  end

  // A data request does not change before it is taken.
  logic        dmem_waiting_q = 1'b0;
  logic [68:0] dmem_request, dmem_request_q = '0;
  assign dmem_request = {dmem_write, dmem_wstrb, dmem_wdata, dmem_addr};
  always_ff @(posedge clk_i) begin
    dmem_waiting_q <= dmem_valid && !dmem_ready;
    dmem_request_q <= dmem_request;
  end
  always @(posedge clk_i) begin
    dmem_stable_a: assert (!dmem_waiting_q || (dmem_valid && dmem_request == dmem_request_q))
      else $error("dmem: a waiting request changed");
  end

  // The retirement port tells one consistent story: order without gaps, each
  // instruction where the last one went, operands as they were written.
  logic [31:0] shadow [32];
  logic [31:0] next_pc_q;
  logic [63:0] next_order_q;
  initial begin
    for (int i = 0; i < 32; i++) begin
      shadow[i] = 0;
    end
  end

  always @(posedge clk_i) begin
    if (rvfi_valid && rvfi_rd_addr != 0) begin
      shadow[rvfi_rd_addr] <= rvfi_rd_wdata;
    end
  end

  always_ff @(posedge clk_i or negedge rst_n) begin
    if (!rst_n) begin
      next_pc_q    <= RamBase;
      next_order_q <= '0;
    end else if (rvfi_valid) begin
      next_pc_q    <= rvfi_pc_wdata;
      next_order_q <= next_order_q + 1;
    end
  end

  logic [31:0] shadow_rs1, shadow_rs2, ram_word;
  assign shadow_rs1 = shadow[rvfi_rs1_addr];
  assign shadow_rs2 = shadow[rvfi_rs2_addr];
  assign ram_word   = ram[rvfi_mem_addr[22:2]];

  always @(posedge clk_i) begin
    rvfi_order_a: assert (!rvfi_valid || rvfi_order == next_order_q)
      else $error("rvfi: order %0d", rvfi_order);
  end
  always @(posedge clk_i) begin
    rvfi_pc_a: assert (!rvfi_valid || rvfi_intr || rvfi_pc_rdata == next_pc_q)
      else $error("rvfi: pc %h, expected %h", rvfi_pc_rdata, next_pc_q);
  end
  always @(posedge clk_i) begin
    rvfi_rs1_a: assert (!rvfi_valid || rvfi_rs1_rdata == shadow_rs1)
      else $error("rvfi: pc %h: rs1 is %h, written was %h", rvfi_pc_rdata,
                rvfi_rs1_rdata, shadow_rs1);
  end
  always @(posedge clk_i) begin
    rvfi_rs2_a: assert (!rvfi_valid || rvfi_rs2_rdata == shadow_rs2)
      else $error("rvfi: pc %h: rs2 is %h, written was %h", rvfi_pc_rdata,
                rvfi_rs2_rdata, shadow_rs2);
  end
  // Memory holds what a load saw: nothing else writes in between.
  always @(posedge clk_i) begin
    rvfi_load_a: assert (!rvfi_valid || rvfi_mem_rmask == 0 ||
      rvfi_mem_addr[31:23] != RamBase[31:23] || dmem_accept_q ||
      (host_wrote != 0 && counts[0] - host_wrote < 256) ||
      rvfi_mem_rdata == ram_word)
      else $error("rvfi: pc %h: loaded %h", rvfi_pc_rdata, rvfi_mem_rdata);
  end
  logic dmem_accept_q;
  always_ff @(posedge clk_i) begin
    dmem_accept_q <= dmem_accept && dmem_write;
  end

  // Of the latest instruction that was shown.
  int unsigned last_pc;
  initial begin
    last_pc = 0;
  end
  always @(posedge clk_i) begin
    if (rvfi_valid) begin
      last_pc <= rvfi_pc_rdata;
    end
  end

  function automatic int unsigned rl_core_tb_pc();
    return last_pc;
  endfunction

  logic unused_rvfi;
  assign unused_rvfi = ^{rvfi_insn, rvfi_trap, rvfi_halt, rvfi_mode, rvfi_ixl,
                         rvfi_mem_wmask, rvfi_mem_wdata, rvfi_mem_addr[1:0],
                         rvfi_mem_fault, rvfi_mem_fault_rmask,
                         rvfi_mem_fault_wmask,
                         rvfi_csr_mstatus_rmask, rvfi_csr_mstatus_wmask,
                         rvfi_csr_mstatus_rdata, rvfi_csr_mstatus_wdata,
                         rvfi_csr_mepc_rmask, rvfi_csr_mepc_wmask,
                         rvfi_csr_mepc_rdata, rvfi_csr_mepc_wdata,
                         rvfi_csr_mcause_rmask, rvfi_csr_mcause_wmask,
                         rvfi_csr_mcause_rdata, rvfi_csr_mcause_wdata,
                         rvfi_csr_mtval_rmask, rvfi_csr_mtval_wmask,
                         rvfi_csr_mtval_rdata, rvfi_csr_mtval_wdata};

  logic unused;
  assign unused = ^{imem_accept, sleeping, imem_addr[1:0]};

endmodule
