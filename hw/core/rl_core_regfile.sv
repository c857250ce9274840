// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Register file: two asynchronous read ports, one write port, for LUT RAM.
// Timing: a read in the cycle of a write gives the old value; the pipeline
// forwards. Register 0 is never written and starts as zero.

module rl_core_regfile (
  input  logic        clk_i,

  input  logic [4:0]  raddr_a_i,
  output logic [31:0] rdata_a_o,
  input  logic [4:0]  raddr_b_i,
  output logic [31:0] rdata_b_o,

  input  logic        we_i,        // requires: waddr_i is not 0
  input  logic [4:0]  waddr_i,
  input  logic [31:0] wdata_i
);

  (* ram_style = "distributed" *)
  logic [31:0] regs [32];

  // LUT RAM takes its first contents from the bit stream.
  initial begin
    for (int i = 0; i < 32; i++) begin
      regs[i] = 32'd0;
    end
  end

  // Not always_ff, whose variables an initial block may not write.
  always @(posedge clk_i) begin
    if (we_i) begin
      regs[waddr_i] <= wdata_i;
    end
  end

  assign rdata_a_o = regs[raddr_a_i];
  assign rdata_b_o = regs[raddr_b_i];

endmodule
