// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_dma_split: the pieces of a range follow one another, sum to it, are as long as
// they may be, and none crosses a multiple of the request size or of 4 KiB.
module split (
  input logic        clk_i,
  input logic [2:0]  size_i,
  input logic        stop_i,
  input logic        start_i,
  input logic [63:0] addr_i,
  input logic [31:0] len_i,
  input logic        ready_i
);
`include "common.svh"
  logic        busy, valid, last;
  logic [63:0] addr;
  logic [9:0]  len;

  rl_dma_split dut (
    .clk_i, .rst_ni, .size_i, .stop_i, .start_i(start_i && !busy), .addr_i, .len_i,
    .busy_o(busy), .valid_o(valid), .ready_i, .addr_o(addr), .len_o(len), .last_o(last)
  );
  stream #(.Width(75)) u_out (
    .clk_i, .rst_ni, .valid_i(valid), .ready_i, .payload_i({addr, len, last}), .drop_i(stop_i)
  );

  // What is left of the range; the size that held, a cycle before a piece was made.
  logic [63:0] next_q;
  logic [31:0] left_q, pieces_q;
  logic [2:0]  size_was_q, size_q;
  logic [9:0]  size, room;
  logic        stopped_q;
  always_ff @(posedge clk_i) begin
    stopped_q <= stop_i;
    size_was_q <= size_i;
    if (!valid) size_q <= size_was_q;
    if (!rst_ni || stop_i) begin
      left_q <= '0;
    end else if (start_i && !busy) begin
      next_q   <= addr_i;
      left_q   <= len_i;
      pieces_q <= '0;
    end else if (valid && ready_i) begin
      next_q   <= next_q + len;
      left_q   <= left_q - len;
      pieces_q <= pieces_q + 1'b1;
    end
  end
  always_comb begin
    case (size_q)
      3'd0: size = 10'd128;
      3'd1: size = 10'd256;
      default: size = 10'd512;
    endcase
    room = size - (next_q[9:0] & (size - 10'd1));
  end

  // For the induction.
  (* hierconn *) wire [31:0] \dut.left_q ;
  (* hierconn *) wire [63:0] \dut.addr_q ;
  (* hierconn *) wire [2:0]  \dut.size_q ;
  always_ff @(posedge clk_i) begin
    if (rst_ni) inner_size: assert (\dut.size_q == size_was_q);
    if (rst_ni && busy) begin
      inner_left: assert (\dut.left_q == left_q);
      inner_addr: assert (\dut.addr_q == next_q);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      busy_while_left: assert (busy == (left_q != 0));
      if (!busy) nothing_else: assert (!valid);
      if (stopped_q) stop_ends: assert (!valid && !busy);
      if (valid) begin
        contiguous: assert (addr == next_q);
        not_empty: assert (len != 0);
        within_range: assert ({22'd0, len} <= left_q);
        last_is_last: assert (last == ({22'd0, len} == left_q));
        no_longer_than_size: assert (len <= size);
        no_crossing: assert (len <= room);
        as_long_as_may_be: assert (last || len == room);
        not_over_4k: assert ({1'b0, addr[11:0]} + len <= 13'd4096);
      end
      first_unaligned: cover (valid && ready_i && !last && len == 10'd1 && size == 10'd512);
      whole: cover (valid && ready_i && last && len == 10'd512 && pieces_q == 2);
      up_to_4k: cover (valid && ready_i && {1'b0, addr[11:0]} + len == 13'd4096 && last);
      stopped: cover (stopped_q && left_q == 0 && second);
    end
  end
endmodule
