// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The core as the public RISC-V formal framework wants it: its test bench holds this
// module beside a check. Memories and lines are free, under the rules of the bus.
// With RINGLET_FAULTS accesses may fail; with RISCV_FORMAL_FAIRNESS memories answer at
// once and wfi is not there.
module rvfi_wrapper (
  input clock,
  input reset,
  `RVFI_OUTPUTS
);
  `rvformal_rand_reg        imem_ready;
  `rvformal_rand_reg        imem_rvalid;
  `rvformal_rand_reg [31:0] imem_rdata;
  `rvformal_rand_reg        imem_err;
  `rvformal_rand_reg        dmem_ready;
  `rvformal_rand_reg        dmem_rvalid;
  `rvformal_rand_reg [31:0] dmem_rdata;
  `rvformal_rand_reg        dmem_err;
  `rvformal_rand_reg [2:0]  lines;

  wire imem_valid, dmem_valid;

  rl_core #(
    .ResetVector  (32'h8000_0000),
    .BtbIndexBits (1)
  ) uut (
    .clk_i          (clock),
    .rst_ni         (!reset),
    .imem_valid_o   (imem_valid),
    .imem_ready_i   (imem_ready),
    .imem_rvalid_i  (imem_rvalid),
    .imem_rdata_i   (imem_rdata),
    .imem_err_i     (imem_err),
    .dmem_valid_o   (dmem_valid),
    .dmem_ready_i   (dmem_ready),
    .dmem_rvalid_i  (dmem_rvalid),
    .dmem_rdata_i   (dmem_rdata),
    .dmem_err_i     (dmem_err),
    .irq_external_i (lines[2]),
    .irq_timer_i    (lines[1]),
    .irq_software_i (lines[0]),
    `RVFI_CONN
  );

  // One answer for each request that was taken, a cycle later or more.
  reg [2:0] imem_owed = 3'd0;
  reg       dmem_owed = 1'b0;
  always @(posedge clock) begin
    imem_owed <= reset ? 3'd0 : imem_owed + (imem_valid && imem_ready) - imem_rvalid;
    dmem_owed <= !reset && ((dmem_valid && dmem_ready) || (dmem_owed && !dmem_rvalid));
  end
  always @* begin
    assume (!imem_rvalid || imem_owed != 3'd0);
    assume (!dmem_rvalid || dmem_owed);
`ifndef RINGLET_FAULTS
    assume (!imem_err && !dmem_err);
`endif
`ifdef RISCV_FORMAL_FAIRNESS
    assume (imem_ready && dmem_ready);
    assume (imem_rvalid || imem_owed == 3'd0);
    assume (dmem_rvalid || !dmem_owed);
    // No wfi: it may wait for ever.
    assume (imem_rdata[15:0] != 16'h1050 && imem_rdata[31:16] != 16'h1050);
`endif
  end
endmodule
