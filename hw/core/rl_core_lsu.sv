// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Load and store formatting: byte lanes of a store, alignment check, and the
// extraction of a load's bytes.
// Timing: combinational. The store half works in the execute stage beside the
// address adder, the load half in the write-back stage, after the memory's
// word has been registered.

module rl_core_lsu (
  // execute stage
  input  logic [1:0]  x_size_i,       // funct3[1:0]
  input  logic [1:0]  x_addr_low_i,
  input  logic [31:0] x_data_i,
  output logic        x_misaligned_o,
  output logic [3:0]  x_wstrb_o,
  output logic [31:0] x_wdata_o,

  // write-back stage
  input  logic [2:0]  w_funct3_i,
  input  logic [1:0]  w_addr_low_i,
  input  logic [31:0] w_rdata_i,
  output logic [31:0] w_value_o
);

  always_comb begin
    unique case (x_size_i)
      2'b00: begin
        x_misaligned_o = 1'b0;
        x_wstrb_o      = 4'b0001 << x_addr_low_i;
        x_wdata_o      = {4{x_data_i[7:0]}};
      end
      2'b01: begin
        x_misaligned_o = x_addr_low_i[0];
        x_wstrb_o      = x_addr_low_i[1] ? 4'b1100 : 4'b0011;
        x_wdata_o      = {2{x_data_i[15:0]}};
      end
      default: begin
        x_misaligned_o = x_addr_low_i != 2'b00;
        x_wstrb_o      = 4'b1111;
        x_wdata_o      = x_data_i;
      end
    endcase
  end

  logic [15:0] half;
  logic [7:0]  low;
  assign half = w_addr_low_i[1] ? w_rdata_i[31:16] : w_rdata_i[15:0];
  assign low  = w_addr_low_i[0] ? half[15:8] : half[7:0];

  always_comb begin
    unique case (w_funct3_i)
      3'b000:  w_value_o = {{24{low[7]}}, low};
      3'b001:  w_value_o = {{16{half[15]}}, half};
      3'b100:  w_value_o = {24'd0, low};
      3'b101:  w_value_o = {16'd0, half};
      default: w_value_o = w_rdata_i;
    endcase
  end

endmodule
