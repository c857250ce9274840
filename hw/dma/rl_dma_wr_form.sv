// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Former of the write engine: lays packets into memory segments, cuts them into TLPs (or
// device memory writes) and aligns their bytes. A TLP is announced behind its data, for
// only then its length is known.
// One beat per cycle, two cycles more per segment.
module rl_dma_wr_form
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,
  input  ctl_t         ctl_i,
  input  logic [2:0]   size_i,    // TLPs of 128 << size_i bytes

  input  logic         item_valid_i,
  output logic         item_ready_o,
  input  item_t        item_i,
  input  logic         beat_valid_i,
  output logic         beat_ready_o,
  input  beat_t        beat_i,

  // Data beats. room_i: at least two more fit.
  output logic         data_valid_o,
  input  logic         data_room_i,
  output logic [127:0] data_o,
  output logic         out_valid_o,
  input  logic         out_ready_i,
  output out_t         out_o
);
  typedef enum logic [1:0] {
    StIdle,   // next item
    StEmit,   // bytes of the packet go into the segment
    StDiscard // the rest of the packet goes nowhere
  } state_e;
  state_e      state_q, state_d;
  status_t     status_q, status_d;
  logic        begun_q, begun_d; // a packet has been started for the chain at hand
  logic        over_q, over_d;   // and has been used up
  logic        stop, stop_q, hard, over_now, first;
  logic        split_start, split_cut, split_busy, piece_valid, piece_ready, piece_last;
  logic [63:0] piece_addr;
  logic [9:0]  piece_len, piece_soon;

  // ---- The packet: a beat at hand, the next behind it
  logic        b_valid_q, eat_all, emit;
  beat_t       b_q;
  logic [3:0]  rd_q;
  logic [5:0]  rest, avail;           // rest: bytes of the beat at hand
  logic        both, ended, pkt_end, passed, load;
  logic [4:0]  rest_q, want_q, m, lanes;
  logic        enough, fed, closing;
  logic [3:0]  off, off_q;
  logic [9:0]  left, left_q, made_q, made, behind;
  logic        mid_q;                  // in the middle of a TLP
  logic        tail_q;                 // its rest fits in this beat

  assign rest  = {1'b0, rest_q};
  assign both  = beat_valid_i && !b_q.last;
  assign avail = rest + (both ? {1'b0, beat_i.n} : 6'd0);
  assign ended = b_q.last || (both && beat_i.last);

  // What the beat wants, and from which lane on, is known a cycle early: of a piece as soon
  // as the splitter has it, further on from the beat before.
  assign off    = item_i.owner.space ? piece_addr[3:0] : {2'b00, piece_addr[1:0]};
  assign lanes  = 5'd16 - {1'b0, off};
  assign left   = mid_q ? left_q : piece_len;
  assign behind = left - 10'd16 + {6'b0, off_q}; // this beat, if there is more
  always_ff @(posedge clk_i) begin
    if (emit) begin
      off_q  <= '0;
      tail_q <= behind <= 10'd16;
      want_q <= behind <= 10'd16 ? behind[4:0] : 5'd16;
    end else if (!mid_q) begin
      off_q  <= off;
      tail_q <= piece_soon <= {5'b0, lanes};
      want_q <= piece_soon <= {5'b0, lanes} ? piece_soon[4:0] : lanes;
    end
  end

  // m, the lesser of what there is and what is wanted, is known late. It is less only at the
  // end of a packet, so what goes on behind this beat does not wait for it. A beat that is
  // not its packet's last is full: with the one behind it there is always enough.
  assign enough  = avail >= {1'b0, want_q};
  assign fed     = b_q.last || beat_valid_i || rest_q >= want_q;
  assign m       = enough ? want_q : avail[4:0];
  assign emit    = state_q == StEmit && piece_valid && b_valid_q && data_room_i && out_ready_i &&
                   fed && (mid_q || !stop_q);
  assign pkt_end = ended && avail <= {1'b0, want_q};
  assign closing = (tail_q && enough) || pkt_end;
  assign made    = (mid_q ? made_q : '0) + {5'b0, m};

  assign passed  = emit && want_q >= rest_q;
  assign load    = !b_valid_q || passed || eat_all;
  // The packet's last beat, used up together with the beat at hand.
  logic  skip_head;
  assign skip_head    = passed && both && pkt_end;
  assign beat_ready_o = load;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      b_valid_q <= 1'b0;
      rd_q      <= '0;
      mid_q     <= 1'b0;
    end else begin
      if (load) b_valid_q <= beat_valid_i && !skip_head;
      if (passed) rd_q <= (both && !skip_head) ? 4'(want_q - rest_q) : '0;
      else if (emit) rd_q <= 4'({1'b0, rd_q} + want_q);
      else if (load) rd_q <= '0;
      if (emit) mid_q <= !closing;
    end
  end
  always_ff @(posedge clk_i) begin
    if (load) b_q <= beat_i;
    if (passed && both) rest_q <= 5'(avail - {1'b0, want_q});
    else if (load) rest_q <= beat_i.n;
    else if (emit) rest_q <= rest_q - want_q;
    if (emit) begin
      left_q <= behind;
      made_q <= (mid_q ? made_q : '0) + 10'd16 - {6'b0, off_q};
    end
  end

  // ---- Items
  // In StEmit the item has been there for a cycle at least.
  assign stop     = stopped(ctl_i, item_i.owner);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) stop_q <= 1'b0;
    else stop_q <= stop;
  end
  assign hard     = status_q != 4'(DMA_OK) && status_q != 4'(DMA_SHORT);
  assign first    = item_i.first && !begun_q;
  assign over_now = first ? b_q.n == '0 : over_q;

  always_comb begin
    state_d      = state_q;
    status_d     = status_q;
    begun_d      = begun_q;
    over_d       = over_q;
    item_ready_o = 1'b0;
    split_start  = 1'b0;
    split_cut    = 1'b0;
    eat_all      = 1'b0;
    unique case (state_q)
      StIdle: if (item_valid_i) begin
        unique case (item_i.kind)
          ItemSeg: if (!first || b_valid_q) begin
            begun_d = 1'b1;
            over_d  = over_now;
            // An empty packet stands for one that was not begun.
            if (first && over_now) begin
              eat_all  = 1'b1;
              status_d = 4'(DMA_ABORTED);
            end
            if (over_now || hard || item_i.len == '0) begin
              item_ready_o = 1'b1;
              if (item_i.last) begin
                if (over_now) begun_d = 1'b0;
                else state_d = StDiscard;
                if (!over_now && !hard) status_d = 4'(DMA_SHORT);
              end
            end else if (stop) begin
              status_d = 4'(DMA_ABORTED);
            end else begin
              split_start = 1'b1;
              state_d     = StEmit;
            end
          end
          ItemMsix: item_ready_o = out_ready_i;
          ItemDrop: if (b_valid_q) begin
            eat_all      = 1'b1;
            item_ready_o = 1'b1;
            if (stop) status_d = 4'(DMA_ABORTED);
          end
          default: begin // ItemEnd
            if (begun_q && !over_q) begin
              state_d = StDiscard;
            end else if (!counting_q) begin
              item_ready_o = out_ready_i;
              begun_d      = 1'b0;
              if (out_ready_i) status_d = 4'(DMA_OK);
            end
          end
        endcase
      end
      StEmit: begin
        if (emit && closing && (piece_last || pkt_end)) begin
          split_cut    = 1'b1;
          item_ready_o = 1'b1;
          over_d       = pkt_end;
          state_d      = StIdle;
          if (item_i.last) begin
            if (pkt_end) begun_d = 1'b0;
            else begin
              state_d = StDiscard;
              if (!hard) status_d = 4'(DMA_SHORT);
            end
          end
        end else if (stop_q && !mid_q) begin
          split_cut = 1'b1;
          status_d  = 4'(DMA_ABORTED);
          state_d   = StIdle;
        end
      end
      default: begin // StDiscard
        eat_all = b_valid_q;
        if (b_valid_q && b_q.last) begin
          begun_d = 1'b0;
          state_d = StIdle;
        end
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StIdle;
      status_q <= '0;
      begun_q  <= 1'b0;
      over_q   <= 1'b0;
    end else begin
      state_q  <= state_d;
      status_q <= status_d;
      begun_q  <= begun_d;
      over_q   <= over_d && begun_d;
    end
  end

  assign piece_ready = emit && closing;
  rl_dma_split u_split (
    .clk_i,
    .rst_ni,
    .size_i,
    .stop_i  (split_cut),
    .start_i (split_start),
    .addr_i  (item_i.addr),
    .len_i   (item_i.len),
    .busy_o  (split_busy),
    .valid_o (piece_valid),
    .ready_i (piece_ready),
    .addr_o  (piece_addr),
    .len_o   (piece_len),
    .last_o  (piece_last),
    .soon_o  (piece_soon)
  );

  // ---- Bytes taken from the source, counted a cycle late; whether a packet's first TLP is due
  logic [31:0] taken_q;
  logic [5:0]  more_q;
  logic        begins_q, counting_q, seg_begin;
  assign seg_begin = state_q == StIdle && item_valid_i && item_i.kind == ItemSeg && first &&
                     b_valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      taken_q    <= '0;
      more_q     <= '0;
      counting_q <= 1'b0;
      begins_q   <= 1'b0;
    end else begin
      if (seg_begin) begins_q <= 1'b1;
      else if (emit && closing) begins_q <= 1'b0;

      counting_q <= emit || (state_q == StDiscard && b_valid_q);
      more_q     <= emit ? {1'b0, m} : state_q == StDiscard && b_valid_q ? rest : '0;
      if (state_q == StIdle && item_valid_i && item_i.kind == ItemEnd && item_ready_o) begin
        taken_q <= '0;
      end else if (state_q == StIdle && item_valid_i && item_i.kind == ItemDrop && b_valid_q) begin
        taken_q <= b_q.data[31:0];
      end else begin
        taken_q <= taken_q + {26'b0, more_q} -
                   {26'b0, seg_begin && !over_now ? item_i.hdr : 6'd0};
      end
    end
  end

  // ---- Alignment: rotate, then merge
  logic         e_valid_q;
  logic [127:0] e_b_q, e_h_q;
  logic [4:0]   e_lo_q, e_hi_q, e_cut_q;
  logic [3:0]   turn;
  logic [15:0]  e_lanes;
  assign turn    = off_q - rd_q;
  assign e_lanes = byte_lanes(e_lo_q, e_hi_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) e_valid_q <= 1'b0;
    else         e_valid_q <= emit;
  end
  always_ff @(posedge clk_i) begin
    e_b_q   <= rotate(b_q.data, turn);
    e_h_q   <= rotate(beat_i.data, turn);
    e_lo_q  <= {1'b0, off_q};
    e_hi_q  <= {1'b0, off_q} + m;
    e_cut_q <= 5'd16 + {1'b0, off_q} - {1'b0, rd_q}; // lanes from here are the next beat's
  end
  always_comb begin
    for (int unsigned i = 0; i < 16; i++) begin
      data_o[8*i+:8] = !e_lanes[i] ? 8'h0 : 5'(i) < e_cut_q ? e_b_q[8*i+:8] : e_h_q[8*i+:8];
    end
  end
  assign data_valid_o = e_valid_q;

  // ---- To the output
  always_comb begin
    out_o.kind   = OutData;
    out_o.notify = item_i.notify;
    out_o.run    = item_i.run;
    out_o.writes = item_i.writes;
    out_o.status = hard ? status_q : item_i.status != 4'(DMA_OK) ? item_i.status : status_q;
    out_o.owner  = item_i.owner;
    out_o.len    = made;
    out_o.begins = begins_q;
    out_o.hdr    = item_i.hdr;
    out_o.addr   = piece_addr;
    out_valid_o  = emit && closing;
    if (state_q == StIdle) begin
      out_o.kind  = item_i.kind == ItemMsix ? OutMsix : OutEnd;
      out_o.addr  = item_i.kind == ItemMsix ? item_i.addr : {32'h0, taken_q};
      out_valid_o = item_valid_i && (item_i.kind == ItemMsix ||
                                     (item_i.kind == ItemEnd && !(begun_q && !over_q) && !counting_q));
    end
  end

  logic unused;
  assign unused = &{1'b0, split_busy, b_q.data};
endmodule
