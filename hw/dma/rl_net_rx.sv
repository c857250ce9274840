// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Receive FIFO of the network port: takes whole frames, tells firmware their
// lengths and flows, hands them to write runs. When it is full tready falls: nothing is dropped
// but frames marked bad or longer than MaxFrame.
module rl_net_rx
  import rl_pkg::*;
#(
  parameter int unsigned FifoBytes  = 16384, // data, power of two, at least 2 * MaxFrame
  parameter int unsigned FifoFrames = 128,   // lengths, power of two
  parameter int unsigned MaxFrame   = 2048   // bytes
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  // Network side (AXI4-Stream). tuser with tlast: bad frame.
  input  logic          s_axis_tvalid_i,
  output logic          s_axis_tready_o,
  input  logic [127:0]  s_axis_tdata_i,
  input  logic [15:0]   s_axis_tkeep_i,
  input  logic          s_axis_tlast_i,
  input  logic          s_axis_tuser_i,

  // To the write engine: whole frames.
  output logic          m_axis_tvalid_o,
  input  logic          m_axis_tready_i,
  output logic [127:0]  m_axis_tdata_o,
  output logic [15:0]   m_axis_tkeep_o,
  output logic          m_axis_tlast_o,

  // Peripheral bus (registers 0x400 to 0x4ff).
  input  reg_req_t      reg_i,
  output logic [31:0]   reg_rdata_o,
  output logic          event_netrx_o
);
  if (FifoBytes < 2 * MaxFrame || (FifoBytes & (FifoBytes - 1)) != 0) begin : gen_bytes
    $error("rl_net_rx: FifoBytes must be a power of two, at least 2 * MaxFrame");
  end
  if (FifoFrames < 2 || (FifoFrames & (FifoFrames - 1)) != 0) begin : gen_frames
    $error("rl_net_rx: FifoFrames must be a power of two, at least 2");
  end
  if (MaxFrame < 16 || MaxFrame > 32768) begin : gen_max
    $error("rl_net_rx: MaxFrame must be 16 to 32768");
  end

  localparam int unsigned Words = FifoBytes / 16;
  localparam int unsigned Aw    = $clog2(Words);
  localparam int unsigned Fw    = $clog2(FifoFrames);

  // ---- Network side. wptr: next word; start: first word of the frame at hand, whose
  // words no reader sees before it is complete.
  logic [Aw:0]  wptr_q, start_q, rptr_q;
  logic [15:0]  left_q, left;    // bytes that the frame at hand may still have
  logic [15:0]  bytes;           // of it, this word included
  logic         low_q;           // less than two words
  logic         take, long_q, too_long, good, full, drop, len_room;
  logic [31:0]  dropped_q;
  // A word: last of its frame, bytes in it (0 stands for 16), data.
  (* no_rw_check *)
  logic [132:0] mem [Words];

  // Bytes are counted before a register stage: they decide much behind it.
  typedef struct packed {
    logic [127:0] data;
    logic [15:0]  keep;
    logic [4:0]   n;
    logic         last, user;
  } word_t;
  word_t      in_d, in;
  logic       in_valid, in_ready;
  logic [1:0] unused_in_count;

  always_comb begin
    in_d = '{data: s_axis_tdata_i, keep: s_axis_tkeep_i, n: '0, last: s_axis_tlast_i,
             user: s_axis_tuser_i};
    for (int unsigned i = 0; i < 16; i++) in_d.n = in_d.n + {4'b0, s_axis_tkeep_i[i]};
  end

  rl_fifo #(.Width ($bits(word_t)), .Depth (2)) u_in (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (s_axis_tvalid_i),
    .ready_o (s_axis_tready_o),
    .data_i  (in_d),
    .valid_o (in_valid),
    .ready_i (in_ready),
    .data_o  (in),
    .count_o (unused_in_count)
  );

  assign left     = left_q - {11'b0, in.n};
  assign bytes    = 16'(MaxFrame) - left;
  // The sum is known late, whether the word still fits is not.
  assign too_long = long_q || (low_q && in.n > left_q[4:0]);
  // A frame that is too long needs no room any more.
  assign in_ready = (!full || long_q) && len_room;
  assign take     = in_valid && in_ready;
  assign good     = take && in.last && !in.user && !too_long;
  assign drop     = take && in.last && (in.user || too_long);

  // Full is known a cycle late, so it says so with room for one word left.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) full <= 1'b0;
    else full <= (Aw+1)'(wptr_q - rptr_q) >= (Aw+1)'(Words - 1);
  end

  // Words are written a cycle late, so the reader learns of a frame's end a cycle late, too.
  logic          we_q;
  logic [Aw-1:0] waddr_q;
  logic [132:0]  wdata_q;
  logic [Aw:0]   start, end_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) we_q <= 1'b0;
    else we_q <= take && !too_long;
  end
  always_ff @(posedge clk_i) begin
    waddr_q <= wptr_q[Aw-1:0];
    wdata_q <= {in.last, in.n[3:0], in.data};
    if (we_q) mem[waddr_q] <= wdata_q;
  end

  assign start = good ? wptr_q + 1'b1 : start_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q    <= '0;
      start_q   <= '0;
      left_q    <= 16'(MaxFrame);
      low_q     <= MaxFrame < 32;
      long_q    <= 1'b0;
      dropped_q <= '0;
    end else if (take) begin
      start_q <= start;
      if (drop) dropped_q <= dropped_q + 32'd1;
      if (drop || too_long) wptr_q <= start_q;
      else wptr_q <= wptr_q + 1'b1;
      left_q  <= in.last || too_long ? 16'(MaxFrame) : left;
      low_q   <= in.last || too_long ? MaxFrame < 32 : left[15:5] == '0;
      long_q  <= too_long && !in.last;
    end
  end

  // ---- Flow: bytes that are the same in all frames of one, folded by exclusive or.
  // Neither ports (a fragment has none) nor anything that changes from frame to frame.
  // Byte n of the frame is in word n / 16; sel has a bit for each byte that counts.
  logic [2:0]   word_q; // of the frame, up to 4
  logic [15:0]  type_now, sel;
  logic         ip4_q, ip6_q;
  logic [7:0]   link_q, ip_q, link, ip, fold;

  assign type_now = {in.data[103:96], in.data[111:104]};

  always_comb begin
    sel = '0;
    unique case (word_q)
      3'd0: sel = 16'h3fff;                                 // MACs, EtherType
      3'd1: sel = ip6_q ? 16'hffc0 : ip4_q ? 16'hfc00 : '0; // from 22, from 26
      3'd2: sel = ip6_q ? 16'hffff : ip4_q ? 16'h0003 : '0; // IPv4: to 33
      3'd3: sel = ip6_q ? 16'h003f : '0;                    // IPv6: to 53
      default: ;
    endcase
    fold = '0;
    for (int unsigned i = 0; i < 16; i++) begin
      if (sel[i] && in.keep[i]) fold = fold ^ in.data[8*i +: 8];
    end
  end
  assign link = word_q == '0 ? fold : link_q;
  assign ip   = word_q == '0 ? '0 : ip_q ^ fold;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) word_q <= '0;
    else if (take) word_q <= in.last ? '0 : word_q == 3'd4 ? 3'd4 : word_q + 3'd1;
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      link_q <= link;
      ip_q   <= ip;
      if (word_q == '0) begin
        ip4_q <= type_now == 16'h0800;
        ip6_q <= type_now == 16'h86dd;
      end
    end
  end

  // ---- To the write engine: read ahead, for a memory answers late in its cycle
  logic  m_valid_q, m_load, m_ready, flush;
  logic  [132:0] m_q, m_out;
  logic  [3:0]   m_n;
  assign flush  = reg_i.valid && reg_i.write && reg_i.addr == rl_regs_pkg::REG_NETRX_FLUSH;
  assign m_load = (!m_valid_q || m_ready) && rptr_q != end_q;

  always_ff @(posedge clk_i) begin
    if (m_load) m_q <= mem[rptr_q[Aw-1:0]];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      m_valid_q <= 1'b0;
      rptr_q    <= '0;
      end_q     <= '0;
    end else if (flush) begin
      // A frame that becomes complete in this very cycle goes too.
      m_valid_q <= 1'b0;
      rptr_q    <= start;
      end_q     <= start;
    end else begin
      end_q <= start_q;
      if (m_load) rptr_q <= rptr_q + 1'b1;
      if (m_load) m_valid_q <= 1'b1;
      else if (m_ready) m_valid_q <= 1'b0;
    end
  end

  logic [1:0] unused_count;
  rl_fifo #(.Width (133), .Depth (2)) u_out (
    .clk_i,
    .rst_ni,
    .clear_i (flush),
    .valid_i (m_valid_q),
    .ready_o (m_ready),
    .data_i  (m_q),
    .valid_o (m_axis_tvalid_o),
    .ready_i (m_axis_tready_i),
    .data_o  (m_out),
    .count_o (unused_count)
  );
  assign {m_axis_tlast_o, m_n, m_axis_tdata_o} = m_out;
  always_comb begin
    for (int unsigned i = 0; i < 16; i++) begin
      m_axis_tkeep_o[i] = m_n == '0 || 4'(i) < m_n;
    end
  end

  // ---- Lengths
  logic        len_valid, len_pop;
  logic [15:0] len;
  logic [7:0]  flow;
  logic [Fw:0] len_count;
  assign len_pop = reg_i.valid && !reg_i.write && reg_i.addr == rl_regs_pkg::REG_NETRX_LEN;

  // Pushed a cycle late, with room for one that is on its way. Nibbles swapped: where hosts
  // are numbered alike in MAC and IP address, the two would cancel.
  logic        good_q, unused_len_ready;
  logic [23:0] told_q;
  assign len_room = 32'(len_count) < FifoFrames - 1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) good_q <= 1'b0;
    else good_q <= good && !flush;
  end
  always_ff @(posedge clk_i) told_q <= {{link[3:0], link[7:4]} ^ ip, bytes};

  rl_fifo #(.Width (24), .Depth (FifoFrames)) u_len (
    .clk_i,
    .rst_ni,
    .clear_i (flush),
    .valid_i (good_q),
    .ready_o (unused_len_ready),
    .data_i  (told_q),
    .valid_o (len_valid),
    .ready_i (len_pop),
    .data_o  ({flow, len}),
    .count_o (len_count)
  );
  assign event_netrx_o = len_valid;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reg_rdata_o <= '0;
    end else begin
      reg_rdata_o <= '0;
      if (len_pop) reg_rdata_o <= len_valid ? {1'b1, 7'b0, flow, len} : '0;
      else if (reg_i.valid && !reg_i.write &&
               reg_i.addr == rl_regs_pkg::REG_NETRX_DROPPED) reg_rdata_o <= dropped_q;
    end
  end

  logic unused;
  assign unused = &{1'b0, unused_count, unused_in_count, unused_len_ready, reg_i.wdata};
endmodule
