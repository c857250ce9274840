// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_pcie_intx: Assert and Deassert alternate, each tells a level that was there, the
// host learns the last level, and no message passes a write command that was pushed
// before the level changed.
module intx (
  input logic        clk_i,
  input logic        level_i,
  input logic        push_i,
  input logic        done_i,
  input logic        ready_i,
  input logic [15:0] bdf_i
);
`include "common.svh"
  tlp_t        tx;
  logic        valid;
  logic [15:0] pushed_q, done_q;

  // Fewer commands under way than half the counters hold.
  logic [6:0] away;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pushed_q <= '0;
      done_q   <= '0;
    end else begin
      pushed_q <= pushed_q + push_i;
      done_q   <= done_q + (done_i && away != 0);
    end
  end
  assign away = 7'(pushed_q - done_q);
  always_comb assume (!push_i || away < 7'd100);

  rl_pcie_intx dut (
    .clk_i, .rst_ni, .level_i, .pushed_i(pushed_q), .done_i(done_q), .bdf_i,
    .tx_valid_o(valid), .tx_ready_i(ready_i), .tx_o(tx)
  );

  // Of the requester id only what it was when the message was taken counts.
  stream #(.Width(8)) u_out (
    .clk_i, .rst_ni, .valid_i(valid), .ready_i, .payload_i(tx.hdr[39:32]), .drop_i(1'b0)
  );

  // Commands that were pushed before the level last changed and are still on their way.
  logic       level_q, told_q;
  logic [6:0] before_q;
  logic [3:0] calm_q;  // cycles in which the level stood, nothing was ahead of it and the link took
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      level_q  <= 1'b0;
      told_q   <= 1'b0;
      before_q <= '0;
      calm_q   <= '0;
    end else begin
      level_q <= level_i;
      if (level_i != level_q) before_q <= away - 7'(done_i && away != 0);
      else if (done_i && before_q != 0) before_q <= before_q - 1'b1;
      if (valid && ready_i) told_q <= tx.hdr[32+:8] == 8'h20;
      if (level_i != level_q || before_q != 0 || away != 0 || !ready_i) calm_q <= '0;
      else if (calm_q != 4'd15) calm_q <= calm_q + 1'b1;
    end
  end

  logic       starts, valid_q;
  logic [6:0] before_qq;
  assign starts = valid && !valid_q;
  always_ff @(posedge clk_i) begin
    valid_q   <= valid;
    before_qq <= before_q;
  end
  // For the induction: how the fence lies between the counters.
  (* hierconn *) wire [1:0]  \dut.state_q ;
  (* hierconn *) wire        \dut.told_q ;
  (* hierconn *) wire [15:0] \dut.fence_q ;
  logic [15:0] to_fence;
  assign to_fence = \dut.fence_q - done_q;

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      inner_away: assert (pushed_q - done_q <= 16'd100);
      inner_told: assert (\dut.told_q == told_q);
      inner_before: assert (before_q <= away);
      inner_state: assert (\dut.state_q != 2'd3);
      if (\dut.state_q == 2'd1) begin
        inner_fence: assert (to_fence[15] || to_fence <= {9'd0, away});
        inner_order: assert (before_q == 0 || (!to_fence[15] && to_fence[6:0] >= before_q));
        inner_level: assert (level_q != told_q);
      end
      if (\dut.state_q == 2'd1) inner_recent: assert (16'(done_q - \dut.fence_q ) <= 16'd1000 || !to_fence[15]);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      if (valid) a_message: assert (tx.sop && tx.eop && tx.hdr[31:24] == 8'h34 &&
                                    tx.hdr[63:48] == bdf_i && tx.hdr[9:0] == '0);
      if (valid) alternate: assert (tx.hdr[39:32] == (told_q ? 8'h24 : 8'h20));
      if (starts) after_older_writes: assert (before_q == 0 || before_qq == 0);
      if (starts) level_was_there: assert (level_q != told_q);
      if (calm_q >= 4'd8) host_knows: assert (told_q == level_q);
      both: cover (valid && told_q && ready_i);
      fenced: cover (starts && before_qq == 0 && away != 0);
      calm_and_told: cover (calm_q == 4'd8 && told_q);
    end
  end
endmodule
