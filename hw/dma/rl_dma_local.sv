// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Answers read requests in device space: reads device memory and delivers words as if
// they were completion data.
// One word per cycle while the port and the sink are free.
module rl_dma_local
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned DevmemBytes = 131072, // power of two
  parameter int unsigned NumTags     = 32,     // requests that can wait
  parameter int unsigned FetchTags   = 8
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // A request with its tag. Never refused: there are no more of them than tags.
  input  logic         req_valid_i,
  input  logic [5:0]   req_tag_i,
  input  logic [$clog2(DevmemBytes)-1:0] req_off_i,
  input  logic [9:0]   req_len_i,
  input  logic [15:0]  req_dst_i,

  // Device memory: data comes in the cycle after the grant.
  output logic         mem_req_o,
  input  logic         mem_gnt_i,
  output logic [$clog2(DevmemBytes)-5:0] mem_addr_o,
  input  logic [127:0] mem_rdata_i,

  output logic         sink_valid_o,
  input  logic         sink_ready_i,
  output sink_t        sink_o
);
  localparam int unsigned Ow    = $clog2(DevmemBytes);
  localparam int unsigned Depth = 1 << $clog2(NumTags);

  typedef struct packed {
    logic [5:0]    tag;
    logic [Ow-1:0] off;
    logic [9:0]    len;
    logic [11:0]   word;
  } req_t;
  req_t req_in, req_out, req_q;
  logic fifo_valid, fifo_ready, unused_ready, unused_count;
  logic [$clog2(Depth+1)-1:0] fifo_count;

  assign req_in = '{tag: req_tag_i, off: req_off_i, len: req_len_i, word: req_dst_i[15:4]};

  rl_fifo #(.Width ($bits(req_t)), .Depth (Depth)) u_reqs (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (req_valid_i),
    .ready_o (unused_ready),
    .data_i  (req_in),
    .valid_o (fifo_valid),
    .ready_i (fifo_ready),
    .data_o  (req_out),
    .count_o (fifo_count)
  );

  // ---- One word after the other
  logic        busy_q, issue, final_word, flying_q;
  logic [10:0] stop; // end of the request within this word, or beyond it
  logic [2:0]  out_count;
  sink_t       word_d, word_q, word_in;

  assign stop       = {7'b0, req_q.off[3:0]} + {1'b0, req_q.len};
  assign final_word = stop <= 11'd16;
  assign mem_req_o  = busy_q && ({1'b0, out_count} + {3'b0, flying_q} < 4'd4);
  assign mem_addr_o = req_q.off[Ow-1:4];
  assign issue      = mem_req_o && mem_gnt_i;
  assign fifo_ready = !busy_q || (issue && final_word);

  always_comb begin
    word_d.we     = 1'b1;
    word_d.fetch  = 32'(req_q.tag) < FetchTags;
    word_d.fin    = final_word;
    word_d.status = 4'(DMA_OK);
    word_d.tag    = req_q.tag;
    word_d.word   = req_q.word;
    word_d.strb   = byte_lanes({1'b0, req_q.off[3:0]}, final_word ? stop[4:0] : 5'd16);
    word_d.data   = '0;
    word_in       = word_q;
    word_in.data  = mem_rdata_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q   <= 1'b0;
      flying_q <= 1'b0;
    end else begin
      flying_q <= issue;
      if (fifo_ready) busy_q <= fifo_valid;
    end
  end

  always_ff @(posedge clk_i) begin
    if (fifo_ready) begin
      req_q <= req_out;
    end else if (issue) begin
      req_q.off  <= {req_q.off[Ow-1:4] + 1'b1, 4'b0};
      req_q.len  <= 10'(stop - 11'd16);
      req_q.word <= req_q.word + 12'd1;
    end
    if (issue) word_q <= word_d;
  end

  logic unused_full;
  rl_fifo #(.Width ($bits(sink_t)), .Depth (4)) u_words (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (flying_q),
    .ready_o (unused_full), // never full: words are read against its room
    .data_i  (word_in),
    .valid_o (sink_valid_o),
    .ready_i (sink_ready_i),
    .data_o  (sink_o),
    .count_o (out_count)
  );

  assign unused_count = ^fifo_count;
  logic unused;
  assign unused = &{1'b0, unused_ready, unused_full, unused_count, req_dst_i[3:0], word_q.data};
endmodule
