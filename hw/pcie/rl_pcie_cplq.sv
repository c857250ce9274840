// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Holds whole completions until the write commands that were pushed before them have
// left, and makes TLPs of them. A completion is pushed by its header, with or after its
// last beat; once its TLP shows it flows without a gap.
module rl_pcie_cplq
  import rl_pkg::*;
  import rl_pcie_pkg::*;
#(
  parameter int unsigned Beats = 16, // power of two, at least the beats of one completion
  parameter int unsigned Cpls  = 4   // completions, power of two
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         beat_valid_i,
  output logic         beat_ready_o,
  input  logic [127:0] beat_i,
  output logic [$clog2(Beats+1)-1:0] beat_count_o,
  input  logic         hdr_valid_i,
  output logic         hdr_ready_o,
  input  cpl_t         hdr_i,

  // Write commands pushed and gone, modulo 2^16.
  input  logic [15:0]  pushed_i,
  input  logic [15:0]  done_i,

  input  logic [15:0]  bdf_i,   // completer id
  output logic         tx_valid_o,
  input  logic         tx_ready_i,
  output tlp_t         tx_o,
  // Nothing inside.
  output logic         idle_o
);
  logic         beat_valid, beat_take, hdr_valid, hdr_take;
  logic [127:0] beat;
  logic [15:0]  fence;
  logic [15:0]  ahead; // of the fence; negative: write commands must leave first
  logic         unused_ahead;
  cpl_t         hdr;

  rl_fifo #(.Width(128), .Depth(Beats)) u_beats (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(beat_valid_i), .ready_o(beat_ready_o), .data_i(beat_i),
    .valid_o(beat_valid), .ready_i(beat_take), .data_o(beat), .count_o(beat_count_o)
  );

  logic [$clog2(Cpls+1)-1:0] unused_count;
  rl_fifo #(.Width($bits(cpl_t) + 16), .Depth(Cpls)) u_hdrs (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(hdr_valid_i), .ready_o(hdr_ready_o), .data_i({pushed_i, hdr_i}),
    .valid_o(hdr_valid), .ready_i(hdr_take), .data_o({fence, hdr}),
    .count_o(unused_count)
  );

  // The completion that goes out now.
  logic        busy_q, sop_q, eop_q;
  cpl_t        cpl_q;
  logic [9:0]  left_q; // dwords, this beat included
  logic        sent;

  assign ahead    = done_i - fence;
  assign unused_ahead = ^ahead[14:0];
  assign sent     = tx_valid_o && tx_ready_i;
  // Not in the cycle in which another ends: the egress leaves one free anyway.
  assign hdr_take = hdr_valid && !ahead[15] && !busy_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) busy_q <= 1'b0;
    else if (hdr_take) busy_q <= 1'b1;
    else if (sent && eop_q) busy_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (hdr_take) begin
      cpl_q  <= hdr;
      sop_q  <= 1'b1;
      eop_q  <= hdr.len <= 10'd4;
      left_q <= hdr.len;
    end else if (sent) begin
      sop_q  <= 1'b0;
      eop_q  <= left_q <= 10'd8;
      left_q <= left_q - 10'd4;
    end
  end

  assign tx_valid_o = busy_q && (beat_valid || !cpl_q.data);
  assign beat_take  = sent && cpl_q.data;
  assign idle_o     = !busy_q && !hdr_valid;

  always_comb begin
    tx_o        = '0;
    tx_o.sop    = sop_q;
    tx_o.eop    = eop_q;
    tx_o.bar    = 3'd7;
    tx_o.data   = cpl_q.data ? beat : 128'd0;
    tx_o.hdr[31:24] = cpl_q.locked ? TlpCplLk : cpl_q.data ? TlpCplD : TlpCpl;
    tx_o.hdr[22:20] = cpl_q.ctx.tc;
    tx_o.hdr[18]    = cpl_q.ctx.attr[2];
    tx_o.hdr[13:12] = cpl_q.ctx.attr[1:0];
    tx_o.hdr[9:0]   = cpl_q.len;
    tx_o.hdr[63:48] = bdf_i;
    tx_o.hdr[47:45] = cpl_q.status;
    tx_o.hdr[43:32] = cpl_q.byte_count;
    tx_o.hdr[95:80] = cpl_q.ctx.rid;
    tx_o.hdr[79:72] = cpl_q.ctx.tag;
    tx_o.hdr[70:64] = cpl_q.lower_addr;
  end
endmodule
