// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Compares a memory address with the BARs. Combinational.
module rl_pcie_decode #(
  parameter int unsigned DevmemBytes = 131072 // power of two
) (
  input  logic [63:0] addr_i,
  // Memory space is enabled, the function is in D0 and not in reset.
  input  logic        mem_en_i,
  input  logic [15:0] bar0_i,
  input  logic [63-$clog2(DevmemBytes):0] bar2_i,
  output logic        hit0_o,
  output logic        hit2_o
);
  localparam int unsigned Low = $clog2(DevmemBytes);

  assign hit0_o = mem_en_i && addr_i[63:16] == {32'd0, bar0_i};
  assign hit2_o = mem_en_i && !hit0_o && addr_i[63:Low] == bar2_i;

  // Only the base is compared.
  logic unused;
  assign unused = ^addr_i[15:0];
endmodule
