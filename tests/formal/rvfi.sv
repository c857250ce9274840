// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The core from its reset on, seen through the retirement port and the bus. Both
// memories answer anything at any time; the lines do what they like. Check chooses
// what is asked: 0 order and program counter, 1 registers, 2 what instructions do
// (group Insn of rvfi_spec.sv), 3 illegal ones, 4 liveness, 5 traps, 6 the data port,
// 7 fetched bits.
module rvfi #(
  parameter int unsigned Check = 0,
  parameter int unsigned Insn  = 0,
  parameter int unsigned Limit = 30     // of 4: cycles without a retirement
) (
  input logic        clk_i,
  input logic        imem_ready_i,
  input logic        imem_rvalid_i,
  input logic [31:0] imem_rdata_i,
  input logic        imem_err_i,
  input logic        dmem_ready_i,
  input logic        dmem_rvalid_i,
  input logic [31:0] dmem_rdata_i,
  input logic        dmem_err_i,
  input logic        irq_external_i,
  input logic        irq_timer_i,
  input logic        irq_software_i
);
`include "common.svh"
  logic        imem_valid, dmem_valid, dmem_write;
  logic [31:0] imem_addr, dmem_addr, dmem_wdata;
  logic [3:0]  dmem_wstrb;

  logic        valid, trap, halt, intr, mem_fault;
  logic [63:0] order;
  logic [31:0] insn, rs1, rs2, rd, pc, pc_next, mem_addr, mem_rdata, mem_wdata;
  logic [1:0]  mode, ixl;
  logic [4:0]  rs1_addr, rs2_addr, rd_addr;
  logic [3:0]  rmask, wmask, fault_rmask, fault_wmask;
  logic [31:0] mstatus_was, mstatus, mepc_was, mepc, mcause_was, mcause, mtval_was, mtval;

  rl_core #(
    .ResetVector(32'h8000_0000), .BtbIndexBits(1)
  ) dut (
    .clk_i, .rst_ni,
    .imem_valid_o(imem_valid), .imem_ready_i, .imem_addr_o(imem_addr), .imem_rvalid_i,
    .imem_rdata_i, .imem_err_i,
    .dmem_valid_o(dmem_valid), .dmem_ready_i, .dmem_addr_o(dmem_addr),
    .dmem_write_o(dmem_write), .dmem_wstrb_o(dmem_wstrb), .dmem_wdata_o(dmem_wdata),
    .dmem_rvalid_i, .dmem_rdata_i, .dmem_err_i,
    .rvfi_valid(valid), .rvfi_order(order), .rvfi_insn(insn), .rvfi_trap(trap),
    .rvfi_halt(halt), .rvfi_intr(intr), .rvfi_mode(mode), .rvfi_ixl(ixl),
    .rvfi_rs1_addr(rs1_addr), .rvfi_rs2_addr(rs2_addr), .rvfi_rs1_rdata(rs1),
    .rvfi_rs2_rdata(rs2), .rvfi_rd_addr(rd_addr), .rvfi_rd_wdata(rd),
    .rvfi_pc_rdata(pc), .rvfi_pc_wdata(pc_next), .rvfi_mem_addr(mem_addr),
    .rvfi_mem_rmask(rmask), .rvfi_mem_wmask(wmask), .rvfi_mem_rdata(mem_rdata),
    .rvfi_mem_wdata(mem_wdata), .rvfi_mem_fault(mem_fault),
    .rvfi_mem_fault_rmask(fault_rmask), .rvfi_mem_fault_wmask(fault_wmask),
    .rvfi_csr_mstatus_rdata(mstatus_was), .rvfi_csr_mstatus_wdata(mstatus),
    .rvfi_csr_mepc_rdata(mepc_was), .rvfi_csr_mepc_wdata(mepc),
    .rvfi_csr_mcause_rdata(mcause_was), .rvfi_csr_mcause_wdata(mcause),
    .rvfi_csr_mtval_rdata(mtval_was), .rvfi_csr_mtval_wdata(mtval),
    .irq_external_i, .irq_timer_i, .irq_software_i
  );

  // -------------------------------------------- what the memories promise

  logic [2:0] imem_owed_q;
  logic       dmem_owed_q;
  logic       itaken, dtaken;
  assign itaken = imem_valid && imem_ready_i;
  assign dtaken = dmem_valid && dmem_ready_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      imem_owed_q <= '0;
      dmem_owed_q <= 1'b0;
    end else begin
      imem_owed_q <= imem_owed_q + itaken - imem_rvalid_i;
      dmem_owed_q <= dtaken || (dmem_owed_q && !dmem_rvalid_i);
    end
  end
  always_comb begin
    assume (!imem_rvalid_i || imem_owed_q != 3'd0);
    assume (!dmem_rvalid_i || dmem_owed_q);
    assume (rst_ni || !(imem_rvalid_i || dmem_rvalid_i || itaken || dtaken));
`ifdef RVFI_FAIR
    assume (!rst_ni || (imem_ready_i && dmem_ready_i));
    assume (imem_rvalid_i || imem_owed_q == 3'd0);
    assume (dmem_rvalid_i || !dmem_owed_q);
`endif
  end

  // ----------------------------------------------------- what it should do

  logic [3:0]  group, spec_mask;
  logic [4:0]  spec_rs1, spec_rs2, spec_rd;
  logic [31:0] spec_value, spec_pc, spec_mem_addr, spec_mem_value, spec_addr;
  logic        wide, misaligned, csr, ecall, ebreak, mret;
  rvfi_spec u_spec (
    .insn_i(insn), .pc_i(pc), .rs1_i(rs1), .rs2_i(rs2), .mem_i(mem_rdata),
    .group_o(group), .wide_o(wide), .rs1_o(spec_rs1), .rs2_o(spec_rs2), .rd_o(spec_rd),
    .rd_value_o(spec_value), .pc_o(spec_pc), .mem_addr_o(spec_mem_addr),
    .mem_mask_o(spec_mask), .mem_value_o(spec_mem_value), .addr_o(spec_addr),
    .misaligned_o(misaligned), .csr_o(csr), .ecall_o(ecall), .ebreak_o(ebreak),
    .mret_o(mret)
  );
  logic [31:0] bits;
  assign bits = {{8{spec_mask[3]}}, {8{spec_mask[2]}}, {8{spec_mask[1]}},
                 {8{spec_mask[0]}}};
  logic load, store;
  assign load  = group == 4'd4;
  assign store = group == 4'd5;

  // What was retired last.
  logic        before_q, trap_q;
  logic [63:0] order_q;
  logic [31:0] pc_next_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      before_q <= 1'b0;
      trap_q   <= 1'b0;
    end else if (valid) begin
      before_q  <= 1'b1;
      trap_q    <= trap;
      order_q   <= order;
      pc_next_q <= pc_next;
    end
  end

  if (Check == 0) begin : gen_order
    always_ff @(posedge clk_i) begin
      if (rst_ni && valid) begin
        // In order, without gaps: nothing twice, no cause behind its effect.
        if (before_q) unique_causal: assert (order == order_q + 64'd1);
        if (!before_q) from_zero: assert (order == 64'd0);
        if (!before_q && !intr) from_reset: assert (pc == 32'h8000_0000);
        if (before_q && !intr) pc_fwd: assert (pc == pc_next_q);
        if (before_q && trap_q) pc_of_handler: assert (pc == pc_next_q && intr);
        constant: assert (!halt && mode == 2'd3 && ixl == 2'd1);
        aligned: assert (!pc[0] && !pc_next[0]);
        third: cover (order == 64'd2);
        jumped: cover (before_q && pc_next_q != pc + 32'd4 && !intr && !trap);
        interrupted: cover (intr && !trap_q);
      end
    end
  end

  if (Check == 1) begin : gen_regs
    (* anyconst *) logic [4:0] index;
    logic        written_q;
    logic [31:0] value_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        written_q <= 1'b0;
      end else if (valid && rd_addr == index) begin
        written_q <= 1'b1;
        value_q   <= rd;
      end
      if (rst_ni && valid) begin
        if (written_q && rs1_addr == index) reg_rs1: assert (rs1 == value_q);
        if (written_q && rs2_addr == index) reg_rs2: assert (rs2 == value_q);
        if (rs1_addr == 5'd0) zero_rs1: assert (rs1 == 32'd0);
        if (rs2_addr == 5'd0) zero_rs2: assert (rs2 == 32'd0);
        if (rd_addr == 5'd0) zero_rd: assert (rd == 32'd0);
        both: cover (written_q && rs1_addr == index && rs2_addr == index &&
                     index != 5'd0);
      end
    end
  end

  if (Check == 2) begin : gen_insn
    always_ff @(posedge clk_i) begin
      if (rst_ni && valid && group == Insn && !mem_fault) begin
        traps: assert (trap == ((load || store) && misaligned));
        if (!trap) begin
          if (spec_rs1 != 5'd0) rs1_right: assert (rs1_addr == spec_rs1);
          if (spec_rs2 != 5'd0) rs2_right: assert (rs2_addr == spec_rs2);
          rd_right: assert (rd_addr == spec_rd);
          value_right: assert (rd == spec_value);
          pc_right: assert (pc_next == spec_pc);
          reads: assert (rmask == (load ? spec_mask : 4'd0));
          writes: assert (wmask == (store ? spec_mask : 4'd0));
          if (load || store) mem_addr_right: assert (mem_addr == spec_mem_addr);
          if (store) stored: assert (((mem_wdata ^ spec_mem_value) & bits) == 32'd0);
        end
        wide_one: cover (wide);
        if (Insn != 8) short_one: cover (!wide);
      end
    end
  end

  if (Check == 3) begin : gen_ill
    always_ff @(posedge clk_i) begin
      if (rst_ni && valid && group == 4'd0) begin
        illegal_traps: assert (trap);
        nothing_written: assert (rd_addr == 5'd0 && rd == 32'd0);
        nothing_done: assert (wmask == 4'd0 && rmask == 4'd0);
        zeros: cover (insn == 32'd0 && !mem_fault);
        wide_one: cover (wide);
      end
    end
  end

  // Memories that answer at once, a divider that takes a cycle: the next retirement
  // is near, but for wfi, behind which there may be nothing to wait for.
  if (Check == 4) begin : gen_live
    logic [5:0] quiet_q;
    logic       wfi_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni || valid) quiet_q <= '0;
      else if (quiet_q != 6'd63) quiet_q <= quiet_q + 6'd1;
      if (!rst_ni) wfi_q <= 1'b0;
      else if (imem_rvalid_i && (imem_rdata_i[15:0] == 16'h0073 ||
                                 imem_rdata_i[31:16] == 16'h0073)) wfi_q <= 1'b1;
      if (rst_ni) begin
        if (!wfi_q) alive: assert (quiet_q < Limit);
        slow: cover (quiet_q == 6'd9 && order != 64'd0);
      end
    end
  end

  if (Check == 5) begin : gen_traps
    logic memory, csr_illegal;
    assign memory = (load || store) && misaligned;
    // Which CSRs exist is simulation's to check: any CSR instruction may be illegal.
    assign csr_illegal = csr && trap && !mem_fault;
    always_ff @(posedge clk_i) begin
      if (rst_ni && valid) begin
        if (trap) begin
          mepc_right: assert (mepc == pc);
          disabled: assert (mstatus == {24'h18, mstatus_was[3], 7'd0});
          nothing_written: assert (rd_addr == 5'd0 && wmask == 4'd0 && rmask == 4'd0);
          no_interrupt: assert (!mcause[31]);
          cause_right: assert (
            mem_fault ? mcause == (fault_rmask != 4'd0 ? 32'd5 :
                                   fault_wmask != 4'd0 ? 32'd7 : 32'd1) :
            (group == 4'd0 || csr_illegal) ? mcause == 32'd2 :
            ebreak ? mcause == 32'd3 :
            ecall  ? mcause == 32'd11 :
            memory && load  ? mcause == 32'd4 :
            memory && store ? mcause == 32'd6 : 1'b0);
          tval_right: assert (
            mem_fault ? ((fault_rmask | fault_wmask) != 4'd0 ? mtval == spec_addr :
                         (mtval == pc || (pc[1] && mtval == pc + 32'd2))) :
            (group == 4'd0 || csr_illegal) ? mtval == insn :
            ebreak ? mtval == pc :
            ecall  ? mtval == 32'd0 : mtval == spec_addr);
        end else if (mret) begin
          returns: assert (pc_next == mepc_was && mepc == mepc_was);
          restored: assert (mstatus == {28'h188, mstatus_was[7], 3'd0});
        end else if (!csr) begin
          kept: assert (mstatus == mstatus_was && mepc == mepc_was &&
                        mcause == mcause_was && mtval == mtval_was);
        end
        if (ecall || ebreak) env_traps: assert (trap);
        if (intr && !trap_q) begin
          was_interrupt: assert (mcause_was[31] && mtval_was == 32'd0 && !mstatus_was[3]);
          resumes: assert (!before_q || mepc_was == pc_next_q);
        end
        illegal: cover (trap && group == 4'd0 && !mem_fault);
        fetch: cover (mem_fault && insn == 32'd0);
        returned: cover (mret && !trap && !mepc[31]);
        interrupted: cover (intr && !trap_q);
        if (load && misaligned) load_misaligned: cover (trap);
        store_fault: cover (fault_wmask != 4'd0);
      end
    end
  end

  // Accesses that were taken and not yet shown, oldest first.
  if (Check == 6) begin : gen_bus
    logic [68:0] queue_q [3];
    logic [1:0]  held_q, answered_q;
    logic [2:0]  errors_q;   // of answers that were not yet shown, oldest first
    logic        shown;
    assign shown = valid && (rmask | wmask | fault_rmask | fault_wmask) != 4'd0;
    logic [31:0] mask;
    assign mask = {{8{queue_q[0][35]}}, {8{queue_q[0][34]}}, {8{queue_q[0][33]}},
                   {8{queue_q[0][32]}}};
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        held_q     <= '0;
        answered_q <= '0;
      end else begin
        held_q     <= held_q + dtaken - shown;
        answered_q <= answered_q + dmem_rvalid_i - shown;
        errors_q   <= shown ? {1'b0, errors_q[2:1]} : errors_q;
        if (dmem_rvalid_i) errors_q[answered_q - shown] <= dmem_err_i;
        if (shown) begin
          queue_q[0] <= queue_q[1];
          queue_q[1] <= queue_q[2];
        end
        if (dtaken) queue_q[held_q - shown] <= {dmem_write, dmem_addr, dmem_wstrb,
                                                dmem_wdata};
        not_ahead: assert (held_q != 2'd3 || !dtaken || shown);
        if (shown) begin
          was_taken: assert (held_q != 2'd0 && answered_q != 2'd0);
          fault_told: assert (errors_q[0] == ((fault_rmask | fault_wmask) != 4'd0));
          fault_traps: assert (trap == errors_q[0] && trap == mem_fault);
          address_right: assert (queue_q[0][67:38] == mem_addr[31:2]);
          lanes_right: assert (queue_q[0][35:32] ==
                               (rmask | wmask | fault_rmask | fault_wmask));
          kind_right: assert (queue_q[0][68] == ((wmask | fault_wmask) != 4'd0));
          if (wmask != 4'd0) word_right: assert (
            ((queue_q[0][31:0] ^ mem_wdata) & mask) == 32'd0);
        end
        // Nothing younger than a trap has reached the bus.
        if (valid && trap) nothing_younger: assert (held_q == {1'b0, shown});
        two: cover (held_q == 2'd2);
        stored: cover (shown && wmask == 4'd2);
      end
    end
  end

  // One half word of memory, whichever, does not change: what is retired there is it.
  if (Check == 7) begin : gen_fetch
    (* anyconst *) logic [31:1] place;
    (* anyconst *) logic [15:0] half;
    (* anyconst *) logic        fault;
    logic [31:2] asked_q [5];
    logic [2:0]  last;
    assign last = imem_owed_q - {2'd0, imem_rvalid_i};
    always_comb begin
      if (imem_rvalid_i && asked_q[0] == place[31:2]) begin
        assume (imem_err_i == fault);
        assume (half == (place[1] ? imem_rdata_i[31:16] : imem_rdata_i[15:0]));
      end
    end
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        if (imem_rvalid_i) begin
          asked_q[0] <= asked_q[1];
          asked_q[1] <= asked_q[2];
          asked_q[2] <= asked_q[3];
          asked_q[3] <= asked_q[4];
        end
        if (itaken) asked_q[last] <= imem_addr[31:2];
        at_most_five: assert (imem_owed_q <= 3'd5);
        if (valid && !(mem_fault && insn == 32'd0)) begin
          if (pc[31:1] == place) lower: assert (insn[15:0] == half && !fault);
          if (wide && pc[31:1] + 31'd1 == place) upper: assert (
            insn[31:16] == half && !fault);
          straddles: cover (wide && pc[1] && pc[31:1] == place);
        end
        if (valid && pc[31:1] == place && fault) faults: assert (
          mem_fault && trap && insn == 32'd0);
        faulted: cover (valid && pc[31:1] == place && fault);
      end
    end
  end
endmodule
