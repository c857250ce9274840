// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_pcie_report: messages of INTx pass unchanged and in order; each error that is to be
// told is told after it happened, unless a reset comes first; PME_TO_Ack leaves once for
// PME_Turn_Off, and not before the writes pushed until then.
module report (
  input logic        clk_i,
  input logic        clear_i,
  input logic [2:0]  error_i,
  input logic        turn_off_i,
  input logic [3:0]  push_i,   // more write commands
  input logic        leave_i,  // one leaves
  input logic        intx_valid_i,
  input logic [7:0]  intx_word_i,
  input logic        ready_i
);
`include "common.svh"
  tlp_t intx, tx;
  logic valid, intx_ready, off, told;
  logic [15:0] pushed_q, done_q;

  always_comb begin
    intx = '0;
    intx.sop = 1'b1;
    intx.eop = 1'b1;
    intx.hdr[31:24] = 8'h34;
    intx.hdr[39:32] = intx_word_i;
  end

  rl_pcie_report dut (
    .clk_i, .rst_ni, .clear_i, .error_i, .turn_off_i,
    .pushed_i(pushed_q), .done_i(done_q), .bdf_i(16'h0100), .off_o(off), .told_o(told),
    .intx_valid_i, .intx_ready_o(intx_ready), .intx_i(intx),
    .tx_valid_o(valid), .tx_ready_i(ready_i), .tx_o(tx)
  );

  // Fewer than 2^15 commands are under way.
  logic [15:0] under_way;
  assign under_way = pushed_q - done_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pushed_q <= '0;
      done_q   <= '0;
    end else begin
      pushed_q <= pushed_q + 16'(push_i);
      if (leave_i) done_q <= done_q + 16'd1;
    end
  end
  always_comb begin
    assume (!leave_i || under_way != 16'd0);
    assume (under_way < 16'd256);
  end

  stream #(.Width(8), .Assume(1)) u_in (
    .clk_i, .rst_ni, .valid_i(intx_valid_i), .ready_i(intx_ready),
    .payload_i(intx_word_i), .drop_i(1'b0)
  );
  stream #(.Width($bits(tx))) u_out (
    .clk_i, .rst_ni, .valid_i(valid), .ready_i, .payload_i(tx), .drop_i(1'b0)
  );

  // What is to be told: {PME_TO_Ack, fatal, non-fatal, correctable}.
  logic [3:0]  due_q, own;
  logic [15:0] left_q;   // write commands that must leave before the answer
  logic        sent, is_intx;
  assign sent    = valid && ready_i;
  assign is_intx = tx.hdr[31:24] == 8'h34;
  assign own     = is_intx ? 4'd0 : {tx.hdr[39:32] == 8'h1b, tx.hdr[39:32] == 8'h33,
                                     tx.hdr[39:32] == 8'h31, tx.hdr[39:32] == 8'h30};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      due_q  <= '0;
      left_q <= '0;
    end else begin
      due_q <= (clear_i ? 4'd0 : due_q & ~(sent ? own : 4'd0)) | {turn_off_i, error_i};
      if (turn_off_i) left_q <= under_way - 16'(leave_i);
      else if (leave_i && left_q != '0) left_q <= left_q - 16'd1;
    end
  end

  (* hierconn *) wire [15:0] \dut.fence_q ;
  (* hierconn *) wire [3:0]  \dut.due_q ;
  (* hierconn *) wire [3:0]  \dut.sel_q ;
  logic [15:0] to_go;
  logic        shown_q, cleared_q, again_q;
  assign to_go = \dut.fence_q - done_q;
  always_ff @(posedge clk_i) begin
    // Asked again as the answer was chosen: that answer is for the first time.
    again_q   <= turn_off_i;
    shown_q   <= rst_ni && valid && !sent;
    // A message that shows outlives a reset that comes then.
    cleared_q <= rst_ni && (clear_i || cleared_q) && valid && !sent;
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      if (valid && is_intx) intx_unchanged: assert (tx == intx && intx_valid_i);
      if (intx_valid_i && intx_ready) intx_sent: assert (sent && is_intx);
      if (valid && !is_intx) one_message: assert ((own & (own - 4'd1)) == '0 && own != '0);
      if (valid && !is_intx && !cleared_q) only_due: assert ((own & due_q) != '0);
      if (valid && !is_intx && own[3] && !shown_q && !again_q)
        after_older_writes: assert (left_q == '0);
      inner_due: assert (\dut.due_q == due_q);
      inner_sel: assert ((\dut.sel_q & (\dut.sel_q - 4'd1)) == '0);
      if (!cleared_q) inner_sel_due: assert ((\dut.sel_q & ~due_q) == '0);
      inner_fence: assert (to_go == 16'hffff ? left_q == '0 : left_q == to_go);
      inner_left: assert (left_q <= under_way && under_way < 16'd256);
    end
    if (rst_ni) begin
      acknowledged: cover (sent && own[3] && off == 1'b0);
      all_due: cover (due_q == 4'hf && intx_valid_i);
      waits: cover (due_q[3] && left_q == 16'd2 && !valid);
    end
  end
endmodule
