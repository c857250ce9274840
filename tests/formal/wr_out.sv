// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_dma_wr_out: every announced piece leaves as one whole TLP (or as device memory
// writes) with the right header, or as nothing when its command is stopped; a message
// leaves only when the endpoint says so and was asked for with bus mastering on; a
// command counts as done after its last TLP was taken. A command that bus mastering left
// alone for one cycle does not end well, and nothing of a queue leaves behind a write
// that did not, until its abort bit was set or the function reset.
module wr_out (
  input logic         clk_i,
  input logic [33:0]  ctl_i,
  input logic [15:0]  bdf_i,
  input logic         out_valid_i,
  input logic [111:0] out_i,
  input logic         data_valid_i,
  input logic [127:0] data_i,
  input logic         p_idle_i,
  input logic         p_ready_i,
  input logic         mem_gnt_i,
  input logic         msix_send_i,
  input logic [63:0]  msix_addr_i,
  input logic [31:0]  msix_data_i,
  input logic         unmasked_valid_i,
  input logic [15:0]  unmasked_vector_i,
  input logic         cpl_ready_i
);
`include "common.svh"
  localparam int unsigned DevmemBytes = 4096;
  ctl_t         ctl;
  out_t         out;
  cpl_entry_t   cpl;
  tlp_t         p;
  logic         out_ready, data_ready, p_valid, mem_req, msix_req, unmasked_ready;
  logic [7:0]   mem_addr;
  logic [15:0]  mem_wstrb, vector, done;
  logic [127:0] mem_wdata;
  logic         cpl_valid, silent;
  assign ctl = ctl_i;
  assign out = out_i;

  rl_dma_wr_out #(.DevmemBytes(DevmemBytes)) dut (
    .clk_i, .rst_ni, .ctl_i(ctl), .bdf_i, .out_valid_i, .out_ready_o(out_ready), .out_i(out),
    .data_valid_i, .data_ready_o(data_ready), .data_i,
    .p_valid_o(p_valid), .p_ready_i, .p_idle_i, .p_o(p),
    .mem_req_o(mem_req), .mem_gnt_i, .mem_addr_o(mem_addr), .mem_wstrb_o(mem_wstrb),
    .mem_wdata_o(mem_wdata),
    .msix_req_o(msix_req), .msix_vector_o(vector), .msix_send_i, .msix_addr_i, .msix_data_i,
    .msix_unmasked_valid_i(unmasked_valid_i), .msix_unmasked_vector_i(unmasked_vector_i),
    .msix_unmasked_ready_o(unmasked_ready),
    .posted_done_o(done), .cpl_valid_o(cpl_valid), .cpl_ready_i, .cpl_o(cpl), .silent_o(silent)
  );
  stream #(.Width(112), .Assume(1)) u_announced (
    .clk_i, .rst_ni, .valid_i(out_valid_i), .ready_i(out_ready), .payload_i(out_i), .drop_i(1'b0)
  );
  stream #(.Width(128), .Assume(1)) u_data (
    .clk_i, .rst_ni, .valid_i(data_valid_i), .ready_i(data_ready), .payload_i(data_i), .drop_i(1'b0)
  );
  stream #(.Width($bits(p))) u_p (
    .clk_i, .rst_ni, .valid_i(p_valid), .ready_i(p_ready_i), .payload_i(p), .drop_i(1'b0)
  );

  logic shown_q;
  always_ff @(posedge clk_i) begin
    shown_q <= rst_ni && out_valid_i && !out_ready && out.kind == OutData;
  end

  // Announcements are as rl_dma_wr_form makes them: proof `wr_form`.
  always_comb begin
    assume (out.kind != 2'd3);
    assume (out.kind != OutData || (out.len != 0 && out.len <= 10'd512 &&
            {1'b0, out.addr[8:0]} + out.len <= 10'd512));
    // Data are announced behind themselves: they show in the next cycle at the latest.
    assume (!shown_q || data_valid_i);
  end

  // ---- One queue of any number: a write of it was lost
  (* anyconst *) logic [4:0] queue;
  (* hierconn *) wire [31:0] \dut.failed_q ;
  (* hierconn *) wire        \dut.lost_q ;
  (* hierconn *) wire        \dut.within_q ;
  logic gap_q, off_q, told_q, good;
  assign good = out.status == 4'(DMA_OK) || out.status == 4'(DMA_SHORT);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      gap_q  <= 1'b0;
      off_q  <= 1'b0;
      told_q <= 1'b0;
    end else begin
      if (ctl.aborts[queue] || ctl.flr) gap_q <= 1'b0;
      else if (taken && out.kind == OutEnd && out.writes && out.owner.qid == queue &&
               cpl_valid && cpl.status != 4'(DMA_OK) && cpl.status != 4'(DMA_SHORT)) gap_q <= 1'b1;
      // Since its first announcement was looked at.
      if (taken && out.kind == OutEnd) begin
        told_q <= 1'b0;
        off_q  <= 1'b0;
      end else if (out_valid_i && out.kind != OutEnd && !unmasked_q && !unmasked_ready) begin
        told_q <= 1'b1;
      end
      if (told_q && !(taken && out.kind == OutEnd) && !ctl.bme) off_q <= 1'b1;
    end
  end

  logic stop, taken;
  assign stop  = ctl.aborts[out.owner.qid] || ctl.flr || (!ctl.bme && !out.owner.space);
  assign taken = out_valid_i && out_ready;

  // ---- What is on its way: a message, from the question on; beats of a TLP sent
  logic        msg_q, mine_q, stop_q, msix_req_q, open_q, pieces_q, bme_q, unmasked_q, within_q;
  logic [5:0]  beats_q;
  logic [15:0] done_q, bdf_q, vector_q;
  logic [127:0] header_q;
  logic        p_taken, p_valid_q;
  assign p_taken = p_valid && p_ready_i;
  always_ff @(posedge clk_i) begin
    stop_q     <= stop;
    bme_q      <= ctl.bme && !ctl.flr;
    msix_req_q <= rst_ni && msix_req;
    bdf_q      <= bdf_i;
    p_valid_q  <= p_valid;
    vector_q   <= unmasked_ready ? unmasked_vector_i : out.addr[15:0];
    if (!rst_ni) begin
      msg_q   <= 1'b0;
      open_q  <= 1'b0;
      beats_q <= '0;
      done_q  <= '0;
      unmasked_q <= 1'b0;
    end else begin
      if (unmasked_ready) unmasked_q <= 1'b1;
      if (msix_req) msg_q <= 1'b1;
      if ((msix_req_q && !msix_send_i) || (msg_q && p_taken)) begin
        msg_q      <= 1'b0;
        unmasked_q <= 1'b0;
      end
      if (p_taken) begin
        open_q   <= !p.eop;
        beats_q  <= p.eop ? '0 : beats_q + 1'b1;
        header_q <= p.hdr;
      end
      if (taken && out.kind == OutEnd) done_q <= done_q + 1'b1;
    end
  end

  // Header bytes of the packet that are still to come, and payload that has left.
  (* hierconn *) wire [31:0] \dut.bytes_q ;
  (* hierconn *) wire [9:0]  \dut.pay_q ;
  (* hierconn *) wire [5:0]  \dut.head_q ;
  (* hierconn *) wire [2:0]  \dut.state_q ;
  logic [5:0]  head_q, head, head_made;
  logic [31:0] payload_q;
  logic [9:0]  pay;
  logic        counts, begun_q;
  assign head      = out.begins ? out.hdr : head_q;
  assign head_made = {4'd0, head} < out.len ? head : out.len[5:0];
  assign pay       = out.len - {4'd0, head_made};
  assign counts    = taken && out.kind == OutData && \dut.state_q != 3'd3; // not discarded
  always_ff @(posedge clk_i) begin
    if (!rst_ni) payload_q <= '0;
    else if (taken && out.kind == OutEnd) payload_q <= '0;
    else if (counts) payload_q <= payload_q + {22'd0, pay};
    if (taken && out.kind == OutData) head_q <= head - head_made;
    if (!rst_ni) begun_q <= 1'b0;
    else if (taken && out.kind == OutData) begun_q <= 1'b1;
  end

  // The first announcement of all begins a packet.
  always_comb assume (!out_valid_i || out.kind != OutData || out.begins || begun_q);

  logic [10:0] end_byte, dws;
  logic [3:0]  first_be, last_be;
  logic        wide;
  logic [63:0] header_addr;
  assign end_byte = 11'(out.addr[1:0]) + out.len;
  assign dws      = (end_byte + 11'd3) >> 2;
  assign wide     = p.hdr[29];
  assign header_addr = wide ? {p.hdr[95:64], p.hdr[127:96]} : {32'd0, p.hdr[95:64]};
  for (genvar i = 0; i < 4; i++) begin : gen_be
    assign first_be[i] = i >= out.addr[1:0] && i < end_byte;
    assign last_be[i]  = dws > 1 && 11'(4 * (dws - 1) + i) < end_byte;
  end

  // ---- For the induction
  (* hierconn *) wire [2:0]  \dut.state_q ;
  (* hierconn *) wire        \dut.unmasked_q ;
  (* hierconn *) wire        \dut.sop_q ;
  (* hierconn *) wire [5:0]  \dut.beats_q ;
  (* hierconn *) wire [127:0] \dut.hdr_q ;
  logic [2:0] state;
  logic       in_tlp;
  assign state  = \dut.state_q ;
  assign in_tlp = state == 3'd1;
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      inner_state: assert (state <= 3'd6);
      inner_msg: assert (msg_q == (state == 3'd5 || state == 3'd6) && (state != 3'd5 || msix_req_q) &&
                         msix_req_q == (state == 3'd5));
      inner_unmasked: assert (unmasked_q == \dut.unmasked_q && (!unmasked_q || state >= 3'd4));
      if (state >= 3'd1 && state <= 3'd3) inner_data: assert (out_valid_i && out.kind == OutData);
      if (state >= 3'd4 && !unmasked_q) inner_msix: assert (out_valid_i && out.kind == OutMsix);
      if (in_tlp) inner_beats: assert (\dut.beats_q + beats_q == 6'((dws + 11'd3) >> 2) &&
                                       \dut.beats_q != 0 && !out.owner.space);
      if (in_tlp) inner_sop: assert (\dut.sop_q == !open_q && (beats_q == 0) == !open_q);
      if (!in_tlp) inner_closed: assert (!open_q && beats_q == 0);
      if (open_q) inner_header: assert (header_q == p.hdr);
      inner_done: assert (done_q == done);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      if (taken && out.kind == OutEnd) end_behind_all: assert (p_idle_i);
      if (\dut.state_q >= 3'd1 && \dut.state_q <= 3'd3)
        inner_head: assert (out_valid_i && out.kind == OutData && \dut.pay_q == pay &&
                            \dut.head_q == 6'(head - head_made));
      else if (begun_q) inner_rest: assert (\dut.head_q == head_q);
      payload_counted: assert (\dut.bytes_q == payload_q);
      if (counts) payload_right: assert (\dut.pay_q == pay && pay <= out.len &&
                                         out.len - pay <= 10'd63);
      if (p_valid) clean: assert (!p.poison && !p.err && p.hdr[23:10] == '0 && p.hdr[47:40] == '0);
      if (p_valid) framed: assert (p.sop == !open_q);
      if (p_valid && !p.sop) header_constant: assert (p.hdr == header_q);
      if (p_valid && !msg_q) begin
        announced: assert (out_valid_i && out.kind == OutData && !out.owner.space);
        is_write: assert (p.hdr[31:24] == (out.addr[63:32] != '0 ? 8'h60 : 8'h40));
        address_right: assert (header_addr == {out.addr[63:2], 2'b00});
        length_right: assert ({1'b0, p.hdr[9:0]} == dws);
        enables_right: assert (p.hdr[32+:4] == first_be && p.hdr[36+:4] == last_be);
        not_over_4k: assert ({1'b0, header_addr[11:0]} + {p.hdr[9:0], 2'b00} <= 13'd4096);
        whole: assert (p.eop == (beats_q + 6'd1 == 6'((dws + 11'd3) >> 2)));
        data_right: assert (p.data == data_i && data_valid_i && data_ready == p_ready_i);
      end
      // Begun only while nothing stops the command.
      if (p_valid && !p_valid_q && !open_q && !msg_q) not_when_stopped: assert (!stop_q);
      inner_gap: assert (gap_q == \dut.failed_q [queue]);
      inner_told: assert (told_q == \dut.within_q );
      inner_off: assert (!off_q || \dut.lost_q );
      if (((p_valid && !msg_q) || mem_req) && out.owner.qid == queue)
        nothing_behind_a_gap: assert (!gap_q);
      if (taken && out.kind == OutEnd && out.writes && !out.owner.space && told_q &&
          (off_q || !ctl.bme) && good)
        lost_is_told: assert (cpl_valid && cpl.status == 4'(DMA_ABORTED));
      if (msix_req && !unmasked_q) msix_not_when_stopped: assert (!stop_q);
      if (msix_req && unmasked_q) msix_not_without_bme: assert (bme_q);
      if (msix_req) vector_right: assert (vector == vector_q);
      if (p_valid && msg_q) a_message: assert (!msix_req_q && p.sop && p.eop && p.hdr[9:0] == 10'd1 &&
                                               p.hdr[39:32] == 8'h0f);
      if (taken && out.kind == OutData && !p_taken && !(mem_req && mem_gnt_i))
        only_stopped_is_dropped: assert (!p_valid && !mem_req);
      counted: assert (done == done_q);
      if (taken && out.kind == OutEnd) end_told: assert (silent != (cpl_valid && cpl_ready_i));
      if (cpl_valid || silent) end_in_order: assert (out_valid_i && out.kind == OutEnd && !p_valid);
      if (mem_req) memory_only: assert (out.owner.space && !p_valid);
      longest: cover (p_taken && p.eop && beats_q == 6'd7 && out.len > 10'd125);
      message: cover (p_taken && msg_q && unmasked_q);
      refused: cover (msix_req_q && !msix_send_i && !unmasked_q);
      aborted: cover (cpl_valid && cpl.status == 4'(DMA_ABORTED));
    end
  end
endmodule
