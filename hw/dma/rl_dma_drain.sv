// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Empties the reorder memory in the order of the requests, realigns the bytes and
// delivers packets; completes read runs.
// One word per cycle; a packet costs one cycle beside its words.
module rl_dma_drain
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned NumTags = 32
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  ctl_t         ctl_i,

  // From the request side: see rl_dma_run.
  input  logic         owner_valid_i,
  output logic         owner_ready_o,
  input  owner_t       owner_i,
  input  logic         order_valid_i,
  output logic         order_ready_o,
  input  order_t       order_i,
  output logic         failed_o,    // of the run that is being made there

  // Tag table: state of the oldest request that is not known to be done; a tag that is
  // given back.
  output logic [5:0]   head_o,
  input  logic         head_done_i,
  input  status_t      head_status_i,
  output logic         free_o,
  output logic [5:0]   free_tag_o,

  // Reorder memory: data in the next cycle, kept.
  output logic         rd_en_o,
  output logic [5:0]   rd_tag_o,
  output logic [4:0]   rd_word_o,
  input  logic [127:0] rd_data_i,

  // Packets.
  output logic         valid_o,
  input  logic         ready_i,
  output beat_t        beat_o,
  output logic         user_o,

  output logic         cpl_valid_o,
  input  logic         cpl_ready_i,
  output cpl_entry_t   cpl_o
);
  localparam int unsigned OrderDepth = 2 << $clog2(NumTags);
  localparam int unsigned OwnerDepth = 16;

  // ---- Runs in flight
  owner_t owner;
  logic   owner_valid, end_valid, end_go;
  logic [$clog2(OwnerDepth+1)-1:0] owner_count;

  rl_fifo #(.Width ($bits(owner_t)), .Depth (OwnerDepth)) u_owner (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (owner_valid_i),
    .ready_o (owner_ready_o),
    .data_i  (owner_i),
    .valid_o (owner_valid),
    .ready_i (end_go),
    .data_o  (owner),
    .count_o (owner_count)
  );

  // ---- Order of requests
  order_t first, head;
  logic   first_valid, first_go, first_ready, head_valid, head_take;
  logic   [1:0] unused_head_count;
  logic [$clog2(OrderDepth+1)-1:0] order_count;

  rl_fifo #(.Width ($bits(order_t)), .Depth (OrderDepth)) u_order (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (order_valid_i),
    .ready_o (order_ready_o),
    .data_i  (order_i),
    .valid_o (first_valid),
    .ready_i (first_go && first_ready),
    .data_o  (first),
    .count_o (order_count)
  );

  // Once a request is done it moves on, with its status, so that neither is looked up in
  // the cycle in which its words are counted.
  assign head_o   = first.tag;
  assign first_go = first_valid && (first.kind != OrderSeg || head_done_i);

  order_t first_done;
  always_comb begin
    first_done = first;
    if (first.kind == OrderSeg) first_done.status = head_status_i;
  end

  rl_fifo #(.Width ($bits(order_t)), .Depth (2)) u_head (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (first_go),
    .ready_o (first_ready),
    .data_i  (first_done),
    .valid_o (head_valid),
    .ready_i (head_take),
    .data_o  (head),
    .count_o (unused_head_count)
  );

  // ---- Words of the request at the head. d0: being read, d1: data is there.
  typedef struct packed {
    logic       mark, fin, eop;
    status_t    status;
    logic [3:0] lo;
    logic [4:0] n;
  } piece_t;
  logic        d1_valid_q, d1_ready, more_q, step, bad;
  logic [8:0]  addr_q, addr;
  logic [9:0]  left_q, left;
  logic [10:0] stop;
  logic        last_word;
  piece_t      d0, d1_q;

  assign addr      = more_q ? addr_q : head.addr;
  assign left      = more_q ? left_q : head.len;
  assign stop      = {7'b0, addr[3:0]} + {1'b0, left};
  // A request that failed is one mark.
  assign bad       = head.kind == OrderSeg && head.status != 4'(DMA_OK);
  assign last_word = stop <= 11'd16 || bad;
  assign step      = d1_ready && head_valid;
  assign head_take = step && (head.kind != OrderSeg || last_word);

  assign free_o     = head_take && head.kind == OrderSeg;
  assign free_tag_o = head.tag;
  assign rd_en_o    = step;
  assign rd_tag_o   = head.tag;
  assign rd_word_o  = addr[8:4];

  always_comb begin
    d0.mark   = head.kind == OrderEnd || bad;
    d0.fin    = head.kind == OrderEnd;
    d0.eop    = head.kind == OrderEop;
    d0.status = head.status;
    d0.lo     = addr[3:0];
    d0.n      = (d0.mark || d0.eop) ? 5'd0 : (stop <= 11'd16 ? left[4:0]
                                                              : 5'd16 - {1'b0, addr[3:0]});
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      d1_valid_q <= 1'b0;
      more_q     <= 1'b0;
    end else begin
      if (d1_ready) d1_valid_q <= step;
      if (step) more_q <= head.kind == OrderSeg && !last_word;
    end
  end
  always_ff @(posedge clk_i) begin
    if (step) begin
      d1_q   <= d0;
      addr_q <= {addr[8:4] + 5'd1, 4'b0};
      left_q <= 10'(stop - 11'd16);
    end
  end

  // Whether the run at hand is stopped is known a cycle late.
  logic       concat_ready, failed, kill_q, cpl_room;
  cpl_entry_t cpl;
  assign d1_ready = !d1_valid_q || concat_ready;
  assign failed_o = failed && owner_count == 1;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) kill_q <= 1'b0;
    else kill_q <= owner_valid && stopped(ctl_i, owner) && !end_go;
  end

  rl_dma_concat u_concat (
    .clk_i,
    .rst_ni,
    .valid_i      (d1_valid_q),
    .ready_o      (concat_ready),
    .data_i       (rd_data_i),
    .lo_i         (d1_q.lo),
    .n_i          (d1_q.n),
    .eop_i        (d1_q.eop),
    .mark_i       (d1_q.mark),
    .end_i        (d1_q.fin),
    .status_i     (d1_q.status),
    .kill_i       (kill_q),
    .valid_o,
    .ready_i,
    .beat_o,
    .user_o,
    .end_valid_o  (end_valid),
    .end_ready_i  (cpl_room),
    .end_status_o (cpl.status),
    .end_bytes_o  (cpl.bytes),
    .failed_o     (failed)
  );

  assign end_go     = end_valid && cpl_room;
  assign cpl.write  = 1'b0;
  assign cpl.qid    = owner.qid;
  assign cpl.cookie = owner.cookie;

  logic [1:0] unused_count;
  rl_fifo #(.Width ($bits(cpl_entry_t)), .Depth (2)) u_cpl (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (end_valid),
    .ready_o (cpl_room),
    .data_i  (cpl),
    .valid_o (cpl_valid_o),
    .ready_i (cpl_ready_i),
    .data_o  (cpl_o),
    .count_o (unused_count)
  );

  logic unused;
  assign unused = &{1'b0, order_count, unused_count, unused_head_count};
endmodule
