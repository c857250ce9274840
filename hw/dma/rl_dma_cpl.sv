// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Takes completions, checks them against the tag table and turns them into words at
// their natural 16-byte alignment.
// A TLP of n beats takes n cycles, one more when its alignment spills over.
module rl_dma_cpl
  import rl_pkg::*;
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned FetchTags = 8
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        rx_valid_i,
  output logic        rx_ready_o,
  input  tlp_t        rx_i,
  input  logic [15:0] bdf_i,

  // Tag table: see rl_dma_tags.
  output logic [5:0]  lk_tag_o,
  input  logic [9:0]  lk_len_i,
  input  logic [15:0] lk_dst_i,
  input  logic [9:0]  lk_got_i,
  output logic [5:0]  live_tag_o,
  input  logic        live_pend_i,
  input  logic        live_late_i,
  input  logic        live_quiet_i,
  output logic        upd_o,
  output logic [9:0]  upd_got_o,
  output logic        upd_poison_o,
  output logic        upd_ends_o,

  output logic        sink_valid_o,
  input  logic        sink_ready_i,
  output sink_t       sink_o,

  // Pulses: a completion was dropped; one said UR, CA, or carried poisoned data.
  output logic        dropped_o,
  output logic        cpl_ur_o,
  output logic        cpl_ca_o,
  output logic        cpl_poison_o
);
  // ---- Stage 0: capture
  logic       s0_valid_q, s0_go, hazard;
  logic       s1_valid_q, s1_go;
  logic       s2_valid_q, s2_go;
  tlp_t       s0_q;
  logic [1:0] unused_s0_count;

  rl_fifo #(.Width ($bits(tlp_t)), .Depth (2)) u_in (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (rx_valid_i),
    .ready_o (rx_ready_o),
    .data_i  (rx_i),
    .valid_o (s0_valid_q),
    .ready_i (s0_go),
    .data_o  (s0_q),
    .count_o (unused_s0_count)
  );

  // ---- Stage 1: what the tag asked for
  typedef struct packed {
    logic         sop, eop, err, poison, good_hdr, has_data;
    logic [2:0]   status;
    logic [9:0]   dws;
    logic [11:0]  bytes;
    logic [7:0]   tag;
    logic [127:0] data;
  } s1_t;
  s1_t         s1_q, s2_q;
  logic [9:0]  s1_len_q, s1_got_q;
  logic [15:0] s1_dst_q;

  assign lk_tag_o = s0_q.hdr[64+8+:6];
  // The bytes of a TLP before on the same tag must be counted first.
  assign hazard   = s0_q.sop && ((s1_valid_q && s1_q.sop && s1_q.tag == s0_q.hdr[64+8+:8]) ||
                                 (s2_valid_q && s2_q.sop && s2_q.tag == s0_q.hdr[64+8+:8]));
  assign s1_go    = !s1_valid_q || s2_go;
  assign s0_go    = s1_go && !hazard;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) s1_valid_q <= 1'b0;
    else if (s1_go) s1_valid_q <= s0_valid_q && !hazard;
  end
  always_ff @(posedge clk_i) begin
    if (s1_go) begin
      s1_q.sop      <= s0_q.sop;
      s1_q.eop      <= s0_q.eop;
      s1_q.err      <= s0_q.err;
      s1_q.poison   <= s0_q.poison || s0_q.hdr[14];
      s1_q.has_data <= s0_q.hdr[30];
      s1_q.good_hdr <= (s0_q.hdr[31:24] == TlpCplD || s0_q.hdr[31:24] == TlpCpl) &&
                       s0_q.hdr[64+16+:16] == bdf_i;
      s1_q.status   <= s0_q.hdr[32+13+:3];
      s1_q.dws      <= s0_q.hdr[9:0];
      s1_q.bytes    <= s0_q.hdr[32+:12];
      s1_q.tag      <= s0_q.hdr[64+8+:8];
      s1_q.data     <= s0_q.data;
      s1_len_q      <= lk_len_i;
      s1_dst_q      <= lk_dst_i;
      s1_got_q      <= lk_got_i;
    end
  end

  // ---- Stage 2: what is left of it
  logic [9:0]  s2_left_q, s2_dws_q, s2_got_q, left1;
  logic [15:0] s2_ptr_q, ptr1;

  assign left1 = s1_len_q - s1_got_q;
  assign ptr1  = s1_dst_q + {6'b0, s1_got_q};
  assign s2_go = !s2_valid_q || j_ready;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) s2_valid_q <= 1'b0;
    else if (s2_go) s2_valid_q <= s1_valid_q;
  end
  always_ff @(posedge clk_i) begin
    if (s2_go) begin
      s2_q <= s1_q;
      if (s1_q.sop) begin
        s2_left_q <= left1;
        s2_ptr_q  <= ptr1;
        s2_dws_q  <= dwords(ptr1[1:0], left1);
        s2_got_q  <= s1_got_q;
      end
    end
  end

  logic        j_ready;
  logic        sound, final2, fails2, fits2, take2, late2, drop2;
  logic [9:0]  bytes2;
  status_t     status2;

  assign sound  = s2_q.good_hdr && !s2_q.err && s2_q.tag[7:6] == '0 && (fails2 || fits2);
  assign fails2 = s2_q.status != CplSC;
  assign fits2  = s2_q.has_data && s2_q.bytes == {2'b0, s2_left_q} && s2_q.dws != '0 &&
                  s2_q.dws <= s2_dws_q;
  assign final2 = s2_q.dws == s2_dws_q;
  assign bytes2 = final2 ? s2_left_q : {s2_q.dws[7:0], 2'b00} - {8'b0, s2_ptr_q[1:0]};
  assign take2  = sound && live_pend_i && !live_late_i;
  assign late2  = sound && live_pend_i && live_late_i;
  assign drop2  = !take2;
  assign status2 = !fails2 ? 4'(DMA_OK) : s2_q.status == CplCA ? 4'(DMA_CA) : 4'(DMA_UR);

  assign live_tag_o     = s2_q.tag[5:0];
  // Whether the tag waits for it is known late, and to the table itself at once.
  assign upd_o          = s2_valid_q && s2_q.sop && j_ready && sound;
  assign upd_got_o      = fails2 ? s2_got_q : s2_got_q + bytes2;
  assign upd_poison_o   = s2_q.poison && !fails2;
  assign upd_ends_o     = fails2 || final2;
  assign cpl_ur_o       = upd_o && take2 && fails2 && status2 == 4'(DMA_UR);
  assign cpl_ca_o       = upd_o && take2 && fails2 && status2 == 4'(DMA_CA);
  assign cpl_poison_o   = upd_o && take2 && upd_poison_o;

  // ---- What was judged waits for stage 3, which may need a cycle more for a beat
  typedef struct packed {
    logic         sop, eop, err, take, fails, last;
    status_t      status;
    logic [5:0]   tag;
    logic [15:0]  ptr;
    logic [9:0]   bytes;
    logic [127:0] data;
  } judged_t;
  judged_t    j_in, j;
  logic       j_valid, s3_go;
  logic [1:0] unused_j_count;
  assign j_in = '{sop: s2_q.sop, eop: s2_q.eop, err: s2_q.err, take: take2, fails: fails2,
                  last: final2, status: status2, tag: s2_q.tag[5:0], ptr: s2_ptr_q,
                  bytes: bytes2, data: s2_q.data};

  rl_fifo #(.Width ($bits(judged_t)), .Depth (2)) u_judged (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (s2_valid_q),
    .ready_o (j_ready),
    .data_i  (j_in),
    .valid_o (j_valid),
    .ready_i (s3_go),
    .data_o  (j),
    .count_o (unused_j_count)
  );

  // ---- Stage 3: rotate by DW, carry the rest into the next word
  typedef enum logic [1:0] {
    StBeat,  // a beat of data to write
    StSpill, // its rest after the last beat
    StFail   // the completion carries a failure
  } state_e;
  state_e       s3_state_q;
  logic         s3_valid_q, s3_skip_q, s3_eop_q, s3_bad_q, s3_final_q;
  status_t      s3_status_q;
  logic [5:0]   s3_tag_q;
  logic [1:0]   s3_rot_q;
  logic [3:0]   s3_lo_q;
  logic [9:0]   s3_left_q;
  logic [11:0]  s3_word_q;
  logic [127:0] s3_data_q, s3_carry_q, rotated, carry_mask;
  logic [10:0]  s3_end;
  logic         s3_spill, s3_empty, s3_short, s3_done;

  assign rotated    = rotate(s3_data_q, {s3_rot_q, 2'b00});
  assign carry_mask = s3_rot_q == 2'd0 ? '0 : s3_rot_q == 2'd1 ? 128'(32'hffffffff) :
                      s3_rot_q == 2'd2 ? {64'b0, {64{1'b1}}} : {32'b0, {96{1'b1}}};
  assign s3_end     = {7'b0, s3_lo_q} + {1'b0, s3_left_q};
  assign s3_empty   = s3_left_q == '0;                    // more beats than its length
  // What one more word, of the carry alone, can still take.
  assign s3_spill   = s3_state_q == StBeat && s3_eop_q && s3_end > 11'd16 && s3_rot_q != 2'd0 &&
                      !s3_skip_q;
  // Fewer beats than its length: a carry holds s3_rot_q DW.
  assign s3_short   = s3_end > (s3_state_q == StSpill ? {7'b0, s3_rot_q, 2'b00} : 11'd16);

  always_comb begin
    sink_o.fetch  = 32'(s3_tag_q) < FetchTags;
    sink_o.tag    = s3_tag_q;
    sink_o.word   = s3_word_q;
    sink_o.we     = s3_state_q != StFail && !s3_empty;
    sink_o.strb   = byte_lanes({1'b0, s3_lo_q}, s3_end > 11'd16 ? 5'd16 : s3_end[4:0]);
    sink_o.data   = s3_state_q == StSpill ? s3_carry_q
                                          : (s3_carry_q & carry_mask) | (rotated & ~carry_mask);
    sink_o.fin    = s3_eop_q && !s3_spill && (s3_final_q || s3_state_q == StFail || s3_bad_q ||
                                              s3_short || s3_empty);
    sink_o.status = s3_state_q == StFail ? s3_status_q :
                    (s3_bad_q || s3_short || s3_empty) ? 4'(DMA_POISON) : 4'(DMA_OK);
  end
  assign sink_valid_o = s3_valid_q && !s3_skip_q;
  assign s3_done      = sink_ready_i || s3_skip_q;
  assign s3_go        = !s3_valid_q || (s3_done && !s3_spill);
  assign dropped_o    = (s2_valid_q && s2_q.sop && j_ready && drop2 && !(late2 && live_quiet_i)) ||
                        (sink_valid_o && sink_ready_i && sink_o.fin &&
                         sink_o.status == 4'(DMA_POISON));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s3_valid_q <= 1'b0;
      s3_state_q <= StBeat;
      s3_skip_q  <= 1'b0;
    end else if (s3_go) begin
      s3_valid_q <= j_valid;
      if (j_valid && j.sop) begin
        s3_state_q <= j.fails ? StFail : StBeat;
        s3_skip_q  <= !j.take;
      end else if (s3_state_q == StSpill) begin
        s3_state_q <= StBeat;
      end
      // Beats behind a failure carry nothing.
      if (j_valid && !j.sop && s3_state_q == StFail) s3_skip_q <= 1'b1;
    end else if (s3_valid_q && s3_done && s3_spill) begin
      s3_state_q <= StSpill;
    end
  end

  always_ff @(posedge clk_i) begin
    if (s3_valid_q && s3_done) begin
      s3_carry_q <= rotated;
      s3_lo_q    <= '0;
      s3_word_q  <= s3_word_q + 12'd1;
      s3_left_q  <= s3_end > 11'd16 ? 10'(s3_end - 11'd16) : '0;
    end
    if (s3_go) begin
      s3_data_q <= j.data;
      s3_eop_q  <= j.eop || (j.sop && j.fails);
      if (j_valid) s3_bad_q <= (s3_bad_q && !j.sop) || j.err;
      if (j_valid && j.sop) begin
        s3_final_q  <= j.last;
        s3_status_q <= j.status;
        s3_tag_q    <= j.tag;
        s3_rot_q    <= j.ptr[3:2];
        s3_lo_q     <= j.ptr[3:0];
        s3_word_q   <= j.ptr[15:4];
        s3_left_q   <= j.bytes;
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, unused_s0_count, unused_j_count, s0_q.bar, s0_q.func, s0_q.hdr[127:96],
                    s0_q.hdr[64+:8], s0_q.hdr[63:48], s0_q.hdr[44], s0_q.hdr[23:15],
                    s0_q.hdr[13:10], s2_q.dws[9:8]};
endmodule
