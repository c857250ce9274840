// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// One port's memory in the lockstep run: an access happens, in C, when it is
// taken; responses leave in order, delayed as the inputs say.
// Timing: without delays always ready, response in the next cycle.

module lockstep_port #(
  parameter bit Data = 1'b0            // data port, not instruction port
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        refuse_i,        // not ready in this cycle; given in reset
  input  logic        hold_i,          // no response in this cycle

  input  logic        valid_i,
  output logic        ready_o,
  input  logic [31:0] addr_i,
  input  logic        write_i,
  input  logic [3:0]  wstrb_i,
  input  logic [31:0] wdata_i,
  output logic        rvalid_o,
  output logic [31:0] rdata_o,
  output logic        err_o,
  output logic        waits_o          // a request or response is delayed
);

  // Bit 32 says access fault.
  import "DPI-C" function longint unsigned lockstep_fetch(int unsigned addr);
  import "DPI-C" function longint unsigned lockstep_access(
      int unsigned addr, bit write, byte unsigned mask, int unsigned word);

  logic [32:0] queue [8];
  logic [2:0]  head_q, tail_q;

  assign ready_o  = !refuse_i && tail_q + 3'd1 != head_q;
  assign rvalid_o = head_q != tail_q && !hold_i;
  assign waits_o  = (valid_i && refuse_i) || (head_q != tail_q && hold_i);

  // What nobody should look at is no zero.
  assign {err_o, rdata_o} = rvalid_o ? queue[head_q] : {1'b1, 32'hDEAD_BEEF};

  always @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      if (Data) begin
        queue[tail_q] <= 33'(lockstep_access(addr_i, write_i, {4'd0, wstrb_i},
                                             wdata_i));
      end else begin
        queue[tail_q] <= 33'(lockstep_fetch(addr_i));
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q <= '0;
      tail_q <= '0;
    end else begin
      if (valid_i && ready_o) begin
        tail_q <= tail_q + 3'd1;
      end
      if (rvalid_o) begin
        head_q <= head_q + 3'd1;
      end
    end
  end

endmodule
