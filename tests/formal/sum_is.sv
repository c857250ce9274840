// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_sum_is says what an adder and a comparison would.
module sum_is #(
  parameter int unsigned      Width = 16,
  parameter logic [Width-1:0] Value = '0
) (
  input logic             clk_i,
  input logic [Width-1:0] a_i,
  input logic [Width-1:0] b_i,
  input logic             carry_i
);
`include "common.svh"
  logic             is;
  logic [Width-1:0] sum;
  rl_sum_is #(.Width(Width), .Value(Value)) dut (.a_i, .b_i, .carry_i, .is_o(is));
  assign sum = a_i + b_i + Width'(carry_i);

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      same: assert (is == (sum == Value));
      with_carry: cover (is && carry_i && a_i[Width-1]);
      without: cover (is && !carry_i);
    end
  end
endmodule
