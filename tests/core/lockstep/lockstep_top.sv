// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The core with its retirement port for the lockstep run: all else is in C.
// Timing: in each cycle C is told of a retirement first, then asked for the
// next cycle's inputs.

module lockstep_top (
  input logic clk_i
);

  // Everything the retirement port shows, order's upper half first; see
  // struct retirement in lockstep.c.
  import "DPI-C" function void lockstep_retire(input bit [927:0] shown);

  // Inputs of the next cycle: bits 2:0 interrupt lines (external, timer,
  // software), 3 and 4 refuse and hold at the instruction port, 5 and 6 at the
  // data port, 7 reset (with 3 and 5). state: bit 0 asleep, 1 and 2 a port's wait.
  import "DPI-C" function int unsigned lockstep_inputs(int unsigned state);

  logic [7:0]  inputs_q = 8'hA8;
  logic        rst_n;
  logic        imem_valid, imem_ready, imem_rvalid, imem_err, imem_waits;
  logic [31:0] imem_addr, imem_rdata;
  logic        dmem_valid, dmem_ready, dmem_write, dmem_rvalid, dmem_err;
  logic        dmem_waits;
  logic [31:0] dmem_addr, dmem_wdata, dmem_rdata;
  logic [3:0]  dmem_wstrb;
  logic        asleep;
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

  assign rst_n = !inputs_q[7];

  logic [31:0] unused_base, unused_offset;
  rl_core #(
    .ResetVector(32'h8000_0000)
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
    .irq_external_i (inputs_q[2]),
    .irq_timer_i    (inputs_q[1]),
    .irq_software_i (inputs_q[0]),
    .sleep_o        (asleep),
    .perf_o         (perf)
  );

  lockstep_port u_iport (
    .clk_i,
    .rst_ni   (rst_n),
    .refuse_i (inputs_q[3]),
    .hold_i   (inputs_q[4]),
    .valid_i  (imem_valid),
    .ready_o  (imem_ready),
    .addr_i   (imem_addr),
    .write_i  (1'b0),
    .wstrb_i  (4'd0),
    .wdata_i  (32'd0),
    .rvalid_o (imem_rvalid),
    .rdata_o  (imem_rdata),
    .err_o    (imem_err),
    .waits_o  (imem_waits)
  );

  lockstep_port #(
    .Data(1'b1)
  ) u_dport (
    .clk_i,
    .rst_ni   (rst_n),
    .refuse_i (inputs_q[5]),
    .hold_i   (inputs_q[6]),
    .valid_i  (dmem_valid),
    .ready_o  (dmem_ready),
    .addr_i   (dmem_addr),
    .write_i  (dmem_write),
    .wstrb_i  (dmem_wstrb),
    .wdata_i  (dmem_wdata),
    .rvalid_o (dmem_rvalid),
    .rdata_o  (dmem_rdata),
    .err_o    (dmem_err),
    .waits_o  (dmem_waits)
  );

  logic [927:0] shown;
  assign shown = {
    rvfi_order[63:32],
    rvfi_order[31:0],
    rvfi_insn,
    {5'd0, rvfi_trap, rvfi_halt, rvfi_intr, rvfi_mode, rvfi_ixl, rvfi_mem_fault,
     3'd0, rvfi_mem_fault_wmask, rvfi_mem_fault_rmask, rvfi_mem_wmask,
     rvfi_mem_rmask},
    {17'd0, rvfi_rd_addr, rvfi_rs2_addr, rvfi_rs1_addr},
    rvfi_rs1_rdata,
    rvfi_rs2_rdata,
    rvfi_rd_wdata,
    rvfi_pc_rdata,
    rvfi_pc_wdata,
    rvfi_mem_addr,
    rvfi_mem_rdata,
    rvfi_mem_wdata,
    rvfi_csr_mstatus_rmask,
    rvfi_csr_mstatus_wmask,
    rvfi_csr_mstatus_rdata,
    rvfi_csr_mstatus_wdata,
    rvfi_csr_mepc_rmask,
    rvfi_csr_mepc_wmask,
    rvfi_csr_mepc_rdata,
    rvfi_csr_mepc_wdata,
    rvfi_csr_mcause_rmask,
    rvfi_csr_mcause_wmask,
    rvfi_csr_mcause_rdata,
    rvfi_csr_mcause_wdata,
    rvfi_csr_mtval_rmask,
    rvfi_csr_mtval_wmask,
    rvfi_csr_mtval_rdata,
    rvfi_csr_mtval_wdata
  };

  always @(posedge clk_i) begin
    if (rvfi_valid) begin
      lockstep_retire(shown);
    end
    inputs_q <= 8'(lockstep_inputs({29'd0, dmem_waits, imem_waits, asleep}));
  end

  // A data request does not change before it is taken; one cause per cycle.
  logic        waiting_q = 1'b0;
  logic [68:0] request, request_q = '0;
  assign request = {dmem_write, dmem_wstrb, dmem_wdata, dmem_addr};
  always_ff @(posedge clk_i) begin
    waiting_q <= !inputs_q[7] && dmem_valid && !dmem_ready;
    request_q <= request;
  end
  always @(posedge clk_i) begin
    dmem_stable_a: assert (inputs_q[7] || !waiting_q ||
                           (dmem_valid && request == request_q))
      else $error("dmem: a waiting request changed");
  end
  always @(posedge clk_i) begin
    one_cause_a: assert (inputs_q[7] || $onehot(perf))
      else $error("perf_o: %b is not exactly one cause", perf);
  end

endmodule
