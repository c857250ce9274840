// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Ingress: takes requests in arrival order, carries out posted ones and hands
// non-posted ones over. A non-posted request is handed over only when every posted
// request before it has been handed over completely, so it can never pass one.
module rl_pcie_rx
  import rl_pkg::*;
  import rl_pcie_pkg::*;
#(
  parameter int unsigned DevmemBytes = 131072 // power of two
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // Requests.
  input  logic        rx_valid_i,
  output logic        rx_ready_o,
  input  tlp_t        rx_i,

  // From configuration space.
  input  logic        mem_en_i,
  input  logic [15:0] bar0_i,
  input  logic [63-$clog2(DevmemBytes):0] bar2_i,
  input  logic [2:0]  mps_i,

  // Non-posted requests.
  output logic        np_valid_o,
  input  logic        np_ready_i,
  output np_t         np_o,

  // Writes to BAR0, dword by dword; dwords without enabled bytes do not show. Non-posted
  // requests wait until the writes before them have been taken.
  output logic        w0_valid_o,
  input  logic        w0_ready_i,
  output logic [15:0] w0_addr_o,
  output logic [3:0]  w0_be_o,
  output logic [31:0] w0_data_o,

  // Writes to BAR2, beat by beat; the address (of a dword) counts in the first beat.
  output logic        w2_valid_o,
  input  logic        w2_ready_i,
  output logic        w2_sop_o,
  output logic        w2_eop_o,
  output logic [$clog2(DevmemBytes)-3:0] w2_addr_o,
  output logic [15:0] w2_strb_o,
  output logic [127:0] w2_data_o,

  // Pulse: the host is about to take power away.
  output logic        turn_off_o,

  // Pulses: posted request not supported, request malformed, payload poisoned.
  output logic        err_ur_o,
  output logic        err_malf_o,
  output logic        err_poison_o
);
  localparam logic [7:0]  MsgTurnOff = 8'h19;
  localparam int unsigned Low = $clog2(DevmemBytes);
  localparam int unsigned AddrW = Low > 16 ? Low - 2 : 14; // dword address in either BAR

  typedef enum logic [2:0] {
    ClsUnsupported, // posted, nobody takes it
    ClsIgnored,     // a message that is taken in silence
    ClsMalformed,
    ClsPoisoned,
    ClsNonPosted,
    ClsBar0,
    ClsBar2
  } class_e;

  // ---- Stage 0: input register --------------------------------------------------
  logic h_valid, h_ready;
  tlp_t h;

  logic [1:0] unused_count;
  rl_fifo #(.Width($bits(tlp_t)), .Depth(2)) u_in (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(rx_valid_i), .ready_o(rx_ready_o), .data_i(rx_i),
    .valid_o(h_valid), .ready_i(h_ready), .data_o(h),
    .count_o(unused_count)
  );

  logic [7:0]  h_type;
  logic [63:0] h_addr;
  logic [10:0] h_len, h_max;
  logic        h_mwr, h_mrd, h_msg, h_silent, h_np, h_mem_bad, h_poison, hit0, hit2;
  class_e      h_class;

  assign h_type   = h.hdr[31:24];
  assign h_addr   = h_type[5] ? {h.hdr[95:64], h.hdr[127:98], 2'b00} :
                                {32'd0, h.hdr[95:66], 2'b00};
  assign h_len    = {h.hdr[9:0] == 10'd0, h.hdr[9:0]};
  assign h_max    = 11'd32 << mps_i;
  assign h_mwr    = h_type == TlpMWr32 || h_type == TlpMWr64;
  assign h_mrd    = is_mem_read(h_type);
  assign h_msg    = h_type[7] == 1'b0 && h_type[5:3] == 3'b110;
  // Slot power limits, type 1 vendor messages, the old attention messages; unlock (nothing
  // here is ever locked); no to a low-power link (never asked for); PME_Turn_Off.
  assign h_silent = h.hdr[39:32] == 8'h50 || h.hdr[39:32] == 8'h7f ||
                    h.hdr[39:36] == 4'h4 || h.hdr[39:32] == 8'h00 ||
                    h.hdr[39:32] == 8'h14 || h.hdr[39:32] == MsgTurnOff;
  assign h_np     = is_non_posted(h_type);
  assign h_poison = h.poison || h.hdr[14];
  // Longer than allowed, or across a 4 KiB boundary.
  assign h_mem_bad = (h_mwr && h_len > h_max) ||
                     ((h_mwr || h_mrd) && {2'b00, h_addr[11:2]} + {1'b0, h_len} > 12'd1024);

  rl_pcie_decode #(.DevmemBytes(DevmemBytes)) u_decode (
    .addr_i(h_addr), .mem_en_i, .bar0_i, .bar2_i, .hit0_o(hit0), .hit2_o(hit2)
  );

  always_comb begin
    h_class = ClsMalformed;
    if (h.err || h_mem_bad) h_class = ClsMalformed;
    else if (h_np)          h_class = ClsNonPosted;
    else if (h_msg)         h_class = h_silent ? ClsIgnored : ClsUnsupported;
    else if (h_mwr) begin
      if (h_poison)  h_class = ClsPoisoned;
      else if (hit0) h_class = ClsBar0;
      else if (hit2) h_class = ClsBar2;
      else           h_class = ClsUnsupported;
    end
  end

  // ---- Stage 1: classified beat -------------------------------------------------
  logic        s_valid_q, s_done;
  class_e      s_class_q;
  tlp_t        s_q;
  logic [AddrW-1:0] s_addr_q; // dword address in the BAR of lane 0
  logic [10:0] s_left_q;     // dwords to come, this beat included
  logic [1:0]  lane_q;

  assign h_ready = !s_valid_q || s_done;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s_valid_q <= 1'b0;
      s_class_q <= ClsMalformed;
      s_left_q  <= '0;
    end else if (h_ready) begin
      s_valid_q <= h_valid;
      if (h_valid) begin
        if (h.sop) begin
          s_class_q <= h_class;
          s_left_q  <= h_len;
        end else begin
          s_left_q  <= s_left_q > 11'd4 ? s_left_q - 11'd4 : '0;
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (h_ready && h_valid) begin
      s_q      <= h;
      s_addr_q <= h.sop ? h_addr[AddrW+1:2] : s_addr_q + AddrW'(4);
    end
  end

  // ---- Carry out ------------------------------------------------------------------
  logic       first, last_lane;
  logic [2:0] lanes;      // dwords of this beat that count
  logic [15:0] be;        // byte enables of the four dwords
  logic [3:0] lane_be;

  assign lanes     = s_left_q > 11'd4 ? 3'd4 : s_left_q[2:0];
  assign first     = s_q.sop;
  assign last_lane = {1'b0, lane_q} + 3'd1 >= lanes;

  for (genvar i = 0; i < 4; i++) begin : gen_be
    assign be[4*i+:4] = i >= 32'(lanes) ? 4'h0 :
                   dword_be(first && i == 0, s_left_q == 11'(i + 1),
                            s_q.hdr[35:32], s_q.hdr[39:36]);
  end

  assign lane_be = be[4*lane_q+:4];

  logic np_here, np_poisoned;
  assign np_poisoned = s_q.hdr[30] && (s_q.poison || s_q.hdr[14]);
  assign np_here     = s_valid_q && s_class_q == ClsNonPosted && s_q.sop;

  assign np_valid_o = np_here && !w0_valid_o;
  assign np_o.bad          = np_poisoned;
  assign np_o.fmt_type     = s_q.hdr[31:24];
  assign np_o.ctx.tc       = s_q.hdr[22:20];
  assign np_o.ctx.attr     = {s_q.hdr[18], s_q.hdr[13:12]};
  assign np_o.ctx.rid      = s_q.hdr[63:48];
  assign np_o.ctx.tag      = s_q.hdr[47:40];
  assign np_o.last_be      = s_q.hdr[39:36];
  assign np_o.first_be     = s_q.hdr[35:32];
  assign np_o.len          = s_q.hdr[9:0];
  assign np_o.addr         = is_mem_read(s_q.hdr[31:24]) ?
                             (s_q.hdr[29] ? {s_q.hdr[95:64], s_q.hdr[127:96]} :
                                            {32'd0, s_q.hdr[95:64]}) :
                             {s_q.data[31:0], s_q.hdr[95:64]};

  // Behind a register stage: whether a dword shows and who takes it are both known late.
  logic        w0_valid, w0_ready;
  logic [13:0] w0_addr;
  logic [1:0]  unused_w0_count;
  assign w0_valid  = s_valid_q && s_class_q == ClsBar0 && lane_be != 4'h0;
  assign w0_addr   = s_addr_q[13:0] + {12'd0, lane_q};
  assign w0_addr_o[1:0] = 2'b00;

  rl_fifo #(.Width(14 + 4 + 32), .Depth(2)) u_w0 (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(w0_valid), .ready_o(w0_ready),
    .data_i({w0_addr, lane_be, s_q.data[32*lane_q+:32]}),
    .valid_o(w0_valid_o), .ready_i(w0_ready_i),
    .data_o({w0_addr_o[15:2], w0_be_o, w0_data_o}),
    .count_o(unused_w0_count)
  );

  assign w2_valid_o = s_valid_q && s_class_q == ClsBar2;
  assign w2_sop_o   = s_q.sop;
  assign w2_eop_o   = s_q.eop;
  assign w2_addr_o  = s_addr_q[Low-3:0];
  assign w2_strb_o  = be;
  assign w2_data_o  = s_q.data;

  always_comb begin
    s_done = 1'b1;
    case (s_class_q)
      ClsNonPosted: s_done = !np_here || (np_ready_i && !w0_valid_o);
      ClsBar0:      s_done = last_lane && (!w0_valid || w0_ready);
      ClsBar2:      s_done = w2_ready_i;
      default:      s_done = 1'b1;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) lane_q <= '0;
    else if (!s_valid_q || s_done) lane_q <= '0;
    else if (s_class_q == ClsBar0 && (!w0_valid || w0_ready)) lane_q <= lane_q + 2'd1;
  end

  // ---- Errors ---------------------------------------------------------------------
  logic len_bad; // payload shorter or longer than the header says
  assign len_bad = s_q.eop && (s_class_q == ClsBar0 || s_class_q == ClsBar2) &&
                   (s_left_q > 11'd4 || s_left_q == '0);

  assign turn_off_o   = s_valid_q && s_q.sop && s_class_q == ClsIgnored &&
                        s_q.hdr[39:32] == MsgTurnOff;
  assign err_ur_o     = s_valid_q && s_q.sop && s_class_q == ClsUnsupported;
  assign err_poison_o = s_valid_q && s_done && s_q.sop && (s_class_q == ClsPoisoned ||
                        (s_class_q == ClsNonPosted && np_poisoned));
  assign err_malf_o   = s_valid_q && s_done &&
                        ((s_q.sop && s_class_q == ClsMalformed) || len_bad);

  // Of a request, BAR and function come from our own registers.
  logic unused;
  assign unused = ^{s_q.bar, s_q.func, s_q.err, unused_w0_count};
endmodule
