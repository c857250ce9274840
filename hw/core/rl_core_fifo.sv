// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// First-in first-out queue of five entries, the two oldest visible.
// Timing: outputs come straight from flip-flops; a pushed word is visible in
// the next cycle. The user never pushes when full nor pops what is not there.

module rl_core_fifo #(
  parameter int unsigned Width = 32   // bits of one entry, at least 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             flush_i,   // drops all entries, but not one pushed now
  input  logic             push_i,
  input  logic [Width-1:0] data_i,
  input  logic             pop1_i,    // drop the oldest entry
  input  logic             pop2_i,    // drop the two oldest; wins over pop1_i

  output logic [Width-1:0] head_o,
  output logic [Width-1:0] next_o,
  output logic [2:0]       count_o    // 0 to 5
);

  // Entry 0 is the oldest.
  logic [Width-1:0] e0_q, e1_q, e2_q, e3_q, e4_q;
  logic [2:0] count_q, count_d, left;

  always_comb begin
    left = count_q;
    if (flush_i) begin
      left = 3'd0;
    end else if (pop2_i) begin
      left = count_q - 3'd2;
    end else if (pop1_i) begin
      left = count_q - 3'd1;
    end
    count_d = left + {2'b00, push_i};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= 3'd0;
    end else begin
      count_q <= count_d;
    end
  end

  // An entry beyond the count may hold anything.
  always_ff @(posedge clk_i) begin
    e0_q <= pop2_i ? e2_q : pop1_i ? e1_q : e0_q;
    e1_q <= pop2_i ? e3_q : pop1_i ? e2_q : e1_q;
    e2_q <= pop2_i ? e4_q : pop1_i ? e3_q : e2_q;
    e3_q <= pop1_i ? e4_q : e3_q;
    if (push_i && left == 3'd0) begin
      e0_q <= data_i;
    end
    if (push_i && left == 3'd1) begin
      e1_q <= data_i;
    end
    if (push_i && left == 3'd2) begin
      e2_q <= data_i;
    end
    if (push_i && left == 3'd3) begin
      e3_q <= data_i;
    end
    if (push_i && left == 3'd4) begin
      e4_q <= data_i;
    end
  end

  assign head_o  = e0_q;
  assign next_o  = e1_q;
  assign count_o = count_q;

endmodule
