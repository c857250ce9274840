// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Local memory: four 32-bit banks side by side, 128 bits wide towards DMA, one bank at a
// time towards the core. Read data comes in the next cycle on both sides.
module rl_lmem #(
  parameter int unsigned Bytes = 65536 // power of two, 64 at least
) (
  input  logic                     clk_i,

  // Core: 32-bit words.
  input  logic                     core_req_i,
  input  logic                     core_we_i,
  input  logic [$clog2(Bytes)-3:0] core_addr_i,
  input  logic [3:0]               core_wstrb_i,
  input  logic [31:0]              core_wdata_i,
  output logic [31:0]              core_rdata_o,

  // DMA: 16-byte words.
  input  logic                     dma_req_i,
  input  logic                     dma_we_i,
  input  logic [$clog2(Bytes)-5:0] dma_addr_i,
  input  logic [15:0]              dma_wstrb_i,
  input  logic [127:0]             dma_wdata_i,
  output logic [127:0]             dma_rdata_o
);
  logic [127:0] core_rdata;
  logic [1:0]   lane_q;

  for (genvar b = 0; b < 4; b++) begin : gen_bank
    rl_dpram #(
      .Width (32),
      .Depth (Bytes / 16)
    ) u_bank (
      .clk_i,
      .a_req_i   (core_req_i && core_addr_i[1:0] == 2'(b)),
      .a_we_i    (core_we_i),
      .a_addr_i  (core_addr_i[$clog2(Bytes)-3:2]),
      .a_wstrb_i (core_wstrb_i),
      .a_wdata_i (core_wdata_i),
      .a_rdata_o (core_rdata[32*b+:32]),
      .b_req_i   (dma_req_i),
      .b_we_i    (dma_we_i),
      .b_addr_i  (dma_addr_i),
      .b_wstrb_i (dma_wstrb_i[4*b+:4]),
      .b_wdata_i (dma_wdata_i[32*b+:32]),
      .b_rdata_o (dma_rdata_o[32*b+:32])
    );
  end

  always_ff @(posedge clk_i) begin
    if (core_req_i) lane_q <= core_addr_i[1:0];
  end
  assign core_rdata_o = core_rdata[32*lane_q+:32];
endmodule
