// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Stands for the multiplier: the public framework's other operations (sum or
// difference, with a mark of the instruction), which a model checker can follow.
// Timing: as the real one.
module rl_core_mul (
  input  logic        clk_i,
  input  logic        en_i,
  input  logic [1:0]  op_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] result_o
);
  always_ff @(posedge clk_i) begin
    if (en_i) begin
      case (op_i)
        2'd0:    result_o <= (a_i + b_i) ^ 32'h5876063e;
        2'd1:    result_o <= (a_i + b_i) ^ 32'hf6583fb7;
        2'd2:    result_o <= (a_i - b_i) ^ 32'hecfbe137;
        default: result_o <= (a_i + b_i) ^ 32'h949ce5e8;
      endcase
    end
  end
endmodule
