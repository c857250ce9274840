// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Stands for the register file: what a read gives is free. With RVFI_REGS it is a
// file with free first contents.
// Timing: as the real one.
module rl_core_regfile (
  input  logic        clk_i,
  input  logic [4:0]  raddr_a_i,
  output logic [31:0] rdata_a_o,
  input  logic [4:0]  raddr_b_i,
  output logic [31:0] rdata_b_o,
  input  logic        we_i,
  input  logic [4:0]  waddr_i,
  input  logic [31:0] wdata_i
);
`ifndef RVFI_REGS
    (* anyseq *) logic [31:0] a, b;
    assign rdata_a_o = raddr_a_i == 5'd0 ? 32'd0 : a;
    assign rdata_b_o = raddr_b_i == 5'd0 ? 32'd0 : b;
`else
    logic [31:0] regs [32];
    always @(posedge clk_i) begin
      if (we_i) regs[waddr_i] <= wdata_i;
    end
    assign rdata_a_o = raddr_a_i == 5'd0 ? 32'd0 : regs[raddr_a_i];
    assign rdata_b_o = raddr_b_i == 5'd0 ? 32'd0 : regs[raddr_b_i];
    always_comb assume (!we_i || waddr_i != 5'd0);
`endif
endmodule
