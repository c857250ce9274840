// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Joins outgoing TLPs: whole TLPs in turn, chosen only with credit of their class.
// Nothing is stored here, so a posted TLP that was taken is on the wire. The choice is
// made one cycle before the TLP shows, while the end of another class's may be taken: long
// paths end at it. What was chosen stays until it was taken, even when its credit bit
// falls meanwhile. One that follows another of its class starts a cycle later, for the credit
// bit must have heard of the first.
// Requests may be held (D3hot: they wait) or dropped (bus mastering off, function level
// reset: they are taken and go nowhere); those that show already are not touched.
module rl_pcie_egress
  import rl_pkg::*;
(
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       hold_i,
  input  logic       drop_i,

  input  logic       p_valid_i,
  output logic       p_ready_o,
  input  tlp_t       p_i,
  input  logic       np_valid_i,
  output logic       np_ready_o,
  input  tlp_t       np_i,         // one beat each
  output logic       np_dropped_o, // with np_ready_o: it went nowhere
  // Messages of the endpoint itself, posted.
  input  logic       msg_valid_i,
  output logic       msg_ready_o,
  input  tlp_t       msg_i,
  // Completions: all but BAR2, BAR2.
  input  logic       cpl_valid_i,
  output logic       cpl_ready_o,
  input  tlp_t       cpl_i,
  input  logic       cpl2_valid_i,
  output logic       cpl2_ready_o,
  input  tlp_t       cpl2_i,

  // {completion, non-posted, posted}: a TLP of the class taken earlier is counted already.
  input  logic [2:0] credit_i,
  output logic       tx_valid_o,
  input  logic       tx_ready_i,
  output tlp_t       tx_o
);
  localparam logic [4:0] Posted = 5'b10001, Completions = 5'b01100, NonPosted = 5'b00010;

  logic [4:0] valid, may, turn, sel_q;
  logic       lock_q, over;

  // A request that was chosen is locked; a posted one is dropped whole.
  logic p_drop, p_drop_q, np_drop;
  assign p_drop  = p_drop_q || (drop_i && !(lock_q && sel_q[0]));
  assign np_drop = drop_i && !(lock_q && sel_q[1]);
  assign np_dropped_o = np_drop;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) p_drop_q <= 1'b0;
    else if (p_valid_i) p_drop_q <= p_drop && !p_i.eop;
  end

  // ---- What shows
  assign valid = {msg_valid_i, cpl2_valid_i, cpl_valid_i, np_valid_i, p_valid_i};
  always_comb begin
    tx_o = sel_q[0] ? p_i : sel_q[1] ? np_i : sel_q[2] ? cpl_i : sel_q[3] ? cpl2_i : msg_i;
  end
  assign tx_valid_o = lock_q && (sel_q & valid) != 5'd0;
  assign {msg_ready_o, cpl2_ready_o, cpl_ready_o, np_ready_o, p_ready_o} =
      (sel_q & {5{lock_q && tx_ready_i}}) | {3'd0, np_drop, p_drop};
  assign over = tx_valid_o && tx_ready_i && tx_o.eop;

  // ---- What shows next: after the last one, in a circle. The turn of one of the class that
  // shows is waited for; passed over, it might never come.
  logic [4:0] same, after;
  assign same = !lock_q ? 5'd0 : (sel_q & Posted) != 5'd0 ? Posted :
                (sel_q & Completions) != 5'd0 ? Completions : NonPosted;
  assign may  = valid & {credit_i[0], credit_i[2], credit_i[2],
                         credit_i[1] && !hold_i && !np_drop, credit_i[0] && !hold_i && !p_drop};
  assign after = may & ~(sel_q | (sel_q - 5'd1));
  assign turn  = after != 5'd0 ? after & (~after + 5'd1) : may & (~may + 5'd1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      lock_q <= 1'b0;
      sel_q  <= 5'd16;
    end else if (!lock_q || over) begin
      lock_q <= (turn & ~same) != 5'd0;
      if ((turn & ~same) != 5'd0) sel_q <= turn;
    end
  end
endmodule
