// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Tightly coupled memory of the core: 32-bit words, port A reads, port B reads and
// writes bytes. Read data comes in the next cycle.
module rl_ram32 #(
  parameter int unsigned Bytes    = 65536, // power of two, 16 at least
  parameter              InitFile = ""     // $readmemh file, empty: none
) (
  input  logic                     clk_i,

  // Port A: instruction fetch.
  input  logic                     a_req_i,
  input  logic [$clog2(Bytes)-3:0] a_addr_i,
  output logic [31:0]              a_rdata_o,

  // Port B: data.
  input  logic                     b_req_i,
  input  logic                     b_we_i,
  input  logic [$clog2(Bytes)-3:0] b_addr_i,
  input  logic [3:0]               b_wstrb_i,
  input  logic [31:0]              b_wdata_i,
  output logic [31:0]              b_rdata_o
);
  (* no_rw_check *)
  logic [31:0] mem [Bytes/4];

  if (InitFile != "") begin : gen_init
    initial $readmemh(InitFile, mem);
  end

  always_ff @(posedge clk_i) begin
    if (a_req_i) a_rdata_o <= mem[a_addr_i];
  end

  // Not always_ff, whose variables $readmemh may not write. Each byte with a condition of
  // its own: nested ones would put a multiplexer before the data.
  always @(posedge clk_i) begin
    for (int unsigned i = 0; i < 4; i++) begin
      if (b_req_i && b_we_i && b_wstrb_i[i]) mem[b_addr_i][8*i+:8] <= b_wdata_i[8*i+:8];
    end
    if (b_req_i) b_rdata_o <= mem[b_addr_i];
  end
endmodule
