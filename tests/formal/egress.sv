// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_pcie_egress: whole TLPs, started only with credit of their class, each input in
// order and unchanged; no class waits for the credit of another; whoever may start
// does so after a TLP of each other input at most. Held requests do not start. Requests
// are dropped only when that is asked for, whole, and never once they show.
module egress (
  input logic       clk_i,
  input logic       hold_i,
  input logic       drop_i,
  input logic [4:0] valid_i,  // {message, completions of BAR2, completions, np, p}
  input logic [4:0] sop_i,
  input logic [4:0] eop_i,
  input logic [4:0][7:0] word_i, // stands for header and data
  input logic [2:0] credit_i, // {completion, non-posted, posted}
  input logic       ready_i
);
`include "common.svh"
  tlp_t p, np, cpl, cpl2, msg, tx;
  logic [4:0] ready;
  logic       np_dropped;
  (* hierconn *) wire \dut.p_drop ;
  logic       valid;

  always_comb begin
    p = '0;
    np = '0;
    cpl = '0;
    cpl2 = '0;
    msg = '0;
    {p.sop, p.eop, p.data[7:0]}          = {sop_i[0], eop_i[0], word_i[0]};
    {np.sop, np.eop, np.data[7:0]}       = {sop_i[1], eop_i[1], word_i[1]};
    {cpl.sop, cpl.eop, cpl.data[7:0]}    = {sop_i[2], eop_i[2], word_i[2]};
    {cpl2.sop, cpl2.eop, cpl2.data[7:0]} = {sop_i[3], eop_i[3], word_i[3]};
    {msg.sop, msg.eop, msg.data[7:0]}    = {sop_i[4], eop_i[4], word_i[4]};
  end

  rl_pcie_egress dut (
    .clk_i, .rst_ni, .hold_i, .drop_i,
    .p_valid_i(valid_i[0]), .p_ready_o(ready[0]), .p_i(p),
    .np_valid_i(valid_i[1]), .np_ready_o(ready[1]), .np_i(np), .np_dropped_o(np_dropped),
    .msg_valid_i(valid_i[4]), .msg_ready_o(ready[4]), .msg_i(msg),
    .cpl_valid_i(valid_i[2]), .cpl_ready_o(ready[2]), .cpl_i(cpl),
    .cpl2_valid_i(valid_i[3]), .cpl2_ready_o(ready[3]), .cpl2_i(cpl2),
    .credit_i, .tx_valid_o(valid), .tx_ready_i(ready_i), .tx_o(tx)
  );

  // The inputs keep the handshake rule and send whole TLPs.
  logic [4:0] within_q, late;
  logic [4:0][2:0] passed_q;
  for (genvar i = 0; i < 5; i++) begin : gen_in
    stream #(.Width(10), .Assume(1)) u_in (
      .clk_i, .rst_ni, .valid_i(valid_i[i]), .ready_i(ready[i]),
      .payload_i({sop_i[i], eop_i[i], word_i[i]}), .drop_i(1'b0)
    );
    always_ff @(posedge clk_i) begin
      if (!rst_ni) within_q[i] <= 1'b0;
      else if (valid_i[i] && ready[i]) within_q[i] <= !eop_i[i];
    end
    assign late[i] = passed_q[i] > 3'd5;
    always_comb begin
      assume (!valid_i[i] || sop_i[i] == !within_q[i]);
    end
  end

  // Reads have no payload.
  always_comb assume (!valid_i[1] || (sop_i[1] && eop_i[1]));

  stream #(.Width($bits(tx))) u_out (
    .clk_i, .rst_ni, .valid_i(valid), .ready_i, .payload_i(tx), .drop_i(!valid)
  );

  // A beat goes out exactly when one input's is taken, and it is that one.
  logic [4:0] taken, dropped, drops, credit;
  logic       sent, begins;
  assign drops   = {3'd0, np_dropped, \dut.p_drop };
  assign dropped = valid_i & ready & drops;
  assign taken   = valid_i & ready & ~drops;
  assign sent    = valid && ready_i;
  // Who may start.
  assign credit  = {credit_i[0], credit_i[2], credit_i[2], credit_i[1] && !hold_i,
                    credit_i[0] && !hold_i} & ~drops;

  // What follows may be chosen: nothing shows, or its end is taken. Then not one of the same
  // class, which leaves a cycle free.
  localparam logic [4:0] Posted = 5'b10001, Completions = 5'b01100;
  logic [4:0] same, may;
  logic       choice;
  always_comb begin
    same = '0;
    if (sent) same = (taken & Posted) != '0 ? Posted :
                     (taken & Completions) != '0 ? Completions : taken;
  end
  assign choice = sent ? tx.eop : begins && !valid;
  assign may    = choice ? valid_i & credit & ~same : '0;

  // The same a cycle ago, when what begins was chosen.
  logic [4:0] may_q, same_waits_q;
  logic       hold_q, drop_q, over_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      may_q        <= '0;
      same_waits_q <= '0;
      hold_q       <= 1'b0;
      drop_q       <= 1'b0;
      over_q       <= 1'b0;
    end else begin
      may_q        <= may;
      same_waits_q <= valid_i & credit & same & ~taken;
      hold_q       <= hold_i;
      drop_q       <= drop_i;
      over_q       <= sent && tx.eop;
    end
  end

  // Whose TLP is on its way; since when it shows; how many TLPs of others began while
  // an input waited with credit.
  logic [4:0]      at_q;
  logic            open_q, shows_q, p_shown_q, np_shown_q, dropping_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      open_q   <= 1'b0;
      {p_shown_q, np_shown_q, dropping_q} <= '0;
      shows_q  <= 1'b0;
      passed_q <= '0;
    end else begin
      shows_q <= valid && !(sent && tx.eop);
      if (sent) open_q <= !tx.eop;
      // What shows and goes on: it was there without being taken, or is not over.
      p_shown_q  <= (valid && !sent && shown[0]) || (taken[0] && !p.eop) ||
                    (p_shown_q && !taken[0]);
      np_shown_q <= (valid && !sent && shown[1]) || (taken[1] && !np.eop) ||
                    (np_shown_q && !taken[1]);
      if (dropped[0]) dropping_q <= !p.eop;
      if (sent) at_q <= taken;
      for (int i = 0; i < 5; i++) begin
        if (!valid_i[i] || !credit[i] || taken[i]) passed_q[i] <= '0;
        else if (sent && tx.eop) passed_q[i] <= passed_q[i] + 1'b1;
      end
    end
  end

  assign begins = !shows_q && !open_q;

  // Whom the output shows: the one that would be taken if it were ready.
  (* hierconn *) wire [4:0] \dut.sel_q ;
  logic [4:0] shown;
  assign shown = \dut.sel_q & valid_i;

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      in_turn: assert (late == '0);
      if (dropped != '0) drop_when_asked: assert (drop_i || (dropping_q && dropped == 5'd1));
      if (p_shown_q) p_not_dropped: assert (!dropped[0]);
      if (np_shown_q) np_not_dropped: assert (!dropped[1]);
      if (dropping_q && valid_i[0]) dropped_whole: assert (dropped[0] && !taken[0]);
      if (drop_q && begins) nothing_begun: assert (!valid || !(shown[0] || shown[1]));
      if (hold_q && begins) nothing_held_begun: assert (!valid || !(shown[0] || shown[1]));
      one_at_a_time: assert ((taken & (taken - 1'b1)) == '0);
      nothing_lost_or_made: assert (sent == (taken != '0));
      if (taken[0]) p_unchanged: assert (tx == p);
      if (taken[1]) np_unchanged: assert (tx == np);
      if (taken[2]) cpl_unchanged: assert (tx == cpl);
      if (taken[3]) cpl2_unchanged: assert (tx == cpl2);
      if (taken[4]) msg_unchanged: assert (tx == msg);
      if (open_q && sent) no_interleave: assert (taken == at_q);
      if (sent) framed: assert (tx.sop == !open_q);
      // With credit when it was chosen; later the credit bit may fall.
      if (sent && begins) credit_at_start: assert ((taken & may_q) != '0);
      if (valid && begins) credit_of_shown: assert ((may_q[0] && valid_i[0] && tx == p) ||
        (may_q[1] && valid_i[1] && tx == np) || (may_q[2] && valid_i[2] && tx == cpl) ||
        (may_q[3] && valid_i[3] && tx == cpl2) || (may_q[4] && valid_i[4] && tx == msg));
      // Without credit nothing starts, whoever waits.
      if (begins && may_q == '0) no_credit_no_start: assert (!valid);
      // What may start is not held up by what may not; but one of the class that has just
      // gone may have the turn, and waits a cycle.
      if (begins && may_q != '0 && same_waits_q == '0) work_is_begun: assert (valid);
    end
    if (rst_ni) begin
      posted_passes: cover (taken[0] && valid_i[1] && passed_q[0] == 0 && !credit_i[1]);
      credit_fell: cover (taken[1] && shows_q && !credit_i[1]);
      all_wait: cover (valid_i == 5'h1f && credit_i == 3'd7);
      longest_wait: cover (taken[0] && passed_q[0] == 3'd4);
      without_gap: cover (valid && over_q);
      long_tlp: cover (sent && open_q && !tx.eop);
    end
  end
endmodule
