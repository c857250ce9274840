// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Cuts a range of addresses into requests of at most 512 bytes that cross no multiple
// of the request size (hence no 4 KiB boundary either).
// One request every two cycles; start_i only while busy_o is low.
module rl_dma_split (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic [2:0]  size_i,   // requests of 128 << size_i bytes, at most 2
  input  logic        stop_i,   // forget the rest

  // The range; a length of 0 gives nothing.
  input  logic        start_i,
  input  logic [63:0] addr_i,
  input  logic [31:0] len_i,
  output logic        busy_o,

  // The next piece, and whether it is the last. Not to be taken with stop_i, unless it
  // is what ends the range.
  output logic        valid_o,
  input  logic        ready_i,
  output logic [63:0] addr_o,
  output logic [9:0]  len_o,
  output logic        last_o,
  // Its length a cycle early; its address is there by then, too.
  output logic [9:0]  soon_o
);
  logic        busy_q, valid_q, last_q;
  logic [63:0] addr_q;
  logic [31:0] left_q;
  logic [9:0]  len_q;
  logic [9:0]  room; // up to the next boundary
  logic [2:0]  size_q;
  logic        fits;

  // It comes from configuration space.
  always_ff @(posedge clk_i) size_q <= size_i;

  always_comb begin
    unique case (size_q)
      3'd0:    room = 10'd128 - {3'b0, addr_q[6:0]};
      3'd1:    room = 10'd256 - {2'b0, addr_q[7:0]};
      default: room = 10'd512 - {1'b0, addr_q[8:0]};
    endcase
  end

  assign busy_o  = busy_q;
  assign valid_o = valid_q;
  assign addr_o  = addr_q;
  assign len_o   = len_q;
  assign last_o  = last_q;
  assign fits    = left_q <= {22'b0, room};
  assign soon_o  = fits ? left_q[9:0] : room;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q  <= 1'b0;
      valid_q <= 1'b0;
    end else if (stop_i) begin
      busy_q  <= 1'b0;
      valid_q <= 1'b0;
    end else if (!busy_q) begin
      busy_q  <= start_i && len_i != '0;
    end else if (!valid_q) begin
      valid_q <= 1'b1;
    end else if (ready_i) begin
      valid_q <= 1'b0;
      busy_q  <= !last_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!busy_q) begin
      addr_q <= addr_i;
      left_q <= len_i;
    end else if (!valid_q) begin
      last_q <= fits;
      len_q  <= soon_o;
    end else if (ready_i) begin
      addr_q <= addr_q + {54'b0, len_q};
      left_q <= left_q - {22'b0, len_q};
    end
  end

endmodule
