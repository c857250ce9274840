// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_dma_wr_form: the pieces of a segment follow one another from its first address,
// never exceed it, MPS or 4 KiB, cross no multiple of MPS, and are announced with
// exactly the beats of data that they have. Bytes: one of the packet, whichever, is
// followed from its beat to its lane.
module wr_form #(
  parameter bit Bytes = 1'b0 // follow a byte; else all the rest
) (
  input logic         clk_i,
  input logic [33:0]  ctl_i,
  input logic [2:0]   size_i,
  input logic         item_valid_i,
  input logic [136:0] item_i,
  input logic         beat_valid_i,
  input logic [133:0] beat_i,
  input logic         data_room_i,
  input logic         out_ready_i,
  input logic [10:0]  pick_i
);
`include "common.svh"
  ctl_t         ctl;
  item_t        item;
  beat_t        beat;
  out_t         out;
  logic         item_ready, beat_ready, data_valid, out_valid;
  logic [127:0] data;
  logic [2:0]   size_q; // does not change here; in the card only while bus mastering is off
  assign ctl  = ctl_i;
  assign item = item_i;
  assign beat = beat_i;
  always_ff @(posedge clk_i) if (!rst_ni) size_q <= size_i;

  rl_dma_wr_form dut (
    .clk_i, .rst_ni, .ctl_i(ctl), .size_i(rst_ni ? size_q : size_i), .item_valid_i, .item_ready_o(item_ready),
    .item_i(item), .beat_valid_i, .beat_ready_o(beat_ready), .beat_i(beat),
    .data_valid_o(data_valid), .data_room_i, .data_o(data), .out_valid_o(out_valid),
    .out_ready_i, .out_o(out)
  );
  stream #(.Width(137), .Assume(1)) u_item (
    .clk_i, .rst_ni, .valid_i(item_valid_i), .ready_i(item_ready), .payload_i(item_i), .drop_i(1'b0)
  );
  stream #(.Width(134), .Assume(1)) u_beat (
    .clk_i, .rst_ni, .valid_i(beat_valid_i), .ready_i(beat_ready), .payload_i(beat_i), .drop_i(1'b0)
  );

  // Beats are full but the last of a packet; a packet of no bytes is one beat.
  // The segments of a chain stand between its first and its last, or the command's end.
  logic first_beat_q, first_seg_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) first_seg_q <= 1'b1;
    else if (item_valid_i && item_ready) first_seg_q <= item.kind != ItemSeg || item.last;
    if (!rst_ni) first_beat_q <= 1'b1;
    else if (beat_valid_i && beat_ready) first_beat_q <= beat.last;
  end
  always_comb begin
    assume (size_q <= 3'd2);
    assume (!item_valid_i || (item.kind == ItemSeg ? item.first == first_seg_q
                                                   : item.kind == ItemEnd || first_seg_q));
    assume (beat.n <= 5'd16 && (beat.last || beat.n == 5'd16) && (beat.n != 0 || first_beat_q));
  end

  // ---- What was announced of the segment at hand, and its beats
  (* hierconn *) wire        \dut.emit ;
  (* hierconn *) wire [1:0]  \dut.state_q ;
  (* hierconn *) wire        \dut.mid_q ;
  (* hierconn *) wire [9:0]  \dut.left_q ;
  (* hierconn *) wire        \dut.tail_q ;
  (* hierconn *) wire [3:0]  \dut.off_q ;
  (* hierconn *) wire [9:0]  \dut.made_q ;
  (* hierconn *) wire        \dut.e_valid_q ;
  (* hierconn *) wire        \dut.u_split.busy_q ;
  (* hierconn *) wire        \dut.u_split.valid_q ;
  (* hierconn *) wire        \dut.u_split.last_q ;
  (* hierconn *) wire [63:0] \dut.u_split.addr_q ;
  (* hierconn *) wire [31:0] \dut.u_split.left_q ;
  (* hierconn *) wire [9:0]  \dut.u_split.len_q ;
  (* hierconn *) wire [2:0]  \dut.u_split.size_q ;
  (* hierconn *) wire        \dut.b_valid_q ;
  (* hierconn *) wire [133:0] \dut.b_q ;
  (* hierconn *) wire [3:0]  \dut.rd_q ;
  (* hierconn *) wire [4:0]  \dut.rest_q ;
  (* hierconn *) wire [3:0]  \dut.status_q ;
  (* hierconn *) wire        \dut.begun_q ;
  (* hierconn *) wire        \dut.over_q ;
  (* hierconn *) wire        \dut.begins_q ;
  (* hierconn *) wire [4:0]  \dut.m ;
  (* hierconn *) wire [4:0]  \dut.want_q ;
  (* hierconn *) wire        \dut.pkt_end ;
  beat_t       held;
  logic [31:0] done_q;
  logic [5:0]  beats_q, span;
  logic        announce;
  logic [9:0]  size, room, left, lanes; // left: of the piece, lanes: of the beat
  logic [3:0]  off;
  logic [63:0] next;
  assign held     = \dut.b_q ;
  assign announce = out_valid && out_ready_i && out.kind == OutData;
  assign size     = 10'd128 << size_q[1:0];
  assign next     = item.addr + done_q;
  assign room     = size - (next[9:0] & (size - 10'd1));
  assign off      = item.owner.space ? next[3:0] : {2'b00, next[1:0]};
  assign left     = \dut.mid_q ? \dut.left_q : \dut.u_split.len_q ;
  assign lanes    = \dut.mid_q ? 10'd16 : 10'd16 - off;
  assign span     = 6'((11'(off) + out.len + 11'd15) >> 4);

  // The first TLP of the packet that was begun is due.
  logic begins_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || !\dut.begun_q ) begins_q <= 1'b1;
    else if (announce) begins_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || (item_valid_i && item_ready)) done_q <= '0;
    else if (announce) done_q <= done_q + out.len;
    if (!rst_ni || announce) beats_q <= '0;
    else if (\dut.emit ) beats_q <= beats_q + 1'b1;
  end

  if (!Bytes) begin : gen_pieces
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        inner_state: assert (\dut.state_q != 2'd3);
        inner_size: assert (\dut.u_split.size_q == size_q);
        if (\dut.state_q == 2'd1) begin
          inner_item: assert (item_valid_i && item.kind == ItemSeg && item.len != 0);
          inner_split: assert (\dut.u_split.busy_q && \dut.u_split.addr_q == next &&
                               \dut.u_split.left_q == item.len - done_q && done_q < item.len);
          if (\dut.u_split.valid_q )
            inner_piece: assert (\dut.u_split.len_q == (\dut.u_split.left_q <= {22'd0, room} ?
                                 \dut.u_split.left_q [9:0] : room) &&
                                 \dut.u_split.last_q == (\dut.u_split.left_q <= {22'd0, room}));
        end
        // What a stop has cut is not taken up again.
        if (\dut.state_q != 2'd1) inner_fresh: assert (done_q == 0 || (\dut.state_q == 2'd0 &&
            \dut.status_q != 4'(DMA_OK) && \dut.status_q != 4'(DMA_SHORT)));
        if (done_q != 0) inner_seg: assert (item_valid_i && item.kind == ItemSeg && item.len != 0);
        if (\dut.state_q != 2'd1) inner_quiet: assert (!\dut.u_split.busy_q && !\dut.mid_q );
        if (!\dut.u_split.busy_q ) inner_valid: assert (!\dut.u_split.valid_q );
        if (\dut.mid_q ) inner_mid: assert (\dut.u_split.valid_q && \dut.left_q != 0 && \dut.made_q != 0 &&
            11'(\dut.left_q ) + \dut.made_q == 11'(\dut.u_split.len_q ) &&
            11'(\dut.made_q ) + off == {1'b0, beats_q, 4'd0} && beats_q != 0);
        else inner_begin: assert (beats_q == 0);
        if (\dut.u_split.valid_q && \dut.state_q == 2'd1)
          inner_want: assert (\dut.off_q == (\dut.mid_q ? 4'd0 : off) &&
                              \dut.tail_q == (left <= lanes) &&
                              \dut.want_q == (left <= lanes ? left[4:0] : lanes[4:0]));
        inner_held: assert (!\dut.b_valid_q || (held.n <= 5'd16 && (held.last || held.n == 5'd16)));
        if (\dut.b_valid_q ) inner_first: assert (first_beat_q == held.last);
        if (\dut.begun_q && !\dut.over_q ) inner_begun: assert (\dut.b_valid_q ? held.n != 0 : !first_beat_q);
        if (\dut.state_q == 2'd0 && first_seg_q) inner_between: assert (!\dut.begun_q ||
            (item_valid_i && item.kind == ItemSeg));
        if (\dut.state_q == 2'd2) inner_discard: assert (first_seg_q ||
            (item_valid_i && item.kind == ItemEnd));
        if (!first_seg_q) inner_chain: assert (\dut.begun_q || (item_valid_i && item.kind == ItemEnd));
        if (\dut.state_q != 2'd0) inner_states: assert (\dut.begun_q && !\dut.over_q );
        if (\dut.begun_q ) inner_begins: assert (\dut.begins_q == begins_q);
        if (\dut.b_valid_q ) inner_rest: assert (\dut.rest_q == held.n - \dut.rd_q );
        inner_rd: assert (!\dut.b_valid_q || \dut.rd_q == 0 || {1'b0, \dut.rd_q } < held.n);

        if (announce) begin
          of_segment: assert (item_valid_i && item.kind == ItemSeg);
          contiguous: assert (out.addr == next);
          not_empty: assert (out.len != 0);
          within_segment: assert (done_q + out.len <= item.len);
          not_above_mps: assert (out.len <= size);
          no_crossing: assert (out.len <= room);
          not_over_4k: assert ({1'b0, out.addr[11:0]} + out.len <= 13'd4096);
          as_many_beats: assert (beats_q + 6'd1 == span && \dut.emit );
          // Nothing is held back: a piece is full, or ends the segment or the packet.
          as_long_as_may_be: assert (out.len == room || done_q + out.len == item.len || item_ready);
          header_told: assert (out.begins == begins_q && out.hdr == item.hdr);
          owner_kept: assert (out.owner == item.owner);
        end
        if (\dut.emit ) short_at_the_end_only: assert (\dut.m == \dut.want_q || \dut.pkt_end );
        if (\dut.emit && !announce) more_to_come: assert (out_ready_i);
        if (data_valid) one_beat_each: assert (\dut.e_valid_q );
        if (\dut.emit ) only_with_room: assert (data_room_i);
        two_pieces: cover (announce && done_q == 32'd3 && size_q == 3'd1 && out.len == 10'd256);
        packet_ends: cover (announce && item_ready && done_q + out.len < item.len && item.last);
        unaligned: cover (announce && out.addr[1:0] == 2'd3 && out.len == 10'd2 && done_q == 0);
      end
    end
  end else begin : gen_bytes
    // Bytes of the packet that came in and that were emitted, in order. The packet
    // that is begun when the byte is picked.
    logic [10:0] in_q, emitted_q, pos_q;
    logic        known_q, hit_q;
    logic [7:0]  byte_q;
    logic [3:0]  lane_q;
    // Only the first packet after reset, in one command that is not stopped.
    always_comb begin
      assume (ctl.aborts == '0 && !ctl.flr && (ctl.bme || item.owner.space));
      assume (item.kind == ItemSeg && item.status == 4'(DMA_OK));
    end
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        in_q      <= '0;
        emitted_q <= '0;
        pos_q     <= {4'd0, pick_i[6:0]};
        known_q   <= 1'b0;
        hit_q     <= 1'b0;
      end else begin
        if (beat_valid_i && beat_ready && in_q != 11'h7ff) begin
          in_q <= beat.last ? 11'h7ff : in_q + 11'd16;
          if (pos_q[10:4] == in_q[10:4] && {1'b0, pos_q[3:0]} < beat.n) begin
            known_q <= 1'b1;
            byte_q  <= beat.data[8*pos_q[3:0]+:8];
          end
        end
        if (item_valid_i && item_ready && item.last) emitted_q <= 11'h7ff;
        else if (\dut.emit && emitted_q != 11'h7ff) emitted_q <= emitted_q + \dut.m ;
        hit_q  <= \dut.emit && pos_q >= emitted_q && pos_q < emitted_q + \dut.m ;
        lane_q <= \dut.off_q + 4'(pos_q - emitted_q);
      end
    end
    logic [7:0] got;
    assign got = data[8*lane_q+:8];
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        if (hit_q && known_q) byte_right: assert (got == byte_q && data_valid);
        if (hit_q) byte_came: assert (known_q);
        seen: cover (hit_q && known_q && pos_q == 11'd37 && lane_q == 4'd2);
      end
    end
  end
endmodule
