// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// DMA engines: run commands over packed descriptors, plain copies between
// memory and local memory, MSI-X messages. Commands of each side start in order;
// write commands leave in the order in which they were pushed.
module rl_dma
  import rl_pkg::*;
#(
  parameter int unsigned NumQueues   = 16,
  parameter int unsigned NumTags     = 32,     // 8 to 64; RequestCap * NumTags bytes of reorder memory
  parameter int unsigned RequestCap  = 512,    // bytes, 128 to 512, power of two
  parameter int unsigned CmdDepth    = 32,     // commands per side, power of two
  parameter int unsigned LmemBytes   = 65536,  // power of two
  parameter int unsigned DevmemBytes = 131072  // power of two
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  // Peripheral bus (registers 0x300 to 0x3ff).
  input  reg_req_t      reg_i,
  output logic [31:0]   reg_rdata_o,
  output logic          event_cpl_o,

  // Endpoint: see rl_pcie.
  input  pcie_cfg_t     cfg_i,
  output logic          p_valid_o,
  input  logic          p_ready_i,
  output tlp_t          p_o,
  output logic          np_valid_o,
  input  logic          np_ready_i,
  output tlp_t          np_o,
  output logic [15:0]   posted_pushed_o,
  output logic [15:0]   posted_done_o,
  output logic          msix_req_o,
  output logic [15:0]   msix_vector_o,
  input  logic          msix_send_i,
  input  logic [63:0]   msix_addr_i,
  input  logic [31:0]   msix_data_i,
  input  logic          msix_unmasked_valid_i,
  input  logic [15:0]   msix_unmasked_vector_i,
  output logic          msix_unmasked_ready_o,

  // Completions of our reads. Always taken.
  input  logic          rx_cpl_valid_i,
  output logic          rx_cpl_ready_o,
  input  tlp_t          rx_cpl_i,

  // DMA port of local memory, for this module alone: read data in the next cycle.
  output logic          lmem_req_o,
  output logic          lmem_we_o,
  output logic [$clog2(LmemBytes)-5:0] lmem_addr_o,   // 16-byte words
  output logic [15:0]   lmem_wstrb_o,
  output logic [127:0]  lmem_wdata_o,
  input  logic [127:0]  lmem_rdata_i,

  // DMA port of device memory, for this module alone: read data in the next cycle.
  output logic          devmem_req_o,
  output logic          devmem_we_o,
  output logic [$clog2(DevmemBytes)-5:0] devmem_addr_o,
  output logic [15:0]   devmem_wstrb_o,
  output logic [127:0]  devmem_wdata_o,
  input  logic [127:0]  devmem_rdata_i,

  // Packets out (AXI4-Stream): payload of read runs. tuser with tlast: the packet
  // is broken (a read failed) and must be discarded.
  output logic          m_axis_tvalid_o,
  input  logic          m_axis_tready_i,
  output logic [127:0]  m_axis_tdata_o,
  output logic [15:0]   m_axis_tkeep_o,   // contiguous from lane 0, all ones but in the last beat
  output logic          m_axis_tlast_o,
  output logic          m_axis_tuser_o,

  // Packets in, for write runs, from rl_net_rx: whole packets only, same format.
  input  logic          s_axis_tvalid_i,
  output logic          s_axis_tready_o,
  input  logic [127:0]  s_axis_tdata_i,
  input  logic [15:0]   s_axis_tkeep_i,
  input  logic          s_axis_tlast_i
);
endmodule
