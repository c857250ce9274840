// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Test memory's side of one valid/ready port: takes requests and gives their
// responses in order, with random delays on both when asked to.
// Timing: without waits always ready, response in the next cycle.

module rl_tb_port (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        waits_i,      // insert random delays
  input  logic [3:0]  random_i,

  // the core's side
  input  logic        valid_i,
  output logic        ready_o,
  output logic        rvalid_o,
  output logic [31:0] rdata_o,
  output logic        err_o,

  // the memory's side: answer to the request of this cycle
  output logic        accept_o,
  input  logic [31:0] rdata_i,
  input  logic        err_i
);

  logic [32:0] queue [8];
  logic [2:0]  head_q, tail_q;
  logic        hold;

  // Some runs of the generator are long stalls, some are bursts.
  assign hold     = waits_i && random_i[1:0] != 2'd0;
  assign ready_o  = (!waits_i || random_i[3:2] != 2'd0) &&
                    tail_q + 3'd1 != head_q;
  assign accept_o = valid_i && ready_o;

  assign rvalid_o = head_q != tail_q && !hold;
  assign {err_o, rdata_o} = rvalid_o ? queue[head_q] : {1'b1, 32'hDEAD_BEEF};

  always_ff @(posedge clk_i) begin
    if (accept_o) begin
      queue[tail_q] <= {err_i, rdata_i};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q <= '0;
      tail_q <= '0;
    end else begin
      if (accept_o) begin
        tail_q <= tail_q + 3'd1;
      end
      if (rvalid_o) begin
        head_q <= head_q + 3'd1;
      end
    end
  end

endmodule
