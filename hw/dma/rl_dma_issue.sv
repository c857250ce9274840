// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Takes read requests of fetches and runs in turn, gives each a tag and sends it: a TLP
// for host memory, a local request for device memory.
// A grant comes in the same cycle, the TLP two cycles later, behind the one before it.
module rl_dma_issue
  import rl_pkg::*;
  import rl_dma_pkg::*;
#(
  parameter int unsigned DevmemBytes = 131072
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [15:0] bdf_i,

  input  logic        run_valid_i,
  output logic        run_ready_o,
  input  rreq_t       run_i,
  input  logic        fetch_valid_i,
  output logic        fetch_ready_o,
  input  rreq_t       fetch_i,

  // Tag table.
  input  logic        run_tag_valid_i,
  input  logic [5:0]  run_tag_i,
  input  logic        fetch_tag_valid_i,
  input  logic [5:0]  fetch_tag_i,
  output logic        take_o,
  output logic        take_fetch_o,
  output logic [9:0]  take_len_o,
  output logic [15:0] take_dst_o,
  // In the last cycle a TLP was taken, or went nowhere.
  output logic        sent_o,
  output logic        sent_dropped_o,
  output logic [5:0]  sent_tag_o,

  // Device memory's reader.
  output logic        local_valid_o,
  output logic [5:0]  local_tag_o,
  output logic [$clog2(DevmemBytes)-1:0] local_off_o,

  output logic        np_valid_o,
  input  logic        np_ready_i,
  input  logic        np_dropped_i,
  output tlp_t        np_o
);
  logic        req_valid_q, np_valid_q, run_ok, fetch_ok, turn_q, host, form;
  logic [5:0]  tag, req_tag_q, np_tag_q;
  logic [127:0] hdr_d, hdr_q;
  logic        wide;
  rreq_t       req, req_q;

  // ---- The choice. One request may wait while another's TLP does; a place is not taken in the
  // cycle in which it is left, for that is known late, and tags would wait for it.
  assign run_ok   = run_valid_i && run_tag_valid_i && (run_i.space || !req_valid_q);
  assign fetch_ok = fetch_valid_i && fetch_tag_valid_i && (fetch_i.space || !req_valid_q);

  assign take_fetch_o  = fetch_ok && (!run_ok || turn_q);
  assign take_o        = fetch_ok || run_ok;
  assign fetch_ready_o = take_fetch_o;
  assign run_ready_o   = run_ok && !take_fetch_o;
  assign req           = take_fetch_o ? fetch_i : run_i;
  assign tag           = take_fetch_o ? fetch_tag_i : run_tag_i;
  assign take_len_o    = req.len;
  assign take_dst_o    = req.dst;
  assign host          = take_o && !req.space;
  assign local_valid_o = take_o && req.space;
  assign local_tag_o   = tag;
  assign local_off_o   = req.addr[$clog2(DevmemBytes)-1:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      req_valid_q <= 1'b0;
      turn_q      <= 1'b0;
    end else begin
      if (!req_valid_q) req_valid_q <= host;
      else if (form) req_valid_q <= 1'b0;
      if (take_o) turn_q <= !take_fetch_o;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!req_valid_q) begin
      req_q     <= req;
      req_tag_q <= tag;
    end
  end

  // ---- Its TLP
  assign form = req_valid_q && !np_valid_q;
  assign wide = req_q.addr[63:32] != '0;
  always_comb begin
    hdr_d = '0;
    hdr_d[31:24]  = wide ? TlpMRd64 : TlpMRd32;
    hdr_d[9:0]    = dwords(req_q.addr[1:0], req_q.len);
    hdr_d[32+:32] = {bdf_i, 2'b00, req_tag_q, enables(req_q.addr[1:0], req_q.len)};
    hdr_d[64+:32] = wide ? req_q.addr[63:32] : {req_q.addr[31:2], 2'b00};
    hdr_d[96+:32] = wide ? {req_q.addr[31:2], 2'b00} : '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      np_valid_q <= 1'b0;
      sent_o     <= 1'b0;
    end else begin
      sent_o <= np_valid_q && np_ready_i;
      if (!np_valid_q) np_valid_q <= form;
      else if (np_ready_i) np_valid_q <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!np_valid_q) begin
      hdr_q    <= hdr_d;
      np_tag_q <= req_tag_q;
    end
    sent_dropped_o <= np_dropped_i;
  end

  assign np_valid_o = np_valid_q;
  assign sent_tag_o = np_tag_q;
  assign np_o       = '{sop: 1'b1, eop: 1'b1, poison: 1'b0, err: 1'b0, bar: 3'd7,
                        func: '0, hdr: hdr_q, data: '0};

  logic unused;
  assign unused = &{1'b0, req_q.space, req_q.dst};
endmodule
