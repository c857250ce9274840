// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Small first-word-fall-through FIFO: distributed RAM, its oldest entry in a register.
// Neither handshake depends on the other side in the same cycle: an entry shows at the
// output one cycle after it was taken, and a full FIFO takes nothing in the cycle of a
// read. So it is a full-rate register stage that cuts valid, data and ready; all of its
// outputs are registers.
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
  logic [PtrW-1:0]  wptr_q, rptr_q; // rptr: behind the entry that shows
  logic [PtrW:0]    count_q;
  logic             push, pop, next, behind;

  assign ready_o = !count_q[PtrW];
  assign push    = valid_i && ready_o;
  assign pop     = valid_o && ready_i;
  assign count_o = count_q;

  // The register takes the next entry, be it one that arrives.
  assign next   = !valid_o || ready_i;
  assign behind = wptr_q != rptr_q;

  always_ff @(posedge clk_i) begin
    if (push) mem_q[wptr_q] <= data_i;
  end

  always_ff @(posedge clk_i) begin
    if (next) data_o <= behind ? mem_q[rptr_q] : data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q  <= '0;
      rptr_q  <= '0;
      count_q <= '0;
      valid_o <= 1'b0;
    end else if (clear_i) begin
      wptr_q  <= '0;
      rptr_q  <= '0;
      count_q <= '0;
      valid_o <= 1'b0;
    end else begin
      if (push) wptr_q <= wptr_q + 1'b1;
      if (next && (behind || push)) rptr_q <= rptr_q + 1'b1;
      if (next) valid_o <= behind || push;
      if (push != pop) count_q <= push ? count_q + 1'b1 : count_q - 1'b1;
    end
  end
endmodule
