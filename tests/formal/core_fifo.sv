// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_core_fifo: order and data of both visible entries, count right, under its user's
// promise never to push into a full queue nor to pop what is not there.
module core_fifo #(
  parameter int unsigned Width = 4
) (
  input logic             clk_i,
  input logic             flush_i,
  input logic             push_i,
  input logic [Width-1:0] data_i,
  input logic             pop1_i,
  input logic             pop2_i,
  input logic             pick_i
);
`include "common.svh"
  logic [Width-1:0] head, next;
  logic [2:0]       count, held_q, left, ahead_q;
  logic             watching_q;
  logic [Width-1:0] watched_q;

  rl_core_fifo #(.Width(Width)) dut (
    .clk_i, .rst_ni, .flush_i, .push_i, .data_i, .pop1_i, .pop2_i,
    .head_o(head), .next_o(next), .count_o(count)
  );

  logic [1:0] pops;
  assign pops = pop2_i ? 2'd2 : pop1_i ? 2'd1 : 2'd0;
  assign left = flush_i ? 3'd0 : held_q - pops;
  always_comb begin
    // pop2_i comes with pop1_i.
    assume (!pop2_i || pop1_i);
    assume (flush_i || pops <= held_q);
    assume (!push_i || left < 3'd5);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_q     <= '0;
      watching_q <= 1'b0;
    end else begin
      held_q <= left + push_i;
      if (watching_q) begin
        ahead_q <= ahead_q - pops;
        if (flush_i || pops > ahead_q) watching_q <= 1'b0;
      end else if (push_i && pick_i) begin
        watching_q <= 1'b1;
        watched_q  <= data_i;
        ahead_q    <= left;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      count_right: assert (count == held_q);
      not_overfull: assert (held_q <= 3'd5);
      if (watching_q && ahead_q == 0) oldest_right: assert (head == watched_q);
      if (watching_q && ahead_q == 1) second_right: assert (next == watched_q);
      full: cover (held_q == 3'd5);
      passes: cover (watching_q && ahead_q == 0 && pop2_i && push_i && held_q == 3'd5);
      flushed: cover (flush_i && push_i && held_q == 3'd5);
    end
  end
endmodule
