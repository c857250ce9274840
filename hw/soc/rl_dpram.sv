// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// True dual-port RAM with byte enables. Read data comes in the next cycle; when both
// ports meet at one address, a write and a read in the same cycle read either value.
module rl_dpram #(
  parameter int unsigned Width = 128,  // bits, multiple of 8
  parameter int unsigned Depth = 8192  // words, power of two
) (
  input  logic                     clk_i,

  input  logic                     a_req_i,
  input  logic                     a_we_i,
  input  logic [$clog2(Depth)-1:0] a_addr_i,
  input  logic [Width/8-1:0]       a_wstrb_i,
  input  logic [Width-1:0]         a_wdata_i,
  output logic [Width-1:0]         a_rdata_o,

  input  logic                     b_req_i,
  input  logic                     b_we_i,
  input  logic [$clog2(Depth)-1:0] b_addr_i,
  input  logic [Width/8-1:0]       b_wstrb_i,
  input  logic [Width-1:0]         b_wdata_i,
  output logic [Width-1:0]         b_rdata_o
);
  (* no_rw_check *)
  logic [Width-1:0] mem [Depth];

  // Not always_ff: no other process may write what such a block writes, and two ports do.
  // Each byte with a condition of its own: nested ones would put a multiplexer before the
  // data when this is synthesised.
  always @(posedge clk_i) begin
    for (int unsigned i = 0; i < Width / 8; i++) begin
      if (a_req_i && a_we_i && a_wstrb_i[i]) mem[a_addr_i][8*i+:8] <= a_wdata_i[8*i+:8];
    end
    if (a_req_i) a_rdata_o <= mem[a_addr_i];
  end

  always @(posedge clk_i) begin
    for (int unsigned i = 0; i < Width / 8; i++) begin
      if (b_req_i && b_we_i && b_wstrb_i[i]) mem[b_addr_i][8*i+:8] <= b_wdata_i[8*i+:8];
    end
    if (b_req_i) b_rdata_o <= mem[b_addr_i];
  end
endmodule
