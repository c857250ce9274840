// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Receive FIFO of the network port: takes whole frames, tells firmware their
// lengths, hands them to write runs. When it is full tready falls: nothing is dropped
// but frames marked bad or longer than MaxFrame.
module rl_net_rx
  import rl_pkg::*;
#(
  parameter int unsigned FifoBytes  = 16384, // data, power of two, at least 2 * MaxFrame
  parameter int unsigned FifoFrames = 128,   // lengths, power of two
  parameter int unsigned MaxFrame   = 2048   // bytes
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  // Network side (AXI4-Stream). tuser with tlast: bad frame.
  input  logic          s_axis_tvalid_i,
  output logic          s_axis_tready_o,
  input  logic [127:0]  s_axis_tdata_i,
  input  logic [15:0]   s_axis_tkeep_i,
  input  logic          s_axis_tlast_i,
  input  logic          s_axis_tuser_i,

  // To the write engine: whole frames.
  output logic          m_axis_tvalid_o,
  input  logic          m_axis_tready_i,
  output logic [127:0]  m_axis_tdata_o,
  output logic [15:0]   m_axis_tkeep_o,
  output logic          m_axis_tlast_o,

  // Peripheral bus (registers 0x400 to 0x4ff).
  input  reg_req_t      reg_i,
  output logic [31:0]   reg_rdata_o,
  output logic          event_netrx_o
);
endmodule
