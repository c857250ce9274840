// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Stands for the divider: the public framework's other operations, after a time that
// is free, or one cycle where liveness is asked for.
// Timing: done_o from some later cycle until ack_i or abort_i.
module rl_core_div (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,
  input  logic        abort_i,
  input  logic        ack_i,
  input  logic [1:0]  op_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic        done_o,
  output logic [31:0] result_o
);
`ifdef RVFI_FAIR
  localparam bit Fair = 1'b1;
`else
  localparam bit Fair = 1'b0;
`endif
  (* anyseq *) logic late;
  logic        done_q;
  logic [31:0] result_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) done_q <= 1'b0;
    else if (abort_i || ack_i) done_q <= 1'b0;
    else if (start_i && (!late || Fair)) done_q <= 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (!done_q) begin
      case (op_i)
        2'd0:    result_q <= (a_i - b_i) ^ 32'h7f8529ec;
        2'd1:    result_q <= (a_i - b_i) ^ 32'h10e8fd70;
        2'd2:    result_q <= (a_i - b_i) ^ 32'h8da68fa5;
        default: result_q <= (a_i - b_i) ^ 32'h3138d0e1;
      endcase
    end
  end
  assign done_o   = done_q;
  assign result_o = result_q;
endmodule
