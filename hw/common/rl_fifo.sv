// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Small first-word-fall-through FIFO in distributed RAM.
// Neither handshake depends on the other side in the same cycle: an entry shows at the
// output one cycle after it was taken, and a full FIFO takes nothing in the cycle of a
// read. Depth 2 makes a full-rate register stage that cuts valid, data and ready.
module rl_fifo #(
  parameter int unsigned Width = 32, // bits of an entry, at least 1
  parameter int unsigned Depth = 16  // entries, power of two, at least 2
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  // Empties the FIFO at the next edge; entries offered in that cycle are lost.
  input  logic                      clear_i,

  // Writer.
  input  logic                      valid_i,
  output logic                      ready_o,
  input  logic [Width-1:0]          data_i,

  // Reader.
  output logic                      valid_o,
  input  logic                      ready_i,
  output logic [Width-1:0]          data_o,

  // Entries held.
  output logic [$clog2(Depth+1)-1:0] count_o
);
  if (Width < 1) begin : gen_width
    $error("rl_fifo: Width must be at least 1");
  end
  if (Depth < 2 || (Depth & (Depth - 1)) != 0) begin : gen_depth
    $error("rl_fifo: Depth must be a power of two, at least 2");
  end

  localparam int unsigned PtrW = $clog2(Depth);

  logic [Width-1:0] mem_q [Depth];
  logic [PtrW:0]    wptr_q, rptr_q; // one bit more than the address: full and empty differ

  assign count_o = wptr_q - rptr_q;
  assign ready_o = (wptr_q ^ rptr_q) != {1'b1, {PtrW{1'b0}}};
  assign valid_o = wptr_q != rptr_q;
  assign data_o  = mem_q[rptr_q[PtrW-1:0]];

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) mem_q[wptr_q[PtrW-1:0]] <= data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
    end else if (clear_i) begin
      wptr_q <= '0;
      rptr_q <= '0;
    end else begin
      if (valid_i && ready_o) wptr_q <= wptr_q + 1'b1;
      if (valid_o && ready_i) rptr_q <= rptr_q + 1'b1;
    end
  end

endmodule
