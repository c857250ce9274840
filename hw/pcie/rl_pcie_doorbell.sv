// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Doorbells: latches the last write of each queue. A doorbell that comes in the cycle
// in which its pending bit is cleared stays pending.
module rl_pcie_doorbell
  import rl_pkg::*;
  import rl_pcie_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned NumQueues = 16 // 1 to 16
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // In a function level reset: nothing is pending, nothing is taken.
  input  logic        clear_i,

  // A write of at least one byte to dword index_i of the notify region.
  input  logic        w_valid_i,
  input  logic [11:0] w_index_i,
  input  logic [3:0]  w_be_i,
  input  logic [31:0] w_data_i,

  // Registers 0x280 to 0x2ff.
  input  reg_req_t    reg_i,
  output logic [31:0] reg_rdata_o,
  output logic        event_o
);
  if (NumQueues < 1 || NumQueues > 16) begin : gen_queues
    $error("rl_pcie_doorbell: NumQueues must be 1 to 16");
  end

  logic [15:0] pending_q, wide_q, set, clear;
  logic [31:0] data_q [16];
  logic [31:0] data;
  logic        ring, in_data;

  assign ring    = w_valid_i && w_index_i < 12'(NumQueues) && !clear_i;
  assign set     = ring ? 16'd1 << w_index_i[3:0] : 16'd0;
  assign clear   = reg_i.valid && reg_i.write && reg_i.addr == REG_DB_PENDING ?
                   reg_i.wdata[15:0] : 16'd0;
  assign event_o = pending_q != 16'd0;
  assign in_data = reg_i.addr[11:6] == REG_DB_DATA0[11:6];
  assign data    = data_q[reg_i.addr[5:2]];

  always_ff @(posedge clk_i) begin
    if (ring) data_q[w_index_i[3:0]] <= w_data_i & be_mask(w_be_i);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q   <= '0;
      wide_q      <= '0;
      reg_rdata_o <= '0;
    end else begin
      pending_q <= clear_i ? 16'd0 : (pending_q & ~clear) | set;
      if (clear_i) wide_q <= '0;
      else if (ring) wide_q[w_index_i[3:0]] <= w_be_i[3:2] != 2'b00;
      reg_rdata_o <= '0;
      if (reg_i.valid && !reg_i.write) begin
        if (reg_i.addr == REG_DB_PENDING) reg_rdata_o <= {16'd0, pending_q};
        else if (reg_i.addr == REG_DB_WIDE) reg_rdata_o <= {16'd0, wide_q};
        else if (in_data && 32'(reg_i.addr[5:2]) < NumQueues) reg_rdata_o <= data;
      end
    end
  end
endmodule
