// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// INTx: turns a level into Assert_INTA and Deassert_INTA messages. A message waits for
// the write commands that were pushed before the level changed, as MSI-X would.
module rl_pcie_intx
  import rl_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        level_i,
  input  logic [15:0] pushed_i,  // write commands pushed and gone, modulo 2^16
  input  logic [15:0] done_i,
  input  logic [15:0] bdf_i,

  output logic        tx_valid_o,
  input  logic        tx_ready_i,
  output tlp_t        tx_o
);
  typedef enum logic [1:0] {
    StQuiet, // the host knows the level
    StFence, // it changed; writes before it must leave
    StSend   // the message shows
  } state_e;

  state_e      state_q, state_d;
  logic        told_q;    // level as the host knows it
  logic [15:0] fence_q, ahead;
  logic        unused_ahead;

  assign ahead        = done_i - fence_q;
  assign unused_ahead = ^ahead[14:0];

  always_comb begin
    state_d = state_q;
    case (state_q)
      StQuiet: if (level_i != told_q) state_d = StFence;
      StFence: if (level_i == told_q) state_d = StQuiet;
               else if (!ahead[15]) state_d = StSend;
      StSend:  if (tx_ready_i) state_d = StQuiet;
      default: state_d = StQuiet;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StQuiet;
      told_q  <= 1'b0;
      fence_q <= '0;
    end else begin
      state_q <= state_d;
      if (state_q == StQuiet) fence_q <= pushed_i;
      if (state_q == StSend && tx_ready_i) told_q <= !told_q;
    end
  end

  assign tx_valid_o = state_q == StSend;

  always_comb begin
    tx_o            = '0;
    tx_o.sop        = 1'b1;
    tx_o.eop        = 1'b1;
    tx_o.bar        = 3'd7;
    tx_o.hdr[31:24] = 8'h34; // message without data, ends at the receiver
    tx_o.hdr[63:48] = bdf_i;
    tx_o.hdr[39:32] = {5'b00100, told_q, 2'b00};
  end
endmodule
