// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Joins outgoing TLPs: whole TLPs in turn, started only with credit of their class.
// Nothing is stored here, so a posted TLP that was taken is on the wire. A TLP that
// shows stays until it was taken, even when its credit bit falls meanwhile.
module rl_pcie_egress
  import rl_pkg::*;
(
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic       p_valid_i,
  output logic       p_ready_o,
  input  tlp_t       p_i,
  input  logic       np_valid_i,
  output logic       np_ready_o,
  input  tlp_t       np_i,
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

  assign valid = {msg_valid_i, cpl2_valid_i, cpl_valid_i, np_valid_i, p_valid_i};
  assign may   = valid & {credit_i[0], credit_i[2], credit_i[2], credit_i[1], credit_i[0]};

  // The next one after the last, in a circle.
  logic [4:0] after, turn;
  assign after = may & ~(last_q | (last_q - 5'd1));
  assign turn  = after != 5'd0 ? after & (~after + 5'd1) : may & (~may + 5'd1);
  assign sel   = lock_q ? sel_q : turn;

  always_comb begin
    tx_o = sel[0] ? p_i : sel[1] ? np_i : sel[2] ? cpl_i : sel[3] ? cpl2_i : msg_i;
  end
  assign tx_valid_o = (sel & valid) != 5'd0;
  assign {msg_ready_o, cpl2_ready_o, cpl_ready_o, np_ready_o, p_ready_o} = sel & {5{tx_ready_i}};

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
