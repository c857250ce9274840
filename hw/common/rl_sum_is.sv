// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Whether a sum is Value, without waiting for the sum's carry to get through: if it is,
// each carry follows from the addends and from Value.
module rl_sum_is #(
  parameter int unsigned      Width = 16, // bits, at least 1
  parameter logic [Width-1:0] Value = '0
) (
  input  logic [Width-1:0] a_i,
  input  logic [Width-1:0] b_i,
  input  logic             carry_i, // into bit 0
  output logic             is_o     // a + b + carry == Value, modulo 2^Width
);
  logic [Width-1:0] carry; // into each bit
  assign carry = Width'({(a_i & b_i) | ((a_i | b_i) & ~Value), carry_i});
  assign is_o  = (a_i ^ b_i ^ Value) == carry;
endmodule
