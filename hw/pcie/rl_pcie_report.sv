// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Messages to the root complex: errors (ERR_COR, ERR_NONFATAL, ERR_FATAL) and the answer
// to PME_Turn_Off. Those of INTx pass through here, for one way out. An error that happens
// again before its message has left is told once.
module rl_pcie_report
  import rl_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,     // nothing of what was before a reset is told

  // Pulses: {fatal, non-fatal, correctable}, to be told.
  input  logic [2:0]  error_i,
  // Pulse: PME_Turn_Off came. It is answered behind all write commands pushed until then.
  input  logic        turn_off_i,
  input  logic [15:0] pushed_i,    // write commands pushed and gone, modulo 2^16
  input  logic [15:0] done_i,
  input  logic [15:0] bdf_i,
  // The answer has left: nothing may be asked of the host until the next reset.
  output logic        off_o,
  // Pulse: a message of an uncorrectable error has left.
  output logic        told_o,

  input  logic        intx_valid_i,
  output logic        intx_ready_o,
  input  tlp_t        intx_i,
  output logic        tx_valid_o,
  input  logic        tx_ready_i,
  output tlp_t        tx_o
);
  // In the order of their turn.
  localparam int unsigned Fatal = 2, Ack = 3;

  logic [3:0]  due_q, may, pick, sel_q;
  logic        fenced, taken, unused_ahead;
  logic [15:0] fence_q, ahead;

  assign ahead  = done_i - fence_q;
  assign fenced = !ahead[15];
  assign unused_ahead = ^ahead[14:0];
  assign may    = due_q & {fenced, 3'b111};
  // The lowest: the answer to PME_Turn_Off is the last word.
  assign pick   = may & (~may + 4'd1);
  assign taken  = tx_ready_i && sel_q != 4'd0;

  // A message that shows stays; it never takes the place of one of INTx that shows.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) sel_q <= '0;
    else if (taken) sel_q <= '0;
    else if (sel_q == 4'd0 && !intx_valid_i && !clear_i) sel_q <= pick;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      due_q   <= '0;
      fence_q <= '0;
      off_o   <= 1'b0;
      told_o  <= 1'b0;
    end else begin
      due_q  <= (clear_i ? 4'd0 : due_q & ~(taken ? sel_q : 4'd0)) | {turn_off_i, error_i};
      told_o <= taken && (sel_q[Fatal] || sel_q[Fatal-1]);
      // Once open it stays so, however long the message has to wait.
      if (turn_off_i) fence_q <= pushed_i;
      else if (fenced) fence_q <= done_i;
      if (clear_i) off_o <= 1'b0;
      else if (taken && sel_q[Ack]) off_o <= 1'b1;
    end
  end

  tlp_t own;
  always_comb begin
    own            = '0;
    own.sop        = 1'b1;
    own.eop        = 1'b1;
    own.bar        = 3'd7;
    own.hdr[31:24] = sel_q[Ack] ? 8'h35 : 8'h30; // gathered on the way, or just routed
    own.hdr[63:48] = bdf_i;
    own.hdr[39:32] = sel_q[Ack] ? 8'h1B : sel_q[Fatal] ? 8'h33 : sel_q[Fatal-1] ? 8'h31 : 8'h30;
  end

  assign tx_valid_o   = sel_q != 4'd0 || intx_valid_i;
  assign tx_o         = sel_q != 4'd0 ? own : intx_i;
  assign intx_ready_o = tx_ready_i && sel_q == 4'd0;
endmodule
