// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_pcie_cplq: completions leave in order, whole, with their own header and beats and
// without a gap, and none before the write commands that were pushed before it.
// Beats come before the header or its last one with it, as rl_pcie_cpl makes them.
module cplq #(
  parameter int unsigned Beats = 4,
  parameter int unsigned Cpls  = 2
) (
  input logic         clk_i,
  input logic         beat_valid_i,
  input logic [127:0] beat_i,
  input logic         hdr_valid_i,
  input logic [63:0]  hdr_i,
  input logic         push_i,
  input logic         done_i,
  input logic [15:0]  bdf_i,
  input logic         ready_i,
  input logic         pick_i,
  input logic         pick_beat_i
);
`include "common.svh"
  localparam int unsigned BeatW = $clog2(Beats + 1);
  localparam int unsigned CplW  = $clog2(Cpls + 1) + 1; // one more: the one that goes out

  logic             beat_ready, hdr_ready, valid, idle;
  logic [BeatW-1:0] beat_count;
  logic [15:0]      pushed_q, done_q;
  tlp_t             tx;
  cpl_t             hdr;
  assign hdr = hdr_i;

  rl_pcie_cplq #(.Beats(Beats), .Cpls(Cpls)) dut (
    .clk_i, .rst_ni, .beat_valid_i, .beat_ready_o(beat_ready), .beat_i,
    .beat_count_o(beat_count), .hdr_valid_i, .hdr_ready_o(hdr_ready), .hdr_i,
    .pushed_i(pushed_q), .done_i(done_q), .bdf_i,
    .tx_valid_o(valid), .tx_ready_i(ready_i), .tx_o(tx), .idle_o(idle)
  );

  // The requester id in the header may change with the host's configuration writes.
  stream #(.Width($bits(tx) - 16)) u_out (
    .clk_i, .rst_ni, .valid_i(valid), .ready_i,
    .payload_i({tx.sop, tx.eop, tx.poison, tx.err, tx.bar, tx.func, tx.data,
                tx.hdr[127:64], tx.hdr[47:0]}), .drop_i(1'b0)
  );

  // ---- Write commands: few enough under way
  logic [6:0] away;
  assign away = 7'(pushed_q - done_q);
  always_comb assume (!push_i || away < 7'd40);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pushed_q <= '0;
      done_q   <= '0;
    end else begin
      pushed_q <= pushed_q + push_i;
      done_q   <= done_q + (done_i && away != 0);
    end
  end

  // ---- Beats and headers that come belong together
  logic             beat_in, hdr_in, out, first;
  logic [BeatW:0]   loose_q, need; // beats without a header yet
  assign beat_in = beat_valid_i && beat_ready;
  assign hdr_in  = hdr_valid_i && hdr_ready;
  assign need    = hdr.data ? (BeatW+1)'((hdr.len + 10'd3) >> 2) : '0;
  always_comb begin
    assume (!hdr_in || (hdr.data ? hdr.len != 0 && hdr.len <= 4 * Beats : hdr.len == 0));
    // A locked read is never answered with data.
    assume (!hdr.locked || !hdr.data);
    assume (!hdr_in || loose_q + (BeatW+1)'(beat_in) == need);
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) loose_q <= '0;
    else if (hdr_in) loose_q <= '0;
    else loose_q <= loose_q + (BeatW+1)'(beat_in);
  end

  // ---- One completion and one beat, whichever
  logic [CplW-1:0]  hdr_in_q, hdr_out_q, hdr_no_q, hdr_held;
  logic [BeatW:0]   beat_in_q, beat_out_q, beat_no_q;
  logic             hdr_watching_q, beat_watching_q, hdr_due, beat_due, open_q;
  logic [6:0]       before_q; // commands that this completion must wait for
  logic [9:0]       left_q;
  cpl_t             watched_q;
  logic [127:0]     beat_q;
  assign out      = valid && ready_i;
  assign first    = valid && tx.sop;
  assign hdr_due  = hdr_watching_q && hdr_no_q == hdr_out_q;
  assign beat_due = beat_watching_q && beat_no_q == beat_out_q;
  assign hdr_held = hdr_in_q - hdr_out_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      hdr_in_q        <= '0;
      hdr_out_q       <= '0;
      beat_in_q       <= '0;
      beat_out_q      <= '0;
      hdr_watching_q  <= 1'b0;
      beat_watching_q <= 1'b0;
      open_q          <= 1'b0;
      before_q        <= '0;
    end else begin
      hdr_in_q  <= hdr_in_q + CplW'(hdr_in);
      hdr_out_q <= hdr_out_q + CplW'(out && tx.eop);
      beat_in_q <= beat_in_q + (BeatW+1)'(beat_in);
      beat_out_q <= beat_out_q + (BeatW+1)'(out && tx.hdr[30]);
      if (out) open_q <= !tx.eop;
      if (out && hdr_due && tx.eop) hdr_watching_q <= 1'b0;
      if (out && tx.hdr[30] && beat_due) beat_watching_q <= 1'b0;
      if (done_i && away != 0 && before_q != 0) before_q <= before_q - 1'b1;
      if (!hdr_watching_q && hdr_in && pick_i) begin
        hdr_watching_q <= 1'b1;
        watched_q      <= hdr;
        hdr_no_q       <= hdr_in_q;
        before_q       <= away - 7'(done_i && away != 0);
        left_q         <= hdr.len;
      end else if (out && hdr_due) begin
        left_q <= left_q - 10'd4;
      end
      if (!beat_watching_q && beat_in && pick_beat_i) begin
        beat_watching_q <= 1'b1;
        beat_q          <= beat_i;
        beat_no_q       <= beat_in_q;
      end
    end
  end

  // While it waits fewer than 2^15 commands leave: completions have credit without end.
  logic [15:0] since_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || !hdr_watching_q || before_q != 0) since_q <= '0;
    else since_q <= since_q + (done_i && away != 0);
  end
  always_comb assume (since_q < 16'd32000);

  // ---- For the induction: what lies in the memories
  (* hierconn *) wire [79:0]    \dut.u_hdrs.mem_q[0] ;
  (* hierconn *) wire [79:0]    \dut.u_hdrs.mem_q[1] ;
  (* hierconn *) wire           \dut.u_hdrs.wptr_q ;
  (* hierconn *) wire           \dut.u_hdrs.rptr_q ;
  (* hierconn *) wire [1:0]     \dut.u_hdrs.count_q ;
  (* hierconn *) wire           \dut.u_hdrs.valid_o ;
  (* hierconn *) wire [79:0]    \dut.u_hdrs.data_o ;
  (* hierconn *) wire [127:0]   \dut.u_beats.mem_q[0] ;
  (* hierconn *) wire [127:0]   \dut.u_beats.mem_q[1] ;
  (* hierconn *) wire [127:0]   \dut.u_beats.mem_q[2] ;
  (* hierconn *) wire [127:0]   \dut.u_beats.mem_q[3] ;
  (* hierconn *) wire [BeatW-2:0] \dut.u_beats.wptr_q ;
  (* hierconn *) wire [BeatW-2:0] \dut.u_beats.rptr_q ;
  (* hierconn *) wire           \dut.u_beats.valid_o ;
  (* hierconn *) wire [127:0]   \dut.u_beats.data_o ;
  (* hierconn *) wire           \dut.busy_q ;
  (* hierconn *) wire           \dut.sop_q ;
  (* hierconn *) wire           \dut.eop_q ;
  (* hierconn *) wire [63:0]    \dut.cpl_q ;
  (* hierconn *) wire [9:0]     \dut.left_q ;
  cpl_t        e0, e1, now;
  logic        v0, v1, stored;
  logic [79:0] slot;
  logic [127:0] beat_slot;
  logic [15:0] to_fence;
  logic [5:0]  n0, n1, n_now;
  logic [1:0]  entries;
  assign e0      = \dut.u_hdrs.mem_q[0] [63:0];
  assign e1      = \dut.u_hdrs.mem_q[1] [63:0];
  assign now     = \dut.cpl_q ;
  assign entries = \dut.u_hdrs.count_q ;
  // What the FIFOs show is in their memories too, at the oldest place.
  logic             oldest;
  logic [BeatW-2:0] beat_first;
  logic [127:0]     beat_front;
  assign oldest  = \dut.u_hdrs.wptr_q ^ entries[0];
  assign beat_first = \dut.u_beats.wptr_q - beat_count[BeatW-2:0];
  assign v0      = entries == 2'd2 || (entries == 2'd1 && !oldest);
  assign v1      = entries == 2'd2 || (entries == 2'd1 && oldest);
  assign stored  = hdr_watching_q && !(\dut.busy_q && hdr_due);
  assign slot    = hdr_no_q[0] ? \dut.u_hdrs.mem_q[1] : \dut.u_hdrs.mem_q[0] ;
  assign to_fence = slot[79:64] - done_q;
  assign n0      = v0 && e0.data ? 6'((e0.len + 10'd3) >> 2) : '0;
  assign n1      = v1 && e1.data ? 6'((e1.len + 10'd3) >> 2) : '0;
  assign n_now   = \dut.busy_q && now.data ? 6'((\dut.left_q + 10'd3) >> 2) : '0;
  always_comb begin
    case (beat_no_q[1:0])
      2'd0: beat_slot = \dut.u_beats.mem_q[0] ;
      2'd1: beat_slot = \dut.u_beats.mem_q[1] ;
      2'd2: beat_slot = \dut.u_beats.mem_q[2] ;
      default: beat_slot = \dut.u_beats.mem_q[3] ;
    endcase
  end
  always_comb begin
    case (beat_first[1:0])
      2'd0: beat_front = \dut.u_beats.mem_q[0] ;
      2'd1: beat_front = \dut.u_beats.mem_q[1] ;
      2'd2: beat_front = \dut.u_beats.mem_q[2] ;
      default: beat_front = \dut.u_beats.mem_q[3] ;
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      inner_away: assert (pushed_q - done_q <= 16'd40);
      inner_wptr: assert (\dut.u_hdrs.wptr_q == hdr_in_q[0]);
      inner_rptr: assert (\dut.u_hdrs.rptr_q == (oldest ^ \dut.u_hdrs.valid_o ) &&
                          \dut.u_hdrs.valid_o == (entries != 0));
      if (entries != 0) inner_front: assert (\dut.u_hdrs.data_o ==
                          (oldest ? \dut.u_hdrs.mem_q[1] : \dut.u_hdrs.mem_q[0] ));
      inner_held: assert (hdr_held == entries + CplW'(\dut.busy_q ));
      inner_entries: assert (entries <= 2);
      inner_bptrs: assert (\dut.u_beats.wptr_q == beat_in_q[BeatW-2:0] &&
                           \dut.u_beats.rptr_q == beat_first + (BeatW-1)'(\dut.u_beats.valid_o ) &&
                           \dut.u_beats.valid_o == (beat_count != 0));
      if (beat_count != 0) inner_bfront: assert (\dut.u_beats.data_o == beat_front);
      inner_bcount: assert ((BeatW+1)'(beat_in_q - beat_out_q) == beat_count && beat_count <= Beats);
      inner_sum: assert (6'(beat_count) == 6'(loose_q) + n0 + n1 + n_now);
      if (v0) inner_e0: assert (e0.data ? e0.len != 0 && e0.len <= 4 * Beats && !e0.locked : e0.len == 0);
      if (v1) inner_e1: assert (e1.data ? e1.len != 0 && e1.len <= 4 * Beats && !e1.locked : e1.len == 0);
      if (\dut.busy_q ) inner_now: assert (now.data ? \dut.left_q != 0 && \dut.left_q <= now.len &&
          now.len <= 4 * Beats && !now.locked : now.len == 0 && \dut.left_q == 0);
      if (\dut.busy_q ) inner_eop: assert (\dut.eop_q == (\dut.left_q <= 10'd4));
      if (\dut.busy_q ) inner_sop: assert (\dut.sop_q == !open_q);
      if (open_q) inner_open: assert (\dut.busy_q );
      if (hdr_watching_q) inner_inside: assert (CplW'(hdr_no_q - hdr_out_q) < hdr_held);
      if (stored) inner_slot: assert (slot[63:0] == watched_q && left_q == watched_q.len);
      if (stored) inner_fence: assert (before_q != 0 ? to_fence == {9'd0, before_q} :
                                       to_fence == 16'(-since_q));
      if (stored) inner_before: assert (before_q <= away);
      if (hdr_watching_q && !stored) inner_out: assert (now == watched_q && before_q == 0 &&
                                                        left_q == \dut.left_q );
      if (beat_watching_q) inner_beat: assert (beat_slot == beat_q &&
        (BeatW+1)'(beat_no_q - beat_out_q) < (BeatW+1)'(beat_count));
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      if (valid) framed: assert (tx.sop == !open_q);
      if (open_q) no_gap: assert (valid);
      if (valid && hdr_due) begin
        not_before_its_writes: assert (before_q == 0);
        header_right: assert (tx.hdr[30] == watched_q.data && tx.hdr[9:0] == watched_q.len &&
          tx.hdr[31:24] == (watched_q.locked ? 8'h0b : watched_q.data ? 8'h4a : 8'h0a) &&
          tx.hdr[47:45] == watched_q.status && tx.hdr[43:32] == watched_q.byte_count &&
          tx.hdr[95:80] == watched_q.ctx.rid && tx.hdr[79:72] == watched_q.ctx.tag &&
          tx.hdr[22:20] == watched_q.ctx.tc && tx.hdr[70:64] == watched_q.lower_addr &&
          {tx.hdr[18], tx.hdr[13:12]} == watched_q.ctx.attr);
        whole: assert (tx.eop == (left_q <= 10'd4));
      end
      if (valid && tx.hdr[30] && beat_due) beat_right: assert (tx.data == beat_q);
      if (valid) something_held: assert (hdr_held != 0);
      idle_right: assert (idle == (hdr_held == 0));
      waits: cover (hdr_due && before_q != 0 && !valid && idle == 1'b0 && away == before_q);
      two: cover (out && hdr_due && !tx.eop && hdr_held == 3);
      plain: cover (out && hdr_due && !tx.hdr[30]);
      beat_out: cover (out && beat_due && tx.eop && !tx.sop);
    end
  end
endmodule
