// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Multiplier: four partial products of 17 by 17 bits, then their sum.
// Timing: operands are registered outside; en_i takes the partial products
// into registers (this fits DSP blocks), result_o is their sum in the
// following cycles until the next en_i. One product in each cycle.

module rl_core_mul (
  input  logic        clk_i,
  input  logic        en_i,
  input  logic [1:0]  op_i,        // funct3[1:0]: mul, mulh, mulhsu, mulhu
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] result_o
);

  logic signed [16:0] al, ah, bl, bh;
  assign al = {1'b0, a_i[15:0]};
  assign bl = {1'b0, b_i[15:0]};
  assign ah = {a_i[31] && op_i != 2'd3, a_i[31:16]};
  assign bh = {b_i[31] && !op_i[1], b_i[31:16]};

  logic signed [33:0] ll_q, lh_q, hl_q, hh_q;
  logic               high_q;
  always_ff @(posedge clk_i) begin
    if (en_i) begin
      ll_q   <= al * bl;
      lh_q   <= al * bh;
      hl_q   <= ah * bl;
      hh_q   <= ah * bh;
      high_q <= op_i != 2'd0;
    end
  end

  // The low product is never negative; the middle ones carry a sign.
  logic [47:0] upper, middle;
  logic [47:0] sum;
  assign upper  = {hh_q[31:0], ll_q[31:16]};
  assign middle = {{14{lh_q[33]}}, lh_q} + {{14{hl_q[33]}}, hl_q};
  assign sum    = upper + middle;

  assign result_o = high_q ? sum[47:16] : {sum[15:0], ll_q[15:0]};

  // Both top bits of a signed 34-bit product of the low parts are zero, and
  // only 32 bits of the high product are in the result.
  logic unused_tops;
  assign unused_tops = ^{ll_q[33:32], hh_q[33:32]};

endmodule
