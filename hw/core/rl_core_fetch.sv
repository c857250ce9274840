// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Fetch: walks through the code along the predicted path and queues words.
// Timing: the request is made of flip-flops only. A redirect, which comes late
// in its cycle, is taken into the address register; the queue is emptied in
// the cycle after (flush_o). A redirect may change or withdraw a request that
// was not accepted yet. Each accepted request takes one response,
// in order, one cycle later or more.

module rl_core_fetch #(
  parameter logic [31:0] ResetVector = 32'h0,   // requires: multiple of 2
  parameter int unsigned BtbIndexBits = 4
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // instruction port
  output logic        imem_valid_o,
  input  logic        imem_ready_i,
  output logic [31:0] imem_addr_o,
  input  logic        imem_rvalid_i,
  input  logic [31:0] imem_rdata_i,
  input  logic        imem_err_i,

  // redirect: drop everything and go on at an address
  input  logic        redirect_i,
  input  logic [31:1] redirect_addr_i,

  // the cycle after a redirect: what is in the queue is void
  output logic        flush_o,
  output logic [31:1] flush_addr_o,    // where it went

  // branch target buffer updates
  input  logic        btb_flush_i,
  input  logic        btb_update_i,
  input  logic        btb_update_valid_i,
  input  logic [31:1] btb_update_addr_i,
  input  logic [31:1] btb_update_target_i,

  // the two oldest words, to the aligner
  output logic [1:0]  word_valid_o,
  output logic [31:0] head_data_o,
  output logic        head_err_o,
  output logic        head_skip_low_o,
  output logic        head_pred_o,
  output logic        head_pred_upper_o,
  output logic [31:1] head_target_o,
  output logic [15:0] next_data_o,
  output logic        next_err_o,
  output logic        next_pred_o,      // the word's lower half ends a jump
  output logic [31:1] next_target_o,
  input  logic        pop1_i,
  input  logic        pop2_i
);

  localparam int unsigned MetaWidth = 1 + 1 + 1 + 31;

  logic [31:2] addr_q;
  logic        skip_low_q;
  logic        accept;

  logic        btb_hit, btb_upper;
  logic [31:1] btb_target;

  // Requests whose responses are to be thrown away after a redirect.
  logic [2:0]  drop_q, drop_d;
  logic [2:0]  meta_count, data_count;
  logic        push_data;

  logic [MetaWidth-1:0] meta_head, meta_next;
  logic [32:0]          data_head, data_next;

  logic        flush_q;
  logic [2:0]  live;       // requests under way whose words are wanted

  // Five words at most are queued or under way: one on the way, and a word of
  // slack that lets a loop start in the middle of a word without a bubble.
  assign live         = meta_count - data_count;
  assign imem_valid_o = ({1'b0, flush_q ? live : meta_count} +
                         {1'b0, drop_q}) < 4'd5;
  assign imem_addr_o  = {addr_q, 2'b00};
  assign accept       = imem_valid_o && imem_ready_i;
  assign push_data    = imem_rvalid_i && drop_q == 3'd0 && !flush_q;

  always_comb begin
    drop_d = drop_q;
    if (flush_q) begin
      drop_d = drop_q + live - {2'b00, imem_rvalid_i};
    end else if (imem_rvalid_i && drop_q != 3'd0) begin
      drop_d = drop_q - 3'd1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      addr_q     <= ResetVector[31:2];
      skip_low_q <= ResetVector[1];
      drop_q     <= 3'd0;
      flush_q    <= 1'b0;
    end else begin
      drop_q  <= drop_d;
      flush_q <= redirect_i;
      if (redirect_i) begin
        addr_q     <= redirect_addr_i[31:2];
        skip_low_q <= redirect_addr_i[1];
      end else if (accept) begin
        addr_q     <= btb_hit ? btb_target[31:2] : addr_q + 30'd1;
        skip_low_q <= btb_hit && btb_target[1];
      end
    end
  end

  rl_core_btb #(
    .IndexBits(BtbIndexBits)
  ) u_btb (
    .clk_i,
    .rst_ni,
    .addr_i          (addr_q),
    .skip_low_i      (skip_low_q),
    .hit_o           (btb_hit),
    .upper_o         (btb_upper),
    .target_o        (btb_target),
    .flush_i         (btb_flush_i),
    .update_i        (btb_update_i),
    .update_valid_i  (btb_update_valid_i),
    .update_addr_i   (btb_update_addr_i),
    .update_target_i (btb_update_target_i)
  );

  // What is known at the request, in step with what the memory answers.
  rl_core_fifo #(
    .Width(MetaWidth)
  ) u_meta (
    .clk_i,
    .rst_ni,
    .flush_i (flush_q),
    .push_i  (accept),
    .data_i  ({skip_low_q, btb_hit, btb_upper, btb_target}),
    .pop1_i,
    .pop2_i,
    .head_o  (meta_head),
    .next_o  (meta_next),
    .count_o (meta_count)
  );

  rl_core_fifo #(
    .Width(33)
  ) u_data (
    .clk_i,
    .rst_ni,
    .flush_i (flush_q),
    .push_i  (push_data),
    .data_i  ({imem_err_i, imem_rdata_i}),
    .pop1_i,
    .pop2_i,
    .head_o  (data_head),
    .next_o  (data_next),
    .count_o (data_count)
  );

  assign flush_o      = flush_q;
  assign flush_addr_o = {addr_q, skip_low_q};

  assign word_valid_o = {data_count > 3'd1, data_count != 3'd0};
  assign {head_skip_low_o, head_pred_o, head_pred_upper_o, head_target_o} =
      meta_head;
  assign {head_err_o, head_data_o} = data_head;
  assign next_err_o    = data_next[32];
  assign next_data_o   = data_next[15:0];
  assign next_pred_o   = meta_next[32] && !meta_next[31];
  assign next_target_o = meta_next[30:0];

  logic unused_next;
  assign unused_next = ^{data_next[31:16], meta_next[33]};

endmodule
