// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Joins outgoing TLPs: whole TLPs in turn, started only with credit of their class.
// Nothing is stored here, so a posted TLP that was taken is on the wire. A TLP that
// shows stays until it was taken, even when its credit bit falls meanwhile.
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

  input  logic [2:0] credit_i, // {completion, non-posted, posted}
  output logic       tx_valid_o,
  input  logic       tx_ready_i,
  output tlp_t       tx_o
);
  logic [4:0] valid, may, sel, sel_q, last_q;
  logic       lock_q;

  // A request that shows is locked; a posted one is dropped whole.
  logic p_drop, p_drop_q, np_drop;
  assign p_drop  = p_drop_q || (drop_i && !(lock_q && sel_q[0]));
  assign np_drop = drop_i && !(lock_q && sel_q[1]);
  assign np_dropped_o = np_drop;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) p_drop_q <= 1'b0;
    else if (p_valid_i) p_drop_q <= p_drop && !p_i.eop;
  end

  assign valid = {msg_valid_i, cpl2_valid_i, cpl_valid_i, np_valid_i && !np_drop,
                  p_valid_i && !p_drop};
  assign may   = valid & {credit_i[0], credit_i[2], credit_i[2], credit_i[1] && !hold_i,
                          credit_i[0] && !hold_i};

  // The next one after the last, in a circle.
  logic [4:0] after, turn;
  assign after = may & ~(last_q | (last_q - 5'd1));
  assign turn  = after != 5'd0 ? after & (~after + 5'd1) : may & (~may + 5'd1);
  assign sel   = lock_q ? sel_q : turn;

  always_comb begin
    tx_o = sel[0] ? p_i : sel[1] ? np_i : sel[2] ? cpl_i : sel[3] ? cpl2_i : msg_i;
  end
  assign tx_valid_o = (sel & valid) != 5'd0;
  assign {msg_ready_o, cpl2_ready_o, cpl_ready_o, np_ready_o, p_ready_o} =
      (sel & {5{tx_ready_i}}) | {3'd0, np_drop, p_drop};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      lock_q <= 1'b0;
      sel_q  <= 5'd0;
      last_q <= 5'd16;
    end else if (tx_valid_o) begin
      lock_q <= !(tx_ready_i && tx_o.eop);
      sel_q  <= sel;
      if (tx_ready_i && tx_o.eop) last_q <= sel;
    end
  end
endmodule
