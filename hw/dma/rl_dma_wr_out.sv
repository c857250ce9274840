// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Output of the write engine: TLPs, device memory writes and MSI-X messages leave in
// order; commands are counted and completed here.
// Looks at the stop conditions of a command before each TLP, and at bus mastering
// until the last one has left: the endpoint drops what waits while it is off.
// A queue of which a write was lost writes nothing more until its abort bit was set, or
// the function reset: a used descriptor never follows payload that is missing.
module rl_dma_wr_out
  import rl_pkg::*;
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned DevmemBytes = 131072
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  ctl_t         ctl_i,
  input  logic [15:0]  bdf_i,

  input  logic         out_valid_i,
  output logic         out_ready_o,
  input  out_t         out_i,
  input  logic         data_valid_i,
  output logic         data_ready_o,
  input  logic [127:0] data_i,

  output logic         p_valid_o,
  input  logic         p_ready_i,
  output tlp_t         p_o,
  input  logic         p_idle_i,  // whatever was sent has left: a command is not over before

  output logic         mem_req_o,
  input  logic         mem_gnt_i,
  output logic [$clog2(DevmemBytes)-5:0] mem_addr_o,
  output logic [15:0]  mem_wstrb_o,
  output logic [127:0] mem_wdata_o,

  output logic         msix_req_o,
  output logic [15:0]  msix_vector_o,
  input  logic         msix_send_i,
  input  logic [63:0]  msix_addr_i,
  input  logic [31:0]  msix_data_i,
  input  logic         msix_unmasked_valid_i,
  input  logic [15:0]  msix_unmasked_vector_i,
  output logic         msix_unmasked_ready_o,

  output logic [15:0]  posted_done_o,
  output logic         cpl_valid_o,
  input  logic         cpl_ready_i,
  output cpl_entry_t   cpl_o,
  output logic         silent_o    // a command is over without a completion entry
);
  typedef enum logic [2:0] {
    StIdle,    // next of the former's announcements
    StTlp,     // beats of a TLP
    StMem,     // words of device memory
    StDiscard, // beats of a stopped command
    StAsk,     // the endpoint looks up the vector
    StAnswer,  // its answer is here
    StMsix     // the message
  } state_e;
  state_e        state_q, state_d;
  logic          lost, lost_q, hit, within_q, within_d, aborted_q, aborted_d;
  logic          unmasked_q, unmasked_d, gap;
  logic [31:0]   failed_q;
  logic          sop_q;
  logic [5:0]    beats_q, beats;
  logic [127:0]  hdr_d, hdr_q;
  logic          wide, go, last_beat;
  logic [15:0]   vector_q, done_q;
  logic [31:0]   bytes_q, msix_data_q;
  logic [9:0]    left_q, pay_q;
  logic [5:0]    head_q, head, head_made; // header bytes of the packet to come: they do not count
  logic [$clog2(DevmemBytes)-1:0] off_q;
  logic [4:0]    mem_end;
  logic [10:0]   span;
  status_t       status;

  assign lost  = lost_q || !ctl_i.bme; // since the command began
  assign hit   = stopped(ctl_i, out_i.owner) || (lost_q && !out_i.owner.space) || aborted_q ||
                 failed_q[out_i.owner.qid];
  assign wide  = out_i.addr[63:32] != '0;
  assign span  = {7'b0, out_i.owner.space ? out_i.addr[3:0] : {2'b0, out_i.addr[1:0]}} +
                 {1'b0, out_i.len} + 11'd15;
  assign beats = span[9:4];
  assign last_beat = beats_q == 6'd1;
  assign head      = out_i.begins ? out_i.hdr : head_q;
  assign head_made = {4'b0, head} < out_i.len ? head : out_i.len[5:0];

  always_comb begin
    hdr_d = '0;
    hdr_d[31:24]  = wide ? TlpMWr64 : TlpMWr32;
    hdr_d[9:0]    = dwords(out_i.addr[1:0], out_i.len);
    hdr_d[32+:32] = {bdf_i, 8'h00, enables(out_i.addr[1:0], out_i.len)};
    hdr_d[64+:32] = wide ? out_i.addr[63:32] : {out_i.addr[31:2], 2'b00};
    hdr_d[96+:32] = wide ? {out_i.addr[31:2], 2'b00} : '0;
    if (state_q == StAnswer) begin
      hdr_d[31:24]  = msix_addr_i[63:32] != '0 ? TlpMWr64 : TlpMWr32;
      hdr_d[9:0]    = 10'd1;
      hdr_d[32+:32] = {bdf_i, 16'h000f};
      hdr_d[64+:32] = msix_addr_i[63:32] != '0 ? msix_addr_i[63:32]
                                               : {msix_addr_i[31:2], 2'b00};
      hdr_d[96+:32] = msix_addr_i[63:32] != '0 ? {msix_addr_i[31:2], 2'b00} : '0;
    end
  end

  // ---- Completion of a command
  logic fine, aborted;
  assign fine    = out_i.status == 4'(DMA_OK) || out_i.status == 4'(DMA_SHORT);
  assign aborted = aborted_q || (out_i.writes && within_q && lost && !out_i.owner.space);
  assign status  = aborted && fine ? 4'(DMA_ABORTED) : out_i.status;
  assign gap     = ends && out_ready_o && out_i.writes && (aborted || !fine);
  always_comb begin
    cpl_o.status = status;
    cpl_o.write  = 1'b1;
    cpl_o.qid    = out_i.owner.qid;
    cpl_o.cookie = out_i.owner.cookie;
    // A run that ended early says what it took from the stream.
    cpl_o.bytes  = out_i.run && status != 4'(DMA_SHORT) ? out_i.addr[31:0] : bytes_q;
  end

  logic ends;
  assign ends        = state_q == StIdle && !msix_unmasked_ready_o && out_valid_i &&
                       out_i.kind == OutEnd && p_idle_i;
  assign cpl_valid_o = ends && (out_i.notify || status != 4'(DMA_OK));
  assign silent_o    = ends && !cpl_valid_o;
  assign msix_unmasked_ready_o = state_q == StIdle && !within_q && msix_unmasked_valid_i &&
                                 ctl_i.bme && !ctl_i.flr;

  assign p_valid_o = (state_q == StTlp && data_valid_i) || state_q == StMsix;
  assign mem_req_o = state_q == StMem && data_valid_i;

  always_comb begin
    state_d       = state_q;
    within_d      = within_q;
    aborted_d     = aborted_q;
    unmasked_d    = unmasked_q;
    out_ready_o   = 1'b0;
    data_ready_o  = 1'b0;
    msix_req_o    = 1'b0;
    go            = 1'b0;
    unique case (state_q)
      StIdle: begin
        if (msix_unmasked_ready_o) begin
          unmasked_d = 1'b1;
          state_d    = StAsk;
        end else if (out_valid_i) begin
          unique case (out_i.kind)
            OutData: begin
              within_d  = 1'b1;
              aborted_d = hit;
              state_d   = hit ? StDiscard : out_i.owner.space ? StMem : StTlp;
            end
            OutMsix: begin
              within_d  = 1'b1;
              aborted_d = hit;
              if (hit) out_ready_o = 1'b1;
              else state_d = StAsk;
            end
            default: begin // OutEnd
              out_ready_o = p_idle_i && (silent_o || cpl_ready_i);
              if (out_ready_o) begin
                within_d  = 1'b0;
                aborted_d = 1'b0;
              end
            end
          endcase
        end
      end
      StTlp: begin
        data_ready_o = p_ready_i;
        go           = data_valid_i && p_ready_i;
      end
      StMem: begin
        data_ready_o = mem_gnt_i;
        go           = data_valid_i && mem_gnt_i;
      end
      StDiscard: begin
        data_ready_o = 1'b1;
        go           = data_valid_i;
      end
      StAsk: begin
        msix_req_o = 1'b1;
        state_d    = StAnswer;
      end
      StAnswer: begin
        if (msix_send_i) begin
          state_d = StMsix;
        end else begin
          out_ready_o = !unmasked_q;
          unmasked_d  = 1'b0;
          state_d     = StIdle;
        end
      end
      default: begin // StMsix
        if (p_ready_i) begin
          out_ready_o = !unmasked_q;
          unmasked_d  = 1'b0;
          state_d     = StIdle;
        end
      end
    endcase
    if (go && last_beat) begin
      out_ready_o = 1'b1;
      state_d     = StIdle;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= StIdle;
      within_q   <= 1'b0;
      aborted_q  <= 1'b0;
      unmasked_q <= 1'b0;
      lost_q     <= 1'b0;
      failed_q   <= '0;
      done_q     <= '0;
      bytes_q    <= '0;
    end else begin
      state_q    <= state_d;
      within_q   <= within_d;
      aborted_q  <= aborted_d;
      unmasked_q <= unmasked_d;
      lost_q     <= within_d && lost;
      failed_q   <= ctl_i.flr ? '0
                              : (failed_q | (32'(gap) << out_i.owner.qid)) & ~ctl_i.aborts;
      if (state_q == StIdle && out_ready_o && out_i.kind == OutEnd) begin
        done_q  <= done_q + 16'd1;
        bytes_q <= '0;
      end else if (go && last_beat && state_q != StDiscard) begin
        bytes_q <= bytes_q + {22'b0, pay_q};
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      beats_q  <= beats;
      off_q    <= out_i.addr[$clog2(DevmemBytes)-1:0];
      left_q   <= out_i.len;
      pay_q    <= out_i.len - {4'b0, head_made};
      vector_q <= msix_unmasked_ready_o ? msix_unmasked_vector_i : out_i.addr[15:0];
    end else if (go) begin
      beats_q  <= beats_q - 6'd1;
      off_q    <= {off_q[$clog2(DevmemBytes)-1:4] + 1'b1, 4'b0};
      left_q   <= left_q - (10'd16 - {6'b0, off_q[3:0]});
    end
    if (state_q == StIdle && !msix_unmasked_ready_o && out_valid_i && out_i.kind == OutData) begin
      head_q <= head - head_made;
    end
    if (state_q == StIdle || state_q == StAnswer) hdr_q <= hdr_d;
    if (state_q == StAnswer) msix_data_q <= msix_data_i;
    sop_q <= state_q == StIdle || (sop_q && !go);
  end

  assign msix_vector_o = vector_q;
  assign posted_done_o = done_q;

  assign mem_end     = {6'b0, off_q[3:0]} + left_q > 10'd16 ? 5'd16
                                                           : {1'b0, off_q[3:0]} + left_q[4:0];
  assign mem_addr_o  = off_q[$clog2(DevmemBytes)-1:4];
  assign mem_wstrb_o = byte_lanes({1'b0, off_q[3:0]}, mem_end);
  assign mem_wdata_o = data_i;

  assign p_o = '{sop: sop_q || state_q == StMsix, eop: last_beat || state_q == StMsix,
                 poison: 1'b0, err: 1'b0, bar: 3'd7, func: '0, hdr: hdr_q,
                 data: state_q == StMsix ? {96'h0, msix_data_q} : data_i};

  logic unused;
  assign unused = &{1'b0, span[10], span[3:0], out_i.addr[63:32], msix_addr_i[1:0]};
endmodule
